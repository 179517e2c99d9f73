//! What waits does not come from nowhere: a row that says how much waited at both ends balances, and a month opens with what the month before closed with.

use piramide_domain::Facts;
use piramide_ledger::Fact;
use piramide_production::facts::{CANCELLED, CLOSING_BACKLOG, COMPLETED, OPENING_BACKLOG, RECEIVED, TRANSFERRED_IN};

use super::{OFFICE, PRODUCT, check, fact, flow, in_force, refused};

/// A row that says what waited at both ends, and some flows.
fn ends(opening: i64, closing: i64, flows: &[(usize, i64)]) -> Fact {
    let waits = [(OPENING_BACKLOG, opening), (CLOSING_BACKLOG, closing)];
    fact(1, OFFICE, PRODUCT, "2021-03", &[&waits, flows].concat())
}

#[test]
fn a_row_that_says_both_ends_balances_and_a_flow_that_it_does_not_name_did_not_happen() {
    let none = Facts::default();
    check(&[ends(8, 9, &[])], &none, "BALANCE_MISSED", "opening 8 plus net flow 0 gives 8 pieces, closing says 9, difference 1");
    check(&[ends(8, 9, &[(RECEIVED, 2)])], &none, "BALANCE_MISSED", "net flow 2 gives 10 pieces, closing says 9, difference -1");
    check(&[ends(8, 9, &[(COMPLETED, 1)])], &none, "BALANCE_MISSED", "net flow -1 gives 7 pieces, closing says 9, difference 2");
    for balanced in [
        ends(8, 8, &[]),
        ends(8, 10, &[(RECEIVED, 2)]),
        ends(8, 7, &[(COMPLETED, 1)]),
        ends(8, 6, &[(RECEIVED, 2), (CANCELLED, 4)]),
        fact(1, OFFICE, PRODUCT, "2021-03", &[(OPENING_BACKLOG, 8), (RECEIVED, 5)]),
        fact(1, OFFICE, PRODUCT, "2021-03", &[(CLOSING_BACKLOG, 9), (RECEIVED, 5)]),
    ] {
        assert_eq!(refused(std::slice::from_ref(&balanced), &none), [], "{balanced:?}");
    }
    // A year is a row like any other.
    let year = fact(1, OFFICE, PRODUCT, "2020", &[(OPENING_BACKLOG, 8), (CLOSING_BACKLOG, 9), (TRANSFERRED_IN, 0)]);
    check(&[year], &none, "BALANCE_MISSED", "difference 1");
}

/// 50 wait at the end of March.
fn march() -> Facts {
    in_force(vec![flow(1, OFFICE, "2021-03", 100, 90, 40)])
}

#[test]
fn a_month_opens_with_what_the_month_before_closed_with() {
    let opens = |opening| flow(1, OFFICE, "2021-04", 10, 10, opening);
    check(&[opens(60)], &march(), "CONTINUITY_MISSED", "2021-04 opens with 60 pieces, 2021-03 closed with 50, difference 10");
    assert_eq!(refused(&[opens(50)], &march()), []);
    let batch = [flow(1, OFFICE, "2021-03", 100, 90, 40), flow(2, OFFICE, "2021-04", 10, 10, 60)];
    check(&batch, &Facts::default(), "CONTINUITY_MISSED", "opens with 60 pieces, 2021-03 closed with 50");
    assert_eq!(refused(&[flow(1, "PRV_ASTI", "2021-04", 10, 10, 60)], &march()), [], "another office says what waits there");
}

/// May comes before April: it is taken, and April is held against both when it comes.
#[test]
fn the_order_of_batches_does_not_matter() {
    let may = flow(1, OFFICE, "2021-05", 10, 10, 60);
    assert_eq!(refused(std::slice::from_ref(&may), &march()), []);
    let both = in_force(vec![flow(1, OFFICE, "2021-03", 100, 90, 40), may]);
    let april =
        |closing| fact(1, OFFICE, PRODUCT, "2021-04", &[(OPENING_BACKLOG, 50), (RECEIVED, closing - 50), (CLOSING_BACKLOG, closing)]);
    check(
        &[april(57)],
        &both,
        "CONTINUITY_MISSED",
        "2021-04 closes with 57 pieces, 2021-05 opened with 60: correct 2021-05 in the same batch",
    );
    assert_eq!(refused(&[april(60)], &both), []);
    assert_eq!(refused(&[april(57), flow(2, OFFICE, "2021-05", 10, 10, 57)], &both), [], "or both are corrected together");
}
