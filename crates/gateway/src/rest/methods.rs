//! The same facts by the method of each plan.

use axum::{extract::State, response::Response};
use piramide_contracts::domains::QUALITY;

use super::{Asked, answer, basis, query::FigureParameters};
use crate::{
    app::Shared,
    cache::Basis,
    problem::{Problem, ProblemDetails},
    pulse::Sources,
    reading::methods::{self, Method},
    view::quality as view,
};

/// The dashboard of quality by the method of every plan (metodi a confronto): areas, indicators, weights, caps, budgets, and the indices of the
/// same facts under each. The plan of the parameters is not needed.
#[utoipa::path(
    get,
    path = "/api/v1/quality/methods",
    tag = "figures",
    params(FigureParameters),
    responses(
        (status = 200, body = view::QualityMethods),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn list(State(app): State<Shared>, Asked(parameters): Asked<FigureParameters>) -> Result<Response, Problem> {
    let question = parameters.question()?;
    let found = methods::ask(&app, &question).await?;
    let basis = basis_of(&found, question.is_current());
    answer(&view::QualityMethods::new(found), Some(basis))
}

/// What methods rest on: the facts of quality, and the plans, which the pyramid's service keeps.
pub(crate) fn basis_of(methods: &[Method], current: bool) -> Basis {
    let sequence = methods.iter().map(|method| method.sequence).max().unwrap_or_default();
    Basis { sources: Sources::ALL, ..basis(QUALITY, current, sequence) }
}
