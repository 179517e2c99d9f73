//! Marks that are lost: sums can be moved by what a fact says no more, marks cannot, since others may bear them too.

use std::collections::{BTreeMap, BTreeSet};

use super::{Facts, Rollup};

/// Where facts of a slot lost marks: structures and products.
type Lost = (BTreeSet<usize>, BTreeSet<usize>);

impl<const W: usize> Rollup<W> {
    /// Facts lost marks that they had, so the nodes above them look again at what stands under them, from the bottom up: each once, however many
    /// facts there are.
    pub(super) fn mark_again(&mut self, places: impl IntoIterator<Item = (usize, usize, usize)>, facts: &impl Facts<W>) {
        let mut slots = BTreeMap::<usize, Lost>::new();
        for (slot, structure, product) in places {
            let (structures, products) = slots.entry(slot).or_default();
            structures.insert(structure);
            products.insert(product);
        }
        slots.into_iter().for_each(|(slot, lost)| self.mark_slot_again(slot, &lost, facts));
    }

    fn mark_slot_again(&mut self, slot: usize, (structures, products): &Lost, facts: &impl Facts<W>) {
        let Some(tree) = self.slots.get(slot).map(|slot| slot.structures.clone()) else { return };
        let nodes: BTreeSet<usize> = products.iter().flat_map(|product| self.products.path(*product)).collect();
        // What stands at a structure itself is looked up once for all the nodes above it.
        let roots = nodes.iter().filter(|node| self.products.path(**node).nth(1).is_none());
        let standing: Vec<usize> = roots.flat_map(|root| self.products.under(*root)).filter(|node| *node >= self.groups).collect();
        let above: BTreeSet<usize> = structures.iter().flat_map(|structure| tree.path(*structure)).collect();
        let mut above: Vec<usize> = above.into_iter().collect();
        above.sort_by_key(|structure| std::cmp::Reverse(tree.depth(*structure)));
        let mut own = vec![0; self.products.len()];
        for structure in above {
            own.fill(0);
            for product in &standing {
                let Some(leaf) = facts.leaf(slot, structure, *product) else { continue };
                self.products.path(*product).for_each(|node| own.get_mut(node).into_iter().for_each(|marks| *marks |= leaf.cell.marks));
            }
            let width = self.slots.get(slot).and_then(|slot| slot.planes.get(structure)?.as_ref()).map_or(0, |plane| plane.len());
            // Of products that are not kept here nothing is marked.
            for node in nodes.iter().filter(|node| **node < width) {
                let below = tree.children(structure).iter().map(|child| self.cell(slot, *child, *node, facts).marks);
                let marks = below.fold(own.get(*node).copied().unwrap_or_default(), |marks, below| marks | below);
                let plane = self.slots.get_mut(slot).and_then(|slot| slot.planes.get_mut(structure)).and_then(Option::as_mut);
                if let Some(cell) = plane.and_then(|plane| plane.get_mut(*node)) {
                    cell.marks = marks;
                }
            }
        }
    }
}
