//! Which plan answers, and whether the structure and the period are ones it can speak of.

use std::sync::Arc;

use piramide_measure::Period;
use piramide_plan::{Plan, Plans};
use tonic::{Code, Status};

use crate::refusal;

/// The plan of that name or version; without one, the plan in force in the period, or the newest when there is no period.
///
/// # Errors
///
/// `NOT_FOUND` when there is none, with those that there are.
pub(crate) fn plan<'a>(plans: &'a Plans, name: &str, period: Option<Period>) -> Result<&'a Arc<Plan>, Status> {
    plans.choose(name, period).map_err(|error| refusal::field(Code::NotFound, "plan", "PLAN_UNKNOWN", error.to_string()))
}

/// Refuses a structure that the plan does not know.
///
/// # Errors
///
/// `NOT_FOUND`.
pub(crate) fn structure(plan: &Plan, code: &str) -> Result<(), Status> {
    let unknown = || {
        refusal::field(
            Code::NotFound,
            "structure_code",
            "STRUCTURE_UNKNOWN",
            format!("\"{code}\" is not a structure of {}", plan.version()),
        )
    };
    plan.structures().get(code).map(|_| ()).ok_or_else(unknown)
}

/// Reads the period of a question.
///
/// # Errors
///
/// `INVALID_ARGUMENT` when it is absent or malformed.
pub(crate) fn period(message: Option<&piramide_contracts::types::Period>) -> Result<Period, Status> {
    piramide_contracts::convert::period("period", message)
        .map_err(|error| refusal::field(Code::InvalidArgument, "period", "PERIOD_MALFORMED", error.cause))
}
