//! The engine of finance: facts in force and the sums kept of them.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use piramide_domain::{Detail, Facts, Query, Snapshots, State as _, facts::OPEN_YEARS};
use piramide_finance::{
    asked::Asked,
    facts::QUANTITIES,
    state::{State, Total},
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
    /// What it took to lay the sheets down.
    pub(crate) laid: Duration,
    plan: Arc<Plan>,
}

impl House {
    /// What is kept of some facts; their sheets lie beside snapshots, or else in memory. Those of a closing have them already.
    pub(crate) fn new(scale: Scale, facts: Facts, snapshots: Option<&Snapshots>) -> Self {
        let plan = Arc::new(plan(scale));
        let plans = Plans::default().with([Plan::clone(&plan)]);
        let (before, started) = (super::resident(), Instant::now());
        let state = State::of(&plans, &facts);
        let (built, sums_kib) = (started.elapsed(), super::resident().saturating_sub(before));
        let started = Instant::now();
        let facts = if facts.sheets().is_some() { facts } else { facts.with_sheets(OPEN_YEARS, snapshots) };
        Self { scale, facts, state, built, sums_kib, laid: started.elapsed(), plan }
    }

    fn query<'a>(&'a self, facts: &'a Facts, structure: &'a str, period: Period) -> Query<'a> {
        Query { plan: &self.plan, facts, structure, period, quantities: &QUANTITIES, detail: Detail::Figure }
    }

    /// A question about what is known now.
    pub(crate) fn asked<'a>(&'a self, structure: &'a str, period: Period) -> Asked<'a> {
        Asked::new(self.query(&self.facts, structure, period), &self.state)
    }

    /// The codes of the offices at or under a structure.
    pub(crate) fn offices_under(&self, structure: &str) -> Vec<&str> {
        let month = Month::new(FIRST_YEAR, 1).unwrap();
        let all = self.plan.structures().descendants(structure, month);
        all.into_iter().map(|structure| structure.code.as_str()).filter(|code| code.starts_with("OFF_")).collect()
    }

    /// The amounts of all items of a structure, in the order of the plan.
    pub(crate) fn amounts(&self, structure: &str, period: Period) -> Vec<Total> {
        let query = self.query(&self.facts, structure, period);
        let made = Asked::make_sums(&query, &self.state, &self.plan);
        Asked::with_sums(query, &self.state, made.as_ref()).kept_amounts().expect("sums that tell")
    }

    /// The whole statement, with its labels, targets and the structures below.
    pub(crate) fn statement(&self, structure: &str, period: Period) -> usize {
        let query = self.query(&self.facts, structure, period);
        let made = Asked::make_sums(&query, &self.state, &self.plan);
        let drawn = statement::statement(&Asked::with_sums(query, &self.state, made.as_ref()), None);
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
