//! Many facts taken in at once: the sums that several of them move are moved once.
//!
//! Facts land at the structure where they stand, in a layer of the group right above their product, if any, and in one of the product itself. A
//! layer is handed on upwards when a fact of another group or product comes: facts mostly come product by product, and layers then are few
//! cells that stay near the processor.

use super::{Facts, Rollup};
use crate::{Cell, Leaf};

/// Facts on their way into a roll-up.
#[derive(Debug, Default)]
pub struct Landing<const W: usize> {
    group: Layer<W>,
    product: Layer<W>,
    /// Where a measure is known no more, or from elsewhere.
    lost_marks: Vec<(usize, usize, usize)>,
}

/// What landed of one node of the products' tree.
#[derive(Debug, Default)]
struct Layer<const W: usize> {
    node: Option<usize>,
    /// By slot and structure: a step, if anything landed there.
    steps: Vec<Vec<Option<Cell<W>>>>,
    /// Where that is, by how many structures stand above.
    levels: Vec<Vec<(usize, usize)>>,
}

impl<const W: usize> Layer<W> {
    fn add(&mut self, rollup: &Rollup<W>, (slot, structure): (usize, usize), step: &Cell<W>) {
        let Some(known) = rollup.slots.get(slot) else { return };
        if self.steps.len() <= slot {
            self.steps.resize_with(slot + 1, Vec::new);
        }
        let Some(steps) = self.steps.get_mut(slot) else { return };
        if steps.is_empty() {
            steps.resize(known.structures.len(), None);
        }
        match steps.get_mut(structure) {
            Some(Some(sum)) => sum.add(step),
            Some(place) => {
                *place = Some(*step);
                let depth = known.structures.depth(structure);
                if self.levels.len() <= depth {
                    self.levels.resize_with(depth + 1, Vec::new);
                }
                self.levels.get_mut(depth).into_iter().for_each(|level| level.push((slot, structure)));
            }
            None => {}
        }
    }

    /// Adds what landed to the sums of the node and of the groups above it, at its structures and all above them.
    fn hand_on(&mut self, rollup: &mut Rollup<W>) {
        let Some(node) = self.node else { return };
        let of_product = node >= rollup.groups;
        // What is added to a product is added to its groups by their own layer.
        let nodes = if of_product { 1 } else { usize::MAX };
        for depth in (0..self.levels.len()).rev() {
            while let Some((slot, structure)) = self.levels.get_mut(depth).and_then(Vec::pop) {
                let step = self.steps.get_mut(slot).and_then(|steps| steps.get_mut(structure)).and_then(Option::take);
                let Some((step, known)) = step.zip(rollup.slots.get(slot)) else { continue };
                if let Some(above) = known.structures.path(structure).nth(1) {
                    self.add(rollup, (slot, above), &step);
                }
                rollup.shift((slot, structure, node), nodes, &step);
            }
        }
    }
}

impl<const W: usize> Rollup<W> {
    /// Takes in a fact in the place of the one before it. Sums are right once the landing is taken in too.
    pub fn land(&mut self, landing: &mut Landing<W>, place: (usize, usize, usize), before: Option<&Leaf<W>>, after: &Leaf<W>) {
        let (slot, structure, product) = place;
        let Some(kept) = self.slots.get(slot).map(|slot| slot.lowest_kept(structure)) else { return };
        let (step, loses_marks) = self.step(before, after);
        if loses_marks {
            landing.lost_marks.push(place);
        }
        let group = self.products.path(product).nth(1);
        // At a structure where a product is not kept its group tells that facts are there; without one the product itself does.
        let of_product = if group.is_some() { kept } else { Some(structure) };
        for (layer, node, structure) in [(&mut landing.group, group, Some(structure)), (&mut landing.product, Some(product), of_product)] {
            let Some(node) = node else { continue };
            if layer.node != Some(node) {
                layer.hand_on(self);
                layer.node = Some(node);
            }
            structure.into_iter().for_each(|structure| layer.add(self, (slot, structure), &step));
        }
    }

    /// Takes in the facts that have landed, once `facts` gives all of them: sums are then what taking one after the other makes of them.
    pub fn take_landed(&mut self, landing: Landing<W>, facts: &impl Facts<W>) {
        let Landing { mut group, mut product, lost_marks } = landing;
        group.hand_on(self);
        product.hand_on(self);
        self.mark_again(lost_marks, facts);
    }
}
