//! Every sum at once: all structures, all nodes, all slots, and what has run up to each slot.
//!
//! A [`Rollup`](crate::Rollup) answers one question quickly and follows each change. A [`Sheet`] answers all questions once: it goes
//! through the products depth first, so that only the nodes on the way are in memory, and gives each row away as soon as it is known.

use std::{
    collections::BTreeMap,
    num::NonZero,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::Tree;

/// The most slots: a year has twelve months, or thirteen.
pub const MOST_SLOTS: usize = 16;

/// The facts, product by product.
pub trait Leaves<const W: usize>: Sync {
    /// Gives each fact about a product to `take`: structure, slot and measures. Facts about the same structure and slot add up.
    fn of(&self, product: usize, take: impl FnMut(usize, usize, &[i64; W]));
}

/// Where the rows go. Rows of one node come together, by structure and slot; nodes come in no order.
pub trait Rows<const W: usize>: Send {
    /// Takes a row: the sums at a structure, a node and a slot that have facts at or under them, and those of all slots so far.
    fn row(&mut self, place: (usize, usize, usize), sums: &[i64; W], running: &[i64; W]);
}

/// Sums that might not fit in 64 bits: nothing is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the facts could sum to {weight}, more than 64 bits hold")]
pub struct DoesNotFit {
    /// What the facts could sum to at most.
    pub weight: u128,
}

/// A tree of structures for each slot, and a tree of products.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    products: &'a Tree,
    structures: usize,
    slots: usize,
    passes: Vec<Pass>,
    /// The nodes above the work that threads share out, children before parents.
    upper: Vec<usize>,
    /// That work: whole subtrees.
    units: Vec<usize>,
}

/// Slots in a row in which the structures stand alike.
#[derive(Debug, Clone)]
struct Pass {
    slots: Range<usize>,
    /// Structures with the one above them, children before parents.
    edges: Vec<(usize, usize)>,
}

impl<'a> Sheet<'a> {
    /// A sheet over a tree of products and, for each slot in the order of time, the structures as they stood in it; at most
    /// [`MOST_SLOTS`], further ones are left out.
    pub fn new(products: &'a Tree, slots: &[Arc<Tree>]) -> Self {
        let slots = slots.get(..MOST_SLOTS).unwrap_or(slots);
        let mut passes: Vec<(Pass, &Tree)> = Vec::new();
        for (slot, tree) in slots.iter().enumerate() {
            match passes.last_mut() {
                Some((pass, known)) if *known == tree.as_ref() => pass.slots.end = slot + 1,
                _ => passes.push((Pass { slots: slot..slot + 1, edges: upwards(tree) }, tree)),
            }
        }
        let is_upper = |node: &usize| products.children(*node).iter().any(|child| !products.children(*child).is_empty());
        // Parents come before children in `under`, so the other way round here.
        let all: Vec<usize> = products.roots().flat_map(|root| products.under(root)).collect();
        let upper: Vec<usize> = all.iter().rev().copied().filter(is_upper).collect();
        let is_unit = |node: &usize| !is_upper(node) && products.path(*node).nth(1).is_none_or(|parent| is_upper(&parent));
        Self {
            products,
            structures: slots.iter().map(|tree| tree.len()).max().unwrap_or_default(),
            // Cells are cut into slots, which takes at least one.
            slots: slots.len().max(1),
            passes: passes.into_iter().map(|(pass, _)| pass).collect(),
            upper,
            units: all.into_iter().filter(is_unit).collect(),
        }
    }

    /// Gives every row, working with one thread for each receiver.
    ///
    /// # Errors
    ///
    /// [`DoesNotFit`]; what the receivers have by then is not to be used.
    pub fn fill<const W: usize, R: Rows<W>>(&self, leaves: &impl Leaves<W>, receivers: Vec<R>) -> Result<Vec<R>, DoesNotFit> {
        let next = AtomicUsize::new(0);
        let work = |rows: R| {
            let mut worker = Worker::new(self, leaves, rows);
            while let Some(unit) = self.units.get(next.fetch_add(1, Ordering::Relaxed)) {
                worker.unit(*unit);
            }
            worker
        };
        let mut workers: Vec<Worker<'_, W, _, R>> = thread::scope(|scope| {
            let running: Vec<_> = receivers.into_iter().map(|rows| scope.spawn(|| work(rows))).collect();
            // A receiver that panicked takes its rows with it, and the caller with them.
            running.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
        });
        if let Some((first, others)) = workers.split_first_mut() {
            others.iter_mut().for_each(|other| first.join(other));
            self.upper.iter().for_each(|node| first.finish(*node));
        }
        let weight = workers.iter().map(|worker| worker.weight).sum();
        if weight > i64::MAX.unsigned_abs().into() {
            return Err(DoesNotFit { weight });
        }
        Ok(workers.into_iter().map(|worker| worker.rows).collect())
    }
}

/// How many receivers keep every processor at work.
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Each structure with the one above it, children before parents.
fn upwards(tree: &Tree) -> Vec<(usize, usize)> {
    let downwards = tree.roots().flat_map(|root| tree.under(root));
    let mut edges: Vec<_> = downwards.filter_map(|node| Some((node, tree.path(node).nth(1)?))).collect();
    edges.reverse();
    edges
}

/// One thread's part.
struct Worker<'a, const W: usize, L, R> {
    sheet: &'a Sheet<'a>,
    leaves: &'a L,
    rows: R,
    /// The sums of the upper nodes, as far as this thread knows them.
    upper: BTreeMap<usize, Block<W>>,
    spare: Vec<Block<W>>,
    /// No sum of any facts can be larger.
    weight: u128,
}

