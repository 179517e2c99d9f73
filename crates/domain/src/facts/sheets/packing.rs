//! A sheet as bytes, read many times as fast as a series: subjects whose numbers follow one another stand in a run, and in a run every number
//! takes the same room.
//!
//! ```text
//! runs of: subjects passed over, subjects, provenance, quantities known, bytes of a number, and for each quantity the numbers, least byte first
//! ```

use integer_encoding::VarInt;
use piramide_measure::Provenance;

use super::super::{MOST_QUANTITIES, Values};

/// Subjects in a run at most: a number that takes much room makes no more of them take it.
const MOST: usize = 256;

/// Packs what is said of one subject after the other, in the order of their numbers.
#[derive(Debug, Default)]
pub(super) struct Packer {
    packed: Vec<u8>,
    /// The subject after the last that is packed.
    next: usize,
    /// The run that waits to be packed: its first subject and how many there are, what they have in common, and the known quantities of one after
    /// the other.
    first: usize,
    subjects: usize,
    kind: Option<(Provenance, u16)>,
    run: Vec<i64>,
}

impl Packer {
    /// Adds what is said of a subject.
    pub(super) fn push(&mut self, subject: usize, provenance: Provenance, values: &Values) {
        let kind = Some((provenance, values.known));
        if self.kind != kind || subject != self.first + self.subjects || self.subjects >= MOST {
            self.end_run();
            (self.first, self.kind) = (subject, kind);
        }
        self.subjects += 1;
        self.run.extend((0..MOST_QUANTITIES).filter_map(|quantity| values.get(quantity)));
    }

    /// What was packed.
    pub(super) fn finish(mut self) -> Vec<u8> {
        self.end_run();
        self.packed
    }

    fn end_run(&mut self) {
        let Some((provenance, known)) = self.kind.filter(|_| self.subjects > 0) else { return };
        let rank = Provenance::ALL.iter().position(|of| *of == provenance).unwrap_or_default();
        let widest = self.run.iter().map(|amount| zigzag(*amount)).max().unwrap_or_default();
        let width = 8 - usize::try_from((widest | 1).leading_zeros() / 8).unwrap_or_default();
        for head in [self.first - self.next, self.subjects, rank, known.into(), width] {
            put(&mut self.packed, head);
        }
        let quantities = known.count_ones() as usize;
        for quantity in 0..quantities {
            for amount in self.run.iter().skip(quantity).step_by(quantities) {
                self.packed.extend(zigzag(*amount).to_le_bytes().iter().take(width));
            }
        }
        self.next = self.first + self.subjects;
        self.subjects = 0;
        self.run.clear();
    }
}

fn put(packed: &mut Vec<u8>, number: usize) {
    let (mut bytes, length) = ([0; 10], number.required_space());
    number.encode_var(&mut bytes);
    packed.extend(bytes.iter().take(length));
}

/// The sign last, so that small numbers are short on either side of zero.
fn zigzag(amount: i64) -> u64 {
    (amount << 1 ^ amount >> 63).cast_unsigned()
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// Subjects whose numbers follow one another, of the same provenance, of which the same quantities are known.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// The number of the first subject.
    pub first: usize,
    /// How many there are.
    pub subjects: usize,
    /// How certain what is said of them is.
    pub provenance: Provenance,
    known: u16,
    width: usize,
    numbers: &'a [u8],
}

