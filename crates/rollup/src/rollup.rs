//! The sums at every node.

use std::{collections::BTreeMap, sync::Arc};

use crate::{Cell, Leaf, Tree};

/// Where the sums of single products are kept. Elsewhere a product has few leaves, which are summed when asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kept {
    /// At the roots and right under them: for many products.
    #[default]
    NearTheRoot,
    /// At every structure that has others under it: for few products.
    AboveLeaves,
}

impl Kept {
    fn at(self, structures: &Tree, structure: usize) -> bool {
        match self {
            Self::NearTheRoot => structures.depth(structure) <= 1,
            Self::AboveLeaves => !structures.children(structure).is_empty(),
        }
    }
}

/// Where facts are looked up: what the roll-up does not keep, it asks for.
pub trait Facts<const W: usize> {
    /// What is in force for a structure and a product in a slot.
    fn leaf(&self, slot: usize, structure: usize, product: usize) -> Option<Leaf<W>>;
}

impl<const W: usize, F: Fn(usize, usize, usize) -> Option<Leaf<W>>> Facts<W> for F {
    fn leaf(&self, slot: usize, structure: usize, product: usize) -> Option<Leaf<W>> {
        self(slot, structure, product)
    }
}

/// A fact about a product: its structure, what was in force before, and what is now.
pub type Shift<const W: usize> = (usize, Option<Leaf<W>>, Leaf<W>);

/// The sums of one structure in one slot, by node of the catalogue: groups everywhere, products where they are kept.
type Plane<const W: usize> = Box<[Cell<W>]>;

/// A range of months that facts speak of, with the structures as they stood then.
#[derive(Debug, Clone)]
struct Slot<const W: usize> {
    structures: Arc<Tree>,
    planes: Vec<Option<Plane<W>>>,
}

/// Sums of `W` measures over a tree of structures, a tree of products, and slots of time.
///
/// - A slot has its own tree of structures: an office that moved counts where it stood then.
/// - Nodes of the products' tree are numbered groups first, products after; facts stand at products.
/// - Everything is exact: where the facts could sum to more than a cell holds, [`Rollup::read`] gives nothing.
#[derive(Debug, Clone)]
pub struct Rollup<const W: usize> {
    products: Tree,
    groups: usize,
    kept: Kept,
    slots: Vec<Slot<W>>,
    /// The sum of the weights of all facts: no sum of any of them can be larger.
    weight: u128,
}

impl<const W: usize> Rollup<W> {
    /// An empty roll-up over a tree whose first nodes are the groups.
    pub fn new(products: Tree, groups: usize) -> Self {
        Self { products, groups, kept: Kept::default(), slots: Vec::new(), weight: 0 }
    }

    /// The same, with single products kept elsewhere.
    #[must_use]
    pub fn keeping(self, kept: Kept) -> Self {
        Self { kept, ..self }
    }

    /// Opens a slot with the structures as they stand in it, and gives its number.
    pub fn open_slot(&mut self, structures: Arc<Tree>) -> usize {
        let planes = vec![None; structures.len()];
        self.slots.push(Slot { structures, planes });
        self.slots.len() - 1
    }

    /// The structures of a slot.
    pub fn structures(&self, slot: usize) -> Option<&Tree> {
        self.slots.get(slot).map(|slot| slot.structures.as_ref())
    }

    /// The tree of products.
    pub fn products(&self) -> &Tree {
        &self.products
    }

    /// Takes in a fact in the place of the one before it. `facts` already gives the new one.
    pub fn take(&mut self, place: (usize, usize, usize), before: Option<&Leaf<W>>, after: &Leaf<W>, facts: &impl Facts<W>) {
        let (slot, structure, product) = place;
        self.weight = self.weight.saturating_sub(before.map_or(0, |before| before.weight)).saturating_add(after.weight);
        let was = before.map_or(Cell::EMPTY, |before| before.cell);
        let step = after.cell.since(&was);
        let Some(structures) = self.slots.get(slot).map(|slot| slot.structures.clone()) else { return };
        structures.path(structure).for_each(|above| self.shift((slot, above, product), &step));
        if was.marks & !after.cell.marks != 0 {
            self.mark_again(slot, structure, product, facts);
        }
    }

    /// The same for many facts about one product in a slot, of which `facts` already has them all: the sums of a structure above several of
    /// them are shifted once.
    pub fn take_all(&mut self, (slot, product): (usize, usize), shifts: impl Iterator<Item = Shift<W>>, facts: &impl Facts<W>) {
        let Some(structures) = self.slots.get(slot).map(|slot| slot.structures.clone()) else { return };
        let mut steps: Vec<Option<Cell<W>>> = vec![None; structures.len()];
        // The structures that have a step, by how many stand above them: the lowest are shifted first and hand theirs on.
        let mut levels: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut lost_marks = Vec::new();
        for (structure, before, after) in shifts {
            self.weight = self.weight.saturating_sub(before.as_ref().map_or(0, |before| before.weight)).saturating_add(after.weight);
            if before.as_ref().is_some_and(|before| before.cell.marks & !after.cell.marks != 0) {
                lost_marks.push(structure);
            }
            let step = before.map_or(after.cell, |before| after.cell.since(&before.cell));
            add_step(&structures, (&mut steps, &mut levels), structure, &step);
        }
        while let Some((_, level)) = levels.pop_last() {
            for structure in level {
                let Some(step) = steps.get(structure).copied().flatten() else { continue };
                self.shift((slot, structure, product), &step);
                if let Some(above) = structures.path(structure).nth(1) {
                    add_step(&structures, (&mut steps, &mut levels), above, &step);
                }
            }
        }
        lost_marks.into_iter().for_each(|structure| self.mark_again(slot, structure, product, facts));
    }

