//! Pyramids are made before anyone opens them: the likeliest first, and only while nothing changes and nobody waits.

use std::{
    sync::atomic::Ordering,
    thread,
    time::{Duration, Instant},
};

use piramide_contracts::domains;

use crate::{
    fake::Fake,
    house::{House, wait_until},
};

const READY: &str = "/health/ready";
const PYRAMID: &str = "/api/v1/public-value?structure=NAZ&period=2020";
/// What pages open with, asked by a gateway that has heard of all four domains.
const OPENING: &str = "NAZ 2020 inps-2021 4";
/// Readings that pages open with, and those for the choices of their form: for the plan that is chosen two other years, four quarters, twelve
/// months and as many years to date; for the other plan and for the one in force, as many years and quarters and the period that is open.
const ALL: usize = 1 + 2 + 4 + 12 + 12 + 2 * 7;
/// The choice that is made last.
const LAST: &str = "NAZ 2020-Q4  0";
/// Longer than what it takes for a lull.
const LONG: Duration = Duration::from_secs(1);

/// A house that makes ahead, when it has heard of every domain and made all; what was asked until then is forgotten.
fn made() -> House {
    let house = House::with(&["--read-ahead", "10"]);
    wait_until("all is made ahead", || rounds(&house) == 1);
    for domain in [&house.production, &house.quality, &house.finance, &house.workforce] {
        domain.tell(4);
    }
    wait_until("all is made again", || rounds(&house) == 2);
    house.public_value.state.pyramids.lock().unwrap().clear();
    house
}

/// How many times it came to the last choice.
fn rounds(house: &House) -> usize {
    house.public_value.pyramids().iter().filter(|asked| *asked == LAST).count()
}

/// What was asked since it last began with what pages open with: on a busy machine it may begin when only one of both has told of a change, and
/// then begins once more.
fn asked(house: &House) -> Vec<String> {
    let mut asked = house.public_value.pyramids();
    let begun = asked.iter().rposition(|asked| asked == OPENING).unwrap_or_default();
    asked.split_off(begun)
}

/// Something is recorded in production.
fn record(house: &House, sequence: i64, actual: &str) {
    house.public_value.change(sequence, actual);
    house.production.tell(sequence);
}

/// Whoever is told that the gateway is ready finds what pages open with.
#[test]
fn what_pages_open_with_is_made_before_the_gateway_is_ready() {
    // It does not wait for ever: on a machine that is busy with other things it may be told too late, and is started again.
    for _ in 0..20 {
        let started = Instant::now();
        let asked = asked_when_ready();
        if started.elapsed() < Duration::from_millis(900) {
            assert_eq!(asked.first().map(String::as_str), Some(OPENING));
            return;
        }
    }
    panic!("too busy to tell a gateway in time");
}

/// What was asked of public value by the time that a gateway, told by all of where they are, said that it is ready.
fn asked_when_ready() -> Vec<String> {
    let house = House::before(domains::ALL.map(Fake::start), &["--read-ahead", "10"]);
    let (mut ready, mut told) = (house.get(READY), false);
    while ready.status != 200 {
        let reason = ready.json()["reason"].clone();
        assert!(ready.status == 503 && (reason == "UNAVAILABLE" || reason == "STARTING"), "{ready:?}");
        if !told && house.silent().is_empty() {
            for domain in [&house.production, &house.quality, &house.finance, &house.workforce, &house.public_value] {
                domain.tell(4);
            }
            told = true;
        }
        ready = house.get(READY);
    }
    house.public_value.pyramids()
}

#[test]
fn a_domain_that_is_away_does_not_keep_the_gateway_from_being_ready() {
    let mut fakes = domains::ALL.map(Fake::start);
    fakes[0].stop();
    let house = House::before(fakes, &["--read-ahead", "10"]);
    wait_until("it is ready", || house.get(READY).status == 200);
    assert_eq!(house.silent(), ["production"]);
}

/// At which moments it is made is tested where the rhythm is, by a clock that no other work of the machine delays.
#[test]
fn all_is_made_again_after_changes_beginning_with_what_pages_open_with() {
    let house = made();
    for sequence in 5..45 {
        house.public_value.state.sequence.store(sequence, Ordering::SeqCst);
        house.production.tell(sequence);
    }
    wait_until("it comes to the last choice", || rounds(&house) == 1);
    let made = house.public_value.pyramids();
    assert_eq!(made[0], OPENING, "{made:?}");
    assert_eq!(asked(&house).len(), ALL, "{made:?}");
}

