//! Figures taken from the facts one by one, by the rules as they are written and nothing that is kept beside: what sums kept step by step are held
//! against.

use std::collections::{BTreeMap, BTreeSet};

use piramide_domain::{Facts, Known};
use piramide_measure::{Month, Period};
use piramide_plan::{Plan, Product};
use piramide_production::facts::{CLOSING_BACKLOG, COMPLETED, OPENING_BACKLOG, STAFF_FTE};

/// A question to the facts.
pub(super) struct Naive<'a> {
    pub(super) plan: &'a Plan,
    pub(super) facts: &'a Facts,
    pub(super) structure: &'a str,
    pub(super) period: Period,
}

impl<'a> Naive<'a> {
    /// The facts about products, each with its product.
    fn about_products(&self) -> Vec<(&'a Product, Known<'a>)> {
        let product = |known: Known<'a>| Some((self.plan.catalogue().product(known.subject)?, known));
        self.facts.iter().filter_map(product).collect()
    }

    fn is_inside(&self, known: &Known<'_>) -> bool {
        self.period.first_month() <= known.first && known.last <= self.period.last_month()
    }

    /// Whether a fact lies in the structure, as it stood in the last month of the fact.
    fn is_its(&self, known: &Known<'_>) -> bool {
        self.plan.structures().lies_under(known.structure, self.structure, known.last)
    }

    /// The calendar months of the period of which facts of the structure count.
    fn months(&self, counts: impl Fn(&Product, &Known<'_>) -> bool) -> Vec<Month> {
        let facts = self.about_products().into_iter();
        let facts = facts.filter(|(product, known)| self.is_inside(known) && self.is_its(known) && counts(product, known));
        let months = facts.flat_map(|(_, known)| (known.first.index()..=known.last.index()).filter_map(Month::from_index));
        months.filter(|month| month.number() <= 12).collect::<BTreeSet<_>>().into_iter().collect()
    }

    pub(super) fn months_of_work(&self) -> Vec<Month> {
        self.months(|product, known| product.counts_flow() && (0..=CLOSING_BACKLOG).any(|quantity| known.value(quantity).is_some()))
    }

    pub(super) fn months_of_staff(&self) -> Vec<Month> {
        self.months(|_, known| known.value(STAFF_FTE).is_some())
    }

    pub(super) fn months_of_production(&self) -> Vec<Month> {
        self.months(|product, known| product.counts_net_points() && known.value(COMPLETED).is_some())
    }

    /// What waited at the start and what waits in the end, in pieces of a node: of each office what it opened with first, or had said last before;
    /// and what it said last.
    pub(super) fn waiting(&self, node: &str) -> (Option<i64>, Option<i64>) {
        let flows: Vec<_> = self.about_products().into_iter().filter(|(product, _)| product.counts_flow()).collect();
        let says = |known: &Known<'_>, quantity: usize| known.value(quantity).is_some();
        // A structure of which nothing is recorded in the period has nothing to say of it.
        if !flows.iter().any(|(_, known)| self.is_inside(known) && self.is_its(known) && says(known, CLOSING_BACKLOG)) {
            return (None, None);
        }
        let inside = flows.iter().map(|(_, known)| known).filter(|known| self.is_inside(known));
        let end = inside.filter(|known| says(known, CLOSING_BACKLOG)).map(|known| known.last).max().unwrap();
        let year_before = Month::new(end.year() - 1, end.number()).unwrap();
        let is_recent =
            |known: &Known<'_>| year_before < known.last && known.last <= end && (self.is_inside(known) || known.first == known.last);
        let goes_on =
            |office: &str, month: Month| office == self.structure || month == end || self.plan.structures().at(office, end).is_some();
        // By office, the month of which it says what waits last, before the period and at all, and the first of the period with which it opens.
        let (mut before, mut last, mut first) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (_, known) in &flows {
            let (office, month) = (known.structure, known.last);
            if is_recent(known) && says(known, CLOSING_BACKLOG) && goes_on(office, month) {
                last.entry(office).and_modify(|known: &mut Month| *known = month.max(*known)).or_insert(month);
                if month < self.period.first_month() {
                    before.entry(office).and_modify(|known: &mut Month| *known = month.max(*known)).or_insert(month);
                }
            }
            if self.is_inside(known) && says(known, OPENING_BACKLOG) {
                first.entry(office).and_modify(|known: &mut Month| *known = month.min(*known)).or_insert(month);
            }
        }
        before.retain(|office, _| !first.contains_key(office));
        let under: BTreeSet<&str> = self.plan.catalogue().products_under(node).map(|product| product.code.as_str()).collect();
        let total = |months: &BTreeMap<&str, Month>, quantity: usize, counts: &dyn Fn(&Known<'_>) -> bool| {
            let said = flows.iter().filter(|(product, known)| under.contains(product.code.as_str()) && counts(known) && self.is_its(known));
            let said = said.filter(|(_, known)| months.get(known.structure) == Some(&known.last));
            said.filter_map(|(_, known)| known.value(quantity)).reduce(|one, other| one + other)
        };
        let opened = total(&first, OPENING_BACKLOG, &|known| self.is_inside(known));
        let carried = total(&before, CLOSING_BACKLOG, &is_recent);
        let start = opened.map_or(carried, |opened| Some(opened + carried.unwrap_or_default()));
        (start, total(&last, CLOSING_BACKLOG, &is_recent))
    }
}
