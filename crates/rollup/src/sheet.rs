//! Every sum at once: all structures, all nodes, all slots, and what has run up to each slot.
//!
//! A [`Rollup`](crate::Rollup) answers one question quickly and follows each change. A [`Sheet`] answers all questions once: it goes
//! through the products depth first, so that only the nodes on the way are in memory, and gives each row away as soon as it is known: that of
//! a product in a structure with none under it, which most are, when its facts have been read.

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
    /// The facts about a product, structure by structure, each of these once: slot and measures. Facts about the same slot add up.
    fn of(&self, product: usize) -> impl Iterator<Item = (usize, impl Iterator<Item = (usize, [i64; W])>)>;
}

/// Where the rows go. Rows of one structure at one node come together, by slot; structures and nodes come in no order.
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
    /// By structure, whether none stands under it in any slot.
    lowest: Vec<bool>,
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
    /// By structure, the one above it.
    above: Vec<Option<usize>>,
    /// Structures with the one above them, children before parents.
    edges: Vec<(usize, usize)>,
    /// The same without the lowest.
    upper_edges: Vec<(usize, usize)>,
}

impl Pass {
    /// A bit for each slot.
    fn mask(&self) -> u16 {
        self.slots.clone().fold(0, |mask, slot| mask | 1u16 << slot)
    }
}

