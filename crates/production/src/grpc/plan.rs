//! `GetProductionPlan`: the production plan of a structure.

use piramide_contracts::{
    convert,
    production::{AreaLoad, GetProductionPlanRequest, GetProductionPlanResponse, Lever, PlanForecast, StructurePlan},
    types,
};
use piramide_domain::{Handle, Measured, refusal};
use piramide_plan::Plan;
use tonic::{Code, Status};

use crate::{
    Production,
    asked::Asked,
    planning::{self, Forecast, OwnLever, ProductionPlan, total},
};

/// Answers with the plan of a structure for a year.
pub(super) async fn get(handle: &Handle<Production>, request: GetProductionPlanRequest) -> Result<GetProductionPlanResponse, Status> {
    let GetProductionPlanRequest { structure_code, period, plan, as_of } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let asked = Asked::new(question.query(), question.state());
    if total::year_of(asked.query.period).is_none() {
        let detail = format!("{} is not a year: a production plan is made for one", asked.query.period);
        return Err(refusal::field(Code::InvalidArgument, "period", "PERIOD_NOT_A_YEAR", detail));
    }
    let (whole, below) = total::plans(&asked);
    let plan = question.plan();
    Ok(GetProductionPlanResponse {
        plan: Some(structure(&whole, plan, &asked)),
        areas: whole.areas.iter().map(|load| area(load, plan)).collect(),
        levers: whole.levers.iter().map(lever).collect(),
        forecasts: whole.forecasts.iter().map(forecast).collect(),
        children: below.iter().map(|child| structure(child, plan, &asked)).collect(),
        nodes: convert::explanation_nodes(&whole.uncovered.explanation),
        plan_version: plan.version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

fn value(measured: &Measured) -> Option<types::Exact> {
    measured.value.as_ref().ok().map(types::Exact::from)
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn structure(of: &ProductionPlan, plan: &Plan, asked: &Asked<'_>) -> StructurePlan {
    let structures = plan.structures();
    let provenance = of.workload.explanation.provenance();
    StructurePlan {
        structure_code: of.structure.clone(),
        structure_name: structures.get(&of.structure).map(|structure| structure.name.clone()).unwrap_or_default(),
        has_children: !structures.children(&of.structure, asked.query.period.last_calendar_month()).is_empty(),
        workload: value(&of.workload),
        staff_needed: value(&of.staff_needed),
        staff_available: value(&of.staff_available),
        capacity: value(&of.capacity),
        gap: value(&of.gap),
        lever_points: Some((&of.lever_points).into()),
        lever_euro: Some((&of.lever_euro).into()),
        uncovered: value(&of.uncovered),
        missing_reason: of.uncovered.value.as_ref().err().map(ToString::to_string).unwrap_or_default(),
        offices: count(of.offices),
        offices_without: count(of.offices_without),
        provenance: convert::provenance_number(provenance),
    }
}

fn area(load: &planning::AreaLoad, plan: &Plan) -> AreaLoad {
    AreaLoad {
        node_code: load.node.clone(),
        label: plan.catalogue().node(&load.node).map(|node| node.label.clone()).unwrap_or_default(),
        received: value(&load.received),
        opening_backlog: value(&load.opening),
        target_backlog: value(&load.target),
        workload: value(&load.workload),
    }
}

fn lever(OwnLever { structure, lever, .. }: &OwnLever) -> Lever {
    Lever {
        structure_code: structure.clone(),
        kind: lever.kind.to_string(),
        label: lever.label.clone(),
        points: Some((&lever.points).into()),
        euro: Some((&lever.euro).into()),
    }
}

fn forecast(forecast: &Forecast) -> PlanForecast {
    PlanForecast {
        quarter: forecast.quarter.into(),
        offices: count(forecast.offices),
        received: value(&forecast.received),
        workload: value(&forecast.workload),
        completed: value(&forecast.completed),
        remaining: value(&forecast.remaining),
        deviation: value(&forecast.deviation),
    }
}
