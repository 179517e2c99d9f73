//! What single events do to the facts: the flow of their month, the backlog from there on, and nothing else.

use std::collections::BTreeMap;

use piramide_domain::{Batch, Draft, Facts, Streamed, events::Refused};
use piramide_ledger::{Event, Fact, Values};
use piramide_measure::{Month, Period, Provenance};
use piramide_production::{
    Production,
    events::Kind,
    facts::{
        CANCELLED, CLOSING_BACKLOG, COLUMNS, COMPLETED, COMPLETED_AUTOMATICALLY, OPENING_BACKLOG, RECEIVED, STAFF_FTE, TRANSFERRED_IN,
        TRANSFERRED_OUT,
    },
};
use proptest::prelude::*;

use super::{OFFICE, PRODUCT, fact, flow, in_force};

fn month_of(text: &str) -> Month {
    text.parse::<Period>().unwrap().last_calendar_month()
}

fn event(kind: Kind, structure: &str, month: &str, pieces: i64) -> Event {
    let month = month_of(month);
    Event {
        origin: "desk".into(),
        number: 1,
        kind: kind.as_str().into(),
        structure: structure.into(),
        counterpart: None,
        subject: PRODUCT.into(),
        month: month.index(),
        moment: 0,
        amount: pieces,
    }
}

fn handed_over(structure: &str, to: &str, month: &str, pieces: i64) -> Event {
    Event { counterpart: Some(to.into()), ..event(Kind::Transferred, structure, month, pieces) }
}

/// The facts after some events, taken as one group.
fn after(facts: &Facts, events: &[Event], corrects: bool) -> Result<Facts, Refused> {
    let mut draft = Draft::new(facts);
    for event in events {
        let touched = Production.fold(&draft, event, corrects)?;
        draft.take(&touched);
    }
    let changed: Vec<Fact> = draft.into_facts(COLUMNS.len());
    let mut facts = facts.clone();
    let sequence = facts.sequence() + 1;
    facts.take(sequence, Batch { id: "e".into(), provenance: Provenance::Submitted }, changed);
    Ok(facts)
}

/// A quantity of a month.
fn said(facts: &Facts, structure: &str, product: &str, month: &str, quantity: usize) -> Option<i64> {
    let month = month_of(month);
    facts.get(product, structure, (month.index(), month.index()))?.value(quantity)
}

#[track_caller]
fn check(facts: &Facts, structure: &str, month: &str, quantities: &[(usize, Option<i64>)]) {
    for (quantity, expected) in quantities {
        assert_eq!(said(facts, structure, PRODUCT, month, *quantity), *expected, "{structure} {month} {}", COLUMNS[*quantity]);
    }
}

/// January and February of two offices, continuous: 40 wait in Torino at the end of February, 30 in Asti.
fn two_offices() -> Facts {
    in_force(vec![
        flow(1, OFFICE, "2021-01", 100, 90, 30),
        flow(2, OFFICE, "2021-02", 50, 50, 40),
        flow(3, "PRV_ASTI", "2021-01", 10, 20, 40),
        flow(4, "PRV_ASTI", "2021-02", 5, 5, 30),
    ])
}

