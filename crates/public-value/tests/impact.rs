//! The impact of products over a plan made for it, with answers made by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use piramide_measure::{Direction, Exact, Explanation, Missing, Outcome, Provenance, Unit};
use piramide_plan::Plan;
use piramide_public_value::{
    impact::{Index, ProductImpact, impact},
    pyramid::{Answer, Answers},
};
use proptest::prelude::*;

/// The plan of 2026, with this impact alone.
fn plan(rows: &str) -> Plan {
    let mut files = piramide_plan::packages().into_iter().find(|(name, _)| *name == "inps-2026").unwrap().1;
    files.insert("impact.csv".to_owned(), format!("product,dimension,label,weight,indicator,note\n{rows}").into_bytes());
    Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"))
}

const ROWS: &str = "FLOW_TOTAL,response,Deflusso,40,production.clearance_ratio,\n\
                    FLOW_TOTAL,response,Giacenza,30,production.backlog_days,\n\
                    FLOW_TOTAL,digitalisation,Da definire,30,,\n\
                    INCOME_SUPPORT,automation,Automatico,,production.automation_share,\n";

fn answer(plan: &Plan, code: &str, actual: &str, score: Option<i64>) -> (String, Answer) {
    let definition = plan.indicators().get(code).unwrap();
    let actual = Exact::parse(actual).unwrap();
    let outcome = Outcome {
        code: code.to_owned(),
        label: definition.label.clone(),
        unit: definition.unit,
        direction: definition.direction,
        target: score.map(|_| Exact::from(1)),
        deviation: score.map(|score| Exact::from(score - 100)),
        deviation_unit: score.map(|_| Unit::Percent),
        score: score.map(Exact::from),
        coverage: Exact::hundred(),
        provenance: Some(Provenance::Submitted),
        plan_version: plan.version().to_owned(),
        explanation: Explanation::computed(code, Some(actual.clone()), Unit::Index, "", Vec::new()),
        actual: Ok(actual),
    };
    (code.to_owned(), Answer::Outcome(Arc::new(outcome)))
}

fn index(value: Option<&str>, coverage: &str) -> Index {
    Index { value: value.map(|value| Exact::parse(value).unwrap()), coverage: Exact::parse(coverage).unwrap() }
}

#[test]
fn a_product_is_judged_against_its_targets_and_the_year_before() {
    let plan = plan(ROWS);
    let now = Answers::from([
        answer(&plan, "production.clearance_ratio", "1.1", Some(110)),
        answer(&plan, "production.backlog_days", "20", None),
        answer(&plan, "production.automation_share", "30", None),
    ]);
    let before =
        Answers::from([answer(&plan, "production.clearance_ratio", "1", Some(100)), answer(&plan, "production.backlog_days", "25", None)]);
    let found = impact(&plan, &now, &before);
    let [total, income]: &[ProductImpact<'_>; 2] = found.as_slice().try_into().unwrap();
    assert_eq!((total.product.code.as_str(), income.product.code.as_str()), ("FLOW_TOTAL", "INCOME_SUPPORT"));
    assert_eq!(total.targets, index(Some("110"), "40"), "only clearance has a target");
    // Fewer days are better: (40 x 110 + 30 x 120) / 70.
    let year = Exact::quotient(&Exact::from(40 * 110 + 30 * 120), &Exact::from(70)).unwrap();
    assert_eq!(total.previous_year, Index { value: Some(year), coverage: Exact::from(70) });
    let missing = total.measures[2].now.as_ref().unwrap_err();
    assert_eq!(missing, &Missing::Reported { reason: "indicatore da definire dall'istituto".into() });
    assert_eq!(
        (income.targets.clone(), income.previous_year.clone()),
        (index(None, "0"), index(None, "0")),
        "measured, and judged by nothing"
    );
    assert_eq!(income.measures[0].weight, Exact::hundred());
    assert_eq!(income.measures[0].provenance(), Some(Provenance::Submitted));
}

#[test]
fn what_cannot_be_compared_is_missing_and_says_why() {
    let plan = plan(ROWS);
    let (code, Answer::Outcome(mut foreign)) = answer(&plan, "production.clearance_ratio", "1", Some(100)) else { unreachable!() };
    Arc::make_mut(&mut foreign).plan_version = "inps-2026@000000000000".into();
    let away = Missing::Unavailable { service: "production".into() };
    let now = Answers::from([(code, Answer::Outcome(foreign)), ("production.backlog_days".into(), Answer::Nothing(away.clone()))]);
    let found = impact(&plan, &now, &Answers::new());
    let reasons: Vec<String> = found[0].measures.iter().map(|measured| measured.now.as_ref().unwrap_err().to_string()).collect();
    assert!(reasons[0].contains("different plans"), "{reasons:?}");
    assert_eq!(reasons[1], away.to_string());
    assert_eq!(found[0].targets, index(None, "0"));
    // From nothing there is no change in per cent.
    let zero = Answers::from([answer(&plan, "production.backlog_days", "0", None)]);
    let found = impact(&plan, &Answers::from([answer(&plan, "production.backlog_days", "5", None)]), &zero);
    assert_eq!(found[0].measures[1].change, None);
}

/// A change counts within the cap of the plan, as every deviation.
#[test]
fn a_change_is_capped_in_the_index_and_shown_whole() {
    let plan = plan(ROWS);
    let of = |value: &str| Answers::from([answer(&plan, "production.automation_share", value, None)]);
    let found = impact(&plan, &of("30"), &of("10"));
    assert_eq!(found[1].measures[0].change, Some(Exact::from(200)));
    assert_eq!(found[1].previous_year, index(Some("150"), "100"));
}

#[test]
fn the_bundled_plan_measures_products_in_every_respect() {
    let plans = piramide_plan::Plans::bundled().unwrap();
    let plan = plans.get("inps-2026").unwrap();
    let found = impact(plan, &Answers::new(), &Answers::new());
    assert_eq!(found.len(), 4);
    for product in &found {
        let respects: std::collections::BTreeSet<_> = product.measures.iter().map(|measured| measured.measure.dimension).collect();
        assert_eq!(respects.len(), 4, "{}", product.product.code);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    /// Better is never worse, and an unchanged year is exactly 100.
    #[test]
    fn better_is_never_worse(days in 1i64..500, more in 0i64..100) {
        let plan = plan(ROWS);
        let of = |days: i64| Answers::from([answer(&plan, "production.backlog_days", &days.to_string(), None)]);
        let year = |now: i64| impact(&plan, &of(now), &of(days))[0].previous_year.value.clone().unwrap();
        prop_assert_eq!(year(days), Exact::hundred());
        prop_assert!(year(days + more) <= Exact::hundred());
        prop_assert_eq!(plan.indicators().get("production.backlog_days").unwrap().direction, Direction::LowerIsBetter);
    }
}
