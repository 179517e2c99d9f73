//! What production keeps in memory beside the facts: for each plan, sums at every structure, node of the catalogue and range of months.
//!
//! A fact is turned once into measures (pieces, and points with the coefficient of its month) and added at every node above it, with a
//! mark of how certain it is. Reading a total then costs the months asked for.

mod help;
mod waiting;

use std::{cell::Cell as Mutable, collections::BTreeSet, sync::Arc};

use foldhash::{HashMap, HashMapExt};
use piramide_domain::{Amounts, ByPlan, Change, Changes, Facts, Met, Names, Taken};
use piramide_measure::{Month, Period, Provenance};
use piramide_plan::Plan;
use piramide_rollup::{Cell, Landing, Leaf, Rollup, Tree};

use self::help::Help;
pub(crate) use self::help::seen;
pub(crate) use self::waiting::Counting;
pub use self::{help::Relation, waiting::Waiting};
use crate::{
    facts::{CLOSING_BACKLOG, COMPLETED, OPENING_BACKLOG, RECEIVED, STAFF_FTE, TRANSFERRED_IN, TRANSFERRED_OUT},
    parts::Part,
};

/// How many measures are kept. The first eight are the pieces of products that count in flows, numbered as in [`crate::facts`].
pub const MEASURES: usize = 16;
/// Pieces of flow products: the first measures.
const PIECES: usize = 8;
/// Received, in ten-thousandths of a point, of flow products; as the four that follow.
pub const RECEIVED_POINTS: usize = 8;
/// Taken over from others, in points.
pub const TRANSFERRED_IN_POINTS: usize = 9;
/// Handed over to others, in points.
pub const TRANSFERRED_OUT_POINTS: usize = 10;
/// Waiting at the end, in points.
pub const CLOSING_POINTS: usize = 11;
/// Completed, in points.
pub const COMPLETED_POINTS: usize = 12;
/// Homogenised production: completed, in ten-thousandths of a point, of the products that count in points.
pub const PRODUCTION: usize = 13;
/// The same of the production areas, net of field inspection.
pub const NET_PRODUCTION: usize = 14;
/// Staff: hundredths of a full-time equivalent, times the calendar months of the fact.
pub const STAFF_MONTHS: usize = 15;

/// The sums at one structure and node.
pub type Sums = Cell<MEASURES>;

/// Changes from which on they are taken in together.
const MANY: usize = 32;

/// The marks of the first eight measures: something is known of the flow.
const FLOW_MARKS: u64 = (1 << (4 * PIECES)) - 1;

/// The sums under every plan. Plans with the same organisation and catalogue have the same sums, kept once.
pub type State = ByPlan<Books>;

/// The sums under one plan.
pub struct Books {
    index: Index,
    rollup: Rollup<MEASURES>,
    help: Help,
}

/// Help between two structures as a third sees it (*sussidiarietà*).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Helped<'a> {
    /// How the pair stands to the structure that asks.
    pub relation: Relation,
    /// Who helps.
    pub helper: &'a str,
    /// Who is helped.
    pub helped: &'a str,
    /// The work handed over, in ten-thousandths of a point.
    pub ten_thousandths: i128,
    /// The least certain provenance of the facts that say so.
    pub provenance: Provenance,
}

impl piramide_domain::Books for Books {
    // Months of work, help and what waits are read from the books alone.
    const FACTS_ANSWER: bool = false;
    // Sums are moved by what a change says; only marks that are lost are looked for in the facts, and found as they are in the end.
    const AT_ONCE: usize = 16_384;

    fn new(plan: Arc<Plan>) -> Self {
        let index = Index::new(plan);
        let parents = index.nodes.codes().map(|code| {
            let parent = index.plan.catalogue().node(code)?.parent.as_ref()?;
            index.nodes.number(parent)
        });
        // A validated catalogue is a tree; if it were none, nothing would be kept and every figure would be missing.
        let products = Tree::new(parents.collect()).unwrap_or_default();
        Self { rollup: Rollup::new(products, index.groups), index, help: Help::default() }
    }

    fn serve(&self, plan: &Plan) -> bool {
        let own = &self.index.plan;
        own.structures() == plan.structures() && own.catalogue() == plan.catalogue()
    }

