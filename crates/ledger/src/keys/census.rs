//! The sets as the facts give them, one by one: to make them, and to see whether those that are stored are right.

use foldhash::{HashMap, HashMapExt};

use super::{Block, Months, Place};
use crate::{LedgerError, record::damaged};

/// The sets of some facts.
pub(crate) struct Census {
    numbers: HashMap<String, u32>,
    last_number: u32,
    blocks: HashMap<Place, Block>,
}

impl Census {
    /// No fact yet, with the numbers of codes.
    pub(crate) fn new(numbers: HashMap<String, u32>) -> Self {
        let last_number = numbers.values().copied().max().unwrap_or(0);
        Self { numbers, last_number, blocks: HashMap::new() }
    }

    /// Counts a fact in; answers whether one like it, which it supersedes, had been counted.
    pub(crate) fn add(&mut self, structure: &str, subject: &str, months: Months) -> bool {
        let (structure, subject) = (self.number(structure), self.number(subject));
        let (place, subject) = Place::of(months, structure, subject);
        let block = self.blocks.entry(place).or_default();
        let known = block.has(subject);
        block.put(subject);
        known
    }

    fn number(&mut self, code: &str) -> u32 {
        if let Some(number) = self.numbers.get(code) {
            return *number;
        }
        self.last_number = self.last_number.saturating_add(1);
        self.numbers.insert(code.to_owned(), self.last_number);
        self.last_number
    }

    /// Numbers of the codes, and the blocks.
    pub(crate) fn finish(self) -> (HashMap<String, u32>, HashMap<Place, Block>) {
        (self.numbers, self.blocks)
    }
}

/// Whether the sets that are stored are those of the facts. Asked in this order: codes, facts in the order in which they were recorded,
/// batches, months, sets, end.
pub(crate) struct Comparison {
    census: Census,
    /// Codes that have a number.
    known: usize,
    /// For each batch, how many of its facts supersede others.
    superseding: HashMap<i64, i64>,
    /// The sets of the facts that have not been found stored yet.
    expected: HashMap<Place, Block>,
}

impl Comparison {
    /// With the codes that are stored, no fact yet.
    pub(crate) fn new(codes: HashMap<String, u32>) -> Self {
        Self { known: codes.len(), census: Census::new(codes), superseding: HashMap::new(), expected: HashMap::new() }
    }

    /// Counts a fact in.
    pub(crate) fn fact(&mut self, sequence: i64, (structure, subject): (&str, &str), months: Months) {
        if self.census.add(structure, subject, months) {
            *self.superseding.entry(sequence).or_default() += 1;
        }
    }

    /// Whether a batch says of itself, in what the chain covers, how many of its facts supersede others: a set that was altered and lets a
    /// correction pass as new is told by it, even after the correction has made the set right again.
    pub(crate) fn batch(&mut self, sequence: i64, recorded: i64) -> Result<(), LedgerError> {
        let found = self.superseding.remove(&sequence).unwrap_or_default();
        if found == recorded {
            return Ok(());
        }
        Err(damaged(Some(sequence), format!("{found} of its facts supersede others, {recorded} were recorded as such")))
    }

    /// Whether every code of the facts has a number, and every range of months of theirs is stored.
    pub(crate) fn months(&mut self, stored: &[Months]) -> Result<(), LedgerError> {
        let (numbers, expected) = std::mem::replace(&mut self.census, Census::new(HashMap::new())).finish();
        if numbers.len() != self.known {
            return told(&format!("{} codes of facts have no number", numbers.len() - self.known));
        }
        self.expected = expected;
        match self.expected.keys().find(|place| !stored.contains(&place.months)) {
            Some(missing) => told(&format!("months {} to {} are missing", missing.months.0, missing.months.1)),
            None => Ok(()),
        }
    }

    /// Whether a set that is stored is that of the facts; none where it cannot be read.
    pub(crate) fn set(&mut self, place: Place, stored: Option<Block>) -> Result<(), LedgerError> {
        if stored.is_none() || self.expected.remove(&place) != stored { told(&format!("{place:?} differs")) } else { Ok(()) }
    }

    /// Whether every set of the facts was found stored.
    pub(crate) fn end(self) -> Result<(), LedgerError> {
        match self.expected.into_keys().next() {
            Some(missing) => told(&format!("{missing:?} is missing")),
            None => Ok(()),
        }
    }
}

fn told(what: &str) -> Result<(), LedgerError> {
    Err(damaged(None, format!("{what}: the sets of what facts are recorded about are not those of the facts")))
}
