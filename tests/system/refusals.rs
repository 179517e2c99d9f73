//! Bad input gets a clear error and loses nothing.

use std::sync::OnceLock;

use piramide_tests::{Answer, System};
use serde_json::json;

/// One system with empty ledgers: every batch here is refused, so it stays empty.
fn system() -> &'static System {
    static SYSTEM: OnceLock<System> = OnceLock::new();
    SYSTEM.get_or_init(System::empty)
}

#[track_caller]
fn is_problem(answer: &Answer, status: u16, expected: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(answer.content_type.starts_with("application/problem+json"), "{}", answer.content_type);
    assert!(answer.text.contains(expected), "{expected:?} is not in {}", answer.text);
}

const HEADER: &str = "structure,product,period,received,completed,opening_backlog,closing_backlog\n";

/// A batch of one row that must be refused; the ledger must stay as it was.
#[track_caller]
fn row_refused(row: &str, status: u16, expected: &str) {
    batch_refused(&format!("{HEADER}{row}\n"), "", status, expected);
}

#[track_caller]
fn batch_refused(csv: &str, query: &str, status: u16, expected: &str) {
    let answer = system().submit("production", "refused", &format!("provenance=submitted&origin=test{query}"), csv.as_bytes());
    is_problem(&answer, status, expected);
    let batches = system().json("/api/v1/production/ledger/verification");
    assert_eq!(batches["batches"], 0, "something was recorded");
}

#[test]
fn rows() {
    row_refused("PRV_NOWHERE,INCOME_SUPPORT,2021-03,1,1,0,0", 422, "PRV_NOWHERE");
    row_refused("PRV_TORINO,NO_SUCH_PRODUCT,2021-03,1,1,0,0", 422, "NO_SUCH_PRODUCT");
    row_refused("REG_PIEMONTE,INCOME_SUPPORT,2021-03,1,1,0,0", 422, "leaf");
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-3,1,1,0,0", 422, "not a period");
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-13,1,1,0,0", 422, "accounting");
    row_refused("PRV_TORINO,INCOME_SUPPORT,1999-12,1,1,0,0", 422, "no plan is in force");
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-03,many,1,0,0", 422, "not a number");
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-03,1e3,1,0,0", 422, "not a number");
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-03,-1,1,0,0", 422, "below zero");
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-03,1.5,1,0,0", 422, "digits after the point");
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-03,99999999999999999999,1,0,0", 422, "64 bits");
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-03,\"12,5\",1,0,0", 422, "12.5");
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-03,100,90,40,49", 409, "gives 50 pieces, closing says 49");
}

#[test]
fn batches() {
    let row = "PRV_TORINO,INCOME_SUPPORT,2021-03,100,90,40,50\n";
    batch_refused(&format!("{HEADER}{row}{row}"), "", 422, "same structure");
    batch_refused(&format!("{HEADER}{row}"), "&control_rows=2", 409, "2 rows are declared");
    batch_refused(&format!("{HEADER}{row}"), "&control.received=101", 409, "difference -1");
    batch_refused(HEADER, "", 422, "no rows");
    batch_refused(&format!("{HEADER}PRV_TORINO,INCOME_SUPPORT,2021-03,1\n"), "", 422, "the header has 7");
    batch_refused(&(HEADER.replace("received", "ricevuti") + row), "", 422, "ricevuti");
    batch_refused(&format!("\u{feff}{HEADER}{row}"), "", 422, "byte order mark");
    batch_refused(&format!("{HEADER}{row}").replace(',', ";"), "", 422, "semicolons");
    let every = "PRV_NOWHERE,INCOME_SUPPORT,2021-03,1,1,0,0\nPRV_TORINO,INCOME_SUPPORT,2021-03,x,1,0,0\n";
    let answer = system().submit("production", "refused", "provenance=submitted&origin=test", format!("{HEADER}{every}").as_bytes());
    let errors = answer.json()["errors"].as_array().map(Vec::len);
    assert_eq!(errors, Some(2), "every reason is listed: {}", answer.text);
}

#[test]
fn bytes() {
    let mut latin = HEADER.as_bytes().to_vec();
    latin.extend(b"PRV_FORL\xcc,INCOME_SUPPORT,2021-03,1,1,0,0\n");
    let answer = system().submit("production", "refused", "provenance=submitted&origin=test", &latin);
    is_problem(&answer, 422, "UTF-8");
    let line = system().announce("production", 80 * 1024 * 1024);
    assert!(line.starts_with("HTTP/1.1 413"), "{line}");
}

#[test]
fn an_identifier_reused_with_other_content() {
    let system = System::empty();
    let row = |completed: u32| format!("{HEADER}PRV_TORINO,INCOME_SUPPORT,2021-03,100,{completed},40,{}\n", 140 - completed);
    assert_eq!(system.submit("production", "one", "provenance=submitted&origin=test", row(90).as_bytes()).status, 201);
    let reused = system.submit("production", "one", "provenance=submitted&origin=test", row(80).as_bytes());
    is_problem(&reused, 409, "BATCH_ID_REUSED");
    let recorded = system.submit("production", "two", "provenance=submitted&origin=test", row(80).as_bytes());
    is_problem(&recorded, 409, "correction needs a reason");
}

#[test]
fn questions() {
    let ask = |path: &str, status: u16, expected: &str| is_problem(&system().get(path), status, expected);
    ask("/api/v1/public-value?structure=NOWHERE&period=2020", 404, "NOWHERE");
    ask("/api/v1/public-value?structure=NAZ&period=20x0", 400, "20x0");
    ask("/api/v1/public-value?structure=NAZ&period=2020&plan=inps-1999", 404, "inps-1999");
    ask("/api/v1/public-value?structure=NAZ&period=1999", 404, "no plan is in force");
    ask("/api/v1/public-value?structure=NAZ&period=2020&as_of=no-such-closing", 404, "no-such-closing");
    ask("/api/v1/indicators/production.no_such?structure=NAZ&period=2020", 404, "no_such");
    ask("/api/v1/indicators/astrology.luck?structure=NAZ&period=2020", 404, "astrology");
    ask("/api/v1/indicators?domain=production&structure=NAZ&period=2020&colour=red", 400, "colour");
    ask("/api/v1/structures/NOWHERE", 404, "NOWHERE");
    ask("/api/v1/production/batches/none", 404, "none");
    ask("/api/v1/astrology/batches/none", 404, "astrology");
    ask("/no/such/page/api", 404, "");
}

#[test]
fn json_numbers_that_are_not_whole_are_refused() {
    let body = json!({"provenance": "submitted", "origin": "test", "rows": [{"structure": "PRV_TORINO", "item": "ECA", "period": "2021-03", "amount": 12.5}]});
    let answer = system().post("/api/v1/finance/batches", "float", &body);
    assert!((400..500).contains(&answer.status), "{}", answer.text);
    assert!(answer.text.contains("amount"), "{}", answer.text);
}
