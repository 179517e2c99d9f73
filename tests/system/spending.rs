//! Spending control through every door: REST, the page and the command line, and what a fact about a chapter is refused for.

use std::fmt::Write as _;

use piramide_tests::{Browser, System};
use serde_json::Value;

const HEADER: &str = "structure,item,period,amount\n";

fn submitted(system: &System, id: &str, rows: &str) -> piramide_tests::Answer {
    system.submit("finance", id, "provenance=submitted&origin=test", format!("{HEADER}{rows}").as_bytes())
}

/// Lighting and meal vouchers in Piedmont, five months of 2021; the forecast stands at the regional office, spending in its provinces.
fn spending() -> String {
    let mut rows = String::new();
    for month in 1..=12 {
        writeln!(rows, "DR_PIEMONTE,5U1104012.forecast_1,2021-{month:02},1000").unwrap();
        writeln!(rows, "DR_PIEMONTE,4U1102028.forecast_1,2021-{month:02},500").unwrap();
    }
    for month in 1..=5 {
        writeln!(rows, "PRV_TORINO,5U1104012.actual,2021-{month:02},800.40").unwrap();
        writeln!(rows, "PRV_ASTI,5U1104012.actual,2021-{month:02},260").unwrap();
        writeln!(rows, "PRV_TORINO,4U1102028.actual,2021-{month:02},450").unwrap();
    }
    rows + "DR_PIEMONTE,5U1104012.assigned,2021-01,12500\nDR_PIEMONTE,TRANSIT_1005,2021-05,200\nPRV_TORINO,5U1104012.committed,2021-05,9000\n"
}

fn chapter<'a>(control: &'a Value, code: &str) -> &'a Value {
    control["items"].as_array().unwrap().iter().find(|line| line["chapter"] == code).unwrap()
}

#[test]
fn a_limit_that_is_passed_is_told_through_every_door() {
    let system = System::empty();
    let recorded = submitted(&system, "spesa", &spending());
    assert_eq!(recorded.status, 201, "{}", recorded.text);
    // Posted twice under another name, or once more in a coarser grain: it would count twice.
    let again = submitted(&system, "again", "PRV_ASTI,5U1104012.actual,2021-03,260\n");
    assert!(again.status == 409 && again.text.contains("ALREADY_RECORDED"), "{}", again.text);
    let coarser = submitted(&system, "coarser", "PRV_ASTI,5U1104012.actual,2021-Q1,780\n");
    assert!(coarser.status == 409 && coarser.text.contains("PERIOD_OVERLAPS"), "{}", coarser.text);
    let control = system.json("/api/v1/finance/spending?structure=REG_PIEMONTE&period=2021&chapter=5U1104012");
    let lighting = chapter(&control, "5U1104012");
    // 5 x 1,060.40 against 5 x 1,000.
    assert_eq!((lighting["actual"].as_str(), lighting["forecast"].as_str()), (Some("5302"), Some("5000")), "{lighting}");
    assert_eq!((lighting["tolerance"]["percent"].as_str(), lighting["standing"].as_str()), (Some("6.04"), Some("passed")));
    assert_eq!(lighting["tolerance"]["most"], "5250");
    assert_eq!(
        (lighting["projection"].as_str(), lighting["basis"].as_str()),
        (Some("12302"), Some("forecast")),
        "5,302 and seven months of 1,000"
    );
    assert_eq!(lighting["outcome"]["standing"], "within", "12,302 of 12,500");
    let meals = chapter(&control, "4U1102028");
    assert_eq!((meals["standing"].as_str(), meals["budget"].as_str()), (Some("within"), None), "nothing is assigned: missing, not zero");
    assert_eq!(control["transit"][0]["verdict"]["standing"], "warned", "200 of 7,552: 2.65 %");
    assert_eq!((control["elapsed"].as_str(), control["total"]["passed"].as_i64()), (Some("2021-05"), Some(1)));
    let explanations = control["explanations"].as_array().unwrap();
    assert_eq!(explanations.len(), 3);
    assert_eq!(explanations[0].to_string().matches("5U1104012.actual").count(), 10, "every fact of five months in two offices");
    assert!(explanations[0].to_string().contains("spend_rules.csv:3"), "the rule of the second round: {}", explanations[0]);

    let page = system.get("/spesa?structure=REG_PIEMONTE&period=2021&plan=inps-2021&chapter=5U1104012");
    for expected in [
        "▲ superato",
        "Limite superato tra l&#39;utilizzato e il forecast: +6,04\u{a0}%",
        "al massimo 5.250,00",
        "12.302,00",
        "Come si arriva",
        "Torino",
    ] {
        assert!(page.text.contains(expected), "{expected:?} is not on the page");
    }

    let shown = system.piramide(&["spending", "--structure", "REG_PIEMONTE", "--period", "2021"]);
    let (text, errors) = (String::from_utf8(shown.stdout).unwrap(), String::from_utf8(shown.stderr).unwrap());
    assert_eq!(shown.status.code(), Some(1), "a passed limit is told to cron: {errors}");
    assert!(text.contains("6,04") && text.contains("superato") && text.contains("ultimo forecast"), "{text}");
    assert!(errors.contains("REG_PIEMONTE: 1 limits of spending are passed"), "{errors}");
    let calm = system.piramide(&["--json", "spending", "--structure", "REG_LIGURIA", "--period", "2021"]);
    assert_eq!(calm.status.code(), Some(0), "{}", String::from_utf8_lossy(&calm.stderr));
    let calm: Value = serde_json::from_slice(&calm.stdout).unwrap();
    assert!(calm["items"][0]["actual"].is_null(), "missing, not zero: {calm}");
}

