//! A structure beside others (*confronto nel cluster*): place, quarter, best practice, and what in the data asks to be looked at.

use std::cmp::Reverse;

use piramide_measure::{Exact, Provenance};

use crate::{
    asked::Asked,
    indices::{self, Against, Judged},
};

/// With fewer indices a fence around the middle half means nothing. **Decision**.
const FEWEST_FOR_FENCES: usize = 5;

/// A structure beside others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing<'a> {
    /// The structure.
    pub structure: &'a str,
    /// Its index.
    pub judged: Judged,
    /// The least certain provenance of the facts that entered.
    pub provenance: Option<Provenance>,
    /// Its measure, for an elementary indicator.
    pub value: Option<Exact>,
    /// Its place from the best, from 1; those that are equal share it.
    pub rank: Option<usize>,
    /// Its quarter from the best, 1 to 4.
    pub quarter: Option<u8>,
    /// Whether it lies outside the fences.
    pub outlier: bool,
    /// Whether a measure rests on few cases.
    pub few_cases: bool,
    /// In how many months of the period it has facts.
    pub months: usize,
    /// Whether another has facts in more months.
    pub missing_months: bool,
}

/// How indices are distributed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// How many there are.
    pub count: usize,
    /// The worst.
    pub lowest: Exact,
    /// A quarter is below.
    pub first_quartile: Exact,
    /// Half is below.
    pub median: Exact,
    /// Three quarters are below.
    pub third_quartile: Exact,
    /// The best (*best practice*).
    pub highest: Exact,
}

/// Quantile (*quantile*) of sorted numbers.
///
/// ```text
/// position = (n - 1) numerator / denominator; between two numbers, their mean weighted by how near the position is to each
/// ```
///
/// - Unit: that of the numbers. Rounding: none. Source: **Decision**; the sources name no method, this is the one of spreadsheets
///   (*QUARTILE.INC*).
///
/// `None` without numbers, or for a share outside 0 to 1.
pub fn quantile(sorted: &[Exact], numerator: usize, denominator: usize) -> Option<Exact> {
    let steps = sorted.len().checked_sub(1)? * numerator;
    let (below, rest) = (steps.checked_div(denominator)?, steps.checked_rem(denominator)?);
    let low = sorted.get(below)?;
    if rest == 0 {
        return Some(low.clone());
    }
    let share = Exact::quotient(&Exact::from(i64::try_from(rest).ok()?), &Exact::from(i64::try_from(denominator).ok()?))?;
    Some(low + &((sorted.get(below + 1)? - low) * share))
}

/// The distribution of some indices; `None` without any.
pub fn distribution(mut indices: Vec<Exact>) -> Option<Distribution> {
    indices.sort();
    let at = |numerator| quantile(&indices, numerator, 4);
    Some(Distribution {
        count: indices.len(),
        lowest: at(0)?,
        first_quartile: at(1)?,
        median: at(2)?,
        third_quartile: at(3)?,
        highest: at(4)?,
    })
}

impl Distribution {
    /// The quarter of an index, 1 for the best: equal indices are always in the same one.
    fn quarter(&self, index: &Exact) -> u8 {
        let borders = [&self.third_quartile, &self.median, &self.first_quartile];
        borders.into_iter().zip(1..).find(|(border, _)| index >= border).map_or(4, |(_, quarter)| quarter)
    }

    /// Whether an index lies outside the fences (*outlier*): further from the middle half than one and a half times its width (Tukey).
    fn is_outside(&self, index: &Exact) -> bool {
        let width = (&self.third_quartile - &self.first_quartile) * Exact::from(3);
        let beyond = |distance: Exact| distance * Exact::from(2) > width;
        self.count >= FEWEST_FOR_FENCES && (beyond(index - &self.third_quartile) || beyond(&self.first_quartile - index))
    }
}

/// How structures stand beside each other at a node of the dashboard: from the best, those without an index last, then by code.
pub fn standings<'a>(structures: Vec<(&'a str, Asked<'a>)>, node: &str, against: Against) -> (Vec<Standing<'a>>, Option<Distribution>) {
    let mut standings: Vec<Standing<'a>> =
        structures.into_iter().filter_map(|(structure, asked)| standing(structure, &asked, node, against)).collect();
    let indices: Vec<Exact> = standings.iter().filter_map(|standing| standing.judged.index.clone().ok()).collect();
    let most_months = standings.iter().map(|standing| standing.months).max().unwrap_or_default();
    let found = distribution(indices.clone());
    for standing in &mut standings {
        standing.missing_months = standing.months < most_months;
        if let (Ok(index), Some(found)) = (&standing.judged.index, &found) {
            standing.rank = Some(indices.iter().filter(|other| *other > index).count() + 1);
            standing.quarter = Some(found.quarter(index));
            standing.outlier = found.is_outside(index);
        }
    }
    standings.sort_by_key(|standing| (standing.rank.is_none(), standing.rank, Reverse(standing.months), standing.structure));
    (standings, found)
}

fn standing<'a>(structure: &'a str, asked: &Asked<'a>, node: &str, against: Against) -> Option<Standing<'a>> {
    let index = indices::index(asked, node, against)?;
    Some(Standing {
        structure,
        value: asked.elementary(node).and_then(|elementary| elementary.value(elementary.whole.now)),
        few_cases: asked.all().any(|elementary| elementary.few().is_some()),
        months: asked.months(),
        provenance: index.provenance(asked, against),
        judged: index.judged,
        rank: None,
        quarter: None,
        outlier: false,
        missing_months: false,
    })
}
