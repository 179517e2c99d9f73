//! The impact of products.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::PUBLIC_VALUE;

use super::{Asked, answer, pyramid::basis_of, query::FigureParameters};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    reading::impact,
    view::impact as view,
};

/// The impact of products (impatto): response to demand, information and advice, digitalisation and automated share, against the targets and
/// the year before.
///
/// A domain that does not answer leaves its part missing and the coverage below 100; it never makes a wrong number.
#[utoipa::path(
    get,
    path = "/api/v1/public-value/impact",
    tag = "figures",
    params(FigureParameters),
    responses(
        (status = 200, body = view::Impact),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn get(State(app): State<Shared>, Asked(parameters): Asked<FigureParameters>) -> Result<Response, Problem> {
    let question = parameters.question()?;
    let response = app.upstream.get_impact(&question, app.pulses.heard_of()).await?;
    let found = impact::impact(response).map_err(|cause| Problem::unreadable(PUBLIC_VALUE.name, &cause))?;
    let basis = basis_of(&found.domains, question.is_current());
    answer(&view::Impact::from(found), basis)
}
