//! Outcome products: what the user receives, across lines and areas, from the same sums.

use piramide_domain::{Detail, Facts, Query, State as _};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Period};
use piramide_plan::{Plan, Plans};
use piramide_production::{
    asked::Asked,
    facts,
    indicators::{ages, backlog, clearance, points},
    simulation::{Overlay, Proposal},
    state::State,
};
use proptest::prelude::*;

use super::{OFFICE, bundled_files, fact, measured};

/// A pension that takes a claim, its control and a welfare check: two lines of one area, and another area.
fn plan() -> Plan {
    let mut files = bundled_files();
    let rows = "code,label,product,note\nOUT_PENSION,Pensione,INSURED_PENSIONER_PRIVATE,\nOUT_PENSION,Pensione,BENEFIT_CONTROL,\n\
                OUT_CARE,Assistenza,CREDIT_WELFARE,\nOUT_CARE,Assistenza,FLOWS_POINTS,\n";
    files.insert("outcomes.csv".into(), rows.into());
    let added = "INSURED_PENSIONER_PRIVATE,2021-02,2.5000\n";
    files.get_mut("coefficients.csv").unwrap().extend(added.as_bytes());
    let indicator =
        "production.clearance_ratio.OUT_PENSION,Indice di deflusso: pensione,ratio,higher_is_better,clearance_ratio,OUT_PENSION,,,\n";
    files.get_mut("indicators.csv").unwrap().extend(indicator.as_bytes());
    Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

const PRODUCTS: [&str; 4] = ["INSURED_PENSIONER_PRIVATE", "BENEFIT_CONTROL", "CREDIT_WELFARE", "INCOME_SUPPORT"];

fn month(line: u32, product: &str, month: u8, received: i64, completed: i64) -> Fact {
    let quantities = [(facts::RECEIVED, received), (facts::COMPLETED, completed), (facts::CLOSING_BACKLOG, received)];
    fact(line, OFFICE, product, &format!("2021-{month:02}"), &quantities)
}

#[test]
fn an_outcome_is_what_its_products_are_together() {
    let plan = plan();
    let facts = super::in_force(vec![
        month(1, "INSURED_PENSIONER_PRIVATE", 1, 100, 80),
        month(2, "BENEFIT_CONTROL", 1, 50, 40),
        month(3, "INCOME_SUPPORT", 1, 900, 900),
        month(4, "INSURED_PENSIONER_PRIVATE", 2, 10, 30),
    ]);
    let clearance = |period| measured(&plan, &facts, "production.clearance_ratio.OUT_PENSION", "REG_PIEMONTE", period);
    assert_eq!(clearance("2021-01"), Ok(super::ratio(120, 150)), "the ratio of sums, across areas");
    assert_eq!(clearance("2021-02-ytd"), Ok(super::ratio(150, 160)));
    assert!(measured(&plan, &facts, "production.clearance_ratio.OUT_PENSION", "REG_LIGURIA", "2021-01").is_err());
    assert!(plan.catalogue().iter().all(|node| node.code != "OUT_PENSION"), "it is not in the tree, where pieces would count twice");
    assert_eq!(plan.catalogue().children("OUT_PENSION").len(), 2);
}

#[test]
fn a_coefficient_that_is_tried_moves_its_outcome() {
    let plan = plan();
    let facts = super::in_force(vec![month(1, "BENEFIT_CONTROL", 1, 50, 40), month(2, "INSURED_PENSIONER_PRIVATE", 1, 10, 10)]);
    let state = State::of(&Plans::default().with([plan.clone()]), &facts);
    let period = "2021-01".parse().unwrap();
    let query = Query { plan: &plan, facts: &facts, structure: "NAZ", period, quantities: &facts::QUANTITIES, detail: Detail::Figure };
    let asked = Asked::new(query, &state);
    let proposal = Proposal { product: "BENEFIT_CONTROL".into(), first: period.first_month(), coefficient: 30_000 };
    let overlay = Overlay::new(&asked, &[proposal]).unwrap();
    let waiting = |asked: &Asked<'_>| backlog::backlog_points(asked, "OUT_PENSION").value;
    assert_eq!(waiting(&asked), Ok(Exact::from(60)));
    assert_eq!(waiting(&asked.simulated(&overlay)), Ok(Exact::from(160)));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// At an outcome every sum is that of its products, from the sums kept and from the facts alike.
    #[test]
    fn sums_of_an_outcome_are_those_of_its_products(rows in prop::collection::vec((0usize..4, 1u8..4, 0i64..5_000, 0i64..5_000), 1..12)) {
        let plan = plan();
        let recorded = rows.iter().zip(1..).map(|((product, at, received, completed), line)| month(line, PRODUCTS[*product], *at, *received, *completed));
        let facts: Facts = super::in_force(recorded.collect());
        let state = State::of(&Plans::default().with([plan.clone()]), &facts);
        for period in ["2021-02", "2021-03-ytd"] {
            let period: Period = period.parse().unwrap();
            let query = Query { plan: &plan, facts: &facts, structure: "NAZ", period, quantities: &facts::QUANTITIES, detail: Detail::Figure };
            let asked = Asked::new(query, &state);
            let derived = Asked::new(Query { detail: Detail::Derivation, ..query }, &state);
            for (outcome, products) in [("OUT_PENSION", &PRODUCTS[..2]), ("OUT_CARE", &PRODUCTS[2..3])] {
                let figures = |asked: &Asked<'_>| [
                    backlog::backlog_points(asked, outcome).value.ok(),
                    clearance::clearance_ratio(asked, outcome, "x").value.ok(),
                    clearance::clearance_ratio_points(asked, outcome, "x").value.ok(),
                    points::homogenised_points(asked, outcome, "x").value.ok(),
                    ages::all(asked, outcome).value.ok(),
                ];
                prop_assert_eq!(figures(&asked), figures(&derived), "{} {}", outcome, period);
                let parts: Vec<Exact> = products.iter().filter_map(|product| backlog::backlog_points(&asked, product).value.ok()).collect();
                let whole = backlog::backlog_points(&asked, outcome).value.ok();
                prop_assert_eq!(whole, (!parts.is_empty()).then(|| parts.iter().sum()));
            }
        }
    }
}
