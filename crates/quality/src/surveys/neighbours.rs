//! What must not be told of a structure, so that nothing too small comes out of those beside it or of another period (*soppressione
//! secondaria*).
//!
//! A region is the sum of its structures: one that has too few answers to be shown comes out when the others are taken from it. So of the
//! structures under one, those with the smallest counts are hidden with it, until the hidden together are no fewer than the threshold; and what
//! is hidden at a structure is hidden at every structure under it, of which it is the sum. A year is the sum of its months: who is hidden is
//! hidden in every period of the year, and of the others those periods are told that no difference makes small ([`Blocks`]).

use std::collections::{BTreeMap, BTreeSet};

use piramide_domain::Query;
use piramide_measure::{Month, Period};
use piramide_plan::{Sample, Secondary, Survey};

use super::{
    months::{self, Blocks, ByMonth},
    tally::Monthly,
    threshold,
};
use crate::state::Books;

/// A stratum and a factor.
type Cell<'a> = (&'a str, &'a str);

/// What of a structure is not told in a period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbours<'a> {
    strata: BTreeSet<Cell<'a>>,
    channels: BTreeSet<Cell<'a>>,
    single: BTreeSet<(Cell<'a>, &'a str)>,
}

/// The blocks of months in which the channels of a cell can be told: of the nation, and of the structures under it on the way to one.
#[derive(Debug, Default)]
struct Periods {
    whole: Vec<Blocks>,
    under: Vec<Blocks>,
}

impl Periods {
    fn tell(&self, period: Period) -> bool {
        let whole = self.whole.iter().cloned().reduce(|one, other| one.and(&other));
        whole.is_some_and(|whole| whole.tell(period) && self.under.iter().all(|under| under.tell_all_of(&whole)))
    }
}

/// What is looked at.
struct Look<'a> {
    query: Query<'a>,
    books: Option<&'a Books>,
    survey: &'a Survey,
    sample: &'a Sample,
}

impl<'a> Neighbours<'a> {
    /// Looks at the structures beside the one asked for, and beside each above it, in the whole year of the period.
    ///
    /// Of a stratum the structures right under one are hidden as [`threshold::hidden`] says, and the periods that are told are the same for all
    /// of them. Its channels are told at all of them or at none: where one of them has a channel with too few answers, the channels of all
    /// together and the structures of each channel would be a table with margins on both sides, out of which a single hidden cell can be
    /// solved. Likewise they are told in the periods in which those of the nation are, or in none: where a structure alone has answers in a
    /// month, its channels are those above it. **Decision**: the sources name no rule.
    pub fn of(query: Query<'a>, books: Option<&'a Books>, survey: &'a Survey, sample: &'a Sample) -> Self {
        let mut found = Self::default();
        if survey.secondary == Secondary::Nothing || sample.strata.is_empty() {
            return found;
        }
        let structures = query.plan.structures();
        let months: Vec<Month> = (1..=12).filter_map(|number| Month::new(query.period.year(), number)).collect();
        let look = Look { query, books, survey, sample };
        let (mut looked, mut seen) = (BTreeSet::new(), BTreeMap::new());
        // A structure that moves during the year has neighbours on both sides, and in a month before it came none.
        for month in months.iter().filter(|month| structures.at(query.structure, **month).is_some()) {
            let above = structures.ancestors(query.structure, *month).map(|above| above.code.as_str());
            let path: Vec<&'a str> = std::iter::once(query.structure).chain(above).collect();
            for (structure, above) in path.iter().copied().zip(path.iter().copied().skip(1).map(Some).chain([None])) {
                if looked.insert((structure, above)) {
                    found.take((structure, above), &look.beside(structure, above, &months), &look, &mut seen);
                }
            }
        }
        let hidden = seen.into_iter().filter(|(_, periods)| !periods.tell(query.period));
        found.channels.extend(hidden.map(|(cell, _)| cell));
        found
    }

