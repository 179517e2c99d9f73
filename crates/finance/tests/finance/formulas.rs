//! The formulas.

use piramide_domain::{Detail, Domain, Facts, Query, State as _};
use piramide_finance::{Finance, facts, indicators::realisation::realisation, state::State};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Missing, Period};
use piramide_plan::{Plan, packages};

use crate::support::{amount, in_force, plan, plans, query};

/// An indicator, with its derivation from the facts; the figure alone, from the sums kept, must be the same.
fn measured(plan: &Plan, facts: &Facts, code: &str, period: &str) -> Result<Exact, Missing> {
    let state = State::of(plans(), facts);
    let measured = |detail| {
        let query = Query { plan, facts, structure: "NAZ", period: period.parse().unwrap(), quantities: &facts::QUANTITIES, detail };
        Finance.measure(&query, &state, plan.indicators().get(code).unwrap())
    };
    let (figure, derivation) = (measured(Detail::Figure), measured(Detail::Derivation));
    assert_eq!((&figure.value, figure.explanation.provenance()), (&derivation.value, derivation.explanation.provenance()));
    derivation.value
}

fn euro(euro: i64) -> Exact {
    Exact::from(euro)
}

#[test]
fn interest_enters_its_section_with_a_minus() {
    let facts = in_force(vec![amount(1, "INTEREST", "2020", 300), amount(2, "UNDUE", "2020", 1_000)]);
    assert_eq!(measured(plan("inps-2020"), &facts, "finance.ieep.expenditure", "2020"), Ok(euro(7)));
    assert_eq!(measured(plan("inps-2020"), &facts, "finance.ieep.interest", "2020"), Ok(euro(3)), "its own amount is positive");
}

#[test]
fn another_plan_groups_the_same_items_in_its_own_sections() {
    let facts = in_force(vec![amount(1, "LESS_BENEFITS", "2020", 500), amount(2, "REDEMPTION", "2020", 700)]);
    let of = |plan_name: &str, code: &str| measured(plan(plan_name), &facts, code, "2020");
    assert_eq!(of("inps-2020", "finance.ieep.revenue"), Ok(euro(7)));
    assert_eq!(of("inps-2020", "finance.ieep.expenditure"), Ok(euro(5)));
    assert_eq!(of("inps-2021", "finance.ieep.revenue"), Ok(euro(5)));
    assert_eq!(of("inps-2021", "finance.ieep.benefits"), Ok(euro(7)));
    assert_eq!(of("inps-2020", "finance.ieep"), of("inps-2021", "finance.ieep"), "the total does not depend on the grouping");
}

#[test]
fn an_item_counts_by_itself_where_its_parts_are_not_recorded() {
    let plan = plan("inps-2021");
    let whole = in_force(vec![amount(1, "UNDUE", "2021", 1_000)]);
    let parts = in_force(vec![amount(1, "UNDUE_PENSION", "2021", 400), amount(2, "UNDUE_CARE", "2021", 600)]);
    for facts in [whole, parts] {
        assert_eq!(measured(plan, &facts, "finance.ieep.undue", "2021"), Ok(euro(10)));
    }
}

#[test]
fn parts_of_one_office_do_not_hide_the_whole_of_another() {
    let plan = plan("inps-2021");
    let office = Fact { structure: "PRV_TORINO".into(), ..amount(2, "UNDUE_PENSION", "2021-03", 400) };
    let month = amount(3, "UNDUE_CARE", "2021-03", 100);
    let facts = in_force(vec![amount(1, "UNDUE", "2021", 1_000), office, month]);
    // The whole at NAZ_NA holds its own month; the office comes on top.
    assert_eq!(measured(plan, &facts, "finance.ieep.undue", "2021"), Ok(euro(14)));
}

#[test]
fn month_13_belongs_to_the_year_and_not_to_december() {
    let facts = in_force(vec![amount(1, "ECA", "2021-12", 100), amount(2, "ECA", "2021-13", 50)]);
    let of = |period| measured(plan("inps-2021"), &facts, "finance.ieep.eca", period);
    assert_eq!(of("2021"), Ok(Exact::parse("1.5").unwrap()));
    assert_eq!(of("2021-12-ytd"), Ok(euro(1)));
    assert_eq!(of("2021-Q4"), Ok(euro(1)));
}

#[test]
fn realisation_weighs_the_sections() {
    let plan = plan("inps-2021");
    let target = |code: &str| plan.target(code, "NAZ", Period::Year(2021)).unwrap().target;
    let cents = |value: &Exact| value.decimal_text(2).parse::<i64>().unwrap() * 100;
    // Revenue twice its target, benefits half of theirs: 0.7 * 200 + 0.3 * 50.
    let facts = in_force(vec![
        amount(1, "FLOWS", "2021", cents(&target("finance.ieep.revenue")) * 2),
        amount(2, "UNDUE", "2021", cents(&target("finance.ieep.benefits")) / 2),
    ]);
    assert_eq!(measured(plan, &facts, "finance.ieep.realisation", "2021"), Ok(Exact::from(155)));
    let (_, mut files) = packages().into_iter().find(|(name, _)| *name == "inps-2021").unwrap();
    let items = String::from_utf8(files["items.csv"].clone()).unwrap();
    let finer =
        items.replace("contributive,IEEP,1,70", "contributive,IEEP,1,87.5").replace("Prestazioni,IEEP,1,30", "Prestazioni,IEEP,1,12.5");
    files.insert("items.csv".into(), finer.into_bytes());
    let weighed = Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let query = query(&weighed, &facts, "NAZ", "2021");
    let labels = realisation(&query, "IEEP", "IEEP").explanation.inputs.into_iter().map(|input| input.label).collect::<Vec<_>>();
    assert!(labels[0].ends_with("(peso 87,5)") && labels[1].ends_with("(peso 12,5)"), "{labels:?}");
    let half = in_force(vec![amount(1, "FLOWS", "2021", 100)]);
    assert!(measured(plan, &half, "finance.ieep.realisation", "2021").is_err(), "a section without data is not a section at zero");
}

#[test]
fn a_cost_ratio_needs_both_amounts() {
    let plan = plan("inps-2021");
    let facts = in_force(vec![amount(1, "ECA", "2021", 42_000), amount(2, "TOTAL_COSTS", "2021", 10_000)]);
    assert_eq!(measured(plan, &facts, "finance.profitability", "2021"), Ok(Exact::parse("4.2").unwrap()));
    let without = in_force(vec![amount(1, "ECA", "2021", 42_000)]);
    assert!(matches!(measured(plan, &without, "finance.profitability", "2021"), Err(Missing::NoData { .. })));
}
