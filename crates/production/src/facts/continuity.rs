//! Continuity (*continuità della giacenza*): a month opens with the backlog that the month before closed with.
//!
//! It is the office's own, product by product: wherever it stood in the organisation, and however certain what it said is. **Decision**: a month of
//! which nothing is said yet is not passed over. Batches come in any order, and when it comes it is held against the months on both sides.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt};
use piramide_domain::{AboutIn, Grade, Incoming, Violation};
use piramide_ledger::Fact;
use piramide_measure::Month;

use super::{CLOSING_BACKLOG, OPENING_BACKLOG, following};

/// A structure, a product and a month.
type Place<'a> = (&'a str, &'a str, i32);

/// Opening and closing backlog of single months, as a batch gives them: empty when no two of its months follow one another, since only then
/// is one of them asked about.
pub(super) struct Backlogs<'a>(HashMap<Place<'a>, (Option<i64>, Option<i64>)>);

impl<'a> Backlogs<'a> {
    pub(super) fn of(batch: &Incoming<'a>) -> Self {
        let single = || batch.facts.iter().filter(|fact| fact.first_month == fact.last_month);
        let mut months: Vec<i32> = single().map(|fact| fact.last_month).collect();
        // Neighbours mostly speak of the same month.
        months.dedup();
        let months = BTreeSet::from_iter(months);
        let leads_on = |month: &i32| Month::from_index(*month).and_then(following).is_some_and(|next| months.contains(&next.index()));
        if !months.iter().any(leads_on) {
            return Self(HashMap::new());
        }
        Self(
            single()
                .map(|fact| {
                    let key = (&*fact.structure, &*fact.subject, fact.last_month);
                    (key, (batch.value(fact, OPENING_BACKLOG), batch.value(fact, CLOSING_BACKLOG)))
                })
                .collect(),
        )
    }

    /// What the batch says of another month of a fact's structure and product.
    fn said(&self, fact: &Fact, month: Month) -> Option<(Option<i64>, Option<i64>)> {
        if self.0.is_empty() { None } else { self.0.get(&(&*fact.structure, &*fact.subject, month.index())).copied() }
    }

    /// A backlog at a month: the batch's word where it speaks, otherwise what is in force.
    fn at(&self, fact: &Fact, month: Month, quantity: usize, known: AboutIn<'_, '_>) -> Option<i64> {
        match self.said(fact, month) {
            Some((opening, closing)) => {
                if quantity == OPENING_BACKLOG {
                    opening
                } else {
                    closing
                }
            }
            None => known.value((month.index(), month.index()), quantity),
        }
    }
}

/// A month opens with the backlog that the month before closed with.
pub(super) fn check(batch: &Incoming<'_>, fact: &Fact, backlogs: &Backlogs<'_>, known: AboutIn<'_, '_>, violations: &mut Vec<Violation>) {
    if fact.first_month != fact.last_month {
        return;
    }
    let Some(month) = Month::from_index(fact.first_month) else { return };
    if let (Some(before), Some(opening)) = (month.previous(), batch.value(fact, OPENING_BACKLOG))
        && let Some(closed) = backlogs.at(fact, before, CLOSING_BACKLOG, known)
        && closed != opening
    {
        let detail = format!(
            "{month} opens with {opening} pieces, {before} closed with {closed}, difference {}",
            i128::from(opening) - i128::from(closed)
        );
        violations.push(Violation::new(Grade::Unmet, fact.line, "opening_backlog", "CONTINUITY_MISSED", detail));
    }
    // A corrected month must still lead into the next, unless the batch corrects that too and is checked there.
    let Some(after) = following(month) else { return };
    let corrected = backlogs.said(fact, after).is_some();
    if let (false, Some(closing), Some(opened)) =
        (corrected, batch.value(fact, CLOSING_BACKLOG), backlogs.at(fact, after, OPENING_BACKLOG, known))
        && closing != opened
    {
        let detail = format!("{month} closes with {closing} pieces, {after} opened with {opened}: correct {after} in the same batch");
        violations.push(Violation::new(Grade::Unmet, fact.line, "closing_backlog", "CONTINUITY_MISSED", detail));
    }
}
