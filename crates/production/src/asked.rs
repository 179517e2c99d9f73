//! A question to production: the facts that answer, and the sums kept beside them.

use std::sync::OnceLock;

use piramide_domain::{Detail, Known, Measured, Query};
use piramide_measure::{Exact, Explanation, Missing, Month, Period, Source, Unit};
use piramide_plan::Product;

use crate::{
    facts::{CLOSING_BACKLOG, OPENING_BACKLOG},
    simulation::Overlay,
    state::{self, Books, Counting, Helped, State, Sums, Waiting},
};

/// The most products that a derivation takes apart one by one; beyond them it goes down the catalogue level by level.
const MOST_PRODUCTS: usize = 40;

/// A question and all that is known to answer it.
#[derive(Clone)]
pub struct Asked<'a> {
    /// The question, which reads facts.
    pub query: Query<'a>,
    books: Option<&'a Books>,
    slots: Vec<usize>,
    /// Where what waits is read, looked for once.
    waiting: OnceLock<Option<Waiting>>,
    /// What a simulation adds to the sums kept.
    overlay: Option<&'a Overlay>,
}

/// A sum to be taken at a node of the catalogue.
#[derive(Clone, Copy)]
pub(crate) struct Sum<'s> {
    pub(crate) label: &'s str,
    pub(crate) formula: &'s str,
    pub(crate) unit: Unit,
    /// Digits after the point of the measures.
    pub(crate) scale: u32,
    /// Measures of [`crate::state`], with their signs.
    pub(crate) terms: &'s [(usize, i8)],
    /// The products that count.
    pub(crate) counts: fn(&Product) -> bool,
    /// Whether it is what waits in the end, a stock, and not a flow over the whole period.
    pub(crate) waits: bool,
}

impl<'a> Asked<'a> {
    /// A question, with the sums kept under its plan.
    pub fn new(query: Query<'a>, state: &'a State) -> Self {
        Self::of(query, state.under(query.plan))
    }

    fn of(query: Query<'a>, books: Option<&'a Books>) -> Self {
        let slots = books.map(|books| books.slots_in(query.period)).unwrap_or_default();
        Self { query, books, slots, waiting: OnceLock::new(), overlay: None }
    }

    /// The same question about another structure.
    pub(crate) fn of_structure(&self, structure: &'a str) -> Self {
        let query = Query { structure, ..self.query };
        Self { query, books: self.books, slots: self.slots.clone(), waiting: OnceLock::new(), overlay: None }
    }

    /// The same question about another period.
    pub(crate) fn of_period(&self, period: Period) -> Self {
        Self::of(Query { period, ..self.query }, self.books)
    }

    /// The sums kept at a node over the months from one to another; `None` when they might not fit.
    pub(crate) fn sums_between(&self, node: &str, first: Month, last: Month) -> Option<Sums> {
        let books = self.books?;
        self.read(books, &books.slots_between(first, last), node)
    }

    /// The sums kept at a node at the end of a month, whatever the period; `None` when they might not fit.
    pub(crate) fn sums_ending_with(&self, node: &str, month: Month) -> Option<Sums> {
        let books = self.books?;
        let january = Month::new(month.year(), 1)?;
        let slots = books.ending_with(&books.slots_between(january, month), month);
        self.read(books, &slots, node)
    }

    /// The months of the facts in which the structure first says in a year what a node opened with, whatever the period.
    pub(crate) fn opened_first(&self, node: &str, year: u16) -> Vec<(Month, Month)> {
        let months = Month::new(year, 1).zip(Month::new(year, 12));
        let opened = self.books.zip(months).map(|(books, months)| books.opened_first(self.query.facts, months, self.query.structure, node));
        opened.unwrap_or_default()
    }

    /// The same question, with what a simulation adds.
    #[must_use]
    pub fn simulated(&self, overlay: &'a Overlay) -> Self {
        Self { overlay: Some(overlay), ..self.clone() }
    }

    /// The slots of the period, each with the month that chooses its coefficients.
    pub(crate) fn slots_with_months(&self) -> Vec<(usize, Month)> {
        let books = self.books.into_iter();
        books.flat_map(|books| self.slots.iter().filter_map(|slot| Some((*slot, books.last_month(*slot)?)))).collect()
    }

