//! A question to the dashboard, with the sums that answer it: those kept beside the facts, or made from the facts where none are kept.

mod rolled;
mod walked;

use std::{collections::BTreeMap, sync::OnceLock};

use piramide_domain::{Known, Query};
use piramide_measure::{Exact, Period, Provenance, Unit};
use piramide_plan::{Budget, OverMonths, QualityIndicator};

use self::{rolled::Rolled, walked::Walked};
use crate::state::Books;

/// A numerator and a denominator, summed over facts, in ten-thousandths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cases {
    /// What is counted.
    pub numerator: i128,
    /// What it is counted over.
    pub denominator: i128,
    /// The least certain provenance of the facts; `None` without any.
    pub provenance: Option<Provenance>,
}

impl Cases {
    /// Both sums together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            numerator: self.numerator + other.numerator,
            denominator: self.denominator + other.denominator,
            provenance: self.provenance.max(other.provenance),
        }
    }

    /// One over the other, times a whole number; `None` over nothing.
    pub fn ratio(self, times: i64) -> Option<Exact> {
        Exact::quotient(&(Exact::from(self.numerator) * Exact::from(times)), &Exact::from(self.denominator))
    }

    /// Both sums as numbers.
    pub fn exact(self) -> (Exact, Exact) {
        (Exact::from_minor_units(self.numerator, DIGITS), self.cases())
    }

    /// What is counted over, as a number.
    pub fn cases(self) -> Exact {
        Exact::from_minor_units(self.denominator, DIGITS)
    }
}

/// Digits after the point of both sums: they count ten-thousandths.
const DIGITS: u32 = 4;

/// What a structure recorded of one measure, itself and through those under it, in the period and a year before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// The structure.
    pub structure: &'a str,
    /// In the period.
    pub now: Cases,
    /// In the same period a year before.
    pub before: Cases,
    /// What of the period is held to a budget.
    pub held: Cases,
    /// What that would have come to, had each office met its budget: the sum of budgets times cases, in the indicator's unit.
    pub due: Exact,
    /// Whether an office has a budget, with facts in either year.
    pub has_budget: bool,
    /// The months of the period of which it has facts, a bit for each.
    pub months: u16,
}

impl<'a> Part<'a> {
    /// Nothing recorded.
    pub fn empty(structure: &'a str) -> Self {
        let none = Cases::default();
        Self { structure, now: none, before: none, held: none, due: Exact::zero(), has_budget: false, months: 0 }
    }

    /// Both parts together, under the name of the first.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            structure: self.structure,
            now: self.now.plus(other.now),
            before: self.before.plus(other.before),
            held: self.held.plus(other.held),
            due: &self.due + &other.due,
            has_budget: self.has_budget || other.has_budget,
            months: self.months | other.months,
        }
    }

    /// Whether anything is recorded of either year.
    pub fn is_known(&self) -> bool {
        self.now.provenance.is_some() || self.before.provenance.is_some()
    }
}

/// An elementary indicator with all that is recorded for it in a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elementary<'a> {
    /// What it is.
    pub indicator: &'a QualityIndicator,
    /// Its unit: that of its measure.
    pub unit: Unit,
    /// What is recorded.
    pub whole: Part<'a>,
}

impl Elementary<'_> {
    /// What the quotient is multiplied by: a share is shown in per cent.
    pub fn factor(&self) -> Exact {
        Exact::from(self.times())
    }

    /// The same, as a whole number.
    pub fn times(&self) -> i64 {
        if self.unit == Unit::Percent { 100 } else { 1 }
    }

    /// The measure of some cases, in the indicator's unit; `None` without any.
    pub fn value(&self, cases: Cases) -> Option<Exact> {
        cases.ratio(self.times())
    }

    /// The cases of the period when they are fewer than mean anything, with the least that do.
    pub fn few(&self) -> Option<(Exact, Exact)> {
        let fewest = self.indicator.fewest.clone()?;
        let cases = self.whole.now.cases();
        (!cases.is_zero() && cases < fewest).then_some((cases, fewest))
    }
}

/// Where the answers come from.
#[derive(Clone)]
enum Sums<'a> {
    Kept(Rolled<'a>),
    Made(Walked<'a>),
    /// Added up from several questions, and not taken apart again.
    Together,
}

/// A question to the dashboard: the elementary indicators under a node, with what is recorded of them.
#[derive(Clone)]
pub struct Asked<'a> {
    /// The question.
    pub query: Query<'a>,
    sums: Sums<'a>,
    gathered: BTreeMap<&'a str, Elementary<'a>>,
    /// The parts of every indicator, once somebody asked for those of one.
    parts: OnceLock<BTreeMap<&'a str, Vec<Part<'a>>>>,
}

impl<'a> Asked<'a> {
    /// A question answered from the facts alone, each of them looked at.
    pub fn new(query: Query<'a>, node: &'a str) -> Self {
        Self::gathered(query, query.plan.dashboard().indicators_under(node), Sums::Made(Walked::new(query, node)))
    }

