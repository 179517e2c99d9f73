//! What is printed of the dashboard of quality, as REST answers it.

use piramide_contracts::quality::PublishedKind;
use serde::Serialize;
use utoipa::ToSchema;

use super::{said, text};
use crate::reading::quality as reading;

/// A printed figure of the dashboard (valore pubblicato). Nothing is computed from it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityPublished {
    /// What it is: on_budget or on_previous_year, deviations of an index in per cent, or measure, in the indicator's unit.
    figure: &'static str,
    /// Its year.
    year: i32,
    /// The figure, as printed.
    value: String,
    /// The same recomputed from the facts; null unless all that enters it is measured, and against the budget for other years
    /// than the plan's.
    recomputed: Option<String>,
    /// Where it is printed, in Italian.
    source: String,
    /// What is to be noted, in Italian.
    note: Option<String>,
}

impl From<reading::Published> for QualityPublished {
    fn from(printed: reading::Published) -> Self {
        let figure = match printed.kind {
            PublishedKind::OnBudget => "on_budget",
            PublishedKind::OnPreviousYear => "on_previous_year",
            PublishedKind::Measure | PublishedKind::Unspecified => "measure",
        };
        Self {
            figure,
            year: printed.year,
            value: printed.value.decimal_text(4),
            recomputed: text(printed.recomputed.as_ref()),
            source: printed.source,
            note: said(printed.note),
        }
    }
}
