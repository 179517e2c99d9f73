//! What is asked of a domain, and how it reads the facts that answer.

use piramide_measure::{Exact, Explanation, Missing, Month, Period, Source, Unit, outcome::Reference};
use piramide_plan::{IndicatorDefinition, Plan};

use crate::{Facts, Known, Measured, Quantity};

/// What is wanted of a measure. Value and provenance are the same either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The figure alone: nobody reads how it was reached.
    Figure,
    /// The figure with its derivation, down to the facts.
    Derivation,
}

impl Detail {
    /// The most facts that a sum lists one by one; beyond them the explanation says how many more entered.
    const fn most_listed(self) -> usize {
        match self {
            // The least certain stands first, and gives the result its provenance.
            Self::Figure => 1,
            Self::Derivation => 200,
        }
    }
}

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
    /// Whether the derivation is wanted too.
    pub detail: Detail,
}

impl<'a> Query<'a> {
    /// The same question about another period.
    #[must_use]
    pub fn in_period(self, period: Period) -> Self {
        Self { period, ..self }
    }

    /// What the plan asks of an indicator in the structure and the period; `None` where it sets nothing. Whoever shows a target beside a figure shows
    /// this one, which is the scorecard's.
    pub fn reference(&self, indicator: &IndicatorDefinition) -> Option<Reference> {
        self.plan.target(&indicator.code, self.structure, self.period)
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
        // A structure that never lies there in the period is not looked at.
        let wanted = move |structure: &str| structures.ever_lies_under(structure, asked, (first, last));
        self.facts.about_under(subject, (first, last), wanted).filter(move |fact| structures.lies_under(fact.structure, asked, fact.last))
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
                let most = self.detail.most_listed();
                let listed = several.iter().take(most).map(|fact| given(fact, &name(fact))).collect();
                let explanation = Explanation::computed(label, Some(value.clone()), definition.unit, "somma dei fatti", listed);
                let explanation = match several.len().saturating_sub(most) {
                    0 => explanation,
                    1 => explanation.noted("e un altro fatto"),
                    left => explanation.noted(format!("e altri {left} fatti")),
                };
                Measured::given(value, explanation)
            }
        }
    }
}

fn fact_source(fact: &Known<'_>, quantity: &Quantity) -> Source {
    Source::Fact {
        batch_id: fact.batch_id().into_owned(),
        provenance: fact.batch.provenance,
        structure: fact.structure.to_owned(),
        subject: fact.subject.to_owned(),
        period: fact.period().map_or_else(String::new, |period| period.to_string()),
        quantity: quantity.name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use piramide_ledger::Fact;
    use piramide_measure::Provenance;
    use piramide_plan::Plans;

    use super::*;
    use crate::Batch;

    const QUANTITIES: &[Quantity] = &[Quantity { name: "received", scale: 0, unit: Unit::Pieces, signed: false, label: "pervenuto" }];

    /// As many facts as asked for, in the offices of the plan and the months of 2020, each worth one piece more than the one before. The
    /// last, in the order in which facts are kept, is the only synthetic one.
    fn recorded(plan: &Plan, count: usize) -> Facts {
        let offices = plan.structures().iter().map(|structure| structure.code.clone()).filter(|code| code.starts_with("PRV_"));
        let mut facts: Vec<Fact> = offices
            .flat_map(|structure| (0..12).map(move |month| (structure.clone(), 2020 * 13 + month)))
            .zip(1..)
            .map(|((structure, month), pieces)| Fact {
                line: 1,
                structure: structure.into(),
                subject: "P".into(),
                first_month: month,
                last_month: month,
                values: [Some(pieces)].into(),
            })
            .take(count)
            .collect();
        assert_eq!(facts.len(), count, "the plan has offices enough");
        facts.sort_by(|a, b| (&a.structure, a.first_month).cmp(&(&b.structure, b.first_month)));
        let last = facts.pop();
        let mut known = Facts::default();
        known.take(1, Batch { id: "submitted".into(), provenance: Provenance::Submitted }, facts);
        known.take(2, Batch { id: "synthetic".into(), provenance: Provenance::Synthetic }, last);
        known
    }

    #[track_caller]
    fn check(count: usize, detail: Detail, listed: usize, note: Option<&str>) {
        let plans = Plans::bundled().unwrap();
        let plan = plans.get("inps-2020").unwrap();
        let facts = recorded(plan, count);
        let period = Period::Year(2020);
        let query = Query { plan, facts: &facts, structure: "NAZ", period, quantities: QUANTITIES, detail };
        let total = query.total("P", 0, "pervenuto");
        let pieces = i64::try_from(count * (count + 1) / 2).unwrap();
        assert_eq!(total.value, Ok(Exact::from(pieces)), "every fact counts, listed or not");
        assert_eq!(total.explanation.provenance(), Some(Provenance::Synthetic), "the least certain fact is listed");
        assert_eq!(total.explanation.inputs.len(), listed);
        assert_eq!(total.explanation.notes.first().map(String::as_str), note);
    }

    #[test]
    fn value_and_provenance_are_those_of_all_facts_however_many_are_listed() {
        check(3, Detail::Derivation, 3, None);
        check(200, Detail::Derivation, 200, None);
        check(250, Detail::Derivation, 200, Some("e altri 50 fatti"));
        check(2, Detail::Figure, 1, Some("e un altro fatto"));
        check(3, Detail::Figure, 1, Some("e altri 2 fatti"));
        check(250, Detail::Figure, 1, Some("e altri 249 fatti"));
    }
}
