//! Workforce's formulas and checks over the bundled plans.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use piramide_domain::{Batch, Detail, Domain, Facts, Incoming, Query};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Missing, Period, Provenance};
use piramide_plan::{IndicatorDefinition, Plan, Plans};
use piramide_workforce::{Workforce, facts};

fn fact(line: u32, structure: &str, measure: &str, period: &str, value: i64) -> Fact {
    let period: Period = period.parse().unwrap();
    let (first_month, last_month) = (period.first_month().index(), period.last_calendar_month().index());
    Fact { line, structure: structure.into(), subject: measure.into(), first_month, last_month, values: [Some(value * 100)].into() }
}

fn in_force(recorded: Vec<Fact>) -> Facts {
    let mut facts = Facts::default();
    facts.take(1, Batch { id: "b".into(), provenance: Provenance::Submitted }, recorded);
    facts
}

fn measured(facts: &Facts, code: &str, period: &str) -> Result<Exact, Missing> {
    measured_at(facts, code, "NAZ", period)
}

fn measured_at(facts: &Facts, code: &str, structure: &str, period: &str) -> Result<Exact, Missing> {
    let plan = Plan::clone(Plans::bundled().unwrap().get("inps-2020").unwrap());
    let query = Query {
        plan: &plan,
        facts,
        structure,
        period: period.parse().unwrap(),
        quantities: &facts::QUANTITIES,
        detail: Detail::Derivation,
    };
    Workforce.measure(&query, &(), plan.indicators().get(code).unwrap()).value
}

#[test]
fn a_share_is_that_of_the_last_month_with_both_numbers() {
    let facts = in_force(vec![
        fact(1, "NAZ_NA", "AGILE_WORKERS", "2020-10", 10),
        fact(2, "NAZ_NA", "EMPLOYEES", "2020-10", 40),
        fact(3, "NAZ_NA", "AGILE_WORKERS", "2020-12", 30),
    ]);
    assert_eq!(measured(&facts, "workforce.agile_workers_share", "2020"), Ok(Exact::from(25)));
    assert!(matches!(measured(&facts, "workforce.agile_workers_share", "2020-12"), Err(Missing::NoData { .. })));
}

#[test]
fn offices_add_up_before_they_divide() {
    let facts = in_force(vec![
        fact(1, "PRV_TORINO", "AGILE_WORKERS", "2020-12", 1),
        fact(2, "PRV_TORINO", "EMPLOYEES", "2020-12", 1),
        fact(3, "PRV_ASTI", "AGILE_WORKERS", "2020-12", 0),
        fact(4, "PRV_ASTI", "EMPLOYEES", "2020-12", 9),
    ]);
    assert_eq!(measured(&facts, "workforce.agile_workers_share", "2020-12"), Ok(Exact::from(10)));
}

#[test]
fn more_agile_workers_than_employees_are_refused() {
    let plans = Plans::bundled().unwrap();
    let refused = |batch: &[Fact], facts: &Facts| {
        let incoming = Incoming { facts: batch, plans: &plans, quantities: &facts::QUANTITIES };
        Workforce.check(&incoming, facts).into_iter().map(|violation| violation.detail).collect::<Vec<_>>()
    };
    let recorded = in_force(vec![fact(1, "NAZ_NA", "EMPLOYEES", "2020-12", 10)]);
    let eleven = [fact(1, "NAZ_NA", "AGILE_WORKERS", "2020-12", 11)];
    assert_eq!(refused(&eleven, &recorded), ["AGILE_WORKERS 11 is more than EMPLOYEES 10"]);
    assert_eq!(refused(&eleven, &Facts::default()), Vec::<String>::new(), "without the whole nothing can be said");
}

