//! The pyramid of public value.

use axum::{extract::State, response::Response};
use piramide_contracts::publicvalue::DomainState;

use super::{Asked, answer, query::FigureParameters};
use crate::{
    app::Shared,
    cache::Basis,
    problem::{Problem, ProblemDetails},
    pulse::Sources,
    pyramids,
    reading::Pyramid,
    view,
};

/// Where it is.
pub(crate) const PATH: &str = "/api/v1/public-value";

/// The pyramid of public value (valore pubblico): the index with every node under it.
///
/// A domain that does not answer leaves its part missing and the coverage below 100; it never makes a wrong number.
#[utoipa::path(
    get,
    path = PATH,
    tag = "figures",
    params(FigureParameters),
    responses(
        (status = 200, body = view::Pyramid),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn show(State(app): State<Shared>, Asked(parameters): Asked<FigureParameters>) -> Result<Response, Problem> {
    let question = parameters.question()?;
    let pyramid = pyramids::read(&app, &question, app.pulses.heard_of()).await?;
    let basis = basis(&pyramid, question.is_current());
    answer(&view::Pyramid::new(&pyramid, &question.structure, question.period.to_string()), basis)
}

/// What a pyramid rests on; none when a domain did not answer, since it may at any moment.
pub(crate) fn basis(pyramid: &Pyramid, current: bool) -> Option<Basis> {
    basis_of(&pyramid.domains, current)
}

/// What an answer of several domains rests on; none when one did not answer.
pub(crate) fn basis_of(domains: &[DomainState], current: bool) -> Option<Basis> {
    if !domains.iter().all(|domain| domain.available) {
        return None;
    }
    let sequences = domains.iter().map(|domain| (domain.domain.clone(), domain.sequence));
    Some(Basis { sources: Sources::ALL, sequences: if current { sequences.collect() } else { Vec::new() } })
}
