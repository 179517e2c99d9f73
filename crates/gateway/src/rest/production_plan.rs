//! The production plan of a structure, and what it would be.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::PRODUCTION;

use super::{
    Asked, answer, basis,
    query::{PlanSimulationParameters, ProductionPlanParameters},
};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    reading::production_plan,
    view::production_plan as view,
};

/// The production plan of a structure for a year (piano di produzione): load from history, staff, gap, levers, forecasts of the quarters.
#[utoipa::path(
    get,
    path = "/api/v1/production/plan",
    tag = "figures",
    params(ProductionPlanParameters),
    responses(
        (status = 200, body = view::ProductionPlan),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn get(State(app): State<Shared>, Asked(parameters): Asked<ProductionPlanParameters>) -> Result<Response, Problem> {
    let question = parameters.question()?;
    let response = app.upstream.get_production_plan(&question).await?;
    let basis = basis(PRODUCTION, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let plan = production_plan::production_plan(response).map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?;
    answer(&view::ProductionPlan::new(plan, version), Some(basis))
}

/// What if other work came in, or others did it? The production plan as it is and as it would be. Nothing is recorded.
#[utoipa::path(
    get,
    path = "/api/v1/production/plan-simulation",
    tag = "figures",
    params(PlanSimulationParameters),
    responses(
        (status = 200, body = view::PlanSimulation),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn simulate(State(app): State<Shared>, Asked(parameters): Asked<PlanSimulationParameters>) -> Result<Response, Problem> {
    let (question, assumed) = parameters.read()?;
    let response = app.upstream.simulate_production_plan(&question, assumed).await?;
    let basis = basis(PRODUCTION, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let simulation = production_plan::simulation(response).map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?;
    answer(&view::PlanSimulation::new(simulation, version), Some(basis))
}
