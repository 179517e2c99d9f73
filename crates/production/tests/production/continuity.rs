//! What waits does not come from nowhere: a row that says how much waited at both ends balances, and a month opens with what was said last.

use piramide_domain::{Domain, Facts, Incoming};
use piramide_ledger::Fact;
use piramide_plan::Plans;
use piramide_production::{
    Production,
    facts::{self, CANCELLED, CLOSING_BACKLOG, COMPLETED, OPENING_BACKLOG, RECEIVED, TRANSFERRED_IN},
};

use super::{OFFICE, PRODUCT, check, fact, flow, in_force, plan_with, refused};

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

/// 50 wait at the end of March, and nothing is said of April.
fn march() -> Facts {
    in_force(vec![flow(1, OFFICE, "2021-03", 100, 90, 40)])
}

#[test]
fn a_month_opens_with_what_was_said_last_however_many_months_before() {
    for month in ["2021-04", "2021-05", "2021-12", "2022-03"] {
        let opens = |opening| flow(1, OFFICE, month, 10, 10, opening);
        check(&[opens(60)], &march(), "CONTINUITY_MISSED", &format!("{month} opens with 60 pieces, 2021-03 closed with 50, difference 10"));
        assert_eq!(refused(&[opens(50)], &march()), [], "{month}");
        let batch = [flow(1, OFFICE, "2021-03", 100, 90, 40), flow(2, OFFICE, month, 10, 10, 60)];
        check(&batch, &Facts::default(), "CONTINUITY_MISSED", "opens with 60 pieces, 2021-03 closed with 50");
    }
    assert_eq!(refused(&[flow(1, OFFICE, "2022-04", 10, 10, 60)], &march()), [], "what is older than a year does not count");
    assert_eq!(refused(&[flow(1, "PRV_ASTI", "2021-05", 10, 10, 60)], &march()), [], "nor what another office says");
}

#[test]
fn a_corrected_month_leads_into_the_next_of_which_anything_is_said() {
    let both = in_force(vec![flow(1, OFFICE, "2021-03", 100, 90, 40), flow(2, OFFICE, "2021-05", 10, 10, 50)]);
    let march = flow(1, OFFICE, "2021-03", 100, 95, 40);
    check(
        std::slice::from_ref(&march),
        &both,
        "CONTINUITY_MISSED",
        "2021-03 closes with 45 pieces, 2021-05 opened with 50: correct 2021-05",
    );
    assert_eq!(refused(&[march, flow(2, OFFICE, "2021-05", 10, 10, 45)], &both), []);
    let april =
        |closing| fact(1, OFFICE, PRODUCT, "2021-04", &[(OPENING_BACKLOG, 50), (RECEIVED, closing - 50), (CLOSING_BACKLOG, closing)]);
    check(&[april(57)], &both, "CONTINUITY_MISSED", "2021-04 closes with 57 pieces, 2021-05 opened with 50");
    assert_eq!(refused(&[april(50)], &both), []);
}

#[test]
fn what_is_not_said_is_not_judged() {
    // April has work, and nobody says what waited at its end.
    let silent = fact(2, OFFICE, PRODUCT, "2021-04", &[(RECEIVED, 10)]);
    let recorded = in_force(vec![flow(1, OFFICE, "2021-03", 100, 90, 40), silent.clone()]);
    assert_eq!(refused(&[flow(1, OFFICE, "2021-05", 10, 10, 60)], &recorded), []);
    assert_eq!(refused(&[silent, flow(2, OFFICE, "2021-05", 10, 10, 60)], &march()), []);
    // A quarter lies between: what waited within it is not known.
    let quarter = fact(2, OFFICE, PRODUCT, "2021-Q2", &[(RECEIVED, 10)]);
    let recorded = in_force(vec![flow(1, OFFICE, "2021-03", 100, 90, 40), quarter.clone()]);
    assert_eq!(refused(&[flow(1, OFFICE, "2021-07", 10, 10, 60)], &recorded), []);
    assert_eq!(refused(&[quarter, flow(2, OFFICE, "2021-07", 10, 10, 60)], &march()), []);
    let both = in_force(vec![flow(1, OFFICE, "2021-03", 100, 90, 40), flow(2, OFFICE, "2021-07", 10, 10, 50)]);
    let recorded = in_force(vec![fact(1, OFFICE, PRODUCT, "2021-Q2", &[(RECEIVED, 10)]), flow(2, OFFICE, "2021-07", 10, 10, 50)]);
    assert_eq!(refused(&[flow(1, OFFICE, "2021-03", 100, 95, 40)], &recorded), [], "nor forwards");
    assert!(!refused(&[flow(1, OFFICE, "2021-03", 100, 95, 40)], &both).is_empty(), "without the quarter it is judged");
}

/// An office takes what waits along where it moves; one that has ended begins anew.
#[test]
fn moves_change_nothing_and_an_end_does() {
    let row = include_str!("../../../plan/plans/inps-2021/structures.csv").lines().find(|row| row.starts_with("PRV_ASTI,")).unwrap();
    let tail = row.split(',').skip(6).collect::<Vec<_>>().join(",");
    let asti = |parent: &str, months: &str| format!("PRV_ASTI,Asti,province,{parent},{months},{tail}");
    let refusals = |rows: String| {
        let plans = Plans::default().with([plan_with(&[], &[("structures.csv", row, &rows)])]);
        let recorded = in_force(vec![flow(1, "PRV_ASTI", "2021-03", 100, 90, 40)]);
        let batch = [flow(1, "PRV_ASTI", "2021-07", 10, 10, 60)];
        let incoming = Incoming { facts: &batch, plans: &plans, quantities: &facts::QUANTITIES };
        Production.check(&incoming, &recorded).into_iter().map(|violation| violation.reason).collect::<Vec<_>>()
    };
    let moved = [asti("REG_PIEMONTE", ",2021-04"), asti("REG_LIGURIA", "2021-05,")].join("\n");
    assert_eq!(refusals(moved), ["CONTINUITY_MISSED"]);
    let ended = [asti("REG_PIEMONTE", ",2021-04"), asti("REG_PIEMONTE", "2021-06,")].join("\n");
    assert_eq!(refusals(ended), [""; 0]);
}
