//! The production plan of a structure.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::PRODUCTION;

use super::{Asked, answer, basis, query::ProductionPlanParameters};
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
