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
//! - anything, once all facts of a year together could sum to more than 64 bits hold, or one speaks of months of two years.
//!
//! Who asks for many items at once has sums made for the question, from the sheets or else from the facts, read once for all items: [`Made`]. Of what was
//! known at a closing and its sheets tell, no sums are kept until a year is asked for.

mod forest;
mod made;
mod planes;
mod sheets;
mod year;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
};

use piramide_domain::{ByPlan, Change, Facts, Known, Names};
use piramide_measure::{Month, Period};
use piramide_plan::{Items, Plan};
use piramide_rollup::Tree;

use self::{forest::Forest, planes::Part, sheets::Links, year::Year};
pub use self::{made::Made, planes::Total, year::Span};
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
    /// Without sums where the sheets tell a year and nobody has asked for it.
    years: BTreeMap<u16, OnceLock<Year>>,
    /// Whether facts speak of months of two years, which no period has.
    spans_years: bool,
    /// What the numbers of the sheets are here, once those are read.
    links: Mutex<Option<Arc<Links>>>,
}

/// The sums of the months of a period, at a structure.
#[derive(Clone, Copy)]
pub struct Kept<'a> {
    books: &'a Books,
    span: Span<'a>,
    structure: usize,
    /// Whether they are of every subject, or of items and costs alone.
    every_subject: bool,
}

impl piramide_domain::Books for Books {
    const FACTS_ANSWER: bool = true;
    const SHEETS: bool = true;

    fn new(plan: Arc<Plan>) -> Self {
        let structures = Names::of(plan.structures().codes());
        let forest = Forest::new(&plan);
        Self { structures, forest, years: BTreeMap::new(), spans_years: false, links: Mutex::default(), plan }
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
        self.forest.record(node);
        let after = Part::of(now.value(AMOUNT), now.batch.provenance);
        let Some((number, slot)) = self.put(facts, now, (structure, node), &after.less(&before)) else { return };
        if let Some(year) = self.year_mut(number) {
            year.lighten(change.before.map_or(0, |(values, _)| magnitude(values.get(AMOUNT))));
            year.weigh(magnitude(now.value(AMOUNT)));
        }
        for sum in [Some(node), self.forest.above(node).map(|(above, _)| above)].into_iter().flatten() {
            self.square(facts, now, number, (sum, slot, structure));
        }
    }

    /// What is recorded of a sum is known before any part, so each fact is put where it stays.
    fn take_all(&mut self, facts: &Facts) {
        if let Some(sheets) = facts.sheets().filter(|sheets| sheets.tell_all()) {
            self.years = sheets.years().map(|year| (year, OnceLock::new())).collect();
            for subject in sheets.subjects().codes() {
                self.forest.open(subject);
            }
            return;
        }
        self.forest.record_all(facts);
        // All of them first: sums are then made as long as they will be, and not again for each that comes.
        for subject in facts.subjects_beginning("") {
            self.forest.open(subject);
        }
        facts.iter().for_each(|now| self.take(facts, &now));
    }
}

impl Books {
    /// Takes in a fact, once it is known of what all facts speak.
    fn take(&mut self, facts: &Facts, now: &Known<'_>) {
        let Some(structure) = self.structures.number(now.structure) else { return };
        let node = self.forest.open(now.subject);
        let part = Part::of(now.value(AMOUNT), now.batch.provenance);
        let Some((number, slot)) = self.put(facts, now, (structure, node), &part) else { return };
        if let Some(year) = self.year_mut(number) {
            year.weigh(magnitude(now.value(AMOUNT)));
        }
        self.square(facts, now, number, (node, slot, structure));
    }

    fn year_mut(&mut self, number: u16) -> Option<&mut Year> {
        self.years.get_mut(&number)?.get_mut()
    }

    /// Adds a part at a node and at those above it, up to one that is recorded itself. Gives year and slot.
    fn put(&mut self, facts: &Facts, now: &Known<'_>, (structure, node): (usize, usize), part: &Part) -> Option<(u16, usize)> {
        let (number, slot) = self.slot(now.first, now.last)?;
        let (year, forest) = (self.years.get_mut(&number)?.get_mut()?, &self.forest);
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

    fn square(&mut self, facts: &Facts, now: &Known<'_>, number: u16, of: (usize, usize, usize)) {
        let unsquared = self.forest.is_unsquared(facts, of.0, place(now));
        if let Some(year) = self.year_mut(number) {
            year.set_unsquared(of, unsquared);
        }
    }

    /// The slot of a range of months, opened on first sight.
    fn slot(&mut self, first: Month, last: Month) -> Option<(u16, usize)> {
        let number = first.year();
        if number != last.year() {
            self.spans_years = true;
            return None;
        }
        if let Some(slot) = self.years.get(&number).and_then(|year| year.get()?.slot(first, last)) {
            return Some((number, slot));
        }
        let tree = self.tree(last);
        let known = self.years.values().filter_map(OnceLock::get).find_map(|year| year.tree_like(&tree));
        let year = self.years.entry(number).or_insert_with(|| Year::new(false).into()).get_mut()?;
        let slot = year.open(first, last, known.unwrap_or_else(|| Arc::new(tree)));
        self.years.values_mut().rev().skip(OPEN_YEARS).filter_map(OnceLock::get_mut).for_each(Year::pack);
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

    /// The sums kept of a structure in a period; `None` where the facts must tell. Of facts asleep, a year is read when it is asked for.
    pub(crate) fn told<'a>(&'a self, facts: &Facts, structure: &str, period: Period) -> Option<Kept<'a>> {
        let (first, last) = (period.first_month(), period.last_month());
        if self.spans_years || first.year() != last.year() {
            return None;
        }
        let structure = self.structures.number(structure)?;
        let span = self.year(facts, first.year()).map_or_else(|| Some(Span::default()), |year| year.span(first, last))?;
        Some(Kept { books: self, span, structure, every_subject: true })
    }

