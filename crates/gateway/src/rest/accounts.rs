//! The watched accounts.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::FINANCE;

use super::{Asked, answer, basis, query::FigureParameters};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    reading::accounts,
    view::accounts as view,
};

/// Transit accounts and accounts on which money is collected (conti GPA): balances against last year's, how old what is open is, what
/// nobody can work on, and what is collected against the targets.
#[utoipa::path(
    get,
    path = "/api/v1/finance/accounts",
    tag = "figures",
    params(FigureParameters),
    responses(
        (status = 200, body = view::Accounts),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn get(State(app): State<Shared>, Asked(parameters): Asked<FigureParameters>) -> Result<Response, Problem> {
    let question = parameters.question()?;
    let response = app.upstream.get_accounts(&question).await?;
    let basis = basis(FINANCE, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let accounts = accounts::accounts(response).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    answer(&view::Accounts::new(accounts, version), Some(basis))
}
