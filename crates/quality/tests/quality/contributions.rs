//! What moved an index adds up to its distance from 100, whatever the facts: by nodes, by areas, by structures.

use piramide_ledger::Fact;
use piramide_measure::Exact;
use piramide_plan::{DashboardNode, Plan};
use piramide_quality::{
    asked::Asked,
    contributions::{Contributions, contributions},
    indices::{self, Against},
};
use proptest::prelude::*;

use crate::support::{OFFICES, edited, exact, fact, over, plan, query, recorded};

const MEASURES: [&str; 4] = ["Q_DAYS", "Q_SHARE", "Q_WAITING", "Q_CALLS"];

#[test]
fn own_and_mix_are_told_apart() {
    let plan = edited(&[(
        "SHARE,PENSIONS,Entro 30 giorni,30,Q_SHARE,higher_is_better,,10",
        "SHARE,PENSIONS,Entro 30 giorni,30,Q_SHARE,higher_is_better,,",
    )]);
    // Both offices are as good as last year; more of the work is done where it is done better.
    let facts = recorded(vec![
        fact("PRV_TORINO", "Q_SHARE", "2020-01", (90, 100)),
        fact("PRV_PERUGIA", "Q_SHARE", "2020-01", (70, 100)),
        fact("PRV_TORINO", "Q_SHARE", "2021-01", (180, 200)),
        fact("PRV_PERUGIA", "Q_SHARE", "2021-01", (70, 100)),
    ]);
    let asked = Asked::new(query(&plan, &facts, "NAZ", "2021"), "SHARE");
    let index = indices::index(&asked, "SHARE", Against::PreviousYear).unwrap();
    let found = contributions(&asked, &index, Against::PreviousYear).unwrap();
    // From 80 to 83,33: up by 4,17 per cent, all of it mix.
    assert_eq!(index.deviation(), Some(over(100, 24)));
    let names: Vec<&str> = found.structures.iter().map(|(code, _)| *code).collect();
    assert_eq!(names, ["REG_PIEMONTE", "REG_UMBRIA"]);
    for (code, effect) in &found.structures {
        assert!(effect.own.is_zero() && !effect.mix.exact().is_negative(), "{code} {effect:?}");
    }
    assert_eq!(found.structures[0].1.mix.exact(), over(100, 48), "a sixth more of the cases, an eighth better than all");
}

#[test]
fn what_nobody_can_be_held_to_stands_alone() {
    let plan = edited(&[
        ("CARE,Chiamate,,Q_CALLS,higher_is_better,,,worst", "PENSIONS,Chiamate,25,Q_CALLS,higher_is_better,,,worst"),
        ("Giorni,50", "Giorni,25"),
    ]);
    let facts = recorded(vec![fact("PRV_TORINO", "Q_DAYS", "2021-01", (180, 10))]);
    let asked = Asked::new(query(&plan, &facts, "NAZ", "2021"), "PENSIONS");
    let index = indices::index(&asked, "PENSIONS", Against::Budget).unwrap();
    let found = contributions(&asked, &index, Against::Budget).unwrap();
    assert_eq!((found.unattributed, found.structures[0].1.total().exact()), (exact("-25"), exact("5")));
}

/// Facts of any measures, offices, months of two years.
fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let months = prop::sample::select(vec!["2020-02", "2020-09", "2021-02", "2021-09"]);
    let drawn = (prop::sample::select(MEASURES.to_vec()), prop::sample::select(OFFICES.to_vec()), months, 0i64..500, 1i64..60);
    let made = drawn.prop_map(|(measure, office, month, numerator, denominator)| fact(office, measure, month, (numerator, denominator)));
    prop::collection::vec(made, 0..40)
}

fn sum<'e>(effects: impl Iterator<Item = &'e piramide_quality::contributions::Effect>) -> Exact {
    effects.map(|effect| effect.total().exact()).sum()
}

fn check(plan: &Plan, found: &Contributions<'_>, distance: &Exact) {
    let of = |wanted: fn(&DashboardNode<'_>) -> bool| sum(found.nodes.iter().filter(|(node, _)| wanted(node)).map(|(_, effect)| effect));
    assert_eq!(of(|node| matches!(node, DashboardNode::Indicator(_))), *distance, "by indicators");
    assert_eq!(of(|node| node.parent() == Some("PRODUCTION")), *distance, "by areas");
    assert_eq!(sum(found.structures.iter().map(|(_, effect)| effect)) + found.unattributed.clone(), *distance, "by structures");
    for (node, effect) in &found.nodes {
        let below = found.nodes.iter().filter(|(other, _)| other.parent() == Some(node.code())).map(|(_, effect)| effect);
        if !plan.dashboard().children(node.code()).is_empty() {
            assert_eq!(sum(below), effect.total().exact(), "{} is the sum of its children", node.code());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    /// Caps, missing measures, few cases, offices without a budget or without last year: the parts always make the whole.
    #[test]
    fn the_parts_make_the_whole(facts in facts(), structure in prop::sample::select(vec!["NAZ", "REG_PIEMONTE", "PRV_TORINO"])) {
        let plan = plan();
        let facts = recorded(facts);
        for against in Against::ALL {
            let asked = Asked::new(query(&plan, &facts, structure, "2021"), "PRODUCTION");
            let index = indices::index(&asked, "PRODUCTION", against).unwrap();
            match (contributions(&asked, &index, against), index.deviation()) {
                (Some(found), Some(distance)) => check(&plan, &found, &distance),
                (None, None) => {}
                other => prop_assert!(false, "an index without its contributions, or the reverse: {other:?}"),
            }
        }
    }

    /// Against the budget the cases are the same on both sides: nothing is mix.
    #[test]
    fn a_budget_has_no_mix(facts in facts()) {
        let plan = plan();
        let facts = recorded(facts);
        let asked = Asked::new(query(&plan, &facts, "NAZ", "2021"), "PRODUCTION");
        let index = indices::index(&asked, "PRODUCTION", Against::Budget).unwrap();
        for (code, effect) in contributions(&asked, &index, Against::Budget).into_iter().flat_map(|found| found.structures) {
            prop_assert!(effect.mix.is_zero(), "{code} {effect:?}");
        }
    }
}
