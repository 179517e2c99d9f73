//! The spending control, as REST answers it.

use piramide_contracts::finance::{ProjectionBasis, SpendingStanding};
use piramide_measure::Provenance;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Explanation, said, text};
use crate::reading::spending as reading;

/// The spending control of a structure (controllo della spesa), in euro, from January to the end of the period. Numbers are decimals as
/// strings; null means missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Spending {
    /// All chapters together.
    total: SpendingTotal,
    /// The chapters, in the order of the plan.
    items: Vec<SpendingLine>,
    /// Transit accounts against the running costs.
    transit: Vec<TransitShare>,
    /// The structures right under it.
    structures: Vec<SpendingTotal>,
    /// The last month of which anything used is recorded; null when nothing is.
    elapsed: Option<String>,
    /// How the chapter that was asked for stands to its tolerance and its budget, and where it ends the year.
    explanations: Vec<Explanation>,
    /// The plan that gave chapters, budgets and tolerances.
    plan_version: String,
}

/// A chapter.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpendingLine {
    /// Its code.
    chapter: String,
    /// Its code as it is printed.
    official: String,
    /// What it is grouped with.
    group: String,
    /// Its name, in Italian.
    label: String,
    /// What may be spent in the year: the plan's, else what is assigned.
    budget: Option<String>,
    /// What is assigned, with later variations.
    assigned: Option<String>,
    /// What was expected to be used by now.
    forecast: Option<String>,
    /// The round that expected it, 1 to 4.
    forecast_round: Option<i32>,
    /// What is bound to be spent (impegnato).
    committed: Option<String>,
    /// What has been used (utilizzato).
    actual: Option<String>,
    /// What has been paid (pagato).
    paid: Option<String>,
    /// Used against the forecast.
    tolerance: Verdict,
    /// Bound against the budget; used, where nothing bound is recorded.
    commitment: Verdict,
    /// Where the year ends.
    projection: Option<String>,
    /// What that rests on: final, forecast, pro_rata; null when there is none.
    basis: Option<&'static str>,
    /// Where the year ends against the budget.
    outcome: Verdict,
    /// The worst of the three: within, warned, passed; null when nobody can tell.
    standing: Option<&'static str>,
    /// The least certain provenance of what has been used.
    provenance: Option<&'static str>,
    /// What the plan notes about it.
    note: Option<String>,
    /// Why nothing is known to be used; null when something is.
    missing_reason: Option<String>,
}

/// How an amount stands to a rule of the plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verdict {
    /// within, warned, passed; null when nobody can tell.
    standing: Option<&'static str>,
    /// The deviation or share, per cent.
    percent: Option<String>,
    /// The least that is tolerated, in euro; null for no such limit.
    least: Option<String>,
    /// The most that is tolerated, in euro; null for no such limit.
    most: Option<String>,
    /// The rule, as file and line of the plan; null where none holds.
    rule: Option<String>,
}

/// A transit account against the running costs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TransitShare {
    /// The account.
    account: String,
    /// Its name, in Italian.
    label: String,
    /// Its balance at the end of the last month recorded.
    balance: Option<String>,
    /// The running costs so far.
    running: Option<String>,
    /// The balance in per cent of them.
    verdict: Verdict,
}

/// What the chapters of a structure sum to, each over the chapters of which it is known.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SpendingTotal {
    /// The structure.
    structure: String,
    /// Its name, in Italian.
    name: String,
    /// What may be spent in the year.
    budget: Option<String>,
    /// What was expected by now.
    forecast: Option<String>,
    /// What is bound.
    committed: Option<String>,
    /// What has been used.
    actual: Option<String>,
    /// Where the year ends.
    projection: Option<String>,
    /// How many chapters have passed a limit.
    passed: i32,
    /// How many are near one, or are projected to pass it.
    warned: i32,
    /// The least certain provenance of what has been used.
    provenance: Option<&'static str>,
}

impl Spending {
    pub(crate) fn new(spending: reading::Spending, plan_version: String) -> Self {
        Self {
            total: spending.total.into(),
            items: spending.lines.into_iter().map(SpendingLine::from).collect(),
            transit: spending.transit.into_iter().map(TransitShare::from).collect(),
            structures: spending.below.into_iter().map(SpendingTotal::from).collect(),
            elapsed: said(spending.elapsed),
            explanations: spending.derivations.into_iter().map(Explanation::from).collect(),
            plan_version,
        }
    }
}

fn standing(standing: SpendingStanding) -> Option<&'static str> {
    match standing {
        SpendingStanding::Unspecified => None,
        SpendingStanding::Within => Some("within"),
        SpendingStanding::Warned => Some("warned"),
        SpendingStanding::Passed => Some("passed"),
    }
}

fn basis(basis: ProjectionBasis) -> Option<&'static str> {
    match basis {
        ProjectionBasis::Unspecified => None,
        ProjectionBasis::Final => Some("final"),
        ProjectionBasis::Forecast => Some("forecast"),
        ProjectionBasis::ProRata => Some("pro_rata"),
    }
}

impl From<reading::SpendingLine> for SpendingLine {
    fn from(line: reading::SpendingLine) -> Self {
        Self {
            budget: text(line.budget.as_ref()),
            assigned: text(line.assigned.as_ref()),
            forecast: text(line.forecast.as_ref()),
            forecast_round: line.round,
            committed: text(line.committed.as_ref()),
            actual: text(line.actual.as_ref()),
            paid: text(line.paid.as_ref()),
            tolerance: line.tolerance.into(),
            commitment: line.commitment.into(),
            projection: text(line.projection.as_ref()),
            basis: basis(line.basis),
            outcome: line.outcome.into(),
            standing: standing(line.standing),
            provenance: line.provenance.map(Provenance::code),
            chapter: line.code,
            official: line.official,
            group: line.group,
            label: line.label,
            note: said(line.note),
            missing_reason: said(line.missing),
        }
    }
}

impl From<reading::Verdict> for Verdict {
    fn from(verdict: reading::Verdict) -> Self {
        Self {
            standing: standing(verdict.standing),
            percent: text(verdict.percent.as_ref()),
            least: text(verdict.least.as_ref()),
            most: text(verdict.most.as_ref()),
            rule: said(verdict.place),
        }
    }
}

impl From<reading::TransitShare> for TransitShare {
    fn from(share: reading::TransitShare) -> Self {
        Self {
            balance: text(share.balance.as_ref()),
            running: text(share.running.as_ref()),
            verdict: share.verdict.into(),
            account: share.account,
            label: share.label,
        }
    }
}

impl From<reading::SpendingTotal> for SpendingTotal {
    fn from(total: reading::SpendingTotal) -> Self {
        Self {
            budget: text(total.budget.as_ref()),
            forecast: text(total.forecast.as_ref()),
            committed: text(total.committed.as_ref()),
            actual: text(total.actual.as_ref()),
            projection: text(total.projection.as_ref()),
            provenance: total.provenance.map(Provenance::code),
            structure: total.code,
            name: total.name,
            passed: total.passed,
            warned: total.warned,
        }
    }
}