#[test]
fn each_kind_moves_its_own_quantities() {
    let before = two_offices();
    let one = |event: Event| after(&before, &[event], false).unwrap();
    let month = "2021-02";
    let received = one(event(Kind::Received, OFFICE, month, 3));
    check(&received, OFFICE, month, &[(RECEIVED, Some(53)), (OPENING_BACKLOG, Some(40)), (CLOSING_BACKLOG, Some(43))]);
    let completed = one(event(Kind::Completed, OFFICE, month, 3));
    check(&completed, OFFICE, month, &[(COMPLETED, Some(53)), (COMPLETED_AUTOMATICALLY, None), (CLOSING_BACKLOG, Some(37))]);
    let automatic = one(event(Kind::CompletedAutomatically, OFFICE, month, 3));
    check(&automatic, OFFICE, month, &[(COMPLETED, Some(53)), (COMPLETED_AUTOMATICALLY, Some(3)), (CLOSING_BACKLOG, Some(37))]);
    let cancelled = one(event(Kind::Cancelled, OFFICE, month, 3));
    check(&cancelled, OFFICE, month, &[(CANCELLED, Some(3)), (COMPLETED, Some(50)), (CLOSING_BACKLOG, Some(37))]);
    let helped = one(handed_over(OFFICE, "PRV_ASTI", month, 3));
    check(&helped, OFFICE, month, &[(TRANSFERRED_OUT, Some(3)), (TRANSFERRED_IN, None), (CLOSING_BACKLOG, Some(37))]);
    check(&helped, "PRV_ASTI", month, &[(TRANSFERRED_IN, Some(3)), (TRANSFERRED_OUT, None), (CLOSING_BACKLOG, Some(33))]);
}

#[test]
fn a_late_event_moves_the_backlog_of_every_month_after_it() {
    let late = after(&two_offices(), &[event(Kind::Received, OFFICE, "2021-01", 7)], false).unwrap();
    check(&late, OFFICE, "2021-01", &[(RECEIVED, Some(107)), (OPENING_BACKLOG, Some(30)), (CLOSING_BACKLOG, Some(47))]);
    check(&late, OFFICE, "2021-02", &[(RECEIVED, Some(50)), (OPENING_BACKLOG, Some(47)), (CLOSING_BACKLOG, Some(47))]);
}

/// What a count of the backlog said on its own is not moved by events before it.
#[test]
fn a_month_that_does_not_follow_is_left_as_it_is() {
    let counted = in_force(vec![flow(1, OFFICE, "2021-01", 10, 0, 0), flow(2, OFFICE, "2021-02", 0, 0, 99)]);
    let late = after(&counted, &[event(Kind::Received, OFFICE, "2021-01", 7)], false).unwrap();
    check(&late, OFFICE, "2021-01", &[(CLOSING_BACKLOG, Some(17))]);
    check(&late, OFFICE, "2021-02", &[(OPENING_BACKLOG, Some(99)), (CLOSING_BACKLOG, Some(99))]);
}

/// The first event of a month opens it for the whole office: what waits elsewhere in it does not vanish.
#[test]
fn a_month_opens_with_what_every_product_closed_with() {
    const OTHER: &str = "CREDIT_WELFARE";
    let quantities = [(OPENING_BACKLOG, 8), (CLOSING_BACKLOG, 8)];
    let before = in_force(vec![flow(1, OFFICE, "2021-02", 50, 50, 40), fact(2, OFFICE, OTHER, "2021-01", &quantities)]);
    // April comes before March is told of: the backlog is the last that is known.
    let opened = after(&before, &[event(Kind::Received, OFFICE, "2021-04", 1)], false).unwrap();
    check(&opened, OFFICE, "2021-04", &[(RECEIVED, Some(1)), (OPENING_BACKLOG, Some(40)), (CLOSING_BACKLOG, Some(41))]);
    assert_eq!(said(&opened, OFFICE, OTHER, "2021-04", OPENING_BACKLOG), Some(8));
    assert_eq!(said(&opened, OFFICE, OTHER, "2021-04", CLOSING_BACKLOG), Some(8));
    assert_eq!(said(&opened, OFFICE, OTHER, "2021-04", RECEIVED), None, "nothing is known to have come in");
    assert_eq!(said(&opened, OFFICE, OTHER, "2021-03", CLOSING_BACKLOG), None);
    assert_eq!(said(&opened, "PRV_ASTI", PRODUCT, "2021-04", CLOSING_BACKLOG), None, "another office has not opened");
}

