//! Closings and the verification of a ledger.

use axum::{
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use piramide_contracts::{ledger::ClosePeriodRequest, types};

use super::{Asked, answer, batches::body, fact_keeping, query::NoParameters};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    view::{
        Page,
        ledger::{Closing, NewClosing, Verification},
    },
};

/// The closings of a domain, in the order of recording.
#[utoipa::path(
    get,
    path = "/api/v1/{domain}/closings",
    tag = "facts",
    params(("domain" = String, Path, description = "production, quality, finance or workforce")),
    responses(
        (status = 200, body = Page<Closing>),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn list(
    State(app): State<Shared>,
    Path(domain): Path<String>,
    Asked(NoParameters {}): Asked<NoParameters>,
) -> Result<Response, Problem> {
    let closings = app.upstream.list_closings(fact_keeping(&domain)?).await?;
    answer(&Page::whole(closings.into_iter().map(Closing::from).collect()), None)
}

/// Freezes what is recorded now under a name, for a period (chiusura).
#[utoipa::path(
    post,
    path = "/api/v1/{domain}/closings",
    tag = "facts",
    params(("domain" = String, Path, description = "production, quality, finance or workforce")),
    request_body = NewClosing,
    responses(
        (status = 201, body = Closing),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn close(
    State(app): State<Shared>,
    Path(domain): Path<String>,
    Asked(NoParameters {}): Asked<NoParameters>,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let domain = fact_keeping(&domain)?;
    let bytes = body(bytes)?;
    let closing: NewClosing = serde_json::from_slice(&bytes).map_err(|error| Problem::syntax("BODY_MALFORMED", error.to_string()))?;
    let request = ClosePeriodRequest {
        name: closing.name,
        period: Some(types::Period { value: closing.period }),
        author: closing.author,
        note: closing.note,
    };
    let closed = app.upstream.close_period(domain, request).await?;
    app.pulses.changed(domain, closed.sequence);
    Ok((StatusCode::CREATED, answer(&Closing::from(closed), None)?).into_response())
}

/// Recomputes the chain of hashes of a domain's ledger and names the first entry that does not fit.
#[utoipa::path(
    get,
    path = "/api/v1/{domain}/ledger/verification",
    tag = "facts",
    params(("domain" = String, Path, description = "production, quality, finance or workforce")),
    responses(
        (status = 200, body = Verification),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn verify(
    State(app): State<Shared>,
    Path(domain): Path<String>,
    Asked(NoParameters {}): Asked<NoParameters>,
) -> Result<Response, Problem> {
    let domain = fact_keeping(&domain)?;
    let found = app.upstream.verify_chain(domain).await?;
    if !found.intact {
        // Answers may have been made from what was wrong, at the very sequence of those that are right.
        app.pulses.changed(domain, found.sequence);
    }
    answer(&Verification::new(domain.name, found), None)
}
