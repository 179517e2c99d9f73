//! What users and staff say.

mod parameters;

use axum::{extract::State, response::Response};
use piramide_contracts::domains::QUALITY;

use self::parameters::{MeanParameters, SurveyParameters};
use super::{Asked, answer, basis};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    reading::surveys,
    view::surveys as view,
};

/// What users and staff say (customer experience): means of marks with their intervals, by sample, channel and stratum.
#[utoipa::path(
    get,
    path = "/api/v1/quality/surveys",
    tag = "figures",
    params(SurveyParameters),
    responses(
        (status = 200, body = view::Surveys),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn list(State(app): State<Shared>, Asked(asked): Asked<SurveyParameters>) -> Result<Response, Problem> {
    let (question, survey) = asked.question()?;
    let response = app.upstream.get_surveys(&question, survey).await?;
    let basis = basis(QUALITY, question.is_current(), response.sequence);
    let found = surveys::surveys(response.surveys).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))?;
    let items = found.into_iter().map(view::Survey::from).collect();
    answer(&view::Surveys { items, next_page_token: String::new(), plan_version: response.plan_version }, Some(basis))
}

/// How the mean of a factor in a sample of a survey, and its interval, were reached.
#[utoipa::path(
    get,
    path = "/api/v1/quality/surveys/explanation",
    tag = "figures",
    params(MeanParameters),
    responses(
        (status = 200, body = view::SurveyMeanExplained),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn explain(State(app): State<Shared>, Asked(asked): Asked<MeanParameters>) -> Result<Response, Problem> {
    let (question, codes) = asked.question()?;
    let response = app.upstream.explain_survey_mean(&question, codes).await?;
    let basis = basis(QUALITY, question.is_current(), response.sequence);
    let version = response.plan_version.clone();
    let explained = surveys::explained(response).map_err(|cause| Problem::unreadable(QUALITY.name, &cause))?;
    answer(&view::SurveyMeanExplained::new(explained, version), Some(basis))
}
