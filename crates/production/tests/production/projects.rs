//! Improvement projects and process control: the published weights and targets, the regional rule, the range table.

use piramide_domain::Facts;
use piramide_ledger::Fact;
use piramide_measure::{Exact, Missing, Policy};
use piramide_plan::{Plan, TargetPeriod};
use piramide_production::{facts, indicators::projects::combined, parts::Part};
use proptest::prelude::*;

use super::{OFFICE, bundled_files, derived, fact, in_force, measured, plan, plan_with, ratio};

const PROJECTS: [&str; 3] = ["PUBLIC_POSITIONS_PROJECT", "DISCARDS_PROJECT", "RVPA_PROJECT"];

fn done(pieces: [i64; 3]) -> Vec<Fact> {
    PROJECTS
        .iter()
        .zip(pieces)
        .zip(1..)
        .map(|((measure, pieces), line)| fact(line, OFFICE, measure, "2021", &[(facts::COMPLETED, pieces)]))
        .collect()
}

fn score(plan: &Plan, facts: &Facts, structure: &str) -> Result<Exact, Missing> {
    measured(plan, facts, "production.improvement_projects", structure, "2021")
}

/// Annex 2021, slides 10 and 11: national targets 80,000, 1,900,000 and 550,000 weigh 25, 15 and 60; each deviation counts up to 50.
#[test]
fn the_national_projects_weigh_as_printed() {
    // Twice the target, half of it, exactly on it: +50 (100 is too much), -50, 0.
    let facts = in_force(done([160_000, 950_000, 550_000]));
    let expected = ratio(150 * 25 + 50 * 15 + 100 * 60, 100);
    assert_eq!(score(&plan(), &facts, "NAZ"), Ok(expected));
    assert_eq!(measured(&plan(), &facts, "production.project.B", "NAZ", "2021"), Ok(Exact::from(950_000)));
    // Piemonte has targets of its own: 5,142, 25,196 and 21,706.
    let piemonte = in_force(done([5_142, 25_196, 21_706]));
    assert_eq!(score(&plan(), &piemonte, "REG_PIEMONTE"), Ok(Exact::hundred()));
    // An office has none, a quarter has none.
    assert!(matches!(score(&plan(), &facts, OFFICE), Err(Missing::NoInput { .. })));
    assert!(matches!(measured(&plan(), &facts, "production.improvement_projects", "NAZ", "2021-Q1"), Err(Missing::NoInput { .. })));
}

#[test]
fn a_project_without_pieces_leaves_its_weight_to_the_others() {
    let mut recorded = done([160_000, 950_000, 550_000]);
    recorded.pop();
    assert_eq!(score(&plan(), &in_force(recorded), "NAZ"), Ok(ratio(150 * 25 + 50 * 15, 40)));
    assert!(matches!(score(&plan(), &Facts::default(), "NAZ"), Err(Missing::NoInput { .. })));
}

/// Annex 2021, slide 11, typed from the table: the regions sum to the nation, project by project.
#[test]
fn the_targets_of_the_regions_sum_to_the_nation() {
    let plan = plan();
    for (project, national) in [("A", 80_000), ("B", 1_900_000), ("C", 550_000)] {
        let code = format!("production.project.{project}");
        let targets: Vec<_> = plan.targets().of_indicator(&code).filter(|(_, period, _)| *period == TargetPeriod::Year).collect();
        let (nation, regions): (Vec<_>, Vec<_>) = targets.into_iter().partition(|(structure, ..)| *structure == "NAZ");
        assert_eq!(nation[0].2.value, Exact::from(national), "{code}");
        assert_eq!(regions.len(), 23, "{code}");
        assert_eq!(regions.iter().map(|(_, _, target)| &target.value).sum::<Exact>(), Exact::from(national), "{code}");
    }
}

