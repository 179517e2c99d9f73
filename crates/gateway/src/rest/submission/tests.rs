//! What a batch may look like, and every way it may not.

use http::HeaderValue;
use piramide_contracts::domains::PRODUCTION;

use super::*;

fn head(media: &'static str, more: &[(&'static str, &'static str)], query: &str) -> Result<Declared, Problem> {
    let mut headers = HeaderMap::new();
    headers.insert("idempotency-key", HeaderValue::from_static("b1"));
    headers.insert("content-type", HeaderValue::from_static(media));
    for (name, value) in more {
        headers.insert(*name, HeaderValue::from_static(value));
    }
    Declared::read(&headers, &format!("/api/v1/production/batches{query}").parse().unwrap())
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T, Problem>, status: u16, expected: &str) {
    let problem = outcome.unwrap_err();
    let text = format!("{problem:?}");
    assert!(problem.status().as_u16() == status && text.contains(expected), "{text}");
}

const CSV: &[u8] = b"structure,product,period,received\nNAZ,P,2020-12,10\n";

#[test]
fn a_csv_is_described_by_query_and_headers() {
    let declared =
        head("text/csv; charset=utf-8", &[("piramide-origin", "SIMP")], "?provenance=published&control_rows=1&control.received=10")
            .unwrap();
    let (header, rows) = declared.parse(PRODUCTION, CSV).unwrap();
    assert_eq!((header.batch_id.as_str(), header.origin.as_str(), header.control_rows), ("b1", "SIMP", Some(1)));
    assert_eq!(header.provenance, i32::from(types::Provenance::Published));
    assert_eq!((header.control_totals[0].name.as_str(), rows.len()), ("received", 1));
}

#[test]
fn an_italian_file_is_read_where_declared() {
    let italian = "\u{feff}structure;product;period;received\nNAZ;P;2020;1.234,5\n".as_bytes();
    let read = |media| head(media, &[], "?provenance=published").and_then(|declared| declared.parse(PRODUCTION, italian));
    assert_eq!(read("text/csv; dialect=italian").unwrap().1[0].quantities[0].value.as_ref().unwrap().value, "1234.5");
    refused(read("text/csv"), 422, "byte order mark");
}

#[test]
fn heads_that_cannot_be_read_are_refused() {
    refused(head("text/csv", &[], "?provenence=published"), 400, "unknown parameter \\\"provenence\\\"");
    refused(head("text/csv", &[], "?control.=1"), 400, "unknown parameter");
    refused(head("text/csv", &[], "?note=a&note=b"), 400, "given twice");
    refused(head("text/csv", &[("piramide-note", "b")], "?note=a"), 400, "give it once");
    refused(head("text/csv", &[], "?control_rows=many"), 400, "whole number");
    refused(head("text/plain", &[], ""), 415, "text/plain");
    refused(head("text/csv; dialect=french", &[], ""), 415, "dialect=french");
    refused(head("application/json", &[], "?note=a"), 400, "move it there");
    refused(head("text/csv", &[], "").and_then(|declared| declared.parse(PRODUCTION, CSV)), 400, "provenance: is required");
    refused(head("text/csv", &[], "?provenance=true").and_then(|declared| declared.parse(PRODUCTION, CSV)), 400, "choose one of");
    refused(
        head("text/csv", &[], "?provenance=published&squaring=maybe").and_then(|declared| declared.parse(PRODUCTION, CSV)),
        400,
        "neither refused nor flagged",
    );
    refused(Declared::read(&HeaderMap::new(), &Uri::from_static("/")), 400, "Idempotency-Key");
}

#[track_caller]
fn json(body: &str) -> Result<(BatchHeader, Vec<FactRow>), Problem> {
    head("application/json", &[], "").unwrap().parse(PRODUCTION, body.as_bytes())
}

#[test]
fn json_rows_carry_numbers_as_strings() {
    let body = r#"{"batch_id": "b1", "provenance": "synthetic", "origin": "x", "control_totals": {"received": "12.5"}, "rows": [
        {"structure": "NAZ", "subject": "P", "period": "2020", "received": "12.5", "completed": 3, "cancelled": null, "transferred_in": ""}]}"#;
    let (header, rows) = json(body).unwrap();
    let quantities: Vec<_> =
        rows[0].quantities.iter().map(|quantity| (quantity.name.as_str(), quantity.value.as_ref().unwrap().value.as_str())).collect();
    assert_eq!(quantities, [("completed", "3"), ("received", "12.5")], "null and empty are missing");
    assert_eq!((header.control_totals[0].name.as_str(), rows[0].line), ("received", 1));
}

#[test]
fn json_that_cannot_be_read_is_refused_place_by_place() {
    let with = |rows: &str| json(&format!(r#"{{"provenance": "synthetic", "rows": [{rows}]}}"#));
    refused(
        with(r#"{"structure": "NAZ", "subject": "P", "period": "2020", "received": 12.5}"#),
        422,
        "12.5 is a JSON number with a fraction",
    );
    refused(with(r#"{"structure": "NAZ", "subject": "P", "period": "2020", "received": 1e3}"#), 422, "exponent");
    refused(with(r#"{"structure": 7, "period": "2020", "received": true}"#), 422, "4 places");
    refused(json(r#"{"provenance": "synthetic"}"#), 400, "missing field `rows`");
    refused(json(r#"{"provenance": "synthetic", "rows": [], "computed": 1}"#), 400, "unknown field `computed`");
    refused(json(r#"{"provenance": "synthetic", "rows": [], "batch_id": "b2"}"#), 400, "they name the same batch");
}
