//! Single amounts, and one amount over another.

use piramide_domain::{Measured, factor};
use piramide_measure::Missing;
use piramide_plan::IndicatorDefinition;

use super::{ieep, tree};
use crate::asked::Asked;

/// A single amount (*importo*): the sum of what is recorded under one subject.
///
/// Unit: the indicator's, mostly euro. Rounding: none. Missing if nothing is recorded.
pub fn amount(query: &Asked<'_>, indicator: &IndicatorDefinition) -> Measured {
    let mut measured = query.total(&indicator.subject, &indicator.label);
    // Loose measures of this domain count other things too: property units, points.
    measured.explanation.unit = indicator.unit;
    measured
}

/// One amount over another, such as profitability (*redditività*): IEEP / total costs.
///
/// ```text
/// dividend / divisor * factor
/// ```
///
/// - The subject names both, `IEEP/TOTAL_COSTS`; an item of the IEEP or of the costs counts with all that is below it. The factor is the parameter,
///   1 where none is given.
/// - Unit: the indicator's. Rounding: none here.
/// - Source: Piano della performance 2021-2023, Allegato Tecnico, "Il Conto Economico".
///
/// Missing if either is, undefined if the divisor is zero.
pub fn cost_ratio(query: &Asked<'_>, indicator: &IndicatorDefinition) -> Measured {
    let (Some((dividend, divisor)), Some(factor)) = (indicator.subject.split_once('/'), factor::of(indicator)) else {
        return Measured::missing(
            &indicator.label,
            indicator.unit,
            Missing::NoInput { input: format!("la coppia di importi di {}", indicator.code) },
        );
    };
    let costs = query.plan.costs().tree();
    let amount = |code: &str| match (query.plan.items().get(code), costs.get(code)) {
        (Some(item), _) => ieep::item(query, code, &item.label),
        (None, Some(cost)) => tree::amount(query, costs, code, &cost.label),
        (None, None) => query.total(code, query.plan.measures().get(code).map_or(code, |measure| &measure.label)),
    };
    let formula = factor::formula("dividendo / divisore", &factor);
    Measured::quotient(&indicator.label, indicator.unit, &formula, amount(dividend), amount(divisor), &factor)
}
