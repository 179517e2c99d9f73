//! The tables as printed, next to what the system computes.
//!
//! Each snapshot starts with document and page, keeps the order of the source, and shows printed figure, computed figure and
//! difference. A difference beyond the rounding of the print must be a known error of the source.

use std::collections::BTreeSet;

use piramide_measure::Exact;
use piramide_tests::System;

use crate::published;

/// One printed figure and the indicator that computes it.
struct Row {
    label: String,
    printed: String,
    code: String,
    field: &'static str,
}

/// A published table.
struct Table {
    title: &'static str,
    source: String,
    /// The source's table and column, by which its known errors are listed: those figures may differ.
    known_as: (&'static str, &'static str),
    structure: &'static str,
    period: &'static str,
    plan: &'static str,
    rows: Vec<Row>,
}

fn fixture(path: &str) -> Vec<csv::StringRecord> {
    let path = format!("{}/fixtures/{path}", env!("CARGO_MANIFEST_DIR"));
    csv::Reader::from_path(path).unwrap().records().map(Result::unwrap).collect()
}

/// The keys of the known errors of a source table.
fn known_errors(table: &str) -> BTreeSet<String> {
    fixture("source_discrepancies.csv").iter().filter(|row| &row[0] == table).map(|row| row[1].to_owned()).collect()
}

fn digits(printed: &str) -> u32 {
    printed.split_once('.').map_or(0, |(_, fraction)| u32::try_from(fraction.len()).unwrap())
}

/// The figure that the system gives for a row, exact.
fn computed(system: &System, table: &Table, row: &Row) -> Option<Exact> {
    let (structure, period, plan) = (table.structure, table.period, table.plan);
    let result = system.json(&format!("/api/v1/indicators/{}?structure={structure}&period={period}&plan={plan}", row.code));
    result[row.field].as_str().map(|text| Exact::parse(text).unwrap())
}

/// A table of the results of 2020, national, under the plan of 2020.
fn results_2020(title: &'static str, section: &str, known_as: (&'static str, &'static str), rows: Vec<Row>) -> Table {
    let source = format!("Piano della performance 2021-2023, Risultati 2020, {section}");
    Table { title, source, known_as, structure: "NAZ", period: "2020", plan: "inps-2020", rows }
}

/// Renders the table, and fails when a difference is neither rounding nor known.
fn render(table: &Table) -> String {
    let (known_table, known_column) = table.known_as;
    let known = known_errors(known_table);
    let mut text = format!("{}\n{}\n\n{:<52}{:>16}{:>18}{:>14}\n", table.source, table.title, "", "published", "computed", "difference");
    for row in &table.rows {
        let printed = Exact::parse(&row.printed).unwrap();
        let places = digits(&row.printed);
        let Some(exact) = computed(published(), table, row) else {
            panic!("{} ({}) has no {}", row.label, row.code, row.field);
        };
        let shown = exact.rounded(places);
        let difference = &Exact::parse(&shown).unwrap() - &printed;
        let excused = known.contains(&format!("{}.{known_column}", row.label));
        assert!(
            difference.is_zero() || excused,
            "{}: {} printed, {shown} computed, and no known error explains it",
            row.label,
            row.printed
        );
        let note = if difference.is_zero() { "" } else { "  known error of the source" };
        text += &format!("{:<52}{:>16}{:>18}{:>14}{note}\n", row.label, row.printed, shown, difference.rounded(places));
    }
    text
}

fn row(label: &str, printed: &str, code: impl Into<String>, field: &'static str) -> Row {
    Row { label: label.to_owned(), printed: printed.to_owned(), code: code.into(), field }
}

/// `production.backlog_days` for the whole, `production.backlog_days.FLOWS` for a part.
fn slice(indicator: &str, part: &str) -> String {
    if part.is_empty() || part.starts_with("TOTAL") { indicator.to_owned() } else { format!("{indicator}.{part}") }
}

