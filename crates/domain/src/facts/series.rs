//! What is known of one subject in one structure, by months, and kept in memory: packed.

use std::ops::Range;

use super::packing::{Entry, Found, PackedEntry, Unpacking, find, merged, pack, pack_all, packed};

/// Facts in the order of their months.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Series {
    packed: Box<[u8]>,
    /// The months of the last fact, without meaning where there is none: most facts are put after it.
    last: (i32, i32),
}

impl Series {
    /// From facts in the order of their months, each of other months; what is in `scratch` is lost.
    pub(super) fn in_order<'a>(entries: impl Iterator<Item = PackedEntry<'a>>, scratch: &mut Vec<u8>) -> Self {
        scratch.clear();
        let last = pack_all(entries, scratch);
        Self { packed: scratch.as_slice().into(), last }
    }

    /// As it is packed.
    pub(super) fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// Whether it has no fact.
    pub(super) fn is_empty(&self) -> bool {
        self.packed.is_empty()
    }

    /// The facts, in the order of their months.
    pub(super) fn iter(&self) -> Unpacking<'_> {
        Unpacking::of(&self.packed)
    }

    /// The fact about those months.
    pub(super) fn get(&self, months: (i32, i32)) -> Option<Entry> {
        (self.last >= months).then(|| find(&self.packed, months))?.map(|found| found.entry)
    }

    /// The facts of both; of those about the same months, the later.
    pub(super) fn followed_by(&self, later: &Self) -> Self {
        Self { packed: merged(&self.packed, &later.packed).into_boxed_slice(), last: self.last.max(later.last) }
    }

    /// Keeps the facts that a batch after a sequence brought.
    pub(super) fn keep_after(&mut self, sequence: i64) {
        if !self.is_empty() {
            let packed = std::mem::take(&mut self.packed);
            *self = Self::in_order(Unpacking::of(&packed).packed().filter(|entry| entry.sequence > sequence), &mut Vec::new());
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
        if let Some(found) = find(&self.packed, fact.months) {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{
        super::values::{MOST_QUANTITIES, Values},
        *,
    };

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