#[test]
fn facts_about_chapters_are_refused_with_the_row_and_the_reason() {
    let system = System::empty();
    for (rows, status, expected) in [
        ("PRV_TORINO,5U1104999.actual,2021-03,1\n", 422, "\\\"5U1104999.actual\\\" is not an item of inps-2021"),
        ("PRV_TORINO,5U1104012,2021-03,1\n", 422, "\\\"5U1104012\\\" is not an item of inps-2021"),
        ("PRV_TORINO,5U1104012.actual,2020-03,1\n", 422, "is not an item of inps-2020"),
        ("PRV_TORINO,5U1104012.actual,2021-03,1.234\n", 422, "3 digits after the point, at most 2"),
        ("PRV_TORINO,5U1104012.actual,2021-03,-1\n", 409, "REVERSAL_WITHOUT_ORIGINAL"),
        ("PRV_TORINO,5U1104012.paid,2021-03,1\nPRV_TORINO,5U1104012.paid,2021-03,1\n", 422, "same structure"),
    ] {
        let answer = submitted(&system, "refused", rows);
        assert_eq!(answer.status, status, "{}", answer.text);
        assert!(answer.text.contains(expected), "{expected} is not in {}", answer.text);
    }
    assert_eq!(system.json("/api/v1/finance/ledger/verification")["batches"], 0, "something was recorded");
    let closing_month = submitted(&system, "refused", "PRV_TORINO,5U1104012.forecast_4,2021-13,1\n");
    assert!(closing_month.status == 422 && closing_month.text.contains("FORECAST_IN_MONTH_13"), "{}", closing_month.text);
    let unknown = system.get("/api/v1/finance/spending?structure=NAZ&period=2021&chapter=9X");
    assert_eq!((unknown.status, unknown.json()["reason"].as_str()), (404, Some("CHAPTER_UNKNOWN")), "{}", unknown.text);
}

#[test]
fn the_budgets_of_2026_stand_on_the_page_of_the_nation() {
    let system = System::empty();
    let mut browser = Browser::start(1280, false);
    browser.open(&format!("{}/spesa?structure=NAZ&period=2026&plan=inps-2026", system.address()));
    let page = browser.html();
    for expected in ["8U1210021/06", "344.622.000,00", "1.434.361.162,00", "Nessun utilizzato registrato"] {
        assert!(page.contains(expected), "{expected:?} is not on the page");
    }
}
