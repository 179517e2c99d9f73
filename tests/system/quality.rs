//! The dashboard of quality through the real services, over the reconstructed year: the printed indices come out, and every level adds up.

use piramide_measure::Exact;
use piramide_tests::System;
use serde_json::Value;

use crate::{pages::columns_differ, reconstructed};

fn number(value: &Value) -> Exact {
    Exact::parse(value.as_str().unwrap_or_else(|| panic!("{value} is no number"))).unwrap()
}

/// Sums of decimals that were cut at twelve digits miss by that much for each of them.
fn near(sum: &Exact, whole: &Exact) -> bool {
    (sum - whole).abs() < Exact::parse("0.000000001").unwrap()
}

fn node<'a>(answer: &'a Value, code: &str) -> &'a Value {
    answer["items"].as_array().unwrap().iter().find(|item| item["node"] == code).unwrap_or_else(|| panic!("no {code} in {answer}"))
}

/// Piano della performance 2021-2023, "Qualità" and "Risultato degli obiettivi specifici di ente".
#[test]
fn the_printed_indices_come_out_of_offices_and_months() {
    let system = reconstructed::year();
    let mut text = String::from("Piano della performance 2021-2023, \"Qualità\" e \"Risultato degli obiettivi specifici di ente\"\n");
    text += "Indici di qualità 2020 dall'anno ricostruito, sede per sede\n\n";
    text += &format!("{:<46}{:>10}{:>10}{:>12}\n", "", "published", "computed", "difference");
    let indices = system.json("/api/v1/quality/indices?structure=NAZ&period=2020");
    let areas = [
        ("CUSTOMER_CARE_AREA", "previous_year", "117.03"),
        ("APPEALS_AREA", "previous_year", "96.06"),
        ("SOCIAL_OPINIONS_AREA", "previous_year", "120.05"),
        ("PUBLIC_PENSIONS_AREA", "previous_year", "113.46"),
        ("EMPLOYMENT_END_AREA", "previous_year", "119.75"),
        ("CIVIL_INVALIDITY_AREA", "previous_year", "114.68"),
        ("PRODUCTION", "previous_year", "111.81"),
        ("PRODUCTION", "budget", "103.21"),
    ];
    for (code, reference, printed) in areas {
        let judged = &node(&indices, code)[reference];
        let shown = number(&judged["index"]).rounded(2);
        assert_eq!(shown, printed, "{code} {reference}");
        assert_eq!((judged["coverage"].as_str(), judged["provenance"].as_str()), (Some("100"), Some("synthetic")), "{code}");
        text += &format!("{:<46}{printed:>10}{shown:>10}{:>12}\n", format!("{code}, {reference}"), "0.00");
    }
    snapshot!(text);
    // The plan's own indicators are computed from the same dashboard.
    for (code, printed) in [
        ("quality.customer_care", "117.03"),
        ("quality.synthetic.vs_budget", "103.21"),
        ("quality.synthetic.vs_previous_year", "111.81"),
        ("quality.rdc_completed", "94.26"),
        ("quality.time_naspi", "22.00"),
    ] {
        let result = system.json(&format!("/api/v1/indicators/{code}?structure=NAZ&period=2020"));
        assert_eq!(number(&result["actual"]).rounded(2), printed, "{code}");
        let explained = system.json(&format!("/api/v1/indicators/{code}/explanation?structure=NAZ&period=2020"));
        assert_eq!((&explained["actual"], &explained["provenance"]), (&result["actual"], &result["provenance"]), "{code}");
    }
}

#[test]
fn what_moved_an_index_adds_up_at_every_level() {
    let system = reconstructed::year();
    let indices = system.json("/api/v1/quality/indices?structure=NAZ&period=2020&node=PRODUCTION");
    let mut structure = "NAZ".to_owned();
    // Down from the nation to an office, by the structure that moved the index most.
    for _ in 0..4 {
        let mut next = None;
        for reference in ["budget", "previous_year"] {
            let asked = format!("/api/v1/quality/contributions?structure={structure}&period=2020&node=PRODUCTION&reference={reference}");
            let found = system.json(&asked);
            let whole = number(&found["index"][reference]["index"]) - Exact::hundred();
            let total = |list: &str| -> Vec<(String, Exact)> {
                let parts = found[list].as_array().unwrap().iter();
                parts.map(|part| (part["code"].as_str().unwrap().to_owned(), number(&part["total"]))).collect()
            };
            let kind = |code: &str| node(&indices, code)["kind"].as_str().unwrap().to_owned();
            for wanted in ["area", "indicator"] {
                let sum: Exact = total("nodes").into_iter().filter(|(code, _)| kind(code) == wanted).map(|(_, total)| total).sum();
                assert!(near(&sum, &whole), "{structure} {reference} by {wanted}: {sum:?} {whole:?}");
            }
            let structures = total("structures");
            let sum: Exact = structures.iter().map(|(_, total)| total.clone()).sum();
            assert!(near(&sum, &whole), "{structure} {reference} by structures: {sum:?} {whole:?}");
            next = structures.into_iter().max_by_key(|(_, total)| total.abs()).map(|(code, _)| code);
        }
        structure = next.unwrap();
    }
    assert!(structure.contains('_') && structure != "NAZ", "an office was reached: {structure}");
}

