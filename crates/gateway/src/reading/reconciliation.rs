//! What adds up and what does not, whoever found it: finance of its figures, or this house of a table that was sent.

use piramide_contracts::{convert, convert::Invalid, finance, types};
use piramide_measure::{Exact, reconciliation};

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Report {
    pub(crate) holding: i64,
    pub(crate) incomplete: i64,
    pub(crate) rounded: Vec<Miss>,
    pub(crate) rounded_count: i64,
    pub(crate) broken: Vec<Miss>,
    pub(crate) broken_count: i64,
    pub(crate) causes: Vec<Cause>,
}

/// A sum that misses.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Miss {
    pub(crate) row: String,
    pub(crate) column: String,
    pub(crate) written: Exact,
    pub(crate) summed: Exact,
    pub(crate) difference: Exact,
    pub(crate) tolerance: Exact,
    pub(crate) parts: i64,
    /// Its position among the causes.
    pub(crate) cause: Option<usize>,
}

/// A figure that is likely wrong.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cause {
    pub(crate) row: String,
    pub(crate) column: String,
    pub(crate) written: Exact,
    pub(crate) corrected: Exact,
    pub(crate) settles: i64,
    pub(crate) sentence: String,
}

/// Reads what finance found.
pub(crate) fn report(message: finance::ReconcileResponse) -> Result<Report, Invalid> {
    let misses = |messages: Vec<finance::Miss>| messages.into_iter().map(miss).collect::<Result<Vec<_>, _>>();
    Ok(Report {
        holding: message.holding,
        incomplete: message.incomplete,
        rounded: misses(message.rounded)?,
        rounded_count: message.rounded_count,
        broken: misses(message.broken)?,
        broken_count: message.broken_count,
        causes: message.causes.into_iter().map(cause).collect::<Result<_, _>>()?,
    })
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Exact, Invalid> {
    convert::optional_exact(field, value)?.ok_or_else(|| Invalid::new(field, "is required"))
}

fn miss(message: finance::Miss) -> Result<Miss, Invalid> {
    Ok(Miss {
        written: exact("written", message.written.as_ref())?,
        summed: exact("summed", message.summed.as_ref())?,
        difference: exact("difference", message.difference.as_ref())?,
        tolerance: exact("tolerance", message.tolerance.as_ref())?,
        parts: message.parts.into(),
        cause: message.cause.and_then(|position| usize::try_from(position).ok()),
        row: message.item_code,
        column: message.place,
    })
}

fn cause(message: finance::LikelyCause) -> Result<Cause, Invalid> {
    Ok(Cause {
        written: exact("written", message.written.as_ref())?,
        corrected: exact("corrected", message.corrected.as_ref())?,
        settles: message.settles.into(),
        sentence: message.sentence,
        row: message.item_code,
        column: message.place,
    })
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl From<reconciliation::Report> for Report {
    fn from(report: reconciliation::Report) -> Self {
        Self {
            holding: count(report.holding),
            incomplete: count(report.incomplete),
            rounded_count: count(report.rounded.len()),
            broken_count: count(report.broken.len()),
            rounded: report.rounded.into_iter().map(Miss::from).collect(),
            broken: report.broken.into_iter().map(Miss::from).collect(),
            causes: report.causes.iter().map(Cause::from).collect(),
        }
    }
}

impl From<reconciliation::Miss> for Miss {
    fn from(miss: reconciliation::Miss) -> Self {
        Self {
            parts: count(miss.rule.parts.len()),
            row: miss.rule.whole.row,
            column: miss.rule.whole.column,
            written: miss.written,
            summed: miss.summed,
            difference: miss.difference,
            tolerance: miss.tolerance,
            cause: miss.cause,
        }
    }
}

impl From<&reconciliation::Cause> for Cause {
    fn from(cause: &reconciliation::Cause) -> Self {
        Self {
            sentence: cause.sentence(),
            row: cause.cell.row.clone(),
            column: cause.cell.column.clone(),
            written: cause.written.clone(),
            corrected: cause.corrected.clone(),
            settles: count(cause.settles),
        }
    }
}
