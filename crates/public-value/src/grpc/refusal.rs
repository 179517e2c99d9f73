//! What this service alone refuses, and how it reads on the wire.

use piramide_contracts::convert::Invalid;
use piramide_plan::{Plan, UnknownPlan};
use piramide_service::refusal::Refusal;
use tonic::Status;

pub(crate) fn malformed_period(error: Invalid) -> Status {
    Refusal::invalid("PERIOD_MALFORMED", error.cause.clone()).field("period", error.cause).into()
}

pub(crate) fn unknown_plan(error: &UnknownPlan) -> Status {
    let message = error.to_string();
    Refusal::not_found("PLAN_UNKNOWN", message.clone()).field("plan", message).into()
}

pub(crate) fn unknown_structure(code: &str, plan: &Plan) -> Status {
    let message = format!("\"{code}\" is not a structure of {}", plan.version());
    Refusal::not_found("STRUCTURE_UNKNOWN", message.clone()).field("structure_code", message).into()
}

pub(crate) fn unknown_indicator(code: &str, plan: &Plan) -> Status {
    let message = format!("\"{code}\" is not a node of the pyramid of {}", plan.version());
    Refusal::not_found("INDICATOR_UNKNOWN", message.clone()).field("indicator_code", message).into()
}

pub(crate) fn no_tree(plan: &Plan) -> Status {
    Refusal::precondition_failed("NO_OBJECTIVES", format!("{} has no tree of objectives", plan.version())).into()
}

pub(crate) fn malformed_page(field: &str, message: &str) -> Status {
    Refusal::invalid("PAGE_MALFORMED", message).field(field, message).into()
}

pub(crate) fn too_many_structures(named: usize, most: usize) -> Status {
    let message = format!("{named} structures are named: up to {most} can be, and none means all");
    Refusal::invalid("SIZE", message.clone()).field("structure_codes", message).into()
}