#[test]
fn an_index_explains_itself_down_to_facts_and_budgets() {
    let system = reconstructed::year();
    let asked = |reference: &str| {
        system.json(&format!("/api/v1/quality/explanation?structure=NAZ&period=2020&node=Q_NASPI_TIME&reference={reference}"))
    };
    let budget = asked("budget").to_string();
    for expected in ["quality_budgets.csv:", "somma degli obiettivi per i casi", "\"kind\":\"fact\"", "numeratore / denominatore"] {
        assert!(budget.contains(expected), "{expected} in {budget}");
    }
    let previous = asked("previous_year");
    let reference = &previous["explanation"]["inputs"][0]["inputs"][1];
    assert_eq!((reference["label"].as_str(), reference["value"].as_str()), (Some("Anno precedente"), Some("26")));
}

#[test]
fn a_structure_stands_beside_its_cluster_and_its_own_months() {
    let system = reconstructed::year();
    let regions = "/api/v1/quality/comparison?structure=NAZ&period=2020&node=Q_NASPI_TIME&reference=budget&scope=children";
    let found = system.json(regions);
    let standings = found["items"].as_array().unwrap();
    let indices: Vec<Exact> = standings.iter().filter(|one| one["rank"].is_i64()).map(|one| number(&one["judgement"]["index"])).collect();
    assert!(indices.len() > 1 && indices.is_sorted_by(|better, worse| better >= worse), "from the best: {found}");
    assert_eq!(found["distribution"]["count"].as_u64(), u64::try_from(indices.len()).ok());
    assert_eq!(number(&found["distribution"]["highest"]), indices[0]);
    // A province among those of its cluster, itself included.
    let province = standings.iter().find(|one| one["rank"].is_i64()).unwrap()["structure"].as_str().unwrap();
    let below = system.json(&regions.replace("NAZ", province));
    let office = below["items"][0]["structure"].as_str().unwrap();
    let peers = system.json(&regions.replace("NAZ", office).replace("children", "peers"));
    assert!(peers["cluster"].is_string() && peers["items"].as_array().unwrap().iter().any(|one| one["structure"] == office), "{peers}");
    // Every month alone, and from January: in December that is the year.
    let trend = system.json("/api/v1/quality/trend?structure=NAZ&period=2020&node=PRODUCTION");
    let months = trend["items"].as_array().unwrap();
    assert_eq!((months.len(), months[11]["month"].as_str()), (12, Some("2020-12")));
    assert_eq!(number(&months[11]["previous_year_to_date"]["index"]).rounded(2), "111.81");
    let refused = system.get(&regions.replace("children", "cousins"));
    assert_eq!((refused.status, refused.json()["reason"].as_str()), (400, Some("PARAMETER_MALFORMED")));
}

#[test]
fn what_the_dashboard_cannot_answer_is_refused() {
    let system = reconstructed::year();
    let check = |asked: &str, status: u16, reason: &str| {
        let answer = system.get(&format!("/api/v1/quality/{asked}"));
        assert_eq!((answer.status, answer.json()["reason"].as_str()), (status, Some(reason)), "{asked}: {}", answer.text);
    };
    check("indices?structure=NAZ&period=2020&node=NOWHERE", 404, "NODE_UNKNOWN");
    check("indices?structure=NOWHERE&period=2020", 404, "STRUCTURE_UNKNOWN");
    check("contributions?structure=NAZ&period=2020&node=PRODUCTION&reference=mean", 400, "PARAMETER_MALFORMED");
    check("explanation?structure=NAZ&period=2020&node=NOWHERE&reference=budget", 404, "NODE_UNKNOWN");
}

