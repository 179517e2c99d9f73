//! What adds up of the facts: items of the IEEP and of the costs, and accounts age by age.

use piramide_finance::reconciliation::actuals;
use piramide_ledger::Fact;
use piramide_plan::{AccountFigure, Accounts};

use crate::support::{amount, in_force, plan, query};

/// A whole and its parts, recorded at the nation.
fn recorded(whole: &str, parts: &[(String, i8)], miss: i64) -> Vec<Fact> {
    let cents = |position: usize| 1_000 * i64::try_from(position + 1).unwrap();
    let sum: i64 = parts.iter().enumerate().map(|(position, (_, sign))| cents(position) * i64::from(*sign)).sum();
    let parts = parts.iter().enumerate().map(|(position, (part, _))| amount(1, part, "2021-06", cents(position)));
    parts.chain([amount(1, whole, "2021-06", sum + miss)]).collect()
}

#[track_caller]
fn check(whole: &str, parts: &[(String, i8)]) {
    assert!(parts.len() > 1, "{whole} has parts");
    for miss in [0, 1] {
        let facts = in_force(recorded(whole, parts, miss));
        let report = actuals(&query(plan("inps-2021"), &facts, "NAZ", "2021")).reconcile();
        let broken: Vec<&str> = report.broken.iter().map(|miss| miss.rule.whole.row.as_str()).collect();
        assert_eq!((report.holding, broken), if miss == 0 { (1, vec![]) } else { (0, vec![whole]) }, "{whole}, {miss} cents off");
    }
}

#[test]
fn sums_of_every_kind_are_looked_at() {
    let plan = plan("inps-2021");
    for (items, whole) in [(plan.items(), "ASSESS"), (plan.costs().tree(), "PRODUCTION_COSTS")] {
        let parts: Vec<_> = items.children(whole).iter().map(|child| (child.code.clone(), child.sign)).collect();
        check(whole, &parts);
    }
    let ages: Vec<_> = plan.accounts().ages().iter().map(|age| (Accounts::open_subject("GPA52002", &age.code), 1)).collect();
    check(&Accounts::subject("GPA52002", AccountFigure::Balance), &ages);
}
