//! Many facts at once: put in order once, and each series packed in one go, instead of fact by fact.

use std::{collections::BTreeSet, num::NonZero, sync::Arc, thread};

use piramide_ledger::Fact;

use super::{
    Batch, Facts, Run,
    coded::Coded,
    packing::{self, PackedEntry},
    series::Series,
};

/// Facts that are not yet in force. Several may be gathered at the same time and joined.
#[derive(Debug, Default)]
pub struct Gathering {
    /// The structures, and the single months of which each has facts.
    structures: Coded<BTreeSet<i32>>,
    subjects: Coded<Said>,
    /// The structure of the last fact and its month: facts of one structure mostly come together.
    last: Option<(usize, (i32, i32))>,
}

/// What is said of a subject, in the order in which it came.
#[derive(Debug, Default)]
struct Said {
    rows: Vec<Row>,
    /// The quantities of the rows that are known, as series pack them.
    packed: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    structure: u32,
    months: (i32, i32),
    sequence: i64,
    /// Where its quantities are packed, and on how many bytes.
    place: (u32, u16),
    known: u16,
}

impl Gathering {
    /// Gathers a fact that a batch brought. Months are given by their indices, quantities in the order of the domain.
    pub fn add(&mut self, sequence: i64, structure: &str, subject: &str, months: (i32, i32), quantities: &[Option<i64>]) {
        let same = self.last.filter(|(last, _)| self.structures.at(*last).is_some_and(|(code, _)| code == structure));
        let number = same.map_or_else(|| self.structures.open(structure), |(last, _)| last);
        if months.0 == months.1
            && same.is_none_or(|(_, last)| last != months)
            && let Some(single_months) = self.structures.at_mut(number)
        {
            single_months.insert(months.0);
        }
        self.last = Some((number, months));
        let subject = self.subjects.open(subject);
        if let Some(Said { rows, packed }) = self.subjects.at_mut(subject) {
            let start = packed.len();
            let known = packing::put_known(packed, quantities);
            // Sixteen numbers take at most 160 bytes.
            let length = u16::try_from(packed.len() - start).unwrap_or_default();
            rows.push(Row { structure: short(number), months, sequence, place: (short(start), length), known });
        }
    }

    /// Gathers what the ledger recorded.
    pub(super) fn add_fact(&mut self, sequence: i64, fact: &Fact) {
        self.add(sequence, &fact.structure, &fact.subject, (fact.first_month, fact.last_month), &fact.values);
    }

    /// Takes over what another gathered, as if it had come after.
    pub fn join(&mut self, other: Self) {
        let mut numbers = Vec::new();
        for (code, months) in other.structures.into_things() {
            let number = self.structures.open(&code);
            numbers.push(short(number));
            self.structures.at_mut(number).into_iter().for_each(|known| known.extend(&months));
        }
        for (code, said) in other.subjects.into_things() {
            let number = self.subjects.open(&code);
            let Some(known) = self.subjects.at_mut(number) else { continue };
            let start = short(known.packed.len());
            known.packed.extend(said.packed);
            known.rows.extend(said.rows.into_iter().map(|row| Row {
                structure: numbers.get(long(row.structure)).copied().unwrap_or_default(),
                place: (row.place.0 + start, row.place.1),
                ..row
            }));
        }
        self.last = None;
    }
}

impl Said {
    /// The series, each with the number of its structure. Of facts with the same key the last stays.
    fn series(mut self) -> Vec<(usize, Series)> {
        // Stable: what came later stays later. Rows mostly come in order, which costs one look at each.
        self.rows.sort_by_key(|row| (row.structure, row.months));
        let of_structures = self.rows.chunk_by(|a, b| a.structure == b.structure);
        let series = |of_structure: &[Row]| {
            let of_months = of_structure.chunk_by(|a, b| a.months == b.months);
            let series = Series::in_order(of_months.filter_map(|same| Some(self.entry(same.last()?))));
            Some((long(of_structure.first()?.structure), series))
        };
        of_structures.filter_map(series).collect()
    }

    fn entry(&self, row: &Row) -> PackedEntry<'_> {
        let start = long(row.place.0);
        let quantities = self.packed.get(start..start + usize::from(row.place.1)).unwrap_or_default();
        PackedEntry { months: row.months, sequence: row.sequence, known: row.known, quantities }
    }
}

impl Facts {
    /// The facts of one batch: the same as taking them one by one, several times faster.
    pub fn gathered(sequence: i64, batch: Batch, gathering: Gathering) -> Self {
        let mut facts = Self { sequence, ..Self::default() };
        facts.batches.insert(sequence, Run { batch, of_events: false });
        facts.take_gathered(gathering);
        facts
    }

    /// Takes in facts that came after all others, packed on every processor.
    pub(super) fn take_gathered(&mut self, gathering: Gathering) {
        let (codes, mut said): (Vec<Arc<str>>, Vec<Said>) = gathering.subjects.into_things().into_iter().unzip();
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let share = said.len().div_ceil(workers).max(1);
        let series: Vec<Vec<(usize, Series)>> = thread::scope(|scope| {
            let work = |some: &mut [Said]| some.iter_mut().map(|said| std::mem::take(said).series()).collect::<Vec<_>>();
            let working: Vec<_> = said.chunks_mut(share).map(|some| scope.spawn(move || work(some))).collect();
            working.into_iter().flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        let mut numbers = Vec::new();
        for (code, months) in gathering.structures.into_things() {
            let number = self.structures.open(&code);
            self.structures.at_mut(number).into_iter().for_each(|known| known.extend(&months));
            numbers.push(number);
        }
        for (code, series) in codes.into_iter().zip(series) {
            let subject = self.subjects.open(&code);
            let Some(said) = self.subjects.at_mut(subject) else { continue };
            for (structure, facts) in series {
                let Some(structure) = numbers.get(structure) else { continue };
                self.weight = self.weight.saturating_add_signed(said.put_all(*structure, facts));
            }
        }
    }
}

/// A number of things that are in memory: there are never as many as 32 bits count.
fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn long(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use piramide_measure::Provenance;
    use proptest::prelude::*;

    use super::*;

    fn batch() -> Batch {
        Batch { id: "b".into(), provenance: Provenance::Synthetic }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// However many hands gather them, the facts in force are those taken one by one.
        #[test]
        fn gathered_facts_are_those_taken_one_by_one(
            rows in prop::collection::vec((0u8..4, 0u8..4, 0i32..6, 0i32..2, prop::collection::vec(prop::option::of(-9i64..9), 0..4)), 0..60),
            cut in 0usize..60,
        ) {
            let fact = |(structure, subject, first, span, values): &(u8, u8, i32, i32, Vec<Option<i64>>)| Fact {
                line: 0,
                structure: format!("S{structure}"),
                subject: format!("P{subject}"),
                first_month: *first,
                last_month: first + span,
                values: values.clone(),
            };
            let facts: Vec<Fact> = rows.iter().map(fact).collect();
            let gather = |facts: &[Fact]| {
                let mut gathering = Gathering::default();
                facts.iter().for_each(|fact| gathering.add_fact(3, fact));
                gathering
            };
            let (first, second) = facts.split_at(cut.min(facts.len()));
            let mut gathering = gather(first);
            gathering.join(gather(second));
            let mut expected = Facts::default();
            expected.take(3, batch(), facts.iter().cloned());
            prop_assert_eq!(Facts::gathered(3, batch(), gathering), expected);
        }
    }
}
