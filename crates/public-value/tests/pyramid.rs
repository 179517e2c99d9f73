//! The aggregation over the bundled plan, with answers made by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use piramide_measure::{Direction, Exact, Explanation, Missing, Outcome, Provenance, Unit};
use piramide_plan::{Plan, Plans};
use piramide_public_value::pyramid::{Answer, Answers, Node, build};
use proptest::prelude::*;

fn plan() -> Plan {
    Plan::clone(Plans::bundled().unwrap().get("inps-2021").unwrap())
}

fn answer(plan: &Plan, code: &str, score: i64) -> Answer {
    let value = Exact::from(score);
    Answer::Outcome(Arc::new(Outcome {
        code: code.to_owned(),
        label: code.to_owned(),
        unit: Unit::Index,
        direction: Direction::HigherIsBetter,
        actual: Ok(value.clone()),
        target: Some(Exact::hundred()),
        deviation: Some(value.clone() - Exact::hundred()),
        deviation_unit: Some(Unit::Percent),
        score: Some(value.clone()),
        coverage: Exact::hundred(),
        provenance: Some(Provenance::Published),
        plan_version: plan.version().to_owned(),
        explanation: Explanation::computed(code, Some(value), Unit::Index, "", Vec::new()),
    }))
}

fn indicators(plan: &Plan) -> Vec<String> {
    plan.objectives().iter().filter_map(|objective| objective.indicator.clone()).collect()
}

fn all(plan: &Plan, score: i64) -> Answers {
    indicators(plan).into_iter().map(|code| (code.clone(), answer(plan, &code, score))).collect()
}

fn score(node: &Node) -> Exact {
    node.outcome.score.clone().unwrap()
}

#[test]
fn a_constant_stays_constant_whatever_is_missing() {
    let plan = plan();
    let mut answers = all(&plan, 107);
    for code in indicators(&plan).iter().step_by(3) {
        answers.insert(code.clone(), Answer::Nothing(Missing::Unavailable { service: "quality".into() }));
    }
    let root = build(&plan, &answers).unwrap();
    assert_eq!(score(&root), Exact::from(107));
    assert!(root.outcome.coverage < Exact::hundred() && root.outcome.coverage > Exact::zero());
}

#[test]
fn projects_without_a_measure_lower_the_coverage_and_nothing_else() {
    let plan = plan();
    let root = build(&plan, &all(&plan, 100)).unwrap();
    assert_eq!(score(&root), Exact::hundred());
    assert!(root.outcome.coverage < Exact::hundred(), "the plan has projects");
    let institutional = root.find("public_value.institutional").unwrap();
    assert_eq!(institutional.outcome.coverage, Exact::hundred(), "it has none");
}

#[test]
fn the_index_weighs_its_components_as_printed() {
    let plan = plan();
    let mut answers = all(&plan, 100);
    for node in build(&plan, &answers).unwrap().find("public_value.institutional").unwrap().flat() {
        if !node.indicator.is_empty() {
            answers.insert(node.indicator.clone(), answer(&plan, &node.indicator, 150));
        }
    }
    // Institutional performance weighs 30: 0.7 * 100 + 0.3 * 150.
    assert_eq!(score(&build(&plan, &answers).unwrap()), Exact::from(115));
}

#[test]
fn nothing_measured_is_no_index() {
    let root = build(&plan(), &Answers::new()).unwrap();
    assert_eq!((root.outcome.score.clone(), root.outcome.coverage.clone()), (None, Exact::zero()));
    assert!(root.outcome.actual.is_err());
}

#[test]
fn a_result_of_another_plan_is_not_mixed_in() {
    let plan = plan();
    let mut answers = all(&plan, 100);
    let code = "production.clearance_ratio";
    let Answer::Outcome(mut foreign) = answer(&plan, code, 150) else { unreachable!() };
    Arc::make_mut(&mut foreign).plan_version = "inps-2021@000000000000".into();
    answers.insert(code.into(), Answer::Outcome(foreign));
    let root = build(&plan, &answers).unwrap();
    assert_eq!(score(&root), Exact::hundred());
    let leaf = root.flat().into_iter().find(|node| node.indicator == code).unwrap().clone();
    assert!(leaf.outcome.actual.unwrap_err().to_string().contains("different plans"));
}

#[test]
fn a_measure_without_a_target_has_no_score_and_no_coverage() {
    let plan = plan();
    let mut answers = all(&plan, 100);
    let code = "production.clearance_ratio";
    let Answer::Outcome(mut unjudged) = answer(&plan, code, 150) else { unreachable!() };
    let judged = Arc::make_mut(&mut unjudged);
    (judged.target, judged.deviation, judged.score) = (None, None, None);
    answers.insert(code.into(), Answer::Outcome(unjudged));
    let root = build(&plan, &answers).unwrap();
    let leaf = root.flat().into_iter().find(|node| node.indicator == code).unwrap().clone();
    assert_eq!((leaf.outcome.score, leaf.outcome.coverage), (None, Exact::zero()));
    assert_eq!(leaf.outcome.actual, Ok(Exact::from(150)), "what was measured still shows");
}

