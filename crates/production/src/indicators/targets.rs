//! What the plan asks of a figure, and how far the figure is from it.

use piramide_domain::{Measured, Query};
use piramide_measure::{Exact, Unit, outcome::Reference};
use piramide_plan::IndicatorDefinition;

/// What the plan asks of a figure (*obiettivo*), and how far the figure is from it (*scostamento*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// What must be reached, in the unit of the figure.
    pub target: Exact,
    /// How far the figure is from it, positive when better, before any cap, and what that counts. `None` where there is no figure, or no distance
    /// from a target of zero.
    pub deviation: Option<(Exact, Unit)>,
}

/// The indicator of the plan that measures a node by a method, with what must be reached in the structure and the period: the target of the
/// scorecard. `None` where the plan has no such indicator, or sets it no target there and then.
pub(crate) fn of<'a>(query: &Query<'a>, method: &str, node: &str) -> Option<(&'a IndicatorDefinition, Reference)> {
    let indicator = query.plan.indicators().measuring("production", method, node)?;
    Some((indicator, query.reference(indicator)?))
}

/// A figure of a node against what the plan asks of the indicator by that method; `None` where the plan has no such indicator, or sets it no
/// target there and then.
pub fn judged(query: &Query<'_>, method: &str, node: &str, figure: &Measured) -> Option<Judged> {
    let (indicator, reference) = of(query, method, node)?;
    let actual = figure.value.as_ref().ok();
    let deviation = actual.and_then(|actual| reference.deviation(actual, indicator.direction, indicator.unit));
    Some(Judged { target: reference.target, deviation })
}
