//! The published tables squared (*quadratura*): every sum of the sources that does not hold is found and is a known error, every known
//! error of a sum is found, and nothing else is.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf};

use piramide_contracts::table::{Dialect, sums};
use piramide_measure::reconciliation::{Report, Rounding};
use piramide_tests::Browser;

use crate::published;

fn path(table: &str) -> PathBuf {
    PathBuf::from(format!("{}/fixtures/squares/{table}.csv", env!("CARGO_MANIFEST_DIR")))
}

fn reconciled(table: &str, total: Option<&str>) -> Report {
    let bytes = fs::read(path(table)).unwrap();
    sums::read(&bytes, Dialect::Plain, Rounding::UnitPerPart, total).unwrap_or_else(|errors| panic!("{table}: {errors:?}")).reconcile()
}

/// The tables, each with where it stands, and the column that is the sum of the others. Typed from the sources; `parent` says which sum a
/// row enters.
const TABLES: [(&str, &str, Option<&str>); 15] = [
    ("ieep_results_2020", "Piano 2021-2023, Risultati 2020, \"I risultati finanziari\", slide 27", None),
    ("ieep_targets_2021", "Piano 2021-2023, Allegato Tecnico, Tabella B", Some("NAZ")),
    ("production_plan_2021", "Allegato Tecnico, \"Il Piano di Produzione 2021\"", None),
    ("subsidiarity_2021", "Allegato Tecnico, slide 12", None),
    ("improvement_projects_2021", "Allegato Tecnico, slide 10-11", None),
    ("property_disposal_2021", "Allegato Tecnico, slide 29", None),
    ("gempi_errors_2021", "Allegato Tecnico, \"Aggiornamento Banca Dati Ge.M.P.I.\"", None),
    ("legal_fees_2021", "Allegato Tecnico, slide 64", None),
    ("sisco_2021", "Allegato Tecnico, \"Professionisti Legali\"", None),
    ("litigation_archive_2021", "Allegato Tecnico, \"Professionisti Legali\"", None),
    ("legal_solidarity_2021", "Allegato Tecnico, \"Professionisti Legali\"", None),
    ("building_projects_2021", "Allegato Tecnico, \"Professionisti Tecnico-Edilizi\"", None),
    ("fire_projects_2021", "Allegato Tecnico, \"Progetti Speciali ex art. 18\"", None),
    ("standard_costs_2021", "Allegato Tecnico, Tabella C: conduzione, pulizia e igiene", None),
    ("securities_2026", "Nota preliminare 2026, 3.7", None),
];

/// The known errors of the sources that are sums, as table, row and column. `source_discrepancies.csv` has others, of percentages and of
/// quantities printed twice, which no sum can find.
fn known() -> BTreeSet<(String, String)> {
    let path = format!("{}/fixtures/source_discrepancies.csv", env!("CARGO_MANIFEST_DIR"));
    let rows = csv::Reader::from_path(path).unwrap().into_records().map(Result::unwrap);
    let tables: BTreeSet<&str> = TABLES.iter().map(|(table, _, _)| *table).collect();
    rows.filter(|row| tables.contains(row[0].trim_end_matches(".csv")) && !row[1].ends_with("_pct"))
        .map(|row| (row[0].trim_end_matches(".csv").to_owned(), row[1].to_owned()))
        .collect()
}

#[test]
fn the_errors_of_the_sources_are_found_and_no_others() {
    let mut text = String::from("somme pubblicate che non quadrano, o quadrano per arrotondamento\n");
    let mut found = BTreeSet::new();
    for (table, source, total) in TABLES {
        let report = reconciled(table, total);
        let (checked, rounded, broken) = (report.checked(), report.rounded.len(), report.broken.len());
        writeln!(
            text,
            "\n{source}\n{checked} somme: {broken} non quadrano, {rounded} entro l'arrotondamento, {} non verificabili",
            report.incomplete
        )
        .unwrap();
        assert!(checked > 0, "{table}");
        for cause in &report.causes {
            writeln!(text, "  causa  {}; spiega {} somme", cause.sentence(), cause.settles).unwrap();
        }
        for miss in report.broken.iter().chain(&report.rounded) {
            let kind = if miss.cause.is_some() { "errore" } else { "arrot." };
            let digits = 2;
            writeln!(
                text,
                "  {kind} {:<44}{:>18}{:>18}{:>14}",
                miss.rule.whole.to_string(),
                miss.written.decimal_text(digits),
                miss.summed.decimal_text(digits),
                miss.difference.decimal_text(digits)
            )
            .unwrap();
            let key = (table.to_owned(), format!("{}.{}", miss.rule.whole.row, miss.rule.whole.column));
            assert!(miss.cause.is_none() || known().contains(&key), "{key:?} is no known error of the sources: {miss:?}");
            found.insert(key);
        }
    }
    let missed: Vec<_> = known().into_iter().filter(|key| !found.contains(key)).collect();
    assert!(missed.is_empty(), "known errors that were not found: {missed:?}");
    snapshot!(text);
}

