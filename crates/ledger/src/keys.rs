//! What facts are recorded about, whatever they say: for each range of months and each structure, the set of subjects.
//!
//! The sets say whether a fact is new, supersedes another or overlaps it. They are a hundredth of what an index of the facts would be: a
//! batch of a month changes few of them, and facts that supersede others change none. Codes are known by numbers, given as they come.

mod census;
mod lookup;
mod remembered;
mod sets;

use std::{collections::BTreeSet, iter::repeat_n, sync::Arc};

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

pub(crate) use self::{
    census::{Census, Comparison},
    lookup::{FARTHEST, Lookup},
    remembered::Remembered,
    sets::Sets,
};
use crate::Fact;

/// Subjects in a block of a set.
const BLOCK: u32 = 1_024;
/// Of these, in a word of it.
const WORD: u32 = u64::BITS;
const WORDS: usize = (BLOCK / WORD) as usize;

/// A range of months, first and last.
pub(crate) type Months = (i32, i32);

/// Where the block of a set is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The months that the facts speak of.
    pub(crate) months: Months,
    /// The number of the structure.
    pub(crate) structure: u32,
    /// Which block: the number of a subject, divided by the size of blocks.
    pub(crate) block: u32,
}

impl Place {
    /// Where a subject stands: the block, and the place in it.
    pub(crate) fn of(months: Months, structure: u32, subject: u32) -> (Self, u32) {
        (Self { months, structure, block: subject / BLOCK }, subject % BLOCK)
    }
}

/// A block of a set: one bit for each subject, the lowest first. Stored without the empty bytes at its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Block([u64; WORDS]);

impl Block {
    /// From what [`Block::bytes`] gave; `None` for anything longer.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut block = Self::default();
        let (words, rest) = bytes.as_chunks::<8>();
        let mut last = [0; 8];
        last.get_mut(..rest.len())?.copy_from_slice(rest);
        let read = words.iter().chain(std::iter::once(&last)).map(|word| u64::from_le_bytes(*word));
        if bytes.len() > size_of::<Self>() {
            return None;
        }
        block.0.iter_mut().zip(read).for_each(|(word, read)| *word = read);
        Some(block)
    }

    /// As it is stored.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes: Vec<u8> = self.0.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1));
        bytes
    }

    fn has(&self, place: u32) -> bool {
        self.0.get((place / WORD) as usize).is_some_and(|word| word >> (place % WORD) & 1 == 1)
    }

    /// Puts a subject into it. Gives whether it was not there.
    pub(crate) fn put(&mut self, place: u32) -> bool {
        let Some(word) = self.0.get_mut((place / WORD) as usize) else { return false };
        let before = *word;
        *word |= 1 << (place % WORD);
        *word != before
    }
}

/// The codes of some facts, each once, and which of them each fact names: so that texts are compared once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Codes {
    /// The codes, as they were met.
    pub(crate) texts: Vec<Arc<str>>,
    /// The places of structure and subject of each fact among the codes.
    pub(crate) of_facts: Vec<(u32, u32)>,
    /// The months of the facts, each range with how many in a row speak of it: whoever asks what facts are about need not look at these again.
    months: Vec<(Months, usize)>,
}

impl Codes {
    /// What each fact is about: the places of its codes, and its months.
    fn each(&self) -> impl Iterator<Item = ((u32, u32), Months)> {
        self.of_facts.iter().copied().zip(self.months.iter().flat_map(|(months, facts)| repeat_n(*months, *facts)))
    }

    /// The codes of facts.
    pub(crate) fn of(facts: &[Fact]) -> Self {
        let mut naming = Naming::default();
        for fact in facts {
            naming.add(fact);
        }
        naming.codes
    }
}

/// The codes of facts, as these come.
#[derive(Debug, Default)]
pub(crate) struct Naming {
    /// The codes so far.
    pub(crate) codes: Codes,
    places: HashMap<Arc<str>, u32>,
    /// Where the codes of the last fact stand.
    last: (u32, u32),
}

impl Naming {
    /// Takes in the codes of a fact, and gives their places.
    pub(crate) fn add(&mut self, fact: &Fact) -> (u32, u32) {
        // Facts mostly come in the order of one of their codes.
        self.add_near(fact, self.last)
    }

