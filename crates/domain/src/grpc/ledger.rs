//! `piramide.ledger.v1.LedgerService`.

use std::pin::Pin;

use piramide_contracts::{
    batch::ContentHash,
    convert::{self, hexadecimal},
    ledger::{
        ClosePeriodRequest, ClosePeriodResponse, Closing, DescribeFactsRequest, DescribeFactsResponse, Feed, GetBatchRequest,
        GetBatchResponse, ListBatchesRequest, ListBatchesResponse, ListClosingsRequest, ListClosingsResponse, ListFeedsRequest,
        ListFeedsResponse, NumberRange, QuantityDescription, Receipt, SubmitBatchRequest, SubmitBatchResponse, TailRequest, TailResponse,
        VerifyChainRequest, VerifyChainResponse, ledger_service_server::LedgerService, submit_batch_request::Part,
    },
    types,
};
use piramide_ledger::{NewClosing, Preparing, Submitted, Verification};
use piramide_measure::{Month, Period};
use piramide_service::refusal::Refusal;
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Code, Request, Response, Status, Streaming};

use super::Adapter;
use crate::{
    Domain,
    host::Host,
    incoming::Reading,
    paging, refusal, resolve,
    submission::{Submission, is_identifier},
};

/// The most rows in one batch: beyond it memory would grow with what a sender announces.
const MOST_ROWS: usize = 1_000_000;
/// What a token of a page begins with; after it comes what the last element of the page before is ordered by.
const AFTER: &str = "after-";
/// Receipts that a tail reads at once.
const TAILED: u32 = 100;

#[async_trait::async_trait]
impl<D: Domain> LedgerService for Adapter<D> {
    async fn describe_facts(&self, _request: Request<DescribeFactsRequest>) -> Result<Response<DescribeFactsResponse>, Status> {
        let quantity = |quantity: &crate::Quantity| QuantityDescription {
            name: quantity.name.to_owned(),
            scale: i32::try_from(quantity.scale).unwrap_or_default(),
            description: quantity.label.to_owned(),
        };
        Ok(Response::new(DescribeFactsResponse {
            subject_name: D::IDENTITY.subject.unwrap_or_default().to_owned(),
            quantities: D::QUANTITIES.iter().map(quantity).collect(),
        }))
    }

    async fn submit_batch(&self, request: Request<Streaming<SubmitBatchRequest>>) -> Result<Response<SubmitBatchResponse>, Status> {
        let submission = collect(&self.0, request.into_inner()).await?;
        let host = self.0.clone();
        // In a task of its own: a caller that leaves now must not leave a batch half way.
        let submitted = tokio::spawn(async move { host.submit(submission).await });
        let submitted = submitted.await.map_err(|_| Refusal::bug())??;
        let replayed = matches!(submitted, Submitted::Replayed(_));
        Ok(Response::new(SubmitBatchResponse { receipt: Some(receipt(submitted.receipt())), replayed }))
    }

    async fn get_batch(&self, request: Request<GetBatchRequest>) -> Result<Response<GetBatchResponse>, Status> {
        let id = &request.get_ref().batch_id;
        let found = self.0.ledger.receipt(id).await.map_err(refusal::of_ledger)?;
        let unknown = || refusal::field(Code::NotFound, "batch_id", "BATCH_UNKNOWN", format!("{} has no batch \"{id}\"", D::IDENTITY.name));
        Ok(Response::new(GetBatchResponse { receipt: Some(receipt(&found.ok_or_else(unknown)?)) }))
    }

    async fn list_batches(&self, request: Request<ListBatchesRequest>) -> Result<Response<ListBatchesResponse>, Status> {
        let ListBatchesRequest { page_size, page_token } = request.into_inner();
        let limit = paging::limit(page_size)?;
        let after = read_token(&page_token)?;
        let found = self.0.ledger.receipts(after, limit).await.map_err(refusal::of_ledger)?;
        let full = u32::try_from(found.len()) == Ok(limit);
        let next_page_token = found.last().filter(|_| full).map(|last| format!("{AFTER}{}", last.sequence)).unwrap_or_default();
        Ok(Response::new(ListBatchesResponse { receipts: found.iter().map(receipt).collect(), next_page_token }))
    }

