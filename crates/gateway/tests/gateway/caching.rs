//! Answers are kept exactly as long as nothing can have changed.

use crate::house::{House, wait_until};

const PYRAMID: &str = "/api/v1/public-value?structure=NAZ&period=2020";

#[test]
fn a_kept_answer_holds_until_a_domain_changes() {
    let house = House::new();
    let asked = || house.public_value.state.readings();
    let first = house.get(PYRAMID);
    let tag = first.header("etag").to_owned();
    assert_eq!((house.get(PYRAMID).text, asked()), (first.text, 1), "the second answer came from memory");
    let unchanged = house.get_with(PYRAMID, &[("if-none-match", &tag)]);
    assert_eq!(
        (unchanged.status, unchanged.text.as_str(), unchanged.header("etag"), unchanged.header("cache-control")),
        (304, "", tag.as_str(), "no-cache")
    );
    assert_eq!(house.get(&format!("{PYRAMID}&plan=inps-2021")).status, 200);
    assert_eq!(asked(), 2, "another question is not answered with it");
    let (_, events) = house.events();
    *house.public_value.state.actual.lock().unwrap() = "99".into();
    house.public_value.state.sequence.store(5, std::sync::atomic::Ordering::SeqCst);
    house.production.tell(5);
    assert!(events.into_iter().any(|line| line == "event: changed"));
    let changed = house.get_with(PYRAMID, &[("if-none-match", &tag)]);
    assert_eq!((changed.status, changed.json()["actual"].as_str(), asked()), (200, Some("99"), 3));
    house.get(PYRAMID);
    assert_eq!(asked(), 3, "the new answer is kept");
}

#[test]
fn an_answer_older_than_what_was_told_is_given_but_not_kept() {
    let house = House::new();
    let (_, events) = house.events();
    house.finance.tell(9);
    assert!(events.into_iter().any(|line| line == "event: changed"));
    for expected in 1..=2 {
        assert_eq!(house.get(PYRAMID).json()["domains"][2]["sequence"], 4);
        assert_eq!(house.public_value.state.readings(), expected);
    }
}

#[test]
fn nothing_is_kept_while_a_stream_is_down() {
    let mut house = House::new();
    house.get(PYRAMID);
    house.workforce.stop();
    wait_until("workforce is known to be gone", || house.silent() == ["workforce"]);
    for expected in 2..=3 {
        house.get(PYRAMID);
        assert_eq!(house.public_value.state.readings(), expected, "freshness is unknown");
    }
    let own = "/api/v1/indicators/finance.measured?structure=NAZ&period=2020";
    house.get(own);
    house.get(own);
    assert_eq!(house.finance.state.readings(), 1, "what does not come from the silent domain is still kept");
    house.workforce.resume();
    wait_until("workforce is back", || house.silent().is_empty());
    house.get(PYRAMID);
    house.get(PYRAMID);
    assert_eq!(house.public_value.state.readings(), 4, "what was kept before the gap is void, the next answer is kept");
}

#[test]
fn an_incomplete_answer_is_not_kept() {
    let house = House::new();
    *house.public_value.state.unreached.lock().unwrap() = Some("finance");
    for expected in 1..=2 {
        assert_eq!(house.get(PYRAMID).json()["domains"][2]["available"], false);
        assert_eq!(house.public_value.state.readings(), expected);
    }
    *house.finance.state.refusal.lock().unwrap() = Some(tonic::Status::unavailable("gone"));
    for _ in 0..2 {
        assert_eq!(house.get("/api/v1/indicators?structure=NAZ&period=2020").json()["unavailable"][0], "finance");
    }
    assert_eq!(house.quality.state.readings(), 2);
}

#[test]
fn whoever_has_written_reads_what_they_wrote() {
    let house = House::new();
    let path = "/api/v1/indicators/production.measured?structure=NAZ&period=2020";
    house.get(path);
    house.get(path);
    assert_eq!(house.production.state.readings(), 1);
    let headers = [("idempotency-key", "b1"), ("content-type", "text/csv")];
    let body = "structure,product,period,received\nNAZ,P1,2020-12,10\n";
    assert_eq!(house.post("/api/v1/production/batches?provenance=submitted", &headers, body).status, 201);
    house.get(path);
    assert_eq!(house.production.state.readings(), 2, "the fake told nobody: the gateway knows by itself");
}
