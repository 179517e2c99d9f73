//! What changed between two closings, and why (*rettifiche tra due chiusure*): fact by fact, adding up to the difference of the IEEP.

use std::collections::{BTreeMap, BTreeSet};

use piramide_domain::{Facts, Known};
use piramide_measure::{Exact, Period};

use crate::{asked::Asked, costs::allocation::euro, facts::AMOUNT, indicators::ieep};

/// A fact that is not what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The item or measure.
    pub subject: String,
    /// The structure it was recorded for.
    pub structure: String,
    /// The period it was recorded for.
    pub period: String,
    /// What it said; `None` when it was not recorded.
    pub before: Option<Exact>,
    /// What it says.
    pub after: Option<Exact>,
    /// After less before, what is not recorded counting nothing.
    pub difference: Exact,
    /// What it does to the IEEP: the difference with the sign of the item in the whole; nothing outside the IEEP.
    pub effect: Exact,
    /// The batch that brought it, whose receipt has the reason.
    pub batch_id: String,
    /// The place of that batch in the ledger.
    pub sequence: i64,
}

/// What changed in a structure and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The facts that are not what they were, by item, structure and period.
    pub facts: Vec<Changed>,
    /// The IEEP before; `None` where nothing was recorded.
    pub before: Option<Exact>,
    /// The IEEP after.
    pub after: Option<Exact>,
    /// After less before.
    pub difference: Exact,
    /// What the effects of the facts miss of the difference: parts that entered or left under an item which is recorded itself, and so
    /// count in it already. Effects and this always sum to the difference.
    pub covered: Exact,
}

/// Subject, structure, months.
type Key = (String, String, (i32, i32));

/// Compares two states of knowledge on the same question.
pub fn changes(before: &Asked<'_>, after: &Asked<'_>) -> Changes {
    let (old, new) = (amounts(before), amounts(after));
    let keys: BTreeSet<&Key> = old.keys().chain(new.keys()).collect();
    let facts: Vec<Changed> = keys.into_iter().filter_map(|key| changed(after, key, old.get(key), new.get(key))).collect();
    let total = |query: &Asked<'_>| {
        let root = query.plan.items().root()?;
        ieep::item(query, &root.code, &root.label).value.ok()
    };
    let (before, after) = (total(before), total(after));
    let or_nothing = |amount: &Option<Exact>| amount.clone().unwrap_or_else(Exact::zero);
    let difference = &or_nothing(&after) - &or_nothing(&before);
    let effects: Exact = facts.iter().map(|fact| &fact.effect).sum();
    Changes { covered: &difference - &effects, facts, before, after, difference }
}

fn changed(query: &Asked<'_>, key: &Key, before: Option<&Amount>, after: Option<&Amount>) -> Option<Changed> {
    let cents = |amount: Option<&Amount>| amount.and_then(|amount| amount.cents);
    let (old, new) = (cents(before), cents(after));
    if old == new {
        return None;
    }
    let (subject, structure, _) = key;
    let difference = i128::from(new.unwrap_or_default()) - i128::from(old.unwrap_or_default());
    let items = query.plan.items();
    let sign = items.get(subject).map_or(0, |_| items.sign_in_whole(subject));
    let last = after.or(before)?;
    Some(Changed {
        subject: subject.clone(),
        structure: structure.clone(),
        period: last.period.map_or_else(String::new, |period| period.to_string()),
        before: old.map(|cents| euro(cents.into())),
        after: new.map(|cents| euro(cents.into())),
        difference: euro(difference),
        effect: euro(difference * i128::from(sign)),
        batch_id: last.batch_id.clone(),
        sequence: last.sequence,
    })
}

/// What is known of one place.
struct Amount {
    cents: Option<i64>,
    period: Option<Period>,
    batch_id: String,
    sequence: i64,
}

/// Every amount of the question's structure and period.
fn amounts(query: &Asked<'_>) -> BTreeMap<Key, Amount> {
    let (first, last) = (query.period.first_month(), query.period.last_month());
    let facts: &Facts = query.facts;
    let asked = |fact: &Known<'_>| {
        first <= fact.first && fact.last <= last && query.plan.structures().lies_under(fact.structure, query.structure, fact.last)
    };
    let amount = |fact: Known<'_>| {
        let key = (fact.subject.to_owned(), fact.structure.to_owned(), (fact.first.index(), fact.last.index()));
        (key, Amount { cents: fact.value(AMOUNT), period: fact.period(), batch_id: fact.batch_id().into_owned(), sequence: fact.sequence })
    };
    facts.iter().filter(asked).map(amount).collect()
}
