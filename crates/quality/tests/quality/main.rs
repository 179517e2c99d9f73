//! Quality's formulas and checks over the bundled plans.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod comparison;
mod contributions;
mod dashboard;
mod incentives;
mod methods;
mod state;
mod support;
mod surveys;

use piramide_domain::{Batch, Detail, Domain, Facts, Incoming, Query, State as _};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Missing, Period, Provenance};
use piramide_plan::{Plan, Plans};
use piramide_quality::{Quality, facts, state::State};
use proptest::prelude::*;

fn fact(line: u32, structure: &str, measure: &str, period: &str, numerator: i64, denominator: i64) -> Fact {
    let period: Period = period.parse().unwrap();
    let (first_month, last_month) = (period.first_month().index(), period.last_calendar_month().index());
    let values = [Some(numerator * 10_000), Some(denominator * 10_000), None, None, None, None, None].into();
    Fact { line, structure: structure.into(), subject: measure.into(), first_month, last_month, values }
}

fn in_force(recorded: Vec<Fact>) -> Facts {
    let mut facts = Facts::default();
    facts.take(1, Batch { id: "b".into(), provenance: Provenance::Submitted }, recorded);
    facts
}

fn plan() -> Plan {
    Plan::clone(Plans::bundled().unwrap().get("inps-2021").unwrap())
}

fn measured(facts: &Facts, code: &str, structure: &str, period: &str) -> Result<Exact, Missing> {
    let plan = plan();
    let query = Query {
        plan: &plan,
        facts,
        structure,
        period: period.parse().unwrap(),
        quantities: &facts::QUANTITIES,
        detail: Detail::Derivation,
    };
    let state = State::of(&Plans::bundled().unwrap(), facts);
    Quality.measure(&query, &state, plan.indicators().get(code).unwrap()).value
}

/// The measure that an indicator of the plan stands on.
fn subject(code: &str) -> String {
    plan().indicators().get(code).unwrap().subject.clone()
}

#[test]
fn the_base_year_is_exactly_one_hundred() {
    let measure = subject("quality.customer_care");
    let facts = in_force(vec![fact(1, "NAZ_NA", &measure, "2020", 117, 1), fact(2, "NAZ_NA", &measure, "2021", 234, 1)]);
    assert_eq!(measured(&facts, "quality.customer_care", "NAZ", "2020"), Ok(Exact::from(100)));
    assert_eq!(measured(&facts, "quality.customer_care", "NAZ", "2021"), Ok(Exact::from(200)));
}

#[test]
fn without_its_base_year_an_index_is_missing() {
    let measure = subject("quality.customer_care");
    let facts = in_force(vec![fact(1, "NAZ_NA", &measure, "2021", 117, 1)]);
    assert!(matches!(measured(&facts, "quality.customer_care", "NAZ", "2021"), Err(Missing::NoData { .. })));
}

#[test]
fn bad_measures_are_refused_with_the_numbers() {
    let plans = Plans::bundled().unwrap();
    let reasons = |fact: Fact| {
        let batch = [fact];
        let incoming = Incoming { facts: &batch, plans: &plans, quantities: &facts::QUANTITIES };
        Quality.check(&incoming, &Facts::default()).into_iter().map(|violation| violation.reason).collect::<Vec<_>>()
    };
    let share = subject("quality.rdc_completed");
    assert_eq!(reasons(fact(1, "PRV_TORINO", &share, "2021-01", 5, 0)), ["DENOMINATOR_ZERO"]);
    assert_eq!(reasons(fact(1, "PRV_TORINO", &share, "2021-01", 6, 5)), ["PART_EXCEEDS_WHOLE"]);
    assert_eq!(reasons(fact(1, "PRV_TORINO", &share, "2021-01", 5, 5)), Vec::<&str>::new());
    let mark = subject("quality.customer_experience.overall.generic");
    assert_eq!(reasons(fact(1, "PRV_TORINO", &mark, "2021-01", 4, 5)), ["MARK_OUT_OF_RANGE"]);
    assert_eq!(reasons(fact(1, "PRV_TORINO", &mark, "2021-01", 26, 5)), ["MARK_OUT_OF_RANGE"]);
    assert_eq!(reasons(fact(1, "PRV_TORINO", &mark, "2021-01", 25, 5)), Vec::<&str>::new());
    let half = Fact { values: [Some(1), None].into(), ..fact(1, "PRV_TORINO", &share, "2021-01", 5, 5) };
    assert_eq!(reasons(half), ["QUANTITY_MISSING"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// Above an office a share is recomputed from its parts, never averaged from the offices' shares.
    #[test]
    fn recomputed_from_parts(parts in prop::collection::vec((0i64..1_000, 1i64..1_000), 3)) {
        let share = subject("quality.rdc_completed");
        let offices = ["PRV_TORINO", "PRV_ASTI", "PRV_CUNEO"];
        let recorded = offices.iter().zip(&parts).zip(1..).map(|((office, (done, more)), line)| fact(line, office, &share, "2021-01", *done, done + more)).collect();
        let done: i64 = parts.iter().map(|part| part.0).sum();
        let all: i64 = parts.iter().map(|part| part.0 + part.1).sum();
        let expected = Exact::quotient(&Exact::from(done * 100), &Exact::from(all)).unwrap();
        prop_assert_eq!(measured(&in_force(recorded), "quality.rdc_completed", "REG_PIEMONTE", "2021-01"), Ok(expected));
    }
}