/// The points of the areas in a column of the table, and those of field inspection: what its rows have beyond its net total.
fn points_2020(column: usize, field: &'static str) -> Vec<Row> {
    let code = |part: &str| slice("production.homogenised_points", part);
    let lines = fixture("2020/production_plan.csv");
    let (total, areas): (Vec<_>, Vec<_>) = lines.iter().partition(|line| &line[0] == "TOTAL_NET");
    let sum = |lines: &[&csv::StringRecord]| lines.iter().map(|line| Exact::parse(&line[column]).unwrap()).sum::<Exact>();
    let inspection = (&sum(&areas) - &sum(&total)).rounded(0);
    let printed = lines.iter().map(|line| row(&line[0], &line[column], code(&line[0]), field));
    printed.chain([row("FIELD_INSPECTION, rows less total", &inspection, code("FIELD_INSPECTION"), field)]).collect()
}

#[test]
fn production_plan_2020_points() {
    snapshot!(render(&results_2020(
        "Produzione lorda, punti omogeneizzati realizzati",
        "\"Produzione\"",
        ("production_plan_2020_actuals.csv", "actual_points"),
        points_2020(3, "actual")
    )));
}

#[test]
fn production_plan_2020_planned_points() {
    snapshot!(render(&results_2020(
        "Produzione lorda, punti omogeneizzati programmati",
        "\"Produzione\"",
        ("production_plan_2020_actuals.csv", "plan_points"),
        points_2020(2, "target")
    )));
}

#[test]
fn production_plan_2020_realisation() {
    let rows = fixture("2020/production_plan.csv")
        .iter()
        .map(|line| row(&line[0], &line[4], slice("production.plan_realisation", &line[0]), "actual"))
        .collect();
    snapshot!(render(&results_2020(
        "Realizzazione del piano di produzione, %",
        "\"Produzione\"",
        ("production_plan_2020_actuals.csv", "actual_points"),
        rows
    )));
}

/// The column is headed "% raggiungimento", what it holds are deviations: 123 and -33.
#[test]
fn subsidiarity_and_projects_2020() {
    let rows = fixture("2020/subsidiarity_and_projects.csv")
        .iter()
        .flat_map(|line| {
            let code = if &line[0] == "SUBSIDIARITY" { "production.subsidiarity_pieces" } else { "production.national_projects" };
            [("target", 2, "target"), ("actual", 3, "actual"), ("deviation %", 4, "deviation")]
                .map(|(what, column, field)| row(&format!("{} {what}", &line[0]), &line[column], code, field))
        })
        .collect();
    snapshot!(render(&results_2020(
        "Sussidiarietà nazionale e progetti nazionali di miglioramento, pezzi",
        "\"Produzione\"",
        ("subsidiarity_and_projects_2020.csv", "published_pct"),
        rows
    )));
}

#[test]
fn backlog_days_2020() {
    let rows = fixture("2020/backlog_days.csv")
        .iter()
        .map(|line| row(&line[0], &line[5], slice("production.backlog_days", &line[0]), "actual"))
        .collect();
    snapshot!(render(&results_2020(
        "Indice di giacenza, giorni, consuntivo 2020",
        "\"Indici di giacenza e deflusso\"",
        ("backlog_days_2019_2020.csv", "actual_2020_days"),
        rows
    )));
}

#[test]
fn clearance_2020() {
    let rows = fixture("2020/clearance.csv")
        .iter()
        .map(|line| row(&line[0], &line[2], slice("production.clearance_ratio", &line[0]), "actual"))
        .collect();
    snapshot!(render(&results_2020(
        "Indice di deflusso, pezzi, 2020",
        "\"Indici di giacenza e deflusso - 2\"",
        ("clearance_2020.csv", "actual_2020"),
        rows
    )));
}

#[test]
fn productivity_2020() {
    let rows = fixture("2020/productivity.csv")
        .iter()
        .flat_map(|line| {
            [row("target", &line[2], "production.productivity", "target"), row("actual", &line[3], "production.productivity", "actual")]
        })
        .collect();
    snapshot!(render(&results_2020(
        "Produttività, punti omogeneizzati pro capite al mese",
        "\"Produttività\"",
        ("productivity_2020.csv", "actual_2020"),
        rows
    )));
}

/// The IEEP item of the source's table under the code that facts and plans use.
fn ieep_code(source: &str) -> String {
    let item = match source {
        "IEEP" => return "finance.ieep".into(),
        "REV" => "revenue".into(),
        "EXP" => "expenditure".into(),
        other => other.trim_start_matches("REV_").trim_start_matches("EXP_").to_lowercase(),
    };
    format!("finance.ieep.{item}")
}

