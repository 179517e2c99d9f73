//! A question to the dashboard, and the facts that answer it, office by office.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use piramide_domain::{Known, Query};
use piramide_measure::{Exact, Month, Period, Provenance, Unit};
use piramide_plan::{Budget, Holder, OverMonths, QualityIndicator};

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
    /// The months of the period in which it has facts, a bit for each.
    pub months: u16,
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
#[derive(Clone)]
pub struct Asked<'a> {
    /// The question.
    pub query: Query<'a>,
    gathered: BTreeMap<&'a str, Elementary<'a>>,
}

impl<'a> Asked<'a> {
    /// Gathers the facts of every indicator under a node of the dashboard.
    pub fn new(query: Query<'a>, node: &'a str) -> Self {
        let gathered = Self::gathered(query, node, None, &[query.period]);
        gathered.into_iter().next().unwrap_or(Self { query, gathered: BTreeMap::new() })
    }

    /// The same question about several periods, gathered in one pass over the facts.
    pub fn in_periods(query: Query<'a>, node: &'a str, periods: &[Period]) -> Vec<Self> {
        Self::gathered(query, node, None, periods)
    }

    /// The same question about several structures that do not lie in each other, gathered in one pass over the facts.
    pub fn apart(query: Query<'a>, node: &'a str, members: &[&'a str]) -> Vec<(&'a str, Self)> {
        let all = members.iter().copied().collect();
        let whole = Self::gathered(query, node, Some(all), &[query.period]);
        let of = |member: &'a str| {
            let own = |(code, elementary): (&&'a str, &Elementary<'a>)| {
                let offices = elementary.offices.iter().filter(|office| office.child == member).cloned().collect();
                (*code, Elementary { indicator: elementary.indicator, unit: elementary.unit, offices })
            };
            let gathered = whole.iter().flat_map(|asked| &asked.gathered).map(own).collect();
            (member, Self { query: Query { structure: member, ..query }, gathered })
        };
        members.iter().copied().map(of).collect()
    }

    fn gathered(query: Query<'a>, node: &'a str, members: Option<BTreeSet<&'a str>>, periods: &[Period]) -> Vec<Self> {
        let mut places = Places { query, members, known: HashMap::new() };
        let mut holders = Holders { query, node, known: HashMap::new() };
        let ask = |period: &Period| Self { query: query.in_period(*period), gathered: BTreeMap::new() };
        let mut all: Vec<Self> = periods.iter().map(ask).collect();
        for indicator in query.plan.dashboard().indicators_under(node) {
            let placed = indicator.measure.as_deref().map(|measure| placed(&mut places, measure, periods)).unwrap_or_default();
            for asked in &mut all {
                let elementary = gather(asked.query, indicator, &placed, places.members.is_some(), &mut holders);
                asked.gathered.insert(&indicator.code, elementary);
            }
        }
        all
    }

    /// Every elementary indicator under the node.
    pub fn all(&self) -> impl Iterator<Item = &Elementary<'a>> {
        self.gathered.values()
    }

    /// In how many months of the period anything is recorded.
    pub fn months(&self) -> usize {
        let months = self.all().flat_map(|elementary| &elementary.offices).fold(0, |months, office| months | office.months);
        usize::try_from(months.count_ones()).unwrap_or_default()
    }

    /// An elementary indicator; `None` when it does not stand under the node asked for.
    pub fn elementary(&self, code: &str) -> Option<&Elementary<'a>> {
        self.gathered.get(code)
    }
}

/// Where facts lie under the structure asked for. Offices have many facts of a month, and their place is looked for once.
struct Places<'a> {
    query: Query<'a>,
    /// Where several structures are asked for in the place of one: those.
    members: Option<BTreeSet<&'a str>>,
    known: HashMap<(&'a str, i32), Option<&'a str>>,
}

