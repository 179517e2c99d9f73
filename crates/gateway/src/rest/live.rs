//! Live events.

use std::sync::Arc;

use axum::extract::State;

use super::{Asked, query::NoParameters};
use crate::{
    app::Shared,
    events::{Change, EventStream},
    problem::{Problem, ProblemDetails},
};

/// What changes, as it changes (server-sent events).
///
/// First one event `current` for each domain that has told its sequence, then one event `changed` for each change, with data
/// `{"domain": "finance", "sequence": 12}`. A reader that is too slow misses changes in between, never the last one.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    tag = "figures",
    responses(
        (status = 200, body = Change, content_type = "text/event-stream"),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn events(State(app): State<Shared>, Asked(NoParameters {}): Asked<NoParameters>) -> Result<EventStream, Problem> {
    app.events.subscribe(Arc::clone(&app.pulses), app.shutdown.clone())
}
