//! Many facts at once: put in order once, and each series packed in one go, instead of fact by fact.

mod heap;

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use foldhash::HashMap;
use piramide_ledger::Fact;

use self::heap::{Heap, Strung};
use super::{Batch, Facts, MOST_QUANTITIES, Run, coded::Coded, packing::Head, said, series::Series};

/// Shares of the work for each processor: some turn out larger than others.
const SHARES: usize = 16;

/// Facts that are not yet in force. Several may gather at the same time.
#[derive(Debug, Default)]
pub struct Gathering {
    /// The structures, and the single months of which each has facts.
    structures: Coded<BTreeSet<i32>>,
    subjects: Coded<Heap>,
    /// The numbers of subjects with a short code: facts name one after the other, in no order that could be guessed.
    brief_subjects: HashMap<u128, usize>,
    /// The structure of the last fact and its month: facts of one structure mostly come together.
    last: Option<Last>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    structure: usize,
    in_brief: Option<u128>,
    months: (i32, i32),
}

impl Gathering {
    /// Gathers a fact that a batch brought. Months are given by their indices, quantities in the order of the domain; those beyond the
    /// sixteenth, which no ledger has, are left out.
    #[inline]
    pub fn add(&mut self, sequence: i64, structure: &str, subject: &str, months: (i32, i32), quantities: &[Option<i64>]) {
        let quantities = quantities.get(..MOST_QUANTITIES).unwrap_or(quantities);
        let known = quantities.iter().rev().fold(0, |known, quantity| known << 1 | u16::from(quantity.is_some()));
        self.gather(structure, subject, Head { months, sequence, known }, quantities.iter().copied().flatten());
    }

    /// Gathers what the ledger recorded.
    pub(super) fn add_fact(&mut self, sequence: i64, fact: &Fact) {
        let (months, (amounts, known)) = ((fact.first_month, fact.last_month), fact.values.amounts());
        let known_amounts = amounts.iter().enumerate().filter(|(quantity, _)| known >> quantity & 1 == 1).map(|(_, amount)| *amount);
        self.gather(&fact.structure, &fact.subject, Head { months, sequence, known }, known_amounts);
    }

    fn gather(&mut self, structure: &str, subject: &str, head: Head, amounts: impl Iterator<Item = i64>) {
        let (in_brief, months) = (brief(structure), head.months);
        let same = self.last.filter(|last| match in_brief {
            Some(_) => in_brief == last.in_brief,
            None => self.structures.at(last.structure).is_some_and(|(code, _)| code == structure),
        });
        let number = if let Some(last) = same.filter(|last| last.months == months) {
            last.structure
        } else {
            let number = same.map_or_else(|| self.structures.open(structure), |last| last.structure);
            if months.0 == months.1
                && let Some(single_months) = self.structures.at_mut(number)
            {
                single_months.insert(months.0);
            }
            self.last = Some(Last { structure: number, in_brief, months });
            number
        };
        let subject = self.subject(subject);
        if let Some(heap) = self.subjects.at_mut(subject) {
            heap.add(short(number), head, amounts);
        }
    }

