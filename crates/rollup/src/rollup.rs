//! The sums at every node.

mod landing;
mod marks;

use std::sync::Arc;

pub use self::landing::Landing;
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

/// The sums of one structure in one slot, by node of the catalogue: groups everywhere, products where they are kept.
type Plane<const W: usize> = Box<[Cell<W>]>;

/// A range of months that facts speak of, with the structures as they stood then.
#[derive(Debug, Clone)]
struct Slot<const W: usize> {
    structures: Arc<Tree>,
    /// By structure, the lowest one at it or above where single products are kept.
    lowest_kept: Vec<Option<usize>>,
    planes: Vec<Option<Plane<W>>>,
}

impl<const W: usize> Slot<W> {
    fn lowest_kept(&self, structure: usize) -> Option<usize> {
        self.lowest_kept.get(structure).copied().flatten()
    }
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
        let nodes = 0..structures.len();
        let lowest_kept = nodes.map(|node| structures.path(node).find(|above| self.kept.at(&structures, *above))).collect();
        let planes = vec![None; structures.len()];
        self.slots.push(Slot { structures, lowest_kept, planes });
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
        let (step, loses_marks) = self.step(before, after);
        self.shift_above(place, &step);
        if loses_marks {
            self.mark_again([place], facts);
        }
    }

    /// Adds a step to the sums of a product, and of the groups above it, at a structure and all above it.
    fn shift_above(&mut self, (slot, structure, product): (usize, usize, usize), step: &Cell<W>) {
        let Some(structures) = self.slots.get(slot).map(|slot| slot.structures.clone()) else { return };
        structures.path(structure).for_each(|above| self.shift((slot, above, product), usize::MAX, step));
    }

    /// What a fact adds to sums in the place of the one before it, and whether marks are lost with that one.
    fn step(&mut self, before: Option<&Leaf<W>>, after: &Leaf<W>) -> (Cell<W>, bool) {
        self.weight = self.weight.saturating_sub(before.map_or(0, |before| before.weight)).saturating_add(after.weight);
        before.map_or((after.cell, false), |before| (after.cell.since(&before.cell), before.cell.marks & !after.cell.marks != 0))
    }

    /// Sums of nothing, for a structure of a slot.
    fn empty_plane(&self, slot: &Slot<W>, structure: usize) -> Plane<W> {
        let width = if slot.lowest_kept(structure) == Some(structure) { self.products.len() } else { self.groups };
        vec![Cell::EMPTY; width].into_boxed_slice()
    }

    /// Adds a step to the sums of a node, and of those above it up to so many in all, at one structure.
    fn shift(&mut self, (slot, structure, node): (usize, usize, usize), nodes: usize, step: &Cell<W>) {
        let Some(known) = self.slots.get(slot) else { return };
        let opened = matches!(known.planes.get(structure), Some(None)).then(|| self.empty_plane(known, structure));
        let Self { products, slots, .. } = self;
        let Some(place) = slots.get_mut(slot).and_then(|slot| slot.planes.get_mut(structure)) else { return };
        *place = place.take().or(opened);
        let Some(plane) = place else { return };
        for node in products.path(node).take(nodes) {
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
        let Some(Slot { structures, planes, .. }) = self.slots.get(slot) else { return Cell::EMPTY };
        let Some(plane) = planes.get(structure).and_then(Option::as_ref) else { return Cell::EMPTY };
        plane.get(node).copied().unwrap_or_else(|| {
            let mut sum = Cell::EMPTY;
            structures.under(structure).into_iter().filter_map(|below| facts.leaf(slot, below, node)).for_each(|leaf| sum.add(&leaf.cell));
            sum
        })
    }
}