#[test]
fn the_page_goes_down_areas_and_structures() {
    let system = reconstructed::year();
    let page = system.get("/cruscotto-qualita?structure=NAZ&period=2020&plan=synth-2020").text;
    for expected in [
        "+3,21\u{a0}% sul budget",
        "+11,81\u{a0}% sull",
        "Customer care",
        "117,03",
        "sintetico",
        "Il contributo delle strutture sottostanti",
    ] {
        assert!(page.contains(expected), "{expected:?} is not on the page: {page}");
    }
    assert!(!page.contains("Metodo di un altro anno"), "the plan of 2020 is that of its year");
    let other = system.get("/cruscotto-qualita?structure=NAZ&period=2020&plan=synth-2021").text;
    assert!(other.contains("Metodo di un altro anno") && other.contains("Ammortizzatori sociali"), "{other}");
    let area = system.get("/cruscotto-qualita?structure=NAZ&period=2020&plan=synth-2020&node=Q_NASPI_TIME").text;
    for expected in ["22\u{a0}giorni", "26\u{a0}giorni", "Bisogno sociale", "di cui composizione"] {
        assert!(area.contains(expected), "{expected:?} is not on the page: {area}");
    }
    for expected in ["andamento nei mesi", "2020-12", "Budget da gennaio", "Anno prec. da gennaio"] {
        assert!(area.contains(expected), "{expected:?} is not on the page: {area}");
    }
    columns_differ(&area);
    let why = system.get("/cruscotto-qualita/perche?structure=NAZ&period=2020&plan=synth-2020&node=Q_NASPI_TIME&reference=budget").text;
    for expected in ["quality_budgets.csv", "Torna al cruscotto", "Nazionale, periodo 2020", "(obiettivo di budget - consuntivo)"] {
        assert!(why.contains(expected), "{expected:?} is not on the page: {why}");
    }
    let why =
        system.get("/cruscotto-qualita/perche?structure=NAZ&period=2020&plan=synth-2020&node=Q_NASPI_TIME&reference=previous_year").text;
    assert!(why.contains("(anno precedente - consuntivo) / |anno precedente| x 100"), "it names what it compares with: {why}");
}

/// The same facts by the method of each plan: what each makes of them stands beside the others, and another year's is marked.
#[test]
fn methods_stand_side_by_side() {
    let system = crate::published();
    let found = system.json("/api/v1/quality/methods?structure=NAZ&period=2020");
    let items = found["items"].as_array().unwrap();
    let of = |name: &str| items.iter().find(|item| item["plan"]["name"] == name).unwrap_or_else(|| panic!("no {name} in {found}"));
    let marked: Vec<_> =
        items.iter().map(|item| (item["plan"]["name"].as_str().unwrap(), item["another_year"].as_bool().unwrap())).collect();
    assert_eq!(marked, [("inps-2020", false), ("inps-2021", true), ("inps-2026", true)]);
    for name in ["inps-2020", "inps-2021", "inps-2026"] {
        // Each is what the dashboard answers under that plan.
        let alone = system.json(&format!("/api/v1/quality/indices?structure=NAZ&period=2020&plan={name}"));
        assert_eq!(of(name)["indices"], alone["items"], "{name}");
    }
    let areas = |name: &str| of(name)["indices"].as_array().unwrap().iter().filter(|index| index["kind"] == "area").count();
    assert!(areas("inps-2020") > 0 && areas("inps-2026") > 0);
    // A cap is the plan's where the indicator has none of its own.
    let caps: std::collections::BTreeSet<_> =
        of("inps-2021")["indices"].as_array().unwrap().iter().filter_map(|index| index["elementary"]["cap"].as_str()).collect();
    assert_eq!(caps, std::collections::BTreeSet::from(["50"]));
    let page = system.get("/cruscotto-qualita/metodi?structure=NAZ&period=2020&plan=inps-2021").text;
    assert!(page.contains("metodo di un altro anno") && page.contains("in vigore nel periodo") && page.contains("tetto 50"), "{page}");
    let dashboard = system.get("/cruscotto-qualita?structure=NAZ&period=2020&plan=inps-2021").text;
    assert!(dashboard.contains("/cruscotto-qualita/metodi?") && dashboard.contains("Metodo di un altro anno"), "{dashboard}");
}