fn ieep(title: &'static str, column: usize, known_column: &'static str, field: &'static str) -> Table {
    let rows = fixture("2020/ieep.csv").iter().map(|line| row(&line[0], &line[column], ieep_code(&line[0]), field)).collect();
    results_2020(title, "\"I risultati finanziari\", slide 27", ("ieep_results_2020.csv", known_column), rows)
}

#[test]
fn ieep_2020_actuals() {
    snapshot!(render(&ieep("IEEP 2020, consuntivo, euro", 6, "actual_2020_eur", "actual")));
}

#[test]
fn ieep_2020_targets() {
    snapshot!(render(&ieep("IEEP 2020, obiettivo, euro", 5, "target_2020_eur", "target")));
}

#[test]
fn ieep_2020_deviations() {
    snapshot!(render(&ieep("IEEP 2020, scostamento, %", 7, "published_var_pct", "deviation")));
}

#[test]
fn ieep_2021_targets_by_region() {
    let mut text = String::from("Piano della performance 2021-2023, Allegato Tecnico, Tabella B\nIEEP 2021, obiettivi, euro\n\n");
    text += &format!("{:<32}{:<12}{:>16}{:>18}{:>14}\n", "", "", "published", "computed", "difference");
    for line in &fixture("2021/ieep_targets.csv") {
        for (label, column, part) in [("revenue", 1, ".revenue"), ("benefits", 2, ".benefits"), ("ieep", 3, "")] {
            let (structure, printed) = (&line[0], &line[column]);
            let path = format!("/api/v1/indicators/finance.ieep{part}?structure={structure}&period=2021&plan=inps-2021");
            let result = published().json(&path);
            let target = result["target"].as_str().unwrap_or_else(|| panic!("{label} of {structure} has no target: {result}"));
            let difference = &Exact::parse(target).unwrap() - &Exact::parse(printed).unwrap();
            assert!(difference.is_zero(), "{label} of {structure}: {printed} printed, {target} in the plan");
            text += &format!("{structure:<32}{label:<12}{printed:>16}{target:>18}{:>14}\n", difference.rounded(0));
        }
    }
    snapshot!(text);
}

#[test]
fn quality_2020_against_targets() {
    let code = |objective: &str| match objective {
        "2.2.2" => "quality.public_pensions",
        "3.1" => "quality.appeals",
        "3.2" => "quality.social_opinions",
        "4.1" => "quality.customer_care",
        "6.1" => "quality.employment_end",
        "7.1" => "quality.rdc_completed",
        "7.2" => "quality.family_support_completed",
        "7.3" => "quality.civil_invalidity",
        _ => "",
    };
    let rows = fixture("2020/entity_objectives.csv")
        .iter()
        .filter(|line| !code(&line[0]).is_empty())
        .flat_map(|line| {
            [
                row(&format!("{} consuntivo", &line[0]), &line[4], code(&line[0]), "actual"),
                row(&format!("{} obiettivo", &line[0]), &line[5], code(&line[0]), "target"),
            ]
        })
        .collect();
    snapshot!(render(&results_2020(
        "Indici di qualità 2020, consuntivo e obiettivo",
        "\"Risultato degli obiettivi specifici di ente\"",
        ("entity_objectives_2020_results.csv", "actual"),
        rows
    )));
}

#[test]
fn quality_2020_deviations() {
    let rows = vec![
        row("4 Qualità percepita dall'utente", "14.74", "quality.customer_care", "deviation"),
        row("indice sintetico sull'anno precedente", "11.81", "quality.synthetic.vs_previous_year", "deviation"),
        row("indice sintetico sul budget", "3.21", "quality.synthetic.vs_budget", "deviation"),
    ];
    snapshot!(render(&results_2020(
        "Scostamenti degli indici di qualità 2020, %",
        "\"Qualità\" e \"Risultato degli obiettivi specifici di ente\"",
        ("quality_variation_2018_2020.csv", "variation_2020_pct"),
        rows
    )));
}

