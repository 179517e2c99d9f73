//! A roll-up equals the sum made again from the facts, over random trees and histories.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::{collections::BTreeMap, sync::Arc};

use piramide_rollup::{
    Cell, Kept, Landing, Leaf, Rollup, Sheet, Tree,
    sheet::{DoesNotFit, Leaves, Rows},
};
use proptest::{prelude::*, sample::Index};

const W: usize = 3;
const GROUPS: usize = 4;
const PRODUCTS: usize = 6;
const STRUCTURES: usize = 9;
const SLOTS: usize = 3;

type Place = (usize, usize, usize);
type Ledger = BTreeMap<Place, Leaf<W>>;

/// A tree in which each node may stand under any earlier one; the first nodes are drawn as inner nodes more often.
fn tree(size: usize) -> impl Strategy<Value = Tree> {
    prop::collection::vec(any::<Index>(), size).prop_map(|draws| {
        let parents = draws.iter().enumerate().map(|(node, draw)| (node > 0).then(|| draw.index(node)));
        Tree::new(parents.collect()).unwrap()
    })
}

/// Groups in a random tree, products under any of them.
fn catalogue() -> impl Strategy<Value = Tree> {
    (prop::collection::vec(any::<Index>(), GROUPS), prop::collection::vec(any::<Index>(), PRODUCTS)).prop_map(|(groups, products)| {
        let groups = groups.iter().enumerate().map(|(node, draw)| (node > 0).then(|| draw.index(node)));
        let products = products.iter().map(|draw| Some(draw.index(GROUPS)));
        Tree::new(groups.chain(products).collect()).unwrap()
    })
}

/// The same with the number of its groups, or products each apart, under no group.
fn products() -> impl Strategy<Value = (Tree, usize)> {
    let apart = Tree::new(vec![None; GROUPS + PRODUCTS]).unwrap();
    prop_oneof![catalogue().prop_map(|tree| (tree, GROUPS)), Just((apart, 0))]
}

/// A fact: each measure known from one of four provenances, or not at all.
fn leaf() -> impl Strategy<Value = Leaf<W>> {
    prop::array::uniform3(prop::option::of((-1_000i128..1_000, 0u32..4))).prop_map(|known: [Option<(i128, u32)>; W]| {
        let marks = known.iter().zip(0u32..).filter_map(|(known, measure)| known.map(|(_, bit)| 1u64 << (4 * measure + bit)));
        Leaf::new(&known.map(|known| known.map_or(0, |(sum, _)| sum)), marks.fold(0, |marks, mark| marks | mark))
    })
}

