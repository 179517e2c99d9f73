//! The statement of the IEEP.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::FINANCE;

use super::{Asked, answer, basis, query::StatementParameters};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    reading::statement,
    view::statement as view,
};

/// The IEEP of a structure (prospetto dell'IEEP): every item with target, actual, deviation and realisation, the euro sum and the weighted
/// realisation, and the structures right under it.
#[utoipa::path(
    get,
    path = "/api/v1/finance/statement",
    tag = "figures",
    params(StatementParameters),
    responses(
        (status = 200, body = view::Statement),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn get(State(app): State<Shared>, Asked(mut parameters): Asked<StatementParameters>) -> Result<Response, Problem> {
    let assignee = parameters.assignee.take().unwrap_or_default();
    let question = parameters.question()?;
    let response = app.upstream.get_statement(&question, assignee).await?;
    let basis = basis(FINANCE, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let statement = statement::statement(response).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    answer(&view::Statement::new(statement, version), Some(basis))
}
