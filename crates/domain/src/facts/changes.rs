//! What facts that took their places have changed.

use piramide_ledger::Fact;
use piramide_measure::{Month, Provenance};

use super::{Amounts, Change, Entry, Facts, Run, Values};

/// Facts that took their places among those in force, one after the other.
pub struct Changes<'a> {
    pub(super) facts: &'a Facts,
    /// Each with the sequence of its batch.
    pub(super) taken: &'a [(i64, &'a Fact)],
    /// What some of them replaced, in their order.
    pub(super) replaced: &'a [Replaced],
}

/// What a fact took the place of.
pub(super) struct Replaced {
    /// Which of the facts took it.
    pub(super) by: usize,
    pub(super) values: Values,
    pub(super) provenance: Provenance,
}

/// A change of which nothing is copied: for whoever is told of many. Its texts may stay longer than its amounts.
#[derive(Debug, Clone, Copy)]
pub struct Taken<'a, 'v> {
    /// The structure where the work was done.
    pub structure: &'a str,
    /// The product, measure or item.
    pub subject: &'a str,
    /// First and last month, inclusive.
    pub months: (Month, Month),
    /// What is in force now, and how certain it is.
    pub now: (Amounts<'v>, Provenance),
    /// The same of what was in force under the same key.
    pub before: Option<(Amounts<'v>, Provenance)>,
}

impl<'a, 'v> From<&'v Change<'a>> for Taken<'a, 'v> {
    fn from(change: &'v Change<'a>) -> Self {
        let Change { now, before } = change;
        Self {
            structure: now.structure,
            subject: now.subject,
            months: (now.first, now.last),
            now: (now.values.amounts(), now.batch.provenance),
            before: before.as_ref().map(|(values, provenance)| (values.amounts(), *provenance)),
        }
    }
}

impl<'a> Changes<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.taken.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// Each change, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = Change<'a>> {
        self.each().filter_map(|(sequence, fact, run, replaced)| {
            let before = replaced.map(|replaced| (replaced.values, replaced.provenance));
            let entry = Entry::of(sequence, fact);
            Some(Change { now: Facts::known_of_run(run, &fact.subject, &fact.structure, &entry)?, before })
        })
    }

    /// The same, nothing of which is copied.
    pub fn taken(&self) -> impl Iterator<Item = Taken<'a, 'a>> {
        // Neighbours mostly speak of the same months.
        let mut last: Option<((i32, i32), (Month, Month))> = None;
        self.each().filter_map(move |(_, fact, run, replaced)| {
            let indices = (fact.first_month, fact.last_month);
            let (_, months) = match last.filter(|(known, _)| *known == indices) {
                Some(same) => same,
                None => *last.insert((indices, (Month::from_index(indices.0)?, Month::from_index(indices.1)?))),
            };
            Some(Taken {
                structure: &fact.structure,
                subject: &fact.subject,
                months,
                now: (Amounts::of(&fact.values), run.batch.provenance),
                before: replaced.map(|replaced| (replaced.values.amounts(), replaced.provenance)),
            })
        })
    }

    /// Each fact that took a place, with the sequence of its batch, the run of that, and what it replaced.
    fn each(&self) -> impl Iterator<Item = (i64, &'a Fact, &'a Run, Option<&'a Replaced>)> {
        let Self { facts, taken, replaced } = *self;
        let mut replaced = replaced.iter().peekable();
        // A batch mostly brings all of them.
        let mut last: Option<(i64, &Run)> = None;
        taken.iter().enumerate().filter_map(move |(place, &(sequence, fact))| {
            let replaced = replaced.next_if(|replaced| replaced.by == place);
            let (_, run) = match last.filter(|(known, _)| *known == sequence) {
                Some(same) => same,
                None => *last.insert((sequence, facts.run(sequence)?)),
            };
            Some((sequence, fact, run, replaced))
        })
    }
}
