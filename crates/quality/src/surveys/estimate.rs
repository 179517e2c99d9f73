//! Weighted mean of marks and its interval (*media ponderata* e *intervallo di confidenza*).

use piramide_measure::{Exact, Provenance};
use piramide_plan::{Stratum, Survey};

use super::tally::Tally;

/// Digits after the point of a standard error: a root is seldom a fraction, so it is rounded, and up, so that no interval is too narrow.
pub const ROOT_DIGITS: u32 = 6;

/// What a stratum brings to an estimate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// The stratum.
    pub stratum: &'a Stratum,
    /// Its answers.
    pub tally: Tally,
    /// Its weight among the strata that count, per cent.
    pub share: Exact,
    /// Its mean.
    pub mean: Exact,
    /// The variance of its mean: that of its marks over its answers, less what a large part of a small population makes certain.
    pub variance: Exact,
}

/// Why there is no estimate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silent {
    /// Nobody answered.
    NoAnswers,
    /// They are too few to be shown, here or beside, in the period or in what the others leave of it.
    TooFew,
}

/// A weighted mean with its interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estimate<'a> {
    /// The strata that count, in the order of the plan.
    pub parts: Vec<Part<'a>>,
    /// How many strata have answers that are too few.
    pub suppressed: usize,
    /// The mean.
    pub mean: Exact,
    /// Its variance.
    pub variance: Exact,
    /// Half the width of the interval.
    pub margin: Exact,
    /// The share of the weights that counts, per cent.
    pub coverage: Exact,
}

impl Estimate<'_> {
    /// The answers of the strata that count, together.
    pub fn tally(&self) -> Tally {
        self.parts.iter().fold(Tally::default(), |sum, part| sum.plus(part.tally))
    }

    /// The lower end of the interval.
    pub fn low(&self) -> Exact {
        &self.mean - &self.margin
    }

    /// The upper end of the interval.
    pub fn high(&self) -> Exact {
        &self.mean + &self.margin
    }

    /// The least certain provenance that entered.
    pub fn provenance(&self) -> Option<Provenance> {
        self.tally().provenance
    }
}

/// Mean of a stratified sample (*media ponderata per strato*), with its interval.
///
/// ```text
/// mean      sum over strata of weight x mean of the stratum / sum of the weights
/// variance  sum over strata of (weight / sum of the weights)² x variance of the marks / answers x (1 - answers / population)
/// interval  mean ± z x square root of the variance
/// ```
///
/// - Unit: marks from 1 to 5. The last factor of the variance only where the plan gives the population of the stratum.
/// - Rounding: none but that of the root, up at [`ROOT_DIGITS`] digits.
/// - Strata with fewer answers than the survey's threshold, and those that `hidden` names, do not count: their weight passes to the others,
///   and the coverage says so. **Decision**: the sources give neither threshold nor formula; this is that of stratified sampling (Cochran).
///
/// # Errors
///
/// [`Silent`] when no stratum counts: [`Silent::NoAnswers`] or [`Silent::TooFew`].
pub fn estimate<'a>(survey: &Survey, answers: &[(&'a Stratum, Tally, bool)]) -> Result<Estimate<'a>, Silent> {
    let fewest = i128::from(survey.fewest);
    // Of what is hidden it is not told either that nobody answered: the others would be the rest.
    let answered = || answers.iter().filter(|(_, tally, hidden)| *hidden || tally.answers() > 0);
    let counting: Vec<_> = answered().filter(|(_, tally, hidden)| !hidden && tally.answers() >= fewest).collect();
    let weight: Exact = counting.iter().map(|(stratum, ..)| &stratum.weight).sum();
    let silent = if answered().next().is_none() { Silent::NoAnswers } else { Silent::TooFew };
    let part = |(stratum, tally, _): &&(&'a Stratum, Tally, bool)| {
        let share = Exact::quotient(&(&stratum.weight * &Exact::hundred()), &weight)?;
        Some(Part { stratum, tally: *tally, share, mean: tally.mean()?, variance: variance_of_mean(stratum, tally)? })
    };
    let parts: Vec<Part<'a>> = counting.iter().filter_map(part).collect();
    if parts.is_empty() {
        return Err(silent);
    }
    let hundredth = |share: &Exact| Exact::quotient(share, &Exact::hundred()).unwrap_or_else(Exact::zero);
    let mean: Exact = parts.iter().map(|part| &hundredth(&part.share) * &part.mean).sum();
    let variance: Exact = parts.iter().map(|part| &(&hundredth(&part.share) * &hundredth(&part.share)) * &part.variance).sum();
    let error = variance.root_above(ROOT_DIGITS).unwrap_or_else(Exact::zero);
    Ok(Estimate { suppressed: answered().count() - parts.len(), mean, margin: &survey.z * &error, variance, coverage: weight, parts })
}

/// The variance of the mean of a stratum; `None` with fewer than two answers.
fn variance_of_mean(stratum: &Stratum, tally: &Tally) -> Option<Exact> {
    let answers = Exact::from(tally.answers());
    let variance = Exact::quotient(&tally.variance()?, &answers)?;
    let Some(population) = &stratum.population else { return Some(variance) };
    let asked = Exact::quotient(&answers, population)?;
    Some(variance * (Exact::from(1) - asked).clamp(Exact::zero(), Exact::from(1)))
}
