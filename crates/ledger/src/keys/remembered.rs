//! What whoever writes remembers of the sets, so that what it wrote itself need not be read again.

use std::sync::Arc;

use foldhash::{HashMap, HashMapExt};

use super::{Block, Changes, Codes, Keys, Months, Place};

/// Blocks that are remembered, some megabytes; beyond, all are looked up again as they come.
const MOST_BLOCKS: usize = 65_536;
/// Codes that are remembered; beyond, all are looked up again as they come.
const MOST_CODES: usize = 65_536;

/// Of the sets, what has been looked at.
pub(crate) struct Remembered {
    numbers: HashMap<Arc<str>, u32>,
    last_number: u32,
    /// Every range of months in which facts have been recorded.
    months: Vec<Months>,
    blocks: HashMap<Place, Block>,
}

impl Remembered {
    /// The highest number of a code, every range of months, and nothing else yet.
    pub(crate) fn new(last_number: u32, months: Vec<Months>) -> Self {
        Self { numbers: HashMap::new(), last_number, months, blocks: HashMap::new() }
    }

    /// The keys of facts, if all that they touch is remembered.
    pub(crate) fn keys<'a>(&self, codes: &'a Codes) -> Option<Keys<'a>> {
        let known = codes.texts.iter().map(|code| self.numbers.get(code).copied().map(Some)).collect::<Option<Vec<_>>>()?;
        let mut keys = Keys::new(codes, &known, self.last_number, &self.months);
        for place in keys.places() {
            keys.load(place, *self.blocks.get(&place)?);
        }
        Some(keys)
    }

    /// Remembers what was read for a batch.
    pub(crate) fn take(&mut self, keys: &Keys<'_>) {
        let places = keys.places();
        if self.numbers.len() + keys.numbers.len() > MOST_CODES || self.blocks.len() + places.len() > MOST_BLOCKS {
            self.numbers.clear();
            self.blocks.clear();
        }
        self.numbers.extend(keys.codes.texts.iter().cloned().zip(keys.numbers.iter().copied()));
        self.blocks.extend(places.into_iter().map(|place| (place, keys.blocks.get(&place).copied().unwrap_or_default())));
    }

    /// Takes in what a batch has changed.
    pub(crate) fn change(&mut self, changes: &Changes<'_>) {
        self.last_number = changes.codes.iter().map(|(number, _)| *number).max().unwrap_or(self.last_number);
        self.months.extend(&changes.months);
        self.blocks.extend(changes.blocks.iter().copied());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fact;

    fn fact(structure: &str, month: i32) -> Fact {
        Fact { line: 1, structure: structure.into(), subject: "P".into(), first_month: month, last_month: month, values: [].into() }
    }

    #[test]
    fn what_was_looked_at_or_written_is_remembered_and_nothing_else() {
        let first = [fact("A", 1)];
        let codes = Codes::of(&first);
        let keys = Keys::new(&codes, &[Some(1), None], 1, &[(2, 2)]);
        let mut remembered = Remembered::new(1, vec![(2, 2)]);
        assert!(remembered.keys(&codes).is_none(), "nothing has been looked at");
        remembered.take(&keys);
        remembered.change(&keys.changes());
        let again = remembered.keys(&codes).unwrap();
        assert_eq!((again.recorded(0, &first[0]), again.changes().blocks), (Some((1, 1)), vec![]));

        // A month that was never recorded needs no look; another that is recorded, and another structure, do.
        let (new, recorded, other) = ([fact("A", 3)], [fact("A", 2)], [fact("B", 1)]);
        let codes = Codes::of(&new);
        let keys = remembered.keys(&codes).unwrap();
        assert_eq!(keys.recorded(0, &new[0]), None);
        remembered.change(&keys.changes());
        assert_eq!(remembered.keys(&codes).unwrap().recorded(0, &new[0]), Some((3, 3)));
        assert!(remembered.keys(&Codes::of(&recorded)).is_none());
        assert!(remembered.keys(&Codes::of(&other)).is_none());
    }
}
