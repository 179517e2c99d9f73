//! A question to finance: the facts that answer, and the sums kept beside them.

use std::{ops::Deref, sync::Arc};

use piramide_domain::{Detail, Known, Measured, Query};
use piramide_measure::{Exact, Explanation, Month, Period, Source, Unit};
use piramide_plan::Plan;

use crate::{
    facts::AMOUNT,
    state::{Books, Kept, Made, State, Total, made},
};

/// A question and all that is known to answer it. Of the question itself it has everything; what it sums itself, it reads from the sums
/// that are kept where those tell and nobody asks for the derivation.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    query: Query<'a>,
    kept: Option<Kept<'a>>,
    books: Option<&'a Books>,
    /// Sums made for this question, where those kept do not tell.
    made: Option<&'a Made>,
}

impl<'a> Deref for Asked<'a> {
    type Target = Query<'a>;

    fn deref(&self) -> &Query<'a> {
        &self.query
    }
}

impl<'a> Asked<'a> {
    /// A question, with the sums kept under its plan.
    pub fn new(query: Query<'a>, state: &'a State) -> Self {
        Self::with(query, state.under(query.plan), None)
    }

    /// A question that only the facts answer.
    pub fn of_facts(query: Query<'a>) -> Self {
        Self::with(query, None, None)
    }

    /// A question with the sums kept under its plan, and those that were made for it.
    pub fn with_sums(query: Query<'a>, state: &'a State, made: Option<&'a Made>) -> Self {
        Self::with(query, state.under(query.plan), made)
    }

    fn with(query: Query<'a>, books: Option<&'a Books>, made: Option<&'a Made>) -> Self {
        let figure = query.detail == Detail::Figure;
        let made_for_it = || made?.told(books, query.structure, query.period);
        let kept = || books?.told(query.facts, query.structure, query.period);
        Self { query, kept: if figure { made_for_it().or_else(kept) } else { None }, books, made }
    }

    /// Sums to answer with, for who asks for many items and finds none kept. `plan` is the plan of the question.
    pub fn make_sums(query: &Query<'_>, state: &State, plan: &Arc<Plan>) -> Option<Made> {
        let figure = query.detail == Detail::Figure;
        figure.then(|| made(state.under(plan), plan, query.facts, query.structure, query.period))?
    }

    /// The same question about another structure.
    #[must_use]
    pub fn of_structure(&self, structure: &'a str) -> Self {
        Self::with(Query { structure, ..self.query }, self.books, self.made)
    }

    /// The same question about another period.
    #[must_use]
    pub fn in_period(&self, period: Period) -> Self {
        Self::with(self.query.in_period(period), self.books, self.made)
    }

    /// The sum of what is recorded of a subject over structures and months.
    pub fn total(&self, subject: &str, label: &str) -> Measured {
        let kept = self.kept.and_then(|kept| kept.recorded(subject));
        kept.map_or_else(|| self.query.total(subject, AMOUNT, label), |total| self.measured(total, subject, label))
    }

    /// The last month of the period in which something is recorded of a subject.
    pub fn last_month_with(&self, subject: &str) -> Option<Month> {
        match self.kept.filter(|kept| kept.tells_months(subject)) {
            Some(kept) => kept.last_month(subject),
            None => self.query.last_month_with(subject, AMOUNT),
        }
    }

    /// What stands at the end of a month: the sum over structures of the facts that end with it.
    pub fn at_month(&self, subject: &str, label: &str, month: Option<Month>) -> Measured {
        let kept = self.kept.zip(month).and_then(|(kept, month)| kept.recorded_to(subject, month));
        kept.map_or_else(|| self.query.at_month(subject, AMOUNT, label, month), |total| self.measured(total, subject, label))
    }

    /// The sum of some facts.
    pub fn total_of(&self, facts: Vec<Known<'a>>, label: &str) -> Measured {
        self.query.total_of(facts, AMOUNT, label)
    }

    /// The amount of an item of one of the trees of the plan, where it is kept.
    pub(crate) fn kept_amount(&self, item: &str, label: &str) -> Option<Measured> {
        let kept = self.kept?;
        Some(self.measured(kept.amount(item)?, item, label))
    }

    /// The amounts of all items of the IEEP, in the order of the plan, where they are kept.
    pub fn kept_amounts(&self) -> Option<Vec<Total>> {
        self.kept?.amounts()
    }

    /// Where an item is recorded and is not the sum of those under it, where that is kept: structures and months, in that order.
    pub(crate) fn kept_unsquared(&self, item: &str) -> Option<Vec<(&'a str, (Month, Month))>> {
        let kept = self.kept?;
        Some(kept.unsquared(item))
    }

    fn measured(&self, total: Total, subject: &str, label: &str) -> Measured {
        let Some((cents, provenance)) = total.known() else {
            return Measured::missing(label, Unit::Euro, self.no_data());
        };
        let value = Exact::from_minor_units(cents, 2);
        let source = Source::Total { provenance, structure: self.structure.to_owned(), subject: subject.to_owned() };
        Measured::given(value.clone(), Explanation::given(label, value, Unit::Euro, source))
    }
}
