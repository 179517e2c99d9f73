//! Sums of cents by structure and node, and how many facts of each provenance entered them.

use piramide_measure::Provenance;
use piramide_rollup::Tree;

const PROVENANCES: usize = Provenance::ALL.len();

/// What one fact, or several, bring to a sum. Differences too: counts may be below zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) cents: i128,
    facts: [i32; PROVENANCES],
}

impl Part {
    /// What a fact brings: nothing where its amount is missing.
    pub(super) fn of(amount: Option<i64>, provenance: Provenance) -> Self {
        let mut part = Self::default();
        if let Some(cents) = amount {
            part.cents = cents.into();
            part.facts = Provenance::ALL.map(|known| i32::from(known == provenance));
        }
        part
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.cents += other.cents;
        self.facts.iter_mut().zip(other.facts).for_each(|(count, other)| *count = count.saturating_add(other));
    }

    /// What makes this out of another.
    pub(super) fn less(&self, other: &Self) -> Self {
        let mut difference = *self;
        difference.cents -= other.cents;
        difference.facts.iter_mut().zip(other.facts).for_each(|(count, other)| *count = count.saturating_sub(other));
        difference
    }

    /// As it enters what is above it.
    pub(super) fn signed(self, sign: i8) -> Self {
        Self { cents: self.cents * i128::from(sign), ..self }
    }
}

/// A sum that is kept. Zero facts are nothing known, whatever the cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// The sum, in cents. It goes round at the ends of its range: who reads knows whether it can have.
    pub(super) cents: i64,
    /// A bit for each provenance, in the order of [`Provenance::ALL`].
    pub(super) marks: u8,
}

impl Total {
    /// The sum in cents, and the least certain provenance that entered; `None` when nothing is recorded.
    pub fn known(&self) -> Option<(i64, Provenance)> {
        let entered = |(rank, _): &(usize, Provenance)| self.marks >> rank & 1 == 1;
        let least_certain = Provenance::ALL.into_iter().enumerate().filter(entered).map(|(_, provenance)| provenance).max()?;
        Some((self.cents, least_certain))
    }

    pub(super) fn add(&mut self, other: Self) {
        self.cents = self.cents.wrapping_add(other.cents);
        self.marks |= other.marks;
    }
}

/// The sums of one structure, by node.
#[derive(Debug, Clone, Default)]
pub(super) struct Plane {
    cents: Vec<i64>,
    /// By provenance; empty for one that no fact has had.
    facts: [Vec<u32>; PROVENANCES],
}

impl Plane {
    #[expect(clippy::cast_possible_truncation, reason = "sums go round, and the weight of all facts tells whether they can have")]
    fn add(&mut self, node: usize, nodes: usize, part: &Part) {
        if let Some(cents) = place(&mut self.cents, node, nodes) {
            *cents = cents.wrapping_add(part.cents as i64);
        }
        for (facts, step) in self.facts.iter_mut().zip(part.facts) {
            if step != 0
                && let Some(count) = place(facts, node, nodes)
            {
                *count = count.saturating_add_signed(step);
            }
        }
    }

    /// Without any sum, and with room for so many.
    pub(super) fn sized(nodes: usize) -> Self {
        Self { cents: vec![0; nodes], ..Self::default() }
    }

    /// Ready to add facts of one provenance.
    pub(super) fn counting(&mut self, provenance: Provenance) -> Counting<'_> {
        let rank = Provenance::ALL.iter().position(|known| *known == provenance).unwrap_or_default();
        let facts = self.facts.get_mut(rank).map_or(&mut [] as &mut [u32], |facts| {
            facts.resize(self.cents.len().max(facts.len()), 0);
            facts
        });
        Counting { cents: &mut self.cents, facts }
    }

    /// Adds the sums of nodes to those of the ones above them: node, the one above and the sign, from the leaves up.
    pub(super) fn roll_up(&mut self, steps: &(impl Iterator<Item = (usize, usize, i8)> + Clone)) {
        for (node, above, sign) in steps.clone() {
            let part = self.cents.get(node).copied().unwrap_or_default();
            if let Some(sum) = self.cents.get_mut(above) {
                *sum = sum.wrapping_add(if sign < 0 { part.wrapping_neg() } else { part });
            }
        }
        for facts in self.facts.iter_mut().filter(|facts| !facts.is_empty()) {
            for (node, above, _) in steps.clone() {
                let part = facts.get(node).copied().unwrap_or_default();
                if let Some(sum) = facts.get_mut(above) {
                    *sum = sum.saturating_add(part);
                }
            }
        }
    }

    /// Adds the sums of another.
    pub(super) fn join(&mut self, other: &Self) {
        lengthen(&mut self.cents, other.cents.len());
        self.cents.iter_mut().zip(&other.cents).for_each(|(sum, cents)| *sum = sum.wrapping_add(*cents));
        for (facts, other) in self.facts.iter_mut().zip(&other.facts) {
            lengthen(facts, other.len());
            facts.iter_mut().zip(other).for_each(|(sum, count)| *sum = sum.saturating_add(*count));
        }
    }

    /// What is known at a node.
    pub(super) fn get(&self, node: usize) -> Total {
        let marks = self.facts.iter().enumerate().filter(|(_, facts)| facts.get(node).is_some_and(|count| *count > 0));
        Total { cents: self.cents.get(node).copied().unwrap_or_default(), marks: marks.fold(0, |marks, (rank, _)| marks | 1 << rank) }
    }
}

