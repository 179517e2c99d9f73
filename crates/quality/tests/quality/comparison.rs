//! A structure beside others: places, quarters, fences, and months.

use piramide_measure::Exact;
use piramide_quality::{
    asked::Asked,
    comparison::{Distribution, Standing, distribution, quantile, standings},
    indices::Against,
};
use proptest::prelude::*;

use crate::support::{exact, fact, over, plan, query, recorded};

const MEMBERS: [&str; 7] = ["PRV_TORINO", "PRV_ASTI", "PRV_CUNEO", "PRV_NOVARA", "PRV_PERUGIA", "PRV_TERNI", "PRV_BIELLA"];

/// A structure with its rank, its quarter and whether it lies outside the fences.
type Place = (String, Option<usize>, Option<u8>, bool);

/// Seven structures by days of this year, against a hundred days of the year before.
fn stand(days: &[i64]) -> (Vec<Place>, Option<Distribution>) {
    let plan = plan();
    let facts = MEMBERS
        .into_iter()
        .zip(days)
        .flat_map(|(office, days)| [fact(office, "Q_DAYS", "2020-03", (1_000, 10)), fact(office, "Q_DAYS", "2021-03", (days * 10, 10))]);
    let facts = recorded(facts.collect());
    let asked = MEMBERS.map(|office| (office, Asked::new(query(&plan, &facts, office, "2021"), "DAYS")));
    let (found, distribution) = standings(asked.into(), "DAYS", Against::PreviousYear);
    let shown = |standing: Standing<'_>| (standing.structure.to_owned(), standing.rank, standing.quarter, standing.outlier);
    (found.into_iter().map(shown).collect(), distribution)
}

#[test]
fn the_best_stand_first_and_equals_share_their_place() {
    let (found, distribution) = stand(&[90, 80, 80, 100, 95, 99]);
    let places: Vec<(&str, Option<usize>)> = found.iter().map(|(code, rank, ..)| (code.as_str(), *rank)).collect();
    let expected = [
        ("PRV_ASTI", Some(1)),
        ("PRV_CUNEO", Some(1)),
        ("PRV_TORINO", Some(3)),
        ("PRV_PERUGIA", Some(4)),
        ("PRV_TERNI", Some(5)),
        ("PRV_NOVARA", Some(6)),
        ("PRV_BIELLA", None),
    ];
    assert_eq!(places, expected, "without facts there is no place, and it stands last");
    let distribution = distribution.unwrap();
    assert_eq!((distribution.count, distribution.lowest, distribution.highest), (6, exact("100"), exact("120")));
    assert_eq!(distribution.median, exact("107.5"));
    let quarters: Vec<Option<u8>> = found.iter().map(|(_, _, quarter, _)| *quarter).collect();
    assert_eq!(quarters, [Some(1), Some(1), Some(2), Some(3), Some(4), Some(4), None]);
}

#[test]
fn who_lies_far_from_the_middle_half_is_told_apart() {
    let far = |days: &[i64]| -> Vec<String> { stand(days).0.into_iter().filter(|one| one.3).map(|one| one.0).collect() };
    assert_eq!(far(&[90, 91, 92, 93, 94, 95, 60]), ["PRV_BIELLA"]);
    assert!(far(&[90, 91, 92, 93, 94, 95, 96]).is_empty());
    assert!(far(&[90, 91, 92, 60]).is_empty(), "four are too few to say");
}

#[test]
fn months_without_facts_are_told() {
    let plan = plan();
    let facts = recorded(vec![
        fact("PRV_TORINO", "Q_DAYS", "2021-03", (10, 10)),
        fact("PRV_TORINO", "Q_SHARE", "2021-04", (10, 10)),
        fact("PRV_ASTI", "Q_DAYS", "2021-03", (10, 10)),
    ]);
    let asked = ["PRV_TORINO", "PRV_ASTI"].map(|office| (office, Asked::new(query(&plan, &facts, office, "2021"), "PRODUCTION")));
    let (found, _) = standings(asked.into(), "PRODUCTION", Against::Budget);
    let months: Vec<_> = found.iter().map(|one| (one.structure, one.months, one.missing_months)).collect();
    assert_eq!(months, [("PRV_TORINO", 2, false), ("PRV_ASTI", 1, true)]);
}

#[test]
fn quantiles_lie_between_numbers() {
    let numbers = [1, 2, 4].map(Exact::from);
    assert_eq!(quantile(&numbers, 1, 4), Some(exact("1.5")));
    assert_eq!(quantile(&numbers, 2, 3), Some(over(8, 3)));
    assert_eq!(quantile(&numbers, 1, 1), Some(exact("4")));
    assert_eq!((quantile(&[], 1, 2), quantile(&numbers, 5, 4), quantile(&numbers, 1, 0)), (None, None, None));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]

    /// An office beside itself alone is first, in the first quarter, and the whole distribution.
    #[test]
    fn alone_in_its_cluster(days in 1i64..300) {
        let (found, distribution) = stand(&[days]);
        let (code, rank, quarter, outlier) = found[0].clone();
        prop_assert_eq!((code.as_str(), rank, quarter, outlier), ("PRV_TORINO", Some(1), Some(1), false));
        let distribution = distribution.unwrap();
        prop_assert_eq!(distribution.lowest, distribution.highest);
    }

    /// Quantiles are in order, and within the numbers.
    #[test]
    fn quantiles_are_in_order(numbers in prop::collection::vec(-500i64..500, 1..20)) {
        let found = distribution(numbers.iter().copied().map(Exact::from).collect()).unwrap();
        prop_assert!(found.lowest <= found.first_quartile && found.first_quartile <= found.median);
        prop_assert!(found.median <= found.third_quartile && found.third_quartile <= found.highest);
        prop_assert_eq!(found.highest, Exact::from(*numbers.iter().max().unwrap()));
    }
}
