//! The spending control.

use piramide_contracts::{
    convert,
    convert::Invalid,
    finance::{self, ProjectionBasis, SpendingStanding},
    types,
};
use piramide_measure::{Exact, Provenance};

use super::Step;

/// The spending control of a structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spending {
    pub(crate) lines: Vec<SpendingLine>,
    pub(crate) total: SpendingTotal,
    pub(crate) transit: Vec<TransitShare>,
    pub(crate) below: Vec<SpendingTotal>,
    /// The last month of which anything used is recorded; empty when nothing is.
    pub(crate) elapsed: String,
    pub(crate) derivations: Vec<Step>,
}

/// A chapter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SpendingLine {
    pub(crate) code: String,
    pub(crate) official: String,
    pub(crate) group: String,
    pub(crate) label: String,
    pub(crate) note: String,
    pub(crate) budget: Option<Exact>,
    pub(crate) assigned: Option<Exact>,
    pub(crate) forecast: Option<Exact>,
    pub(crate) round: Option<i32>,
    pub(crate) committed: Option<Exact>,
    pub(crate) actual: Option<Exact>,
    pub(crate) paid: Option<Exact>,
    pub(crate) tolerance: Verdict,
    pub(crate) commitment: Verdict,
    pub(crate) projection: Option<Exact>,
    pub(crate) basis: ProjectionBasis,
    pub(crate) outcome: Verdict,
    pub(crate) standing: SpendingStanding,
    pub(crate) provenance: Option<Provenance>,
    pub(crate) missing: String,
}

/// How an amount stands to a rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) standing: SpendingStanding,
    pub(crate) percent: Option<Exact>,
    pub(crate) least: Option<Exact>,
    pub(crate) most: Option<Exact>,
    pub(crate) place: String,
}

/// A transit account against the running costs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TransitShare {
    pub(crate) account: String,
    pub(crate) label: String,
    pub(crate) balance: Option<Exact>,
    pub(crate) running: Option<Exact>,
    pub(crate) verdict: Verdict,
}

/// What the chapters of a structure sum to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SpendingTotal {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) has_children: bool,
    pub(crate) budget: Option<Exact>,
    pub(crate) forecast: Option<Exact>,
    pub(crate) committed: Option<Exact>,
    pub(crate) actual: Option<Exact>,
    pub(crate) projection: Option<Exact>,
    pub(crate) passed: i32,
    pub(crate) warned: i32,
    pub(crate) provenance: Option<Provenance>,
}

/// Reads the control.
pub(crate) fn spending(message: finance::GetSpendingResponse) -> Result<Spending, Invalid> {
    Ok(Spending {
        lines: message.lines.into_iter().map(line).collect::<Result<_, _>>()?,
        total: total(message.total.ok_or_else(|| Invalid::new("total", "is required"))?)?,
        transit: message.transit.into_iter().map(transit).collect::<Result<_, _>>()?,
        below: message.structures.into_iter().map(total).collect::<Result<_, _>>()?,
        elapsed: message.elapsed.map(|period| period.value).unwrap_or_default(),
        derivations: message.derivations.into_iter().map(|derivation| super::explanation(derivation.nodes)).collect::<Result<_, _>>()?,
    })
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    convert::optional_exact(field, value)
}

/// A standing that a newer service may add is one that nobody here can tell.
fn standing(number: i32) -> SpendingStanding {
    SpendingStanding::try_from(number).unwrap_or(SpendingStanding::Unspecified)
}

fn line(message: finance::SpendingLine) -> Result<SpendingLine, Invalid> {
    Ok(SpendingLine {
        budget: exact("budget", message.budget.as_ref())?,
        assigned: exact("assigned", message.assigned.as_ref())?,
        forecast: exact("forecast", message.forecast.as_ref())?,
        committed: exact("committed", message.committed.as_ref())?,
        actual: exact("actual", message.actual.as_ref())?,
        paid: exact("paid", message.paid.as_ref())?,
        projection: exact("projection", message.projection.as_ref())?,
        tolerance: verdict(message.tolerance)?,
        commitment: verdict(message.commitment)?,
        outcome: verdict(message.outcome)?,
        basis: ProjectionBasis::try_from(message.basis).unwrap_or(ProjectionBasis::Unspecified),
        standing: standing(message.standing),
        provenance: convert::provenance("provenance", message.provenance)?,
        code: message.chapter_code,
        official: message.official_code,
        group: message.group,
        label: message.label,
        note: message.note,
        round: message.forecast_round,
        missing: message.missing_reason,
    })
}

fn verdict(message: Option<finance::ToleranceVerdict>) -> Result<Verdict, Invalid> {
    let message = message.ok_or_else(|| Invalid::new("verdict", "is required"))?;
    Ok(Verdict {
        standing: standing(message.standing),
        percent: exact("percent", message.percent.as_ref())?,
        least: exact("least", message.least.as_ref())?,
        most: exact("most", message.most.as_ref())?,
        place: message.place,
    })
}

fn transit(message: finance::TransitShare) -> Result<TransitShare, Invalid> {
    Ok(TransitShare {
        balance: exact("balance", message.balance.as_ref())?,
        running: exact("running", message.running.as_ref())?,
        verdict: verdict(message.verdict)?,
        account: message.account_code,
        label: message.label,
    })
}

fn total(message: finance::SpendingTotal) -> Result<SpendingTotal, Invalid> {
    Ok(SpendingTotal {
        budget: exact("budget", message.budget.as_ref())?,
        forecast: exact("forecast", message.forecast.as_ref())?,
        committed: exact("committed", message.committed.as_ref())?,
        actual: exact("actual", message.actual.as_ref())?,
        projection: exact("projection", message.projection.as_ref())?,
        provenance: convert::provenance("provenance", message.provenance)?,
        code: message.structure_code,
        name: message.structure_name,
        has_children: message.has_children,
        passed: message.passed,
        warned: message.warned,
    })
}
