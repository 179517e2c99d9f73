//! The incentives that rest on the dashboard of quality.

mod parameters;

use axum::{extract::State, response::Response};
use piramide_contracts::domains::QUALITY;

use self::parameters::{IncentiveParameters, ReasonParameters};
use super::{Asked, answer, basis};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    question::Question,
    reading::{self, incentives},
    view::incentives as view,
};

/// The incentives that rest on the indices (incentivo ordinario e speciale): what is asked, and whether it is reached.
#[utoipa::path(
    get,
    path = "/api/v1/quality/incentives",
    tag = "figures",
    params(IncentiveParameters),
    responses(
        (status = 200, body = view::Incentives),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn list(State(app): State<Shared>, Asked(asked): Asked<IncentiveParameters>) -> Result<Response, Problem> {
    let question = Question::read(asked.structure, &asked.period, asked.plan, asked.as_of.as_deref())?;
    let response = app.upstream.get_incentives(&question).await?;
    let basis = basis(QUALITY, question.is_current(), response.sequence);
    let found = incentives::incentives(response.incentives).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))?;
    let items = found.into_iter().map(view::Incentive::from).collect();
    answer(&view::Incentives { items, next_page_token: String::new(), plan_version: response.plan_version }, Some(basis))
}

/// Why an incentive is reached or not: its margin, down to facts, clusters and bands.
#[utoipa::path(
    get,
    path = "/api/v1/quality/incentives/explanation",
    tag = "figures",
    params(ReasonParameters),
    responses(
        (status = 200, body = view::IncentiveExplained),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn explain(State(app): State<Shared>, Asked(asked): Asked<ReasonParameters>) -> Result<Response, Problem> {
    let question = Question::read(asked.structure, &asked.period, asked.plan, asked.as_of.as_deref())?;
    let response = app.upstream.explain_incentive(&question, asked.incentive).await?;
    let basis = basis(QUALITY, question.is_current(), response.sequence);
    let unreadable = |cause| Problem::unreadable(QUALITY.name, &cause);
    let incentive = incentives::required(response.incentive).map_err(unreadable)?;
    let derivation = reading::explanation(response.nodes).map_err(unreadable)?;
    answer(&view::IncentiveExplained::new(incentive, derivation, response.plan_version), Some(basis))
}
