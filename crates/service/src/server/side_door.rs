//! The HTTP side door: what probes and scrapers ask, on its own port, without TLS and without figures.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::health::{Health, Readiness};
use crate::telemetry::metrics;

/// The task that answers there. It goes on through the drain, so that `/health/ready` can say so.
pub(super) fn serve(listener: TcpListener, health: Health) -> JoinHandle<()> {
    metrics::install();
    let router = Router::new()
        .route("/metrics", get(async || ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics::render())))
        .route("/health/live", get(async || "alive\n"))
        .route("/health/ready", get(ready))
        .with_state(health);
    tokio::spawn(async move {
        tokio::select! {
            served = async { axum::serve(listener, router).await } => {
                if let Err(error) = served {
                    tracing::error!(%error, "the HTTP side door closed");
                }
            }
            () = metrics::upkeep() => {}
        }
    })
}

async fn ready(State(health): State<Health>) -> impl IntoResponse {
    match health.readiness() {
        Readiness::Ready => (StatusCode::OK, "ready\n".to_owned()),
        Readiness::NotReady(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")),
        Readiness::Draining => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n".to_owned()),
    }
}