    fn follow(&mut self, facts: &Facts, change: &Change<'_>) {
        let change = change.into();
        let Some(place) = self.place(&change, &mut Seen::default()) else { return self.follow_help(&change) };
        let (before, after) = self.index.leaves(place, &change);
        let index = &self.index;
        let look_up = |slot, structure, product| index.look_up(facts, slot, structure, product);
        self.rollup.take(place, before.as_ref(), &after, &look_up);
        if self.index.says((place.0, place.1), before.as_ref(), &after) {
            self.says_again((place.0, place.1));
        }
    }

    fn follow_all(&mut self, facts: &Facts, changes: &Changes<'_>) {
        if changes.len() < MANY {
            return changes.iter().for_each(|change| self.follow(facts, &change));
        }
        let mut landing = Landed::default();
        changes.taken().for_each(|change| self.land(&mut landing, &change));
        self.take_landed(facts, landing);
    }

    fn take_all(&mut self, facts: &Facts) {
        let mut landing = Landed::default();
        facts.iter().for_each(|now| self.land(&mut landing, &(&Change { now, before: None }).into()));
        self.take_landed(facts, landing);
    }
}

impl Books {
    /// Where a fact about a product stands: slot, structure and product. None where it is about something else.
    fn place<'a>(&mut self, change: &Taken<'a, '_>, seen: &mut Seen<'a>) -> Option<(usize, usize, usize)> {
        let index = &self.index;
        let structure = seen.structures.number(&index.structures, change.structure)?;
        let product = seen.subjects.number(&index.nodes, change.subject).filter(|product| *product >= index.groups)?;
        let months = change.months;
        let slot = match seen.slot.filter(|(known, _)| *known == months) {
            Some((_, slot)) => slot,
            None => seen.slot.insert((months, self.slot(months.0, months.1))).1,
        };
        Some((slot, structure, product))
    }

    /// Takes in a change of many, of which the facts already have all: sums that several of them move are moved once.
    fn land<'a>(&mut self, Landed { landing, seen, less }: &mut Landed<'a>, change: &Taken<'a, '_>) {
        let Some(place) = self.place(change, seen) else { return self.follow_help(change) };
        let (before, after) = self.index.leaves(place, change);
        self.rollup.land(landing, place, before.as_ref(), &after);
        if self.index.says((place.0, place.1), before.as_ref(), &after) {
            less.insert((place.0, place.1));
        }
    }

    /// Moves the sums that the changes move.
    fn take_landed(&mut self, facts: &Facts, landed: Landed<'_>) {
        let index = &self.index;
        self.rollup.take_landed(landed.landing, &|slot, structure, product| index.look_up(facts, slot, structure, product));
        landed.less.into_iter().for_each(|place| self.says_again(place));
    }

    /// Looks at the marks of an office of which something was taken back that it said of what waits.
    fn says_again(&mut self, (slot, structure): (usize, usize)) {
        for quantity in [OPENING_BACKLOG, CLOSING_BACKLOG] {
            let says = self.roots().any(|root| self.rollup.marks(slot, structure, root) & marks(quantity) != 0);
            self.index.say((slot, structure), quantity, says);
        }
    }

    /// The roots of the catalogue, by number.
    fn roots(&self) -> impl Iterator<Item = usize> {
        self.index.plan.catalogue().roots().into_iter().filter_map(|root| self.index.nodes.number(&root.code))
    }

    /// Takes in to whom work was handed over; other parts are read from the facts.
    fn follow_help(&mut self, change: &Taken<'_, '_>) {
        let index = &self.index;
        let Some((product, Part::HandedTo(helper))) = Part::of(change.subject) else { return };
        let structures = index.structures.number(change.structure).zip(index.structures.number(helper));
        let product = index.nodes.number(product).filter(|product| index.counts.get(*product).is_some_and(|counts| counts.flow));
        let Some(((helped, helper), product)) = structures.zip(product) else { return };
        let slot = self.slot(change.months.0, change.months.1);
        let coefficient = self.index.slots.get(slot).and_then(|slot| slot.coefficients.get(product).copied().flatten());
        let points = |(amounts, provenance): (Amounts<'_>, Provenance)| {
            let pieces = amounts.get(TRANSFERRED_OUT)?;
            Some((i128::from(pieces) * i128::from(coefficient?), provenance))
        };
        self.help.take((slot, helped, helper), change.before.and_then(points), points(change.now));
    }

    /// Who helped whom in some slots, as a structure sees it; and the ten-thousandths of a point that its offices handed over to a named
    /// helper, wherever that is.
    pub fn help(&self, slots: &[usize], structure: &str) -> (Vec<Helped<'_>>, i128) {
        let Some(structure) = self.index.structures.number(structure) else { return Default::default() };
        let trees = slots.iter().filter_map(|slot| Some((*slot, self.index.slots.get(*slot)?.structures.as_ref())));
        let (pairs, attributed) = self.help.of(structure, trees);
        let name = |number: usize| self.index.structures.code(number);
        let named = pairs.into_iter().filter_map(|pair| {
            let help::Pair { relation, ten_thousandths, provenance, .. } = pair;
            Some(Helped { relation, helper: name(pair.helper)?, helped: name(pair.helped)?, ten_thousandths, provenance })
        });
        (named.collect(), attributed)
    }

    /// The slot of a range of months, opened on first sight.
    fn slot(&mut self, first: Month, last: Month) -> usize {
        let months = (first.index(), last.index());
        if let Some(slot) = self.index.by_months.get(&months) {
            return *slot;
        }
        let structures = &self.index.structures;
        let parents = structures.codes().map(|code| {
            let parent = self.index.plan.structures().at(code, last)?.parent.as_ref()?;
            structures.number(parent)
        });
        let tree = Tree::new(parents.collect()).unwrap_or_default();
        // Structures seldom move: slots share the tree.
        let known = self.index.slots.iter().map(|slot| &slot.structures).find(|known| ***known == tree).cloned();
        let tree = known.unwrap_or_else(|| Arc::new(tree));
        let slot = self.rollup.open_slot(tree.clone());
        self.index.open_slot(first, last, tree);
        slot
    }

    /// The slots that lie in a period. A fact that reaches beyond it (a year's, asked for a month) does not count: nobody knows how much
    /// of it falls inside.
    pub fn slots_in(&self, period: Period) -> Vec<usize> {
        self.slots_between(period.first_month(), period.last_month())
    }

    /// The slots that lie in the months from one to another.
    pub fn slots_between(&self, first: Month, last: Month) -> Vec<usize> {
        let inside = self.index.slots.iter().enumerate().filter(|(_, slot)| first <= slot.first && slot.last <= last);
        inside.map(|(number, _)| number).collect()
    }

    /// The month that chooses the coefficients of a slot: its last.
    pub(crate) fn last_month(&self, slot: usize) -> Option<Month> {
        self.index.slots.get(slot).map(|slot| slot.last)
    }

    /// The slots among some that end with a month.
    pub fn ending_with(&self, slots: &[usize], month: Month) -> Vec<usize> {
        slots.iter().copied().filter(|slot| self.index.slots.get(*slot).is_some_and(|slot| slot.last == month)).collect()
    }

    /// The sums at a structure and a node; `None` when they might not fit in 64 bits, and must be taken from the facts.
    pub fn read(&self, facts: &Facts, slots: &[usize], structure: &str, node: &str) -> Option<Sums> {
        let index = &self.index;
        let (Some(structure), Some(node)) = (index.structures.number(structure), index.nodes.number(node)) else {
            return Some(Sums::EMPTY);
        };
        self.rollup.read(slots, structure, node, &|slot, structure, product| index.look_up(facts, slot, structure, product))
    }

    /// The calendar months in which a structure has facts of that kind, whatever the product.
    fn months(&self, slots: &[usize], structure: &str, kind: u64) -> Vec<Month> {
        let Some(structure) = self.index.structures.number(structure) else { return Vec::new() };
        let roots: Vec<usize> = self.roots().collect();
        let known = |slot: &usize| roots.iter().any(|root| self.rollup.marks(*slot, structure, *root) & kind != 0);
        let mut months: Vec<Month> = slots.iter().filter(|slot| known(slot)).flat_map(|slot| self.index.calendar_months(*slot)).collect();
        months.sort_unstable();
        months.dedup();
        months
    }

    /// The calendar months in which the structure has recorded work.
    pub fn months_of_work(&self, slots: &[usize], structure: &str) -> Vec<Month> {
        self.months(slots, structure, FLOW_MARKS)
    }

    /// The calendar months in which the structure has recorded staff.
    pub fn months_of_staff(&self, slots: &[usize], structure: &str) -> Vec<Month> {
        self.months(slots, structure, marks(STAFF_MONTHS))
    }

    /// The calendar months in which the structure has recorded points of the production areas, net of field inspection.
    pub fn months_of_production(&self, slots: &[usize], structure: &str) -> Vec<Month> {
        self.months(slots, structure, marks(NET_PRODUCTION))
    }

    /// The last month in which the structure has recorded what was waiting.
    pub fn month_of_backlog(&self, slots: &[usize], structure: &str) -> Option<Month> {
        let known = slots.iter().filter(|slot| !self.months(&[**slot], structure, marks(CLOSING_BACKLOG)).is_empty());
        known.filter_map(|slot| self.index.slots.get(*slot)).map(|slot| slot.last).max()
    }
}