    /// The same where the codes are likely to have some places.
    pub(crate) fn add_near(&mut self, fact: &Fact, likely: (u32, u32)) -> (u32, u32) {
        self.last = (self.place(&fact.structure, likely.0), self.place(&fact.subject, likely.1));
        self.codes.of_facts.push(self.last);
        match self.codes.months.last_mut().filter(|(last, _)| *last == months(fact)) {
            Some((_, facts)) => *facts += 1,
            None => self.codes.months.push((months(fact), 1)),
        }
        self.last
    }

    fn place(&mut self, code: &Arc<str>, likely: u32) -> u32 {
        let Self { codes: Codes { texts: codes, .. }, places, .. } = self;
        // The same text is not looked up again.
        if codes.get(likely as usize).is_some_and(|known| Arc::ptr_eq(known, code)) {
            return likely;
        }
        if let Some(place) = places.get(code) {
            return *place;
        }
        // A batch has fewer codes than twice its lines, which are 32 bits.
        let place = u32::try_from(codes.len()).unwrap_or(u32::MAX);
        codes.push(code.clone());
        places.insert(code.clone(), place);
        place
    }
}

/// The sets that a batch touches, as they are stored and then with its facts.
pub(crate) struct Keys<'a> {
    codes: &'a Codes,
    /// The numbers of the codes; of those that are new, the next ones.
    numbers: Vec<u32>,
    new_codes: Vec<(u32, &'a str)>,
    /// For each range of months of the batch: those recorded that touch it, the one that starts last first.
    touched: HashMap<Months, Vec<Months>>,
    new_months: BTreeSet<Months>,
    blocks: HashMap<Place, Block>,
}

impl<'a> Keys<'a> {
    /// The keys of facts, where their codes have these numbers so far, of which the highest is `last_number`, and facts have been recorded
    /// in these ranges of months.
    pub(crate) fn new(codes: &'a Codes, known: &[Option<u32>], last_number: u32, recorded: &[Months]) -> Self {
        let mut next = last_number;
        let mut new_codes = Vec::new();
        let numbers = codes.texts.iter().zip(known).map(|(code, known)| {
            known.unwrap_or_else(|| {
                next = next.saturating_add(1);
                new_codes.push((next, code.as_ref()));
                next
            })
        });
        let numbers = numbers.collect();
        let of_batch: BTreeSet<Months> = codes.months.iter().map(|(months, _)| *months).collect();
        let touching = |months: &Months| {
            let mut touching: Vec<Months> = recorded.iter().filter(|other| other.0 <= months.1 && other.1 >= months.0).copied().collect();
            touching.sort_unstable_by(|one, other| other.cmp(one));
            touching
        };
        let touched = of_batch.iter().map(|months| (*months, touching(months))).collect();
        let new_months = of_batch.into_iter().filter(|months| !recorded.contains(months)).collect();
        Self { codes, numbers, new_codes, touched, new_months, blocks: HashMap::new() }
    }

    /// The numbers of structure and subject.
    fn numbers(&self, (structure, subject): (u32, u32)) -> Option<(u32, u32)> {
        Some((*self.numbers.get(structure as usize)?, *self.numbers.get(subject as usize)?))
    }

    /// The blocks to be loaded, in their order.
    pub(crate) fn places(&self) -> Vec<Place> {
        // Months of which nothing is recorded are most of what comes in at once.
        if self.touched.values().all(Vec::is_empty) {
            return Vec::new();
        }
        let mut places: HashSet<Place> = HashSet::new();
        // By structure, what the fact before was about: mostly the same months and block.
        let mut last: Vec<Option<(Months, u32)>> = vec![None; self.codes.texts.len()];
        for (names, months) in self.codes.each() {
            let Some((structure, subject)) = self.numbers(names) else { continue };
            let about = Some((months, subject / BLOCK));
            if last.get_mut(names.0 as usize).is_some_and(|last| std::mem::replace(last, about) == about) {
                continue;
            }
            for months in self.touched.get(&months).into_iter().flatten() {
                places.insert(Place::of(*months, structure, subject).0);
            }
        }
        let mut places: Vec<Place> = places.into_iter().collect();
        places.sort_unstable();
        places
    }

    /// Takes in a block as it is stored. One that is not stored is empty.
    pub(crate) fn load(&mut self, place: Place, block: Block) {
        self.blocks.insert(place, block);
    }