impl<'a> Places<'a> {
    /// The structure right under the one asked for in which another lies in a month, or the one of several; `None` when it lies elsewhere.
    fn child(&mut self, structure: &'a str, month: Month) -> Option<&'a str> {
        let Query { plan, structure: asked, .. } = self.query;
        let members = self.members.as_ref();
        *self.known.entry((structure, month.index())).or_insert_with(|| {
            if let Some(members) = members {
                let above = plan.structures().ancestors(structure, month).map(|above| above.code.as_str());
                return std::iter::once(structure).chain(above).find_map(|code| members.get(code).copied());
            }
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

/// Whose budgets offices are held to. Indicators share the holders, and an office's are looked for once.
struct Holders<'a> {
    query: Query<'a>,
    /// A node of the section.
    node: &'a str,
    known: HashMap<(&'a str, i32), Vec<Holder<'a>>>,
}

impl<'a> Holders<'a> {
    fn budget(&mut self, indicator: &QualityIndicator, office: &'a str, month: Month) -> Option<&'a Budget> {
        let (plan, node) = (self.query.plan, self.node);
        let find = || plan.dashboard().holders(node, office, month, (plan.structures(), plan.clusters()));
        plan.dashboard().budget(&indicator.code, self.known.entry((office, month.index())).or_insert_with(find))
    }
}

/// An indicator from the facts that were found for it; `apart` where several structures are asked for.
fn gather<'a>(
    query: Query<'a>,
    indicator: &'a QualityIndicator,
    placed: &[Placed<'a>],
    apart: bool,
    holders: &mut Holders<'a>,
) -> Elementary<'a> {
    let measure = indicator.measure.as_deref().and_then(|code| query.plan.measures().get(code));
    let unit = measure.map_or(Unit::Index, |measure| measure.unit);
    let mut gathered = Elementary { indicator, unit, offices: Vec::new() };
    let mut offices: BTreeMap<(&str, &str), Office<'a>> = BTreeMap::new();
    let within = |period: Period| -> Vec<Placed<'a>> {
        let from = placed.partition_point(|(_, fact)| fact.last < period.first_month());
        let until = placed.partition_point(|(_, fact)| fact.last <= period.last_month());
        placed.get(from..until).unwrap_or_default().iter().filter(|(_, fact)| lies_in(fact, period)).copied().collect()
    };
    let (now, before) = (within(query.period), query.period.previous_year().map(within).unwrap_or_default());
    let both = [(now, true), (before, false)].map(|(facts, current)| (in_months(facts, indicator.over_months, apart), current));
    for (facts, current) in both {
        for (child, fact) in facts {
            let none = Cases::default();
            let empty = || Office { structure: fact.structure, child, month: fact.last, now: none, before: none, budget: None, months: 0 };
            let office = offices.entry((child, fact.structure)).or_insert_with(empty);
            let cases = if current { &mut office.now } else { &mut office.before };
            *cases = cases.plus(cases_of(&fact));
            office.months |= if current { months_of(&fact) } else { 0 };
            office.month = office.month.max(fact.last);
        }
    }
    let held = |office: Office<'a>| Office { budget: holders.budget(indicator, office.structure, office.month), ..office };
    gathered.offices = offices.into_values().map(held).collect();
    gathered
}

/// A fact with the child of the structure asked for in which it lies.
type Placed<'a> = (&'a str, Known<'a>);

/// The facts of a measure that lie in one of the periods or a year before, with where they lie under what is asked for.
fn placed<'a>(places: &mut Places<'a>, measure: &str, periods: &[Period]) -> Vec<Placed<'a>> {
    let wanted: Vec<Period> = periods.iter().flat_map(|period| std::iter::once(*period).chain(period.previous_year())).collect();
    // Most facts are of other months: those are not looked at any further.
    let first = wanted.iter().map(|period| period.first_month()).min();
    let last = wanted.iter().map(|period| period.last_month()).max();
    let mut placed = Vec::new();
    for fact in places.query.facts.about(measure).filter(|fact| first <= Some(fact.first) && Some(fact.last) <= last) {
        if wanted.iter().any(|period| lies_in(&fact, *period))
            && let Some(child) = places.child(fact.structure, fact.last)
        {
            placed.push((child, fact));
        }
    }
    // By months, so that those of a period stand together.
    placed.sort_by_key(|(_, fact)| fact.last);
    placed
}

fn lies_in(fact: &Known<'_>, period: Period) -> bool {
    period.first_month() <= fact.first && fact.last <= period.last_month()
}

/// The facts that count: those of every month, or of the last one that has any; of each structure, where several are asked for.
fn in_months(mut facts: Vec<Placed<'_>>, over: OverMonths, apart: bool) -> Vec<Placed<'_>> {
    if over == OverMonths::Last {
        let mut last: BTreeMap<&str, Month> = BTreeMap::new();
        let whose = |child| if apart { child } else { "" };
        for (child, fact) in &facts {
            let month = last.entry(whose(child)).or_insert(fact.last);
            *month = fact.last.max(*month);
        }
        facts.retain(|(child, fact)| last.get(whose(child)) == Some(&fact.last));
    }
    facts
}

/// The months of a fact, a bit for each: of a year at most.
fn months_of(fact: &Known<'_>) -> u16 {
    (fact.first.number()..=fact.last.number()).filter(|month| *month <= 12).fold(0, |months, month| months | (1 << month))
}

fn cases_of(fact: &Known<'_>) -> Cases {
    let part = |quantity| i128::from(fact.value(quantity).unwrap_or_default());
    Cases { numerator: part(NUMERATOR), denominator: part(DENOMINATOR), provenance: Some(fact.batch.provenance) }
}
