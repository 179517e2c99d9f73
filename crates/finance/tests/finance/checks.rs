//! What a batch is refused for, and what it may declare.

use piramide_domain::{Domain, Facts, Incoming, Violation};
use piramide_finance::{Finance, facts::QUANTITIES};
use piramide_ledger::Fact;

use crate::support::{amount, amount_of, in_force, plans};

fn refused(batch: &[Fact], facts: &Facts) -> Vec<Violation> {
    let incoming = Incoming { facts: batch, plans: plans(), quantities: &QUANTITIES };
    Finance.check(&incoming, facts)
}

/// The reasons for which a batch is refused, each with its line.
fn reasons(batch: &[Fact], facts: &Facts) -> Vec<(u32, &'static str)> {
    refused(batch, facts).into_iter().map(|violation| (violation.line, violation.reason)).collect()
}

const CHILDREN: [(&str, i64); 3] = [("ASSESS_INSPECTION", 100), ("ASSESS_DOCUMENT", 200), ("ASSESS_DMV", 300)];

fn family(parent: i64) -> Vec<Fact> {
    let parts = CHILDREN.iter().zip(2..).map(|((item, cents), line)| amount(line, item, "2021", *cents));
    parts.chain([amount(1, "ASSESS", "2021", parent)]).collect()
}

#[test]
fn children_that_miss_their_parent_are_refused_once_with_the_difference() {
    assert_eq!(refused(&family(600), &Facts::default()), []);
    let found = refused(&family(601), &Facts::default());
    assert_eq!(found.len(), 1, "one family, one reason: {found:?}");
    assert!(found[0].detail.contains("sum to 6, ASSESS says 6.01, difference 0.01"), "{found:?}");
    assert!(found[0].flaggable, "the batch may declare that it wants to be recorded all the same");
    let recorded = in_force(CHILDREN.iter().zip(1..).map(|((item, cents), line)| amount(line, item, "2021", *cents)).collect());
    assert_eq!(reasons(&[amount(1, "ASSESS", "2021", 599)], &recorded), [(1, "CHILDREN_MISS_PARENT")], "what is in force counts too");
}

#[test]
fn a_family_squares_only_where_all_of_it_is_known() {
    let some = [amount(1, "ASSESS", "2021", 600), amount(2, "ASSESS_DMV", "2021", 900)];
    assert_eq!(reasons(&some, &Facts::default()), [], "the other children may still come");
    let elsewhere = [amount(1, "ASSESS", "2021-01", 600), amount_of("PRV_TORINO", 2, "ASSESS_DMV", "2021-01", 900)];
    assert_eq!(reasons(&elsewhere, &Facts::default()), [], "another structure is another family");
}

#[test]
fn what_is_taken_from_a_parent_keeps_its_sign() {
    // BENEFITS = UNDUE + SUBROGATION + REDEMPTION + RETIREMENT - INTEREST.
    let parts = [("INTEREST", 50), ("UNDUE", 100), ("SUBROGATION", 10), ("REDEMPTION", 20), ("RETIREMENT", 5)];
    let batch = |whole| {
        let parts = parts.iter().zip(2..).map(|((item, cents), line)| amount(line, item, "2021-04", *cents));
        parts.chain([amount(1, "BENEFITS", "2021-04", whole)]).collect::<Vec<_>>()
    };
    assert_eq!(reasons(&batch(85), &Facts::default()), []);
    assert_eq!(reasons(&batch(185), &Facts::default()).len(), 1);
}

#[test]
fn a_reversal_needs_its_original() {
    let alone = [amount(3, "ECA", "2021-13", -500)];
    let found = refused(&alone, &Facts::default());
    assert_eq!(found.iter().map(|violation| violation.reason).collect::<Vec<_>>(), ["REVERSAL_WITHOUT_ORIGINAL"]);
    assert!(found[0].detail.contains("would sum to -5 in 2021"), "{found:?}");
    let recorded = in_force(vec![amount(1, "ECA", "2021-03", 500)]);
    assert_eq!(reasons(&alone, &recorded), [], "the original is recorded");
    assert_eq!(reasons(&[amount(3, "ECA", "2021-13", -501)], &recorded).len(), 1, "not more than it");
    let together = [amount(1, "ECA", "2021-05", 500), amount(2, "ECA", "2021-13", -500)];
    assert_eq!(reasons(&together, &Facts::default()), [], "the original comes in the same batch");
    let last_year = in_force(vec![amount(1, "ECA", "2020-12", 500)]);
    assert_eq!(reasons(&alone, &last_year).len(), 1, "another year is another account");
    let corrected = [amount(1, "ECA", "2021-03", -500)];
    assert_eq!(reasons(&corrected, &recorded).len(), 1, "the fact that it takes the place of no longer counts");
}

#[test]
fn sums_near_the_limits_do_not_overflow() {
    let most = i64::MAX;
    let batch = [
        amount(1, "ASSESS", "2021", most),
        amount(2, "ASSESS_INSPECTION", "2021", most),
        amount(3, "ASSESS_DOCUMENT", "2021", most),
        amount(4, "ASSESS_DMV", "2021", -most),
    ];
    assert_eq!(reasons(&batch, &Facts::default()), [(4, "REVERSAL_WITHOUT_ORIGINAL")], "most + most - most is most");
}