/// Staff and projects are recorded by others, at other times: they open nothing.
#[test]
fn what_says_nothing_of_what_waits_opens_no_month() {
    let staff = fact(2, OFFICE, "PRODUCTION_STAFF", "2021-03", &[(STAFF_FTE, 1_000)]);
    let before = in_force(vec![flow(1, OFFICE, "2021-02", 50, 50, 40), staff]);
    let opened = after(&before, &[event(Kind::Received, OFFICE, "2021-03", 1)], false).unwrap();
    check(&opened, OFFICE, "2021-03", &[(RECEIVED, Some(1)), (OPENING_BACKLOG, Some(40)), (CLOSING_BACKLOG, Some(41))]);
    let other = Event { subject: "CREDIT_WELFARE".into(), ..event(Kind::Received, OFFICE, "2021-03", 1) };
    let opened = after(&before, &[other], false).unwrap();
    check(&opened, OFFICE, "2021-03", &[(RECEIVED, None), (OPENING_BACKLOG, Some(40)), (CLOSING_BACKLOG, Some(40))]);
}

/// Totals of a month may come without a product of which something waits.
#[test]
fn a_product_without_a_row_opens_with_what_it_closed_with() {
    const OTHER: &str = "CREDIT_WELFARE";
    let march = fact(2, OFFICE, OTHER, "2021-03", &[(OPENING_BACKLOG, 0), (RECEIVED, 5), (COMPLETED, 5), (CLOSING_BACKLOG, 0)]);
    let before = in_force(vec![flow(1, OFFICE, "2021-02", 50, 50, 40), march]);
    let late =
        after(&before, &[event(Kind::Completed, OFFICE, "2021-03", 4), event(Kind::Completed, OFFICE, "2021-04", 1)], false).unwrap();
    check(&late, OFFICE, "2021-03", &[(COMPLETED, Some(4)), (OPENING_BACKLOG, Some(40)), (CLOSING_BACKLOG, Some(36))]);
    check(&late, OFFICE, "2021-04", &[(COMPLETED, Some(1)), (OPENING_BACKLOG, Some(36)), (CLOSING_BACKLOG, Some(35))]);
    assert_eq!(said(&late, OFFICE, OTHER, "2021-04", CLOSING_BACKLOG), Some(0));
}

#[test]
fn a_backlog_that_nobody_counted_stays_missing() {
    let started = after(&Facts::default(), &[event(Kind::Received, OFFICE, "2021-01", 5)], false).unwrap();
    check(&started, OFFICE, "2021-01", &[(RECEIVED, Some(5)), (OPENING_BACKLOG, None), (CLOSING_BACKLOG, None)]);
    let done = after(&started, &[event(Kind::Completed, OFFICE, "2021-02", 9)], false).unwrap();
    check(&done, OFFICE, "2021-02", &[(COMPLETED, Some(9)), (RECEIVED, None), (CLOSING_BACKLOG, None)]);
}

#[track_caller]
fn check_refused(facts: &Facts, event: Event, corrects: bool, reason: &str, detail: &str) {
    let refused = after(facts, &[event], corrects).unwrap_err();
    assert_eq!(refused.reason, reason);
    assert!(refused.detail.contains(detail), "{}", refused.detail);
}

#[test]
fn what_cannot_be_is_refused_with_its_numbers() {
    let facts = two_offices();
    check_refused(
        &facts,
        event(Kind::Completed, OFFICE, "2021-02", 41),
        false,
        "BACKLOG_MISSED",
        "40 pieces wait in 2021-02, so 41 completed would leave -1",
    );
    // In January 40 wait at the end, and all of them are gone by the end of a February that follows.
    let followed = after(&facts, &[event(Kind::Completed, OFFICE, "2021-02", 40)], false).unwrap();
    check_refused(&followed, event(Kind::Completed, OFFICE, "2021-01", 1), false, "BACKLOG_MISSED", "0 pieces wait in 2021-02");
    check_refused(&facts, event(Kind::Received, OFFICE, "2021-02", -1), false, "REASON_MISSING", "-1 pieces take back");
    check_refused(&facts, event(Kind::Cancelled, OFFICE, "2021-02", -1), true, "QUANTITY_MISSED", "0 cancelled in 2021-02 and -1");
    check_refused(&facts, event(Kind::Received, OFFICE, "2021-02", i64::MAX), false, "QUANTITY_MISSED", "50 received");
    check_refused(&facts, Event { kind: "lost".into(), ..event(Kind::Received, OFFICE, "2021-02", 1) }, false, "KIND_UNKNOWN", "lost");
}

