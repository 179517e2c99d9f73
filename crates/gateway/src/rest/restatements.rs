//! What changed in production between two closings.

use axum::{extract::State, response::Response};
use piramide_contracts::{domains::PRODUCTION, production::ChangeKind};

use super::{
    Asked, answer, basis,
    query::{RestatementParameters, page_size},
};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    question::point,
    reading::restatements::{self, Kind},
    upstream::restatements::Wanted,
    view::restatements as view,
};

/// What changed in production between two closings and why (rettifiche): the flows that differ, and page by page every quantity that makes
/// them differ, with its batch and reason.
#[utoipa::path(
    get,
    path = "/api/v1/production/changes",
    tag = "figures",
    params(RestatementParameters),
    responses(
        (status = 200, body = view::Restatements),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn list(State(app): State<Shared>, Asked(mut parameters): Asked<RestatementParameters>) -> Result<Response, Problem> {
    let before = point("before", &parameters.before)?;
    let kind = parameters.kind.take().filter(|kind| !kind.is_empty());
    let page_size = page_size(parameters.page_size)?;
    let wanted = Wanted {
        node: parameters.node.take().unwrap_or_default(),
        totals_only: parameters.totals_only.unwrap_or_default(),
        kind: kind.as_deref().map(read).transpose()?.map(ChangeKind::from).unwrap_or_default(),
        page_size,
        page_token: parameters.page_token.take().unwrap_or_default(),
    };
    let question = parameters.question()?;
    let response = app.upstream.restatements(&question, before, wanted).await?;
    let basis = basis(PRODUCTION, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let found = restatements::restatements(response).map_err(|cause| Problem::unreadable(PRODUCTION.name, &cause))?;
    answer(&view::Restatements::new(found, version), Some(basis))
}

fn read(kind: &str) -> Result<Kind, Problem> {
    Kind::parse(kind).ok_or_else(|| Problem::parameter("kind", format!("\"{kind}\" is none of restated, late, displaced")))
}
