//! Sums made for one question: of the items and costs of a structure in some months, where the sums kept do not tell.

use std::{collections::BTreeSet, sync::Arc};

use foldhash::HashSet;
use piramide_domain::{Books as _, Facts};
use piramide_measure::{Month, Period};
use piramide_plan::Plan;

use super::Books;

/// What such sums tell of.
pub(super) struct Extent {
    /// The first month and the last, inclusive: only all of them together.
    pub(super) months: (Month, Month),
    /// The structures of which every fact is known: those that stay in the one asked for.
    pub(super) structures: BTreeSet<String>,
}

impl Books {
    /// The sums of all items and costs of a structure, and of those under it, over a period: each series of facts is read once, whatever the
    /// number of items that it enters.
    pub fn of_extent(plan: &Arc<Plan>, facts: &Facts, structure: &str, period: Period) -> Self {
        let (first, last) = (period.first_month(), period.last_month());
        let months: Vec<Month> = (first.index()..=last.index()).filter_map(Month::from_index).collect();
        let organisation = plan.structures();
        let ever: HashSet<&str> =
            organisation.codes().filter(|code| organisation.ever_lies_under(code, structure, (first, last))).collect();
        let always = ever.iter().filter(|code| months.iter().all(|month| organisation.lies_under(code, structure, *month)));
        let structures = always.map(|code| (*code).to_owned()).collect();
        let mut books = Self { extent: Some(Extent { months: (first, last), structures }), ..Self::new(plan.clone()) };
        books.forest.record_all(facts);
        let subjects: Vec<String> = books.forest.codes().map(str::to_owned).collect();
        for subject in &subjects {
            facts.about_under(subject, (first, last), |code| ever.contains(code)).for_each(|now| books.take(facts, &now));
        }
        books
    }
}
