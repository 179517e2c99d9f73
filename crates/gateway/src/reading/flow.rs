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
    pub(crate) planned_points: Option<Exact>,
    pub(crate) plan_realisation: Option<Exact>,
    pub(crate) productivity: Option<Exact>,
    pub(crate) productivity_target: Option<Target>,
    pub(crate) clearance_ratio: Option<Exact>,
    pub(crate) clearance_target: Option<Target>,
    pub(crate) clearance_ratio_points: Option<Exact>,
    pub(crate) backlog_points: Option<Exact>,
    pub(crate) backlog_days: Option<Exact>,
    pub(crate) backlog_days_target: Option<Target>,
    pub(crate) disposition_days: Option<Exact>,
    pub(crate) automation_share: Option<Exact>,
    pub(crate) provenance: Option<Provenance>,
}

/// What the plan asks of a figure, and how far the figure is from it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    /// What must be reached.
    pub(crate) value: Exact,
    pub(crate) deviation: Option<Exact>,
    /// What the deviation counts; empty without one.
    pub(crate) deviation_unit: String,
}

/// How a structure was under another in the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// As long as it existed, and still at the end.
    Whole,
    /// In some months only: in others it stood elsewhere.
    Moved,
    /// Until it ended.
    Ended,
}

/// The flow of one of several structures.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StructureFlow {
    pub(crate) structure: String,
    pub(crate) name: String,
    /// Of those under another; `None` too from a service of an earlier version.
    pub(crate) presence: Option<Presence>,
    pub(crate) flow: Flow,
}

/// Reads the flow of one of several structures.
pub(crate) fn of_structure(message: production::StructureFlow) -> Result<StructureFlow, Invalid> {
    let presence = match message.presence() {
        production::Presence::Unspecified => None,
        production::Presence::Whole => Some(Presence::Whole),
        production::Presence::Moved => Some(Presence::Moved),
        production::Presence::Ended => Some(Presence::Ended),
    };
    Ok(StructureFlow { structure: message.structure_code, name: message.structure_name, presence, flow: required(message.flow)? })
}

/// A flow that must be there.
pub(crate) fn required(message: Option<production::Flow>) -> Result<Flow, Invalid> {
    flow(message.ok_or_else(|| Invalid::new("flow", "is required"))?)
}

/// Reads what the plan asks of a figure.
fn target(field: &str, message: Option<production::FlowTarget>) -> Result<Option<Target>, Invalid> {
    let Some(production::FlowTarget { target, deviation, deviation_unit }) = message else { return Ok(None) };
    let read = || {
        let value = convert::optional_exact("target", target.as_ref())?.ok_or_else(|| Invalid::new("target", "is required"))?;
        Ok(Target { value, deviation: convert::optional_exact("deviation", deviation.as_ref())?, deviation_unit })
    };
    read().map(Some).map_err(|invalid: Invalid| invalid.within(field))
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
        planned_points: exact("planned_points", message.planned_points.as_ref())?,
        plan_realisation: exact("plan_realisation", message.plan_realisation.as_ref())?,
        productivity: exact("productivity", message.productivity.as_ref())?,
        productivity_target: target("productivity_target", message.productivity_target)?,
        clearance_target: target("clearance_target", message.clearance_target)?,
        backlog_days_target: target("backlog_days_target", message.backlog_days_target)?,
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