/// The plan with so many projects of Piemonte's own, each with a target of 100 pieces.
fn with_regional(count: usize) -> Plan {
    let each = |row: &dyn Fn(usize) -> String| (0..count).map(row).collect::<String>();
    let measures = each(&|n| format!("LOCAL_{n},production,Progetto locale {n},pieces,\n"));
    let indicators = each(&|n| format!("production.project.L{n},Progetto locale {n},pieces,higher_is_better,pieces,LOCAL_{n},,,\n"));
    let targets = each(&|n| format!("production.project.L{n},REG_PIEMONTE,year,absolute,100,,,\n"));
    let projects = each(&|n| format!("LOCAL_{n},REG_PIEMONTE,5,\n"));
    plan_with(&[("measures.csv", &measures), ("indicators.csv", &indicators), ("targets.csv", &targets), ("projects.csv", &projects)], &[])
}

/// What a regional project does of its 100 pieces.
fn worth(number: usize) -> i64 {
    if number.is_multiple_of(2) { 120 } else { 110 }
}

/// Annex 2021, slide 10: 5 % for each regional project, 15 % at most, averaged among themselves and then with the national ones.
#[test]
fn regional_projects_take_five_per_cent_each_and_fifteen_at_most() {
    for (count, together) in [(0, 0), (1, 5), (2, 10), (3, 15), (4, 15)] {
        let mut recorded = done([5_142, 25_196, 21_706]);
        // The regional ones do 120, 110, 120, 110 of 100.
        let local =
            |n: usize| fact(10 + u32::try_from(n).unwrap(), "PRV_ASTI", &format!("LOCAL_{n}"), "2021", &[(facts::COMPLETED, worth(n))]);
        recorded.extend((0..count).map(local));
        let facts = in_force(recorded);
        let scores: i64 = (0..count).map(worth).sum();
        let regional = ratio(scores, i64::try_from(count.max(1)).unwrap());
        let expected = (&Exact::hundred() * &Exact::from(100 - together) + regional * Exact::from(together)) * ratio(1, 100);
        let plan = with_regional(count);
        assert_eq!(score(&plan, &facts, "REG_PIEMONTE"), Ok(expected), "{count} regional projects");
        // They are Piemonte's alone: the nation and its neighbours are judged by the national projects.
        assert_eq!(score(&plan, &facts, "NAZ"), score(&super::plan(), &facts, "NAZ"));
    }
}

#[test]
fn weights_and_cap_are_told_with_all_their_digits() {
    let added = "PUBLIC_POSITIONS_PROJECT,REG_PIEMONTE,12.5,\n";
    let plan = plan_with(&[("projects.csv", added)], &[("plan.toml", "cap = \"50\"", "cap = \"12.5\"")]);
    let facts = in_force(done([5_142, 25_196, 21_706]));
    let found = derived(&plan, &facts, "production.improvement_projects", "REG_PIEMONTE", "2021").explanation;
    let last = found.inputs.last().unwrap();
    assert_eq!(last.notes, ["peso 12,5 %"]);
    assert_eq!(last.formula, "100 + scostamento percentuale, entro 12,5 punti");
}

fn scores(most: usize) -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(50i64..=150, 0..=most)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_regional_rule_holds(national in prop::collection::vec(50i64..=150, 3), regional in scores(6), gain in 0i64..50) {
        let weigh = |national: &[i64], regional: &[i64]| {
            let national: Vec<_> = [25, 15, 60].into_iter().map(Exact::from).zip(national.iter().map(|score| Some(Exact::from(*score)))).collect();
            let regional: Vec<_> = regional.iter().map(|score| (Exact::from(5), Some(Exact::from(*score)))).collect();
            combined(&national, &regional, &Exact::from(15), &Policy::Reweight).unwrap().score
        };
        let alone = weigh(&national, &[]);
        prop_assert_eq!(&alone, &ratio(national[0] * 25 + national[1] * 15 + national[2] * 60, 100));
        let together = weigh(&national, &regional);
        // Between the worst and the best of its parts.
        let (least, most) = (national.iter().chain(&regional).min().unwrap(), national.iter().chain(&regional).max().unwrap());
        prop_assert!(Exact::from(*least) <= together && together <= Exact::from(*most));
        // Regional projects move the result by no more than 15 % of their distance.
        if let Some(count) = i64::try_from(regional.len()).ok().filter(|count| *count > 0) {
            let mean = ratio(regional.iter().sum(), count);
            let share = ratio((5 * count).min(15), 100);
            prop_assert_eq!(&together - &alone, (mean - alone.clone()) * share);
            // Their order does not matter, and a better one never harms.
            let mut other: Vec<i64> = regional.iter().rev().copied().collect();
            prop_assert_eq!(weigh(&national, &other), together.clone());
            other[0] += gain;
            prop_assert!(weigh(&national, &other) >= together);
        } else {
            prop_assert_eq!(together, alone);
        }
    }
}

