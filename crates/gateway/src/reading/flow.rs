//! Flows of work.

use piramide_contracts::{convert, convert::Invalid, production};
use piramide_measure::{Exact, Provenance};

/// The flow of work at a node of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flow {
    pub(crate) node: String,
    pub(crate) parent: String,
    pub(crate) parent_label: String,
    pub(crate) label: String,
    pub(crate) has_children: bool,
    pub(crate) is_outcome: bool,
    pub(crate) received: Option<i64>,
    pub(crate) completed: Option<i64>,
    pub(crate) completed_automatically: Option<i64>,
    pub(crate) cancelled: Option<i64>,
    pub(crate) transferred_in: Option<i64>,
    pub(crate) transferred_out: Option<i64>,
    pub(crate) opening_backlog: Option<i64>,
    pub(crate) closing_backlog: Option<i64>,
    pub(crate) homogenised_points: Option<Exact>,
    pub(crate) plan_realisation: Option<Exact>,
    pub(crate) productivity: Option<Exact>,
    pub(crate) clearance_ratio: Option<Exact>,
    pub(crate) clearance_ratio_points: Option<Exact>,
    pub(crate) backlog_points: Option<Exact>,
    pub(crate) backlog_days: Option<Exact>,
    pub(crate) disposition_days: Option<Exact>,
    pub(crate) automation_share: Option<Exact>,
    pub(crate) provenance: Option<Provenance>,
}

/// Reads a flow.
pub(crate) fn flow(message: production::Flow) -> Result<Flow, Invalid> {
    let exact = |field: &str, value: Option<&piramide_contracts::types::Exact>| convert::optional_exact(field, value);
    Ok(Flow {
        received: message.received,
        completed: message.completed,
        completed_automatically: message.completed_automatically,
        cancelled: message.cancelled,
        transferred_in: message.transferred_in,
        transferred_out: message.transferred_out,
        opening_backlog: message.opening_backlog,
        closing_backlog: message.closing_backlog,
        homogenised_points: exact("homogenised_points", message.homogenised_points.as_ref())?,
        plan_realisation: exact("plan_realisation", message.plan_realisation.as_ref())?,
        productivity: exact("productivity", message.productivity.as_ref())?,
        clearance_ratio: exact("clearance_ratio", message.clearance_ratio.as_ref())?,
        clearance_ratio_points: exact("clearance_ratio_points", message.clearance_ratio_points.as_ref())?,
        backlog_points: exact("backlog_points", message.backlog_points.as_ref())?,
        backlog_days: exact("backlog_days", message.backlog_days.as_ref())?,
        disposition_days: exact("disposition_days", message.disposition_days.as_ref())?,
        automation_share: exact("automation_share", message.automation_share.as_ref())?,
        provenance: convert::provenance("provenance", message.provenance)?,
        node: message.node_code,
        parent: message.parent_code,
        parent_label: message.parent_label,
        label: message.label,
        has_children: message.has_children,
        is_outcome: message.is_outcome,
    })
}

/// Reads the flows of an answer.
pub(crate) fn flows(messages: Vec<production::Flow>) -> Result<Vec<Flow>, Invalid> {
    let read = |(position, message)| flow(message).map_err(|invalid| invalid.within(&format!("flows.{position}")));
    messages.into_iter().enumerate().map(read).collect()
}
