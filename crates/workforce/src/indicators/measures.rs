//! Measures as they are recorded.

use piramide_domain::{Measured, Query};
use piramide_plan::IndicatorDefinition;

use crate::facts::VALUE;

/// A measure at the end of the period (*consistenza*): that of the last month with facts.
///
/// Unit: the indicator's. Rounding: none. Missing if nothing is recorded in the period.
pub fn stock(query: &Query<'_>, indicator: &IndicatorDefinition) -> Measured {
    let month = query.last_month_with(&indicator.subject, VALUE);
    in_unit(query.at_month(&indicator.subject, VALUE, &indicator.label, month), indicator)
}

/// A measure over the months of the period (*totale*).
///
/// Unit: the indicator's. Rounding: none. Missing if nothing is recorded in the period.
pub fn sum(query: &Query<'_>, indicator: &IndicatorDefinition) -> Measured {
    in_unit(query.total(&indicator.subject, VALUE, &indicator.label), indicator)
}

/// Facts of this domain count different things: the indicator says which.
fn in_unit(mut measured: Measured, indicator: &IndicatorDefinition) -> Measured {
    measured.explanation.unit = indicator.unit;
    measured
}
