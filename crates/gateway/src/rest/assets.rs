//! The assets.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::FINANCE;

use super::{Asked, answer, basis, query::FigureParameters};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    reading::assets,
    view::assets as view,
};

/// The assets of a structure (patrimonio): the disposal plan with its 70/30 rule, errors of the property database that were fixed, and the
/// securities and funds of the institute.
#[utoipa::path(
    get,
    path = "/api/v1/finance/assets",
    tag = "figures",
    params(FigureParameters),
    responses(
        (status = 200, body = view::Assets),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn get(State(app): State<Shared>, Asked(parameters): Asked<FigureParameters>) -> Result<Response, Problem> {
    let question = parameters.question()?;
    let response = app.upstream.get_assets(&question).await?;
    let basis = basis(FINANCE, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let assets = assets::assets(response).map_err(|cause| Problem::unreadable(FINANCE.name, &cause))?;
    answer(&view::Assets::new(assets, version), Some(basis))
}
