//! What is seen of every request, and what every answer tells the browser.
//!
//! | series | labels | what |
//! | --- | --- | --- |
//! | `http_server_requests_total` | method, route, status | requests answered |
//! | `http_server_request_duration_seconds` | method, route | time to the head of the answer |
//! | `gateway_answers_total` | from | readings answered from memory or by the services, and those made ahead |
//! | `gateway_stalled_connections_total` | | connections let go because their peers took nothing of an answer |

use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use opentelemetry::context::FutureExt;
use piramide_service::{
    Shutdown,
    telemetry::{metrics as recorder, trace},
};
use tracing::{Instrument, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// How often histograms are emptied into their buckets when nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// Headers of every answer. Nothing comes from elsewhere, nothing is inline, nobody frames it.
const SECURITY: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds the security headers, and `no-store` where the handler did not say how to keep the answer.
pub(crate) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Counts and times the request, and takes part in the trace of whoever sent it.
pub(crate) async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = method(request.method());
    // The pattern of the route, never the path: labels are bounded, and codes are not.
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("unknown", MatchedPath::as_str);
    let context = trace::extract(request.headers());
    let span = tracing::info_span!("http", otel.kind = "server", http.request.method = method, http.route = route, trace_id = Empty);
    if let Some(id) = trace::trace_id(&context) {
        span.record("trace_id", id);
        // Fails only where no exporter is set, and then there is nothing to link.
        let _ = span.set_parent(context.clone());
    }
    let response = next.run(request).with_context(context).instrument(span).await;
    times(method, route).record(started.elapsed());
    count(method, route, response.status()).increment(1);
    response
}

/// Makes the series of a page or answer that is sure to be asked for: whoever asks first does not wait for them, and they begin with nothing.
pub(crate) fn expect(route: &'static str) {
    let _ = times("GET", route);
    let _ = count("GET", route, StatusCode::OK);
    let _ = metrics::counter!("gateway_answers_total", "from" => "memory");
}

fn times(method: &'static str, route: &str) -> metrics::Histogram {
    metrics::histogram!("http_server_request_duration_seconds", "method" => method, "route" => route.to_owned())
}

fn count(method: &'static str, route: &str, status: StatusCode) -> metrics::Counter {
    let status = status.as_u16().to_string();
    metrics::counter!("http_server_requests_total", "method" => method, "route" => route.to_owned(), "status" => status)
}

/// Keeps the recorder small until the gateway stops.
pub(crate) async fn upkeep(shutdown: Shutdown) {
    let mut tick = tokio::time::interval(UPKEEP);
    while !shutdown.is_begun() {
        if let Some(handle) = recorder::install() {
            handle.run_upkeep();
        }
        tokio::select! {
            _ = tick.tick() => {}
            () = shutdown.begun() => {}
        }
    }
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