/// 70 % regularised is worth 6, 90 % 10; 80 % approved is worth 5, 95 % 10.
const RANGES: &str = "measure,rate,from,points,note\n\
    PROCESS_CONTROL,regularised,0,0,\nPROCESS_CONTROL,regularised,70,6,\nPROCESS_CONTROL,regularised,90,10,\n\
    PROCESS_CONTROL,approved,0,0,\nPROCESS_CONTROL,approved,80,5,\nPROCESS_CONTROL,approved,95,10,\n";

fn with_ranges() -> Plan {
    let mut files = bundled_files();
    files.insert("ranges.csv".into(), RANGES.into());
    Plan::from_files(&files).unwrap()
}

fn controlled(drawn: i64, regularised: i64, refused: i64) -> Facts {
    in_force(vec![
        fact(1, OFFICE, "PROCESS_CONTROL", "2021-06", &[(facts::RECEIVED, drawn), (facts::COMPLETED, regularised)]),
        fact(2, OFFICE, &Part::Refused.subject("PROCESS_CONTROL"), "2021-06", &[(facts::COMPLETED, refused)]),
    ])
}

/// Annex 2021, slide 9: rates fall into ranges, ranges are worth points, and 20 are the target. The lower edge belongs to its range.
#[test]
fn ranges_turn_rates_into_points() {
    let points = |drawn, regularised, refused| {
        measured(&with_ranges(), &controlled(drawn, regularised, refused), "production.process_control", "REG_PIEMONTE", "2021")
    };
    for ((drawn, regularised, refused), expected) in [
        ((1_000, 900, 45), 20),  // 90 %, 95 %: on both edges
        ((1_000, 899, 44), 16),  // 89.9 %, 95.1 %
        ((1_000, 900, 46), 15),  // 90 %, 94.9 %
        ((1_000, 699, 300), 0),  // 69.9 %, 57.1 %
        ((1_000, 700, 140), 11), // 70 %, 80 %
        ((1_000, 1_000, 0), 20),
    ] {
        assert_eq!(points(drawn, regularised, refused), Ok(Exact::from(expected)), "{regularised} of {drawn}, {refused} with a no");
    }
    assert!(matches!(points(0, 0, 0), Err(Missing::ZeroDivisor { .. })), "nothing was drawn");
    let mut files = bundled_files();
    files.insert("ranges.csv".into(), RANGES.replace("regularised,70,", "regularised,12.5,").into());
    let found =
        derived(&Plan::from_files(&files).unwrap(), &controlled(100, 50, 1), "production.process_control", "NAZ", "2021").explanation;
    assert_eq!(found.inputs[0].inputs[1].label, "Range da 12,5 %");
    let target = plan().target("production.process_control", "REG_PIEMONTE", piramide_measure::Period::Year(2021));
    assert_eq!(target.map(|target| target.target), Some(Exact::from(20)));
}

#[test]
fn without_ranges_or_files_the_control_is_missing() {
    let missing = |plan: &Plan, facts: &Facts| measured(plan, facts, "production.process_control", "NAZ", "2021").unwrap_err();
    let Missing::NoInput { input } = missing(&plan(), &controlled(10, 9, 0)) else { panic!("ranges are not published") };
    assert!(input.contains("da definire dall'istituto"), "{input}");
    assert!(matches!(missing(&with_ranges(), &Facts::default()), Missing::NoData { .. }));
    let mut without_refusals = vec![fact(1, OFFICE, "PROCESS_CONTROL", "2021-06", &[(facts::RECEIVED, 10), (facts::COMPLETED, 9)])];
    assert!(
        matches!(missing(&with_ranges(), &in_force(std::mem::take(&mut without_refusals))), Missing::NoData { .. }),
        "how many got a no is not known"
    );
}
