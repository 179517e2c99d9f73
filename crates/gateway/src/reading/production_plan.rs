//! Production plans.

use piramide_contracts::{convert, convert::Invalid, production, types};
use piramide_measure::{Exact, Provenance};

use super::Step;

/// The production plan of a structure, with all that stands under it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ProductionPlan {
    pub(crate) whole: StructurePlan,
    pub(crate) areas: Vec<AreaLoad>,
    pub(crate) levers: Vec<Lever>,
    pub(crate) forecasts: Vec<Forecast>,
    pub(crate) children: Vec<StructurePlan>,
    pub(crate) derivation: Step,
    /// How the expected backlog in days was reached; nothing by a service that does not say it yet.
    pub(crate) expected: Option<Step>,
}

/// What would change.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Simulation {
    pub(crate) whole: Effect<StructurePlan>,
    pub(crate) areas: Vec<Effect<AreaLoad>>,
    pub(crate) children: Vec<Effect<StructurePlan>>,
    pub(crate) derivation: Step,
}

/// Something as it is and as it would be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Effect<T> {
    pub(crate) before: T,
    pub(crate) after: T,
}

/// The plan of one structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StructurePlan {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) has_children: bool,
    pub(crate) workload: Option<Exact>,
    pub(crate) staff_needed: Option<Exact>,
    pub(crate) staff_available: Option<Exact>,
    pub(crate) capacity: Option<Exact>,
    pub(crate) gap: Option<Exact>,
    pub(crate) lever_points: Option<Exact>,
    pub(crate) lever_euro: Option<Exact>,
    pub(crate) uncovered: Option<Exact>,
    pub(crate) expected_backlog: Option<Exact>,
    pub(crate) expected_backlog_days: Option<Exact>,
    pub(crate) expected_clearance_ratio: Option<Exact>,
    pub(crate) missing: String,
    pub(crate) offices: i32,
    pub(crate) offices_without: i32,
    pub(crate) provenance: Option<Provenance>,
}

/// What has to be done in one area.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AreaLoad {
    pub(crate) node: String,
    pub(crate) label: String,
    pub(crate) received: Option<Exact>,
    pub(crate) opening: Option<Exact>,
    pub(crate) target: Option<Exact>,
    pub(crate) workload: Option<Exact>,
}

/// What is done about a gap.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lever {
    pub(crate) structure: String,
    pub(crate) kind: String,
    pub(crate) label: String,
    pub(crate) points: Option<Exact>,
    pub(crate) euro: Option<Exact>,
}

/// What a quarter says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Forecast {
    pub(crate) quarter: i32,
    pub(crate) received: Option<Exact>,
    pub(crate) workload: Option<Exact>,
    pub(crate) completed: Option<Exact>,
    pub(crate) remaining: Option<Exact>,
    pub(crate) deviation: Option<Exact>,
    pub(crate) offices: i32,
}

/// Reads a production plan.
pub(crate) fn production_plan(message: production::GetProductionPlanResponse) -> Result<ProductionPlan, Invalid> {
    let whole = message.plan.ok_or_else(|| Invalid::new("plan", "is required"))?;
    Ok(ProductionPlan {
        whole: structure(whole)?,
        areas: message.areas.into_iter().map(area).collect::<Result<_, _>>()?,
        levers: message.levers.into_iter().map(lever).collect::<Result<_, _>>()?,
        forecasts: message.forecasts.iter().map(forecast).collect::<Result<_, _>>()?,
        children: message.children.into_iter().map(structure).collect::<Result<_, _>>()?,
        derivation: super::explanation(message.nodes)?,
        expected: (!message.expected_nodes.is_empty()).then(|| super::explanation(message.expected_nodes)).transpose()?,
    })
}

/// Reads what would change.
pub(crate) fn simulation(message: production::SimulateProductionPlanResponse) -> Result<Simulation, Invalid> {
    let plans = |effect: production::PlanEffect| both(effect.before, effect.after, structure);
    Ok(Simulation {
        whole: plans(message.plan.ok_or_else(|| Invalid::new("plan", "is required"))?)?,
        areas: message.areas.into_iter().map(|effect| both(effect.before, effect.after, area)).collect::<Result<_, _>>()?,
        children: message.children.into_iter().map(plans).collect::<Result<_, _>>()?,
        derivation: super::explanation(message.nodes)?,
    })
}

fn both<M, T>(before: Option<M>, after: Option<M>, read: impl Fn(M) -> Result<T, Invalid>) -> Result<Effect<T>, Invalid> {
    let required = |name, message: Option<M>| read(message.ok_or_else(|| Invalid::new(name, "is required"))?);
    Ok(Effect { before: required("before", before)?, after: required("after", after)? })
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    convert::optional_exact(field, value)
}

fn structure(message: production::StructurePlan) -> Result<StructurePlan, Invalid> {
    Ok(StructurePlan {
        workload: exact("workload", message.workload.as_ref())?,
        staff_needed: exact("staff_needed", message.staff_needed.as_ref())?,
        staff_available: exact("staff_available", message.staff_available.as_ref())?,
        capacity: exact("capacity", message.capacity.as_ref())?,
        gap: exact("gap", message.gap.as_ref())?,
        lever_points: exact("lever_points", message.lever_points.as_ref())?,
        lever_euro: exact("lever_euro", message.lever_euro.as_ref())?,
        uncovered: exact("uncovered", message.uncovered.as_ref())?,
        expected_backlog: exact("expected_backlog", message.expected_backlog.as_ref())?,
        expected_backlog_days: exact("expected_backlog_days", message.expected_backlog_days.as_ref())?,
        expected_clearance_ratio: exact("expected_clearance_ratio", message.expected_clearance_ratio.as_ref())?,
        provenance: convert::provenance("provenance", message.provenance)?,
        code: message.structure_code,
        name: message.structure_name,
        has_children: message.has_children,
        missing: message.missing_reason,
        offices: message.offices,
        offices_without: message.offices_without,
    })
}

fn area(message: production::AreaLoad) -> Result<AreaLoad, Invalid> {
    Ok(AreaLoad {
        received: exact("received", message.received.as_ref())?,
        opening: exact("opening_backlog", message.opening_backlog.as_ref())?,
        target: exact("target_backlog", message.target_backlog.as_ref())?,
        workload: exact("workload", message.workload.as_ref())?,
        node: message.node_code,
        label: message.label,
    })
}

fn lever(message: production::Lever) -> Result<Lever, Invalid> {
    let (points, euro) = (exact("points", message.points.as_ref())?, exact("euro", message.euro.as_ref())?);
    Ok(Lever { structure: message.structure_code, kind: message.kind, label: message.label, points, euro })
}

fn forecast(message: &production::PlanForecast) -> Result<Forecast, Invalid> {
    Ok(Forecast {
        quarter: message.quarter,
        received: exact("received", message.received.as_ref())?,
        workload: exact("workload", message.workload.as_ref())?,
        completed: exact("completed", message.completed.as_ref())?,
        remaining: exact("remaining", message.remaining.as_ref())?,
        deviation: exact("deviation", message.deviation.as_ref())?,
        offices: message.offices,
    })
}
