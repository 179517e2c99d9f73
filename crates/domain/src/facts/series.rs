//! What is known of one subject in one structure, by months: packed, because a nation has tens of millions of them.

use std::ops::Range;

use integer_encoding::VarInt;

/// The most quantities that a fact has, as in the ledger.
pub const MOST_QUANTITIES: usize = piramide_ledger::MAX_COLUMNS;

/// The quantities of a fact in minor units: each is a number, or missing, which is not zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Values {
    amounts: [i64; MOST_QUANTITIES],
    known: u16,
}

impl Values {
    /// From the columns of a ledger's fact; columns beyond the sixteenth, which no ledger has, are left out.
    pub fn new(columns: &[Option<i64>]) -> Self {
        let mut values = Self::default();
        for (quantity, (amount, column)) in values.amounts.iter_mut().zip(columns).enumerate() {
            if let Some(column) = column {
                *amount = *column;
                values.known |= 1 << quantity;
            }
        }
        values
    }

    /// A quantity; `None` when it is missing.
    pub fn get(&self, quantity: usize) -> Option<i64> {
        self.amounts.get(quantity).filter(|_| self.knows(quantity)).copied()
    }

    /// The same with another quantity; `None` makes it missing.
    #[must_use]
    pub fn with(mut self, quantity: usize, amount: Option<i64>) -> Self {
        if let Some(place) = self.amounts.get_mut(quantity) {
            *place = amount.unwrap_or_default();
            self.known = if amount.is_some() { self.known | 1 << quantity } else { self.known & !(1 << quantity) };
        }
        self
    }

    /// As the columns of a ledger's fact.
    pub fn columns(&self, columns: usize) -> Vec<Option<i64>> {
        (0..columns).map(|quantity| self.get(quantity)).collect()
    }

    fn knows(&self, quantity: usize) -> bool {
        self.known >> quantity & 1 == 1
    }
}

/// A fact in force, apart from whom and what it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// First and last month, as the ledger counts them.
    pub(super) months: (i32, i32),
    /// The batch that brought it.
    pub(super) sequence: i64,
    /// What it says.
    pub(super) values: Values,
}

/// The same with its quantities packed: those that are known, one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct PackedEntry<'a> {
    pub(super) months: (i32, i32),
    pub(super) sequence: i64,
    pub(super) known: u16,
    pub(super) quantities: &'a [u8],
}

/// Facts in the order of their months, some 15 bytes each: steps between months, sequence, which quantities are known, and those.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Series {
    packed: Box<[u8]>,
    /// The months of the last fact, without meaning where there is none: most facts are put after it.
    last: (i32, i32),
}

