//! The dashboard of quality: indices, how each was reached, what moved it.

mod parameters;

use axum::{extract::State, response::Response};
use piramide_contracts::{domains::QUALITY, quality::Reference};

use self::parameters::{IndexParameters, JudgementParameters, StandingParameters, TrendParameters};
use super::{Asked, answer, basis};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    question::Question,
    reading::{self, quality},
    view::quality as view,
};

/// What an index is compared with, by its name in parameters.
pub(crate) fn reference(text: &str) -> Result<Reference, Problem> {
    match text {
        "budget" => Ok(Reference::Budget),
        "previous_year" => Ok(Reference::PreviousYear),
        other => Err(Problem::parameter("reference", format!("\"{other}\" is neither budget nor previous_year"))),
    }
}

/// The indices of the dashboard (cruscotto qualità), against the budget and against last year.
#[utoipa::path(
    get,
    path = "/api/v1/quality/indices",
    tag = "figures",
    params(IndexParameters),
    responses(
        (status = 200, body = view::QualityIndices),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn list(State(app): State<Shared>, Asked(asked): Asked<IndexParameters>) -> Result<Response, Problem> {
    let question = Question::read(asked.structure, &asked.period, asked.plan, asked.as_of.as_deref())?;
    let response = app.upstream.get_indices(&question, asked.node.unwrap_or_default()).await?;
    let basis = basis(QUALITY, question.is_current(), response.sequence);
    let indices = quality::indices(response.indices).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))?;
    let items = indices.into_iter().map(view::QualityIndex::from).collect();
    answer(&view::QualityIndices { items, next_page_token: String::new(), plan_version: response.plan_version }, Some(basis))
}

/// How an index of the dashboard was reached, down to facts and budgets.
#[utoipa::path(
    get,
    path = "/api/v1/quality/explanation",
    tag = "figures",
    params(JudgementParameters),
    responses(
        (status = 200, body = view::QualityExplained),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn explain(State(app): State<Shared>, Asked(asked): Asked<JudgementParameters>) -> Result<Response, Problem> {
    let (question, node, reference) = asked.question()?;
    let response = app.upstream.explain_index(&question, node, reference).await?;
    let basis = basis(QUALITY, question.is_current(), response.sequence);
    let unreadable = |cause| Problem::unreadable(QUALITY.name, &cause);
    let index = quality::required(response.index).map_err(unreadable)?;
    let derivation = reading::explanation(response.nodes).map_err(unreadable)?;
    answer(&view::QualityExplained::new(index, derivation, response.plan_version), Some(basis))
}

/// What moved an index of the dashboard (analisi dei contributi): areas, indicators and structures, adding up exactly.
#[utoipa::path(
    get,
    path = "/api/v1/quality/contributions",
    tag = "figures",
    params(JudgementParameters),
    responses(
        (status = 200, body = view::QualityContributions),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn contributions(State(app): State<Shared>, Asked(asked): Asked<JudgementParameters>) -> Result<Response, Problem> {
    let (question, node, reference) = asked.question()?;
    let response = app.upstream.get_contributions(&question, node, reference).await?;
    let basis = basis(QUALITY, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let found = quality::contributions(response).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))?;
    answer(&view::QualityContributions::new(found, version), Some(basis))
}

/// An index of the dashboard beside those of other structures (confronto nel cluster): place, quarter, best practice.
#[utoipa::path(
    get,
    path = "/api/v1/quality/comparison",
    tag = "figures",
    params(StandingParameters),
    responses(
        (status = 200, body = view::QualityComparison),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn compare(State(app): State<Shared>, Asked(asked): Asked<StandingParameters>) -> Result<Response, Problem> {
    let (question, node, reference, beside) = asked.question()?;
    let response = app.upstream.compare_indices(&question, node, reference, beside).await?;
    let basis = basis(QUALITY, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let found = quality::comparison(response).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))?;
    answer(&view::QualityComparison::new(found, version), Some(basis))
}

/// An index of the dashboard month by month (andamento), each month alone and from January, against the budget and last year.
#[utoipa::path(
    get,
    path = "/api/v1/quality/trend",
    tag = "figures",
    params(TrendParameters),
    responses(
        (status = 200, body = view::QualityTrend),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn trend(State(app): State<Shared>, Asked(asked): Asked<TrendParameters>) -> Result<Response, Problem> {
    let question = Question::read(asked.structure, &asked.period, asked.plan, asked.as_of.as_deref())?;
    let response = app.upstream.get_trend(&question, asked.node).await?;
    let basis = basis(QUALITY, question.is_current(), response.sequence);
    let points = quality::trend(response.points).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))?;
    let items = points.into_iter().map(view::QualityTrendPoint::from).collect();
    answer(&view::QualityTrend { items, next_page_token: String::new(), plan_version: response.plan_version }, Some(basis))
}