/// The variations and service times that the Piano prints from 2018 to 2020, over the office-by-office year: the years of which there are
/// facts come out again, the others stand as printed and say so.
#[test]
fn every_printed_year_stands_beside_what_is_computed() {
    let system = reconstructed::year();
    let indices = system.json("/api/v1/quality/indices?structure=NAZ&period=2020");
    let mut text = String::from(
        "Piano della performance 2021-2023, Risultati 2020, \"Qualità\" e \"L'andamento di alcuni importanti servizi all'utenza\"\n",
    );
    text += "Valori stampati dal 2018 al 2020, e ricalcolati dall'anno ricostruito\n\n";
    text += &format!("{:<46}{:>10}{:>10}{:>12}\n", "", "published", "computed", "difference");
    let fixture = |name: &str| std::fs::read_to_string(format!("{}/fixtures/2020/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let times = [
        ("PRIVATE_PENSIONS", "Q_PRIVATE_PENSIONS_TIME"),
        ("PUBLIC_PENSIONS", "Q_PUBLIC_PENSIONS_TIME"),
        ("NASPI", "Q_NASPI_TIME"),
        ("DURC_COMPLETED", "Q_DURC"),
        ("COMPANY_REGISTRATION_3_DAYS", "Q_COMPANY_3_DAYS"),
    ];
    let mut printed: Vec<(String, &str, u64, String)> = Vec::new();
    for row in fixture("quality_variation.csv").lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let figure = if cells[0] == "budget" { "on_budget" } else { "on_previous_year" };
        printed.extend((2018..).zip(&cells[2..]).map(|(year, value)| ("PRODUCTION".to_owned(), figure, year, (*value).to_owned())));
    }
    for row in fixture("service_times.csv").lines().skip(1) {
        let (code, values) = (row.split(',').next().unwrap(), row.rsplit(',').take(2).collect::<Vec<_>>());
        if let Some((_, node)) = times.iter().find(|(known, _)| *known == code) {
            printed.extend(
                [(2019, values[1]), (2020, values[0])].map(|(year, value)| ((*node).to_owned(), "measure", year, value.to_owned())),
            );
        }
    }
    for (code, figure, year, value) in printed {
        let published = node(&indices, &code)["published"].as_array().unwrap();
        let found =
            published.iter().find(|one| one["figure"] == figure && one["year"] == year).unwrap_or_else(|| panic!("{code} {figure} {year}"));
        let digits = u32::try_from(value.split_once('.').map_or(0, |(_, digits)| digits.len())).unwrap();
        assert_eq!(number(&found["value"]).rounded(digits), value, "{code} {figure} {year}");
        let (shown, difference) = if found["recomputed"].is_null() {
            ("—".to_owned(), "no facts".to_owned())
        } else {
            let shown = number(&found["recomputed"]).rounded(digits);
            let difference = Exact::parse(&shown).unwrap() - Exact::parse(&value).unwrap();
            (shown, difference.rounded(digits))
        };
        text += &format!("{:<46}{value:>10}{shown:>10}{difference:>12}\n", format!("{code}, {figure}, {year}"));
    }
    snapshot!(text);
    // Nothing is printed of a region, and the page of the nation says what nobody can compute again.
    let region = system.json("/api/v1/quality/indices?structure=REG_PIEMONTE&period=2020&node=PRODUCTION");
    assert_eq!(node(&region, "PRODUCTION")["published"].as_array().map(Vec::len), Some(0));
    let page = system.get("/cruscotto-qualita?structure=NAZ&period=2020&plan=synth-2020").text;
    for expected in ["I valori pubblicati, anno per anno", "-0,71\u{a0}%", "non ricalcolabile", "2018, scostamento sull"] {
        assert!(page.contains(expected), "{expected:?} is not on the page: {page}");
    }
}

