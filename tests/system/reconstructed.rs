//! The reconstructed year through the real services: synthetic offices, products and months, and the published figures come out.

use std::sync::OnceLock;

use piramide_measure::{Exact, Unit};
use piramide_tests::System;

use crate::published;

/// A figure as it is printed: with the digits of its unit.
fn printed(result: &serde_json::Value) -> Option<String> {
    let unit: Unit = result["unit"].as_str()?.parse().ok()?;
    Some(Exact::parse(result["actual"].as_str()?).ok()?.rounded(unit.digits()))
}

/// One system with the reconstructed year and production of the year before, at a hundredth of the institute, shared by the tests that only read.
pub(crate) fn year() -> &'static System {
    static SYSTEM: OnceLock<(System, tempfile::TempDir)> = OnceLock::new();
    let (system, _) = SYSTEM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().to_str().unwrap();
        let made = System::program("piramide-synth", &["--out", out, "--scale", "0.01", "--year-before"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let system = System::with_plans(folder.path().join("plans"));
        let list = folder.path().join("facts/batches.toml");
        let sent = system.piramide(&["import", "--list", list.to_str().unwrap()]);
        assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
        (system, folder)
    });
    system
}

#[test]
fn every_published_figure_of_production_comes_out() {
    let system = year();
    let question = "/api/v1/indicators?domain=production&structure=NAZ&period=2020";
    let (expected, reconstructed) = (published().json(question), system.json(question));
    let count = |answer: &serde_json::Value| answer["items"].as_array().unwrap().len();
    assert_eq!(count(&expected), count(&reconstructed));
    let mut compared = 0;
    for (expected, result) in expected["items"].as_array().unwrap().iter().zip(reconstructed["items"].as_array().unwrap()) {
        assert_eq!(result["code"], expected["code"]);
        // What the Piano publishes as a total of pieces alone has no offices; what it does not publish has nothing to come out.
        let as_total = ["production.subsidiarity_pieces", "production.national_projects"].iter().any(|code| result["code"] == *code);
        if as_total || expected["actual"].is_null() {
            continue;
        }
        assert_eq!(printed(result), printed(expected), "{}", result["code"]);
        if !result["actual"].is_null() {
            assert_eq!(result["provenance"], "synthetic", "{}", result["code"]);
            compared += 1;
        }
    }
    assert!(compared > 30, "only {compared} figures were compared");

    // Points are exact, not only as printed.
    let points =
        |system: &System| system.json("/api/v1/indicators/production.homogenised_points?structure=NAZ&period=2020")["actual"].clone();
    assert_eq!(points(system), points(published()));
    // A catalogue too large to take apart product by product is explained level by level, and comes to the same.
    let explained = system.json("/api/v1/indicators/production.clearance_ratio/explanation?structure=NAZ&period=2020");
    let figure = system.json("/api/v1/indicators/production.clearance_ratio?structure=NAZ&period=2020");
    // Under the score stands the deviation, and under that the measure.
    let measure = &explained["explanation"]["inputs"][0]["inputs"][0];
    assert_eq!(measure["value"], figure["actual"], "{explained}");
    let areas = &measure["inputs"][0]["inputs"];
    assert_eq!(areas[0]["source"]["kind"], "total", "{areas}");
    assert_eq!(areas.as_array().map(Vec::len), Some(3), "the areas that flow: {areas}");
    // What the Piano does not publish is there: a region, an office, a month, a product.
    let region = system.json("/api/v1/production/comparison?structure=NAZ&period=2020-08-ytd&node=FLOW_BENEFITS&scope=children");
    let received = |item: &serde_json::Value| item["flow"]["received"].as_i64();
    let items = region["items"].as_array().unwrap();
    let parts: i64 = items[1..].iter().filter_map(received).sum();
    assert_eq!(Some(parts), received(&items[0]), "regions sum to the nation");
    whole_products(system);
    year_before(system);
    production_plan(system);
    subsidiarity(system);
    outcomes(system);
}

