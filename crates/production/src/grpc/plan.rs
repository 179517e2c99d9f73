//! `GetProductionPlan` and `SimulateProductionPlan`: the production plan of a structure, and what it would be.

use piramide_contracts::{
    convert,
    production::{
        AreaEffect, AreaLoad, GetProductionPlanRequest, GetProductionPlanResponse, Lever, PlanEffect, PlanForecast,
        SimulateProductionPlanRequest, SimulateProductionPlanResponse, StructurePlan,
    },
    types,
};
use piramide_domain::{Handle, Measured, Question, at_length, refusal};
use piramide_measure::{Exact, decimal};
use piramide_plan::Plan;
use tonic::{Code, Status};

use crate::{
    Production,
    asked::Asked,
    planning::{self, Assumed, Forecast, OwnLever, ProductionPlan, total},
};

/// Answers with the plan of a structure for a year.
pub(super) async fn get(handle: &Handle<Production>, request: GetProductionPlanRequest) -> Result<GetProductionPlanResponse, Status> {
    let GetProductionPlanRequest { structure_code, period, plan, as_of } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let asked = of_a_year(&question)?;
    let (whole, below) = at_length(|| total::plans(&asked, Assumed::default()));
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
        expected_nodes: convert::explanation_nodes(&whole.outcome.days.explanation),
    })
}

/// Answers with the plan of a structure as it is and as it would be.
pub(super) async fn simulate(
    handle: &Handle<Production>,
    request: SimulateProductionPlanRequest,
) -> Result<SimulateProductionPlanResponse, Status> {
    let question = handle.ask(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
    let asked = of_a_year(&question)?;
    let before = at_length(|| total::plans(&asked, Assumed::default()));
    let assumed = assumed(&request, &asked, &before.0)?;
    let after = at_length(|| total::plans(&asked, assumed));
    let plan = question.plan();
    let effect = |(before, after): (&ProductionPlan, &ProductionPlan)| PlanEffect {
        before: Some(structure(before, plan, &asked)),
        after: Some(structure(after, plan, &asked)),
    };
    // What is assumed adds no structure and no area, so both have the same in the same order.
    let loads = before.0.areas.iter().zip(&after.0.areas);
    Ok(SimulateProductionPlanResponse {
        plan: Some(effect((&before.0, &after.0))),
        areas: loads.map(|(before, after)| AreaEffect { before: Some(area(before, plan)), after: Some(area(after, plan)) }).collect(),
        children: before.1.iter().zip(&after.1).map(effect).collect(),
        nodes: convert::explanation_nodes(&after.0.uncovered.explanation),
        plan_version: plan.version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

/// The question, whose period must be a year.
fn of_a_year<'q>(question: &'q Question<'_, Production>) -> Result<Asked<'q>, Status> {
    let asked = Asked::new(question.query(), question.state());
    if total::year_of(asked.query.period).is_none() {
        let detail = format!("{} is not a year: a production plan is made for one", asked.query.period);
        return Err(refusal::field(Code::InvalidArgument, "period", "PERIOD_NOT_A_YEAR", detail));
    }
    Ok(asked)
}

/// What a request assumes, beside the plan as it is.
fn assumed(request: &SimulateProductionPlanRequest, asked: &Asked<'_>, plan: &ProductionPlan) -> Result<Assumed, Status> {
    let refused = |field: &str, detail: String| refusal::field(Code::InvalidArgument, field, "ASSUMPTION_REFUSED", detail);
    let number = |field: &str, given: Option<&types::Decimal>| {
        let read = |text: &str| decimal::parse(text).map(Exact::from).map_err(|error| refused(field, error.to_string()));
        given.map(|given| read(&given.value)).transpose()
    };
    let percent = number("received_percent", request.received_percent.as_ref())?;
    let staff = number("staff_fte", request.staff_fte.as_ref())?;
    if percent.is_none() && staff.is_none() {
        return Err(refused("received_percent", "nothing is assumed: give received_percent, staff_fte or both".to_owned()));
    }
    let mut assumed = Assumed::default();
    let area = Some(request.node_code.clone()).filter(|node| !node.is_empty());
    if let Some(area) = &area {
        super::node(asked, area)?;
    }
    if let Some(area) = area.as_ref().filter(|area| plan.areas.iter().all(|load| load.node != **area)) {
        let areas: Vec<&str> = plan.areas.iter().map(|load| load.node.as_str()).collect();
        return Err(refused("node_code", format!("\"{area}\" is no area with a load in this plan: there are {}", areas.join(", "))));
    }
    match percent {
        Some(percent) if percent < -Exact::hundred() || percent > Exact::from(MOST_PERCENT) => {
            return Err(refused("received_percent", format!("{} is not between -100 and {MOST_PERCENT}", percent.decimal_text(12))));
        }
        Some(percent) => assumed = assumed.receiving(area, percent),
        None if area.is_some() => {
            return Err(refused("node_code", "says where more comes in, and received_percent how much: give both".to_owned()));
        }
        None => {}
    }
    let Some(staff) = staff else { return Ok(assumed) };
    let Ok(there_are) = &plan.staff_available.value else {
        return Err(refused("staff_fte", format!("nobody knows how many full-time equivalents there are at {}", plan.structure)));
    };
    assumed.with_staff(there_are, &staff).ok_or_else(|| {
        let (there_are, staff) = (there_are.decimal_text(2), staff.decimal_text(12));
        refused(
            "staff_fte",
            format!("there are {there_are} full-time equivalents at {}: {staff} more cannot be shared out", plan.structure),
        )
    })
}

/// How much more work can be assumed to come in, in per cent: eleven times as much is no longer the same office.
const MOST_PERCENT: i64 = 1_000;

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
        expected_backlog: value(&of.outcome.backlog),
        expected_backlog_days: value(&of.outcome.days),
        expected_clearance_ratio: value(&of.outcome.clearance),
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
