//! Sums made for one question: of the items and costs of a structure in some months, where the sums kept do not tell.

use std::{collections::BTreeSet, sync::Arc};

use foldhash::HashSet;
use piramide_domain::{Books as _, Facts};
use piramide_measure::{Month, Period};
use piramide_plan::Plan;

use super::{Books, Kept, year::Year};

/// Such sums, and what they tell of.
pub struct Made {
    /// Without those that are kept, what nodes and structures have which numbers.
    own: Option<Box<Books>>,
    year: Year,
    /// The first month and the last, inclusive: only all of them together.
    months: (Month, Month),
    /// The structures of which every fact is known: those that stay in the one asked for.
    structures: BTreeSet<usize>,
}

impl Made {
    pub(super) fn of_sheets(year: Year, months: (Month, Month), structures: Vec<usize>) -> Self {
        Self { own: None, year, months, structures: structures.into_iter().collect() }
    }

    /// The sums of all items and costs of a structure, and of those under it, over a period: each series of facts is read once, whatever the
    /// number of items that it enters. `None` for months of two years.
    pub(super) fn of_facts(plan: &Arc<Plan>, facts: &Facts, structure: &str, period: Period) -> Option<Self> {
        let (first, last) = (period.first_month(), period.last_month());
        let months: Vec<Month> = (first.index()..=last.index()).filter_map(Month::from_index).collect();
        let organisation = plan.structures();
        let ever: HashSet<&str> =
            organisation.codes().filter(|code| organisation.ever_lies_under(code, structure, (first, last))).collect();
        let mut books = Books::new(plan.clone());
        books.years.insert(first.year(), Year::new(true).into());
        books.forest.record_all(facts);
        let subjects: Vec<String> = books.forest.codes().map(str::to_owned).collect();
        for subject in &subjects {
            facts.about_under(subject, (first, last), |code| ever.contains(code)).for_each(|now| books.take(facts, &now));
        }
        let always = ever.iter().filter(|code| months.iter().all(|month| organisation.lies_under(code, structure, *month)));
        let structures = always.filter_map(|code| books.structures.number(code)).collect();
        let year = books.years.remove(&first.year()).and_then(std::sync::OnceLock::into_inner)?;
        (!books.spans_years).then(|| Self { own: Some(Box::new(books)), year, months: (first, last), structures })
    }

    /// What they tell of a structure in a period; `kept` is what is kept under the plan of the question.
    pub(crate) fn told<'a>(&'a self, kept: Option<&'a Books>, structure: &str, period: Period) -> Option<Kept<'a>> {
        let books = self.own.as_deref().or(kept)?;
        let number = books.structures.number(structure).filter(|number| self.structures.contains(number))?;
        if self.months != (period.first_month(), period.last_month()) {
            return None;
        }
        let span = self.year.span(self.months.0, self.months.1)?;
        Some(Kept { books, span, structure: number, every_subject: self.own.is_none() })
    }
}
