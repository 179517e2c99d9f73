//! What facts that took their places have changed.

use piramide_ledger::Fact;
use piramide_measure::Provenance;

use super::{Change, Entry, Facts, Run, Values};

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
        let Self { facts, taken, replaced } = *self;
        let mut replaced = replaced.iter().peekable();
        // A batch mostly brings all of them.
        let mut last: Option<(i64, &Run)> = None;
        taken.iter().enumerate().filter_map(move |(place, &(sequence, fact))| {
            let before = replaced.next_if(|replaced| replaced.by == place).map(|replaced| (replaced.values, replaced.provenance));
            let (_, run) = match last.filter(|(known, _)| *known == sequence) {
                Some(same) => same,
                None => *last.insert((sequence, facts.run(sequence)?)),
            };
            let entry = Entry::of(sequence, fact);
            Some(Change { now: Facts::known_of_run(run, &fact.subject, &fact.structure, &entry)?, before })
        })
    }
}
