//! Who helps whom.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::PRODUCTION;

use super::{Asked, answer, basis, query::FigureParameters};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    reading::subsidiarity,
    view::subsidiarity as view,
};

/// Who helps whom, planned and done, in points (sussidiarietà): the pairs of a structure with others, and those between the structures right
/// under it.
#[utoipa::path(
    get,
    path = "/api/v1/production/subsidiarity",
    tag = "figures",
    params(FigureParameters),
    responses(
        (status = 200, body = view::Subsidiarity),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn get(State(app): State<Shared>, Asked(parameters): Asked<FigureParameters>) -> Result<Response, Problem> {
    let question = parameters.question()?;
    let response = app.upstream.get_subsidiarity(&question).await?;
    let basis = basis(PRODUCTION, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let help = subsidiarity::subsidiarity(response).map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?;
    answer(&view::Subsidiarity::new(help, version), Some(basis))
}
