//! Continuity (*continuità della giacenza*): a month opens with the backlog that was said last.
//!
//! | what was said last | a month that opens |
//! | --- | --- |
//! | by the month before | opens with what that closed with |
//! | by an earlier month, at most twelve before it | opens with what that closed with: in the months between, of which nothing is said, nothing happened |
//! | by an earlier month, and a fact of several months reaches in between | is not judged: what waited within those is not known |
//! | by an earlier month, and the structure did not exist for a while since | is not judged: the work went on elsewhere |
//! | by a month that says no closing | is not judged: missing is missing |
//!
//! It is the office's own, product by product: wherever it stood in the organisation, and however certain what it said is.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt};
use piramide_domain::{AboutIn, Facts, Grade, Incoming, Violation};
use piramide_ledger::Fact;
use piramide_measure::Month;

use super::{CLOSING_BACKLOG, OPENING_BACKLOG};

/// Month indices from a month to the same of the next year.
const YEAR: i32 = 13;

/// A structure, a product and a month.
type Place<'a> = (&'a str, &'a str, i32);

/// What a batch says of backlogs, for whoever asks about months before and after: empty where no two of its months lie within a year, since
/// only then is one of them asked about.
pub(super) struct Backlogs<'a> {
    /// Opening and closing backlog of single months.
    said: HashMap<Place<'a>, Said>,
    /// The months of which it says anything, by index.
    months: BTreeSet<i32>,
    /// The facts of several months, by structure and product.
    spanning: BTreeMap<(&'a str, &'a str), Vec<(i32, i32)>>,
}

/// What a month says of what waits.
#[derive(Debug, Clone, Copy)]
struct Said {
    opening: Option<i64>,
    closing: Option<i64>,
}

impl<'a> Backlogs<'a> {
    pub(super) fn of(batch: &Incoming<'a>) -> Self {
        let single = || batch.facts.iter().filter(|fact| fact.first_month == fact.last_month);
        let mut months: Vec<i32> = single().map(|fact| fact.last_month).collect();
        // Neighbours mostly speak of the same month.
        months.dedup();
        let months = BTreeSet::from_iter(months);
        let mut spanning: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for fact in batch.facts.iter().filter(|fact| fact.first_month != fact.last_month) {
            spanning.entry((&*fact.structure, &*fact.subject)).or_default().push((fact.first_month, fact.last_month));
        }
        let mut said = HashMap::new();
        if months.iter().zip(months.iter().skip(1)).any(|(month, next)| next - month <= YEAR) {
            said.extend(single().map(|fact| {
                let (opening, closing) = (batch.value(fact, OPENING_BACKLOG), batch.value(fact, CLOSING_BACKLOG));
                ((&*fact.structure, &*fact.subject, fact.last_month), Said { opening, closing })
            }));
        }
        Self { said, months, spanning }
    }

    /// Checks that a month opens as the one before it closed, and that a corrected month still leads into the next.
    pub(super) fn check(&self, batch: &Incoming<'_>, fact: &Fact, known: AboutIn<'_, '_>, facts: &Facts, violations: &mut Vec<Violation>) {
        let index = fact.first_month;
        let Some(month) = Month::from_index(index).filter(|_| index == fact.last_month) else { return };
        if let Some(opening) = batch.value(fact, OPENING_BACKLOG)
            && let Some((before, Said { closing: Some(closed), .. }, _)) = self.nearest(fact, (index - YEAR..index).rev(), known)
            && closed != opening
            && self.nothing_between(batch, fact, (before, month), facts)
        {
            let detail = format!(
                "{month} opens with {opening} pieces, {before} closed with {closed}, difference {}",
                i128::from(opening) - i128::from(closed)
            );
            violations.push(Violation::new(Grade::Unmet, fact.line, "opening_backlog", "CONTINUITY_MISSED", detail));
        }
        // What the batch says of a later month is checked there.
        if let Some(closing) = batch.value(fact, CLOSING_BACKLOG)
            && self.goes_on(index, known)
            && let Some((after, Said { opening: Some(opened), .. }, false)) = self.nearest(fact, index + 1..=index + YEAR, known)
            && closing != opened
            && self.nothing_between(batch, fact, (month, after), facts)
        {
            let detail = format!("{month} closes with {closing} pieces, {after} opened with {opened}: correct {after} in the same batch");
            violations.push(Violation::new(Grade::Unmet, fact.line, "closing_backlog", "CONTINUITY_MISSED", detail));
        }
    }

    /// The first of some months of which anything is said of the structure and the product of a fact, and whether the batch says it: its word
    /// where it speaks, otherwise what is in force.
    fn nearest(&self, fact: &Fact, months: impl Iterator<Item = i32>, known: AboutIn<'_, '_>) -> Option<(Month, Said, bool)> {
        months.into_iter().find_map(|index| {
            let month = Month::from_index(index).filter(|month| month.number() <= 12)?;
            if let Some(said) = self.months.contains(&index).then(|| self.said.get(&(&*fact.structure, &*fact.subject, index))).flatten() {
                return Some((month, *said, true));
            }
            let values = known.values((index, index))?;
            Some((month, Said { opening: values.get(OPENING_BACKLOG), closing: values.get(CLOSING_BACKLOG) }, false))
        })
    }

    /// Whether anything may be said of the structure and the product of a fact after a month.
    fn goes_on(&self, index: i32, known: AboutIn<'_, '_>) -> bool {
        known.goes_on_after(index) || self.months.range(index + 1..).next().is_some()
    }

    /// Whether nothing happened between two months, one of them that of a fact: no fact of several months reaches in between, and the structure
    /// existed all the time.
    fn nothing_between(&self, batch: &Incoming<'_>, fact: &Fact, (from, to): (Month, Month), facts: &Facts) -> bool {
        let between = || (from.index() + 1..to.index()).filter_map(Month::from_index).filter(|month| month.number() <= 12);
        if between().next().is_none() {
            return true;
        }
        let reaches_in = |(first, last): (i32, i32)| first < to.index() && from.index() < last;
        let own = self.spanning.get(&(&*fact.structure, &*fact.subject)).into_iter().flatten().copied();
        let in_force = facts.spanning_in(&fact.subject, &fact.structure).map(|known| (known.first.index(), known.last.index()));
        let existed = |month| batch.plan_of(fact).is_none_or(|plan| plan.structures().at(&fact.structure, month).is_some());
        !own.chain(in_force).any(reaches_in) && between().all(existed)
    }
}
