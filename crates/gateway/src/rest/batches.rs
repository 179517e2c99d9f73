//! Submitting facts, and their receipts.

use axum::{
    body::Bytes,
    extract::{FromRequest, Path, Request, State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header::LOCATION};

use super::{Asked, answer, fact_keeping, query::NoParameters, submission};
use crate::{
    app::Shared,
    problem::{Problem, ProblemDetails},
    view::{ledger::Receipt, link::encode},
};

/// Submits a batch of facts: recorded whole or not at all, and answered only when it is durable.
///
/// Send a CSV file with the columns `structure`, the domain's subject (`product`, `measure` or `item`), `period` and quantities, or the
/// same as JSON. What describes the batch goes into the JSON object, or for CSV into the query or into headers
/// (`Piramide-Provenance`, `Piramide-Origin`, `Piramide-Reason`, `Piramide-Note`, `Piramide-Control-Rows`, `Piramide-Squaring`). Sending the
/// same batch again under the same key changes nothing and gets the first receipt, so a retry is always safe. Quantities may also have control totals:
/// `control.received=1200`.
#[utoipa::path(
    post,
    path = "/api/v1/{domain}/batches",
    tag = "facts",
    params(
        ("domain" = String, Path, description = "production, quality, finance or workforce"),
        ("Idempotency-Key" = String, Header, description = "The identifier of the batch: 1 to 128 printable ASCII characters without spaces"),
        submission::DescriptionParameters
    ),
    request_body(
        content(
            (String = "text/csv", example = "structure,product,period,received\nNAZ,P1,2020-12,10\n"),
            (submission::JsonBatch = "application/json")
        ),
        description = "The facts. An Italian file (semicolons, decimal commas) is declared: `text/csv; dialect=italian`"
    ),
    responses(
        (status = 201, body = Receipt, description = "Recorded"),
        (status = 200, body = Receipt, description = "It had been recorded before: the first receipt again"),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong, row by row")
    )
)]
pub(super) async fn submit(State(app): State<Shared>, Path(domain): Path<String>, request: Request) -> Result<Response, Problem> {
    let domain = fact_keeping(&domain)?;
    // Taken before the body is read: so many bodies, and no more, are in memory.
    let _place = app.uploads.try_acquire().map_err(|_| {
        let detail = "as many submissions as this gateway holds are in progress: send it again later under the same key";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "OVERLOAD", detail)
    })?;
    let declared = submission::Declared::read(request.headers(), request.uri())?;
    let bytes = body(Bytes::from_request(request, &()).await)?;
    let large = bytes.len() > app.limits.body;
    // Parsing a large file takes long enough to keep other requests from this thread.
    let parsed = tokio::task::spawn_blocking(move || declared.parse(domain, &bytes)).await;
    let (header, rows) = parsed.map_err(|_| Problem::internal())??;
    let outcome = app.upstream.submit(domain, header, rows, large).await;
    // Whoever reads after this answer reads what they have just written, also where only the receipt was lost on its way.
    if outcome.as_ref().map_or_else(Problem::may_have_written, |_| true) {
        app.pulses.changed(domain, outcome.as_ref().map_or(0, |(receipt, _)| receipt.sequence));
    }
    let (receipt, replayed) = outcome?;
    let mut location = format!("/api/v1/{}/batches/", domain.name);
    encode(&receipt.batch_id, &mut location);
    let view = Receipt::new(domain.name, receipt, replayed).map_err(|cause| Problem::unreadable(domain.name, &cause))?;
    let mut response = answer(&view, None)?;
    if !replayed {
        *response.status_mut() = StatusCode::CREATED;
        if let Ok(location) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(LOCATION, location);
        }
    }
    Ok(response)
}

/// The receipt of a batch.
#[utoipa::path(
    get,
    path = "/api/v1/{domain}/batches/{id}",
    tag = "facts",
    params(
        ("domain" = String, Path, description = "production, quality, finance or workforce"),
        ("id" = String, Path, description = "The identifier of the batch")
    ),
    responses(
        (status = 200, body = Receipt),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong")
    )
)]
pub(super) async fn show(
    State(app): State<Shared>,
    Path((domain, id)): Path<(String, String)>,
    Asked(NoParameters {}): Asked<NoParameters>,
) -> Result<Response, Problem> {
    let domain = fact_keeping(&domain)?;
    let receipt = app.upstream.get_batch(domain, id).await?;
    answer(&Receipt::new(domain.name, receipt, false).map_err(|cause| Problem::unreadable(domain.name, &cause))?, None)
}

/// The body of a request, or why it cannot be had.
pub(super) fn body(bytes: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    bytes.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "SIZE", "the body is larger than this path takes: split it into several batches")
        }
        _ => Problem::syntax("BODY_MALFORMED", "the body ended early or could not be read: send it again"),
    })
}