    /// The recorded range that starts last among those that a fact touches.
    pub(crate) fn recorded(&self, position: usize, fact: &Fact) -> Option<Months> {
        let touched = self.touched.get(&months(fact)).filter(|touched| !touched.is_empty())?;
        let (structure, subject) = self.numbers(*self.codes.of_facts.get(position)?)?;
        touched.iter().copied().find(|months| {
            let (place, subject) = Place::of(*months, structure, subject);
            self.blocks.get(&place).is_some_and(|block| block.has(subject))
        })
    }

    /// What is to be stored with the facts.
    pub(crate) fn changes(self) -> Changes<'a> {
        let stored = |place: &Place| self.blocks.get(place).copied().unwrap_or_default();
        let mut changed = Sets::default();
        for (names, months) in self.codes.each() {
            let Some((structure, subject)) = self.numbers(names) else { continue };
            let (place, subject) = Place::of(months, structure, subject);
            changed.at(names.0, place, || stored(&place)).map(|set| set.put(subject));
        }
        let mut blocks = changed.into_sets();
        blocks.retain(|(place, block)| *block != stored(place));
        blocks.sort_unstable_by_key(|(place, _)| *place);
        Changes { codes: self.new_codes, months: self.new_months, blocks }
    }
}

/// What recording a batch changes in the sets.
pub(crate) struct Changes<'a> {
    /// New codes under their numbers.
    pub(crate) codes: Vec<(u32, &'a str)>,
    /// Ranges of months in which no fact was recorded so far.
    pub(crate) months: BTreeSet<Months>,
    /// Blocks with subjects that are new in them.
    pub(crate) blocks: Vec<(Place, Block)>,
}

/// The range of months of a fact.
fn months(fact: &Fact) -> Months {
    (fact.first_month, fact.last_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back_as_it_was_stored() {
        for subjects in [vec![], vec![0], vec![7, 8], vec![63, 64, 700], vec![BLOCK - 1]] {
            let mut block = Block::default();
            for subject in &subjects {
                block.put(*subject);
            }
            let bytes = block.bytes();
            assert_eq!(bytes.len(), subjects.last().map_or(0, |last| *last as usize / 8 + 1));
            assert_eq!(Block::from_bytes(&bytes), Some(block));
            assert!((0..BLOCK).all(|subject| block.has(subject) == subjects.contains(&subject)));
        }
        assert_eq!(Block::from_bytes(&[0; WORDS * 8 + 1]), None);
    }

    #[test]
    fn of_several_ranges_the_one_that_starts_last_is_found() {
        let fact = |structure: &str, first_month, last_month| Fact {
            line: 1,
            structure: structure.into(),
            subject: "P".into(),
            first_month,
            last_month,
            values: [].into(),
        };
        let facts = [fact("A", 1, 12), fact("B", 3, 3), fact("C", 3, 3)];
        let codes = Codes::of(&facts);
        assert_eq!((codes.texts.len(), codes.of_facts.as_slice()), (4, [(0, 1), (2, 1), (3, 1)].as_slice()));
        let mut keys = Keys::new(&codes, &[Some(5), Some(2_000), Some(6), None], 2_000, &[(1, 1), (3, 3), (1, 12), (13, 13)]);
        let place = |months, structure| Place { months, structure, block: 1 };
        let places = keys.places();
        assert_eq!(places.len(), 3 + 2 + 2, "each range that is touched, for each structure: {places:?}");
        let mut block = Block::default();
        block.put(2_000 - BLOCK);
        keys.load(place((1, 1), 5), block);
        keys.load(place((3, 3), 5), block);
        keys.load(place((1, 12), 6), block);
        let found: Vec<_> = facts.iter().enumerate().map(|(position, fact)| keys.recorded(position, fact)).collect();
        assert_eq!(found, [Some((3, 3)), Some((1, 12)), None]);
        let changes = keys.changes();
        assert_eq!((changes.codes, changes.months.len()), (vec![(2_001, "C")], 0));
        assert_eq!(
            changes.blocks.iter().map(|(place, _)| *place).collect::<Vec<_>>(),
            [place((1, 12), 5), place((3, 3), 6), place((3, 3), 2_001)]
        );
    }
}