impl<'a, const W: usize, L: Leaves<W>, R: Rows<W>> Worker<'a, W, L, R> {
    fn new(sheet: &'a Sheet<'a>, leaves: &'a L, rows: R) -> Self {
        Self { sheet, leaves, rows, upper: BTreeMap::new(), spare: Vec::new(), weight: 0 }
    }

    fn unit(&mut self, unit: usize) {
        let block = self.visit(unit);
        self.pass_up(unit, block);
    }

    /// Gives the rows of a node and of all under it, and the sums of the node.
    fn visit(&mut self, node: usize) -> Block<W> {
        let mut block = self.own(node);
        for child in self.sheet.products.children(node) {
            let below = self.visit(*child);
            block.add(&below);
            self.put_aside(below);
        }
        block.give(node, &mut self.rows);
        block
    }

    /// The sums of the facts that stand at a node itself.
    fn own(&mut self, node: usize) -> Block<W> {
        let mut block = self.spare.pop().unwrap_or_else(|| Block::new(self.sheet.structures, self.sheet.slots));
        let (weight, mut any) = (&mut self.weight, false);
        self.leaves.of(node, |structure, slot, measures| {
            any = true;
            *weight += u128::from(measures.iter().map(|measure| measure.unsigned_abs()).max().unwrap_or_default());
            block.put(structure, slot, measures);
        });
        if any {
            self.sheet.passes.iter().for_each(|pass| block.roll_up(pass));
        }
        block
    }

    fn pass_up(&mut self, node: usize, block: Block<W>) {
        let Some(parent) = self.sheet.products.path(node).nth(1) else { return self.put_aside(block) };
        match self.upper.get_mut(&parent) {
            Some(above) => {
                above.add(&block);
                self.put_aside(block);
            }
            None => drop(self.upper.insert(parent, block)),
        }
    }

    fn put_aside(&mut self, mut block: Block<W>) {
        block.clear();
        self.spare.push(block);
    }

    /// Takes over what another thread knows of the upper nodes.
    fn join(&mut self, other: &mut Self) {
        for (node, block) in std::mem::take(&mut other.upper) {
            match self.upper.get_mut(&node) {
                Some(known) => known.add(&block),
                None => drop(self.upper.insert(node, block)),
            }
        }
    }

    /// Gives the rows of an upper node, once all under it are done.
    fn finish(&mut self, node: usize) {
        let mut block = self.own(node);
        if let Some(below) = self.upper.remove(&node) {
            block.add(&below);
        }
        block.give(node, &mut self.rows);
        self.pass_up(node, block);
    }
}

/// The sums at every structure and slot of one node.
struct Block<const W: usize> {
    slots: usize,
    /// By structure, then slot.
    cells: Vec<[i64; W]>,
    /// By structure, a bit for each slot in which something is known; where there is none the cells are zero.
    known: Vec<u16>,
}

impl<const W: usize> Block<W> {
    fn new(structures: usize, slots: usize) -> Self {
        Self { slots, cells: vec![[0; W]; structures * slots], known: vec![0; structures] }
    }

    fn put(&mut self, structure: usize, slot: usize, measures: &[i64; W]) {
        if slot >= self.slots {
            return;
        }
        let Some(known) = self.known.get_mut(structure) else { return };
        *known |= 1 << slot;
        if let Some(cell) = self.cells.get_mut(structure * self.slots + slot) {
            add(cell, measures);
        }
    }

    /// Adds every structure to the one above it.
    fn roll_up(&mut self, pass: &Pass) {
        let mask = pass.slots.clone().fold(0, |mask, slot| mask | 1u16 << slot);
        for (structure, above) in &pass.edges {
            let Some(bits) = self.known.get(*structure).map(|bits| bits & mask).filter(|bits| *bits != 0) else { continue };
            if let Some(known) = self.known.get_mut(*above) {
                *known |= bits;
            }
            let range = |at: usize| at * self.slots + pass.slots.start..at * self.slots + pass.slots.end;
            if let Ok([from, to]) = self.cells.get_disjoint_mut([range(*structure), range(*above)]) {
                add(to.as_flattened_mut(), from.as_flattened());
            }
        }
    }

    /// Adds another node's sums.
    fn add(&mut self, other: &Self) {
        let rows = self.cells.chunks_exact_mut(self.slots).zip(other.cells.chunks_exact(self.slots));
        for ((known, bits), (to, from)) in self.known.iter_mut().zip(&other.known).zip(rows) {
            if *bits != 0 {
                *known |= *bits;
                add(to.as_flattened_mut(), from.as_flattened());
            }
        }
    }

    fn clear(&mut self) {
        for (known, cells) in self.known.iter_mut().zip(self.cells.chunks_exact_mut(self.slots)) {
            if std::mem::take(known) != 0 {
                cells.fill([0; W]);
            }
        }
    }

    fn give(&self, node: usize, rows: &mut impl Rows<W>) {
        for (structure, (known, cells)) in self.known.iter().zip(self.cells.chunks_exact(self.slots)).enumerate() {
            if *known == 0 {
                continue;
            }
            let mut running = [0; W];
            for (slot, sums) in cells.iter().enumerate().filter(|(slot, _)| known >> slot & 1 == 1) {
                add(&mut running, sums);
                rows.row((structure, node, slot), sums, &running);
            }
        }
    }
}

/// Adds numbers one by one. They go round at the ends of their range; whether any did is told by the weight.
fn add(to: &mut [i64], from: &[i64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = to.wrapping_add(*from));
}
