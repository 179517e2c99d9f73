//! What changed between two closings adds up to the difference.

use piramide_domain::{Batch, Detail, Facts, Query, State as _};
use piramide_finance::{asked::Asked, changes::changes, state::State};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Provenance};
use proptest::prelude::*;

use crate::support::{amount, amount_of, exact, in_force, plan, plans, query};

fn corrected(facts: &Facts, correction: Vec<Fact>) -> Facts {
    let mut facts = facts.clone();
    facts.take(2, Batch { id: "correction".into(), provenance: Provenance::Submitted }, correction);
    facts
}

#[test]
fn each_fact_has_its_difference_its_effect_and_its_batch() {
    let plan = plan("inps-2021");
    let before =
        in_force(vec![amount(1, "ECA", "2021-03", 10_000), amount(2, "INTEREST_CARE", "2021-03", 500), amount(3, "FLOWS", "2021", 7)]);
    let after = corrected(
        &before,
        vec![
            amount(1, "INTEREST_CARE", "2021-03", 800),
            amount(2, "ECA", "2021-03", 10_000),
            amount_of("PRV_TORINO", 3, "FLOWS", "2021-13", 2_500),
            amount(4, "PRODUCTION_STAFF", "2021-03", 100),
        ],
    );
    let found = changes(&query(plan, &before, "NAZ", "2021"), &query(plan, &after, "NAZ", "2021"));
    let listed: Vec<(&str, Exact, Exact)> =
        found.facts.iter().map(|fact| (&*fact.subject, fact.difference.clone(), fact.effect.clone())).collect();
    assert_eq!(
        listed,
        [("FLOWS", exact("25"), exact("25")), ("INTEREST_CARE", exact("3"), exact("-3")), ("PRODUCTION_STAFF", exact("1"), Exact::zero()),],
        "what was sent again unchanged is no change, costs do nothing to the IEEP"
    );
    assert_eq!((found.difference.clone(), found.covered.clone()), (exact("22"), Exact::zero()));
    assert!(found.facts.iter().all(|fact| fact.batch_id == "correction"));
    assert_eq!(found.facts[0].before, None, "it was not recorded");
    let elsewhere = changes(&query(plan, &before, "REG_PUGLIA", "2021"), &query(plan, &after, "REG_PUGLIA", "2021"));
    assert!(elsewhere.facts.is_empty() && elsewhere.difference.is_zero());
}

#[test]
fn parts_under_a_recorded_item_are_told_apart() {
    let plan = plan("inps-2021");
    let before = in_force(vec![amount(1, "UNDUE", "2021", 1_000)]);
    let after = corrected(&before, vec![amount(1, "UNDUE_PENSION", "2021", 400)]);
    let found = changes(&query(plan, &before, "NAZ", "2021"), &query(plan, &after, "NAZ", "2021"));
    assert_eq!((found.facts[0].effect.clone(), found.difference, found.covered), (exact("4"), Exact::zero(), exact("-4")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is corrected, effects and what is covered sum to the difference; and among leaves nothing is covered.
    #[test]
    fn effects_sum_to_the_difference(old in prop::collection::vec((0usize..6, 1u8..13, -1_000_000i64..1_000_000), 0..20), new in prop::collection::vec((0usize..6, 1u8..13, -1_000_000i64..1_000_000), 0..20)) {
        let plan = plan("inps-2021");
        let items = ["ECA", "FLOWS", "INTEREST_CARE", "UNDUE_CARE", "REDEMPTION", "ASSESS_DMV"];
        let facts = |of: &[(usize, u8, i64)]| of.iter().map(|(item, month, cents)| amount(1, items[*item], &format!("2021-{month:02}"), *cents)).collect::<Vec<_>>();
        let before = in_force(facts(&old));
        let after = corrected(&before, facts(&new));
        let found = changes(&query(plan, &before, "NAZ", "2021"), &query(plan, &after, "NAZ", "2021"));
        let effects: Exact = found.facts.iter().map(|fact| &fact.effect).sum();
        prop_assert_eq!(&effects + &found.covered, found.difference.clone());
        prop_assert!(found.covered.is_zero());
        // The same from the sums that are kept, and from the sheets of a closing.
        let (plans, closed) = (plans(), before.clone().with_sheets(0, None));
        let [then, now] = [&closed, &after].map(|facts| State::of(plans, facts));
        let asked = |facts, state| Asked::new(Query { detail: Detail::Figure, ..*query(plan, facts, "NAZ", "2021") }, state);
        let kept = changes(&asked(&closed, &then), &asked(&after, &now));
        prop_assert_eq!((kept.before, kept.after, kept.difference), (found.before, found.after, found.difference));
        prop_assert!(kept.covered.is_zero());
    }
}
