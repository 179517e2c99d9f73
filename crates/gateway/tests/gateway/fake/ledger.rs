//! A ledger that keeps receipts in memory and checks what the contract makes it check.

use std::{collections::HashMap, sync::atomic::Ordering};

use piramide_contracts::{
    batch::ContentHash,
    columns,
    convert::hexadecimal,
    ledger::{
        BatchHeader, ClosePeriodRequest, ClosePeriodResponse, Closing, Commit, DescribeFactsRequest, DescribeFactsResponse, FactRow, Feed,
        GetBatchRequest, GetBatchResponse, ListBatchesRequest, ListBatchesResponse, ListClosingsRequest, ListClosingsResponse,
        ListFeedsRequest, ListFeedsResponse, NumberRange, Receipt, SubmitBatchRequest, SubmitBatchResponse, TailRequest, TailResponse,
        VerifyChainRequest, VerifyChainResponse, ledger_service_server::LedgerService, submit_batch_request::Part,
    },
};
use prost_types::Timestamp;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::{ErrorDetails, StatusExt};

use super::{Face, Streamed};

fn refusal(code: Code, reason: &str, message: &str, places: &[(&str, &str)]) -> Status {
    let mut details =
        ErrorDetails::with_error_info(reason, "piramide", HashMap::from([("violations".to_owned(), places.len().to_string())]));
    for (field, description) in places {
        details.add_bad_request_violation(*field, *description);
    }
    Status::with_error_details(code, message, details)
}

impl Face {
    async fn receive(&self, mut stream: Streaming<SubmitBatchRequest>) -> Result<(BatchHeader, Vec<FactRow>), Status> {
        let (mut header, mut rows, mut committed) = (None, Vec::new(), None);
        while let Some(message) = stream.message().await? {
            match message.part {
                Some(Part::Header(part)) => header = Some(part),
                Some(Part::Rows(part)) => rows.extend(part.rows),
                Some(Part::Columns(part)) => rows.extend(columns::rows(&part).unwrap()),
                Some(Part::Commit(part)) => committed = Some(part),
                None => return Err(Status::invalid_argument("empty part")),
            }
        }
        let mut hash = ContentHash::default();
        for row in &rows {
            hash.update(row);
        }
        let expected = Commit { rows: i64::try_from(rows.len()).unwrap(), content_hash: hexadecimal(&hash.finish()) };
        assert_eq!(committed, Some(expected), "the commit must fit the rows");
        Ok((header.unwrap(), rows))
    }
}

#[tonic::async_trait]
impl LedgerService for Face {
    async fn submit_batch(&self, request: Request<Streaming<SubmitBatchRequest>>) -> Result<Response<SubmitBatchResponse>, Status> {
        let (header, rows) = self.receive(request.into_inner()).await?;
        if let Some(row) = rows.iter().find(|row| row.quantities.iter().any(|quantity| quantity.value.as_ref().unwrap().value == "13")) {
            let first = format!("rows.{}.received", row.line);
            let places = [(first.as_str(), "opening 40 plus net flow -3 gives 37 pieces, closing says 39"), ("rows.9", "P9 is empty")];
            return Err(refusal(Code::FailedPrecondition, "BALANCE_MISSED", "2 violations, the gravest: does not balance", &places));
        }
        if let Some(known) = self.0.batches.lock().unwrap().get(&header.batch_id) {
            if known.facts == i64::try_from(rows.len()).unwrap() {
                return Ok(Response::new(SubmitBatchResponse { receipt: Some(known.clone()), replayed: true }));
            }
            return Err(refusal(Code::AlreadyExists, "BATCH_ID_REUSED", "b1 was recorded with other content", &[]));
        }
        let receipt = Receipt {
            sequence: self.0.sequence.fetch_add(1, Ordering::SeqCst) + 1,
            batch_id: header.batch_id.clone(),
            origin: header.origin.clone(),
            provenance: header.provenance,
            recorded_at: Some(Timestamp { seconds: 0, nanos: 0 }),
            content_hash: "aa".into(),
            chain_hash: "bb".into(),
            facts: i64::try_from(rows.len()).unwrap(),
            ..Receipt::default()
        };
        self.0.batches.lock().unwrap().insert(header.batch_id.clone(), receipt.clone());
        self.0.submitted.lock().unwrap().push((header, rows));
        Ok(Response::new(SubmitBatchResponse { receipt: Some(receipt), replayed: false }))
    }

    async fn get_batch(&self, request: Request<GetBatchRequest>) -> Result<Response<GetBatchResponse>, Status> {
        let id = request.into_inner().batch_id;
        let receipt = self.0.batches.lock().unwrap().get(&id).cloned();
        let receipt = receipt.ok_or_else(|| refusal(Code::NotFound, "BATCH_UNKNOWN", &format!("no batch \"{id}\""), &[]))?;
        Ok(Response::new(GetBatchResponse { receipt: Some(receipt) }))
    }

    async fn close_period(&self, request: Request<ClosePeriodRequest>) -> Result<Response<ClosePeriodResponse>, Status> {
        let asked = request.into_inner();
        if asked.name == "taken" {
            return Err(refusal(Code::AlreadyExists, "CLOSING_NAME_REUSED", "the name is taken", &[]));
        }
        let closing =
            Closing { name: asked.name, sequence: 5, period: asked.period, author: asked.author, note: asked.note, ..Closing::default() };
        Ok(Response::new(ClosePeriodResponse { closing: Some(closing) }))
    }

    async fn list_closings(&self, _: Request<ListClosingsRequest>) -> Result<Response<ListClosingsResponse>, Status> {
        let closing = Closing { name: "2020-IV".into(), sequence: 3, ..Closing::default() };
        Ok(Response::new(ListClosingsResponse { closings: vec![closing] }))
    }

    async fn list_feeds(&self, request: Request<ListFeedsRequest>) -> Result<Response<ListFeedsResponse>, Status> {
        let ListFeedsRequest { page_size, page_token } = request.into_inner();
        let feed = Feed {
            origin: format!("sportello {page_size} {page_token}"),
            events: 3,
            first_number: 1,
            last_number: 4,
            missing: 1,
            gaps: vec![NumberRange { first: 3, last: 3 }],
            last_sequence: 7,
            last_recorded_at: None,
        };
        Ok(Response::new(ListFeedsResponse { feeds: vec![feed], next_page_token: "after-sportello".into() }))
    }

    async fn verify_chain(&self, _: Request<VerifyChainRequest>) -> Result<Response<VerifyChainResponse>, Status> {
        let found = VerifyChainResponse {
            intact: false,
            batches: 7,
            sequence: 3,
            batch_id: "b3".into(),
            cause: "row 2 was altered".into(),
            ..Default::default()
        };
        Ok(Response::new(found))
    }

    async fn describe_facts(&self, _: Request<DescribeFactsRequest>) -> Result<Response<DescribeFactsResponse>, Status> {
        Err(Status::unimplemented("not asked by the gateway"))
    }

    async fn list_batches(&self, _: Request<ListBatchesRequest>) -> Result<Response<ListBatchesResponse>, Status> {
        Err(Status::unimplemented("not asked by the gateway"))
    }

    type TailStream = Streamed<TailResponse>;

    async fn tail(&self, _: Request<TailRequest>) -> Result<Response<Self::TailStream>, Status> {
        Err(Status::unimplemented("not asked by the gateway"))
    }
}