impl<'a> Sheet<'a> {
    /// A sheet over a tree of products and, for each slot in the order of time, the structures as they stood in it; at most
    /// [`MOST_SLOTS`], further ones are left out.
    pub fn new(products: &'a Tree, slots: &[Arc<Tree>]) -> Self {
        let slots = slots.get(..MOST_SLOTS).unwrap_or(slots);
        let mut alike: Vec<(Range<usize>, &Tree)> = Vec::new();
        for (slot, tree) in slots.iter().enumerate() {
            match alike.last_mut() {
                Some((slots, known)) if *known == tree.as_ref() => slots.end = slot + 1,
                _ => alike.push((slot..slot + 1, tree)),
            }
        }
        let structures = slots.iter().map(|tree| tree.len()).max().unwrap_or_default();
        let lowest: Vec<bool> =
            (0..structures).map(|structure| alike.iter().all(|(_, tree)| tree.children(structure).is_empty())).collect();
        let passes = alike.into_iter().map(|(slots, tree)| {
            let edges = upwards(tree);
            let upper_edges = edges.iter().copied().filter(|(structure, _)| lowest.get(*structure) == Some(&false)).collect();
            Pass { slots, above: (0..tree.len()).map(|structure| tree.path(structure).nth(1)).collect(), edges, upper_edges }
        });
        let is_upper = |node: &usize| products.children(*node).iter().any(|child| !products.children(*child).is_empty());
        // Parents come before children in `under`, so the other way round here.
        let all: Vec<usize> = products.roots().flat_map(|root| products.under(root)).collect();
        let upper: Vec<usize> = all.iter().rev().copied().filter(is_upper).collect();
        let is_unit = |node: &usize| !is_upper(node) && products.path(*node).nth(1).is_none_or(|parent| is_upper(&parent));
        Self {
            products,
            structures,
            // Cells are cut into slots, which takes at least one.
            slots: slots.len().max(1),
            passes: passes.collect(),
            lowest,
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
        if !self.sheet.products.children(unit).is_empty() {
            let block = self.visit(unit);
            return self.pass_up(unit, block);
        }
        let parent = self.sheet.products.path(unit).nth(1);
        let mut above = parent.and_then(|parent| self.upper.remove(&parent)).unwrap_or_else(|| self.empty());
        self.leaf(unit, &mut above);
        match parent {
            Some(parent) => drop(self.upper.insert(parent, above)),
            None => self.put_aside(above),
        }
    }

    /// Gives the rows of a node and of all under it, and the sums of the node.
    fn visit(&mut self, node: usize) -> Block<W> {
        let mut block = self.own(node);
        for child in self.sheet.products.children(node) {
            if self.sheet.products.children(*child).is_empty() {
                self.leaf(*child, &mut block);
            } else {
                let below = self.visit(*child);
                block.add(&below);
                self.put_aside(below);
            }
        }
        block.give(node, &mut self.rows);
        block
    }

    /// Gives the rows of a node with none under it, and adds its sums to those of the node above: in the lowest structures row by row as they
    /// are read, so that only the sums of those above them are kept.
    fn leaf(&mut self, node: usize, above: &mut Block<W>) {
        let mut block = self.empty();
        let Self { sheet, leaves, rows, weight, .. } = self;
        let mut line = Line::new();
        leaves.of(node).for_each(|(structure, facts)| {
            *weight += line.read(sheet.slots, facts);
            if sheet.lowest.get(structure) == Some(&true) {
                line.give((structure, node), rows);
                above.add_line(structure, &line, line.known);
                for pass in &sheet.passes {
                    let parent = pass.above.get(structure).copied().flatten();
                    parent.into_iter().for_each(|parent| block.add_line(parent, &line, line.known & pass.mask()));
                }
            } else {
                block.add_line(structure, &line, line.known);
            }
            line.clear();
        });
        sheet.passes.iter().for_each(|pass| block.roll_up(pass, &pass.upper_edges));
        block.give(node, rows);
        above.add(&block);
        self.put_aside(block);
    }

    /// The sums of the facts that stand at a node which has others under it.
    fn own(&mut self, node: usize) -> Block<W> {
        let mut block = self.empty();
        let (mut line, mut any) = (Line::new(), false);
        for (structure, facts) in self.leaves.of(node) {
            any = true;
            self.weight += line.read(self.sheet.slots, facts);
            block.add_line(structure, &line, line.known);
            line.clear();
        }
        if any {
            self.sheet.passes.iter().for_each(|pass| block.roll_up(pass, &pass.edges));
        }
        block
    }

    fn empty(&mut self) -> Block<W> {
        self.spare.pop().unwrap_or_else(|| Block::new(self.sheet.structures, self.sheet.slots))
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

/// The sums at one structure and node, by slot.
struct Line<const W: usize> {
    cells: [[i64; W]; MOST_SLOTS],
    /// A bit for each slot in which something is known; where there is none the cells are zero.
    known: u16,
}

impl<const W: usize> Line<W> {
    fn new() -> Self {
        Self { cells: [[0; W]; MOST_SLOTS], known: 0 }
    }

    /// Adds facts up, but for those beyond the slots there are, and tells what they could sum to at most.
    fn read(&mut self, slots: usize, facts: impl Iterator<Item = (usize, [i64; W])>) -> u128 {
        let mut weight = 0;
        facts.for_each(|(slot, measures)| {
            let Some(cell) = self.cells.get_mut(..slots).and_then(|cells| cells.get_mut(slot)) else { return };
            weight += u128::from(measures.iter().map(|measure| measure.unsigned_abs()).max().unwrap_or_default());
            self.known |= 1 << slot;
            add(cell, &measures);
        });
        weight
    }

    fn give(&self, (structure, node): (usize, usize), rows: &mut impl Rows<W>) {
        let mut running = [0; W];
        for slot in slots_in(self.known) {
            let Some(sums) = self.cells.get(slot) else { continue };
            add(&mut running, sums);
            rows.row((structure, node, slot), sums, &running);
        }
    }

    fn clear(&mut self) {
        for slot in slots_in(std::mem::take(&mut self.known)) {
            if let Some(cell) = self.cells.get_mut(slot) {
                *cell = [0; W];
            }
        }
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

    /// Adds the sums of some slots to those of a structure.
    fn add_line(&mut self, structure: usize, line: &Line<W>, bits: u16) {
        let Some(known) = self.known.get_mut(structure).filter(|_| bits != 0) else { return };
        *known |= bits;
        let Some(cells) = self.cells.get_mut(structure * self.slots..).and_then(|cells| cells.get_mut(..self.slots)) else { return };
        for slot in slots_in(bits) {
            if let Some((to, from)) = cells.get_mut(slot).zip(line.cells.get(slot)) {
                add(to, from);
            }
        }
    }

    /// Adds structures to the ones above them.
    fn roll_up(&mut self, pass: &Pass, edges: &[(usize, usize)]) {
        let mask = pass.mask();
        for (structure, above) in edges {
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

/// The slots whose bits are set, in their order.
fn slots_in(mut bits: u16) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let slot = (bits != 0).then_some(bits.trailing_zeros() as usize);
        bits &= bits.wrapping_sub(1);
        slot
    })
}

/// Adds numbers one by one. They go round at the ends of their range; whether any did is told by the weight.
#[inline]
fn add(to: &mut [i64], from: &[i64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to = to.wrapping_add(*from));
}