    /// The sums kept at a node in one slot; `None` when they might not fit.
    pub(crate) fn sums_of_slot(&self, node: &str, slot: usize) -> Option<Sums> {
        self.read(self.books?, &[slot], node)
    }

    /// The calendar months of the period in which the structure has recorded work.
    pub fn months_of_work(&self) -> Vec<Month> {
        self.books.map(|books| books.months_of_work(&self.slots, self.query.structure)).unwrap_or_default()
    }

    /// The calendar months of the period in which the structure has recorded staff.
    pub fn months_of_staff(&self) -> Vec<Month> {
        self.books.map(|books| books.months_of_staff(&self.slots, self.query.structure)).unwrap_or_default()
    }

    /// The calendar months of the period in which the structure has recorded points of the production areas.
    pub fn months_of_production(&self) -> Vec<Month> {
        self.books.map(|books| books.months_of_production(&self.slots, self.query.structure)).unwrap_or_default()
    }

    /// The last month of the period of which the structure has recorded what was waiting.
    pub(crate) fn month_of_backlog(&self) -> Option<Month> {
        self.books.and_then(|books| books.month_of_backlog(&self.slots, self.query.structure))
    }

    /// Where what waits is read; none where nothing is recorded of it in the period.
    fn waiting(&self) -> Option<(&'a Books, &Waiting)> {
        let books = self.books?;
        let found = self.waiting.get_or_init(|| books.waiting(self.query.period, self.query.structure));
        Some((books, found.as_ref()?))
    }