/// Whatever flows is opened with all that there is to know of it, from a product up to the total, in a year and in a month; and every group
/// has the points and pieces of what is under it.
fn whole_products(system: &System) {
    const PIECES: [&str; 4] = ["received", "completed", "opening_backlog", "closing_backlog"];
    const FIGURES: [&str; 5] = ["homogenised_points", "clearance_ratio", "backlog_points", "backlog_days", "disposition_days"];
    let points = |flow: &serde_json::Value| flow["homogenised_points"].as_str().map(|points| Exact::parse(points).unwrap());
    for period in ["2020", "2020-05"] {
        for code in ["INCOME_SUPPORT_001", "INCOME_SUPPORT", "FLOW_BENEFITS", "BENEFITS", "TOTAL"] {
            let flows = system.json(&format!("/api/v1/production/flows?structure=NAZ&period={period}&node={code}"))["items"].clone();
            let (own, below) = flows.as_array().unwrap().split_first().unwrap();
            assert_eq!(own["node"], code);
            assert!(PIECES.iter().all(|field| own[field].as_i64().is_some_and(|pieces| pieces > 0)), "{own}");
            assert!(FIGURES.iter().all(|field| own[field].is_string()), "{own}");
            if !below.is_empty() {
                assert_eq!(own["received"].as_i64(), Some(below.iter().filter_map(|flow| flow["received"].as_i64()).sum()), "{code}");
            }
            // The total alone leaves something out: field inspection.
            if code == "TOTAL" {
                assert!(own["productivity"].is_string() && (period != "2020" || own["plan_realisation"].is_string()), "{own}");
            } else if !below.is_empty() {
                assert_eq!(points(own), Some(below.iter().filter_map(points).sum()), "{code}");
            }
        }
    }
    let office = system.json("/api/v1/production/comparison?structure=NAZ&period=2020-05&node=INCOME_SUPPORT_001&scope=children");
    let office = office["items"].as_array().unwrap().iter().skip(1).find(|item| item["flow"]["received"].is_i64()).unwrap();
    assert!(FIGURES.iter().all(|field| office["flow"][field].is_string()), "{office}");
    let page = system.get("/flussi?structure=NAZ&period=2020&plan=synth-2020").text;
    assert!(page.contains("15.110.407") && page.contains("24.876.384") && !page.contains("Totale flussi e giacenze"), "{page}");
}

/// Last year has the days that are printed of it, and stands beside every figure of the year.
fn year_before(system: &System) {
    let flow = |period: &str, node: &str| {
        system.json(&format!("/api/v1/production/flows?structure=NAZ&period={period}&node={node}"))["items"][0].clone()
    };
    let mut compared = 0;
    let fixture = format!("{}/fixtures/2020/backlog_days.csv", env!("CARGO_MANIFEST_DIR"));
    for row in csv::Reader::from_path(fixture).unwrap().into_records().map(Result::unwrap) {
        // An area has the days of its lines together, and of archives 2020 opens with more than is printed at the end of 2019.
        if row[1].is_empty() || &row[0] == "ARCHIVES_SITE" {
            continue;
        }
        let days = Exact::parse(flow("2019", &row[0])["backlog_days"].as_str().unwrap()).unwrap();
        assert_eq!(days.rounded(0), &row[3], "{}", &row[0]);
        compared += 1;
    }
    assert_eq!(compared, 15);
    let (december, january) = (flow("2019-12", "TOTAL"), flow("2020-01", "TOTAL"));
    assert_eq!((&december["closing_backlog"], &december["provenance"]), (&january["opening_backlog"], &january["provenance"]));
    // A year of its own, not 2020 again.
    let (before, year) = (flow("2019", "TOTAL"), flow("2020", "TOTAL"));
    let figures = ["received", "completed", "closing_backlog", "homogenised_points", "productivity", "backlog_days", "clearance_ratio"];
    assert!(figures.iter().all(|figure| !before[figure].is_null() && before[figure] != year[figure]), "{before}");
    let thousands = |pieces: &serde_json::Value| {
        let digits = pieces.as_i64().unwrap();
        format!("{}.{:03}.{:03}", digits / 1_000_000, digits / 1_000 % 1_000, digits % 1_000)
    };
    let page = system.get("/flussi?structure=NAZ&period=2020&plan=synth-2020").text;
    assert!(page.contains(&thousands(&before["received"])) && page.contains(&thousands(&before["completed"])), "{page}");
    let page = system.get("/flussi?period=2019").text;
    assert!(page.contains(&thousands(&before["received"])) && page.contains("sintetico"), "{page}");
}