    /// Whether it is answered from sums that are kept, and not from each fact.
    pub fn is_kept(&self) -> bool {
        matches!(self.sums, Sums::Kept(_))
    }

    /// A question answered from the sums kept beside the facts; from the facts alone where there are none, or they would not fit 64 bits.
    /// The answer is the same.
    pub fn over(query: Query<'a>, books: Option<&'a Books>, node: &'a str) -> Self {
        let indicators = query.plan.dashboard().indicators_under(node);
        let kept = books.and_then(|books| Rolled::new(query, books)).filter(|kept| indicators.iter().all(|one| kept.has(one)));
        let sums = kept.map_or_else(|| Sums::Made(Walked::new(query, node)), Sums::Kept);
        Self::gathered(query, indicators, sums)
    }

    /// The same question about another period and a node, answered from where this one is.
    #[must_use]
    pub fn in_period(&self, period: Period, node: &'a str) -> Self {
        let books = if let Sums::Kept(kept) = &self.sums { Some(kept.books()) } else { None };
        Self::over(self.query.in_period(period), books, node)
    }

    /// What several structures recorded, none of which lies under another, as if they were one; `None` without any. Of what waits, each
    /// counts as it stood in its own last month.
    pub fn together(mut structures: impl Iterator<Item = Self>) -> Option<Self> {
        let mut all = Self { sums: Sums::Together, ..structures.next()? };
        for other in structures {
            for (code, elementary) in &mut all.gathered {
                elementary.whole =
                    other.gathered.get(code).map_or_else(|| elementary.whole.clone(), |more| elementary.whole.plus(&more.whole));
            }
        }
        Some(all)
    }

    fn gathered(query: Query<'a>, indicators: Vec<&'a QualityIndicator>, sums: Sums<'a>) -> Self {
        let mut asked = Self { query, sums, gathered: BTreeMap::new(), parts: OnceLock::new() };
        let mut wholes = if let Sums::Kept(kept) = &asked.sums { kept.wholes(&indicators) } else { BTreeMap::new() };
        for indicator in indicators {
            let measure = indicator.measure.as_deref().and_then(|code| query.plan.measures().get(code));
            let unit = measure.map_or(Unit::Index, |measure| measure.unit);
            let code = indicator.code.as_str();
            let whole = match &mut asked.sums {
                Sums::Made(made) => made.whole(indicator),
                Sums::Kept(_) | Sums::Together => wholes.remove(code).unwrap_or_else(|| Part::empty(query.structure)),
            };
            asked.gathered.insert(code, Elementary { indicator, unit, whole });
        }
        asked
    }

    /// Every elementary indicator under the node.
    pub fn all(&self) -> impl Iterator<Item = &Elementary<'a>> {
        self.gathered.values()
    }

    /// In how many months of the period anything is recorded.
    pub fn months(&self) -> usize {
        let months = self.all().fold(0, |months, elementary| months | elementary.whole.months);
        usize::try_from(months.count_ones()).unwrap_or_default()
    }

    /// An elementary indicator; `None` when it does not stand under the node asked for.
    pub fn elementary(&self, code: &str) -> Option<&Elementary<'a>> {
        self.gathered.get(code)
    }

    /// What is recorded of an indicator in each structure right under the one asked for, and in itself where facts speak of it; sorted by
    /// code.
    pub fn parts(&self, indicator: &str) -> &[Part<'a>] {
        let parts = match &self.sums {
            Sums::Kept(kept) => self.parts.get_or_init(|| {
                let indicators: Vec<&QualityIndicator> = self.all().map(|elementary| elementary.indicator).collect();
                kept.parts(&indicators)
            }),
            Sums::Made(made) => made.parts(),
            Sums::Together => return &[],
        };
        parts.get(indicator).map_or(&[], Vec::as_slice)
    }
}

/// The facts that count for an indicator: those of every month, or of the last one that has any.
pub(crate) fn recorded<'a>(query: &Query<'a>, indicator: &QualityIndicator) -> Vec<Known<'a>> {
    let mut facts: Vec<Known<'a>> = indicator.measure.as_deref().map(|measure| query.recorded(measure).collect()).unwrap_or_default();
    if indicator.over_months == OverMonths::Last {
        let last = facts.iter().map(|fact| fact.last).max();
        facts.retain(|fact| Some(fact.last) == last);
    }
    facts
}

/// What an office is held to in the month of a fact.
pub(crate) fn budget<'a>(query: &Query<'a>, indicator: &QualityIndicator, fact: &Known<'_>) -> Option<&'a Budget> {
    let plan = query.plan;
    let holders = plan.dashboard().holders(&indicator.code, fact.structure, fact.last, (plan.structures(), plan.clusters()));
    plan.dashboard().budget(&indicator.code, &holders)
}

/// The months between two, a bit for each: of a year at most.
fn months_between(first: u8, last: u8) -> u16 {
    (first..=last).filter(|month| *month <= 12).fold(0, |months, month| months | (1 << month))
}
