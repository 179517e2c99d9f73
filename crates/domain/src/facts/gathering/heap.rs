//! What was gathered of one subject: as it came, and then structure by structure.

use super::{
    super::packing::{Head, PackedEntry, Packing, Unpacking},
    long, short,
};

/// Stands before a head; structures are counted from one.
const OTHER_HEAD: i64 = 0;
/// There is no further fact.
const NONE: u32 = u32::MAX;

/// Facts about a subject in the order in which they came: packed at once, since what is written here and there in memory costs by the byte.
/// They mostly come month by month and batch by batch, so what stands before their quantities is packed where it changes.
#[derive(Debug, Default)]
pub(super) struct Heap {
    packed: Vec<u8>,
    facts: usize,
    head: Head,
}

impl Heap {
    /// Adds a fact about a structure, by its number, with the amounts that its head says are known.
    #[inline]
    pub(super) fn add(&mut self, structure: u32, head: Head, amounts: impl Iterator<Item = i64>) {
        let mut packing = Packing::new(&mut self.packed);
        if head != self.head {
            packing.put(OTHER_HEAD);
            packing.put_head(&head, self.head.months.0.into());
            self.head = head;
        }
        packing.put(i64::from(structure) + 1);
        amounts.for_each(|amount| packing.put(amount));
        self.facts += 1;
    }
}

/// The facts of some heaps structure by structure, in each as they came.
#[derive(Default)]
pub(super) struct Strung<'a> {
    heads: Vec<Head>,
    facts: Vec<Bead<'a>>,
    /// The first and the last fact of each structure, by its number.
    ends: Vec<(u32, u32)>,
}

/// A fact, with the numbers of its head and of the next fact in the same structure.
struct Bead<'a> {
    quantities: &'a [u8],
    head: u32,
    next: u32,
}

impl<'a> Strung<'a> {
    /// From heaps in their order, each with the numbers that its structures have here.
    pub(super) fn of(heaps: impl Iterator<Item = (&'a Heap, &'a [usize])> + Clone) -> Self {
        let facts = Vec::with_capacity(heaps.clone().map(|(heap, _)| heap.facts).sum());
        let mut strung = Self { facts, ..Self::default() };
        for (heap, numbers) in heaps {
            let mut entries = Unpacking::of(&heap.packed);
            let mut head = Head::default();
            strung.heads.push(head);
            while let Some(mut number) = entries.number() {
                if number == OTHER_HEAD {
                    let (Some(other), Some(after)) = (entries.head(), entries.number()) else { break };
                    (head, number) = (other, after);
                    strung.heads.push(head);
                }
                let structure = usize::try_from(number - 1).ok().and_then(|number| numbers.get(number));
                let (Some(structure), Some(quantities)) = (structure, entries.pass(head.known)) else { break };
                strung.add(*structure, quantities);
            }
        }
        strung
    }

    /// Adds a fact with the last head.
    fn add(&mut self, structure: usize, quantities: &'a [u8]) {
        let number = short(self.facts.len());
        if self.ends.len() <= structure {
            self.ends.resize(structure + 1, (NONE, NONE));
        }
        if let Some((first, last)) = self.ends.get_mut(structure) {
            match self.facts.get_mut(long(*last)) {
                Some(before) => before.next = number,
                None => *first = number,
            }
            *last = number;
        }
        self.facts.push(Bead { quantities, head: short(self.heads.len() - 1), next: NONE });
    }

    /// One more than the number of the last structure.
    pub(super) fn structures(&self) -> usize {
        self.ends.len()
    }

    /// The facts in a structure.
    pub(super) fn in_structure(&self, structure: usize) -> impl Iterator<Item = PackedEntry<'a>> {
        let first = self.ends.get(structure).and_then(|(first, _)| self.facts.get(long(*first)));
        let beads = std::iter::successors(first, |bead| self.facts.get(long(bead.next)));
        beads.filter_map(|bead| Some(PackedEntry { head: *self.heads.get(long(bead.head))?, quantities: bead.quantities }))
    }
}
