//! Bad input gets a clear error and loses nothing.

use std::sync::OnceLock;

use piramide_tests::{Answer, System};
use serde_json::{Value, json};

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

/// What is wrong with a batch, place by place: `2 received: -1 is below zero`, without a number where the batch as a whole is meant.
fn faults(answer: &Answer) -> Vec<String> {
    let answer = answer.json();
    let errors = answer["errors"].as_array().unwrap_or_else(|| panic!("no places in {answer}"));
    let place = |error: &Value| {
        let line = error["line"].as_u64().map_or_else(String::new, |line| format!("{line} "));
        format!("{line}{}: {}", error["column"].as_str().unwrap(), error["detail"].as_str().unwrap())
    };
    errors.iter().map(place).collect()
}

/// A batch that must be refused with this reason, at these places; the ledger must stay as it was.
#[track_caller]
fn batch_refused(csv: &[u8], query: &str, status: u16, reason: &str, expected: &[&str]) {
    let answer = system().submit("production", "refused", &format!("provenance=submitted&origin=test{query}"), csv);
    is_problem(&answer, status, "");
    assert_eq!((answer.json()["reason"].as_str(), faults(&answer)), (Some(reason), expected.iter().map(ToString::to_string).collect()));
    let detail = answer.json()["detail"].to_string();
    let said = expected[0].split_once(": ").unwrap().1.replace('"', "\\\"");
    assert!(detail.contains(&said), "the sentence for people says so too: {detail}");
    let batches = system().json("/api/v1/production/ledger/verification");
    assert_eq!(batches["batches"], 0, "something was recorded");
}

/// A batch of one row that must be refused.
#[track_caller]
fn row_refused(row: &str, status: u16, reason: &str, expected: &str) {
    batch_refused(format!("{HEADER}{row}\n").as_bytes(), "", status, reason, &[expected]);
}

#[test]
fn unknown_codes_and_periods() {
    let plan = system().json("/api/v1/public-value?structure=NAZ&period=2021&plan=inps-2021")["plan_version"].as_str().unwrap().to_owned();
    let unknown = |what: &str| format!("{what} of {plan}");
    let structure = unknown("2 structure: \"PRV_NOWHERE\" is not a structure");
    row_refused("PRV_NOWHERE,INCOME_SUPPORT,2021-03,1,1,0,0", 422, "STRUCTURE_UNKNOWN", &structure);
    let product = unknown("2 product: \"NO_SUCH_PRODUCT\" is not a product");
    row_refused("PRV_TORINO,NO_SUCH_PRODUCT,2021-03,1,1,0,0", 422, "SUBJECT_UNKNOWN", &product);
    let region =
        "2 structure: REG_PIEMONTE has structures under it, such as PRV_ALESSANDRIA: facts belong to the leaf where the work was done";
    row_refused("REG_PIEMONTE,INCOME_SUPPORT,2021-03,1,1,0,0", 422, "STRUCTURE_NOT_A_LEAF", region);
    let period = "2 period: \"2021-3\" is not a period: write 2020, 2020-Q3, 2020-12, 2020-12-ytd or, for accounting, 2020-13";
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-3,1,1,0,0", 422, "PERIOD_MALFORMED", period);
    let accounting = "2 period: 2021-13 is a month of accounting only";
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-13,1,1,0,0", 422, "PERIOD_MALFORMED", accounting);
    let long_ago = "2 period: no plan is in force in 1999-12, so nothing can be recorded for it";
    row_refused("PRV_TORINO,INCOME_SUPPORT,1999-12,1,1,0,0", 422, "NO_PLAN", long_ago);
}

#[test]
fn numbers() {
    #[track_caller]
    fn refused(number: &str, reason: &str, expected: &str) {
        row_refused(&format!("PRV_TORINO,INCOME_SUPPORT,2021-03,{number},1,0,0"), 422, reason, &format!("2 received: {expected}"));
    }
    let form = "is not a number: write an optional minus, digits, and at most one point with digits after it; it counts in pieces";
    refused("many", "NUMBER_MALFORMED", &format!("\"many\" {form}"));
    refused("1e3", "NUMBER_MALFORMED", &format!("\"1e3\" {form}"));
    refused("-1", "NUMBER_NEGATIVE", "-1 is below zero, received cannot be");
    let fraction = "\"1.5\" has 1 digits after the point, at most 0 are allowed here; it counts in pieces";
    refused("1.5", "NUMBER_MALFORMED", fraction);
    let large = "\"99999999999999999999\" is out of range: with 0 digits after the point it must fit 64 bits; it counts in pieces";
    refused("99999999999999999999", "NUMBER_MALFORMED", large);
    let italian = "\"12,5\" looks like an Italian decimal: write 12.5, or declare Italian numbers; it counts in pieces";
    refused("\"12,5\"", "NUMBER_MALFORMED", italian);
}

