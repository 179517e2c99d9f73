//! How much of the work completes itself.

use piramide_domain::Measured;
use piramide_measure::{Exact, Unit};

use super::workload;
use crate::{
    asked::Asked,
    facts::{COMPLETED, COMPLETED_AUTOMATICALLY},
};

/// Automation share (*quota definita in automatico*): completed automatically on completed, in pieces.
///
/// ```text
/// completed automatically / completed * 100
/// ```
///
/// - Unit: per cent, 0 to 100. Higher is better. Rounding: none here. Shown with 2 digits.
/// - Source: domain rules, 2 and 3 (impact, 2026).
///
/// Missing if nothing is recorded, undefined if nothing was completed.
pub fn automation_share(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    let automatic = workload::pieces(asked, node, COMPLETED_AUTOMATICALLY, "Definito in automatico");
    let completed = workload::pieces(asked, node, COMPLETED, "Definito");
    Measured::quotient(label, Unit::Percent, "definito in automatico / definito x 100", automatic, completed, &Exact::hundred())
}