    /// Whether the facts are asleep, so that sums are read when they are asked for.
    fn is_asleep(&self) -> bool {
        self.years.values().any(|year| year.get().is_none())
    }

    /// Whether the sums of a period are in memory.
    fn has(&self, period: Period) -> bool {
        let (first, last) = (period.first_month(), period.last_month());
        let of_year = |year: &OnceLock<Year>| year.get().is_some_and(|year| year.span(first, last).is_some());
        !self.spans_years && first.year() == last.year() && self.years.get(&first.year()).is_none_or(of_year)
    }
}

/// Sums for who asks for many items and finds none kept. `books` is what is kept under the plan of the question.
pub(crate) fn made(books: Option<&Books>, plan: &Arc<Plan>, facts: &Facts, structure: &str, period: Period) -> Option<Made> {
    let Some(books) = books else { return Made::of_facts(plan, facts, structure, period) };
    if books.has(period) {
        return None;
    }
    let of_sheets = books.of_sheets(facts, structure, period);
    of_sheets.or_else(|| books.told(facts, structure, period).is_none().then(|| Made::of_facts(plan, facts, structure, period))?)
}

impl<'a> Kept<'a> {
    /// What is recorded of a subject; `None` for a sum, of which the amount is kept and not what is recorded of itself.
    pub(crate) fn recorded(self, subject: &str) -> Option<Total> {
        match self.books.forest.number(subject) {
            Some(node) if self.books.forest.is_sum(node) => None,
            Some(node) => Some(self.span.total(self.structure, node)),
            None => self.every_subject.then(Total::default),
        }
    }

    /// The same of what ends with a month; `None` too where what is kept does not tell that.
    pub(crate) fn recorded_to(self, subject: &str, month: Month) -> Option<Total> {
        Self { span: self.span.ending_with(month)?, ..self }.recorded(subject)
    }

    /// Whether what is kept tells in which months something is recorded of a subject.
    pub(crate) fn tells_months(self, subject: &str) -> bool {
        let forest = &self.books.forest;
        self.every_subject && self.span.is_by_month() && forest.number(subject).is_none_or(|node| !forest.is_sum(node))
    }

    /// The last month in which something is recorded of a subject, where [`Kept::tells_months`].
    pub(crate) fn last_month(self, subject: &str) -> Option<Month> {
        self.span.last_month(self.structure, self.books.forest.number(subject)?)
    }

    /// The amount of an item of one of the trees; `None` where the facts must tell.
    pub(crate) fn amount(self, item: &str) -> Option<Total> {
        let node = self.books.forest.number(item)?;
        let kept = !self.books.forest.is_sum(node) || !self.span.is_entangled(self.structure);
        kept.then(|| self.span.total(self.structure, node))
    }

    /// The amounts of all items of the IEEP, in the order of the plan, at once; `None` where the facts must tell.
    pub fn amounts(self) -> Option<Vec<Total>> {
        (!self.span.is_entangled(self.structure)).then(|| self.span.totals(self.structure, self.books.plan.items().iter().count()))
    }

    /// Where an item is recorded and is not the sum of those under it, which are recorded too: structures and months, in that order.
    pub(crate) fn unsquared(self, item: &str) -> Vec<(&'a str, (Month, Month))> {
        let nodes = self.books.forest.number(item).into_iter();
        let mut found: Vec<(&str, (Month, Month))> = nodes
            .flat_map(|node| self.span.unsquared(node))
            .filter_map(|(slot, place)| {
                slot.structures.path(place).find(|above| *above == self.structure)?;
                Some((self.books.structures.code(place)?, (slot.first, slot.last)))
            })
            .collect();
        found.sort_unstable();
        found
    }
}

fn magnitude(amount: Option<i64>) -> u128 {
    amount.map_or(0, |cents| cents.unsigned_abs().into())
}

/// Where a fact stands.
fn place<'k>(known: &Known<'k>) -> forest::Place<'k> {
    (known.structure, (known.first.index(), known.last.index()))
}
