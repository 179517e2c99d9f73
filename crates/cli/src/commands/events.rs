//! `piramide events`: pieces of work as they happen (*eventi di lavorazione*).

use piramide_contracts::{
    domains::{Domain, PRODUCTION},
    production::{RecordEventsRequest, RecordEventsResponse, WorkEvent, production_service_client::ProductionServiceClient},
    types,
};
use piramide_service::client::{Connection, endless};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::journey::{self, Contract, Settled};
use crate::{
    Answer,
    arguments::Events,
    failure::{Failure, RefusedRow},
    upstream::Upstream,
    work_events::WorkColumns,
};

/// Sends work events until the file or pipe ends and every one is answered.
///
/// # Errors
///
/// When the source cannot be read, production refuses a chunk or stays away. What was answered until then is recorded, and sending
/// everything again is safe.
pub async fn run(upstream: &Upstream, asked: Events) -> Result<Answer, Failure> {
    journey::run(WorkEvents(upstream.production()?), upstream, &asked).await
}

struct WorkEvents(ProductionServiceClient<Connection>);

impl Contract for WorkEvents {
    type Columns = WorkColumns;
    type Chunk = RecordEventsRequest;
    type Answer = RecordEventsResponse;
    const DOMAIN: Domain = PRODUCTION;

    fn chunk(asked: &Events, number: i64, events: Vec<WorkEvent>) -> RecordEventsRequest {
        RecordEventsRequest {
            chunk: number,
            origin: asked.origin.clone(),
            provenance: types::Provenance::from(asked.provenance).into(),
            reason: asked.reason.clone(),
            events,
        }
    }

    fn number(chunk: &RecordEventsRequest) -> i64 {
        chunk.chunk
    }

    async fn open(&self, outgoing: ReceiverStream<RecordEventsRequest>) -> Result<Streaming<RecordEventsResponse>, Status> {
        Ok(self.0.clone().record_events(endless(outgoing)).await?.into_inner())
    }

    fn settled(answer: RecordEventsResponse) -> Settled {
        let RecordEventsResponse { chunk, accepted, duplicates, refused, sequence } = answer;
        let refused =
            refused.into_iter().map(|one| RefusedRow { number: one.number, field: one.field, reason: one.reason, detail: one.detail });
        Settled { chunk, accepted, duplicates, refused: refused.collect(), sequence }
    }
}
