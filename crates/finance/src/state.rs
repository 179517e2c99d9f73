//! What finance keeps in memory beside the facts: under each plan, sums of cents at every structure, for every item, account and other
//! subject, and for each range of months; of years long past, the sum of the year alone.
//!
//! Of an item it keeps its amount, as [`crate::indicators::tree::amount`] defines it: what is recorded of the item itself where it is, else
//! the sum of those under it with their signs. In one structure and range of months that is a sum of facts, of which each change adds or
//! takes away the same at every node above; so the sums are exact whatever was corrected, and a fact costs the product of its two depths.
//! Whatever the sums do not tell is read from the facts:
//!
//! - a part of a year that is kept whole;
//! - an item, where a fact of a longer range of months may hold one of a shorter;
//! - anything, once all facts together could sum to more than 64 bits hold, or one speaks of months of two years.
//!
//! Who asks for many items at once has the facts read once for all of them: [`Books::of_extent`].

mod extent;
mod forest;
mod planes;
mod year;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use piramide_domain::{ByPlan, Change, Facts, Known, Names};
use piramide_measure::Month;
use piramide_plan::{Items, Plan};
use piramide_rollup::Tree;

use self::{extent::Extent, forest::Forest, planes::Part, year::Year};
pub use self::{planes::Total, year::Span};
use crate::facts::AMOUNT;

/// How many years are kept month by month: the one that goes on, and the one that is being closed.
const OPEN_YEARS: usize = 2;

/// The sums under every plan. Plans with the same organisation and trees have the same sums, kept once.
pub type State = ByPlan<Books>;

/// The sums under one plan.
pub struct Books {
    plan: Arc<Plan>,
    structures: Names,
    forest: Forest,
    years: BTreeMap<u16, Year>,
    /// Sums that are recorded and not those of their parts: node, year, slot, structure.
    unsquared: BTreeSet<(usize, u16, usize, usize)>,
    /// The amounts of all facts without their signs: no sum of any of them can be larger.
    weight: u128,
    /// Whether facts speak of months of two years, which no period has.
    spans_years: bool,
    /// What they tell of; `None` for everything.
    extent: Option<Extent>,
}

impl piramide_domain::Books for Books {
    const FACTS_ANSWER: bool = true;

    fn new(plan: Arc<Plan>) -> Self {
        let structures = Names::of(plan.structures().codes());
        let forest = Forest::new(&plan);
        Self { structures, forest, years: BTreeMap::new(), unsquared: BTreeSet::new(), weight: 0, spans_years: false, extent: None, plan }
    }

    /// Whether another plan has the same organisation and the same trees.
    fn serve(&self, plan: &Plan) -> bool {
        let alike = |one: &Items, other: &Items| {
            let shape =
                |items: &Items| -> Vec<_> { items.iter().map(|item| (item.code.clone(), item.parent.clone(), item.sign)).collect() };
            shape(one) == shape(other)
        };
        self.plan.structures() == plan.structures()
            && alike(self.plan.items(), plan.items())
            && alike(self.plan.costs().tree(), plan.costs().tree())
    }

    fn follow(&mut self, facts: &Facts, change: &Change<'_>) {
        let now = &change.now;
        let Some(structure) = self.structures.number(now.structure) else { return };
        let node = self.forest.open(now.subject);
        let before = match &change.before {
            Some((values, provenance)) => Part::of(values.get(AMOUNT), *provenance),
            // What is first recorded of a sum takes the place of what its parts sum to.
            None => self.forest.parts(facts, node, place(now)),
        };
        let amount = |amount: Option<i64>| amount.map_or(0, |cents| u128::from(cents.unsigned_abs()));
        self.weight = self.weight.saturating_sub(change.before.map_or(0, |(values, _)| amount(values.get(AMOUNT))));
        self.weight = self.weight.saturating_add(amount(now.value(AMOUNT)));
        self.forest.record(node);
        let after = Part::of(now.value(AMOUNT), now.batch.provenance);
        let Some((year, slot)) = self.put(facts, now, (structure, node), &after.less(&before)) else { return };
        for sum in [Some(node), self.forest.above(node).map(|(above, _)| above)].into_iter().flatten() {
            self.square(facts, now, (sum, year, slot, structure));
        }
    }

    /// What is recorded of a sum is known before any part, so each fact is put where it stays.
    fn take_all(&mut self, facts: &Facts) {
        self.forest.record_all(facts);
        facts.iter().for_each(|now| self.take(facts, &now));
    }
}

impl Books {
    /// Takes in a fact, once it is known of what all facts speak.
    fn take(&mut self, facts: &Facts, now: &Known<'_>) {
        let Some(structure) = self.structures.number(now.structure) else { return };
        let node = self.forest.open(now.subject);
        self.weight = self.weight.saturating_add(now.value(AMOUNT).map_or(0, |cents| cents.unsigned_abs().into()));
        let part = Part::of(now.value(AMOUNT), now.batch.provenance);
        let Some((year, slot)) = self.put(facts, now, (structure, node), &part) else { return };
        self.square(facts, now, (node, year, slot, structure));
    }

    /// Adds a part at a node and at those above it, up to one that is recorded itself. Gives year and slot.
    fn put(&mut self, facts: &Facts, now: &Known<'_>, (structure, node): (usize, usize), part: &Part) -> Option<(u16, usize)> {
        let (number, slot) = self.slot(now.first, now.last)?;
        let (year, forest) = (self.years.get_mut(&number)?, &self.forest);
        if forest.is_in_tree(node) {
            year.note(slot, structure);
        }
        let (mut node, mut part) = (node, *part);
        loop {
            year.add(slot, structure, (node, forest.len()), &part);
            let Some((above, sign)) = forest.above(node).filter(|(above, _)| forest.fact(facts, *above, place(now)).is_none()) else {
                break;
            };
            (node, part) = (above, part.signed(sign));
        }
        Some((number, slot))
    }

