//! Sets at hand, found again without a search: facts mostly come subject by subject, so the next fact of a structure is mostly about the same
//! block as the one before.

use foldhash::HashMap;

use super::{Block, Place};

/// Sets by their places.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    numbers: HashMap<Place, usize>,
    all: Vec<(Place, Block)>,
    /// By the place of a structure among the codes of a batch, the set that was last asked for.
    last: Vec<Option<usize>>,
}

impl Sets {
    /// The set at a place, which is made on first sight. The structure is known to the batch by its place among the codes too.
    pub(crate) fn at(&mut self, structure: u32, place: Place, make: impl FnOnce() -> Block) -> Option<&mut Block> {
        let structure = structure as usize;
        let last = self.last.get(structure).copied().flatten();
        let known = last.filter(|last| self.all.get(*last).is_some_and(|(known, _)| *known == place));
        let number = known.unwrap_or_else(|| {
            let number = *self.numbers.entry(place).or_insert_with(|| {
                self.all.push((place, make()));
                self.all.len() - 1
            });
            if self.last.len() <= structure {
                self.last.resize(structure + 1, None);
            }
            self.last.get_mut(structure).into_iter().for_each(|last| *last = Some(number));
            number
        });
        self.all.get_mut(number).map(|(_, set)| set)
    }

    /// All of them, as they were made.
    pub(crate) fn into_sets(self) -> Vec<(Place, Block)> {
        self.all
    }
}