    async fn close_period(&self, request: Request<ClosePeriodRequest>) -> Result<Response<ClosePeriodResponse>, Status> {
        let request = request.into_inner();
        let period = resolve::period(request.period.as_ref())?;
        if !is_identifier(&request.name) {
            let detail = "is not 1 to 128 printable ASCII characters without spaces";
            return Err(refusal::field(Code::InvalidArgument, "name", "NAME_MALFORMED", detail));
        }
        if !(1..=128).contains(&request.author.chars().count()) {
            return Err(refusal::field(Code::InvalidArgument, "author", "AUTHOR_MALFORMED", "say who closes in 1 to 128 characters"));
        }
        let closing = NewClosing {
            name: request.name,
            first_month: period.first_month().index(),
            last_month: period.last_month().index(),
            author: request.author,
            note: (!request.note.is_empty()).then_some(request.note),
        };
        let host = self.0.clone();
        let closed = tokio::spawn(async move { host.close(closing).await });
        let closed = closed.await.map_err(|_| Refusal::bug())??;
        tokio::spawn(self.0.clone().keep_closing(closed.sequence));
        Ok(Response::new(ClosePeriodResponse { closing: Some(wire_closing(&closed)) }))
    }

    async fn list_closings(&self, _request: Request<ListClosingsRequest>) -> Result<Response<ListClosingsResponse>, Status> {
        let closings = self.0.ledger.closings().await.map_err(refusal::of_ledger)?;
        Ok(Response::new(ListClosingsResponse { closings: closings.iter().map(wire_closing).collect() }))
    }

    async fn list_feeds(&self, request: Request<ListFeedsRequest>) -> Result<Response<ListFeedsResponse>, Status> {
        let ListFeedsRequest { page_size, page_token } = request.into_inner();
        let limit = paging::limit(page_size)?;
        let after = match page_token.as_str() {
            "" => "",
            token => token.strip_prefix(AFTER).filter(|origin| !origin.is_empty()).ok_or_else(paging::unreadable)?,
        };
        let found = self.0.ledger.feeds(after, limit).await.map_err(refusal::of_ledger)?;
        let full = u32::try_from(found.len()) == Ok(limit);
        let next_page_token = found.last().filter(|_| full).map(|last| format!("{AFTER}{}", last.origin)).unwrap_or_default();
        Ok(Response::new(ListFeedsResponse { feeds: found.into_iter().map(feed).collect(), next_page_token }))
    }

    async fn verify_chain(&self, _request: Request<VerifyChainRequest>) -> Result<Response<VerifyChainResponse>, Status> {
        let found = self.0.ledger.verify().await.map_err(refusal::of_ledger)?;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Ok(Response::new(match found {
            Verification::Intact { head, .. } if !self.0.is_faithful().await.map_err(refusal::of_ledger)? => VerifyChainResponse {
                sequence: head.sequence,
                cause: "the chain is intact, but answers were made from other facts, perhaps of an altered snapshot: made again from the ledger".into(),
                ..VerifyChainResponse::default()
            },
            Verification::Intact { batches, closings, head } => VerifyChainResponse {
                intact: true,
                batches: count(batches),
                closings: count(closings),
                sequence: head.sequence,
                chain_hash: hexadecimal(&head.chain_hash),
                ..VerifyChainResponse::default()
            },
            Verification::Broken { sequence, batch_id, cause } => {
                tracing::error!(sequence, cause, "the chain of the ledger is broken");
                VerifyChainResponse { sequence, batch_id: batch_id.unwrap_or_default(), cause, ..VerifyChainResponse::default() }
            }
        }))
    }

    type TailStream = Pin<Box<dyn Stream<Item = Result<TailResponse, Status>> + Send>>;

