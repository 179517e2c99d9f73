//! What is asked of a domain, and how it reads the facts that answer.

use std::collections::BTreeSet;

use piramide_measure::{Exact, Explanation, Missing, Month, Period, Source, Unit};
use piramide_plan::Plan;

use crate::{Facts, Known, Measured, Quantity};

/// The most facts that a sum lists one by one; beyond them the explanation says how many more entered.
const MOST_LISTED: usize = 200;
/// How many it lists when nobody reads the derivation: the least certain, which gives the result its provenance.
const LEAST_LISTED: usize = 1;

/// A structure and a period, under a plan, with the facts in force at the moment asked for.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// The plan that gives method and target.
    pub plan: &'a Plan,
    /// The facts in force.
    pub facts: &'a Facts,
    /// The structure asked for; facts of every structure under it count.
    pub structure: &'a str,
    /// The period asked for.
    pub period: Period,
    /// The numbers that the domain's facts have.
    pub quantities: &'static [Quantity],
    /// Whether somebody reads the derivation, down to each fact. The numbers are the same either way.
    pub explained: bool,
}

impl<'a> Query<'a> {
    /// The same question about another period.
    #[must_use]
    pub fn in_period(self, period: Period) -> Self {
        Self { period, ..self }
    }

    /// The reason for a number that no fact gives.
    pub fn no_data(&self) -> Missing {
        Missing::NoData { structure: self.structure.to_owned(), period: self.period.to_string() }
    }

    /// The facts about a subject that lie in the structure and in the period. A fact that reaches beyond the period (a year's, asked for
    /// a month) does not count: nobody knows how much of it falls inside.
    pub fn recorded(&self, subject: &str) -> impl Iterator<Item = Known<'a>> {
        let (first, last) = (self.period.first_month(), self.period.last_month());
        let (structures, asked) = (self.plan.structures(), self.structure);
        self.facts
            .about(subject)
            .filter(move |fact| first <= fact.first && fact.last <= last && structures.lies_under(fact.structure, asked, fact.last))
    }

    /// The sum of a flow over structures and months.
    pub fn total(&self, subject: &str, quantity: usize, label: &str) -> Measured {
        self.total_of(self.recorded(subject).collect(), quantity, label)
    }

    /// The last month of the period in which a quantity of the subject is known.
    pub fn last_month_with(&self, subject: &str, quantity: usize) -> Option<Month> {
        self.recorded(subject).filter(|fact| fact.value(quantity).is_some()).map(|fact| fact.last).max()
    }

    /// A stock in one month: the sum over structures of the facts that end with it.
    pub fn at_month(&self, subject: &str, quantity: usize, label: &str, month: Option<Month>) -> Measured {
        self.total_of(self.recorded(subject).filter(|fact| Some(fact.last) == month).collect(), quantity, label)
    }

    /// How many calendar months of the period have a fact about the subject: what a mean over months divides by. A fact about
    /// several months stands for each of them.
    pub fn months_with(&self, subject: &str) -> u8 {
        let months: BTreeSet<i32> = self
            .recorded(subject)
            .flat_map(|fact| fact.first.index()..=fact.last.index())
            .filter(|index| Month::from_index(*index).is_some_and(|month| month.number() <= 12))
            .collect();
        u8::try_from(months.len()).unwrap_or(u8::MAX)
    }

    /// The sum of a quantity over some facts, each shown with where it comes from.
    pub fn total_of(&self, mut facts: Vec<Known<'a>>, quantity: usize, label: &str) -> Measured {
        let Some(definition) = self.quantities.get(quantity) else {
            return Measured::missing(label, Unit::Items, Missing::NoInput { input: label.to_owned() });
        };
        facts.retain(|fact| fact.value(quantity).is_some());
        // The least certain first, so that a list cut short still shows the provenance of the whole.
        facts.sort_by_key(|fact| std::cmp::Reverse(fact.batch.provenance));
        let minor_units: i128 = facts.iter().filter_map(|fact| fact.value(quantity)).map(i128::from).sum();
        let units = |minor_units: Exact| Exact::quotient(&minor_units, &Exact::power_of_ten(definition.scale)).unwrap_or(minor_units);
        let value = units(Exact::from(minor_units));
        let given = |fact: &Known<'_>, label: &str| {
            let amount = units(Exact::from(fact.value(quantity).unwrap_or_default()));
            Explanation::given(label, amount, definition.unit, fact_source(fact, definition))
        };
        match facts.as_slice() {
            [] => Measured::missing(label, definition.unit, self.no_data()),
            [fact] => Measured::given(value, given(fact, label)),
            several => {
                let name = |fact: &Known<'_>| {
                    let period = fact.period().map_or_else(String::new, |period| period.to_string());
                    let structure = self.plan.structures().get(fact.structure).map_or(fact.structure, |structure| &structure.name);
                    format!("{structure}, {period}")
                };
                let most = if self.explained { MOST_LISTED } else { LEAST_LISTED };
                let listed = several.iter().take(most).map(|fact| given(fact, &name(fact))).collect();
                let explanation = Explanation::computed(label, Some(value.clone()), definition.unit, "somma dei fatti", listed);
                let left = several.len().saturating_sub(most);
                let explanation = if left > 0 { explanation.noted(format!("e altri {left} fatti")) } else { explanation };
                Measured::given(value, explanation)
            }
        }
    }
}

fn fact_source(fact: &Known<'_>, quantity: &Quantity) -> Source {
    Source::Fact {
        batch_id: fact.batch.id.clone(),
        provenance: fact.batch.provenance,
        structure: fact.structure.to_owned(),
        subject: fact.subject.to_owned(),
        period: fact.period().map_or_else(String::new, |period| period.to_string()),
        quantity: quantity.name.to_owned(),
    }
}
