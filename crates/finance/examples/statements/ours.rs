//! The engine of finance: facts in force and the sums kept of them.

use std::time::{Duration, Instant};

use piramide_domain::{Detail, Facts, Query, State as _};
use piramide_finance::{
    asked::Asked,
    facts::QUANTITIES,
    state::{Books, State, Total},
    statement,
};
use piramide_measure::{Month, Period};
use piramide_plan::{Plan, Plans};

use super::data::{FIRST_YEAR, REGIONS, SECTIONS, Scale, plan};

/// Everything that is kept in memory.
pub(crate) struct House {
    pub(crate) scale: Scale,
    pub(crate) facts: Facts,
    pub(crate) state: State,
    pub(crate) built: Duration,
    pub(crate) sums_kib: u64,
    plan: Plan,
}

impl House {
    pub(crate) fn new(scale: Scale, facts: Facts) -> Self {
        let plan = plan(scale);
        let plans = Plans::default().with([plan.clone()]);
        let (before, started) = (super::resident(), Instant::now());
        let state = State::of(&plans, &facts);
        let built = started.elapsed();
        Self { scale, facts, state, built, sums_kib: super::resident().saturating_sub(before), plan }
    }

    pub(crate) fn books(&self) -> &Books {
        self.state.under(&self.plan).expect("the plan")
    }

    fn query<'a>(&'a self, facts: &'a Facts, structure: &'a str, period: Period) -> Query<'a> {
        Query { plan: &self.plan, facts, structure, period, quantities: &QUANTITIES, detail: Detail::Figure }
    }

    /// The codes of the offices at or under a structure.
    pub(crate) fn offices_under(&self, structure: &str) -> Vec<&str> {
        let month = Month::new(FIRST_YEAR, 1).unwrap();
        let all = self.plan.structures().descendants(structure, month);
        all.into_iter().map(|structure| structure.code.as_str()).filter(|code| code.starts_with("OFF_")).collect()
    }

    /// The amounts of all items of a structure, in the order of the plan.
    pub(crate) fn amounts(&self, structure: &str, period: Period) -> Vec<Total> {
        let books = self.books();
        let span = books.span(period.first_month(), period.last_month()).expect("sums of 64 bits");
        books.amounts(span, books.structure(structure).expect("a structure")).expect("ranges of months that do not overlap")
    }

    /// The whole statement, with its labels, targets and the structures below.
    pub(crate) fn statement(&self, structure: &str, period: Period) -> usize {
        let drawn = statement::statement(&Asked::new(self.query(&self.facts, structure, period), &self.state), None);
        drawn.lines.iter().filter(|line| line.judged.actual.is_ok()).count() + drawn.below.len()
    }

    /// The items that are posted, with their amounts: what SQL sums.
    pub(crate) fn leaves(&self, amounts: &[Total]) -> Vec<(String, i64)> {
        let items = self.plan.items().iter().zip(amounts).skip(1 + usize::from(SECTIONS));
        items.filter_map(|(item, total)| Some((item.code.clone(), total.known()?.0))).collect()
    }

    /// Every statement: each year, each structure.
    pub(crate) fn all_statements(&self) -> Vec<Vec<Total>> {
        let years = FIRST_YEAR..=self.scale.last_year();
        let structures = || self.plan.structures().iter();
        years.flat_map(|year| structures().map(move |structure| self.amounts(&structure.code, Period::Year(year)))).collect()
    }

    /// Weighted sums of every amount, so that one in the wrong place shows.
    pub(crate) fn digest(&self, statements: &[Vec<Total>]) -> i128 {
        let structures = 1 + usize::from(REGIONS) + usize::from(self.scale.offices);
        let mut sum = 0;
        for (place, amounts) in statements.iter().enumerate() {
            let (year, structure) = (place / structures, place % structures);
            for (node, total) in amounts.iter().enumerate() {
                let weight = i128::try_from(1 + (structure * 31 + node * 17 + year * 7) % 97).unwrap();
                sum += total.known().map_or(0, |(cents, _)| weight * i128::from(cents));
            }
        }
        sum
    }
}