fn naive(ledger: &Ledger, structures: &[Arc<Tree>], products: &Tree, slots: &[usize], structure: usize, node: usize) -> Cell<W> {
    let mut sum = Cell::EMPTY;
    for ((slot, at, product), leaf) in ledger {
        let inside = structures[*slot].path(*at).any(|above| above == structure) && products.path(*product).any(|above| above == node);
        if slots.contains(slot) && inside {
            sum.add(leaf.cell());
        }
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    /// Facts at any structure, corrected any number of times, with structures that move from slot to slot.
    #[test]
    fn a_rollup_equals_the_sum_made_again(
        (products, groups) in products(),
        structures in prop::collection::vec(tree(STRUCTURES).prop_map(Arc::new), SLOTS),
        history in prop::collection::vec((0..SLOTS, 0..STRUCTURES, GROUPS..GROUPS + PRODUCTS, leaf()), 0..60),
        kept in prop::sample::select(vec![Kept::NearTheRoot, Kept::AboveLeaves]),
    ) {
        let mut rollup = Rollup::<W>::new(products.clone(), groups).keeping(kept);
        for tree in &structures {
            rollup.open_slot(tree.clone());
        }
        let mut ledger = Ledger::new();
        for (slot, structure, product, leaf) in history {
            let before = ledger.insert((slot, structure, product), leaf);
            let facts = |slot, structure, product| ledger.get(&(slot, structure, product)).copied();
            rollup.take((slot, structure, product), before.as_ref(), &leaf, &facts);
        }
        let facts = |slot, structure, product| ledger.get(&(slot, structure, product)).copied();
        for slots in [vec![0], vec![1], vec![0, 1], vec![0, 1, 2]] {
            for structure in 0..STRUCTURES {
                for node in 0..GROUPS + PRODUCTS {
                    let read = rollup.read(&slots, structure, node, &facts);
                    prop_assert_eq!(read, Some(naive(&ledger, &structures, &products, &slots, structure, node)), "{:?} {} {}", slots, structure, node);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    /// Facts taken in together, once all of them are in force, even two about the same place, leave what they leave one by one: where nothing
    /// was before, and where something was.
    #[test]
    fn many_facts_at_once_are_those_taken_one_by_one(
        (products, groups) in products(),
        structures in prop::collection::vec(tree(STRUCTURES).prop_map(Arc::new), SLOTS),
        history in prop::collection::vec(
            prop::collection::vec((0..SLOTS, 0..STRUCTURES, GROUPS..GROUPS + PRODUCTS, leaf()), 1..40),
            0..4,
        ),
        kept in prop::sample::select(vec![Kept::NearTheRoot, Kept::AboveLeaves]),
    ) {
        let empty = || {
            let mut rollup = Rollup::<W>::new(products.clone(), groups).keeping(kept);
            for tree in &structures {
                rollup.open_slot(tree.clone());
            }
            rollup
        };
        let (mut together, mut one_by_one, mut ledger) = (empty(), empty(), Ledger::new());
        for facts in history {
            let mut landing = Landing::default();
            for (slot, structure, product, leaf) in facts {
                let before = ledger.insert((slot, structure, product), leaf);
                let facts = |slot, structure, product| ledger.get(&(slot, structure, product)).copied();
                one_by_one.take((slot, structure, product), before.as_ref(), &leaf, &facts);
                together.land(&mut landing, (slot, structure, product), before.as_ref(), &leaf);
            }
            let facts = |slot, structure, product| ledger.get(&(slot, structure, product)).copied();
            together.take_landed(landing, &facts);
        }
        let facts = |slot, structure, product| ledger.get(&(slot, structure, product)).copied();
        for slot in 0..SLOTS {
            for structure in 0..STRUCTURES {
                for node in 0..GROUPS + PRODUCTS {
                    let read = together.read(&[slot], structure, node, &facts);
                    prop_assert_eq!(read, one_by_one.read(&[slot], structure, node, &facts), "{} {} {}", slot, structure, node);
                    prop_assert_eq!(read, Some(naive(&ledger, &structures, &products, &[slot], structure, node)));
                }
            }
        }
    }
}

/// Slots and measures by structure.
type ByStructure = BTreeMap<usize, Vec<(usize, [i64; W])>>;

/// Facts by product, as a sheet asks for them.
#[derive(Default)]
struct ByProduct(BTreeMap<usize, ByStructure>);

impl ByProduct {
    fn put(&mut self, product: usize, structure: usize, slot: usize, measures: [i64; W]) {
        self.0.entry(product).or_default().entry(structure).or_default().push((slot, measures));
    }
}

impl Leaves<W> for ByProduct {
    fn of(&self, product: usize) -> impl Iterator<Item = (usize, impl Iterator<Item = (usize, [i64; W])>)> {
        self.0.get(&product).into_iter().flatten().map(|(structure, facts)| (*structure, facts.iter().copied()))
    }
}

/// Rows by place; each place once.
#[derive(Default)]
struct Seen(BTreeMap<Place, ([i64; W], [i64; W])>);

impl Rows<W> for Seen {
    fn row(&mut self, place: Place, sums: &[i64; W], running: &[i64; W]) {
        assert_eq!(self.0.insert(place, (*sums, *running)), None, "{place:?} is given twice");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    /// Every place with facts at or under it is given once, by however many threads, with its sum and the running one.
    #[test]
    fn a_sheet_gives_every_sum_once(
        products in catalogue(),
        structures in prop::collection::vec(tree(STRUCTURES).prop_map(Arc::new), SLOTS),
        moved in any::<bool>(),
        threads in 1usize..4,
        facts in prop::collection::vec((0..SLOTS, 0..STRUCTURES, 0..GROUPS + PRODUCTS, prop::array::uniform3(-1_000i64..1_000)), 0..60),
    ) {
        let structures = if moved { structures } else { vec![structures[0].clone(); SLOTS] };
        let mut by_product = ByProduct::default();
        let mut expected = BTreeMap::<Place, ([i64; W], [i64; W])>::new();
        let plus = |to: &mut [i64; W], from: &[i64; W]| to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        for (slot, structure, product, measures) in &facts {
            by_product.put(*product, *structure, *slot, *measures);
            for above in structures[*slot].path(*structure) {
                for node in products.path(*product) {
                    plus(&mut expected.entry((above, node, *slot)).or_default().0, measures);
                }
            }
        }
        let sums: Vec<(Place, [i64; W])> = expected.iter().map(|(place, (sums, _))| (*place, *sums)).collect();
        for ((structure, node, slot), (_, running)) in &mut expected {
            let so_far = sums.iter().filter(|((at, of, earlier), _)| (at, of) == (structure, node) && earlier <= slot);
            so_far.for_each(|(_, sums)| plus(running, sums));
        }
        let receivers = (0..threads).map(|_| Seen::default()).collect();
        let seen = Sheet::new(&products, &structures).fill(&by_product, receivers).unwrap();
        let mut all = BTreeMap::new();
        for Seen(rows) in seen {
            for (place, row) in rows {
                prop_assert_eq!(all.insert(place, row), None, "{:?} is given by two", place);
            }
        }
        prop_assert_eq!(all, expected);
    }
}

#[test]
fn a_sheet_that_might_not_fit_is_refused() {
    let products = Tree::new(vec![None, Some(0), Some(0)]).unwrap();
    let structures = [Arc::new(Tree::new(vec![None]).unwrap())];
    let sheet = Sheet::new(&products, &structures);
    let facts = |last: i64| {
        let mut facts = ByProduct::default();
        facts.put(1, 0, 0, [i64::MAX, 0, 0]);
        facts.put(2, 0, 0, [0, last, 0]);
        facts
    };
    assert_eq!(sheet.fill(&facts(0), vec![Seen::default()]).unwrap()[0].0.len(), 3);
    let refused = sheet.fill(&facts(-1), vec![Seen::default()]).err();
    assert_eq!(refused, Some(DoesNotFit { weight: u128::from(i64::MAX.unsigned_abs()) + 1 }));
    assert!(Sheet::new(&products, &[]).fill(&facts(0), vec![Seen::default()]).unwrap()[0].0.is_empty(), "no slot, no row");
}

/// One structure, one group, two products.
fn small() -> Rollup<1> {
    let mut rollup = Rollup::new(Tree::new(vec![None, Some(0), Some(0)]).unwrap(), 1);
    rollup.open_slot(Arc::new(Tree::new(vec![None]).unwrap()));
    rollup
}

#[test]
fn what_might_not_fit_is_not_given() {
    let nothing = |_: usize, _: usize, _: usize| None;
    let mut rollup = small();
    let most = Leaf::new(&[i128::from(i64::MAX)], 1);
    rollup.take((0, 0, 1), None, &most, &nothing);
    assert_eq!(rollup.read(&[0], 0, 0, &nothing).unwrap().sum(0), Some(i64::MAX));
    rollup.take((0, 0, 2), None, &Leaf::new(&[1], 1), &nothing);
    assert_eq!(rollup.read(&[0], 0, 0, &nothing), None, "the sum would be one too large");
    // Once the fact that made it too large is corrected, the sums are right again, though they went round meanwhile.
    rollup.take((0, 0, 1), Some(&most), &Leaf::new(&[5], 1), &nothing);
    assert_eq!(rollup.read(&[0], 0, 0, &nothing).unwrap().sum(0), Some(6));
}

#[test]
fn nothing_known_is_not_zero() {
    let nothing = |_: usize, _: usize, _: usize| None;
    let mut rollup = small();
    assert_eq!(rollup.read(&[0], 0, 0, &nothing).unwrap().sum(0), None);
    rollup.take((0, 0, 1), None, &Leaf::new(&[0], 0b10), &nothing);
    assert_eq!(rollup.read(&[0], 0, 0, &nothing).unwrap().sum(0), Some(0));
    assert_eq!(rollup.read(&[0], 0, 0, &nothing).unwrap().mark(0), 0b10);
}
