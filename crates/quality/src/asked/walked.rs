//! Answers from the facts alone, each of them looked at: where no sums are kept, and the measure of those that are.

use std::collections::{BTreeMap, HashMap};

use piramide_domain::{Known, Query};
use piramide_measure::Month;
use piramide_plan::{Holder, QualityIndicator};

use super::{Cases, Part, months_between, recorded};
use crate::facts::{DENOMINATOR, NUMERATOR};

/// A question over the facts.
#[derive(Clone)]
pub(super) struct Walked<'a> {
    query: Query<'a>,
    /// A node of the section.
    node: &'a str,
    /// The structure right under the one asked for in which another lies in a month.
    places: HashMap<(&'a str, Month), &'a str>,
    /// Whose budgets offices are held to. Indicators share the holders, and an office's are looked for once.
    holders: HashMap<(&'a str, Month), Vec<Holder<'a>>>,
    /// By indicator.
    parts: BTreeMap<&'a str, Vec<Part<'a>>>,
}

impl<'a> Walked<'a> {
    pub(super) fn new(query: Query<'a>, node: &'a str) -> Self {
        Self { query, node, places: HashMap::new(), holders: HashMap::new(), parts: BTreeMap::new() }
    }

    /// Gathers what is recorded of an indicator, and gives what it comes to in the structure asked for.
    pub(super) fn whole(&mut self, indicator: &'a QualityIndicator) -> Part<'a> {
        let mut parts: BTreeMap<&'a str, Part<'a>> = BTreeMap::new();
        let query = self.query;
        for fact in recorded(&query, indicator) {
            self.take(indicator, &fact, true, &mut parts);
        }
        let earlier = query.period.previous_year().map(|period| recorded(&query.in_period(period), indicator));
        for fact in earlier.unwrap_or_default() {
            self.take(indicator, &fact, false, &mut parts);
        }
        let whole = parts.values().fold(Part::empty(query.structure), |whole, part| together(&whole, part));
        self.parts.insert(&indicator.code, parts.into_values().collect());
        whole
    }

    /// What was gathered of each indicator, in each structure right under the one asked for.
    pub(super) fn parts(&self) -> &BTreeMap<&'a str, Vec<Part<'a>>> {
        &self.parts
    }

    fn take(&mut self, indicator: &'a QualityIndicator, fact: &Known<'a>, current: bool, parts: &mut BTreeMap<&'a str, Part<'a>>) {
        let Query { plan, structure: asked, .. } = self.query;
        let (office, at) = (fact.structure, fact.last);
        let child = *self.places.entry((office, at)).or_insert_with(|| {
            let above = plan.structures().ancestors(office, at).map(|above| above.code.as_str());
            std::iter::once(office).chain(above).take_while(|code| *code != asked).last().unwrap_or(asked)
        });
        let find = || plan.dashboard().holders(self.node, office, at, (plan.structures(), plan.clusters()));
        let budget = plan.dashboard().budget(&indicator.code, self.holders.entry((office, at)).or_insert_with(find));
        let amount = |quantity| i128::from(fact.value(quantity).unwrap_or_default());
        let provenance = Some(fact.batch.provenance);
        let cases = Cases { numerator: amount(NUMERATOR), denominator: amount(DENOMINATOR), provenance };
        let part = parts.entry(child).or_insert_with(|| Part::empty(child));
        part.has_budget |= budget.is_some();
        if !current {
            part.before = part.before.plus(cases);
            return;
        }
        part.now = part.now.plus(cases);
        part.months |= months_between(fact.first.number(), fact.last.number());
        if let Some(budget) = budget {
            part.held = part.held.plus(cases);
            part.due = &part.due + &(&budget.value * &cases.exact().1);
        }
    }
}

/// Two parts as one.
fn together<'a>(one: &Part<'a>, other: &Part<'_>) -> Part<'a> {
    Part {
        structure: one.structure,
        now: one.now.plus(other.now),
        before: one.before.plus(other.before),
        held: one.held.plus(other.held),
        due: &one.due + &other.due,
        has_budget: one.has_budget || other.has_budget,
        months: one.months | other.months,
    }
}
