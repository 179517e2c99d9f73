//! The sums of one year: month by month while it is one of the last, all together afterwards.

use std::{collections::BTreeSet, sync::Arc};

use piramide_measure::Month;
use piramide_rollup::Tree;

use super::planes::{Part, Plane, Planes, Total};

/// A range of months that facts speak of, with the structures as they stood at its end.
pub(super) struct Slot {
    pub(super) first: Month,
    pub(super) last: Month,
    pub(super) structures: Arc<Tree>,
    /// The sums; empty once the year is packed.
    planes: Planes,
    /// Whether a fact of a tree stands at a structure itself.
    at: Vec<bool>,
}

impl Slot {
    fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// A year.
#[derive(Default)]
pub(super) struct Year {
    slots: Vec<Slot>,
    /// The sums of all its slots together, once it is packed.
    packed: Option<Planes>,
    /// Two slots that share months, and a structure of which something is recorded for both: there what is recorded of an item for the one
    /// may hold what is recorded of a part of it for the other.
    entangled: BTreeSet<(usize, usize, usize)>,
    /// Sums that are recorded and not those of their parts: node, slot, structure.
    unsquared: BTreeSet<(usize, usize, usize)>,
    /// The amounts of all facts without their signs: no sum of any of them can be larger.
    weight: u128,
}

/// Some slots of a year, by number: at most the ranges that thirteen months have.
#[derive(Clone, Copy, Default)]
pub struct Span<'a> {
    year: Option<&'a Year>,
    slots: u128,
}

impl Year {
    /// A year in which nothing is known; packed, if months are never asked for.
    pub(super) fn new(packed: bool) -> Self {
        Self { packed: packed.then(Planes::default), ..Self::default() }
    }

    /// The number of a range of months.
    pub(super) fn slot(&self, first: Month, last: Month) -> Option<usize> {
        self.slots.iter().position(|slot| (slot.first, slot.last) == (first, last))
    }

    /// Opens a range of months.
    pub(super) fn open(&mut self, first: Month, last: Month, structures: Arc<Tree>) -> usize {
        let at = vec![false; structures.len()];
        self.slots.push(Slot { first, last, structures, planes: Planes::default(), at });
        self.slots.len() - 1
    }

    /// The slot of that number.
    pub(super) fn get(&self, slot: usize) -> Option<&Slot> {
        self.slots.get(slot)
    }

    /// A tree like that of one of the slots: structures seldom move, so slots share it.
    pub(super) fn tree_like(&self, tree: &Tree) -> Option<Arc<Tree>> {
        self.slots.iter().map(|slot| &slot.structures).find(|known| known.as_ref() == tree).cloned()
    }

    /// Adds a part at a node.
    pub(super) fn add(&mut self, slot: usize, structure: usize, node: (usize, usize), part: &Part) {
        let Some(slot) = self.slots.get_mut(slot) else { return };
        let planes = self.packed.as_mut().unwrap_or(&mut slot.planes);
        planes.add(&slot.structures, structure, node, part);
    }

    /// Notes that a fact of a tree stands at a structure.
    pub(super) fn note(&mut self, slot: usize, structure: usize) {
        let Some(at) = self.slots.get_mut(slot).and_then(|slot| slot.at.get_mut(structure)) else { return };
        if std::mem::replace(at, true) {
            return;
        }
        let Some(noted) = self.slots.get(slot) else { return };
        for (number, other) in self.slots.iter().enumerate() {
            if number != slot && other.overlaps(noted) && other.at.get(structure).is_some_and(|at| *at) {
                self.entangled.insert((slot, number, structure));
            }
        }
    }

    /// Keeps the sums of the whole year only.
    pub(super) fn pack(&mut self) {
        if self.packed.is_some() {
            return;
        }
        let mut all = Planes::default();
        for slot in &mut self.slots {
            all.join(&std::mem::take(&mut slot.planes));
        }
        self.packed = Some(all);
    }

    /// The trees of its slots, those that follow one another and are the same once.
    pub(super) fn trees(&self) -> Vec<Arc<Tree>> {
        let mut trees: Vec<Arc<Tree>> = self.slots.iter().map(|slot| slot.structures.clone()).collect();
        trees.dedup_by(|one, other| Arc::ptr_eq(one, other));
        trees
    }

    /// The slots whose sums are kept together and in which the structures stand the same way.
    pub(super) fn summed_together(&self) -> Vec<(Arc<Tree>, Vec<usize>)> {
        let mut groups: Vec<(Arc<Tree>, Vec<usize>)> = Vec::new();
        for (number, slot) in self.slots.iter().enumerate() {
            match groups.iter_mut().find(|(tree, _)| self.packed.is_some() && Arc::ptr_eq(tree, &slot.structures)) {
                Some((_, slots)) => slots.push(number),
                None => groups.push((slot.structures.clone(), vec![number])),
            }
        }
        groups
    }

    /// Adds the sums that stand at a structure in slots that are summed together.
    pub(super) fn join(&mut self, slots: &[usize], tree: (&Tree, Option<usize>), structure: usize, sums: Plane) {
        let slot = slots.first().and_then(|slot| self.slots.get_mut(*slot));
        if let Some(planes) = self.packed.as_mut().or(slot.map(|slot| &mut slot.planes)) {
            planes.join_at(tree, structure, sums);
        }
    }