/// The marks of a measure.
const fn marks(measure: usize) -> u64 {
    0xF << (4 * measure)
}

/// The least certain provenance among the marks of some measures; `None` when none of them is known.
pub fn provenance(sums: &Sums, measures: impl Iterator<Item = usize>) -> Option<Provenance> {
    let marks = measures.fold(0, |marks, measure| marks | sums.mark(measure));
    Provenance::ALL.into_iter().enumerate().filter(|(rank, _)| marks >> rank & 1 == 1).map(|(_, provenance)| provenance).max()
}

/// Changes on their way into the sums.
#[derive(Default)]
struct Landed<'a> {
    landing: Landing<MEASURES>,
    seen: Seen<'a>,
    /// Slots and offices of which something was taken back that was said of what waits.
    less: BTreeSet<(usize, usize)>,
}

/// What was looked up, when many changes are taken in.
#[derive(Default)]
struct Seen<'a> {
    structures: Met<'a>,
    subjects: Met<'a>,
    slot: Option<((Month, Month), usize)>,
}

/// What a product's pieces count in.
#[derive(Clone, Copy, Default)]
struct Counts {
    flow: bool,
    points: bool,
    net: bool,
}

/// A range of months, with what holds in it.
struct Slot {
    first: Month,
    last: Month,
    structures: Arc<Tree>,
    /// By node, in ten-thousandths.
    coefficients: Vec<Option<i64>>,
    /// By structure, whether it says itself what waited at the start.
    opened: Vec<bool>,
    /// By structure, whether it says itself what waits in the end.
    closed: Vec<bool>,
}

