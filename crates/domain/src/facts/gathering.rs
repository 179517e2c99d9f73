//! Many facts at once: put in order once, and each series packed in one go, instead of fact by fact.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZero,
    sync::Arc,
    thread,
};

use foldhash::HashMap;
use piramide_ledger::Fact;

use super::{
    Batch, Facts, Run,
    coded::Coded,
    packing::{Entry, PackedEntry, Unpacking, pack_gathered},
    said,
    series::Series,
    values::Values,
};

/// Facts that are not yet in force. Several may gather at the same time.
#[derive(Debug, Default)]
pub struct Gathering {
    /// The structures, and the single months of which each has facts.
    structures: Coded<BTreeSet<i32>>,
    subjects: Coded<Said>,
    /// The numbers of subjects with a short code: facts name one after the other, in no order that could be guessed.
    brief_subjects: HashMap<u128, usize>,
    /// The structure of the last fact and its month: facts of one structure mostly come together.
    last: Option<Last>,
    /// A fact while it is packed.
    scratch: Vec<u8>,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    structure: usize,
    in_brief: Option<u128>,
    months: (i32, i32),
}

/// What is said of a subject, in the order in which it came: packed at once, since what is written here and there in memory costs by the byte.
#[derive(Debug, Default)]
struct Said {
    /// Of each fact the number of its structure, and the fact as series pack it.
    packed: Vec<u8>,
    /// How many facts.
    facts: usize,
    /// The first month of the last fact.
    first: i64,
}

impl Gathering {
    /// Gathers a fact that a batch brought. Months are given by their indices, quantities in the order of the domain.
    pub fn add(&mut self, sequence: i64, structure: &str, subject: &str, months: (i32, i32), quantities: Values) {
        let in_brief = brief(structure);
        let same = self.last.filter(|last| match in_brief {
            Some(_) => in_brief == last.in_brief,
            None => self.structures.at(last.structure).is_some_and(|(code, _)| code == structure),
        });
        let number = same.map_or_else(|| self.structures.open(structure), |last| last.structure);
        if months.0 == months.1
            && same.is_none_or(|last| last.months != months)
            && let Some(single_months) = self.structures.at_mut(number)
        {
            single_months.insert(months.0);
        }
        self.last = Some(Last { structure: number, in_brief, months });
        let subject = self.subject(subject);
        if let Some(said) = self.subjects.at_mut(subject) {
            self.scratch.clear();
            let entry = Entry { months, sequence, values: quantities };
            pack_gathered(&mut self.scratch, short(number), &entry, said.first);
            said.packed.extend_from_slice(&self.scratch);
            said.facts += 1;
            said.first = months.0.into();
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

    /// Gathers what the ledger recorded.
    pub(super) fn add_fact(&mut self, sequence: i64, fact: &Fact) {
        self.add(sequence, &fact.structure, &fact.subject, (fact.first_month, fact.last_month), Values::from(&fact.values));
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
        let InOrder { facts, ends } = InOrder::of(&gathered, numbers);
        let mut start = 0;
        for (structure, end) in ends.into_iter().enumerate() {
            // Of facts with the same key the last stays.
            let of_months = facts.get(start..end).unwrap_or_default().chunk_by(|one, other| one.months == other.months);
            if start < end {
                weight += said.put_all(structure, Series::in_order(of_months.filter_map(|same| same.last().copied()), &mut scratch));
            }
            start = end;
        }
    }
    weight
}

/// The facts of a subject by structure and months; of those that agree in both, the first that came is the first.
struct InOrder<'a> {
    facts: Vec<PackedEntry<'a>>,
    /// Where the facts of each structure end, by its number.
    ends: Vec<usize>,
}

impl<'a> InOrder<'a> {
    fn of(gathered: &'a [(usize, Said)], numbers: &[Vec<usize>]) -> Self {
        let mut all = Vec::with_capacity(gathered.iter().map(|(_, said)| said.facts).sum());
        for (place, said) in gathered {
            let numbers = numbers.get(*place).map(Vec::as_slice).unwrap_or_default();
            let known = Unpacking::of(&said.packed).gathered();
            all.extend(known.filter_map(|(structure, fact)| Some((*numbers.get(long(structure))?, fact))));
        }
        // Structures are few: they are counted, and each fact is put where those of its structure begin.
        let mut ends: Vec<usize> = Vec::new();
        for (structure, _) in &all {
            if ends.len() <= *structure {
                ends.resize(structure + 1, 0);
            }
            if let Some(count) = ends.get_mut(*structure) {
                *count += 1;
            }
        }
        let mut start = 0;
        for end in &mut ends {
            let count = std::mem::replace(end, start);
            start += count;
        }
        let mut facts: Vec<_> = all.iter().map(|(_, fact)| *fact).collect();
        for (structure, fact) in &all {
            let Some(end) = ends.get_mut(*structure) else { continue };
            if let Some(place) = facts.get_mut(*end) {
                *place = *fact;
            }
            *end += 1;
        }
        let mut start = 0;
        for end in &ends {
            // Months mostly come in their order, which costs one look at each.
            if let Some(of_structure) = facts.get_mut(start..*end) {
                of_structure.sort_by_key(|fact| fact.months);
            }
            start = *end;
        }
        Self { facts, ends }
    }
}

/// A code of at most fifteen bytes as one number, which is compared faster: its length, and its bytes.
fn brief(code: &str) -> Option<u128> {
    let length = u8::try_from(code.len()).ok().filter(|length| *length <= 15)?;
    Some(code.bytes().fold(length.into(), |number, byte| number << 8 | u128::from(byte)))
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
        let codes = ["", "\0", "\0\0", "A", "AB", "BA", "PRV_TORINO", "PRV_TORINO_1", "123456789012345", "è"];
        let briefs: std::collections::HashSet<u128> = codes.iter().filter_map(|code| brief(code)).collect();
        assert_eq!(briefs.len(), codes.len());
        assert_eq!(brief("1234567890123456"), None);
    }

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