    /// Whether slots share months.
    pub(super) fn overlap(&self) -> bool {
        self.slots.iter().enumerate().any(|(number, slot)| self.slots.iter().skip(number + 1).any(|other| slot.overlaps(other)))
    }

    /// Takes note of the amounts of facts, without their signs.
    pub(super) fn weigh(&mut self, cents: u128) {
        self.weight = self.weight.saturating_add(cents);
    }

    /// Takes note that a fact has gone.
    pub(super) fn lighten(&mut self, cents: u128) {
        self.weight = self.weight.saturating_sub(cents);
    }

    /// Notes whether a recorded sum misses its parts.
    pub(super) fn set_unsquared(&mut self, place: (usize, usize, usize), unsquared: bool) {
        if unsquared {
            self.unsquared.insert(place);
        } else if !self.unsquared.is_empty() {
            self.unsquared.remove(&place);
        }
    }

    /// The slots that lie in some months; `None` where that is a part of a packed year, whose parts are not kept, or
    /// where a sum may not have room in 64 bits.
    pub(super) fn span(&self, first: Month, last: Month) -> Option<Span<'_>> {
        if self.weight > i64::MAX.unsigned_abs().into() {
            return None;
        }
        let inside = |slot: &Slot| first <= slot.first && slot.last <= last;
        let slots = self.slots.iter().enumerate().filter(|(_, slot)| inside(slot)).fold(0, |slots, (number, _)| slots | bit(number));
        let whole = self.slots.iter().all(inside);
        (whole || slots == 0 || self.packed.is_none()).then_some(Span { year: Some(self), slots })
    }
}

fn bit(slot: usize) -> u128 {
    u32::try_from(slot).ok().and_then(|slot| 1u128.checked_shl(slot)).unwrap_or_default()
}

impl<'a> Span<'a> {
    /// The slots, with their numbers.
    pub(super) fn slots(self) -> impl Iterator<Item = (usize, &'a Slot)> {
        let slots = self.year.into_iter().flat_map(|year| year.slots.iter().enumerate());
        slots.filter(move |(number, _)| self.has(*number))
    }

    pub(super) fn has(self, slot: usize) -> bool {
        self.slots & bit(slot) != 0
    }

    /// Whether at a structure, or under it, facts of different slots may hold one another.
    pub(super) fn is_entangled(self, structure: usize) -> bool {
        let Some(year) = self.year else { return false };
        let under =
            |slot: usize, place: usize| year.get(slot).is_some_and(|slot| slot.structures.path(place).any(|above| above == structure));
        year.entangled
            .iter()
            .any(|(one, other, place)| self.has(*one) && self.has(*other) && (under(*one, *place) || under(*other, *place)))
    }

    /// Where a node is recorded and is not the sum of those under it: slot and structure.
    pub(super) fn unsquared(self, node: usize) -> impl Iterator<Item = (&'a Slot, usize)> {
        let places = self.year.into_iter().flat_map(move |year| year.unsquared.range((node, 0, 0)..(node, usize::MAX, usize::MAX)));
        places.filter_map(move |(_, slot, structure)| Some((self.slots().find(|(number, _)| number == slot)?.1, *structure)))
    }

    /// The part of it that ends with a month; `None` in a packed year.
    pub fn ending_with(self, month: Month) -> Option<Self> {
        let ending = self.slots().filter(|(_, slot)| slot.last == month).fold(0, |slots, (number, _)| slots | bit(number));
        (ending == self.slots || ending == 0 || self.year.is_none_or(|year| year.packed.is_none()))
            .then_some(Self { slots: ending, ..self })
    }

    /// Whether it is kept month by month.
    pub(super) fn is_by_month(self) -> bool {
        self.slots == 0 || self.year.is_none_or(|year| year.packed.is_none())
    }

    /// The last month in which something is known of a node at a structure, where it is kept month by month.
    pub(super) fn last_month(self, structure: usize, node: usize) -> Option<Month> {
        let known = self.slots().filter(|(_, slot)| slot.planes.get(structure, node).marks != 0);
        known.map(|(_, slot)| slot.last).max()
    }

    /// What is known of a node at a structure.
    pub(super) fn total(self, structure: usize, node: usize) -> Total {
        let mut total = Total::default();
        self.planes().for_each(|planes| total.add(planes.get(structure, node)));
        total
    }

    /// What is known of every node at a structure, by node.
    pub(super) fn totals(self, structure: usize, nodes: usize) -> Vec<Total> {
        let mut totals = vec![Total::default(); nodes];
        self.planes().for_each(|planes| planes.add_to(structure, &mut totals));
        totals
    }

    fn planes(self) -> impl Iterator<Item = &'a Planes> {
        let packed = self.year.filter(|_| self.slots != 0).and_then(|year| year.packed.as_ref());
        let open = self.slots().map(|(_, slot)| &slot.planes).filter(move |_| packed.is_none());
        packed.into_iter().chain(open)
    }
}
