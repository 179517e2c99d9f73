//! Which target judges a period, and its exact value.

use piramide_measure::{Exact, Reference, Scale};
use piramide_plan::Plan;

use crate::support::{bundled, edited, plan, small};

#[track_caller]
fn reference(plan: &Plan, indicator: &str, structure: &str, period: &str) -> Option<Reference> {
    plan.target(indicator, structure, period.parse().unwrap())
}

#[track_caller]
fn check(plan: &Plan, indicator: &str, structure: &str, period: &str, expected: Option<&str>) {
    let got = reference(plan, indicator, structure, period).map(|reference| reference.target.decimal_text(6));
    assert_eq!(got.as_deref(), expected, "{indicator} for {structure} in {period}");
}

#[test]
fn the_end_of_the_period_chooses_the_row() {
    let plan = plan(&small());
    for (period, expected) in [
        ("2021", Some("1000")),
        ("2021-12-ytd", Some("1000")),
        ("2021-13-ytd", Some("1000")),
        ("2021-03-ytd", Some("250")),
        ("2021-06-ytd", Some("520")),
        ("2021-09-ytd", None),
        ("2021-05-ytd", None),
        ("2021-06", None),
        ("2021-13", None),
        ("2020", Some("1000")),
        ("2022-03-ytd", Some("250")),
    ] {
        check(&plan, "production.homogenised_points", "NAZ", period, expected);
    }
}

#[test]
fn a_quarter_alone_is_judged_by_what_it_adds_or_by_its_level() {
    let plan = plan(&small());
    check(&plan, "production.homogenised_points", "NAZ", "2021-Q1", Some("250"));
    check(&plan, "production.homogenised_points", "NAZ", "2021-Q2", Some("270"));
    check(&plan, "production.homogenised_points", "NAZ", "2021-Q3", None);
    check(&plan, "production.backlog_days", "NAZ", "2021-Q2", Some("28"));
    check(&plan, "production.backlog_days", "NAZ", "2021-Q1", None);
}

#[test]
fn a_target_belongs_to_its_structure_and_indicator() {
    let plan = plan(&small());
    check(&plan, "production.homogenised_points", "REG_A", "2021", None);
    check(&plan, "production.nothing", "NAZ", "2021", None);
    check(&plan, "finance.ieep", "NAZ", "2021", None);
}

#[test]
fn a_target_carries_its_scale_its_cap_and_its_place() {
    let plan = plan(&small());
    let days = reference(&plan, "production.backlog_days", "NAZ", "2021").unwrap();
    assert_eq!(
        (days.target.decimal_text(2), days.cap),
        ("27".to_owned(), Some(Exact::from(20))),
        "the indicator's cap comes before the plan's"
    );
    let points = reference(&plan, "production.homogenised_points", "NAZ", "2021-Q2").unwrap();
    assert_eq!((points.cap, points.scale), (Some(Exact::from(50)), Scale::Relative));
    let shown = format!("{:?}", points.explanation.source);
    assert!(shown.contains("targets.csv:4 meno targets.csv:3") && shown.contains(plan.version()), "{shown}");
    let zero = reference(&plan, "finance.profitability", "REG_A", "2021").unwrap();
    assert_eq!((zero.target, zero.scale), (Exact::zero(), Scale::Absolute));
    let noted = reference(&plan, "production.homogenised_points", "NAZ", "2021-03-ytd").unwrap();
    assert_eq!(noted.explanation.notes, ["un quarto"]);
    let derived = reference(&plan, "quality.care", "NAZ", "2021").unwrap();
    assert_eq!((derived.target.decimal_text(2), derived.explanation.notes), ("103".to_owned(), vec!["100 x (100 + (3)) / 100".to_owned()]));
    let fine = plan_of("percent_over_baseline,3,100,", "percent_over_baseline,-2.5,12.50005,");
    let note = |plan: &Plan| reference(plan, "quality.care", "NAZ", "2021").unwrap().explanation.notes;
    assert_eq!(note(&fine), ["12,50005 x (100 + (-2,5)) / 100"]);
    let added = plan_of("percent_over_baseline,3,100,", "difference_from_baseline,0.5,12.5,");
    assert_eq!(note(&added), ["12,5 + (0,5)"]);
}

fn plan_of(from: &str, to: &str) -> Plan {
    plan(&edited("targets.csv", from, to))
}

/// Piano della performance 2021-2023, "Indicatori di impatto", and the quarterly table of the annex.
#[test]
fn the_targets_of_2021_come_out_exactly() {
    let plan = bundled("inps-2021");
    for (indicator, period, expected) in [
        ("quality.continuity_of_income", "2021", "88.88"),
        ("quality.average_time", "2021", "27"),
        ("finance.litigation_costs", "2021", "210753985.296"),
        ("quality.reputation", "2021", "3.73"),
        ("finance.inspection_receipts", "2021", "79443802.3912"),
        ("quality.followers", "2021", "1054711.9"),
        ("quality.income_support", "2021", "102"),
        ("quality.individual_account", "2021", "107"),
        ("workforce.smart_workers_share", "2021", "60"),
        ("production.productivity", "2021-03-ytd", "100"),
        ("production.productivity", "2021-06-ytd", "108"),
        ("production.productivity", "2021-09-ytd", "116"),
        ("production.productivity", "2021", "124"),
        ("finance.ieep", "2021", "10957463637"),
        ("finance.ieep", "2021-06-ytd", "5478731818.5"),
        ("finance.ieep", "2021-Q2", "2739365909.25"),
        ("finance.profitability", "2021", "4.2"),
        ("production.clearance_ratio", "2021-03-ytd", "1"),
        ("production.clearance_ratio", "2021", "1.02"),
    ] {
        check(&plan, indicator, "NAZ", period, Some(expected));
    }
    check(&plan, "production.backlog_days.CONTRIBUTION", "NAZ", "2021", None);
    check(&plan, "production.backlog_days.FLOWS", "FM_ROMA", "2021", Some("133"));
}