/// Every amount that is published for the nation comes out of the offices, to the cent, and its structures sum to it.
#[test]
fn every_published_figure_of_finance_comes_out() {
    let system = year();
    let question = "/api/v1/indicators?domain=finance&structure=NAZ&period=2020";
    let (expected, reconstructed) = (published().json(question), system.json(question));
    let mut compared = 0;
    let drawn = reconstructed["items"].as_array().unwrap();
    for expected in expected["items"].as_array().unwrap() {
        let result = drawn.iter().find(|result| result["code"] == expected["code"]).unwrap();
        assert_eq!((!result["actual"].is_null()).then_some("synthetic"), result["provenance"].as_str(), "{}", result["code"]);
        // What the Piano does not publish has nothing to come out.
        if !expected["actual"].is_null() {
            assert_eq!(result["actual"], expected["actual"], "{}", result["code"]);
            compared += 1;
        }
    }
    assert!(compared > 15, "only {compared} figures were compared");
    let statement = system.json("/api/v1/finance/statement?structure=NAZ&period=2020&plan=synth-2021");
    assert_eq!(statement["total"]["actual"], "10820285247");
    let below = statement["structures"].as_array().unwrap().iter().filter_map(|structure| structure["total"]["actual"].as_str());
    let sum: Exact = below.map(|amount| Exact::parse(amount).unwrap()).sum();
    assert_eq!(sum, Exact::from(10_820_285_247_i64), "regions sum to the nation");
    let closing = system.json("/api/v1/finance/statement?structure=NAZ&period=2020-13");
    assert!(closing["total"]["actual"].is_string(), "the closing month has postings of its own: {closing}");
    let squared = system.json("/api/v1/finance/reconciliation?structure=NAZ&period=2020");
    assert_eq!(squared["broken_count"].as_i64(), Some(0), "{squared}");
    costs(system);
    spending(system);
    accounts(system);
}

/// Every office has a statement; structures sum to the nation; the points beside it are those of production, and those that the indicator
/// of finance divides by.
fn costs(system: &System) {
    let number = |value: &serde_json::Value| Exact::parse(value.as_str().unwrap_or_else(|| panic!("{value} is no number"))).unwrap();
    let costs = system.json("/api/v1/finance/costs?structure=NAZ&period=2020");
    assert_eq!(costs["whole"]["own"], "2600000000");
    let below = costs["below"].as_array().unwrap().iter().filter(|below| below["own"].is_string());
    assert_eq!(below.map(|below| number(&below["own"])).sum::<Exact>(), number(&costs["whole"]["own"]));
    let per_point = system.json("/api/v1/indicators/finance.cost_per_point?structure=NAZ&period=2020");
    assert_eq!(
        Exact::parse(per_point["actual"].as_str().unwrap()).unwrap().rounded(2),
        number(&costs["points"]["cost_per_point"]).rounded(2)
    );
    let standard = system.json("/api/v1/finance/standard-costs?structure=NAZ&period=2020");
    assert_eq!(standard["items"].as_array().unwrap().iter().filter(|item| item["value"].is_null()).count(), 0, "{standard}");
}

/// Every chapter has a budget, a forecast and what was used, in the middle of the year too.
fn spending(system: &System) {
    for (period, basis) in [("2020", "final"), ("2020-06-ytd", "forecast")] {
        let control = system.json(&format!("/api/v1/finance/spending?structure=NAZ&period={period}"));
        let known = |field: &str| control["items"].as_array().unwrap().iter().filter(|item| item[field].is_string()).count();
        assert!(known("budget") > 18 && known("forecast") == known("budget") && known("actual") == known("budget"), "{control}");
        assert!(control["items"].to_string().contains(basis), "{basis}: {control}");
    }
}

/// Balances have the year before to be compared with, and so has what was collected.
fn accounts(system: &System) {
    let accounts = system.json("/api/v1/finance/accounts?structure=NAZ&period=2020&plan=synth-2021");
    let text = accounts.to_string();
    assert!(text.contains("GPA52002") && text.contains("fino a 30 giorni"), "{text}");
    for code in ["finance.medical_visits", "finance.legal_fees", "finance.credit_recovery.over_previous", "finance.disposal"] {
        let indicator = system.json(&format!("/api/v1/indicators/{code}?structure=NAZ&period=2020&plan=synth-2021"));
        assert!(indicator["actual"].is_string() && indicator["score"].is_string(), "{indicator}");
    }
}

