//! The spending control.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::FINANCE;

use super::{Asked, answer, basis, query::SpendingParameters};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    reading::spending,
    view::spending as view,
};

/// The spending control of a structure (controllo della spesa): chapters against forecast and budget under the plan's tolerances, alerts
/// before a limit is passed, and where the year ends.
#[utoipa::path(
    get,
    path = "/api/v1/finance/spending",
    tag = "figures",
    params(SpendingParameters),
    responses(
        (status = 200, body = view::Spending),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn get(State(app): State<Shared>, Asked(mut parameters): Asked<SpendingParameters>) -> Result<Response, Problem> {
    let chapter = parameters.chapter.take().unwrap_or_default();
    let question = parameters.question()?;
    let response = app.upstream.get_spending(&question, chapter).await?;
    let basis = basis(FINANCE, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let spending = spending::spending(response).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    answer(&view::Spending::new(spending, version), Some(basis))
}
