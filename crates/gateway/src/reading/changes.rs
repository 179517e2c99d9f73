//! What changed between two closings.

use piramide_contracts::{convert, convert::Invalid, finance, types};
use piramide_measure::Exact;
use prost_types::Timestamp;

/// What changed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Changes {
    pub(crate) facts: Vec<Changed>,
    pub(crate) facts_count: i64,
    pub(crate) before: Option<Exact>,
    pub(crate) after: Option<Exact>,
    pub(crate) difference: Option<Exact>,
    pub(crate) covered: Option<Exact>,
}

/// A fact that is not what it was.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Changed {
    pub(crate) subject: String,
    pub(crate) label: String,
    pub(crate) structure: String,
    pub(crate) period: String,
    pub(crate) before: Option<Exact>,
    pub(crate) after: Option<Exact>,
    pub(crate) difference: Option<Exact>,
    pub(crate) effect: Option<Exact>,
    pub(crate) batch_id: String,
    pub(crate) reason: String,
    pub(crate) note: String,
    pub(crate) recorded_at: Option<Timestamp>,
}

/// Reads what changed.
pub(crate) fn changes(message: finance::CompareClosingsResponse) -> Result<Changes, Invalid> {
    Ok(Changes {
        before: exact("before", message.before.as_ref())?,
        after: exact("after", message.after.as_ref())?,
        difference: exact("difference", message.difference.as_ref())?,
        covered: exact("covered", message.covered.as_ref())?,
        facts: message.facts.into_iter().map(changed).collect::<Result<_, _>>()?,
        facts_count: message.facts_count,
    })
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    convert::optional_exact(field, value)
}

fn changed(message: finance::ChangedFact) -> Result<Changed, Invalid> {
    Ok(Changed {
        before: exact("before", message.before.as_ref())?,
        after: exact("after", message.after.as_ref())?,
        difference: exact("difference", message.difference.as_ref())?,
        effect: exact("effect", message.effect.as_ref())?,
        subject: message.subject_code,
        label: message.label,
        structure: message.structure_code,
        period: message.period.map(|period| period.value).unwrap_or_default(),
        batch_id: message.batch_id,
        reason: message.reason,
        note: message.note,
        recorded_at: message.recorded_at,
    })
}
