//! The facts as they would be after some events.

use std::{borrow::Cow, collections::BTreeMap};

use foldhash::{HashMap, HashMapExt};
use piramide_ledger::Fact;
use piramide_measure::Month;

use super::Touched;
use crate::{Facts, Known, Values};

/// What a fact is about: structure, subject and month.
type Key<'a> = (&'a str, Cow<'a, str>, i32);

/// How far back an event of the same group can have told of a subject of which no fact does: ten years, as accounting counts months.
const MONTHS_TOUCHED: i32 = 130;

/// The facts in force, and over them what the events of a group have changed so far.
pub struct Draft<'a> {
    facts: &'a Facts,
    changed: HashMap<Key<'a>, Values>,
    opened: HashMap<&'a str, Vec<Month>>,
}

impl<'a> Draft<'a> {
    /// Nothing has changed yet.
    pub fn new(facts: &'a Facts) -> Self {
        Self { facts, changed: HashMap::new(), opened: HashMap::new() }
    }

    /// What the fact of a month says; `None` when there is none.
    pub fn get(&self, structure: &str, subject: &str, month: Month) -> Option<Values> {
        let changed = self.changed.get(&(structure, Cow::Borrowed(subject), month.index())).copied();
        changed.or_else(|| Some(self.facts.get(subject, structure, (month.index(), month.index()))?.values))
    }

    /// Whether an event has touched a month of the structure, or a fact of it, whatever the subject, says something.
    pub fn is_open(&self, structure: &str, month: Month, says: impl Fn(&str, &Values) -> bool) -> bool {
        self.opened.get(structure).is_some_and(|months| months.contains(&month)) || self.facts.says_in(structure, month, says)
    }

    /// What the fact about a subject of the structure says of the last single month before one that has any.
    pub fn last_of(&self, structure: &str, subject: &str, month: Month) -> Option<Values> {
        let known = self.facts.last_of(subject, structure, month);
        let since = known.map_or(month.index() - MONTHS_TOUCHED, |known| known.last.index());
        let changed = |index| self.changed.get(&(structure, Cow::Borrowed(subject), index)).copied();
        (since..month.index()).rev().find_map(changed).or_else(|| known.map(|known| known.values))
    }

    /// The last single month of which the structure has facts.
    pub fn last_month(&self, structure: &str) -> Option<Month> {
        let opened = self.opened.get(structure).and_then(|months| months.iter().max().copied());
        opened.max(self.facts.last_month(structure))
    }

    /// For each subject of the structure, the last single month before one, as it is after the events so far.
    pub fn last_before(&self, structure: &'a str, month: Month) -> impl Iterator<Item = Touched<'a>> {
        let mut last: BTreeMap<Cow<'a, str>, (Month, Values)> =
            self.facts.last_before(structure, month).map(|known| (known.subject.into(), (known.last, known.values))).collect();
        let changed = self.changed.iter().filter(|((code, _, index), _)| *code == structure && *index < month.index());
        for ((_, subject, index), values) in changed {
            let Some(at) = Month::from_index(*index) else { continue };
            let known = last.entry(subject.clone()).or_insert((at, *values));
            if known.0 <= at {
                *known = (at, *values);
            }
        }
        last.into_iter().map(move |(subject, (month, values))| Touched { structure, subject, month, values })
    }

    /// The fact of several months that a month lies in, beside which a fact of that month would count twice.
    pub fn in_the_way(&self, structure: &str, subject: &str, month: Month) -> Option<Known<'a>> {
        self.facts.spanning_in(subject, structure).find(|known| known.first <= month && month <= known.last)
    }

    /// Takes in what follows from an event.
    pub fn take(&mut self, touched: &[Touched<'a>]) {
        for Touched { structure, subject, month, values } in touched {
            self.changed.insert((structure, subject.clone(), month.index()), *values);
            let opened = self.opened.entry(structure).or_default();
            if !opened.contains(month) {
                opened.push(*month);
            }
        }
    }

    /// The facts that changed, in the order of their keys.
    pub fn into_facts(self, columns: usize) -> Vec<Fact> {
        let mut changed: Vec<_> = self.changed.into_iter().collect();
        changed.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let fact = |(((structure, subject, month), values), line): ((Key<'_>, Values), u32)| Fact {
            line,
            structure: structure.into(),
            subject: subject.as_ref().into(),
            first_month: month,
            last_month: month,
            values: values.columns(columns),
        };
        changed.into_iter().zip(1..).map(fact).collect()
    }
}
