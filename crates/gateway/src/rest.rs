//! The REST door: one file per resource, and the OpenAPI document made from them.

mod accounts;
mod answers;
mod assets;
mod batches;
mod changes;
mod closings;
pub(crate) mod costs;
mod feeds;
mod flows;
mod impact;
mod incentives;
pub(crate) mod indicators;
mod live;
mod machinery;
pub(crate) mod methods;
mod plans;
mod production_plan;
pub(crate) mod pyramid;
pub(crate) mod quality;
mod query;
pub(crate) mod reconciliation;
mod restatements;
mod spending;
mod standard_costs;
pub(crate) mod statement;
pub(crate) mod submission;
mod subsidiarity;
mod surveys;

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use piramide_contracts::domains::{self, Domain};
use serde::Serialize;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) use query::Asked;

use crate::{app::Shared, cache::Basis, problem::Problem, pulse::Sources};

/// The head of the OpenAPI document; paths and schemas come from the handlers.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Piramide",
        description = "How a public institution performs: its pyramid of public value, the indicators under it, how each figure was reached, and \
                       the facts it rests on. Numbers are decimals as strings; null means missing, which is not zero. A quotient without a decimal \
                       of at most 12 digits after the point is rounded to as many, half away from zero; the exact fraction travels over gRPC. \
                       Every error is RFC 9457 problem details with a stable `reason`.",
    ),
    tags(
        (name = "figures", description = "Results and how they were reached"),
        (name = "organisation", description = "Plans and structures"),
        (name = "facts", description = "Submitting facts, and the proof that none was altered"),
        (name = "machinery", description = "State of the gateway")
    )
)]
struct Document;

/// Routes that read figures, and pass through the cache.
pub(crate) fn readings() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(pyramid::show))
        .routes(routes!(impact::get))
        .routes(routes!(indicators::list))
        .routes(routes!(indicators::show))
        .routes(routes!(indicators::explain))
        .routes(routes!(flows::list))
        .routes(routes!(flows::compare))
        .routes(routes!(flows::simulate))
        .routes(routes!(flows::ages))
        .routes(routes!(production_plan::get))
        .routes(routes!(production_plan::simulate))
        .routes(routes!(statement::get))
        .routes(routes!(costs::get))
        .routes(routes!(changes::get))
        .routes(routes!(restatements::list))
        .routes(routes!(subsidiarity::get))
        .routes(routes!(standard_costs::get))
        .routes(routes!(spending::get))
        .routes(routes!(accounts::get))
        .routes(routes!(assets::get))
        .routes(routes!(quality::list))
        .routes(routes!(quality::explain))
        .routes(routes!(quality::contributions))
        .routes(routes!(quality::compare))
        .routes(routes!(quality::trend))
        .routes(routes!(incentives::list))
        .routes(routes!(incentives::explain))
        .routes(routes!(methods::list))
        .routes(routes!(surveys::list))
        .routes(routes!(surveys::explain))
        .routes(routes!(reconciliation::figures))
        .routes(routes!(plans::list))
        .routes(routes!(plans::list_structures))
        .routes(routes!(plans::show_structure))
}

/// Routes that change a ledger or read it as it is now.
pub(crate) fn ledgers() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(answers::record))
        .routes(routes!(batches::show))
        .routes(routes!(closings::list, closings::close))
        .routes(routes!(closings::verify))
        .routes(routes!(feeds::list))
        .routes(routes!(reconciliation::table))
        .routes(routes!(live::events))
        .routes(routes!(machinery::status))
        .routes(routes!(machinery::live))
        .routes(routes!(machinery::ready))
        .routes(routes!(machinery::metrics))
        .routes(routes!(machinery::openapi))
}

/// The one route that takes large bodies.
pub(crate) fn uploads() -> OpenApiRouter<Shared> {
    OpenApiRouter::new().routes(routes!(batches::submit))
}

/// An answer that may be kept while its basis holds.
fn answer(body: &impl Serialize, basis: Option<Basis>) -> Result<Response, Problem> {
    let mut bytes = serde_json::to_vec(body).map_err(|_| Problem::internal())?;
    // It may be kept for long.
    bytes.shrink_to_fit();
    let mut response = ([(CONTENT_TYPE, "application/json")], bytes).into_response();
    if let Some(basis) = basis {
        response.extensions_mut().insert(basis);
    }
    Ok(response)
}

/// What an answer of one domain rests on.
pub(crate) fn basis(domain: Domain, current: bool, sequence: i64) -> Basis {
    let sequences = if current { vec![(domain.name.to_owned(), sequence)] } else { Vec::new() };
    Basis { sources: Sources::of(domain), sequences }
}

/// The fact-keeping domain that a path names.
fn fact_keeping(name: &str) -> Result<Domain, Problem> {
    domains::FACT_KEEPING.into_iter().find(|domain| domain.name == name).ok_or_else(|| unknown_domain(name, &domains::FACT_KEEPING))
}

/// The domain that a parameter or a page names.
pub(crate) fn domain(name: &str) -> Result<Domain, Problem> {
    domains::named(name).ok_or_else(|| unknown_domain(name, &domains::ALL))
}

/// The domain that answers for an indicator.
pub(crate) fn domain_of(code: &str) -> Result<Domain, Problem> {
    domains::of_indicator(code).ok_or_else(|| {
        let known: Vec<_> = domains::ALL.iter().map(|domain| format!("{}.", domain.name)).collect();
        Problem::unknown("INDICATOR_UNKNOWN", format!("\"{code}\" is not the code of an indicator: codes start with {}", known.join(", ")))
    })
}

fn unknown_domain(name: &str, known: &[Domain]) -> Problem {
    let known: Vec<_> = known.iter().map(|domain| domain.name).collect();
    Problem::unknown("DOMAIN_UNKNOWN", format!("\"{name}\" is not a domain here: choose one of {}", known.join(", ")))
}