/// What the bands of the plan ask, from the nation down to an office, over REST and on the page.
#[test]
fn an_index_says_whether_it_reaches_the_incentive() {
    let system = reconstructed::year();
    let asked = |structure: &str| system.json(&format!("/api/v1/quality/incentives?structure={structure}&period=2020"))["items"].clone();
    let nation = asked("NAZ");
    assert_eq!((nation[0]["code"].as_str(), nation[0]["outcome"].as_str()), (Some("ORDINARY"), Some("reached")));
    assert_eq!((number(&nation[0]["margin"]).rounded(2), nation[0]["must_exceed"].as_bool()), ("3.21".to_owned(), Some(true)));
    assert_eq!(nation[0]["needed"], "0");
    assert_eq!(
        (nation[1]["code"].as_str(), number(&nation[1]["judgement"]["deviation"]).rounded(2)),
        (Some("SPECIAL"), "11.81".to_owned())
    );
    // A region beside all regions, a province beside its cluster, an office in the cluster of its province.
    let regions =
        system.json("/api/v1/quality/comparison?structure=NAZ&period=2020&node=PRODUCTION&reference=previous_year&scope=children");
    let region = regions["items"][0]["structure"].as_str().unwrap().to_owned();
    let below = |structure: &str| {
        let found = system.json(&format!(
            "/api/v1/quality/comparison?structure={structure}&period=2020&node=PRODUCTION&reference=previous_year&scope=children"
        ));
        found["items"][0]["structure"].as_str().unwrap().to_owned()
    };
    let special = |structure: &str| asked(structure)[1].clone();
    let of_region = special(&region);
    assert_eq!(of_region["cluster"], "le strutture regionali");
    assert_eq!(number(&of_region["cluster_deviation"]).rounded(2), "11.81", "all regions together are the nation");
    let province = below(&region);
    let office = below(&province);
    for structure in [&province, &office] {
        let found = special(structure);
        assert!(
            found["cluster"].as_str().unwrap().starts_with("le strutture del cluster P")
                || found["cluster"].as_str().unwrap().starts_with("le strutture del cluster M"),
            "{found}"
        );
        let possible: Vec<bool> = found["bands"].as_array().unwrap().iter().map(|band| band["possible"].as_bool().unwrap()).collect();
        assert_eq!(possible.len(), 3);
        if found["margin"].is_string() && found["outcome"] != "undecided" {
            let margin = number(&found["judgement"]["deviation"]) - number(&found["needed"]);
            assert!(near(&margin, &number(&found["margin"])), "{found}");
        }
        let page = system.get(&format!("/cruscotto-qualita?structure={structure}&period=2020&plan=synth-2020")).text;
        columns_differ(&page);
        for expected in
            ["Incentivo speciale", "Incentivo ordinario", "Le fasce, per indice dell&#39;anno prima", "/cruscotto-qualita/incentivi?"]
        {
            assert!(page.contains(expected), "{expected:?} is not on the page: {page}");
        }
        let why =
            system.get(&format!("/cruscotto-qualita/incentivi?structure={structure}&period=2020&plan=synth-2020&incentive=SPECIAL")).text;
        for expected in ["incentive_bands.csv", "Scostamento richiesto", "Scostamento del cluster", "Torna al cruscotto"] {
            assert!(why.contains(expected), "{expected:?} is not on the page: {why}");
        }
    }
    let explained = system.json(&format!("/api/v1/quality/incentives/explanation?structure={office}&period=2020&incentive=SPECIAL"));
    assert_eq!(explained["incentive"], special(&office));
    assert_eq!(explained["explanation"]["inputs"][0]["label"], "Scostamento dell'indice");
    let refused = system.get("/api/v1/quality/incentives/explanation?structure=NAZ&period=2020&incentive=OTHER");
    assert_eq!((refused.status, refused.json()["reason"].as_str()), (404, Some("INCENTIVE_UNKNOWN")), "{}", refused.text);
}

/// Part of a year does not stand beside the year that is printed.
#[test]
fn a_printed_year_is_recomputed_from_all_its_months() {
    let system = System::empty();
    let submit = |id: &str, months: std::ops::RangeInclusive<u8>| {
        let rows: Vec<String> = months.map(|month| format!("PRV_ASTI,TIME_NASPI,2020-{month:02},440,20\n")).collect();
        let csv = format!("structure,measure,period,numerator,denominator\n{}", rows.concat());
        let answer = system.submit("quality", id, "provenance=submitted&origin=test", csv.as_bytes());
        assert_eq!(answer.status, 201, "{}", answer.text);
    };
    let recomputed = || {
        let indices = system.json("/api/v1/quality/indices?structure=NAZ&period=2020&plan=inps-2021&node=Q_NASPI_TIME");
        let published = node(&indices, "Q_NASPI_TIME")["published"].as_array().unwrap();
        published.iter().find(|one| one["year"] == 2020).unwrap()["recomputed"].clone()
    };
    submit("to-november", 1..=11);
    assert_eq!(recomputed(), Value::Null, "December is missing");
    submit("december", 12..=12);
    assert_eq!(number(&recomputed()).rounded(2), "22.00");
}
