//! Amounts beside their targets, as every statement of finance shows them.

use piramide_contracts::{convert::Invalid, finance::JudgedAmount};
use piramide_measure::Unit;
use serde_json::{Value, json};

use crate::{commands::provenance, italian, table::Align, view};

/// The columns of [`cells`].
pub(super) const COLUMNS: [(&str, Align); 5] = [
    ("consuntivo", Align::Right),
    ("obiettivo", Align::Right),
    ("scostamento", Align::Right),
    ("realizzazione %", Align::Right),
    ("provenienza", Align::Left),
];

/// An amount in the cells of a table. Its deviation is in per cent where it has a realisation, else in the unit of the amount.
///
/// # Errors
///
/// When a number is not one.
pub(super) fn cells(judged: &JudgedAmount, unit: &str) -> Result<[String; 5], Invalid> {
    let deviation_unit = if judged.realisation.is_some() { Unit::Percent.code() } else { unit };
    Ok([
        italian::hundredths("actual", judged.actual.as_ref())?,
        italian::hundredths("target", judged.target.as_ref())?,
        italian::deviation("deviation", judged.deviation.as_ref(), deviation_unit)?,
        italian::hundredths("realisation", judged.realisation.as_ref())?,
        provenance(judged.provenance)?.to_owned(),
    ])
}

/// The same for machines.
///
/// # Errors
///
/// When a number is not one.
pub(super) fn as_json(judged: &JudgedAmount) -> Result<Value, Invalid> {
    Ok(json!({
        "actual": view::decimal("actual", judged.actual.as_ref())?,
        "target": view::decimal("target", judged.target.as_ref())?,
        "deviation": view::decimal("deviation", judged.deviation.as_ref())?,
        "realisation": view::decimal("realisation", judged.realisation.as_ref())?,
        "provenance": view::provenance(judged.provenance)?,
        "missing_reason": judged.missing_reason,
    }))
}