    /// What each office says of a subject where it says last what waits.
    pub(crate) fn said_last(&self, subject: &str) -> Vec<Known<'a>> {
        self.waiting().map_or_else(Vec::new, |(books, waiting)| books.said_last(self.query.facts, waiting, subject))
    }

    /// The offices of which what waits counts, each with the last month of which it says so.
    pub(crate) fn offices_waiting(&self) -> Vec<(&'a str, Month)> {
        self.waiting().map_or_else(Vec::new, |(books, waiting)| books.offices_of(waiting))
    }

    /// What offices say that counts in what waits.
    pub(crate) fn counting(&self) -> Counting<'a> {
        self.waiting().map(|(books, waiting)| books.counting(waiting)).unwrap_or_default()
    }

    /// Who helped whom in the period, as the structure sees it, and what its offices handed over to a named helper.
    pub(crate) fn help(&self) -> (Vec<Helped<'a>>, i128) {
        self.books.map(|books| books.help(&self.slots, self.query.structure)).unwrap_or_default()
    }

    /// The sums kept at a node over the period; `None` when they might not fit.
    pub fn sums(&self, node: &str) -> Option<Sums> {
        let kept = self.read(self.books?, &self.slots, node)?;
        self.with_overlay(kept, node, &self.slots.iter().copied().map(Some).collect::<Vec<_>>())
    }

    /// The sums kept at a node of what waits in the end, where each office says it last; `None` when they might not fit.
    pub fn sums_waiting(&self, node: &str) -> Option<Sums> {
        let Some((books, waiting)) = self.waiting() else { return Some(Sums::EMPTY) };
        let kept = self.read_each(node, |node| books.read_at(self.query.facts, &waiting.closing, node))?;
        self.with_overlay(kept, node, &[None])
    }

    /// The sums kept at a product in each slot in which it counts for what waits, with the month that chooses its coefficients.
    pub(crate) fn waiting_by_slot(&self, product: &str) -> Option<Vec<(Month, Sums)>> {
        let Some((books, waiting)) = self.waiting() else { return Some(Vec::new()) };
        books.each_at(self.query.facts, &waiting.closing, product)
    }

    /// Sums with what a simulation adds to them: over slots, or to what waits.
    fn with_overlay(&self, kept: Sums, node: &str, at: &[Option<usize>]) -> Option<Sums> {
        let Some(overlay) = self.overlay else { return Some(kept) };
        let mut effect = Sums::EMPTY;
        for node in self.kept_under(node) {
            at.iter().for_each(|slot| overlay.apply(*slot, node, &mut effect));
        }
        kept.checked_sum(&effect)
    }

    /// The sums kept at a node; those of an outcome product are its products'.
    fn read(&self, books: &Books, slots: &[usize], node: &str) -> Option<Sums> {
        self.read_each(node, |node| books.read(self.query.facts, slots, self.query.structure, node))
    }

    fn read_each(&self, node: &str, read: impl Fn(&str) -> Option<Sums>) -> Option<Sums> {
        self.kept_under(node).into_iter().try_fold(Sums::EMPTY, |sums, node| sums.checked_sum(&read(node)?))
    }

    /// The nodes at which sums are kept that together are a node: itself, or the products of an outcome product.
    fn kept_under<'n>(&self, node: &'n str) -> Vec<&'n str>
    where
        'a: 'n,
    {
        let products = self.query.plan.catalogue().products_of_outcome(node);
        products.map_or_else(|| vec![node], |products| products.iter().map(String::as_str).collect())
    }

    /// The sums of what waited at a node at the start: what each office opened with first, and what those that say nothing in the period had
    /// said last; `None` when they might not fit.
    pub fn sums_at_start(&self, node: &str) -> Option<Sums> {
        let Some((books, waiting)) = self.waiting() else { return Some(Sums::EMPTY) };
        let at = |places| self.read_each(node, |node| books.read_at(self.query.facts, places, node));
        let opened = at(&waiting.opening)?.only(OPENING_BACKLOG, OPENING_BACKLOG);
        opened.checked_sum(&at(&waiting.carried)?.only(CLOSING_BACKLOG, OPENING_BACKLOG))
    }

    /// Takes a sum: for a figure from the sums kept, for a derivation product by product, each taken apart by `part`.
    pub(crate) fn sum(&self, node: &str, sum: &Sum<'_>, part: impl Fn(&Product) -> Measured) -> Measured {
        let products = || self.query.plan.catalogue().products_under(node).filter(|product| (sum.counts)(product));
        if self.query.detail == Detail::Figure
            && let Some(total) = self.total(node, sum)
        {
            // A node without such products is not the same as one where nothing is recorded.
            return if total.value.is_err() && products().next().is_none() { nothing_to_sum(sum) } else { total };
        }
        if products().count() > MOST_PRODUCTS
            && let Some(groups) = self.groups(node, sum)
        {
            return Measured::sum_of_known(sum.label, sum.unit, sum.formula, groups);
        }
        Measured::sum_of_known(sum.label, sum.unit, sum.formula, products().map(part).collect())
    }

    /// The staff of the structure: for a figure from the sums kept, for a derivation from the facts.
    pub(crate) fn staff(&self, product: &str, sum: &Sum<'_>, from_facts: impl FnOnce() -> Measured) -> Measured {
        let kept = (self.query.detail == Detail::Figure).then(|| self.total(product, sum)).flatten();
        kept.unwrap_or_else(from_facts)
    }

    /// The totals of the nodes right under one; `None` when one of them might not fit.
    fn groups(&self, node: &str, sum: &Sum<'_>) -> Option<Vec<Measured>> {
        let children = self.query.plan.catalogue().children(node);
        children.into_iter().map(|child| self.total(&child.code, &Sum { label: &child.label, ..*sum })).collect()
    }

    /// The total that is kept; `None` when it might not fit.
    fn total(&self, node: &str, sum: &Sum<'_>) -> Option<Measured> {
        let sums = if sum.waits { self.sums_waiting(node)? } else { self.sums(node)? };
        let known = || sum.terms.iter().filter(|(measure, _)| sums.mark(*measure) != 0);
        let Some(provenance) = state::provenance(&sums, known().map(|(measure, _)| *measure)) else {
            return Some(Measured::missing(sum.label, sum.unit, self.query.no_data()));
        };
        let units: i128 = known().filter_map(|(measure, sign)| Some(i128::from(sums.sum(*measure)?) * i128::from(*sign))).sum();
        let value = Exact::quotient(&Exact::from(units), &Exact::power_of_ten(sum.scale)).unwrap_or_else(Exact::zero);
        let source = Source::Total { provenance, structure: self.query.structure.to_owned(), subject: node.to_owned() };
        Some(Measured::given(value.clone(), Explanation::given(sum.label, value, sum.unit, source)))
    }
}

fn nothing_to_sum(sum: &Sum<'_>) -> Measured {
    Measured::missing(sum.label, sum.unit, Missing::NoInput { input: sum.label.to_owned() })
}