/// What the user receives: the outcome products stand beside the totals, each the sum of its products, and lead down to them.
fn outcomes(system: &System) {
    let flows = |node: &str| system.json(&format!("/api/v1/production/flows?structure=NAZ&period=2020&node={node}"))["items"].clone();
    let all = system.json("/api/v1/production/flows?structure=NAZ&period=2020")["items"].clone();
    let outcomes: Vec<&serde_json::Value> = all.as_array().unwrap().iter().filter(|flow| flow["is_outcome"] == true).collect();
    assert_eq!(outcomes.len(), 5, "a small catalogue has five products a line");
    let code = outcomes[0]["node"].as_str().unwrap();
    let one = flows(code);
    let (outcome, products) = one.as_array().unwrap().split_first().unwrap();
    assert_eq!((&outcome["received"], outcome["has_children"].as_bool()), (&outcomes[0]["received"], Some(true)));
    assert!(products.len() > 10, "a product of every line: {}", products.len());
    let sum: i64 = products.iter().filter_map(|product| product["received"].as_i64()).sum();
    assert_eq!(outcome["received"].as_i64(), Some(sum));
    let page = system.get("/flussi?structure=NAZ&period=2020").text;
    assert!(page.contains("I prodotti outcome: ciò che l&#39;utente riceve") && page.contains(code), "{page}");
}

/// Who helps whom: what each region gives others receive, every pair is the sum of its offices' months, and the page says it.
fn subsidiarity(system: &System) {
    let number = |value: &serde_json::Value| value.as_str().map(|text| Exact::parse(text).unwrap());
    let help =
        |structure: &str, period: &str| system.json(&format!("/api/v1/production/subsidiarity?structure={structure}&period={period}"));
    let of = |answer: &serde_json::Value, relation: &str| -> Exact {
        let pairs = answer["items"].as_array().unwrap().iter().filter(|pair| pair["relation"] == relation);
        pairs.filter_map(|pair| number(&pair["actual"])).sum()
    };
    let nation = help("NAZ", "2020");
    let inside = of(&nation, "inside");
    assert!(inside > Exact::zero(), "{nation}");
    assert_eq!(number(&nation["given"]), Some(inside.clone()));
    assert_eq!(number(&nation["unnamed"]), Some(Exact::zero()), "every piece names its helper");
    assert_eq!(nation["explanation"]["value"], nation["given"]);
    let indicator = system.json("/api/v1/indicators/production.subsidiarity?structure=NAZ&period=2020");
    assert_eq!((&indicator["actual"], indicator["provenance"].as_str()), (&nation["given"], Some("synthetic")));
    let names: std::collections::BTreeSet<&str> =
        nation["items"].as_array().unwrap().iter().map(|pair| pair["helper"].as_str().unwrap()).collect();
    let regions: Vec<_> = names.iter().map(|code| help(code, "2020")).collect();
    assert_eq!(regions.iter().map(|region| of(region, "given")).sum::<Exact>(), inside, "what the regions give");
    let months: Exact = (1..=12).map(|month| of(&help("NAZ", &format!("2020-{month:02}")), "inside")).sum();
    assert_eq!(months, inside, "months sum to the year");
    // The plan of 2021 has pairs of its own, and says how much of each is due.
    let planned = system.json("/api/v1/production/subsidiarity?structure=REG_UMBRIA&period=2020-06-ytd&plan=synth-2021");
    let pair = planned["items"].as_array().unwrap().iter().find(|pair| pair["helped"] == "DCM_ROMA").unwrap();
    assert_eq!((pair["planned"].as_str(), pair["due"].as_str()), (Some("1376"), Some("688")), "{planned}");
    let page = system.get("/sussidiarieta?structure=NAZ&period=2020").text;
    assert!(page.contains("L&#39;aiuto tra le strutture sottostanti, in punti") && page.contains("sintetico"), "{page}");
}