impl Series {
    /// From facts in the order of their months, each of other months.
    pub(super) fn in_order<'a>(entries: impl Iterator<Item = PackedEntry<'a>>) -> Self {
        let (mut packed, mut last) = (Vec::new(), (0, 0));
        for entry in entries {
            pack_head(&mut packed, entry.months, entry.sequence, entry.known, i64::from(last.0));
            packed.extend(entry.quantities);
            last = entry.months;
        }
        Self { packed: packed.into_boxed_slice(), last }
    }

    /// As it is packed.
    pub(super) fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// From what [`Series::packed`] gave. Of other bytes it has whatever can be read.
    pub(super) fn from_packed(packed: &[u8]) -> Self {
        let last = Entries { rest: packed, first: 0 }.last().map_or((0, 0), |entry| entry.months);
        Self { packed: packed.into(), last }
    }

    /// Whether it has no fact.
    pub(super) fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// The facts, in the order of their months.
    pub(super) fn iter(&self) -> Entries<'_> {
        Entries { rest: &self.packed, first: 0 }
    }

    /// The fact about those months.
    pub(super) fn get(&self, months: (i32, i32)) -> Option<Entry> {
        (self.last >= months).then(|| self.find(months))?.map(|found| found.entry)
    }

    /// The fact about those months and where it is packed; the others are passed over.
    fn find(&self, months: (i32, i32)) -> Option<Found> {
        let mut entries = self.iter();
        loop {
            let (start, previous) = (self.packed.len() - entries.rest.len(), entries.first);
            let head = entries.head()?;
            if head.months > months {
                return None;
            }
            if head.months == months {
                let values = entries.values(head.known)?;
                let entry = Entry { months, sequence: head.sequence, values };
                return Some(Found { entry, place: start..self.packed.len() - entries.rest.len(), previous });
            }
            entries.pass(head.known)?;
        }
    }

    /// Puts a fact in the place of the one about the same months, and gives that back.
    pub(super) fn replace(&mut self, fact: Entry) -> Option<Entry> {
        if !self.is_empty() && self.last < fact.months {
            // Months mostly come in their order: what is there stays as it is.
            let end = self.packed.len();
            self.splice(end..end, &packed(&fact, i64::from(self.last.0)));
            self.last = fact.months;
            return None;
        }
        if let Some(found) = self.find(fact.months) {
            self.overwrite(&found, &fact);
            return Some(found.entry);
        }
        self.last = if self.is_empty() { fact.months } else { self.last.max(fact.months) };
        self.insert(&fact);
        None
    }

    /// Puts a fact where another about the same months was: what follows stays as it is.
    fn overwrite(&mut self, found: &Found, fact: &Entry) {
        let fresh = packed(fact, found.previous);
        match self.packed.get_mut(found.place.clone()) {
            Some(place) if place.len() == fresh.len() => place.copy_from_slice(&fresh),
            _ => self.splice(found.place.clone(), &fresh),
        }
    }

    /// Puts bytes in the place of others. Room is made for these alone: twice the room, as a vector takes to grow, would be given back at once
    /// and leave a hole as large beside each of millions of series.
    fn splice(&mut self, place: Range<usize>, fresh: &[u8]) {
        let mut packed = std::mem::take(&mut self.packed).into_vec();
        packed.reserve_exact(fresh.len().saturating_sub(place.len()));
        packed.splice(place, fresh.iter().copied());
        self.packed = packed.into_boxed_slice();
    }

    /// Puts a fact about other months anywhere: everything is packed again.
    fn insert(&mut self, fact: &Entry) {
        let mut packed = Vec::with_capacity(self.packed.len() + 32);
        let mut previous = 0;
        let mut add = |entry: &Entry| {
            pack(&mut packed, entry, previous);
            previous = i64::from(entry.months.0);
        };
        let mut waiting = Some(fact);
        for entry in self.iter() {
            if entry.months > fact.months {
                waiting.take().into_iter().for_each(&mut add);
            }
            add(&entry);
        }
        waiting.into_iter().for_each(add);
        self.packed = packed.into_boxed_slice();
    }
}

/// A fact, and where it is packed.
struct Found {
    entry: Entry,
    place: Range<usize>,
    /// The first month of the fact before it.
    previous: i64,
}

/// A fact alone, packed after one whose first month is `previous`.
fn packed(entry: &Entry, previous: i64) -> Vec<u8> {
    let mut packed = Vec::with_capacity(48);
    pack(&mut packed, entry, previous);
    packed
}

/// Packs a fact after one whose first month is `previous`.
fn pack(packed: &mut Vec<u8>, entry: &Entry, previous: i64) {
    pack_head(packed, entry.months, entry.sequence, entry.values.known, previous);
    let known = entry.values.amounts.iter().enumerate().filter(|(quantity, _)| entry.values.knows(*quantity));
    known.for_each(|(_, amount)| put(packed, *amount));
}

fn pack_head(packed: &mut Vec<u8>, (first, last): (i32, i32), sequence: i64, known: u16, previous: i64) {
    put(packed, i64::from(first) - previous);
    put(packed, i64::from(last) - i64::from(first));
    put(packed, sequence);
    put(packed, i64::from(known));
}

