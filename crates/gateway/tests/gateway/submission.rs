//! Facts on their way in, and the proof that none was altered.

use serde_json::json;

use crate::house::{Answer, House};

const CSV: &str = "structure,product,period,received,completed\nNAZ,P1,2020-12,10,\nNAZ,P2,2020-12,1.5,2\n";

fn submit(house: &House, key: &str, body: &str) -> Answer {
    house.post(
        "/api/v1/production/batches?provenance=published&note=prova&control.received=11.5",
        &[("idempotency-key", key), ("content-type", "text/csv")],
        body,
    )
}

#[test]
fn a_csv_is_recorded_once_and_its_receipt_can_be_read_again() {
    let house = House::new();
    let first = submit(&house, "b1", CSV);
    assert_eq!((first.status, first.header("location")), (201, "/api/v1/production/batches/b1"));
    let expected = json!({
        "domain": "production", "sequence": 5, "batch_id": "b1", "origin": "rest", "provenance": "published", "reason": null, "note": null,
        "recorded_at": "1970-01-01T00:00:00Z", "content_hash": "aa", "chain_hash": "bb", "facts": 2, "superseded": 0, "events": 0, "replayed": false
    });
    assert_eq!(first.json(), expected);
    let again = submit(&house, "b1", CSV);
    assert_eq!((again.status, &again.json()["replayed"], &again.json()["sequence"]), (200, &json!(true), &json!(5)));
    assert_eq!(house.get("/api/v1/production/batches/b1").json(), expected);
    let submitted = house.production.state.submitted.lock().unwrap();
    let (header, rows) = &submitted[0];
    assert_eq!((submitted.len(), header.note.as_str(), header.control_totals.len(), rows.len()), (1, "prova", 1, 2));
    let said = |row: &piramide_contracts::ledger::FactRow| {
        row.quantities.iter().map(|quantity| format!("{} {}", quantity.name, quantity.value.as_ref().unwrap().value)).collect::<Vec<_>>()
    };
    assert_eq!(
        (rows[0].line, said(&rows[0]), said(&rows[1])),
        (2, vec!["received 10".to_owned()], vec!["completed 2".to_owned(), "received 1.5".to_owned()])
    );
}

