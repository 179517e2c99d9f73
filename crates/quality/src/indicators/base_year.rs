//! Indices that start at 100.

use piramide_domain::{Measured, Query};
use piramide_measure::{Exact, Missing, Period, Scale, Unit, deviation};
use piramide_plan::IndicatorDefinition;

use super::ratio;

/// Index with base 100 (*indice a base 100*): the measure of the period against that of the base year.
///
/// ```text
/// 100 + deviation(measure of the period, measure of the base year)
/// ```
///
/// - Unit: index; 100 stands for the base year's actuals, so "+3 %" means that it must reach 103. In the base year itself it is exactly
///   100.
/// - The base year is the indicator's parameter; its direction says which way is better.
/// - Rounding: none here. Shown with 2 digits.
/// - Source: Piano della performance 2021-2023, "Obiettivi generali di ente triennali": baseline of the quality indicators.
///
/// Missing if either measure is, undefined if the base year's is zero.
pub fn base_year(query: &Query<'_>, indicator: &IndicatorDefinition) -> Measured {
    let year = indicator.parameter.parse().ok().filter(|period| matches!(period, Period::Year(_)));
    let Some(year) = year else {
        return Measured::missing(&indicator.label, Unit::Index, Missing::NoInput { input: format!("l'anno base di {}", indicator.code) });
    };
    let now = ratio::plain(query, indicator).labelled("Misura del periodo");
    let base = ratio::plain(&query.in_period(year), indicator).labelled(&format!("Misura dell'anno base {year}"));
    let formula = "100 + scostamento della misura del periodo da quella dell'anno base";
    Measured::computed(&indicator.label, Unit::Index, formula, vec![now, base], |numbers| {
        let [now, base] = numbers else { return Err(query.no_data()) };
        let gain = deviation::deviation(now, base, indicator.direction, Scale::Relative);
        gain.map(|gain| Exact::hundred() + gain).ok_or(Missing::ZeroDivisor { divisor: format!("la misura dell'anno base {year}") })
    })
}