#[test]
fn no_more_is_completed_automatically_than_at_all() {
    let done = [event(Kind::CompletedAutomatically, OFFICE, "2021-02", 5), event(Kind::Completed, OFFICE, "2021-02", 1)];
    let facts = after(&two_offices(), &done, false).unwrap();
    let completed = said(&facts, OFFICE, PRODUCT, "2021-02", COMPLETED).unwrap();
    let back = |pieces: i64| event(Kind::Completed, OFFICE, "2021-02", -pieces);
    after(&facts, &[back(completed - 5)], true).unwrap();
    let left = "would leave 4 completed in 2021-02, and 5 of them completed automatically";
    check_refused(&facts, back(completed - 4), true, "PART_EXCEEDS_WHOLE", left);
}

#[test]
fn what_was_said_too_much_is_taken_back_with_a_reason() {
    let facts = after(&two_offices(), &[event(Kind::Received, OFFICE, "2021-02", -5)], true).unwrap();
    check(&facts, OFFICE, "2021-02", &[(RECEIVED, Some(45)), (CLOSING_BACKLOG, Some(35))]);
}

const OFFICES: [&str; 3] = [OFFICE, "PRV_ASTI", "PRV_CUNEO"];
const MONTHS: [&str; 4] = ["2021-01", "2021-02", "2021-03", "2021-04"];

/// Kind, office, other office, month, pieces.
fn drawn() -> impl Strategy<Value = Event> {
    (0..Kind::ALL.len(), 0..3usize, 1..3usize, 0..MONTHS.len(), 1i64..4).prop_map(|(kind, office, other, month, pieces)| {
        let (kind, month) = (Kind::ALL[kind], MONTHS[month]);
        match kind {
            Kind::Transferred => handed_over(OFFICES[office], OFFICES[(office + other) % 3], month, pieces),
            Kind::Received | Kind::Completed | Kind::CompletedAutomatically | Kind::Cancelled => {
                event(kind, OFFICES[office], month, pieces)
            }
        }
    })
}

/// Every office with plenty of work that waits, so that no event is refused, and the staff of every month.
fn plenty() -> Facts {
    let waiting = OFFICES.iter().zip(1..).map(|(office, line)| flow(line, office, "2021-01", 0, 0, 10_000));
    let months = OFFICES.iter().flat_map(|office| MONTHS.iter().map(move |month| (*office, *month)));
    let staff = months.zip(10..).map(|((office, month), line)| fact(line, office, "PRODUCTION_STAFF", month, &[(STAFF_FTE, 1_000)]));
    in_force(waiting.chain(staff).collect())
}

