//! `piramide answers`: marks as users and staff give them (*feedback istantaneo*, risposte alle indagini).

use piramide_contracts::{
    domains::{Domain, QUALITY},
    quality::{RecordAnswersRequest, RecordAnswersResponse, SurveyAnswer, quality_service_client::QualityServiceClient},
    types,
};
use piramide_service::client::{Connection, endless};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::journey::{self, Contract, Settled};
use crate::{
    Answer,
    arguments::{Answers, Events},
    failure::{Failure, RefusedRow},
    survey_answers::AnswerColumns,
    upstream::Upstream,
};

/// Sends answers until the file or pipe ends and every one is answered for.
///
/// # Errors
///
/// When the source cannot be read, quality refuses a chunk or stays away. What was answered for until then is recorded, and sending
/// everything again is safe.
pub async fn run(upstream: &Upstream, asked: Answers) -> Result<Answer, Failure> {
    let Answers { file, origin, provenance, reason } = asked;
    journey::run(SurveyAnswers(upstream.quality()?), upstream, &Events { file, origin, provenance, reason }).await
}

struct SurveyAnswers(QualityServiceClient<Connection>);

impl Contract for SurveyAnswers {
    type Columns = AnswerColumns;
    type Chunk = RecordAnswersRequest;
    type Answer = RecordAnswersResponse;
    const DOMAIN: Domain = QUALITY;

    fn chunk(asked: &Events, number: i64, answers: Vec<SurveyAnswer>) -> RecordAnswersRequest {
        RecordAnswersRequest {
            chunk: number,
            origin: asked.origin.clone(),
            provenance: types::Provenance::from(asked.provenance).into(),
            reason: asked.reason.clone(),
            answers,
        }
    }

    fn number(chunk: &RecordAnswersRequest) -> i64 {
        chunk.chunk
    }

    async fn open(&self, outgoing: ReceiverStream<RecordAnswersRequest>) -> Result<Streaming<RecordAnswersResponse>, Status> {
        Ok(self.0.clone().record_answers(endless(outgoing)).await?.into_inner())
    }

    fn settled(answer: RecordAnswersResponse) -> Settled {
        let RecordAnswersResponse { chunk, accepted, duplicates, refused, sequence } = answer;
        let refused =
            refused.into_iter().map(|one| RefusedRow { number: one.number, field: one.field, reason: one.reason, detail: one.detail });
        Settled { chunk, accepted, duplicates, refused: refused.collect(), sequence }
    }
}
