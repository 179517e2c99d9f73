//! What waits above offices: each office as it said last, once.

use piramide_domain::{Detail, Facts, Query, State as _};
use piramide_ledger::Fact;
use piramide_measure::Period;
use piramide_plan::Plan;
use piramide_production::{asked::Asked, facts, indicators::backlog, state::State};

use super::{OFFICE, bundled, fact, flow, histories::moving, in_force};

const ASTI: &str = "PRV_ASTI";

/// The backlog of income support, from the sums kept and from the facts one by one, which must agree.
#[track_caller]
fn waits(plan: &Plan, facts: &Facts, structure: &str, period: &str) -> Option<i64> {
    let state = State::of(&bundled().with([plan.clone()]), facts);
    let period: Period = period.parse().unwrap();
    let query = |detail| Query { plan, facts, structure, period, quantities: &facts::QUANTITIES, detail };
    let of = |detail| backlog::backlog_points(&Asked::new(query(detail), &state), "CREDIT_WELFARE");
    let (figure, derived) = (of(Detail::Figure), of(Detail::Derivation));
    assert_eq!(figure.value, derived.value, "{structure} {period}");
    assert_eq!(figure.explanation.provenance(), derived.explanation.provenance(), "{structure} {period}");
    figure.value.ok().map(|points| points.numerator_text().parse().unwrap())
}

/// Work of a product with coefficient 1 in every month.
fn work(line: u32, structure: &str, month: &str, received: i64, completed: i64, opening: i64) -> Fact {
    Fact { subject: "CREDIT_WELFARE".into(), ..flow(line, structure, month, received, completed, opening) }
}

#[test]
fn the_first_office_that_opens_a_month_does_not_make_the_others_vanish() {
    let plan = moving();
    let facts = in_force(vec![
        work(1, OFFICE, "2021-01", 10, 10, 40),
        work(2, OFFICE, "2021-02", 10, 10, 40),
        work(3, ASTI, "2021-02", 5, 5, 30),
        work(4, ASTI, "2021-03", 1, 0, 30),
    ]);
    for structure in ["NAZ", "REG_PIEMONTE"] {
        for period in ["2021-03", "2021-03-ytd", "2021-Q1", "2021"] {
            assert_eq!(waits(&plan, &facts, structure, period), Some(40 + 31), "{structure} {period}");
        }
        assert_eq!(waits(&plan, &facts, structure, "2021-02"), Some(40 + 30), "{structure}");
    }
    assert_eq!(waits(&plan, &facts, OFFICE, "2021-03"), None, "the office itself has said nothing of it");
    assert_eq!(waits(&plan, &facts, OFFICE, "2021"), Some(40));
    assert_eq!(waits(&plan, &facts, "NAZ", "2021-04"), None, "nobody has");
}

/// Asti goes from Piemonte to Liguria in April.
#[test]
fn an_office_that_moves_counts_once() {
    let plan = moving();
    let mut rows = vec![work(1, OFFICE, "2021-03", 10, 10, 40), work(2, ASTI, "2021-03", 5, 5, 30)];
    let facts = in_force(rows.clone());
    assert_eq!(waits(&plan, &facts, "REG_PIEMONTE", "2021-04-ytd"), Some(70));
    assert_eq!(waits(&plan, &facts, "REG_LIGURIA", "2021-04-ytd"), None);
    rows.push(work(3, ASTI, "2021-04", 2, 0, 30));
    let facts = in_force(rows);
    assert_eq!(waits(&plan, &facts, "REG_PIEMONTE", "2021-04-ytd"), Some(40), "it has moved on");
    assert_eq!(waits(&plan, &facts, "REG_LIGURIA", "2021-04-ytd"), Some(32));
    assert_eq!(waits(&plan, &facts, "NAZ", "2021-04-ytd"), Some(72));
}

#[test]
fn what_is_older_than_a_year_does_not_count() {
    let plan = moving();
    let facts = in_force(vec![
        work(1, "PRV_CUNEO", "2021-02", 1, 1, 9),
        work(2, OFFICE, "2021-03", 10, 10, 40),
        work(3, ASTI, "2022-02", 1, 0, 30),
    ]);
    assert_eq!(waits(&plan, &facts, "NAZ", "2022-02"), Some(40 + 31));
}

/// What waited at the start of a period, of income support.
fn waited(facts: &Facts, structure: &str, period: &str) -> Option<i64> {
    let plan = moving();
    let state = State::of(&bundled().with([plan.clone()]), facts);
    let period: Period = period.parse().unwrap();
    let query = Query { plan: &plan, facts, structure, period, quantities: &facts::QUANTITIES, detail: Detail::Figure };
    Asked::new(query, &state).sums_at_start("CREDIT_WELFARE").unwrap().sum(facts::OPENING_BACKLOG)
}

/// Torino says what it opens March with and not what it closes with; Cuneo the reverse; Asti both, and Novara nothing.
#[test]
fn an_office_opens_once_with_what_it_says_or_had_said_last() {
    let one = |line, structure: &str, quantity, pieces| fact(line, structure, "CREDIT_WELFARE", "2021-03", &[(quantity, pieces)]);
    let facts = in_force(vec![
        work(1, OFFICE, "2021-02", 10, 10, 40),
        work(2, "PRV_CUNEO", "2021-02", 1, 1, 9),
        work(3, "PRV_NOVARA", "2021-01", 1, 1, 200),
        one(4, OFFICE, facts::OPENING_BACKLOG, 40),
        one(5, "PRV_CUNEO", facts::CLOSING_BACKLOG, 9),
        work(6, ASTI, "2021-03", 5, 4, 3_000),
    ]);
    for structure in ["NAZ", "REG_PIEMONTE"] {
        assert_eq!(waited(&facts, structure, "2021-03"), Some(40 + 9 + 200 + 3_000), "{structure}");
    }
    assert_eq!(waited(&facts, OFFICE, "2021-03"), None, "an office that does not say what waits in the end says nothing of it");
    assert_eq!(waited(&facts, "PRV_CUNEO", "2021-03"), Some(9), "it had said so before");
    assert_eq!(waited(&facts, "PRV_NOVARA", "2021-03"), None, "it has said nothing of March");
}
