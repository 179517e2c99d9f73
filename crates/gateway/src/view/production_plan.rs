//! Production plans, as REST answers them.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Explanation, text};
use crate::reading::production_plan as reading;

/// The production plan of a structure for a year (piano di produzione). Points, staff and euro are decimals as strings; null means
/// missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductionPlan {
    /// The structure asked for.
    plan: StructurePlan,
    /// Its load by area, in points.
    areas: Vec<AreaLoad>,
    /// Its levers, then those of the structures under it.
    levers: Vec<Lever>,
    /// The quarters that are over (previsioni I-IV).
    forecasts: Vec<Forecast>,
    /// The structures right under it: they add up to it, but for its own levers.
    children: Vec<StructurePlan>,
    /// How the load that is not covered was reached, and with it every figure above.
    explanation: Explanation,
    /// How the expected backlog in days was reached; null by a service that does not say it yet.
    expected_explanation: Option<Explanation>,
    /// The plan that set targets and levers.
    plan_version: String,
}

/// What a production plan would be if more came in, or others did the work. Nothing is recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanSimulation {
    /// The structure asked for.
    plan: PlanEffect,
    /// Its load by area, in points.
    areas: Vec<AreaEffect>,
    /// The structures right under it.
    children: Vec<PlanEffect>,
    /// How the load that would not be covered was reached.
    explanation: Explanation,
    /// The plan that set targets and levers.
    plan_version: String,
}

/// A plan as it is and as it would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanEffect {
    /// As it is.
    before: StructurePlan,
    /// As it would be.
    after: StructurePlan,
}

/// The load of an area as it is and as it would be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AreaEffect {
    /// As it is.
    before: AreaLoad,
    /// As it would be.
    after: AreaLoad,
}

/// The plan of one structure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StructurePlan {
    /// Its code.
    structure: String,
    /// Its name, in Italian.
    name: String,
    /// Whether it has structures under it.
    has_children: bool,
    /// What has to be done, in points (carico di lavoro).
    workload: Option<String>,
    /// The staff that it takes, in full-time equivalents.
    staff_needed: Option<String>,
    /// The staff there is.
    staff_available: Option<String>,
    /// What the staff there is can do, in points.
    capacity: Option<String>,
    /// Workload less capacity; below zero is room.
    gap: Option<String>,
    /// What the levers bring, in points.
    lever_points: Option<String>,
    /// What the levers cost, in euro.
    lever_euro: Option<String>,
    /// What no lever covers; zero or below when the load is covered.
    uncovered: Option<String>,
    /// What waits at the end of the year if nothing else is done, in points (giacenza finale attesa).
    expected_backlog: Option<String>,
    /// The same in days of what comes in (indice di giacenza atteso).
    expected_backlog_days: Option<String>,
    /// What is then done on what comes in, in points (indice di deflusso atteso).
    expected_clearance_ratio: Option<String>,
    /// Why there is no plan; null when there is one.
    missing_reason: Option<String>,
    /// Offices in the figures.
    offices: i32,
    /// Offices with work recorded whose plan misses something.
    offices_without: i32,
    /// The least certain provenance that entered.
    provenance: Option<&'static str>,
}

/// What has to be done in one area, in points.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AreaLoad {
    /// The area of the catalogue.
    node: String,
    /// Its name, in Italian.
    label: String,
    /// What comes in in the year, from history (pervenuto stimato).
    received: Option<String>,
    /// What waits when the year begins (giacenza iniziale).
    opening_backlog: Option<String>,
    /// What may wait when it ends (giacenza finale obiettivo).
    target_backlog: Option<String>,
    /// Received + opening - target.
    workload: Option<String>,
}

/// What is done about a gap.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Lever {
    /// The structure whose lever it is.
    structure: String,
    /// training, overtime, local_project, help_received or help_given.
    kind: String,
    /// What it is called; for help, the code of the other structure.
    label: String,
    /// The points that it brings; below zero for help given.
    points: Option<String>,
    /// What it costs, in euro.
    euro: Option<String>,
}

