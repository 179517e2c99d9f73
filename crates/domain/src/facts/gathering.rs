//! Many facts at once: put in order once, and each series packed in one go, instead of fact by fact.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    sync::Arc,
    thread,
};

use piramide_ledger::Fact;

use super::{
    Batch, Facts, Run,
    coded::Coded,
    packing::{self, PackedEntry},
    said,
    series::Series,
};

/// Facts that are not yet in force. Several may gather at the same time.
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
}

impl Facts {
    /// The facts of one batch: the same as taking them one by one, several times faster. What several gathered counts in their order.
    pub fn gathered(sequence: i64, batch: Batch, gatherings: Vec<Gathering>) -> Self {
        let mut facts = Self { sequence, ..Self::default() };
        facts.body.batches.insert(sequence, Run { batch, of_events: false });
        facts.take_gathered(gatherings);
        facts
    }

    /// Takes in facts that came after all others, in the order of those who gathered them: each subject is packed by one processor.
    pub(super) fn take_gathered(&mut self, gatherings: Vec<Gathering>) {
        let mut numbers: Vec<Vec<usize>> = Vec::new();
        let mut of_subjects: BTreeMap<usize, Vec<(usize, Said)>> = BTreeMap::new();
        for (place, Gathering { structures, subjects, .. }) in gatherings.into_iter().enumerate() {
            let open = |(code, months): (Arc<str>, BTreeSet<i32>)| {
                let number = self.body.structures.open(&code);
                self.body.structures.at_mut(number).into_iter().for_each(|known| known.extend(&months));
                number
            };
            numbers.push(structures.into_things().into_iter().map(open).collect());
            for (code, said) in subjects.into_things() {
                of_subjects.entry(self.body.subjects.open(&code)).or_default().push((place, said));
            }
        }
        let mut work: Vec<Work> = of_subjects
            .into_iter()
            .filter_map(|(subject, gathered)| Some((subject, std::mem::take(self.body.subjects.at_mut(subject)?), gathered)))
            .collect();
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let share = work.len().div_ceil(workers).max(1);
        let weights: Vec<isize> = thread::scope(|scope| {
            let working: Vec<_> = work.chunks_mut(share).map(|some| scope.spawn(|| pack(some, &numbers))).collect();
            working.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        for (subject, packed, _) in work {
            if let Some(said) = self.body.subjects.at_mut(subject) {
                *said = packed;
            }
        }
        self.weight = weights.into_iter().fold(self.weight, usize::saturating_add_signed);
        self.drop_sheets();
    }
}

/// The number of a subject, what is said of it already, and what was gathered, by whom.
type Work = (usize, said::Said, Vec<(usize, Said)>);

/// Packs what was gathered of some subjects over what is said of them already. Gives how many bytes of memory that took.
fn pack(subjects: &mut [Work], numbers: &[Vec<usize>]) -> isize {
    let mut scratch = Vec::new();
    let mut weight = 0;
    for (_, said, gathered) in subjects {
        let gathered = std::mem::take(gathered);
        let InOrder { rows, ends } = InOrder::of(&gathered, numbers);
        let mut start = 0;
        for (structure, end) in ends.into_iter().enumerate() {
            // Of facts with the same key the last stays.
            let of_months = rows.get(start..end).unwrap_or_default().chunk_by(|(_, one), (_, other)| one.months == other.months);
            let facts = of_months.filter_map(|same| same.last()).map(|(said, row)| said.entry(row));
            if start < end {
                weight += said.put_all(structure, Series::in_order(facts, &mut scratch));
            }
            start = end;
        }
    }
    weight
}

/// The rows of a subject by structure and months; of those that agree in both, the first that came is the first.
struct InOrder<'a> {
    rows: Vec<(&'a Said, &'a Row)>,
    /// Where the rows of each structure end, by its number.
    ends: Vec<usize>,
}

impl<'a> InOrder<'a> {
    fn of(gathered: &'a [(usize, Said)], numbers: &[Vec<usize>]) -> Self {
        let all = || {
            gathered.iter().flat_map(|(place, said)| {
                let numbers = numbers.get(*place).map(Vec::as_slice).unwrap_or_default();
                said.rows.iter().filter_map(move |row| Some((*numbers.get(long(row.structure))?, (said, row))))
            })
        };
        // Structures are few: they are counted, and each row is put where those of its structure begin.
        let mut ends: Vec<usize> = Vec::new();
        for (structure, _) in all() {
            if ends.len() <= structure {
                ends.resize(structure + 1, 0);
            }
            if let Some(count) = ends.get_mut(structure) {
                *count += 1;
            }
        }
        let mut start = 0;
        for end in &mut ends {
            let count = std::mem::replace(end, start);
            start += count;
        }
        let mut rows: Vec<_> = all().map(|(_, row)| row).collect();
        for (structure, row) in all() {
            let Some(end) = ends.get_mut(structure) else { continue };
            if let Some(place) = rows.get_mut(*end) {
                *place = row;
            }
            *end += 1;
        }
        let mut start = 0;
        for end in &ends {
            // Months mostly come in their order, which costs one look at each.
            if let Some(of_structure) = rows.get_mut(start..*end) {
                of_structure.sort_by_key(|(_, row)| row.months);
            }
            start = *end;
        }
        Self { rows, ends }
    }
}

impl Said {
    fn entry(&self, row: &Row) -> PackedEntry<'_> {
        let start = long(row.place.0);
        let quantities = self.packed.get(start..start + usize::from(row.place.1)).unwrap_or_default();
        PackedEntry { months: row.months, sequence: row.sequence, known: row.known, quantities }
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
                structure: format!("S{structure}").into(),
                subject: format!("P{subject}").into(),
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
            let gathered = vec![gather(first), gather(second)];
            let mut expected = Facts::default();
            expected.take(3, batch(), facts.iter().cloned());
            prop_assert_eq!(Facts::gathered(3, batch(), gathered), expected);
        }
    }
}