impl Slot {
    /// By structure, whether it says that quantity of what waits.
    fn says(&self, quantity: usize) -> &[bool] {
        if quantity == OPENING_BACKLOG { &self.opened } else { &self.closed }
    }
}

/// The plan, by numbers.
struct Index {
    plan: Arc<Plan>,
    structures: Names,
    nodes: Names,
    groups: usize,
    counts: Vec<Counts>,
    slots: Vec<Slot>,
    by_months: HashMap<(i32, i32), usize>,
}

impl Index {
    fn new(plan: Arc<Plan>) -> Self {
        let catalogue = plan.catalogue();
        let (products, groups): (Vec<_>, Vec<_>) = catalogue.iter().partition(|node| catalogue.product(&node.code).is_some());
        let counts = |node: &&piramide_plan::Product| Counts {
            flow: node.counts_flow(),
            points: node.counts_points(),
            net: node.counts_net_points(),
        };
        Self {
            structures: Names::of(plan.structures().codes()),
            counts: groups.iter().chain(&products).map(counts).collect(),
            nodes: Names::of(groups.iter().chain(&products).map(|node| node.code.as_str())),
            groups: groups.len(),
            slots: Vec::new(),
            by_months: HashMap::new(),
            plan,
        }
    }

    fn open_slot(&mut self, first: Month, last: Month, structures: Arc<Tree>) {
        let catalogue = self.plan.catalogue();
        let coefficients = self.nodes.codes().map(|code| catalogue.coefficient_ten_thousandths(code, last)).collect();
        self.by_months.insert((first.index(), last.index()), self.slots.len());
        let nothing = vec![false; self.structures.codes().len()];
        self.slots.push(Slot { first, last, structures, coefficients, opened: nothing.clone(), closed: nothing });
    }

    /// Takes note of whether a structure says a quantity of what waits.
    fn say(&mut self, (slot, structure): (usize, usize), quantity: usize, says: bool) {
        let slot = self.slots.get_mut(slot).map(|slot| if quantity == OPENING_BACKLOG { &mut slot.opened } else { &mut slot.closed });
        if let Some(known) = slot.and_then(|says| says.get_mut(structure)) {
            *known = says;
        }
    }