#[test]
fn what_counts_as_the_worst_is_told_with_all_its_digits() {
    let mut files = piramide_plan::packages().into_iter().find(|(name, _)| *name == "inps-2021").unwrap().1;
    let header = String::from_utf8(files["plan.toml"].clone()).unwrap();
    let worst = header.replace("cap = \"50\"\nmissing = \"reweight\"", "cap = \"12.5\"\nmissing = \"worst\"");
    files.insert("plan.toml".into(), worst.into_bytes());
    let plan = Plan::from_files(&files).unwrap_or_else(|errors| panic!("{errors}"));
    let root = build(&plan, &all(&plan, 100)).unwrap();
    let told: Vec<String> = root.flat().into_iter().flat_map(|node| node.outcome.explanation.notes.clone()).collect();
    assert!(told.iter().any(|note| note.starts_with("senza misura, contano come -12,5: ")), "{told:?}");
}

#[test]
fn a_leaf_says_what_its_deviation_counts_and_what_is_above_it_counts_hundredths() {
    let plan = plan();
    let mut answers = all(&plan, 100);
    let code = "production.clearance_ratio";
    let Answer::Outcome(mut from_zero) = answer(&plan, code, 150) else { unreachable!() };
    Arc::make_mut(&mut from_zero).deviation_unit = Some(Unit::Euro);
    answers.insert(code.into(), Answer::Outcome(from_zero));
    let root = build(&plan, &answers).unwrap();
    let leaf = root.flat().into_iter().find(|node| node.indicator == code).unwrap().clone();
    assert_eq!((leaf.outcome.deviation_unit, root.outcome.deviation_unit), (Some(Unit::Euro), Some(Unit::Percent)));
    answers.insert(code.into(), Answer::Nothing(Missing::Unavailable { service: "production".into() }));
    let root = build(&plan, &answers).unwrap();
    assert!(root.flat().into_iter().all(|node| node.outcome.deviation.is_some() == node.outcome.deviation_unit.is_some()));
}

#[test]
fn the_least_certain_provenance_rises_to_the_top() {
    let plan = plan();
    let mut answers = all(&plan, 100);
    let code = "quality.reputation";
    let Answer::Outcome(mut uncertain) = answer(&plan, code, 100) else { unreachable!() };
    Arc::make_mut(&mut uncertain).provenance = Some(Provenance::Synthetic);
    answers.insert(code.into(), Answer::Outcome(uncertain));
    let root = build(&plan, &answers).unwrap();
    assert_eq!(root.outcome.provenance, Some(Provenance::Synthetic));
    assert_eq!(root.find("public_value.strategic").unwrap().outcome.provenance, Some(Provenance::Published));
}

/// The derivation of a node has one input for each node below it, in order and with its weight, all the way down to the leaves, which
/// bring their indicator's own.
fn check_derived(node: &Node, explanation: &Explanation) {
    assert_eq!(explanation.value, node.outcome.score, "{}", node.outcome.code);
    assert_eq!(explanation.inputs.len(), node.children.len(), "{}", node.outcome.code);
    for (child, input) in node.children.iter().zip(&explanation.inputs) {
        assert_eq!(input.label, child.outcome.explanation.label);
        assert_eq!(input.notes.last(), Some(&format!("peso {}", child.weight.shown(2))));
        check_derived(child, input);
    }
}

#[test]
fn a_derivation_goes_down_to_every_leaf_measured_or_not() {
    let plan = plan();
    let mut answers = all(&plan, 104);
    for code in indicators(&plan).iter().step_by(4) {
        answers.remove(code);
    }
    for answers in [answers, Answers::new()] {
        let root = build(&plan, &answers).unwrap();
        check_derived(&root, &root.explanation());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    /// A better result of one indicator never lowers the index.
    #[test]
    fn better_never_lowers_the_index(scores in prop::collection::vec(50i64..=150, 60), which in 0usize..60, gain in 0i64..50) {
        let plan = plan();
        let codes = indicators(&plan);
        let mut answers: Answers = codes.iter().zip(&scores).map(|(code, score)| (code.clone(), answer(&plan, code, *score))).collect();
        let before = score(&build(&plan, &answers).unwrap());
        let code = &codes[which % codes.len().min(scores.len())];
        if let Some(Answer::Outcome(outcome)) = answers.get_mut(code) {
            let outcome = Arc::make_mut(outcome);
            outcome.score = outcome.score.clone().map(|score| score + Exact::from(gain));
        }
        prop_assert!(score(&build(&plan, &answers).unwrap()) >= before);
    }
}
