//! Elementary measures.

use piramide_domain::{Measured, Query, factor};
use piramide_measure::{Exact, Missing, Unit};
use piramide_plan::IndicatorDefinition;

use crate::facts::{DENOMINATOR, NUMERATOR};

/// Elementary measure (*indicatore elementare*), recomputed from its parts at every level, never averaged from percentages.
///
/// ```text
/// sum of numerators / sum of denominators * factor
/// ```
///
/// - Unit: the indicator's; the factor is its parameter, 100 for percentages, 1 where none is given.
/// - Rounding: none here.
/// - Source: Cruscotto Qualità, as described in the Piano della performance 2021-2023, "Qualità".
///
/// Missing if nothing is recorded, undefined if the denominators sum to zero.
pub fn ratio(query: &Query<'_>, indicator: &IndicatorDefinition) -> Measured {
    match factor::of(indicator) {
        Some(factor) => measure(query, indicator, indicator.unit, &factor),
        None => {
            Measured::missing(&indicator.label, indicator.unit, Missing::NoInput { input: format!("il fattore di {}", indicator.code) })
        }
    }
}

/// The measure that an indicator stands on, in its own unit and as it is recorded: indices compare such measures between years.
pub(super) fn plain(query: &Query<'_>, indicator: &IndicatorDefinition) -> Measured {
    let unit = query.plan.measures().get(&indicator.subject).map_or(indicator.unit, |measure| measure.unit);
    measure(query, indicator, unit, &Exact::from(1))
}

fn measure(query: &Query<'_>, indicator: &IndicatorDefinition, unit: Unit, factor: &Exact) -> Measured {
    let numerator = query.total(&indicator.subject, NUMERATOR, "Numeratore");
    let denominator = query.total(&indicator.subject, DENOMINATOR, "Denominatore");
    let formula = factor::formula("numeratore / denominatore", factor);
    Measured::quotient(&indicator.label, unit, &formula, numerator, denominator, factor)
}