    async fn tail(&self, request: Request<TailRequest>) -> Result<Response<Self::TailStream>, Status> {
        const AHEAD: usize = 64;
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (ledger, mut after) = (self.0.ledger.clone(), request.get_ref().after_sequence.max(0));
        tokio::spawn(async move {
            let mut head = ledger.subscribe();
            // A slow reader fills its own channel and waits there: it never holds the writer.
            loop {
                head.borrow_and_update();
                loop {
                    let page = match ledger.receipts(after, TAILED).await {
                        Ok(page) => page,
                        Err(error) => {
                            let _ = sender.send(Err(refusal::of_ledger(error))).await;
                            return;
                        }
                    };
                    if page.is_empty() {
                        break;
                    }
                    for found in &page {
                        after = found.sequence;
                        if sender.send(Ok(TailResponse { receipt: Some(receipt(found)) })).await.is_err() {
                            return;
                        }
                    }
                }
                tokio::select! {
                    changed = head.changed() => if changed.is_err() { return },
                    () = sender.closed() => return,
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }
}

/// Reads the stream of a batch: a header, rows, a commit. A stream that merely ends commits nothing.
async fn collect<D: Domain>(host: &Host<D>, mut stream: Streaming<SubmitBatchRequest>) -> Result<Submission, Status> {
    let misplaced = |what: &str| refusal::field(Code::InvalidArgument, "part", "STREAM_MALFORMED", what.to_owned());
    let Some(SubmitBatchRequest { part: Some(Part::Header(header)) }) = stream.message().await? else {
        return Err(misplaced("the first message must be the header"));
    };
    let mut rows = 0;
    let mut reading = Reading::new(&host.domain, &host.plans, Preparing::within(host.room(), host.ledger.schema()));
    reading.expect(header.control_rows);
    let mut hash = ContentHash::default();
    let commit = loop {
        match stream.message().await?.map(|message| message.part) {
            Some(Some(Part::Rows(more))) => {
                rows += more.rows.len();
                check_size(rows)?;
                for row in more.rows {
                    hash.update(&row);
                    reading.row(row);
                    if reading.is_hopeless() {
                        break;
                    }
                }
            }
            Some(Some(Part::Columns(more))) => {
                check_size(rows + more.line_steps.len())?;
                rows += reading.columns(&more, &mut hash).map_err(|error| misplaced(&error.to_string()))?;
            }
            Some(Some(Part::Commit(commit))) => break commit,
            Some(Some(Part::Header(_))) => return Err(misplaced("a second header")),
            Some(None) => return Err(misplaced("a message without a part, or with one that this version does not know")),
            None => return Err(misplaced("the stream ended without a commit, so nothing was recorded")),
        }
        if reading.is_hopeless() {
            return Err(refusal::all(reading.finish().err().unwrap_or_default()));
        }
    };
    if stream.message().await?.is_some() {
        return Err(misplaced("something follows the commit"));
    }
    Ok(Submission { header, rows, facts: reading.finish(), commit, hash })
}

fn check_size(rows: usize) -> Result<(), Status> {
    let detail = || format!("a batch has at most {MOST_ROWS} rows: split it");
    if rows > MOST_ROWS { Err(refusal::field(Code::ResourceExhausted, "rows", "SIZE", detail())) } else { Ok(()) }
}

fn feed(from: piramide_ledger::Feed) -> Feed {
    Feed {
        missing: from.missing(),
        origin: from.origin,
        events: from.events,
        first_number: from.first,
        last_number: from.last,
        gaps: from.gaps.into_iter().map(|(first, last)| NumberRange { first, last }).collect(),
        last_sequence: from.sequence,
        last_recorded_at: Some(convert::timestamp(from.recorded_at)),
    }
}

fn read_token(token: &str) -> Result<i64, Status> {
    if token.is_empty() {
        return Ok(0);
    }
    let sequence = token.strip_prefix(AFTER).and_then(|digits| digits.parse().ok()).filter(|sequence| *sequence > 0);
    sequence.ok_or_else(paging::unreadable)
}

fn receipt(from: &piramide_ledger::Receipt) -> Receipt {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let provenance = from.provenance.as_str().parse().ok();
    Receipt {
        sequence: from.sequence,
        batch_id: from.batch_id.clone(),
        origin: from.origin.clone(),
        provenance: convert::provenance_number(provenance),
        reason: from.reason.clone().unwrap_or_default(),
        note: from.note.clone().unwrap_or_default(),
        recorded_at: Some(convert::timestamp(from.recorded_at)),
        content_hash: hexadecimal(&from.content_hash),
        chain_hash: hexadecimal(&from.chain_hash),
        facts: count(from.facts),
        superseded: count(from.superseded),
        events: count(from.events),
    }
}

fn wire_closing(from: &piramide_ledger::Closing) -> Closing {
    let months = Month::from_index(from.first_month).zip(Month::from_index(from.last_month));
    let period = months.and_then(|(first, last)| Period::spanning(first, last));
    Closing {
        name: from.name.clone(),
        sequence: from.sequence,
        period: period.map(types::Period::from),
        author: from.author.clone(),
        note: from.note.clone().unwrap_or_default(),
        recorded_at: Some(convert::timestamp(from.recorded_at)),
        chain_hash: hexadecimal(&from.chain_hash),
    }
}
