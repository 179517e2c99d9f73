//! Live events: where things stand, what changes, who may listen, and the end.

use piramide_service::server::Drained;

use crate::house::{House, wait_until};

/// The data of the next event of that name.
#[track_caller]
fn next(lines: &mut impl Iterator<Item = String>, name: &str) -> String {
    let heading = format!("event: {name}");
    lines.find(|line| *line == heading).expect("the stream ended");
    lines.next().unwrap()
}

#[test]
fn a_reader_learns_where_things_stand_and_what_changes() {
    let house = House::new();
    let (status, mut early) = house.events();
    assert_eq!(status, 200);
    house.finance.change(12, "1");
    assert_eq!(next(&mut early, "changed"), r#"data: {"domain":"finance","sequence":12}"#);
    let (_, mut late) = house.events();
    assert_eq!(next(&mut late, "current"), r#"data: {"domain":"finance","sequence":12}"#);
    house.quality.change(3, "1");
    for lines in [&mut early, &mut late] as [&mut dyn Iterator<Item = String>; 2] {
        assert_eq!(next(&mut &mut *lines, "changed"), r#"data: {"domain":"quality","sequence":3}"#);
    }
}

#[test]
fn what_may_have_changed_while_a_domain_was_gone_is_told_when_it_is_back() {
    let mut house = House::new();
    let (_, mut lines) = house.events();
    house.finance.change(7, "1");
    assert_eq!(next(&mut lines, "changed"), r#"data: {"domain":"finance","sequence":7}"#);
    house.finance.stop();
    wait_until("finance is known to be gone", || house.silent() == ["finance"]);
    house.finance.resume();
    assert_eq!(next(&mut lines, "changed"), r#"data: {"domain":"finance","sequence":7}"#);
}

#[test]
fn readers_are_bounded_and_a_place_is_free_again_when_one_leaves() {
    let house = House::with(&["--event-readers", "1"]);
    let (status, lines) = house.events();
    assert_eq!(status, 200);
    let refused = house.get("/api/v1/events");
    assert_eq!((refused.status, refused.header("retry-after"), &refused.json()["reason"]), (503, "5", &serde_json::json!("OVERLOAD")));
    drop(lines);
    wait_until("the place is free", || {
        // A departed reader is noticed by the next word to it.
        house.production.tell(1);
        house.events().0 == 200
    });
}

#[test]
fn the_end_does_not_wait_for_readers() {
    let mut house = House::new();
    let (_, mut lines) = house.events();
    lines.next().unwrap();
    assert_eq!(house.stop(), Drained::Finished);
    assert!(lines.all(|line| !line.contains("changed")), "the stream ended by itself");
}
