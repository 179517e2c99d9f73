//! The state of the gateway, for those who run it.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header::CONTENT_TYPE};
use piramide_service::telemetry;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails, dress::PROBLEM_JSON},
};

/// The state of the gateway and of the services behind it, in the shape that the interoperability model (ModI) asks for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Overview {
    /// Always about:blank: it is not a problem.
    #[serde(rename = "type")]
    kind: &'static str,
    /// In Italian, in short.
    title: &'static str,
    /// 200 while any service answers, 503 otherwise.
    status: u16,
    /// What does not answer.
    detail: String,
    /// The services.
    domains: Vec<DomainStatus>,
}

/// The state of one service.
#[derive(Debug, Serialize, ToSchema)]
struct DomainStatus {
    /// Its domain.
    domain: &'static str,
    /// Whether it answers.
    available: bool,
    /// Since when it has been so, in UTC.
    since: String,
    /// The last ledger sequence that it told.
    sequence: i64,
}

/// Whether the gateway and the services behind it answer.
#[utoipa::path(
    get,
    path = "/status",
    tag = "machinery",
    responses(
        (status = 200, body = Overview, content_type = "application/problem+json", description = "At least one service answers"),
        (status = 503, body = Overview, content_type = "application/problem+json", description = "No service answers")
    )
)]
pub(super) async fn status(State(app): State<Shared>) -> Result<Response, Problem> {
    let states = app.pulses.states();
    let silent: Vec<_> = states.iter().filter(|state| !state.live).map(|state| state.domain.name).collect();
    let (status, title) = match silent.len() {
        0 => (StatusCode::OK, "Servizio disponibile"),
        count if count < states.len() => (StatusCode::OK, "Servizio disponibile in parte"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "Servizio non disponibile"),
    };
    let detail = if silent.is_empty() { "every service answers".to_owned() } else { format!("no answer from {}", silent.join(", ")) };
    let domains = states.iter().map(|state| DomainStatus {
        domain: state.domain.name,
        available: state.live,
        since: state.since.to_string(),
        sequence: state.sequence,
    });
    let body = Overview { kind: "about:blank", title, status: status.as_u16(), detail, domains: domains.collect() };
    let bytes = serde_json::to_vec(&body).map_err(|_| Problem::internal())?;
    Ok((status, [(CONTENT_TYPE, PROBLEM_JSON)], bytes).into_response())
}

/// Whether the process runs. It depends on nobody.
#[utoipa::path(get, path = "/health/live", tag = "machinery", responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn live() -> &'static str {
    "alive\n"
}

/// Whether requests should be sent here: any service answers, what pages open with is made or could not be within a second of the start, and the
/// gateway is not stopping.
#[utoipa::path(
    get,
    path = "/health/ready",
    tag = "machinery",
    responses(
        (status = 200, body = String, content_type = "text/plain"),
        (status = 503, body = ProblemDetails, content_type = "application/problem+json")
    )
)]
pub(super) async fn ready(State(app): State<Shared>) -> Result<&'static str, Problem> {
    if app.shutdown.is_begun() {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "DRAINING", "the gateway is stopping"));
    }
    if !app.pulses.states().iter().any(|state| state.live) {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", "no service behind the gateway answers"));
    }
    if !app.ahead.has_begun() {
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "STARTING", "what pages open with is being made: ask again in a moment"));
    }
    Ok("ready\n")
}

/// Metrics in the text format of Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "machinery", responses((status = 200, body = String, content_type = "text/plain")))]
pub(super) async fn metrics() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], telemetry::metrics::render())
}

/// This document.
#[utoipa::path(get, path = "/openapi.json", tag = "machinery", responses((status = 200, body = Object, content_type = "application/json")))]
pub(super) async fn openapi(State(app): State<Shared>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], app.openapi.clone())
}
