//! The way of money through the system: the statement of the IEEP, and what a batch of amounts is refused for.

use std::sync::OnceLock;

use piramide_measure::Exact;
use piramide_tests::{Browser, System};
use serde_json::{Value, json};

use crate::published;

/// One system with empty ledgers: every batch sent through [`refused`] is refused, so it stays empty.
fn empty() -> &'static System {
    static SYSTEM: OnceLock<System> = OnceLock::new();
    SYSTEM.get_or_init(System::empty)
}

const HEADER: &str = "structure,item,period,amount\n";

/// Rows that must be refused, in themselves or after others, whole and with that reason.
#[track_caller]
fn refused(rows: &str, status: u16, expected: &str) {
    let answer = empty().submit("finance", "refused", "provenance=submitted&origin=test", format!("{HEADER}{rows}\n").as_bytes());
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(answer.text.contains(expected), "{expected:?} is not in {}", answer.text);
    assert_eq!(empty().json("/api/v1/finance/ledger/verification")["batches"], 0, "something was recorded");
}

#[test]
fn amounts_that_cannot_be_are_refused() {
    refused("PRV_TORINO,ECA,2021-03,12.345", 422, "3 digits after the point, at most 2");
    refused("PRV_TORINO,ECA,2021-03,\"1.234,50\"", 422, "looks like an Italian decimal");
    refused("PRV_TORINO,ECA,2021-03,USD 12", 422, "it counts in euro");
    refused("PRV_TORINO,NO_SUCH_ACCOUNT,2021-03,12", 422, "NO_SUCH_ACCOUNT");
    refused("PRV_TORINO,INTEREST_CARE,2020-03,12", 422, "is not an item of inps-2020");
    refused("PRV_TORINO,ECA,2021-14,12", 422, "2021-14");
    refused("PRV_TORINO,ECA,2021-03,92233720368547758.08", 422, "out of range");
    refused("PRV_TORINO,ECA,2021-03,12\nPRV_TORINO,ECA,2021-03,12", 422, "same structure");
    refused("PRV_TORINO,ECA,2021-13,-12", 409, "REVERSAL_WITHOUT_ORIGINAL");
    let family = "PRV_TORINO,LESS_BENEFITS_INSPECTION,2021-03,4\nPRV_TORINO,LESS_BENEFITS_DOCUMENT,2021-03,5";
    refused(&format!("PRV_TORINO,LESS_BENEFITS,2021-03,10\n{family}"), 409, "sum to 9, LESS_BENEFITS says 10, difference 1");
    let currency = empty().submit(
        "finance",
        "refused",
        "provenance=submitted&origin=test",
        b"structure,item,period,amount_usd\nPRV_TORINO,ECA,2021-03,12\n",
    );
    assert!(currency.status == 422 && currency.text.contains("which has amount (euro)"), "{}", currency.text);
}

fn line<'a>(statement: &'a Value, item: &str) -> &'a Value {
    statement["items"].as_array().unwrap().iter().find(|line| line["item"] == item).unwrap()
}

#[test]
fn a_batch_may_declare_that_what_does_not_square_is_flagged() {
    let system = System::empty();
    let rows =
        "PRV_TORINO,LESS_BENEFITS,2021-03,10\nPRV_TORINO,LESS_BENEFITS_INSPECTION,2021-03,4\nPRV_TORINO,LESS_BENEFITS_DOCUMENT,2021-03,5\n";
    let send = |query: &str| {
        system.submit(
            "finance",
            "flagged",
            &format!("provenance=submitted&origin=test&note=a mano{query}").replace(' ', "%20"),
            format!("{HEADER}{rows}").as_bytes(),
        )
    };
    assert_eq!(send("").status, 409);
    let recorded = send("&squaring=flagged");
    assert_eq!(recorded.status, 201, "{}", recorded.text);
    let note = recorded.json()["note"].as_str().unwrap().to_owned();
    assert!(note.starts_with("a mano; recorded as declared although it does not square, 1 times; row 2:"), "{note}");
    assert_eq!(send("&squaring=flagged").json()["note"], note.as_str(), "the same batch again gets the first answer");
    let statement = system.json("/api/v1/finance/statement?structure=REG_PIEMONTE&period=2021");
    let flagged = line(&statement, "LESS_BENEFITS");
    assert_eq!((flagged["actual"].as_str(), flagged["unsquared"].as_str()), (Some("10"), Some("1")), "{flagged}");
    assert_eq!(flagged["unsquared_places"][0]["structure"], "PRV_TORINO");
    let torino = statement["structures"].as_array().unwrap().iter().find(|below| below["structure"] == "PRV_TORINO").unwrap();
    assert_eq!(torino["total"]["actual"], "10");
}