    fn take(
        &mut self,
        (structure, above): (&'a str, Option<&'a str>),
        group: &BTreeMap<&'a str, Monthly<'a>>,
        look: &Look<'a>,
        seen: &mut BTreeMap<Cell<'a>, Periods>,
    ) {
        let fewest = i128::from(look.survey.fewest);
        let inside: BTreeSet<usize> = group.values().flat_map(|monthly| monthly.inside().iter().copied()).collect();
        let blocks = |columns: &[ByMonth], hidden: &[bool]| Blocks::of(&apart(columns, hidden), &inside, fewest);
        for (stratum, factor) in look.sample.strata.iter().flat_map(|stratum| look.survey.factors().map(move |factor| (stratum, factor))) {
            let cell = (stratum.code.as_str(), factor.code.as_str());
            let columns: Vec<ByMonth> = group.values().map(|monthly| monthly.of_stratum(cell.1, cell.0)).collect();
            let hidden = hidden_all_year(&columns, fewest);
            let is_hidden = group.keys().zip(&hidden).any(|(code, hidden)| *hidden && *code == structure);
            let of_stratum = blocks(&columns, &hidden);
            if is_hidden || !of_stratum.tell(look.query.period) {
                self.strata.insert(cell);
            }
            let channels = group.values().flat_map(|monthly| monthly.by_channel(cell.1, cell.0));
            let (names, columns): (Vec<&'a str>, Vec<ByMonth>) = channels.unzip();
            let hidden = hidden_all_year(&columns, fewest);
            let is_alone = group.len() == 1;
            if !is_alone && hidden.contains(&true) {
                self.channels.insert(cell);
            }
            let periods: &mut Periods = seen.entry(cell).or_default();
            let place = if above.is_some() { &mut periods.under } else { &mut periods.whole };
            place.push(blocks(&columns, &hidden).and(&of_stratum));
            let single = names.into_iter().zip(hidden).filter(|(_, hidden)| is_alone && *hidden);
            self.single.extend(single.map(|(channel, _)| (cell, channel)));
        }
    }

    /// Whether the answers of a stratum about a factor are not told.
    pub fn hide(&self, stratum: &str, factor: &str) -> bool {
        self.strata.contains(&(stratum, factor))
    }

    /// Whether those of one of its channels are not.
    pub fn hide_channel(&self, stratum: &str, factor: &str, channel: &str) -> bool {
        let cell = (stratum, factor);
        self.strata.contains(&cell) || self.channels.contains(&cell) || self.single.contains(&(cell, channel))
    }
}

impl<'a> Look<'a> {
    /// The structures right under one in any month of the year, each with its answers of the months in which it lies there; without one above,
    /// the structure alone.
    fn beside(&self, structure: &'a str, above: Option<&'a str>, months: &[Month]) -> BTreeMap<&'a str, Monthly<'a>> {
        let Some(above) = above else { return BTreeMap::from([(structure, self.monthly(structure))]) };
        let structures = self.query.plan.structures();
        let mut beside: BTreeMap<&'a str, BTreeSet<Month>> = BTreeMap::new();
        for month in months {
            for child in structures.children(above, *month) {
                beside.entry(child.code.as_str()).or_default().insert(*month);
            }
        }
        beside.into_iter().map(|(code, months)| (code, self.monthly(code).within(&months))).collect()
    }

    fn monthly(&self, structure: &'a str) -> Monthly<'a> {
        let query = Query { structure, period: Period::Year(self.query.period.year()), ..self.query };
        let kept = self.books.and_then(|books| Monthly::kept(&query, books, &self.survey.code, &self.sample.code));
        kept.unwrap_or_else(|| Monthly::gather(&query, &self.survey.code, &self.sample.code))
    }
}

/// Which columns are hidden by what they count over the whole year.
fn hidden_all_year(columns: &[ByMonth], fewest: i128) -> Vec<bool> {
    threshold::hidden(&columns.iter().map(|column| column.iter().sum()).collect::<Vec<_>>(), fewest)
}

/// What can be told apart: each column that is not hidden, and the hidden together, which are what the others leave.
fn apart(columns: &[ByMonth], hidden: &[bool]) -> Vec<ByMonth> {
    let of = |wanted: bool| columns.iter().zip(hidden).filter(move |(_, hidden)| **hidden == wanted).map(|(column, _)| *column);
    of(false).chain(of(true).reduce(months::plus)).collect()
}
