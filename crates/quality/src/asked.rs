//! A question to the dashboard, and the facts that answer it, office by office.

use std::collections::{BTreeMap, HashMap};

use piramide_domain::{Known, Query};
use piramide_measure::{Exact, Month, Provenance, Unit};
use piramide_plan::{Budget, OverMonths, QualityIndicator};

use crate::facts::{DENOMINATOR, NUMERATOR};

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

    /// Both sums as numbers.
    pub fn exact(self) -> (Exact, Exact) {
        let units = |sum: i128| Exact::quotient(&Exact::from(sum), &Exact::from(UNITS)).unwrap_or_else(Exact::zero);
        (units(self.numerator), units(self.denominator))
    }
}

/// Ten-thousandths in one.
const UNITS: i64 = 10_000;

/// What an office recorded of one measure, in the period and a year before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office<'a> {
    /// The office.
    pub structure: &'a str,
    /// The structure right under the one asked for in which it lies; itself when it is the one asked for.
    pub child: &'a str,
    /// The month that chooses its cluster.
    pub month: Month,
    /// In the period.
    pub now: Cases,
    /// In the same period a year before.
    pub before: Cases,
    /// What it is held to; `None` where the plan sets nothing.
    pub budget: Option<&'a Budget>,
}

/// An elementary indicator with all that is recorded for it in a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elementary<'a> {
    /// What it is.
    pub indicator: &'a QualityIndicator,
    /// Its unit: that of its measure.
    pub unit: Unit,
    /// The offices with facts of either year, by child and office.
    pub offices: Vec<Office<'a>>,
}

impl Elementary<'_> {
    /// What the quotient is multiplied by: a share is shown in per cent.
    pub fn factor(&self) -> Exact {
        if self.unit == Unit::Percent { Exact::hundred() } else { Exact::from(1) }
    }

    /// All cases of the period.
    pub fn now(&self) -> Cases {
        self.offices.iter().fold(Cases::default(), |sum, office| sum.plus(office.now))
    }

    /// All cases of the same period a year before.
    pub fn before(&self) -> Cases {
        self.offices.iter().fold(Cases::default(), |sum, office| sum.plus(office.before))
    }

    /// The measure of some cases, in the indicator's unit; `None` without any.
    pub fn value(&self, cases: Cases) -> Option<Exact> {
        let (numerator, denominator) = cases.exact();
        Exact::quotient(&(numerator * self.factor()), &denominator)
    }

    /// The cases of the period when they are fewer than mean anything, with the least that do.
    pub fn few(&self) -> Option<(Exact, Exact)> {
        let fewest = self.indicator.fewest.clone()?;
        let (_, cases) = self.now().exact();
        (!cases.is_zero() && cases < fewest).then_some((cases, fewest))
    }
}

/// A question to the dashboard: the elementary indicators under a node, with their facts.
pub struct Asked<'a> {
    /// The question.
    pub query: Query<'a>,
    gathered: BTreeMap<&'a str, Elementary<'a>>,
}

impl<'a> Asked<'a> {
    /// Gathers the facts of every indicator under a node of the dashboard.
    pub fn new(query: Query<'a>, node: &'a str) -> Self {
        let mut places = Places { query, known: HashMap::new() };
        let indicators = query.plan.dashboard().indicators_under(node);
        let gathered = indicators.into_iter().map(|indicator| (indicator.code.as_str(), gather(&mut places, indicator))).collect();
        Self { query, gathered }
    }

    /// An elementary indicator; `None` when it does not stand under the node asked for.
    pub fn elementary(&self, code: &str) -> Option<&Elementary<'a>> {
        self.gathered.get(code)
    }
}

/// Where facts lie under the structure asked for. Offices have many facts of a month, and their place is looked for once.
struct Places<'a> {
    query: Query<'a>,
    known: HashMap<(&'a str, i32), Option<&'a str>>,
}

impl<'a> Places<'a> {
    /// The structure right under the one asked for in which another lies in a month; `None` when it lies elsewhere.
    fn child(&mut self, structure: &'a str, month: Month) -> Option<&'a str> {
        let Query { plan, structure: asked, .. } = self.query;
        *self.known.entry((structure, month.index())).or_insert_with(|| {
            if structure == asked {
                return Some(structure);
            }
            let mut child = structure;
            for above in plan.structures().ancestors(structure, month) {
                if above.code == asked {
                    return Some(child);
                }
                child = &above.code;
            }
            None
        })
    }
}

fn gather<'a>(places: &mut Places<'a>, indicator: &'a QualityIndicator) -> Elementary<'a> {
    let query = places.query;
    let measure = indicator.measure.as_deref();
    let unit = measure.and_then(|code| query.plan.measures().get(code)).map_or(Unit::Index, |measure| measure.unit);
    let mut gathered = Elementary { indicator, unit, offices: Vec::new() };
    let Some(measure) = measure else { return gathered };
    let mut offices: BTreeMap<(&str, &str), Office<'a>> = BTreeMap::new();
    let (now, before): (Vec<_>, Vec<_>) = within(places, measure);
    let both = [(now, true), (before, false)].map(|(facts, current)| (in_months(facts, indicator.over_months), current));
    for (facts, current) in both {
        for (child, fact) in facts {
            let none = Cases::default();
            let empty = || Office { structure: fact.structure, child, month: fact.last, now: none, before: none, budget: None };
            let office = offices.entry((child, fact.structure)).or_insert_with(empty);
            let cases = if current { &mut office.now } else { &mut office.before };
            *cases = cases.plus(cases_of(&fact));
            office.month = office.month.max(fact.last);
        }
    }
    let plan = query.plan;
    let budget = |office: Office<'a>| {
        let budget = plan.dashboard().budget(&indicator.code, office.structure, office.month, plan.structures(), plan.clusters());
        Office { budget, ..office }
    };
    gathered.offices = offices.into_values().map(budget).collect();
    gathered
}

/// A fact with the child of the structure asked for in which it lies.
type Placed<'a> = (&'a str, Known<'a>);

/// The facts of a measure under the structure asked for: those of the period, and those of the year before.
fn within<'a>(places: &mut Places<'a>, measure: &str) -> (Vec<Placed<'a>>, Vec<Placed<'a>>) {
    let period = places.query.period;
    let earlier = period.previous_year();
    let (mut now, mut before) = (Vec::new(), Vec::new());
    for fact in places.query.facts.about(measure) {
        let lies_in = |period: piramide_measure::Period| period.first_month() <= fact.first && fact.last <= period.last_month();
        let list = if lies_in(period) {
            &mut now
        } else if earlier.is_some_and(lies_in) {
            &mut before
        } else {
            continue;
        };
        if let Some(child) = places.child(fact.structure, fact.last) {
            list.push((child, fact));
        }
    }
    (now, before)
}

/// The facts that count: those of every month, or of the last one that has any.
fn in_months(mut facts: Vec<Placed<'_>>, over: OverMonths) -> Vec<Placed<'_>> {
    if over == OverMonths::Last {
        let last = facts.iter().map(|(_, fact)| fact.last).max();
        facts.retain(|(_, fact)| Some(fact.last) == last);
    }
    facts
}

fn cases_of(fact: &Known<'_>) -> Cases {
    let part = |quantity| i128::from(fact.value(quantity).unwrap_or_default());
    Cases { numerator: part(NUMERATOR), denominator: part(DENOMINATOR), provenance: Some(fact.batch.provenance) }
}