#[test]
fn the_statement_has_both_results_each_by_its_name() {
    let statement = published().json("/api/v1/finance/statement?structure=NAZ&period=2020&plan=inps-2021");
    let figure = published().json("/api/v1/indicators/finance.ieep.realisation?structure=NAZ&period=2020&plan=inps-2021");
    assert_eq!(statement["weighted_realisation"], figure["actual"]);
    assert_ne!(statement["weighted_realisation"], statement["total"]["realisation"], "the euro sum is another result");
    assert_eq!(statement["total"]["actual"], "10820285247");
    let printed = published().json("/api/v1/finance/statement?structure=NAZ&period=2020&plan=inps-2020");
    assert_eq!(line(&printed, "INTEREST")["direction"], "lower_is_better");
    assert!(line(&printed, "INTEREST")["realisation"].as_str().unwrap().starts_with("169.94"), "{}", line(&printed, "INTEREST"));
    assert!(printed["weighted_realisation"].is_null() && printed["weighted_missing_reason"].is_string(), "2020 printed no weights");
}

#[test]
fn statements_are_read_in_a_terminal_too() {
    let shown = |arguments: &[&str]| {
        let output = published().piramide(arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = shown(&["statement", "--period", "2020", "--plan", "inps-2021"]);
    for expected in ["FLOWS Accertamento Contributi", "7.660.635.698,00", "Somma in euro: 10.820.285.247,00", "pubblicato"] {
        assert!(text.contains(expected), "{expected:?} is not in {text}");
    }
    let json = |command: &str| -> Value {
        serde_json::from_str(&shown(&["--json", command, "--structure", "REG_PIEMONTE", "--period", "2021", "--plan", "inps-2021"]))
            .unwrap()
    };
    let statement = json("statement");
    assert_eq!(
        (statement["total"]["actual"].is_null(), statement["items"].as_array().map(Vec::len)),
        (true, Some(27)),
        "missing, not zero"
    );
    assert!(text.contains("CU_DC_ENTRATE Direzione centrale Entrate"), "who may be asked for: {text}");
    let of_revenue = ["statement", "--assignee", "CU_DC_ENTRATE", "--period", "2020", "--plan", "inps-2021"];
    let text = shown(&of_revenue);
    assert!(text.contains(", voci di Direzione centrale Entrate\n") && !text.contains("UNDUE"), "its items alone: {text}");
    let revenue: Value = serde_json::from_str(&shown(&[&["--json"], &of_revenue[..]].concat())).unwrap();
    let (assignee, label) = (&revenue["assignee"], &revenue["assignee_label"]);
    assert_eq!((assignee, label), (&Value::from("CU_DC_ENTRATE"), &Value::from("Direzione centrale Entrate")));
    assert_eq!(revenue["total"]["target"], "8855168561", "as the gateway says");
    let costs = json("costs");
    assert_eq!(costs["whole"]["ratios"][0]["amount"]["target"], "4.03", "{costs}");
    assert_eq!(costs["below"].as_array().map(Vec::len), Some(9), "{costs}");
    let accounts = json("accounts");
    let fees = accounts["items"].as_array().unwrap().iter().find(|group| group["group"] == "LEGAL_FEES").unwrap();
    assert_eq!((&fees["result"]["target"], fees["accounts"].as_array().map(Vec::len)), (&Value::from("770228"), Some(5)), "{fees}");
    assert!(shown(&["accounts", "--period", "2021", "--plan", "inps-2021"]).contains("GPA52002 Visite mediche"));
}

#[test]
fn a_directorate_asks_for_its_own_items() {
    let of = |assignee: &str| {
        published().get(&format!("/api/v1/finance/statement?structure=NAZ&period=2020&plan=inps-2021&assignee={assignee}"))
    };
    let revenue = of("CU_DC_ENTRATE").json();
    assert_eq!(revenue["assignee"], "Direzione centrale Entrate");
    // Tabella B prints 8,855,168,560 for contribution revenue: its items are rounded, and sum to one euro more.
    assert_eq!(revenue["total"]["target"], "8855168561");
    let unknown = of("CU_NOBODY");
    assert_eq!((unknown.status, unknown.json()["reason"].as_str()), (404, Some("ASSIGNEE_UNKNOWN")), "{}", unknown.text);
}

#[test]
fn the_page_goes_down_the_structures_and_to_the_directorates_without_scripts() {
    let mut browser = Browser::start(1280, false);
    browser.open(&format!("{}/ieep?structure=NAZ&period=2020&plan=inps-2021", published().address()));
    let page = browser.html();
    for expected in
        ["Somma in euro", "Realizzazione ponderata", "10.820.285.247,00", "Piemonte", "Meglio se più basso", "Direzione centrale Pensioni"]
    {
        assert!(page.contains(expected), "{expected:?} is not on the page");
    }
    let links: Vec<String> =
        page.split("href=\"").filter_map(|rest| rest.split('"').next()).map(|link| link.replace("&amp;", "&")).collect();
    let piedmont = links.iter().find(|link| link.contains("structure=REG_PIEMONTE")).expect("a region leads to its statement");
    browser.open(&format!("{}{piedmont}", published().address()));
    assert!(browser.html().contains("Torino"));
    let pensions = links.iter().find(|link| link.ends_with("assignee=CU_DC_PENSIONI")).expect("a directorate leads to its items");
    browser.open(&format!("{}{pensions}", published().address()));
    assert!(browser.html().contains("IEEP: Direzione centrale Pensioni"));
}

#[test]
fn the_cost_per_point_takes_the_points_of_production() {
    let mut system = System::empty();
    let costs = format!("{HEADER}PRV_TORINO,PRODUCTION_STAFF,2021-03,700\nPRV_TORINO,INDIRECT_SERVICES,2021-03,300\n");
    assert_eq!(system.submit("finance", "costs", "provenance=submitted&origin=test", costs.as_bytes()).status, 201);
    let path = "/api/v1/finance/costs?structure=REG_PIEMONTE&period=2021-03";
    assert!(system.json(path)["points"]["missing_reason"].is_string(), "nothing is done yet");
    let work = "structure,product,period,completed\nPRV_TORINO,BENEFITS_POINTS,2021-03,40\n";
    assert_eq!(system.submit("production", "work", "provenance=submitted&origin=test", work.as_bytes()).status, 201);
    let statement = system.json(path);
    let points = system.json("/api/v1/indicators/production.homogenised_points?structure=REG_PIEMONTE&period=2021-03");
    assert_eq!(statement["points"]["actual"], points["actual"]);
    assert_eq!(statement["points"]["plan_version"], points["plan_version"]);
    let number = |value: &Value| Exact::parse(value.as_str().unwrap()).unwrap();
    let per_point = Exact::quotient(&number(&statement["whole"]["own"]), &number(&points["actual"])).unwrap();
    assert_eq!(statement["points"]["cost_per_point"], per_point.decimal_text(12).as_str());
    assert_eq!(statement["whole"]["cluster"], "D");
    let page = system.get("/costi?structure=REG_PIEMONTE&period=2021-03&plan=inps-2021");
    for expected in ["Costo pieno", "Personale della produzione", "70,00", "Torino", "contabilità della produzione"] {
        assert!(page.text.contains(expected), "{expected:?} is not on the page");
    }
    system.kill("production");
    let without = system.eventually(path, |costs| costs["points"]["missing_reason"].is_string());
    assert_eq!(without["whole"]["own"], "1000", "costs stand without points");
    assert!(without["points"]["missing_reason"].as_str().unwrap().starts_with("Produzione"), "{without}");
}

#[test]
fn standard_costs_stand_beside_the_cluster_and_what_is_printed() {
    let costs = published().json("/api/v1/finance/standard-costs?structure=REG_UMBRIA&period=2021&figures=targets");
    assert_eq!((costs["index"]["cluster"].as_str(), costs["index"]["target"].as_str()), (Some("A"), Some("93.87")), "{}", costs["index"]);
    assert_eq!(costs["peers"].as_array().map(Vec::len), Some(5));
    let items = costs["items"].as_array().unwrap();
    assert_eq!(items.len(), 21);
    let number = |value: &Value| Exact::parse(value.as_str().unwrap()).unwrap();
    let lighting = items.iter().find(|item| item["code"] == "LIGHTING_PER_SQM").unwrap();
    assert!(number(&lighting["best"]) <= number(&lighting["value"]), "{lighting}");
    let nation = published().json("/api/v1/finance/standard-costs?structure=NAZ&period=2021&figures=targets");
    assert_eq!(nation["peers"].as_array().map(Vec::len), Some(23), "the nation shows every cluster");
    let unmeasured = published().json("/api/v1/indicators/finance.standard_cost_index?structure=REG_UMBRIA&period=2021");
    assert!(unmeasured["actual"].is_null() && unmeasured["target"] == "93.87", "{unmeasured}");
    let mut browser = Browser::start(1280, false);
    browser.open(&format!("{}/costi-standard?structure=REG_UMBRIA&period=2021&plan=inps-2021&figures=targets", published().address()));
    let page = browser.html();
    for expected in ["Indice stampato", "93,87", "Molise", "Dal migliore", "media del cluster A"] {
        assert!(page.contains(expected), "{expected:?} is not on the page");
    }
}

#[test]
fn a_correction_through_a_closed_year_is_told_line_by_line() {
    let mut system = System::empty();
    let send = |id: &str, query: &str, rows: &str| {
        system.submit("finance", id, &format!("provenance=submitted&origin=test{query}"), format!("{HEADER}{rows}").as_bytes())
    };
    assert_eq!(send("first", "", "PRV_TORINO,ECA,2021-12,100\nPRV_TORINO,INTEREST_CARE,2021-12,10\n").status, 201);
    let closing = json!({ "name": "2021-provvisorio", "period": "2021", "author": "Ragioneria" });
    let closed = system.post("/api/v1/finance/closings", "closing", &closing);
    assert!(closed.status < 300, "{}", closed.text);
    assert_eq!(send("late", "", "PRV_TORINO,INTEREST_CARE,2021-12,12.50\n").status, 409, "a closed year asks for a reason");
    assert_eq!(send("late", "&reason=ricalcolo", "PRV_TORINO,INTEREST_CARE,2021-12,12.50\nPRV_ASTI,ECA,2021-13,40\n").status, 201);
    let changes = system.json("/api/v1/finance/changes?structure=REG_PIEMONTE&period=2021&before=2021-provvisorio");
    let figure = |field: &str| changes[field].as_str().map(str::to_owned);
    assert_eq!((figure("before"), figure("after"), figure("difference")), (Some("90".into()), Some("127.5".into()), Some("37.5".into())));
    assert_eq!((changes["items_count"].as_i64(), figure("covered")), (Some(2), Some("0".into())), "{changes}");
    let interest = changes["items"].as_array().unwrap().iter().find(|item| item["subject"] == "INTEREST_CARE").unwrap();
    assert_eq!(
        (interest["effect"].as_str(), interest["reason"].as_str(), interest["batch_id"].as_str()),
        (Some("-2.5"), Some("ricalcolo"), Some("late"))
    );
    let kept = system.json("/api/v1/finance/statement?structure=REG_PIEMONTE&period=2021&as_of=2021-provvisorio");
    assert_eq!(kept["total"]["actual"], "90", "the closing gives the same answer for ever");
    let page = system.get("/rettifiche?structure=REG_PIEMONTE&period=2021&plan=inps-2021&before=2021-provvisorio");
    for expected in [
        "<h1>Rettifiche dell'IEEP</h1>",
        "perché: ricalcolo",
        "37,50",
        "2021-provvisorio",
        "-2,50",
        "finanza, Piemonte, periodo 2021",
        ", Torino, 2021-12",
    ] {
        assert!(page.text.contains(expected), "{expected:?} is not on the page");
    }
    assert_eq!(system.get("/api/v1/finance/changes?structure=REG_PIEMONTE&period=2021&before=never").status, 404);
    assert_eq!(system.get("/api/v1/finance/changes?structure=REG_PIEMONTE&period=2021&before=").status, 404, "no closing has no name");
    system.stop("finance");
    let past = |name: &str| name.starts_with("finance.db.snapshot.");
    let files = std::fs::read_dir(system.data()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(files.filter(|name| past(name)).count(), 2, "the closing left what was known then, and its sheets");
    system.start("finance");
    let again = system.json("/api/v1/finance/statement?structure=REG_PIEMONTE&period=2021&as_of=2021-provvisorio");
    assert_eq!(again, kept, "the same after a restart");
    assert_eq!(system.json("/api/v1/finance/ledger/verification")["intact"], true);
}
