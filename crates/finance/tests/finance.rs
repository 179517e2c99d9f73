//! Finance's formulas and checks over the bundled plans.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use piramide_domain::{Batch, Detail, Domain, Facts, Incoming, Query};
use piramide_finance::{Finance, facts};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Missing, Period, Provenance};
use piramide_plan::{Plan, Plans};

fn amount(line: u32, item: &str, period: &str, cents: i64) -> Fact {
    let period: Period = period.parse().unwrap();
    let (first_month, last_month) = (period.first_month().index(), period.last_month().index());
    Fact { line, structure: "NAZ_NA".into(), subject: item.into(), first_month, last_month, values: vec![Some(cents)] }
}

fn in_force(recorded: Vec<Fact>) -> Facts {
    let mut facts = Facts::default();
    facts.take(1, Batch { id: "b".into(), provenance: Provenance::Published }, recorded);
    facts
}

fn plan(name: &str) -> Plan {
    Plan::clone(Plans::bundled().unwrap().get(name).unwrap())
}

fn measured(plan: &Plan, facts: &Facts, code: &str, period: &str) -> Result<Exact, Missing> {
    let query = Query {
        plan,
        facts,
        structure: "NAZ",
        period: period.parse().unwrap(),
        quantities: &facts::QUANTITIES,
        detail: Detail::Derivation,
    };
    Finance.measure(&query, &(), plan.indicators().get(code).unwrap()).value
}

fn euro(euro: i64) -> Exact {
    Exact::from(euro)
}

#[test]
fn interest_enters_its_section_with_a_minus() {
    let facts = in_force(vec![amount(1, "INTEREST", "2020", 300), amount(2, "UNDUE", "2020", 1_000)]);
    assert_eq!(measured(&plan("inps-2020"), &facts, "finance.ieep.expenditure", "2020"), Ok(euro(7)));
    assert_eq!(measured(&plan("inps-2020"), &facts, "finance.ieep.interest", "2020"), Ok(euro(3)), "its own amount is positive");
}

#[test]
fn another_plan_groups_the_same_items_in_its_own_sections() {
    let facts = in_force(vec![amount(1, "LESS_BENEFITS", "2020", 500), amount(2, "REDEMPTION", "2020", 700)]);
    let of = |plan_name: &str, code: &str| measured(&plan(plan_name), &facts, code, "2020");
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
        assert_eq!(measured(&plan, &facts, "finance.ieep.undue", "2021"), Ok(euro(10)));
    }
}

#[test]
fn parts_of_one_office_do_not_hide_the_whole_of_another() {
    let plan = plan("inps-2021");
    let office = Fact { structure: "PRV_TORINO".into(), ..amount(2, "UNDUE_PENSION", "2021-03", 400) };
    let month = amount(3, "UNDUE_CARE", "2021-03", 100);
    let facts = in_force(vec![amount(1, "UNDUE", "2021", 1_000), office, month]);
    // The whole at NAZ_NA holds its own month; the office comes on top.
    assert_eq!(measured(&plan, &facts, "finance.ieep.undue", "2021"), Ok(euro(14)));
}

#[test]
fn month_13_belongs_to_the_year_and_not_to_december() {
    let facts = in_force(vec![amount(1, "ECA", "2021-12", 100), amount(2, "ECA", "2021-13", 50)]);
    let of = |period| measured(&plan("inps-2021"), &facts, "finance.ieep.eca", period);
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
    assert_eq!(measured(&plan, &facts, "finance.ieep.realisation", "2021"), Ok(Exact::from(155)));
    let half = in_force(vec![amount(1, "FLOWS", "2021", 100)]);
    assert!(measured(&plan, &half, "finance.ieep.realisation", "2021").is_err(), "a section without data is not a section at zero");
}

#[test]
fn children_that_miss_their_parent_are_refused_with_the_difference() {
    let plans = Plans::bundled().unwrap();
    let refused = |batch: &[Fact], facts: &Facts| {
        let incoming = Incoming { facts: batch, plans: &plans, quantities: &facts::QUANTITIES };
        Finance.check(&incoming, facts).into_iter().map(|violation| violation.detail).collect::<Vec<_>>()
    };
    let children = [("ASSESS_INSPECTION", 100), ("ASSESS_DOCUMENT", 200), ("ASSESS_DMV", 300)];
    let batch = |parent: i64| {
        let parts = children.iter().zip(2..).map(|((item, cents), line)| amount(line, item, "2021", *cents));
        parts.chain([amount(1, "ASSESS", "2021", parent)]).collect::<Vec<_>>()
    };
    assert_eq!(refused(&batch(600), &Facts::default()), Vec::<String>::new());
    let reasons = refused(&batch(601), &Facts::default());
    assert!(reasons[0].contains("sum to 6, ASSESS says 6.01, difference 0.01"), "{reasons:?}");
    let recorded = in_force(children.iter().zip(1..).map(|((item, cents), line)| amount(line, item, "2021", *cents)).collect());
    assert_eq!(refused(&[amount(1, "ASSESS", "2021", 599)], &recorded).len(), 1, "what is in force counts too");
}

#[test]
fn a_cost_ratio_needs_both_amounts() {
    let plan = plan("inps-2021");
    let facts = in_force(vec![amount(1, "ECA", "2021", 42_000), amount(2, "TOTAL_COSTS", "2021", 10_000)]);
    assert_eq!(measured(&plan, &facts, "finance.profitability", "2021"), Ok(Exact::parse("4.2").unwrap()));
    let without = in_force(vec![amount(1, "ECA", "2021", 42_000)]);
    assert!(matches!(measured(&plan, &without, "finance.profitability", "2021"), Err(Missing::NoData { .. })));
}
