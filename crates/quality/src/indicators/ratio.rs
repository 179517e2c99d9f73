//! Elementary measures.

use piramide_domain::{Measured, Query};
use piramide_measure::{Exact, Missing};
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
    of_measure(query, indicator, &indicator.parameter)
}

/// The measure of an indicator with a factor written in the plan; empty means 1.
pub(super) fn of_measure(query: &Query<'_>, indicator: &IndicatorDefinition, factor: &str) -> Measured {
    let factor = match factor {
        "" => Ok(Exact::from(1)),
        text => Exact::parse(text),
    };
    let Ok(factor) = factor else {
        return Measured::missing(
            &indicator.label,
            indicator.unit,
            Missing::NoInput { input: format!("il fattore di {}", indicator.code) },
        );
    };
    let numerator = query.total(&indicator.subject, NUMERATOR, "Numeratore");
    let denominator = query.total(&indicator.subject, DENOMINATOR, "Denominatore");
    let formula = if factor == Exact::from(1) {
        "numeratore / denominatore".to_owned()
    } else {
        format!("numeratore / denominatore x {}", factor.decimal_text(4))
    };
    // An index stands on a measure that has a unit of its own.
    let measure = query.plan.measures().get(&indicator.subject).filter(|_| indicator.method == "base_year");
    let unit = measure.map_or(indicator.unit, |measure| measure.unit);
    Measured::quotient(&indicator.label, unit, &formula, numerator, denominator, &factor)
}