    /// Takes note of what a fact says of what waits; gives whether it says less than the one before it.
    fn says(&mut self, place: (usize, usize), before: Option<&Leaf<MEASURES>>, after: &Leaf<MEASURES>) -> bool {
        let mut less = false;
        for quantity in [OPENING_BACKLOG, CLOSING_BACKLOG] {
            if after.cell().mark(quantity) != 0 {
                self.say(place, quantity, true);
            } else {
                less |= before.is_some_and(|before| before.cell().mark(quantity) != 0);
            }
        }
        less
    }

    fn calendar_months(&self, slot: usize) -> impl Iterator<Item = Month> {
        let range = self.slots.get(slot).map(|slot| slot.first.index()..=slot.last.index());
        range.into_iter().flatten().filter_map(Month::from_index).filter(|month| month.number() <= 12)
    }

    fn look_up(&self, facts: &Facts, slot: usize, structure: usize, product: usize) -> Option<Leaf<MEASURES>> {
        let (structure, code) = (self.structures.code(structure)?, self.nodes.code(product)?);
        let months = self.slots.get(slot).map(|slot| (slot.first.index(), slot.last.index()))?;
        let known = facts.get(code, structure, months)?;
        Some(self.leaf(slot, product, known.values.amounts(), known.batch.provenance))
    }

    /// What a change says at its place: what was in force before, and what is now.
    fn leaves(&self, (slot, _, product): (usize, usize, usize), change: &Taken<'_, '_>) -> (Option<Leaf<MEASURES>>, Leaf<MEASURES>) {
        let leaf = |(amounts, provenance)| self.leaf(slot, product, amounts, provenance);
        (change.before.map(leaf), leaf(change.now))
    }

    /// The measures of a fact.
    fn leaf(&self, slot: usize, product: usize, amounts: Amounts<'_>, provenance: Provenance) -> Leaf<MEASURES> {
        // Pieces of a month times their points fit a word, as good as always.
        let fits = Mutable::new(true);
        let narrow = |pieces: i64, times: i64| {
            let (product, overflows) = pieces.overflowing_mul(times);
            fits.set(fits.get() && !overflows);
            product
        };
        let (measures, marks) = self.measures(slot, product, amounts, provenance, narrow);
        if fits.get() {
            return Leaf::narrow(&measures, marks);
        }
        let (measures, marks) = self.measures(slot, product, amounts, provenance, |pieces, times| i128::from(pieces) * i128::from(times));
        Leaf::new(&measures, marks)
    }

    /// The measures of a fact and their marks, where `product_of` multiplies.
    fn measures<N: Copy + Default>(
        &self,
        slot: usize,
        product: usize,
        amounts: Amounts<'_>,
        provenance: Provenance,
        product_of: impl Fn(i64, i64) -> N,
    ) -> ([N; MEASURES], u64) {
        let counts = self.counts.get(product).copied().unwrap_or_default();
        let coefficient = self.slots.get(slot).and_then(|slot| slot.coefficients.get(product).copied().flatten());
        let mark = 1u64 << Provenance::ALL.iter().position(|known| *known == provenance).unwrap_or_default();
        let mut measures = [N::default(); MEASURES];
        let mut marks = 0;
        let mut put = |measure: usize, amount: Option<N>| {
            if let (Some(amount), Some(place)) = (amount, measures.get_mut(measure)) {
                *place = amount;
                marks |= mark << (4 * measure);
            }
        };
        let pieces = |quantity| amounts.get(quantity);
        let points = |quantity| Some(product_of(pieces(quantity)?, coefficient?));
        if counts.flow {
            (0..PIECES).for_each(|quantity| put(quantity, pieces(quantity).map(|pieces| product_of(pieces, 1))));
            put(RECEIVED_POINTS, points(RECEIVED));
            put(TRANSFERRED_IN_POINTS, points(TRANSFERRED_IN));
            put(TRANSFERRED_OUT_POINTS, points(TRANSFERRED_OUT));
            put(CLOSING_POINTS, points(CLOSING_BACKLOG));
            put(COMPLETED_POINTS, points(COMPLETED));
        }
        if counts.points {
            put(PRODUCTION, points(COMPLETED));
        }
        if counts.net {
            put(NET_PRODUCTION, points(COMPLETED));
        }
        let months = || i64::try_from(self.calendar_months(slot).count()).unwrap_or_default();
        put(STAFF_MONTHS, pieces(STAFF_FTE).map(|hundredths| product_of(hundredths, months())));
        (measures, marks)
    }
}