#[test]
fn json_and_csv_bring_the_same_rows() {
    let house = House::new();
    let body = json!({"provenance": "published", "origin": "SIMP", "rows": [
        {"structure": "NAZ", "subject": "P1", "period": "2020-12", "received": 10},
        {"structure": "NAZ", "subject": "P2", "period": "2020-12", "received": "1.5", "completed": "2"}]});
    let headers = [("idempotency-key", "j1"), ("content-type", "application/json")];
    assert_eq!(house.post("/api/v1/production/batches", &headers, &body.to_string()).status, 201);
    assert_eq!(submit(&house, "c1", CSV).status, 201);
    let submitted = house.production.state.submitted.lock().unwrap();
    let keys = |rows: &[piramide_contracts::ledger::FactRow]| {
        rows.iter()
            .map(|row| {
                let mut quantities: Vec<_> = row.quantities.iter().map(|quantity| format!("{quantity:?}")).collect();
                quantities.sort();
                (row.subject_code.clone(), quantities)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(keys(&submitted[0].1), keys(&submitted[1].1));
    assert_eq!((submitted[0].0.origin.as_str(), submitted[1].0.origin.as_str()), ("SIMP", "rest"));
}

/// Of two fields of one name a reader that keeps one would record what nobody may have meant.
#[test]
fn a_field_that_stands_twice_is_refused() {
    let house = House::new();
    let headers = [("idempotency-key", "j1"), ("content-type", "application/json")];
    let row = r#""structure": "NAZ", "subject": "P1", "period": "2020-12""#;
    for (body, name) in [
        (format!(r#"{{"provenance": "published", "rows": [{{{row}, "received": "5", "received": "7"}}]}}"#), "received"),
        (format!(r#"{{"provenance": "published", "rows": [{{{row}, "period": "2020-11"}}]}}"#), "period"),
        (format!(r#"{{"provenance": "published", "rows": [{{{row}}}], "control_totals": {{"a": "1", "a": "2"}}}}"#), "a"),
    ] {
        let answer = house.post("/api/v1/production/batches", &headers, &body);
        assert_eq!((answer.status, answer.json()["reason"].as_str()), (400, Some("BODY_MALFORMED")), "{body}");
        assert!(answer.text.contains(&format!("\\\"{name}\\\" stands twice")), "{}", answer.text);
    }
    assert!(house.production.state.submitted.lock().unwrap().is_empty());
}

#[test]
fn a_refused_batch_lists_each_bad_row() {
    let house = House::new();
    let answer = submit(&house, "b1", "structure,product,period,received\nNAZ,P1,2020-12,10\nNAZ,P2,2020-12,13\n");
    let problem = answer.json();
    assert_eq!((answer.status, answer.header("content-type")), (409, "application/problem+json"));
    assert_eq!((problem["reason"].as_str(), problem["title"].as_str()), (Some("BALANCE_MISSED"), Some("La quadratura non torna")));
    let expected = json!([
        {"line": 3, "column": "received", "detail": "opening 40 plus net flow -3 gives 37 pieces, closing says 39"},
        {"line": 9, "column": "", "detail": "P9 is empty"}
    ]);
    assert_eq!((&problem["errors"], &problem["metadata"]["violations"]), (&expected, &json!("2")));
    let unreadable = submit(&house, "b1", "structure,product,period,received\nNAZ,P1,2020-12,1,5\nNAZ,P2\n");
    assert_eq!((unreadable.status, unreadable.json()["errors"].as_array().unwrap().len()), (422, 2));
    assert_eq!(unreadable.json()["errors"][0]["line"], 2);
    assert!(house.production.state.submitted.lock().unwrap().is_empty());
}

#[test]
fn a_key_names_one_content_for_ever() {
    let house = House::new();
    assert_eq!(submit(&house, "b1", CSV).status, 201);
    let other = submit(&house, "b1", "structure,product,period,received\nNAZ,P1,2020-12,10\n");
    assert_eq!((other.status, &other.json()["reason"]), (409, &json!("BATCH_ID_REUSED")));
    let headers = [("content-type", "text/csv")];
    let missing = house.post("/api/v1/production/batches?provenance=published", &headers, CSV);
    assert_eq!((missing.status, &missing.json()["reason"]), (400, &json!("IDEMPOTENCY_KEY_MISSING")));
}

#[test]
fn bodies_above_the_limits_are_refused() {
    let house = House::with(&["--body-limit", "200", "--upload-limit", "1000"]);
    assert_eq!(
        submit(&house, "fits", &format!("{CSV}{}", "NAZ,P,2020-11,1,1\n".repeat(40))).status,
        201,
        "the upload route takes more than the others"
    );
    let large = submit(&house, "large", &format!("{CSV}{}", "NAZ,P,2020-11,1,1\n".repeat(100)));
    assert_eq!((large.status, &large.json()["reason"]), (413, &json!("SIZE")));
    let closing = json!({"name": "x", "period": "2020", "author": "y", "note": "z".repeat(300)}).to_string();
    let large = house.post("/api/v1/production/closings", &[("content-type", "application/json")], &closing);
    assert_eq!((large.status, &large.json()["reason"]), (413, &json!("SIZE")));
}

#[test]
fn feeds_are_told_page_by_page() {
    let house = House::new();
    let page = house.get("/api/v1/production/feeds?page_size=2&page_token=after-a").json();
    let feed = json!({
        "origin": "sportello 2 after-a", "events": 3, "first_number": 1, "last_number": 4, "missing": 1,
        "gaps": [{"first": 3, "last": 3}], "last_sequence": 7, "last_recorded_at": null
    });
    assert_eq!(page, json!({"items": [feed], "next_page_token": "after-sportello"}));
    assert_eq!(house.get("/api/v1/production/feeds?page_size=0").status, 400);
    assert_eq!(house.get("/api/v1/public_value/feeds").status, 404);
}

#[test]
fn closings_and_verification() {
    let house = House::new();
    let json_type = [("content-type", "application/json")];
    let close = |body: serde_json::Value| house.post("/api/v1/finance/closings", &json_type, &body.to_string());
    let closed = close(json!({"name": "2020-final", "period": "2020", "author": "Controllo"}));
    assert_eq!((closed.status, &closed.json()["name"], &closed.json()["period"]), (201, &json!("2020-final"), &json!("2020")));
    assert_eq!(close(json!({"name": "taken", "period": "2020", "author": "x"})).status, 409);
    assert_eq!(close(json!({"name": "x", "period": "2020", "author": "x", "approved": true})).status, 400);
    let listed = house.get("/api/v1/finance/closings").json();
    assert_eq!((&listed["items"][0]["name"], &listed["next_page_token"]), (&json!("2020-IV"), &json!("")));
    let found = house.get("/api/v1/finance/ledger/verification").json();
    let expected = json!({
        "domain": "finance", "intact": false, "batches": 7, "closings": 0, "sequence": 3, "chain_hash": null, "batch_id": "b3",
        "cause": "row 2 was altered"
    });
    assert_eq!(found, expected);
}