impl Run<'_> {
    /// Whether a quantity of its subjects is known.
    pub fn knows(&self, quantity: usize) -> bool {
        self.known >> quantity & 1 == 1
    }

    /// Does something with a quantity of each subject, from the first on. Nothing where it is not known.
    pub fn each(&self, quantity: usize, with: impl FnMut(i64)) {
        if !self.knows(quantity) {
            return;
        }
        let before = (self.known & ((1 << quantity) - 1)).count_ones() as usize;
        let length = self.subjects * self.width;
        let numbers = self.numbers.get(before * length..(before + 1) * length).unwrap_or_default();
        // A width that is known when the program is built makes a number a single load.
        match self.width {
            1 => unpack::<1>(numbers, with),
            2 => unpack::<2>(numbers, with),
            3 => unpack::<3>(numbers, with),
            4 => unpack::<4>(numbers, with),
            5 => unpack::<5>(numbers, with),
            6 => unpack::<6>(numbers, with),
            7 => unpack::<7>(numbers, with),
            _ => unpack::<8>(numbers, with),
        }
    }

    /// What is said of each subject, from the first on.
    pub(super) fn values(&self) -> Vec<Values> {
        let mut all = vec![Values { known: self.known, ..Values::default() }; self.subjects];
        for quantity in 0..MOST_QUANTITIES {
            let mut places = all.iter_mut().filter_map(|values| values.amounts.get_mut(quantity));
            self.each(quantity, |amount| {
                if let Some(place) = places.next() {
                    *place = amount;
                }
            });
        }
        all
    }
}

fn unpack<const WIDTH: usize>(numbers: &[u8], mut with: impl FnMut(i64)) {
    for number in numbers.as_chunks::<WIDTH>().0 {
        let mut bytes = [0; 8];
        bytes.iter_mut().zip(number).for_each(|(to, from)| *to = *from);
        with(unzigzag(u64::from_le_bytes(bytes)));
    }
}

/// The runs of a sheet.
pub(super) struct Runs<'a> {
    rest: &'a [u8],
    next: usize,
}

impl<'a> Runs<'a> {
    pub(super) fn of(packed: &'a [u8]) -> Self {
        Self { rest: packed, next: 0 }
    }

    fn take(&mut self) -> Option<usize> {
        let (number, length) = usize::decode_var(self.rest)?;
        self.rest = self.rest.get(length..)?;
        Some(number)
    }
}

impl<'a> Iterator for Runs<'a> {
    type Item = Run<'a>;

    fn next(&mut self) -> Option<Run<'a>> {
        let first = self.next + self.take()?;
        let subjects = self.take()?;
        let provenance = *Provenance::ALL.get(self.take()?)?;
        let known = u16::try_from(self.take()?).ok()?;
        let width = self.take()?;
        let length = subjects.checked_mul(width)?.checked_mul(known.count_ones() as usize)?;
        let (numbers, rest) = self.rest.split_at_checked(length)?;
        (self.rest, self.next) = (rest, first + subjects);
        Some(Run { first, subjects, provenance, known, width, numbers })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn said() -> impl Strategy<Value = (Provenance, Values)> {
        let amount = prop_oneof![-100i64..100, -10_000_000i64..10_000_000, Just(i64::MAX), Just(i64::MIN)];
        let columns = prop::collection::vec(prop::option::weighted(0.8, amount), 1..4);
        (0..Provenance::ALL.len(), columns).prop_map(|(rank, columns)| (Provenance::ALL[rank], Values::new(&columns)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// What was packed is read back, quantity by quantity.
        #[test]
        fn a_sheet_is_a_map(said in prop::collection::btree_map(prop_oneof![0usize..600, 0usize..100_000], said(), 0..400)) {
            let mut packer = Packer::default();
            said.iter().for_each(|(subject, (provenance, values))| packer.push(*subject, *provenance, values));
            let packed = packer.finish();
            let mut found = BTreeMap::new();
            for run in Runs::of(&packed) {
                let values = run.values();
                found.extend(values.into_iter().enumerate().map(|(place, values)| (run.first + place, (run.provenance, values))));
            }
            prop_assert_eq!(found, said);
        }
    }

    #[test]
    fn subjects_alike_share_what_they_have_in_common() {
        let mut packer = Packer::default();
        for subject in 0..2_000 {
            let amount = i64::try_from(subject * 4_000).unwrap();
            packer.push(subject, Provenance::Submitted, &Values::new(&[Some(amount)]));
        }
        let packed = packer.finish();
        assert!(packed.len() < 2_000 * 3 + 100, "three bytes a number: {}", packed.len());
        assert_eq!(Runs::of(&packed).map(|run| run.subjects).sum::<usize>(), 2_000);
    }
}