#[test]
fn agile_work_2020_by_month() {
    let known = known_errors("agile_work_2020.csv");
    let mut text = String::from("POLA, sezione I; Piano della performance 2021-2023\nLavoro agile 2020\n\n");
    text +=
        &format!("{:<10}{:>12}{:>12}{:>22}{:>22}{:>12}\n", "mese", "dipendenti", "agili", "gg a testa, stampati", "calcolati", "quota %");
    for line in &fixture("2020/agile_work.csv") {
        let value = |code: &str| {
            let result = published().json(&format!("/api/v1/indicators/{code}?structure=NAZ&period={}&plan=inps-2020", &line[0]));
            Exact::parse(result["actual"].as_str().unwrap_or_else(|| panic!("{code} has no actual: {result}"))).unwrap()
        };
        let days = value("workforce.agile_days_per_head").rounded(2);
        let share = value("workforce.agile_workers_share").rounded(2);
        let excused = known.contains(&format!("{}.mean_days_per_employee", &line[0]));
        assert!(Exact::parse(&days) == Exact::parse(&line[3]) || excused, "{}: {} printed, {days} computed", &line[0], &line[3]);
        assert!(line[5].is_empty() || line[5] == share, "{}: {} printed, {share} computed", &line[0], &line[5]);
        text += &format!("{:<10}{:>12}{:>12}{:>22}{:>22}{:>12}\n", &line[0], &line[1], &line[2], &line[3], days, share);
    }
    snapshot!(text);
}

#[test]
fn technology_2020() {
    let lines = fixture("2020/technology.csv");
    let tables = [("Dispositivi e accessi, gennaio 2020", "2020-01", 2), ("Dispositivi e accessi, dicembre 2020", "2020-12", 3)];
    let texts = tables.map(|(title, period, column)| {
        let code = |line: &csv::StringRecord| format!("workforce.{}", line[0].to_lowercase());
        let rows = lines.iter().map(|line| row(&line[0], &line[column], code(line), "actual"));
        let (printed, not_known): (Vec<_>, Vec<_>) = rows.partition(|row| !row.printed.is_empty());
        let source = "POLA, sezione I; Piano della performance 2021-2023".to_owned();
        let table = Table { source, period, ..results_2020(title, "", ("technology_2020.csv", ""), printed) };
        let not_known = not_known.iter().map(|row| {
            assert_eq!(computed(published(), &table, row), None, "{} is printed as not known: it is missing, not zero", row.label);
            format!("{:<52}{:>16}{:>18}\n", row.label, "n.d.", "missing")
        });
        render(&table) + &not_known.collect::<String>()
    });
    snapshot!(texts.join("\n"));
}

#[test]
fn smart_workers_frozen_at_8_march_2020() {
    let result = published().json("/api/v1/indicators/workforce.smart_workers_share?structure=NAZ&period=2020&plan=inps-2020");
    assert_eq!((result["actual"].as_str(), result["target"].as_str()), (Some("19.09"), Some("10")));
}

#[test]
fn what_is_solved_from_ratios_says_so() {
    for code in ["production.backlog_days", "production.clearance_ratio", "production.productivity"] {
        let result = published().json(&format!("/api/v1/indicators/{code}?structure=NAZ&period=2020&plan=inps-2020"));
        assert_eq!(result["provenance"], "reconstructed", "{code}");
    }
    let result = published().json("/api/v1/indicators/production.homogenised_points?structure=NAZ&period=2020&plan=inps-2020");
    assert_eq!(result["provenance"], "published");
}

/// A list of results is measured without derivations, an explanation with them: the figure is one.
#[test]
fn a_result_is_the_same_with_its_derivation_and_without() {
    let mut compared = 0;
    for domain in ["production", "quality", "finance", "workforce"] {
        for plan in ["inps-2020", "inps-2021"] {
            let listed = published().json(&format!("/api/v1/indicators?domain={domain}&structure=NAZ&period=2020&plan={plan}"));
            for result in listed["items"].as_array().unwrap() {
                let code = result["code"].as_str().unwrap();
                let explained = published().json(&format!("/api/v1/indicators/{code}/explanation?structure=NAZ&period=2020&plan={plan}"));
                for (field, value) in result.as_object().unwrap() {
                    assert_eq!(explained[field], *value, "{plan}, {code}, {field}");
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 0, "the domains have indicators");
}