    /// The number of a subject.
    fn subject(&mut self, code: &str) -> usize {
        let Some(in_brief) = brief(code) else { return self.subjects.open(code) };
        if let Some(number) = self.brief_subjects.get(&in_brief) {
            return *number;
        }
        let number = self.subjects.open(code);
        self.brief_subjects.insert(in_brief, number);
        number
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
        let mut of_subjects: BTreeMap<usize, Vec<(usize, Heap)>> = BTreeMap::new();
        for (place, Gathering { structures, subjects, .. }) in gatherings.into_iter().enumerate() {
            let open = |(code, months): (Arc<str>, BTreeSet<i32>)| {
                let number = self.body.structures.open(&code);
                self.body.structures.at_mut(number).into_iter().for_each(|known| known.extend(&months));
                number
            };
            numbers.push(structures.into_things().into_iter().map(open).collect());
            for (code, heap) in subjects.into_things() {
                of_subjects.entry(self.body.subjects.open(&code)).or_default().push((place, heap));
            }
        }
        let mut work: Vec<Work> = of_subjects
            .into_iter()
            .filter_map(|(subject, gathered)| Some((subject, std::mem::take(self.body.subjects.at_mut(subject)?), gathered)))
            .collect();
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let share = work.len().div_ceil(workers * SHARES).max(1);
        let shares = Mutex::new(work.chunks_mut(share));
        let next = || shares.lock().unwrap_or_else(PoisonError::into_inner).next();
        let weights: Vec<isize> = thread::scope(|scope| {
            let work = || std::iter::from_fn(next).map(|share| pack(share, &numbers)).sum();
            let working: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
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
type Work = (usize, said::Said, Vec<(usize, Heap)>);

/// Packs what was gathered of some subjects over what is said of them already. Gives how many bytes of memory that took.
fn pack(subjects: &mut [Work], numbers: &[Vec<usize>]) -> isize {
    let mut scratch = Vec::new();
    let mut weight = 0;
    for (_, said, gathered) in subjects {
        let gathered = std::mem::take(gathered);
        let strung = Strung::of(gathered.iter().map(|(place, heap)| (heap, numbers.get(*place).map(Vec::as_slice).unwrap_or_default())));
        said.make_room(strung.structures());
        let mut facts = Vec::new();
        for structure in 0..strung.structures() {
            facts.clear();
            facts.extend(strung.in_structure(structure));
            // Months mostly come in their order, which costs one look at each.
            if !facts.is_sorted_by(|one, other| one.head.months < other.head.months) {
                facts.sort_by_key(|fact| fact.head.months);
                // Of facts with the same key the last stays.
                facts.dedup_by(|later, fact| {
                    let same = later.head.months == fact.head.months;
                    if same {
                        *fact = *later;
                    }
                    same
                });
            }
            if !facts.is_empty() {
                let spans = facts.iter().any(|fact| fact.head.months.0 != fact.head.months.1);
                weight += said.put_all(structure, Series::in_order(facts.iter().copied(), &mut scratch), spans);
            }
        }
    }
    weight
}

/// A code of at most fifteen bytes as one number, which is compared faster: its bytes, and its length above them all.
#[inline]
fn brief(code: &str) -> Option<u128> {
    let bytes = code.as_bytes();
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= 15)?;
    // Of the last bytes only those that are not among the first.
    let number = if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        let rest = u64::from_le_bytes(*last).checked_shr(8 * (16 - length)).unwrap_or_default();
        u128::from(u64::from_le_bytes(*first)) | u128::from(rest) << 64
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let rest = u32::from_le_bytes(*last).checked_shr(8 * (8 - length)).unwrap_or_default();
        u128::from(u32::from_le_bytes(*first)) | u128::from(rest) << 32
    } else {
        match *bytes {
            [one] => one.into(),
            [one, two] => u16::from_le_bytes([one, two]).into(),
            [one, two, three] => u32::from_le_bytes([one, two, three, 0]).into(),
            _ => 0,
        }
    };
    Some(number | u128::from(length) << 120)
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

    #[test]
    fn codes_that_differ_are_different_numbers() {
        let long = "ABCDEFGHIJKLMNO";
        let beginnings = (1..=long.len()).map(|length| &long[..length]);
        let others = ["", "\0", "\0\0", "\0\0\0\0", "BA", "ABD", "ABCE", "ABCDEFGI", "ABCDEFGHIJKLMNP", "PRV_TORINO", "PRV_TORINO_1", "è"];
        let codes: Vec<&str> = beginnings.chain(others).collect();
        let briefs: std::collections::HashSet<u128> = codes.iter().copied().filter_map(brief).collect();
        assert_eq!(briefs.len(), codes.len());
        assert_eq!(brief("1234567890123456"), None);
    }

    fn batch() -> Batch {
        Batch { id: "b".into(), provenance: Provenance::Synthetic }
    }

    /// Of few bytes and of many.
    fn amount() -> impl Strategy<Value = i64> {
        prop_oneof![-9i64..9, 0i64..100_000, Just(i64::MAX)]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// However many hands gather them, the facts in force are those taken one by one.
        #[test]
        fn gathered_facts_are_those_taken_one_by_one(
            rows in prop::collection::vec((0u8..4, 0u8..4, 0i32..6, 0i32..2, prop::collection::vec(prop::option::of(amount()), 0..6)), 0..60),
            cut in 0usize..60,
        ) {
            let fact = |(structure, subject, first, span, values): &(u8, u8, i32, i32, Vec<Option<i64>>)| Fact {
                line: 0,
                // Short ones and long ones.
                structure: if *structure < 2 { format!("S{structure}") } else { format!("STRUCTURE_OF_MANY_LETTERS_{structure}") }.into(),
                subject: if *subject < 2 { format!("P{subject}") } else { format!("PRODUCT_OF_MANY_LETTERS_{subject}") }.into(),
                first_month: *first,
                last_month: first + span,
                values: values.iter().copied().collect(),
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
