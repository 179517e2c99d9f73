//! Plans and structures.

use axum::{
    extract::{Path, State},
    response::Response,
};
use piramide_contracts::domains::PUBLIC_VALUE;

use super::{
    Asked, answer,
    query::{NoParameters, PlanParameters, StructureParameters, page_size},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::{Problem, ProblemDetails},
    pulse::Sources,
    view::{
        Page,
        plan::{Plan, Structure},
    },
};

/// The plans, oldest validity first.
#[utoipa::path(
    get,
    path = "/api/v1/plans",
    tag = "organisation",
    responses(
        (status = 200, body = Page<Plan>),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn list(State(app): State<Shared>, Asked(NoParameters {}): Asked<NoParameters>) -> Result<Response, Problem> {
    let plans = app.upstream.list_plans().await?;
    answer(&Page::whole(plans.iter().cloned().map(Plan::from).collect()), Some(Basis::of(Sources::of(PUBLIC_VALUE))))
}

/// The structures of the organisation, in the order of the plan.
#[utoipa::path(
    get,
    path = "/api/v1/structures",
    tag = "organisation",
    params(StructureParameters),
    responses(
        (status = 200, body = Page<Structure>),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn list_structures(State(app): State<Shared>, Asked(parameters): Asked<StructureParameters>) -> Result<Response, Problem> {
    let page_size = page_size(parameters.page_size)?;
    let (plan, page_token) = (parameters.plan.unwrap_or_default(), parameters.page_token.unwrap_or_default());
    let page = app.upstream.list_structures(plan, page_size, page_token).await?;
    let items = page.structures.into_iter().map(Structure::from).collect();
    answer(&Page { items, next_page_token: page.next_page_token }, Some(Basis::of(Sources::of(PUBLIC_VALUE))))
}

/// One structure.
#[utoipa::path(
    get,
    path = "/api/v1/structures/{code}",
    tag = "organisation",
    params(("code" = String, Path, description = "The code of the structure", example = "NAZ"), PlanParameters),
    responses(
        (status = 200, body = Structure),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn show_structure(
    State(app): State<Shared>,
    Path(code): Path<String>,
    Asked(parameters): Asked<PlanParameters>,
) -> Result<Response, Problem> {
    let structure = app.upstream.get_structure(parameters.plan.unwrap_or_default(), code).await?;
    answer(&Structure::from(structure), Some(Basis::of(Sources::of(PUBLIC_VALUE))))
}
