//! Standard costs.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::FINANCE;

use super::{Asked, answer, basis, query::ReconciliationParameters, reconciliation::named};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    reading::standard_costs,
    view::standard_costs as view,
};

/// The standard costs of a structure (costi standard): elementary indicators against the mean of the cluster and the best of it, and the
/// synthetic index, of what is recorded or of the budget of the plan.
#[utoipa::path(
    get,
    path = "/api/v1/finance/standard-costs",
    tag = "figures",
    params(ReconciliationParameters),
    responses(
        (status = 200, body = view::StandardCosts),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn get(State(app): State<Shared>, Asked(mut parameters): Asked<ReconciliationParameters>) -> Result<Response, Problem> {
    let figures = named(parameters.figures.take().as_deref())?;
    let question = parameters.question()?;
    let response = app.upstream.get_standard_costs(&question, figures).await?;
    let basis = basis(FINANCE, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let costs = standard_costs::standard_costs(response).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    answer(&view::StandardCosts::new(costs, version), Some(basis))
}
