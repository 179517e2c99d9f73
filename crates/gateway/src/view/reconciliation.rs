//! What adds up and what does not, as REST answers it.

use piramide_measure::Exact;
use serde::Serialize;
use utoipa::ToSchema;

use super::text;
use crate::reading::reconciliation as reading;

/// What adds up and what does not (quadratura). Numbers are decimals as strings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Reconciliation {
    /// Sums that were looked at.
    checked: i64,
    /// Sums that hold exactly.
    holding: i64,
    /// Sums of which a number is missing, so that nobody can tell.
    incomplete: i64,
    /// Sums that do not hold.
    broken: Vec<Miss>,
    /// How many there are, listed or not.
    broken_count: i64,
    /// Sums that miss within rounding, a unit of the last digit for each part: shown, not errors.
    rounded: Vec<Miss>,
    /// How many there are, listed or not.
    rounded_count: i64,
    /// The likeliest causes, that which explains most sums first.
    causes: Vec<Cause>,
    /// The plan that was applied; null for a table that was sent.
    plan_version: Option<String>,
}

/// A sum that was checked and missed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Miss {
    /// The row or item that should be the sum.
    row: String,
    /// Its column, or where it stands: a structure, of facts with the period.
    column: String,
    /// What stands there.
    written: Option<String>,
    /// What the parts sum to.
    summed: Option<String>,
    /// Written less summed.
    difference: Option<String>,
    /// The most that rounding explains.
    tolerance: Option<String>,
    /// How many parts were summed.
    parts: i64,
    /// The position of its likeliest cause, from 0; null where rounding explains it.
    cause: Option<usize>,
}

/// A number that is likely wrong, and what it would say if it were right.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cause {
    /// The row or item.
    row: String,
    /// Its column, or where it stands.
    column: String,
    /// What stands there.
    written: Option<String>,
    /// What it would say.
    corrected: Option<String>,
    /// How many of the sums that do not hold would hold.
    settles: i64,
    /// How it may have come to be wrong, in Italian.
    sentence: String,
}

impl Reconciliation {
    pub(crate) fn new(report: reading::Report, plan_version: Option<String>) -> Self {
        Self {
            checked: report.holding + report.rounded_count + report.broken_count,
            holding: report.holding,
            incomplete: report.incomplete,
            broken: report.broken.into_iter().map(Miss::from).collect(),
            broken_count: report.broken_count,
            rounded: report.rounded.into_iter().map(Miss::from).collect(),
            rounded_count: report.rounded_count,
            causes: report.causes.into_iter().map(Cause::from).collect(),
            plan_version,
        }
    }
}

fn shown(number: &Exact) -> Option<String> {
    text(Some(number))
}

impl From<reading::Miss> for Miss {
    fn from(miss: reading::Miss) -> Self {
        Self {
            written: shown(&miss.written),
            summed: shown(&miss.summed),
            difference: shown(&miss.difference),
            tolerance: shown(&miss.tolerance),
            parts: miss.parts,
            cause: miss.cause,
            row: miss.row,
            column: miss.column,
        }
    }
}

impl From<reading::Cause> for Cause {
    fn from(cause: reading::Cause) -> Self {
        Self {
            written: shown(&cause.written),
            corrected: shown(&cause.corrected),
            settles: cause.settles,
            sentence: cause.sentence,
            row: cause.row,
            column: cause.column,
        }
    }
}
