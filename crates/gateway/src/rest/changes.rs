//! What changed between two closings.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::FINANCE;

use super::{Asked, answer, basis, query::ChangesParameters};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    question::point,
    reading::changes,
    view::changes as view,
};

/// What changed between two closings and why (rettifiche): every fact of finance that is not what it was, with its batch and reason,
/// adding up to the difference of the IEEP.
#[utoipa::path(
    get,
    path = "/api/v1/finance/changes",
    tag = "figures",
    params(ChangesParameters),
    responses(
        (status = 200, body = view::Changes),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn get(State(app): State<Shared>, Asked(parameters): Asked<ChangesParameters>) -> Result<Response, Problem> {
    let before = point("before", &parameters.before)?;
    let question = parameters.question()?;
    let response = app.upstream.compare_closings(&question, before).await?;
    let basis = basis(FINANCE, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let changes = changes::changes(response).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    answer(&view::Changes::new(changes, version), Some(basis))
}