/// domain.md, 9: two totals of the IEEP of 2020 have two digits in each other's place, and the national totals confirm it.
#[test]
fn the_swapped_digits_of_the_ieep_are_named() {
    let report = reconciled("ieep_results_2020", None);
    let sentences: Vec<String> = report.causes.iter().map(piramide_measure::reconciliation::Cause::sentence).collect();
    assert_eq!(
        sentences,
        [
            "EXP (target_2020_eur): due cifre scambiate, scritto 1946562022 al posto di 1964562023",
            "REV (actual_2020_eur): due cifre scambiate, scritto 8858432446 al posto di 8858423447",
        ]
    );
    assert!(report.causes.iter().all(|cause| cause.settles == 2), "the national total is explained too");
}

#[test]
fn the_command_line_checks_a_table_without_any_service() {
    let table = path("property_disposal_2021");
    let output = published().piramide(&["reconcile", table.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "a table that does not add up is a failure");
    for expected in ["2 non quadrano", "NAZ (units)", "580", "manca una voce di 20", "800.000"] {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
    let good = published().piramide(&["reconcile", path("legal_fees_2021").to_str().unwrap()]);
    assert_eq!(good.status.code(), Some(0), "{}", String::from_utf8_lossy(&good.stderr));
}

#[test]
fn the_targets_of_the_plan_add_up_over_rest_and_on_the_page() {
    let report = published().json("/api/v1/finance/reconciliation?structure=NAZ&period=2021&figures=targets");
    assert_eq!(report["broken_count"], 0, "{report}");
    assert!(report["holding"].as_i64().unwrap() + report["rounded_count"].as_i64().unwrap() > 200, "{report}");
    let facts = published().json("/api/v1/finance/reconciliation?structure=NAZ&period=2020");
    assert_eq!((facts["broken_count"].as_i64(), facts["plan_version"].is_string()), (Some(0), true));
    let refused = published().get("/api/v1/finance/reconciliation?structure=NAZ&period=2021&figures=luck");
    assert_eq!(refused.status, 400, "{}", refused.text);
    let mut browser = Browser::start(1280, false);
    browser.open(&format!("{}/quadratura?structure=NAZ&period=2021&figures=targets", published().address()));
    let page = browser.html();
    for expected in ["Tutto quadra", "Entro l'arrotondamento", "Verificare una tabella"] {
        assert!(page.contains(expected), "{expected:?} is not on the page");
    }
}

#[test]
fn a_table_is_checked_over_rest_and_kept_nowhere() {
    let csv = fs::read_to_string(path("property_disposal_2021")).unwrap();
    let post = |query: &str, body: &str| published().post_text(&format!("/api/v1/reconciliation{query}"), "text/csv", body);
    let report = post("", &csv);
    assert_eq!((report.status, report.json()["broken_count"].as_i64()), (200, Some(2)), "{}", report.text);
    let refused = post("", "row,parent,x\nA,B,1\n");
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("there is no row B"), "{}", refused.text);
    assert_eq!(post("?rounding=perhaps", &csv).status, 400);
    assert_eq!(post("?total=NOWHERE", &csv).status, 422);
    let pasted = published().post_text(
        "/quadratura",
        "application/x-www-form-urlencoded",
        "total=&table=row%3Bparent%3Beuro%0AT%3B%3B1.000%2C5%0AA%3BT%3B900%2C5%0A",
    );
    assert_eq!(pasted.status, 200, "{}", pasted.text);
    assert!(pasted.text.contains("Non quadra 1 somma su 1") && pasted.text.contains("manca una voce di 100,0"), "{}", pasted.text);
}