    /// Adds a step to the sums of a product, and of the groups above it, at one structure.
    fn shift(&mut self, (slot, structure, product): (usize, usize, usize), step: &Cell<W>) {
        let Self { products, groups, kept, slots, .. } = self;
        let Some(Slot { structures, planes }) = slots.get_mut(slot) else { return };
        let Some(plane) = planes.get_mut(structure) else { return };
        let plane = plane.get_or_insert_with(|| {
            let width = if kept.at(structures, structure) { products.len() } else { *groups };
            vec![Cell::EMPTY; width].into_boxed_slice()
        });
        for node in products.path(product) {
            if let Some(cell) = plane.get_mut(node) {
                cell.add(step);
            }
        }
    }

    /// Whether every sum of any facts fits.
    pub fn fits(&self) -> bool {
        self.weight <= i64::MAX.unsigned_abs().into()
    }

    /// What is known at a structure and a node over some slots; `None` when the sums might not fit, and must be taken another way.
    pub fn read(&self, slots: &[usize], structure: usize, node: usize, facts: &impl Facts<W>) -> Option<Cell<W>> {
        if !self.fits() {
            return None;
        }
        let mut sum = Cell::EMPTY;
        slots.iter().for_each(|slot| sum.add(&self.cell(*slot, structure, node, facts)));
        Some(sum)
    }

    /// The sums of every node at a structure in a slot, by node; `None` where nothing is known, they are not all kept, or might not fit.
    pub fn row(&self, slot: usize, structure: usize) -> Option<&[Cell<W>]> {
        let plane = self.slots.get(slot)?.planes.get(structure)?.as_deref()?;
        Some(plane).filter(|plane| plane.len() == self.products.len() && self.fits())
    }

    /// The marks of a group at a structure in a slot, which are right even where the sums do not fit.
    pub fn marks(&self, slot: usize, structure: usize, group: usize) -> u64 {
        let plane = self.slots.get(slot).and_then(|slot| slot.planes.get(structure)).and_then(Option::as_ref);
        plane.and_then(|plane| plane.get(group)).map_or(0, |cell| cell.marks)
    }

    fn cell(&self, slot: usize, structure: usize, node: usize, facts: &impl Facts<W>) -> Cell<W> {
        let Some(Slot { structures, planes }) = self.slots.get(slot) else { return Cell::EMPTY };
        let Some(plane) = planes.get(structure).and_then(Option::as_ref) else { return Cell::EMPTY };
        plane.get(node).copied().unwrap_or_else(|| {
            let mut sum = Cell::EMPTY;
            structures.under(structure).into_iter().filter_map(|below| facts.leaf(slot, below, node)).for_each(|leaf| sum.add(&leaf.cell));
            sum
        })
    }

    /// A fact lost a mark that it had, so the nodes above it look again at what stands under them, from the bottom up.
    fn mark_again(&mut self, slot: usize, structure: usize, product: usize, facts: &impl Facts<W>) {
        let Some(structures) = self.slots.get(slot).map(|slot| slot.structures.clone()) else { return };
        let nodes: Vec<usize> = self.products.path(product).collect();
        for above in structures.path(structure) {
            for node in &nodes {
                let own = self.own_marks(slot, above, *node, facts);
                let below = structures.children(above).iter().map(|child| self.cell(slot, *child, *node, facts).marks);
                let marks = below.fold(own, |marks, below| marks | below);
                let plane = self.slots.get_mut(slot).and_then(|slot| slot.planes.get_mut(above)).and_then(Option::as_mut);
                if let Some(cell) = plane.and_then(|plane| plane.get_mut(*node)) {
                    cell.marks = marks;
                }
            }
        }
    }

    /// The marks of the facts that stand at the structure itself.
    fn own_marks(&self, slot: usize, structure: usize, node: usize, facts: &impl Facts<W>) -> u64 {
        let under = self.products.under(node).into_iter();
        under.filter_map(|product| facts.leaf(slot, structure, product)).fold(0, |marks, leaf| marks | leaf.cell.marks)
    }
}

/// Adds a step to that of a structure, and notes where that stands.
fn add_step<const W: usize>(
    structures: &Tree,
    (steps, levels): (&mut [Option<Cell<W>>], &mut BTreeMap<usize, Vec<usize>>),
    structure: usize,
    step: &Cell<W>,
) {
    let Some(known) = steps.get_mut(structure) else { return };
    if let Some(known) = known {
        known.add(step);
    } else {
        *known = Some(*step);
        levels.entry(structures.depth(structure)).or_default().push(structure);
    }
}
