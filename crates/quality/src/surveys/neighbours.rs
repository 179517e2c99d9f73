//! What must not be told of a structure, so that nothing too small comes out of those beside it (*soppressione secondaria*).
//!
//! A region is the sum of its structures: one that has too few answers to be shown comes out when the others are taken from it. So of the
//! structures under one, those with the smallest counts are hidden with it, until the hidden together are no fewer than the threshold; and what
//! is hidden at a structure is hidden at every structure under it, of which it is the sum.

use std::collections::{BTreeMap, BTreeSet};

use piramide_domain::Query;
use piramide_plan::{Sample, Secondary, Survey};

use super::{
    tally::{Tallies, Tally},
    threshold,
};
use crate::state::Books;

/// A stratum and a factor.
type Cell<'a> = (&'a str, &'a str);

/// What of a structure is not told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Neighbours<'a> {
    strata: BTreeSet<Cell<'a>>,
    channels: BTreeSet<Cell<'a>>,
}

impl<'a> Neighbours<'a> {
    /// Looks at the structures beside the one asked for, and beside each above it.
    ///
    /// Of a stratum the structures right under one are hidden as [`threshold::hidden`] says. Its channels are told at all of them or at none:
    /// where one of them has a channel with too few answers, the channels of all together and the structures of each channel would be a table
    /// with margins on both sides, out of which a single hidden cell can be solved. **Decision**: the sources name no rule.
    pub fn of(query: Query<'a>, books: Option<&'a Books>, survey: &'a Survey, sample: &'a Sample) -> Self {
        let mut found = Self::default();
        if survey.secondary == Secondary::Nothing || sample.strata.is_empty() {
            return found;
        }
        let (structures, at) = (query.plan.structures(), query.period.last_calendar_month());
        let path: Vec<&'a str> =
            std::iter::once(query.structure).chain(structures.ancestors(query.structure, at).map(|above| above.code.as_str())).collect();
        for pair in path.windows(2) {
            let [structure, above] = pair else { continue };
            let beside: BTreeMap<&'a str, Tallies<'a>> = structures
                .children(above, at)
                .into_iter()
                .map(|child| {
                    let query = Query { structure: child.code.as_str(), ..query };
                    let kept = books.and_then(|books| Tallies::kept(&query, books, &survey.code, &sample.code));
                    (child.code.as_str(), kept.unwrap_or_else(|| Tallies::gather(&query, &survey.code, &sample.code)))
                })
                .collect();
            found.look(structure, &beside, survey, sample);
        }
        found
    }

    fn look(&mut self, structure: &str, beside: &BTreeMap<&'a str, Tallies<'a>>, survey: &'a Survey, sample: &'a Sample) {
        let fewest = i128::from(survey.fewest);
        for (stratum, factor) in sample.strata.iter().flat_map(|stratum| survey.factors().map(move |factor| (stratum, factor))) {
            let cell = (stratum.code.as_str(), factor.code.as_str());
            let counts: Vec<i128> = beside.values().map(|tallies| tallies.of_stratum(cell.1, cell.0).answers()).collect();
            let hidden = threshold::hidden(&counts, fewest);
            if beside.keys().zip(hidden).any(|(code, hidden)| hidden && *code == structure) {
                self.strata.insert(cell);
            }
            let is_few = |tally: Tally| (1..fewest).contains(&tally.answers());
            if beside.values().any(|tallies| tallies.by_channel(cell.1, cell.0).into_values().any(is_few)) {
                self.channels.insert(cell);
            }
        }
    }

    /// Whether the answers of a stratum about a factor are not told.
    pub fn hide(&self, stratum: &str, factor: &str) -> bool {
        self.strata.contains(&(stratum, factor))
    }

    /// Whether the channels of a stratum are not told apart.
    pub fn hide_channels(&self, stratum: &str, factor: &str) -> bool {
        self.hide(stratum, factor) || self.channels.contains(&(stratum, factor))
    }
}