#[test]
fn what_does_not_hold_together() {
    let balance = "2 closing_backlog: opening 40 plus net flow 10 gives 50 pieces, closing says 49, difference -1";
    row_refused("PRV_TORINO,INCOME_SUPPORT,2021-03,100,90,40,49", 409, "BALANCE_MISSED", balance);
    let row = "PRV_TORINO,INCOME_SUPPORT,2021-03,100,90,40,50\n";
    let twice = "3 : PRV_TORINO INCOME_SUPPORT 2021-03: the same structure, subject and months as line 2";
    batch_refused(format!("{HEADER}{row}{row}").as_bytes(), "", 422, "KEY_REPEATED", &[twice]);
    let one = format!("{HEADER}{row}");
    let count = "control_rows: 2 rows are declared, 1 were sent";
    batch_refused(one.as_bytes(), "&control_rows=2", 409, "CONTROL_TOTAL_MISSED", &[count]);
    let sum = "control.received: received is declared to sum to 101, the rows give 100, difference -1";
    batch_refused(one.as_bytes(), "&control.received=101", 409, "CONTROL_TOTAL_MISSED", &[sum]);
    batch_refused(HEADER.as_bytes(), "", 422, "BATCH_EMPTY", &["rows: the batch has no rows"]);
}

/// Each of these numbers fits 64 bits, and what they sum to does not: it is told as it is. One such row would leave every sum above it unsaid.
#[test]
fn sums_beyond_the_largest_number() {
    let most = i64::MAX;
    let row = format!("PRV_TORINO,INCOME_SUPPORT,2021-03,{most},0,{most},{most}");
    let sum = "2 closing_backlog: opening 9223372036854775807 plus net flow 9223372036854775807 gives 18446744073709551614 pieces, \
        closing says 9223372036854775807, difference -9223372036854775807";
    let many = |quantity: &str| format!("2 {quantity}: {most} pieces of INCOME_SUPPORT are more than the 100000000 that one row may have");
    let [received, opening, closing] = ["received", "opening_backlog", "closing_backlog"].map(many);
    batch_refused(format!("{HEADER}{row}\n").as_bytes(), "", 422, "PIECES_TOO_MANY", &[&received, &opening, &closing, sum]);
}