/// Which measures are parts and shares, the plan says, and no code does.
#[test]
fn what_is_part_of_what_is_the_plans() {
    let share = [fact(1, "NAZ_NA", "SMART_WORKERS_SHARE", "2020-12", 101)];
    let agile = [fact(1, "NAZ_NA", "AGILE_WORKERS", "2020-12", 11), fact(2, "NAZ_NA", "EMPLOYEES", "2020-12", 10)];
    let found = |plans: &Plans, batch: &[Fact]| {
        Workforce.check(&Incoming { facts: batch, plans, quantities: &facts::QUANTITIES }, &Facts::default()).len()
    };
    let bundled = Plans::bundled().unwrap();
    assert_eq!((found(&bundled, &share), found(&bundled, &agile)), (1, 2), "each of the two is named");
    let mut files = piramide_plan::packages().into_iter().find(|(name, _)| *name == "inps-2020").unwrap().1;
    files.insert("wholes.csv".to_owned(), b"measure,whole,note\nWELFARE_COVERAGE,,\n".to_vec());
    let other = Plans::default().with([Plan::from_files(&files).unwrap()]);
    assert_eq!((found(&other, &share), found(&other, &agile)), (0, 0));
    assert_eq!(found(&other, &[fact(1, "NAZ_NA", "WELFARE_COVERAGE", "2020-12", 101)]), 1);
}

/// Annex 2021, "Obiettivi di Efficienza": staff is counted where it works, and the regional office is an office of its region.
#[test]
fn staff_shares_are_ratios_of_what_the_offices_count() {
    let staff = |line, structure: &str, measure: &str, people| fact(line, structure, measure, "2020-12", people);
    let facts = in_force(vec![
        staff(1, "PRV_TORINO", "STAFF_PRODUCTION", 700),
        staff(2, "PRV_TORINO", "STAFF_SUPPORT", 60),
        staff(3, "PRV_TORINO", "STAFF_PRODUCTION_STRUCTURES", 800),
        staff(4, "PRV_ASTI", "STAFF_PRODUCTION", 100),
        staff(5, "PRV_ASTI", "STAFF_SUPPORT", 4),
        staff(6, "PRV_ASTI", "STAFF_PRODUCTION_STRUCTURES", 200),
        staff(7, "PRV_TORINO", "STAFF_REGION", 800),
        staff(8, "PRV_ASTI", "STAFF_REGION", 200),
        staff(9, "DR_PIEMONTE", "STAFF_REGION", 50),
        staff(10, "DR_PIEMONTE", "STAFF_REGIONAL_OFFICE", 50),
    ]);
    let share = |code: &str, structure: &str| measured_at(&facts, code, structure, "2020-12-ytd");
    let percent = |part: i64, whole: i64| Ok(Exact::quotient(&Exact::from(part * 100), &Exact::from(whole)).unwrap());
    assert_eq!(share("workforce.production_staff_share", "REG_PIEMONTE"), percent(800, 1_000));
    assert_eq!(share("workforce.production_staff_share", "PRV_ASTI"), percent(100, 200));
    assert_eq!(share("workforce.support_staff_share", "NAZ"), percent(64, 1_000));
    assert_eq!(share("workforce.regional_office_staff_share", "REG_PIEMONTE"), percent(50, 1_050));
    assert!(share("workforce.regional_office_staff_share", "REG_LIGURIA").is_err(), "nothing is recorded there");
}

/// An indicator by that method, and a plan that its subject is of.
fn by_method<'a>(plans: &'a Plans, method: &str) -> (&'a Plan, IndicatorDefinition) {
    let known = || plans.iter().flat_map(|plan| plan.indicators().of_domain("workforce").map(move |indicator| (plan, indicator)));
    let (plan, indicator) = known().find(|(_, indicator)| indicator.method == method).or_else(|| known().next()).unwrap();
    (plan, IndicatorDefinition { method: method.to_owned(), ..indicator.clone() })
}

/// What a plan may ask for is what the domain says it knows, and what it measures: a method that one of the three forgets is found here.
#[test]
fn every_method_that_a_plan_may_ask_for_is_measured() {
    let (plans, none) = (Plans::bundled().unwrap(), Facts::default());
    let mut methods = 0;
    for method in piramide_plan::methods("workforce") {
        let (plan, indicator) = by_method(&plans, method);
        let period = "2020".parse().unwrap();
        let query = Query { plan, facts: &none, structure: "NAZ", period, quantities: &facts::QUANTITIES, detail: Detail::Figure };
        let value = Workforce.measure(&query, &(), &indicator).value;
        assert!(Workforce.knows_method(method), "{method}");
        assert_ne!(value, Err(Missing::NoInput { input: format!("il metodo {method}") }));
        methods += 1;
    }
    assert!(methods > 2, "{methods} methods");
    assert!(!Workforce.knows_method("guess"));
}