    fn square(&mut self, facts: &Facts, now: &Known<'_>, of: (usize, u16, usize, usize)) {
        if self.forest.is_unsquared(facts, of.0, place(now)) {
            self.unsquared.insert(of);
        } else if !self.unsquared.is_empty() {
            self.unsquared.remove(&of);
        }
    }

    /// The slot of a range of months, opened on first sight.
    fn slot(&mut self, first: Month, last: Month) -> Option<(u16, usize)> {
        let number = first.year();
        if number != last.year() {
            self.spans_years = true;
            return None;
        }
        if let Some(slot) = self.years.get(&number).and_then(|year| year.slot(first, last)) {
            return Some((number, slot));
        }
        let tree = self.tree(last);
        let known = self.years.values().find_map(|year| year.tree_like(&tree));
        let packed = self.extent.is_some();
        let slot = self.years.entry(number).or_insert_with(|| Year::new(packed)).open(first, last, known.unwrap_or_else(|| Arc::new(tree)));
        self.years.values_mut().rev().skip(OPEN_YEARS).for_each(Year::pack);
        Some((number, slot))
    }

    /// The structures as they stand in a month.
    fn tree(&self, month: Month) -> Tree {
        let structures = self.plan.structures();
        let parent = |code: &str| {
            let parent = structures.at(code, month)?.parent.as_ref()?;
            structures.at(parent, month).and_then(|parent| self.structures.number(&parent.code))
        };
        // A validated organisation is a tree; if it were none, each structure would stand alone.
        let alone = || Tree::new(vec![None; self.structures.codes().len()]).unwrap_or_default();
        Tree::new(self.structures.codes().map(parent).collect()).unwrap_or_else(|_| alone())
    }

    /// The ranges of months inside some months; `None` where they must be read from the facts.
    pub fn span(&self, first: Month, last: Month) -> Option<Span<'_>> {
        let untold = self.spans_years || first.year() != last.year() || self.weight > i64::MAX.unsigned_abs().into();
        if untold || self.extent.as_ref().is_some_and(|extent| extent.months != (first, last)) {
            return None;
        }
        self.years.get(&first.year()).map_or_else(|| Some(Span::default()), |year| year.span(first, last))
    }

    /// The number of a structure of which they tell.
    pub fn structure(&self, code: &str) -> Option<usize> {
        self.structures.number(code).filter(|_| self.extent.as_ref().is_none_or(|extent| extent.structures.contains(code)))
    }

    /// What is recorded of a subject; `None` for a sum, of which the amount is kept and not what is recorded of itself.
    pub fn recorded(&self, span: Span<'_>, structure: usize, subject: &str) -> Option<Total> {
        match self.forest.number(subject) {
            Some(node) if self.forest.is_sum(node) => None,
            Some(node) => Some(span.total(structure, node)),
            None => self.extent.is_none().then(Total::default),
        }
    }

    /// Whether what is kept tells in which months something is recorded of a subject.
    pub fn tells_months(&self, span: Span<'_>, subject: &str) -> bool {
        self.extent.is_none() && span.is_by_month() && self.forest.number(subject).is_none_or(|node| !self.forest.is_sum(node))
    }

    /// The last month in which something is recorded of a subject, where [`Books::tells_months`].
    pub fn last_month(&self, span: Span<'_>, structure: usize, subject: &str) -> Option<Month> {
        span.last_month(structure, self.forest.number(subject)?)
    }

    /// The amount of an item of one of the trees; `None` where the facts must tell.
    pub fn amount(&self, span: Span<'_>, structure: usize, item: &str) -> Option<Total> {
        let node = self.forest.number(item)?;
        let kept = !self.forest.is_sum(node) || !span.is_entangled(structure);
        kept.then(|| span.total(structure, node))
    }

    /// The amounts of all items of the IEEP, in the order of the plan, at once; `None` where the facts must tell.
    pub fn amounts(&self, span: Span<'_>, structure: usize) -> Option<Vec<Total>> {
        (!span.is_entangled(structure)).then(|| span.totals(structure, self.plan.items().iter().count()))
    }

    /// Where an item is recorded and is not the sum of those under it, which are recorded too: structures and months, in that order.
    pub fn unsquared<'s>(&'s self, span: Span<'s>, structure: usize, item: &str) -> Vec<(&'s str, (Month, Month))> {
        let Some((node, (_, first))) = self.forest.number(item).zip(span.slots().next()) else { return Vec::new() };
        let year = first.first.year();
        let places = self.unsquared.range((node, year, 0, 0)..(node, year, usize::MAX, usize::MAX));
        let mut found: Vec<(&str, (Month, Month))> = places
            .filter_map(|(_, _, slot, place)| {
                let (_, slot) = span.slots().find(|(number, _)| number == slot)?;
                slot.structures.path(*place).find(|above| *above == structure)?;
                Some((self.structures.code(*place)?, (slot.first, slot.last)))
            })
            .collect();
        found.sort_unstable();
        found
    }
}

/// Where a fact stands.
fn place<'k>(known: &Known<'k>) -> forest::Place<'k> {
    (known.structure, (known.first.index(), known.last.index()))
}