#[test]
fn what_the_form_offers_is_made_ahead_the_likeliest_first() {
    let house = made();
    record(&house, 5, "99");
    wait_until("all is made", || rounds(&house) == 1);
    let made = asked(&house);
    assert_eq!(made.len(), ALL, "once for the page and for programs");
    let first = [OPENING, "NAZ 2021 inps-2021 0", "NAZ 2019 inps-2021 0", "NAZ 2020-Q1 inps-2021 0"];
    assert_eq!(made[..4], first, "choices are asked as by one who has heard of nothing, so that nothing is read ahead for them");
    for address in ["/?structure=NAZ&period=2020-02-ytd&plan=inps-2021", "/?structure=NAZ&period=2019&plan=", "/", PYRAMID] {
        assert_eq!(house.get(address).status, 200);
    }
    for (period, plan) in [("2020", "&plan=inps-2021"), ("2020-11", "&plan=inps-2021"), ("2020-Q4", "&plan=inps-2020"), ("2021", "")] {
        let answer = house.get(&format!("/api/v1/public-value?structure=NAZ&period={period}{plan}"));
        assert_eq!(answer.json()["period"], period);
    }
    // Whoever opens the nation goes on to others, so those may be asked for by now.
    let nation = asked(&house).iter().filter(|asked| asked.starts_with("NAZ")).count();
    assert_eq!(nation, ALL, "nobody had to be asked");
}

#[test]
fn a_change_begins_again_with_what_pages_open_with() {
    let house = made();
    let third = "NAZ 2020-Q1 inps-2021 0";
    let begun = || house.public_value.pyramids();
    house.public_value.answer_only(0);
    record(&house, 5, "98");
    wait_until("what pages open with is asked", || begun().len() == 1);
    while begun().last().is_none_or(|asked| asked != third) {
        let before = begun().len();
        house.public_value.answer_one();
        wait_until("the next is asked", || begun().len() > before);
    }
    // The third choice waits for its answer.
    let before = begun().len();
    record(&house, 6, "99");
    wait_until("something else is asked", || begun().len() > before);
    assert_eq!(begun()[before], OPENING);
    assert_eq!(rounds(&house), 0);
    house.public_value.answer_all();
    wait_until("and then all of it", || rounds(&house) == 1);
    assert_eq!(house.get(&PYRAMID.replace("2020", "2020-Q1")).json()["actual"], "99", "what was begun before is not shown");
}

#[test]
fn who_waits_for_the_services_goes_first() {
    let house = made();
    house.finance.answer_only(0);
    thread::scope(|scope| {
        let reader = scope.spawn(|| house.get("/api/v1/indicators/finance.measured?structure=NAZ&period=2020").status);
        wait_until("finance is asked", || house.finance.state.readings() == 1);
        record(&house, 5, "99");
        wait_until("what pages open with is made", || asked(&house) == [OPENING]);
        thread::sleep(LONG);
        assert!(house.public_value.pyramids().iter().all(|asked| asked == OPENING), "and nothing else while somebody waits");
        house.finance.answer_all();
        assert_eq!(reader.join().unwrap(), 200);
    });
    wait_until("the rest is made", || rounds(&house) == 1);
}

#[test]
fn no_more_is_made_ahead_than_half_of_what_is_kept() {
    let house = House::with(&["--read-ahead", "10", "--cache-entries", "20"]);
    // Three answers for what pages open with and two for each choice: with four choices there are more than ten.
    wait_until("four choices are made", || house.public_value.pyramids().len() == 5);
    thread::sleep(LONG);
    assert_eq!(house.public_value.pyramids().len(), 5);
}

#[test]
fn pyramids_are_made_ahead_and_void_like_any_other() {
    let house = made();
    let (_, events) = house.events();
    let region = PYRAMID.replace("NAZ", "REG_LAZIO");
    let asked = || house.public_value.pyramids().len();
    assert_eq!(house.get("/").status, 200);
    assert_eq!(asked(), 0, "nobody had to be asked");
    let opening = "/api/v1/public-value?structure=NAZ&period=2020&plan=inps-2021";
    house.get(opening);
    wait_until("that of the region too", || asked() == 1);
    house.get(PYRAMID);
    wait_until("the pyramid of the region is made too", || asked() == 2);
    assert_eq!(house.get(&region).json()["structure"], "REG_LAZIO");
    assert_eq!(asked(), 2, "nobody had to be asked");
    record(&house, 5, "99");
    assert!(events.into_iter().any(|line| line == "event: changed"));
    assert_eq!(house.get(&region).json()["actual"], "99", "what was made before a change is not shown after it");
    let counted = house.get("/metrics").text;
    assert!(counted.contains("gateway_answers_total{from=\"ahead\"}"), "{counted}");
}
