//! An index month by month, as REST answers it.

use serde::Serialize;
use utoipa::ToSchema;

use super::QualityJudgement;
use crate::{reading::quality as reading, view::text};

/// An index in one month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityTrendPoint {
    /// The month.
    month: String,
    /// The index of that month alone, against the budget.
    budget: QualityJudgement,
    /// The same against the same month of last year.
    previous_year: QualityJudgement,
    /// The index from January to that month, against the budget.
    budget_to_date: QualityJudgement,
    /// The same against the same months of last year.
    previous_year_to_date: QualityJudgement,
    /// The measure of the month, in the indicator's unit; null for sections and areas.
    value: Option<String>,
    /// Whether a measure of the month rests on few cases.
    few_cases: bool,
}

/// An index month by month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityTrend {
    /// The months, in order.
    pub(crate) items: Vec<QualityTrendPoint>,
    /// Always empty: all come in one page.
    pub(crate) next_page_token: String,
    /// The plan that was applied.
    pub(crate) plan_version: String,
}

impl From<reading::TrendPoint> for QualityTrendPoint {
    fn from(point: reading::TrendPoint) -> Self {
        Self {
            month: point.month,
            budget: point.budget.into(),
            previous_year: point.previous_year.into(),
            budget_to_date: point.budget_to_date.into(),
            previous_year_to_date: point.previous_year_to_date.into(),
            value: text(point.value.as_ref()),
            few_cases: point.few_cases,
        }
    }
}