#[test]
fn every_fault_is_listed_with_its_place() {
    let rows = "PRV_TORINO,INCOME_SUPPORT,2021-03,x,1,0,0\nPRV_ASTI,INCOME_SUPPORT,2021-03,5,1,0,-4\nREG_PIEMONTE,INCOME_SUPPORT,2021-03,1,1,0,0\n";
    let answer = system().submit("production", "refused", "provenance=submitted&origin=test", format!("{HEADER}{rows}").as_bytes());
    is_problem(&answer, 422, "3 violations");
    let places: Vec<_> = faults(&answer).iter().map(|fault| fault.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(places, ["2 received", "3 closing_backlog", "4 structure"], "{}", answer.text);
}

#[test]
fn files_that_are_not_tables() {
    const TABLE: &str = "TABLE_MALFORMED";
    let row = "PRV_TORINO,INCOME_SUPPORT,2021-03,100,90,40,50\n";
    let whole = format!("{HEADER}{row}");
    let short = format!("{HEADER}PRV_TORINO,INCOME_SUPPORT,2021-03,1\n");
    batch_refused(short.as_bytes(), "", 422, TABLE, &["2 : has 4 cells, the header has 7"]);
    let mark = "1 : the file starts with a byte order mark: save it without one, or declare the Italian dialect";
    batch_refused(format!("\u{feff}{whole}").as_bytes(), "", 422, TABLE, &[mark]);
    let semicolons = ["structure", "product", "period"].map(|column| {
        format!("1 {column}: the column is missing: the file is separated by semicolons, declare the Italian dialect or use commas")
    });
    batch_refused(whole.replace(',', ";").as_bytes(), "", 422, TABLE, &semicolons.each_ref().map(String::as_str));
    let latin = [HEADER.as_bytes(), b"PRV_FORL\xcc,INCOME_SUPPORT,2021-03,1,1,0,0\n"].concat();
    batch_refused(&latin, "", 422, TABLE, &["2 : byte 85 is not UTF-8: save the file as UTF-8"]);
    let header = HEADER.replace("received", "ricevuti") + row;
    let unknown = "2 ricevuti: \"ricevuti\" is not a quantity of production, which has received (pieces), completed (pieces), \
        completed_automatically (pieces), cancelled (pieces), transferred_in (pieces), transferred_out (pieces), opening_backlog (pieces), \
        closing_backlog (pieces), staff_fte (full_time_equivalents), worked_hours (hours)";
    batch_refused(header.as_bytes(), "", 422, "QUANTITY_UNKNOWN", &[unknown]);
}

#[test]
fn what_italian_spreadsheets_write_is_read_where_it_is_declared() {
    let system = System::empty();
    let csv = format!("\u{feff}{HEADER}PRV_TORINO,INCOME_SUPPORT,2021-03,1.000,990,40,50\n").replace(',', ";");
    let media = "text/csv; dialect=italian";
    let answer = system.submit_as(media, "production", "italian", "provenance=submitted&origin=test", csv.as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.text);
    let flow = system.json("/api/v1/production/flows?structure=PRV_TORINO&period=2021-03&node=INCOME_SUPPORT")["items"][0].clone();
    assert_eq!((flow["received"].as_i64(), flow["closing_backlog"].as_i64()), (Some(1_000), Some(50)), "{flow}");
}

#[test]
fn a_body_over_the_limit() {
    let line = system().announce("production", 80 * 1024 * 1024);
    assert!(line.starts_with("HTTP/1.1 413"), "{line}");
}

#[test]
fn an_identifier_reused_with_other_content() {
    let system = System::empty();
    let row = |completed: u32| format!("{HEADER}PRV_TORINO,INCOME_SUPPORT,2021-03,100,{completed},40,{}\n", 140 - completed);
    assert_eq!(system.submit("production", "one", "provenance=submitted&origin=test", row(90).as_bytes()).status, 201);
    let reused = system.submit("production", "one", "provenance=submitted&origin=test", row(80).as_bytes());
    is_problem(&reused, 409, "batch one is already recorded with another content");
    let reused = reused.json();
    assert_eq!(reused["reason"], "BATCH_ID_REUSED");
    assert_ne!(reused["metadata"]["recorded"], reused["metadata"]["offered"], "both contents are named: {reused}");
    let recorded = system.submit("production", "two", "provenance=submitted&origin=test", row(80).as_bytes());
    is_problem(&recorded, 409, "ALREADY_RECORDED");
    let again = "2 : PRV_TORINO INCOME_SUPPORT 2021-03: already recorded at sequence 1: a correction needs a reason";
    assert_eq!(faults(&recorded), [again]);
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
fn a_question_without_data_is_answered_with_nothing_and_not_with_zeros() {
    let result = system().json("/api/v1/indicators/production.clearance_ratio?structure=NAZ&period=2021-03&plan=inps-2021");
    assert!(is_without_data(&result), "{result}");
    assert_eq!(result["missing_reason"], "nessun dato per NAZ nel periodo 2021-03");
    let pyramid = system().json("/api/v1/public-value?structure=NAZ&period=2021-03&plan=inps-2021");
    let mut nodes = vec![&pyramid];
    let mut leaves = 0;
    while let Some(node) = nodes.pop() {
        let children = node["children"].as_array().unwrap();
        nodes.extend(children);
        leaves += usize::from(children.is_empty());
        assert!(is_without_data(node), "{node}");
        assert!(!children.is_empty() || node["missing_reason"].is_string(), "it does not say why: {node}");
    }
    assert!(leaves > 50, "{leaves} leaves");
}

fn is_without_data(result: &Value) -> bool {
    ["actual", "score", "deviation"].iter().all(|figure| result[figure].is_null()) && result["coverage"] == "0"
}

#[test]
fn json_numbers_that_are_not_whole_are_refused() {
    let body = json!({"provenance": "submitted", "origin": "test", "rows": [{"structure": "PRV_TORINO", "item": "ECA", "period": "2021-03", "amount": 12.5}]});
    let answer = system().post("/api/v1/finance/batches", "float", &body);
    assert!((400..500).contains(&answer.status), "{}", answer.text);
    assert!(answer.text.contains("amount"), "{}", answer.text);
}
