//! What a survey says, as an indicator of the plan.

use piramide_domain::{Measured, Query};
use piramide_measure::{Missing, Unit};
use piramide_plan::{IndicatorDefinition, Plan};

use crate::{
    state::Books,
    surveys::{
        derivation,
        results::{Asked, Part},
    },
};

/// Mean mark of a factor in a sample of a survey (*media della customer experience*), as
/// [`estimate`](crate::surveys::estimate::estimate); where only a finished mean is published, that.
///
/// - Unit: marks from 1 to 5; the subject is `SURVEY:SAMPLE:FACTOR`.
/// - Coverage: the share of the weights of the strata that count.
/// - Rounding: none here.
///
/// Missing when nobody answered, or fewer than the plan shows.
pub fn mean(query: &Query<'_>, books: Option<&Books>, indicator: &IndicatorDefinition) -> Measured {
    let mut parts = indicator.subject.split(':');
    let (survey, sample, factor) = (parts.next(), parts.next(), parts.next());
    let found = query.plan.surveys().get(survey.unwrap_or_default()).and_then(|survey| {
        let factor = survey.factors().find(|item| Some(item.code.as_str()) == factor)?;
        Some((Asked::over(*query, books, survey, survey.sample(sample?)?), factor))
    });
    let Some((asked, factor)) = found else {
        let missing = Missing::NoInput { input: format!("{} tra le indagini", indicator.subject) };
        return Measured::missing(&indicator.label, Unit::Mark, missing);
    };
    match asked.estimate(&factor.code, Part::Whole) {
        Ok(estimate) => Measured::new(Ok(estimate.mean), derivation::mean(&asked, factor)).covering(estimate.coverage),
        Err(silent) => asked.published(factor).unwrap_or_else(|| Measured::missing(&indicator.label, Unit::Mark, asked.missing(silent))),
    }
    .labelled(&indicator.label)
}

/// Why the mean is not told as it was known at a moment, where answers are counted: two moments may differ by a single one. What is printed, in a
/// sample without strata, is told.
pub fn untold_at_a_moment(plan: &Plan, indicator: &IndicatorDefinition) -> Option<Missing> {
    let mut parts = indicator.subject.split(':');
    let sample = plan.surveys().get(parts.next()?)?.sample(parts.next()?)?;
    let reason = "le risposte non si mostrano come note a un momento scelto: chiedere quelle note ora, o a una chiusura";
    (!sample.strata.is_empty()).then(|| Missing::Reported { reason: reason.to_owned() })
}