/// A place in a list, which is made longer where it ends before, up to a length if that is enough.
fn place<T: Clone + Default>(list: &mut Vec<T>, at: usize, length: usize) -> Option<&mut T> {
    if list.len() <= at {
        lengthen(list, length.max(at + 1));
    }
    list.get_mut(at)
}

/// Makes a list as long as that, where it is shorter: no longer, since it stays.
fn lengthen<T: Clone + Default>(list: &mut Vec<T>, length: usize) {
    if list.len() < length {
        list.reserve_exact(length - list.len());
        list.resize(length, T::default());
    }
}

/// A plane to which facts of one provenance are added.
pub(super) struct Counting<'a> {
    cents: &'a mut [i64],
    facts: &'a mut [u32],
}

impl Counting<'_> {
    /// Adds a fact at a node.
    pub(super) fn add(&mut self, node: usize, cents: i64) {
        if let Some((sum, facts)) = self.cents.get_mut(node).zip(self.facts.get_mut(node)) {
            *sum = sum.wrapping_add(cents);
            *facts = facts.saturating_add(1);
        }
    }
}

/// The sums of every structure, for some months.
#[derive(Debug, Clone, Default)]
pub(super) struct Planes(Vec<Option<Box<Plane>>>);

impl Planes {
    /// Adds a part at a node, to a structure and to those above it. `nodes` is how many there are.
    pub(super) fn add(&mut self, tree: &Tree, structure: usize, (node, nodes): (usize, usize), part: &Part) {
        for above in tree.path(structure) {
            if let Some(plane) = place(&mut self.0, above, tree.len()) {
                plane.get_or_insert_default().add(node, nodes, part);
            }
        }
    }

    /// Adds the sums that stand at a structure, to it and to those above it, up to one of them where the rest is not asked for.
    pub(super) fn join_at(&mut self, (tree, within): (&Tree, Option<usize>), structure: usize, sums: Plane) {
        if within != Some(structure) {
            for above in tree.path(structure).skip(1) {
                if let Some(plane) = place(&mut self.0, above, tree.len()) {
                    plane.get_or_insert_default().join(&sums);
                }
                if within == Some(above) {
                    break;
                }
            }
        }
        match place(&mut self.0, structure, tree.len()) {
            Some(Some(plane)) => plane.join(&sums),
            Some(plane) => *plane = Some(Box::new(sums)),
            None => {}
        }
    }

    /// Adds the sums of other months.
    pub(super) fn join(&mut self, other: &Self) {
        for (structure, plane) in other.0.iter().enumerate() {
            if let (Some(plane), Some(sum)) = (plane, place(&mut self.0, structure, other.0.len())) {
                sum.get_or_insert_default().join(plane);
            }
        }
    }

    /// What is known at a structure and a node.
    pub(super) fn get(&self, structure: usize, node: usize) -> Total {
        self.0.get(structure).and_then(Option::as_ref).map_or_else(Total::default, |plane| plane.get(node))
    }

    /// Adds what is known of every node at a structure to totals by node.
    pub(super) fn add_to(&self, structure: usize, totals: &mut [Total]) {
        let Some(plane) = self.0.get(structure).and_then(Option::as_ref) else { return };
        totals.iter_mut().zip(&plane.cents).for_each(|(total, cents)| total.cents = total.cents.wrapping_add(*cents));
        for (rank, facts) in plane.facts.iter().enumerate() {
            totals.iter_mut().zip(facts).for_each(|(total, count)| total.marks |= u8::from(*count > 0) << rank);
        }
    }
}
