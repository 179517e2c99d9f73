//! What is known of one subject in one structure, by months, and kept in memory: packed.

use std::ops::Range;

use super::packing::{
    Entry, Found, LastPacked, Located, PackedEntry, Unpacking, find, found_last, locate, locate_last, merge, pack, pack_all,
};

/// Room that is made at once, for some facts of the months to come: few bytes, since there are millions of series.
pub(super) const ROOM: usize = 48;

/// Facts in the order of their months.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Series {
    packed: Vec<u8>,
    /// The first month of the last fact and where that is packed, without meaning where there is none: most facts are put after it, and most
    /// questions are about it.
    last: LastPacked,
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

    /// What the fact about those months says.
    pub(super) fn locate(&self, months: (i32, i32)) -> Option<Located<'_>> {
        if self.last.first < months.0 {
            return None;
        }
        let last = if self.last.first == months.0 { locate_last(&self.packed, self.last, months) } else { None };
        last.or_else(|| locate(&self.packed, months))
    }

    fn found(&self, months: (i32, i32)) -> Option<Found> {
        if self.last.first < months.0 {
            return None;
        }
        // Of several with the same first month, the last alone is known to be there.
        let last = if self.last.first == months.0 { found_last(&self.packed, self.last) } else { None };
        last.filter(|found| found.entry.months == months).or_else(|| find(&self.packed, months))
    }

    /// The facts of both; of those about the same months, the later.
    pub(super) fn followed_by(&self, later: &Self) -> Self {
        let mut packed = Vec::with_capacity(self.packed.len() + later.packed.len());
        let last = merge(&self.packed, &later.packed, &mut packed);
        Self { packed, last }
    }

    /// Keeps the facts that a batch after a sequence brought.
    pub(super) fn keep_after(&mut self, sequence: i64) {
        if !self.is_empty() {
            let packed = std::mem::take(&mut self.packed);
            *self = Self::in_order(Unpacking::of(&packed).packed().filter(|entry| entry.head.sequence > sequence), &mut Vec::new());
        }
    }

    /// Puts a fact in the place of the one about the same months, and gives that back; what is in `scratch` is lost.
    pub(super) fn replace(&mut self, fact: &Entry, scratch: &mut Vec<u8>) -> Option<Entry> {
        if self.is_empty() || self.last.first < fact.months.0 {
            // Months mostly come in their order: what is there stays as it is.
            let previous = if self.is_empty() { 0 } else { self.last.first };
            let end = self.packed.len();
            scratch.clear();
            scratch.reserve(ROOM);
            pack(scratch, fact, previous.into());
            self.splice(end..end, scratch);
            self.last = LastPacked::new(fact.months.0, end);
            return None;
        }
        if let Some(found) = self.found(fact.months) {
            self.overwrite(&found, fact, scratch);
            return Some(found.entry);
        }
        self.insert(fact);
        None
    }

    /// Puts a fact where another about the same months was: what follows stays as it is.
    fn overwrite(&mut self, found: &Found, fact: &Entry, fresh: &mut Vec<u8>) {
        fresh.clear();
        pack(fresh, fact, found.previous);
        let last = self.last.at as usize;
        if found.place.start < last {
            self.last = LastPacked::new(self.last.first, last + fresh.len() - found.place.len());
        }
        self.splice(found.place.clone(), fresh);
    }

    /// Puts bytes in the place of others. Little room is made at once: twice the room, as a vector takes to grow, would be a hole as large beside
    /// each of millions of series.
    fn splice(&mut self, place: Range<usize>, fresh: &[u8]) {
        let more = fresh.len().saturating_sub(place.len());
        if self.packed.capacity() - self.packed.len() < more {
            self.packed.reserve_exact(more.max(ROOM));
        }
        if place.start == self.packed.len() {
            self.packed.extend_from_slice(fresh);
        } else {
            self.packed.splice(place, fresh.iter().copied());
        }
    }

    /// Puts a fact about other months anywhere: everything is packed again.
    fn insert(&mut self, fact: &Entry) {
        let mut packed = Vec::with_capacity(self.packed.len() + ROOM);
        let mut last = LastPacked::default();
        let mut add = |entry: &Entry| {
            let at = packed.len();
            pack(&mut packed, entry, last.first.into());
            last = LastPacked::new(entry.months.0, at);
        };
        let mut waiting = Some(fact);
        for entry in self.iter() {
            if entry.months > fact.months {
                waiting.take().into_iter().for_each(&mut add);
            }
            add(&entry);
        }
        waiting.into_iter().for_each(add);
        *self = Self { packed, last };
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
                prop_assert_eq!(series.replace(&entry, &mut Vec::new()), map.insert(entry.months, entry));
                let located = |months| series.locate(months).map(|amounts| (amounts.sequence(), amounts.values()));
                prop_assert_eq!(located(entry.months), Some((sequence, Some(entry.values))));
                prop_assert_eq!(located((first, first - 1)), None);
                for (quantity, column) in columns.iter().enumerate() {
                    prop_assert_eq!(entry.values.get(quantity), *column);
                    prop_assert_eq!(series.locate(entry.months).and_then(|amounts| amounts.value(quantity)), *column);
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
            series.replace(&Entry { months: (2020 * 13 + month, 2020 * 13 + month), sequence: 40, values }, &mut Vec::new());
        }
        assert!(series.packed().len() < 12 * 20, "{}", series.packed().len());
    }
}
