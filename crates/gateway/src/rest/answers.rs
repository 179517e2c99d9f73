//! Single answers to surveys, as they are given (feedback istantaneo).

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use piramide_contracts::{
    domains::QUALITY,
    quality::{RecordAnswersRequest, RecordAnswersResponse, SurveyAnswer},
    types,
};
use piramide_measure::Provenance;

use super::{Asked, answer, batches::body, query::NoParameters};
use crate::{
    app::Shared,
    problem::{FieldProblem, Problem, ProblemDetails},
    view::answers::{NewAnswer, NewAnswers, RecordedAnswers, field},
};

/// Records single answers to surveys: each is recorded or refused by itself, and answered only when it is durable.
///
/// An answer is known by its origin and number: whatever is not answered is sent again, and counts once. What cannot be is listed with its
/// field and reason, the others are recorded; where none can be, the request is refused with all the reasons. Nothing tells who answered,
/// or on which day: draw numbers that lead to nobody.
#[utoipa::path(
    post,
    path = "/api/v1/quality/answers",
    tag = "facts",
    request_body = NewAnswers,
    responses(
        (status = 201, body = RecordedAnswers, description = "Some were recorded now"),
        (status = 200, body = RecordedAnswers, description = "All that are not refused had been recorded before"),
        (status = "default", body = ProblemDetails, content_type = "application/problem+json", description = "What is wrong, answer by answer")
    )
)]
pub(super) async fn record(
    State(app): State<Shared>,
    Asked(NoParameters {}): Asked<NoParameters>,
    bytes: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let bytes = body(bytes)?;
    let sent: NewAnswers = serde_json::from_slice(&bytes).map_err(|error| Problem::syntax("BODY_MALFORMED", error.to_string()))?;
    let numbers: Vec<i64> = sent.answers.iter().map(|answer| answer.number).collect();
    let outcome = app.upstream.record_answers(request(sent)?).await;
    // Whoever reads after this answer reads what they have just written, also where only the receipt was lost on its way.
    let written = outcome.as_ref().map_or_else(Problem::may_have_written, |recorded| recorded.accepted + recorded.duplicates > 0);
    if written {
        app.pulses.changed(QUALITY, outcome.as_ref().map_or(0, |recorded| recorded.sequence));
    }
    let recorded = outcome?;
    if recorded.accepted == 0 && recorded.duplicates == 0 && !recorded.refused.is_empty() {
        return Err(refused(&numbers, recorded));
    }
    let status = if recorded.accepted > 0 { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, answer(&RecordedAnswers::from(recorded), None)?).into_response())
}

fn request(sent: NewAnswers) -> Result<RecordAnswersRequest, Problem> {
    let provenance: Provenance = sent
        .provenance
        .parse()
        .map_err(|error: piramide_measure::provenance::ProvenanceError| Problem::parameter("provenance", error.to_string()))?;
    let message = |answer: NewAnswer| SurveyAnswer {
        number: answer.number,
        survey_code: answer.survey,
        sample_code: answer.sample,
        stratum_code: answer.stratum,
        channel_code: answer.channel,
        factor_code: answer.factor,
        structure_code: answer.structure,
        month: Some(types::Period { value: answer.month }),
        mark: answer.mark,
        answers: answer.answers,
    };
    Ok(RecordAnswersRequest {
        chunk: 1,
        origin: sent.origin,
        provenance: types::Provenance::from(provenance).into(),
        reason: sent.reason.unwrap_or_default(),
        answers: sent.answers.into_iter().map(message).collect(),
    })
}

/// Why none of the answers is recorded: the reason of the first, and all of them by their place in the request.
fn refused(numbers: &[i64], recorded: RecordAnswersResponse) -> Problem {
    let reason = recorded.refused.first().map(|first| first.reason.clone()).unwrap_or_default();
    let detail = match recorded.refused.as_slice() {
        [one] => one.detail.clone(),
        several => format!("none of {} answers is recorded", several.len()),
    };
    let place = |number: i64| numbers.iter().zip(1..).find(|(sent, _)| **sent == number).map(|(_, place)| place);
    let error = |one: piramide_contracts::quality::RefusedAnswer| FieldProblem {
        line: place(one.number),
        column: field(&one.field),
        detail: format!("{}: {}", one.reason, one.detail),
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, reason, detail).listing(recorded.refused.into_iter().map(error).collect())
}