/// The plan of the year after: every level adds up to the one above, help cancels out nationally, and the page says whether it is covered.
fn production_plan(system: &System) {
    let number = |value: &serde_json::Value| Exact::parse(value.as_str().unwrap_or_else(|| panic!("{value} is no number"))).unwrap();
    let plan = |structure: &str| system.json(&format!("/api/v1/production/plan?structure={structure}&period=2021"));
    let nation = plan("NAZ");
    assert_eq!(nation["plan"]["lever_points"], "0", "{}", nation["plan"]);
    assert_eq!(nation["plan"]["provenance"], "synthetic");
    for figure in ["workload", "staff_available", "capacity", "gap"] {
        let children = nation["children"].as_array().unwrap().iter().filter(|child| !child[figure].is_null());
        let sum: Exact = children.map(|child| number(&child[figure])).sum();
        assert_eq!(sum, number(&nation["plan"][figure]), "{figure}");
    }
    let areas: Exact = nation["areas"].as_array().unwrap().iter().map(|area| number(&area["workload"])).sum();
    assert_eq!(areas, number(&nation["plan"]["workload"]));
    assert_eq!(nation["explanation"]["value"], nation["plan"]["uncovered"]);
    // The year itself is over: what was planned of it rests on the year before, beside four forecasts.
    let over = system.json("/api/v1/production/plan?structure=NAZ&period=2020");
    assert_eq!(over["forecasts"].as_array().map(Vec::len), Some(4));
    assert!(over["plan"]["missing_reason"].is_null() && over["plan"]["offices_without"] == 0, "{}", over["plan"]);
    let came_in = |area: &str| {
        let flow = system.json(&format!("/api/v1/production/flows?structure=NAZ&period=2019&node={area}"))["items"][0].clone();
        Exact::quotient(&(number(&flow["backlog_points"]) * Exact::from(360)), &number(&flow["backlog_days"])).unwrap()
    };
    for area in over["areas"].as_array().unwrap() {
        assert_eq!(number(&area["received"]).rounded(0), came_in(area["node"].as_str().unwrap()).rounded(0), "{area}");
    }
    let areas: Exact = over["areas"].as_array().unwrap().iter().map(|area| number(&area["workload"])).sum();
    assert!(areas > Exact::zero() && areas == number(&over["plan"]["workload"]), "{}", over["plan"]);
    // Of the year before there is no history.
    let earlier = system.json("/api/v1/production/plan?structure=NAZ&period=2019");
    assert!(earlier["plan"]["workload"].is_null() && earlier["plan"]["missing_reason"].is_string(), "{}", earlier["plan"]);
    let refused = system.get("/api/v1/production/plan?structure=NAZ&period=2021-03");
    assert_eq!((refused.status, refused.json()["reason"].as_str()), (422, Some("PERIOD_NOT_A_YEAR")));
    let page = system.get("/piano-di-produzione?structure=NAZ&period=2021").text;
    assert!(page.contains("Il piano copre il carico") || page.contains("Il piano non copre il carico"), "{page}");
    assert!(page.contains("Le strutture sottostanti, che sommate danno il piano"));
    what_if(system, &nation);
}

/// Other work and other people, tried on the plan: nothing is recorded, and what cannot be assumed is refused with the reason.
fn what_if(system: &System, nation: &serde_json::Value) {
    let number = |value: &serde_json::Value| Exact::parse(value.as_str().unwrap_or_else(|| panic!("{value} is no number"))).unwrap();
    let asked = "/api/v1/production/plan-simulation?structure=NAZ&period=2021";
    let found = system.json(&format!("{asked}&received_percent=10&staff_fte=-6000"));
    assert_eq!(found["plan"]["before"], nation["plan"]);
    let after = &found["plan"]["after"];
    assert_eq!(number(&after["staff_available"]), number(&nation["plan"]["staff_available"]) - Exact::from(6_000));
    let staff = found["children"].as_array().unwrap().iter().map(|child| &child["after"]["staff_available"]);
    let staff: Exact = staff.filter(|staff| !staff.is_null()).map(number).sum();
    assert_eq!(staff, number(&after["staff_available"]), "those who leave are shared out, none lost");
    assert!(number(&after["uncovered"]) > number(&nation["plan"]["uncovered"]), "{after}");
    assert!(number(&after["expected_backlog_days"]) > number(&nation["plan"]["expected_backlog_days"]), "{after}");
    assert_eq!(system.json("/api/v1/production/plan?structure=NAZ&period=2021")["plan"], nation["plan"], "nothing is recorded");
    for (query, field) in [
        ("", "received_percent"),
        ("&received_percent=-100.5", "received_percent"),
        ("&received_percent=ten", "received_percent"),
        ("&staff_fte=-1000000", "staff_fte"),
        ("&staff_fte=1&area=BENEFITS", "node_code"),
    ] {
        let refused = system.get(&format!("{asked}{query}"));
        let problem = refused.json();
        assert_eq!((refused.status, problem["reason"].as_str()), (422, Some("ASSUMPTION_REFUSED")), "{query}: {problem}");
        assert!(problem.to_string().contains(field), "{query}: {problem}");
    }
    let page = system.get("/piano-di-produzione?structure=NAZ&period=2021&received_percent=10%2C5&area=&staff_fte=").text;
    assert!(page.contains("Il piano nell&#39;ipotesi") && page.contains("value=\"10,5\""), "{page}");
    let bare = system.get("/piano-di-produzione?structure=NAZ&period=2021&received_percent=&area=&staff_fte=").text;
    assert!(!bare.contains("Il piano nell&#39;ipotesi"), "an empty form assumes nothing");
    let thousand = system.get("/piano-di-produzione?structure=NAZ&period=2021&staff_fte=-1.000");
    assert_eq!(thousand.status, 400, "a thousand, or one: {}", thousand.text);
}