/// What the verification of a quarter says, in points.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Forecast {
    /// 1 to 4.
    quarter: i32,
    /// What comes in in the year, by what is known at the end of the quarter.
    received: Option<String>,
    /// What has to be done.
    workload: Option<String>,
    /// What is done by the end of the quarter.
    completed: Option<String>,
    /// What is left to do.
    remaining: Option<String>,
    /// How far the workload is from what the plan says of the same offices, in per cent of it.
    deviation: Option<String>,
    /// The offices in the figures: those whose facts reach the end of the quarter.
    offices: i32,
}

impl ProductionPlan {
    pub(crate) fn new(plan: reading::ProductionPlan, plan_version: String) -> Self {
        Self {
            plan: plan.whole.into(),
            areas: plan.areas.into_iter().map(AreaLoad::from).collect(),
            levers: plan.levers.into_iter().map(Lever::from).collect(),
            forecasts: plan.forecasts.into_iter().map(Forecast::from).collect(),
            children: plan.children.into_iter().map(StructurePlan::from).collect(),
            explanation: plan.derivation.into(),
            expected_explanation: plan.expected.map(Explanation::from),
            plan_version,
        }
    }
}

impl PlanSimulation {
    pub(crate) fn new(simulation: reading::Simulation, plan_version: String) -> Self {
        let plans =
            |effect: reading::Effect<reading::StructurePlan>| PlanEffect { before: effect.before.into(), after: effect.after.into() };
        let areas = |effect: reading::Effect<reading::AreaLoad>| AreaEffect { before: effect.before.into(), after: effect.after.into() };
        Self {
            plan: plans(simulation.whole),
            areas: simulation.areas.into_iter().map(areas).collect(),
            children: simulation.children.into_iter().map(plans).collect(),
            explanation: simulation.derivation.into(),
            plan_version,
        }
    }
}

impl From<reading::StructurePlan> for StructurePlan {
    fn from(plan: reading::StructurePlan) -> Self {
        Self {
            workload: text(plan.workload.as_ref()),
            staff_needed: text(plan.staff_needed.as_ref()),
            staff_available: text(plan.staff_available.as_ref()),
            capacity: text(plan.capacity.as_ref()),
            gap: text(plan.gap.as_ref()),
            lever_points: text(plan.lever_points.as_ref()),
            lever_euro: text(plan.lever_euro.as_ref()),
            uncovered: text(plan.uncovered.as_ref()),
            expected_backlog: text(plan.expected_backlog.as_ref()),
            expected_backlog_days: text(plan.expected_backlog_days.as_ref()),
            expected_clearance_ratio: text(plan.expected_clearance_ratio.as_ref()),
            missing_reason: (!plan.missing.is_empty()).then_some(plan.missing),
            offices: plan.offices,
            offices_without: plan.offices_without,
            provenance: plan.provenance.map(piramide_measure::Provenance::code),
            structure: plan.code,
            name: plan.name,
            has_children: plan.has_children,
        }
    }
}

impl From<reading::AreaLoad> for AreaLoad {
    fn from(load: reading::AreaLoad) -> Self {
        Self {
            received: text(load.received.as_ref()),
            opening_backlog: text(load.opening.as_ref()),
            target_backlog: text(load.target.as_ref()),
            workload: text(load.workload.as_ref()),
            node: load.node,
            label: load.label,
        }
    }
}

impl From<reading::Lever> for Lever {
    fn from(lever: reading::Lever) -> Self {
        Self {
            points: text(lever.points.as_ref()),
            euro: text(lever.euro.as_ref()),
            structure: lever.structure,
            kind: lever.kind,
            label: lever.label,
        }
    }
}

impl From<reading::Forecast> for Forecast {
    fn from(forecast: reading::Forecast) -> Self {
        Self {
            quarter: forecast.quarter,
            received: text(forecast.received.as_ref()),
            workload: text(forecast.workload.as_ref()),
            completed: text(forecast.completed.as_ref()),
            remaining: text(forecast.remaining.as_ref()),
            deviation: text(forecast.deviation.as_ref()),
            offices: forecast.offices,
        }
    }
}
