//! One measure over another.

use piramide_domain::{Measured, Query, factor};
use piramide_measure::Missing;
use piramide_plan::IndicatorDefinition;

use crate::facts::VALUE;

/// One measure over another at the end of the period, such as the share of agile workers (*% lavoratori agili*).
///
/// ```text
/// dividend / divisor * factor, both in the last month of the period in which both are recorded
/// ```
///
/// - The subject names both, `AGILE_WORKERS/EMPLOYEES`; the factor is the parameter, 1 where none is given.
/// - Unit: the indicator's. Rounding: none here. Shown with 2 digits.
/// - Source: POLA, VI, and Piano della performance 2021-2023, "Lavoro agile". The published share is over all employees, since the number
///   of those whose work can be done remotely is not published.
///
/// Missing if no month has both, undefined if the divisor is zero.
pub fn ratio(query: &Query<'_>, indicator: &IndicatorDefinition) -> Measured {
    let (Some((dividend, divisor)), Some(factor)) = (indicator.subject.split_once('/'), factor::of(indicator)) else {
        return Measured::missing(
            &indicator.label,
            indicator.unit,
            Missing::NoInput { input: format!("la coppia di misure di {}", indicator.code) },
        );
    };
    let months = |subject: &str| {
        query.recorded(subject).filter(|fact| fact.value(VALUE).is_some()).map(|fact| fact.last).collect::<std::collections::BTreeSet<_>>()
    };
    let month = months(dividend).intersection(&months(divisor)).last().copied();
    let Some(month) = month else {
        return Measured::missing(&indicator.label, indicator.unit, query.no_data());
    };
    let at = |subject: &str| {
        let measure = query.plan.measures().get(subject);
        let mut measured = query.at_month(subject, VALUE, measure.map_or(subject, |measure| &measure.label), Some(month));
        measured.explanation.unit = measure.map_or(measured.explanation.unit, |measure| measure.unit);
        measured
    };
    let formula = factor::formula("dividendo / divisore", &factor);
    Measured::quotient(&indicator.label, indicator.unit, &formula, at(dividend), at(divisor), &factor).noted(format!("al mese {month}"))
}