/// Packs the quantities that are known, and tells which those are. Beyond the sixteenth, which no ledger has, they are left out.
pub(super) fn put_known(packed: &mut Vec<u8>, quantities: &[Option<i64>]) -> u16 {
    let mut known = 0;
    for (quantity, amount) in quantities.iter().take(MOST_QUANTITIES).enumerate() {
        if let Some(amount) = amount {
            known |= 1 << quantity;
            put(packed, *amount);
        }
    }
    known
}

fn put(packed: &mut Vec<u8>, number: i64) {
    let mut digits = [0; 10];
    let length = number.encode_var(&mut digits);
    packed.extend_from_slice(digits.get(..length).unwrap_or_default());
}

/// Unpacks facts one after the other.
pub(super) struct Entries<'a> {
    rest: &'a [u8],
    first: i64,
}

/// A fact but for its amounts.
struct Head {
    months: (i32, i32),
    sequence: i64,
    known: u16,
}

impl Entries<'_> {
    fn take(&mut self) -> Option<i64> {
        let (number, length) = i64::decode_var(self.rest)?;
        self.rest = self.rest.get(length..)?;
        Some(number)
    }

    /// What stands before the amounts of the next fact, which are then to be read or passed over.
    fn head(&mut self) -> Option<Head> {
        let first = self.first + self.take()?;
        let last = first + self.take()?;
        let sequence = self.take()?;
        let known = u16::try_from(self.take()?).ok()?;
        self.first = first;
        Some(Head { months: (i32::try_from(first).ok()?, i32::try_from(last).ok()?), sequence, known })
    }

    fn values(&mut self, known: u16) -> Option<Values> {
        let mut values = Values { known, ..Values::default() };
        for quantity in 0..MOST_QUANTITIES {
            if values.knows(quantity) {
                *values.amounts.get_mut(quantity)? = self.take()?;
            }
        }
        Some(values)
    }

    /// Passes over as many amounts as are known: the last byte of each number is below 128.
    fn pass(&mut self, known: u16) -> Option<()> {
        let amounts = known.count_ones() as usize;
        if amounts > 0 {
            let mut ends = self.rest.iter().enumerate().filter(|(_, byte)| **byte < 128);
            let (last, _) = ends.nth(amounts - 1)?;
            self.rest = self.rest.get(last + 1..)?;
        }
        Some(())
    }
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let Head { months, sequence, known } = self.head()?;
        Some(Entry { months, sequence, values: self.values(known)? })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn columns() -> impl Strategy<Value = Vec<Option<i64>>> {
        let amount = prop_oneof![0i64..100_000, Just(i64::MAX), Just(i64::MIN), Just(-1)];
        prop::collection::vec(prop::option::of(amount), 0..=MOST_QUANTITIES)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// A series is a map from months to the fact that came last.
        #[test]
        fn a_series_is_a_map(history in prop::collection::vec((-3i32..30_000, 0i32..14, 1i64..1_000_000, columns()), 0..40)) {
            let mut series = Series::default();
            let mut map = BTreeMap::new();
            for (first, span, sequence, columns) in history {
                let entry = Entry { months: (first, first + span), sequence, values: Values::new(&columns) };
                prop_assert_eq!(series.replace(entry), map.insert(entry.months, entry));
                prop_assert_eq!(series.get(entry.months), Some(entry));
                for (quantity, column) in columns.iter().enumerate() {
                    prop_assert_eq!(entry.values.get(quantity), *column);
                }
            }
            prop_assert_eq!(series.iter().collect::<Vec<_>>(), map.into_values().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_monthly_fact_takes_few_bytes() {
        let mut series = Series::default();
        for month in 0..12 {
            let values = Values::new(&[Some(120), Some(118), Some(30), Some(2), Some(0), Some(0), Some(900), Some(900)]);
            series.replace(Entry { months: (2020 * 13 + month, 2020 * 13 + month), sequence: 40, values });
        }
        assert!(series.packed().len() < 12 * 20, "{}", series.packed().len());
    }
}
