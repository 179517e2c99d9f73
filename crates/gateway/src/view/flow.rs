//! Flows of work, as REST answers them.

use piramide_measure::Provenance;
use serde::Serialize;
use utoipa::ToSchema;

use super::{MOST_DIGITS, said, text};
use crate::reading::{self, flow::Presence};

/// The flow of work at a node of the catalogue. Pieces are whole numbers, indices decimals as strings; null means missing, which is not
/// zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Flow {
    /// The product, line or area.
    node: String,
    /// The node above it; null for a total.
    parent: Option<String>,
    /// Its name, in Italian.
    label: String,
    /// Whether it has nodes under it.
    has_children: bool,
    /// Whether it is an outcome product (prodotto outcome): what the user receives, a group of products beside the tree of the catalogue.
    is_outcome: bool,
    /// Pieces received (pervenuto).
    received: Option<i64>,
    /// Pieces completed (definito).
    completed: Option<i64>,
    /// Of these, completed automatically.
    completed_automatically: Option<i64>,
    /// Pieces cancelled (eliminato).
    cancelled: Option<i64>,
    /// Pieces taken over from other structures.
    transferred_in: Option<i64>,
    /// Pieces handed over to other structures.
    transferred_out: Option<i64>,
    /// Pieces waiting at the start (giacenza iniziale): what each office opened with first, or had said last before.
    opening_backlog: Option<i64>,
    /// Pieces waiting at the end (giacenza finale): of each office as it said last within a year.
    closing_backlog: Option<i64>,
    /// Homogenised production (produzione omogeneizzata), in points.
    homogenised_points: Option<String>,
    /// Points due by the production plan in the period; null where it sets none, as the targets below.
    planned_points: Option<String>,
    /// Realisation of the production plan, in per cent.
    plan_realisation: Option<String>,
    /// Points per head per month (indice di produttività); only for a total.
    productivity: Option<String>,
    /// What the plan asks of productivity.
    productivity_target: Option<FlowTarget>,
    /// Completed / workload in pieces (indice di deflusso).
    clearance_ratio: Option<String>,
    /// What the plan asks of the clearance ratio in pieces.
    clearance_target: Option<FlowTarget>,
    /// The same in points.
    clearance_ratio_points: Option<String>,
    /// Waiting at the end, in points.
    backlog_points: Option<String>,
    /// Backlog index in days (indice di giacenza).
    backlog_days: Option<String>,
    /// What the plan asks of the backlog index.
    backlog_days_target: Option<FlowTarget>,
    /// Backlog / completed x days: for comparison with other bodies, not the institute's index.
    disposition_days: Option<String>,
    /// Completed automatically on completed, in per cent.
    automation_share: Option<String>,
    /// The least certain provenance that entered.
    provenance: Option<&'static str>,
}

/// What the plan asks of a figure of a flow (obiettivo), for the structure and the period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FlowTarget {
    /// What must be reached.
    target: String,
    /// How far the figure is from it (scostamento), positive when better; null where the figure is.
    deviation: Option<String>,
    /// What the deviation counts: percent, or the unit of the figure; null without one.
    deviation_unit: Option<String>,
}

impl From<reading::flow::Target> for FlowTarget {
    fn from(reading::flow::Target { value, deviation, deviation_unit }: reading::flow::Target) -> Self {
        Self { target: value.decimal_text(MOST_DIGITS), deviation: text(deviation.as_ref()), deviation_unit: said(deviation_unit) }
    }
}

impl From<reading::flow::Flow> for Flow {
    fn from(flow: reading::flow::Flow) -> Self {
        Self {
            node: flow.node,
            parent: (!flow.parent.is_empty()).then_some(flow.parent),
            label: flow.label,
            has_children: flow.has_children,
            is_outcome: flow.is_outcome,
            received: flow.received,
            completed: flow.completed,
            completed_automatically: flow.completed_automatically,
            cancelled: flow.cancelled,
            transferred_in: flow.transferred_in,
            transferred_out: flow.transferred_out,
            opening_backlog: flow.opening_backlog,
            closing_backlog: flow.closing_backlog,
            homogenised_points: text(flow.homogenised_points.as_ref()),
            planned_points: text(flow.planned_points.as_ref()),
            productivity_target: flow.productivity_target.map(Into::into),
            clearance_target: flow.clearance_target.map(Into::into),
            backlog_days_target: flow.backlog_days_target.map(Into::into),
            plan_realisation: text(flow.plan_realisation.as_ref()),
            productivity: text(flow.productivity.as_ref()),
            clearance_ratio: text(flow.clearance_ratio.as_ref()),
            clearance_ratio_points: text(flow.clearance_ratio_points.as_ref()),
            backlog_points: text(flow.backlog_points.as_ref()),
            backlog_days: text(flow.backlog_days.as_ref()),
            disposition_days: text(flow.disposition_days.as_ref()),
            automation_share: text(flow.automation_share.as_ref()),
            provenance: flow.provenance.map(Provenance::code),
        }
    }
}

/// The flows of a structure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Flows {
    /// The flows, in the order of the catalogue.
    pub(crate) items: Vec<Flow>,
    /// Always empty: all flows come in one page.
    pub(crate) next_page_token: String,
    /// The plan that was applied.
    pub(crate) plan_version: String,
}

/// The flow of one of several structures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StructureFlow {
    /// The structure.
    pub(crate) structure: String,
    /// Its name, in Italian.
    pub(crate) name: String,
    /// How it was under the structure asked for in the period: whole, moved (it stood elsewhere in some months) or ended (before the period did);
    /// null for that one itself and for peers. What moved or ended does not sum to the structure.
    pub(crate) presence: Option<&'static str>,
    /// Its flow.
    pub(crate) flow: Flow,
}

impl From<reading::flow::StructureFlow> for StructureFlow {
    fn from(of: reading::flow::StructureFlow) -> Self {
        let presence = of.presence.map(|presence| match presence {
            Presence::Whole => "whole",
            Presence::Moved => "moved",
            Presence::Ended => "ended",
        });
        Self { structure: of.structure, name: of.name, presence, flow: of.flow.into() }
    }
}

/// A structure beside others.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Comparison {
    /// The structure itself, then the others.
    pub(crate) items: Vec<StructureFlow>,
    /// Always empty: all structures come in one page.
    pub(crate) next_page_token: String,
    /// The cluster that they share; null for structures under one another, or without a cluster.
    pub(crate) cluster: Option<String>,
    /// The plan that was applied.
    pub(crate) plan_version: String,
}

/// A flow as it is and as it would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Effect {
    /// As it is.
    pub(crate) before: Flow,
    /// As it would be.
    pub(crate) after: Flow,
}

/// What a coefficient would change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Simulation {
    /// The product and every node above it, in the order of the catalogue.
    pub(crate) items: Vec<Effect>,
    /// Always empty: all effects come in one page.
    pub(crate) next_page_token: String,
    /// The plan that was applied.
    pub(crate) plan_version: String,
}
