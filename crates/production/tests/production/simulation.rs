//! A simulated coefficient gives the figures that the approved one would.

use piramide_domain::{Batch, Detail, Facts, Query, State as _};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Month, Period, Provenance};
use piramide_plan::{Plan, Plans};
use piramide_production::{
    asked::Asked,
    facts,
    indicators::{backlog, clearance, points, productivity},
    simulation::{LARGEST, Overlay, Proposal, SimulationError},
    state::State,
};
use proptest::prelude::*;

use super::{fact, plan, plan_with_coefficients};

const NODES: [&str; 6] = ["TOTAL", "FLOWS", "FLOW_TOTAL", "FLOW_BENEFITS", "INCOME_SUPPORT", "CREDIT_WELFARE"];

/// A year of three products in two offices.
fn year() -> Facts {
    let rows = (1u8..=12).flat_map(|month| {
        [
            ("PRV_TORINO", "INCOME_SUPPORT", 100),
            ("PRV_ASTI", "INCOME_SUPPORT", 30),
            ("PRV_ASTI", "FLOWS_POINTS", 7),
            ("PRV_ASTI", "CREDIT_WELFARE", 5),
        ]
        .map(|(office, product, pieces)| {
            let pieces = pieces * i64::from(month) + 3;
            let quantities = [(facts::RECEIVED, pieces + 1), (facts::COMPLETED, pieces), (facts::CLOSING_BACKLOG, i64::from(month))];
            fact(1, office, product, &format!("2021-{month:02}"), &quantities)
        })
    });
    let staff = (1..=12).map(|month| fact(1, "PRV_ASTI", "PRODUCTION_STAFF", &format!("2021-{month:02}"), &[(facts::STAFF_FTE, 1_250)]));
    let mut facts = Facts::default();
    let all: Vec<Fact> = rows.chain(staff).collect();
    facts.take(1, Batch { id: "b".into(), provenance: Provenance::Submitted }, all);
    facts
}

fn figures(asked: &Asked<'_>) -> Vec<Option<Exact>> {
    let measured = NODES.iter().flat_map(|node| {
        [
            points::homogenised_points(asked, node, "x"),
            productivity::productivity(asked, node, "x"),
            backlog::backlog_days(asked, node, "x"),
            backlog::backlog_points(asked, node),
            clearance::clearance_ratio(asked, node, "x"),
            clearance::clearance_ratio_points(asked, node, "x"),
        ]
    });
    measured.map(|measured| measured.value.ok()).collect()
}

fn query<'a>(plan: &'a Plan, facts: &'a Facts, structure: &'static str, period: Period) -> Query<'a> {
    Query { plan, facts, structure, period, quantities: &facts::QUANTITIES, detail: Detail::Figure }
}

fn proposal(product: &str, month: u8, coefficient: i64) -> Proposal {
    Proposal { product: product.into(), first: Month::new(2021, month).unwrap(), coefficient }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn a_simulation_is_what_approval_would_bring(
        benefits in (1u8..=12, 1i64..=LARGEST),
        flows in (1u8..=12, 1i64..100_000),
        structure in prop::sample::select(vec!["NAZ", "REG_PIEMONTE", "PRV_ASTI"]),
        period in prop::sample::select(vec!["2021", "2021-Q2", "2021-05", "2021-09-ytd"]),
    ) {
        let (plan, facts, period) = (plan(), year(), period.parse().unwrap());
        let text = |product: &str, (month, units): (u8, i64)| format!("{product},2021-{month:02},{}.{:04}\n", units / 10_000, units % 10_000);
        let approved = plan_with_coefficients(&(text("INCOME_SUPPORT", benefits) + &text("FLOWS_POINTS", flows)));
        let plans = Plans::default().with([plan.clone(), approved.clone()]);
        let state = State::of(&plans, &facts);

        let asked = Asked::new(query(&plan, &facts, structure, period), &state);
        let proposals = [proposal("INCOME_SUPPORT", benefits.0, benefits.1), proposal("FLOWS_POINTS", flows.0, flows.1)];
        let overlay = Overlay::new(&asked, &proposals).unwrap();
        let simulated = figures(&asked.simulated(&overlay));
        prop_assert_eq!(simulated, figures(&Asked::new(query(&approved, &facts, structure, period), &state)));
    }
}

#[test]
fn months_before_a_proposal_and_products_beside_it_stay_as_they_are() {
    let (plan, facts) = (plan(), year());
    let state = State::of(&Plans::default().with([plan.clone()]), &facts);
    let asked = Asked::new(query(&plan, &facts, "NAZ", "2021-05-ytd".parse().unwrap()), &state);
    let overlay = Overlay::new(&asked, &[proposal("INCOME_SUPPORT", 6, 20_000)]).unwrap();
    assert_eq!(figures(&asked.simulated(&overlay)), figures(&asked), "June does not change May");
    let asked = Asked::new(query(&plan, &facts, "NAZ", "2021".parse().unwrap()), &state);
    let overlay = Overlay::new(&asked, &[proposal("INCOME_SUPPORT", 6, 20_000)]).unwrap();
    assert!(overlay.touches("FLOW_TOTAL") && !overlay.touches("CREDIT_WELFARE") && !overlay.touches("TOTAL"));
}

#[track_caller]
fn check_refused(proposals: &[Proposal], expected: &str) {
    let (plan, facts) = (plan(), year());
    let state = State::of(&Plans::default().with([plan.clone()]), &facts);
    let asked = Asked::new(query(&plan, &facts, "NAZ", "2021".parse().unwrap()), &state);
    let error: SimulationError = Overlay::new(&asked, proposals).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn what_cannot_be_meant_is_refused() {
    check_refused(&[proposal("FLOWS", 1, 1)], "\"FLOWS\" is not a product of inps-2021@");
    check_refused(&[proposal("PRODUCTION_STAFF", 1, 1)], "is not a product");
    check_refused(&[proposal("INCOME_SUPPORT", 1, 0)], "0 ten-thousandths of an hour is not above zero");
    check_refused(&[proposal("INCOME_SUPPORT", 1, LARGEST + 1)], "at most 20000000");
    check_refused(&[proposal("INCOME_SUPPORT", 1, 1), proposal("INCOME_SUPPORT", 1, 2)], "INCOME_SUPPORT is proposed twice from 2021-01");
}
