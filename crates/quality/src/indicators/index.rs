//! Indices of the dashboard as indicators of the plan.

use piramide_domain::{Detail, Measured, Query};
use piramide_measure::{Missing, Unit};
use piramide_plan::IndicatorDefinition;

use crate::{
    asked::Asked,
    indices::{self, Against},
    state::Books,
};

/// Index of a section or area of the dashboard (*indice sintetico di qualità*), as [`indices::index`].
///
/// - Unit: index; 100 is the budget or last year.
/// - Coverage: that of the index.
/// - Rounding: none here.
/// - Source: Piano della performance 2021-2023, "Qualità".
///
/// Missing when nothing under the node has an index.
pub fn index(query: &Query<'_>, books: Option<&Books>, indicator: &IndicatorDefinition, against: Against) -> Measured {
    let asked = Asked::over(*query, books, &indicator.subject);
    let Some(index) = indices::index(&asked, &indicator.subject, against) else {
        let missing = Missing::NoInput { input: format!("{} nel cruscotto", indicator.subject) };
        return Measured::missing(&indicator.label, Unit::Index, missing);
    };
    let explanation = match query.detail {
        Detail::Derivation => indices::derivation(&asked, &index, against),
        Detail::Figure => indices::figure(&asked, &index, against),
    };
    Measured::new(index.judged.index, explanation).covering(index.judged.coverage)
}
