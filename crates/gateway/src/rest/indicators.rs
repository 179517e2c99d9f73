//! Results of the domains, and how they were reached.

use axum::{
    extract::{Path, State},
    response::Response,
};
use piramide_contracts::{
    domains::{self, Domain},
    scorecard::GetScorecardResponse,
};
use tokio::task::JoinSet;

use super::{
    Asked, answer, domain, domain_of,
    query::{FigureParameters, ListParameters},
};
use crate::{
    app::Shared,
    cache::Basis,
    problem::{Problem, ProblemDetails},
    pulse::Sources,
    question::Question,
    reading, view,
};

/// The results of one domain, or of every domain that answers.
///
/// Domains that do not answer are listed in `unavailable`; when it is the one asked for, or when none answers, the answer is 503.
#[utoipa::path(
    get,
    path = "/api/v1/indicators",
    tag = "figures",
    params(ListParameters),
    responses(
        (status = 200, body = view::Indicators),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn list(State(app): State<Shared>, Asked(mut parameters): Asked<ListParameters>) -> Result<Response, Problem> {
    let named = parameters.domain.take().filter(|name| !name.is_empty());
    let asked = named.map_or_else(|| Ok(domains::ALL.to_vec()), |name| domain(&name).map(|domain| vec![domain]))?;
    let question = parameters.question()?;
    let sources = if let [one] = asked.as_slice() { Sources::of(*one) } else { Sources::ALL };
    let (mut items, mut unavailable, mut sequences) = (Vec::new(), Vec::new(), Vec::new());
    let mut last_refusal = None;
    for (domain, outcome) in ask_all(&app, asked, &question).await {
        match outcome {
            Ok(response) => {
                sequences.push((domain.name.to_owned(), response.sequence));
                items.extend(results(domain, response)?.into_iter().map(view::Indicator::from));
            }
            Err(problem) if problem.is_unavailable() => {
                unavailable.push(domain.name);
                last_refusal = Some(problem);
            }
            Err(problem) => return Err(problem),
        }
    }
    if let (Some(problem), true) = (last_refusal, sequences.is_empty()) {
        return Err(problem);
    }
    let sequences = if question.is_current() { sequences } else { Vec::new() };
    let basis = unavailable.is_empty().then_some(Basis { sources, sequences });
    answer(&view::Indicators { items, next_page_token: String::new(), unavailable }, basis)
}

/// One result.
#[utoipa::path(
    get,
    path = "/api/v1/indicators/{code}",
    tag = "figures",
    params(("code" = String, Path, description = "The code of the indicator", example = "production.clearance_ratio"), FigureParameters),
    responses(
        (status = 200, body = view::Indicator),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn show(
    State(app): State<Shared>,
    Path(code): Path<String>,
    Asked(parameters): Asked<FigureParameters>,
) -> Result<Response, Problem> {
    let domain = domain_of(&code)?;
    let question = parameters.question()?;
    let response = app.upstream.get_scorecard(domain, &question, vec![code.clone()]).await?;
    let sequences = if question.is_current() { vec![(domain.name.to_owned(), response.sequence)] } else { Vec::new() };
    let result = results(domain, response)?.into_iter().find(|result| result.code == code);
    let result = result.ok_or_else(|| Problem::unknown("INDICATOR_UNKNOWN", format!("{} has no indicator \"{code}\"", domain.name)))?;
    answer(&view::Indicator::from(result), Some(Basis { sources: Sources::of(domain), sequences }))
}

/// One result and its derivation (spiegazione), down to facts and plan values.
#[utoipa::path(
    get,
    path = "/api/v1/indicators/{code}/explanation",
    tag = "figures",
    params(("code" = String, Path, description = "The code of the indicator", example = "production.clearance_ratio"), FigureParameters),
    responses(
        (status = 200, body = view::Explained),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn explain(
    State(app): State<Shared>,
    Path(code): Path<String>,
    Asked(parameters): Asked<FigureParameters>,
) -> Result<Response, Problem> {
    let domain = domain_of(&code)?;
    let question = parameters.question()?;
    let (result, derivation) = explained(&app, domain, &question, &code).await?;
    let body = view::Explained::new(result, derivation, &question.structure, question.period.to_string());
    // The answer says nothing of the sequence it used, so nothing shows that it is as new as what the domain has told since.
    answer(&body, None)
}

/// A result and its derivation, read.
pub(crate) async fn explained(
    app: &Shared,
    domain: Domain,
    question: &Question,
    code: &str,
) -> Result<(reading::Indicator, reading::Step), Problem> {
    let unreadable = |cause| Problem::unreadable(domain.name, &cause);
    let response = app.upstream.explain(domain, question, code).await?;
    let result = response.result.ok_or_else(|| piramide_contracts::convert::Invalid::new("result", "is required")).map_err(unreadable)?;
    Ok((reading::indicator(result).map_err(unreadable)?, reading::explanation(response.nodes).map_err(unreadable)?))
}

/// The results in a domain's answer, read.
pub(crate) fn results(domain: Domain, response: GetScorecardResponse) -> Result<Vec<reading::Indicator>, Problem> {
    let read = |(position, result)| {
        reading::indicator(result).map_err(|cause| Problem::unreadable(domain.name, &cause.within(&format!("results.{position}"))))
    };
    response.results.into_iter().enumerate().map(read).collect()
}

/// Asks every domain at once; the answers come back in the order of the domains.
async fn ask_all(app: &Shared, asked: Vec<Domain>, question: &Question) -> Vec<(Domain, Result<GetScorecardResponse, Problem>)> {
    let mut calls = JoinSet::new();
    for (position, domain) in asked.into_iter().enumerate() {
        let (app, question) = (Shared::clone(app), question.clone());
        calls.spawn(async move { (position, domain, app.upstream.get_scorecard(domain, &question, Vec::new()).await) });
    }
    let mut answers = calls.join_all().await;
    answers.sort_by_key(|(position, _, _)| *position);
    answers.into_iter().map(|(_, domain, answer)| (domain, answer)).collect()
}