/// What is known of every office and month that has any fact.
fn all(facts: &Facts) -> BTreeMap<(String, Month), Values> {
    let known = facts.iter().filter(|known| known.subject == PRODUCT);
    known.map(|known| ((known.structure.to_owned(), known.last), known.values.columns(8))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    /// Months balance and follow one another whatever happened in whatever order, and what one office hands over another takes over.
    #[test]
    fn balance_and_continuity_hold_by_construction(events in prop::collection::vec(drawn(), 1..60)) {
        let facts = after(&plenty(), &events, false).unwrap();
        let (mut taken, mut handed) = (0, 0);
        for ((office, month), values) in all(&facts) {
            let value = |quantity: usize| values.get(quantity).unwrap_or_default();
            let flow = value(RECEIVED) + value(TRANSFERRED_IN) - value(TRANSFERRED_OUT) - value(COMPLETED) - value(CANCELLED);
            prop_assert_eq!(value(OPENING_BACKLOG) + flow, value(CLOSING_BACKLOG), "{} {}", office, month);
            prop_assert!(value(COMPLETED_AUTOMATICALLY) <= value(COMPLETED));
            taken += value(TRANSFERRED_IN);
            handed += value(TRANSFERRED_OUT);
        }
        prop_assert_eq!(taken, handed);
        for office in OFFICES {
            let months: Vec<_> = all(&facts).into_iter().filter(|((code, _), _)| code == office).collect();
            let net: i64 = months.iter().map(|(_, values)| values.get(CLOSING_BACKLOG).unwrap() - values.get(OPENING_BACKLOG).unwrap()).sum();
            let counted: i64 = events.iter().map(|event| effect(event, office)).sum();
            prop_assert_eq!(net, counted, "{}", office);
            for pair in months.windows(2) {
                prop_assert_eq!(pair[0].1.get(CLOSING_BACKLOG), pair[1].1.get(OPENING_BACKLOG), "{} after {}", office, pair[0].0.1);
            }
        }
    }

    /// The flow of every month is the count of its events.
    #[test]
    fn flows_count_the_events(events in prop::collection::vec(drawn(), 1..60)) {
        let facts = after(&plenty(), &events, false).unwrap();
        for (quantity, kinds) in [
            (RECEIVED, &[Kind::Received][..]),
            (COMPLETED, &[Kind::Completed, Kind::CompletedAutomatically]),
            (COMPLETED_AUTOMATICALLY, &[Kind::CompletedAutomatically]),
            (CANCELLED, &[Kind::Cancelled]),
            (TRANSFERRED_OUT, &[Kind::Transferred]),
        ] {
            for (office, month) in OFFICES.iter().flat_map(|office| MONTHS.iter().map(move |month| (*office, *month))) {
                let at = month_of(month);
                let of_kind = |event: &&Event| kinds.iter().any(|kind| kind.as_str() == event.kind);
                let counted = events.iter().filter(|event| event.structure == office && event.month == at.index()).filter(of_kind);
                let counted: i64 = counted.map(|event| event.amount).sum();
                prop_assert_eq!(said(&facts, office, PRODUCT, month, quantity).unwrap_or_default(), counted, "{} {}", office, month);
            }
        }
    }

    /// One group or one by one: the facts are the same.
    #[test]
    fn groups_do_not_matter(events in prop::collection::vec(drawn(), 1..30), cut in 0usize..30) {
        let (first, second) = events.split_at(cut.min(events.len()));
        let together = after(&plenty(), &events, false).unwrap();
        let apart = after(&after(&plenty(), first, false).unwrap(), second, false).unwrap();
        prop_assert_eq!(all(&together), all(&apart));
    }

    /// Inside the months that are open, the order in which events come does not matter.
    #[test]
    fn order_does_not_matter_once_months_are_open(events in prop::collection::vec(drawn(), 1..40).prop_flat_map(|events| {
        let shuffled = Just(events.clone()).prop_shuffle();
        (Just(events), shuffled)
    })) {
        let (in_order, shuffled) = events;
        let opening: Vec<Event> = MONTHS
            .iter()
            .flat_map(|month| OFFICES.iter().map(|office| event(Kind::Received, office, month, 1)))
            .collect();
        let open = after(&plenty(), &opening, false).unwrap();
        prop_assert_eq!(all(&after(&open, &in_order, false).unwrap()), all(&after(&open, &shuffled, false).unwrap()));
    }
}

/// What an event adds to the backlog of an office.
fn effect(event: &Event, office: &str) -> i64 {
    let there = if event.structure == office { if event.kind == "received" { event.amount } else { -event.amount } } else { 0 };
    let taken = if event.counterpart.as_deref() == Some(office) { event.amount } else { 0 };
    there + taken
}
