//! Services that implement the contracts with just enough inside for the commands to show what they do.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
};

use piramide_contracts::{
    batch::ContentHash,
    columns,
    convert::{explanation_nodes, hexadecimal},
    domains::{self, Domain},
    ledger::{
        BatchHeader, ClosePeriodRequest, ClosePeriodResponse, Closing, DescribeFactsRequest, DescribeFactsResponse, FactRow, Feed,
        GetBatchRequest, GetBatchResponse, ListBatchesRequest, ListBatchesResponse, ListClosingsRequest, ListClosingsResponse,
        ListFeedsRequest, ListFeedsResponse, NumberRange, Receipt, SubmitBatchRequest, SubmitBatchResponse, TailRequest, TailResponse,
        VerifyChainRequest, VerifyChainResponse,
        ledger_service_server::{LedgerService, LedgerServiceServer},
        submit_batch_request::Part,
    },
    publicvalue::{
        DomainState, GetImpactRequest, GetImpactResponse, GetPyramidRequest, GetPyramidResponse, PyramidNode,
        public_value_service_server::{PublicValueService, PublicValueServiceServer},
    },
    scorecard::{
        ExplainIndicatorRequest, ExplainIndicatorResponse, GetScorecardRequest, GetScorecardResponse, GetScorecardsRequest,
        GetScorecardsResponse, Indicator, IndicatorResult, ListIndicatorsRequest, ListIndicatorsResponse, WatchRequest, WatchResponse,
        scorecard_service_server::{ScorecardService, ScorecardServiceServer},
    },
    types,
};
use piramide_measure::{Exact, Explanation, Provenance, Source, Unit};
use piramide_service::Refusal;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_stream::{Empty, Stream, StreamExt, wrappers::TcpListenerStream};
use tonic::{Request, Response, Status, Streaming, transport::Server};

/// 31 December 2020, 23:59 UTC.
const MOMENT: prost_types::Timestamp = prost_types::Timestamp { seconds: 1_609_459_140, nanos: 0 };

type Batches = Arc<Mutex<Vec<(BatchHeader, Vec<FactRow>)>>>;
type Answer<T> = Result<Response<T>, Status>;

/// The five services on ports of their own.
pub(crate) struct Fakes {
    services: BTreeMap<&'static str, (SocketAddr, JoinHandle<()>)>,
    batches: Batches,
}

impl Fakes {
    pub(crate) async fn start() -> Self {
        let batches = Batches::default();
        let mut services = BTreeMap::new();
        for domain in domains::ALL {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let fake = Fake { domain, batches: batches.clone() };
            let (_, health) = tonic_health::server::health_reporter();
            let server = Server::builder()
                .add_service(health)
                .add_service(LedgerServiceServer::new(fake.clone()))
                .add_service(ScorecardServiceServer::new(fake.clone()))
                .add_service(PublicValueServiceServer::new(fake))
                .serve_with_incoming(TcpListenerStream::new(listener));
            services.insert(domain.name, (address, tokio::spawn(async move { server.await.unwrap() })));
        }
        Self { services, batches }
    }

    /// Takes a service away; nobody listens at its address any more.
    pub(crate) fn without(&mut self, domain: &str) {
        let (_, server) = &self.services[domain];
        server.abort();
    }

    /// Arguments that say where they are.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = String> {
        self.services.iter().map(|(name, (address, _))| format!("--{}-url=http://{address}", name.replace('_', "-")))
    }

    /// The identifiers of the recorded batches, in order.
    pub(crate) fn recorded(&self) -> Vec<String> {
        self.batches.lock().unwrap().iter().map(|(header, _)| header.batch_id.clone()).collect()
    }

    /// A recorded batch.
    pub(crate) fn submitted(&self, id: &str) -> (BatchHeader, Vec<FactRow>) {
        self.batches.lock().unwrap().iter().find(|(header, _)| header.batch_id == id).unwrap().clone()
    }
}

#[derive(Clone)]
struct Fake {
    domain: Domain,
    batches: Batches,
}

fn answered<T>(message: T) -> Answer<T> {
    Ok(Response::new(message))
}

fn not_needed<T>() -> Answer<T> {
    Err(Status::unimplemented("no command asks this"))
}

#[tonic::async_trait]
impl LedgerService for Fake {
    type TailStream = Pin<Box<dyn Stream<Item = Result<TailResponse, Status>> + Send>>;

    async fn submit_batch(&self, request: Request<Streaming<SubmitBatchRequest>>) -> Answer<SubmitBatchResponse> {
        let mut parts = request.into_inner();
        let mut header = BatchHeader::default();
        let mut rows = Vec::new();
        let mut hash = ContentHash::default();
        while let Some(message) = parts.message().await? {
            match message.part.unwrap() {
                Part::Header(told) => header = told,
                Part::Rows(some) => rows.extend(some.rows.into_iter().inspect(|row| hash.update(row))),
                Part::Columns(some) => rows.extend(columns::rows(&some).unwrap().into_iter().inspect(|row| hash.update(row))),
                Part::Commit(commit) => {
                    assert_eq!(commit.content_hash, hexadecimal(&std::mem::take(&mut hash).finish()));
                    if rows.iter().any(|row: &FactRow| row.subject_code == "REFUSED") {
                        let refusal =
                            Refusal::not_found("SUBJECT_UNKNOWN", "1 violation").field("rows.2.item", "\"REFUSED\" is not an item");
                        return Err(refusal.into());
                    }
                    let facts = rows.len().try_into().unwrap();
                    let receipt = Receipt { batch_id: header.batch_id.clone(), provenance: header.provenance, facts, ..receipt(1) };
                    let mut batches = self.batches.lock().unwrap();
                    let replayed = batches.iter().any(|(known, _)| known.batch_id == header.batch_id);
                    if !replayed {
                        batches.push((header, rows));
                    }
                    return answered(SubmitBatchResponse { receipt: Some(receipt), replayed });
                }
            }
        }
        Err(Status::invalid_argument("no commit"))
    }

    async fn list_batches(&self, request: Request<ListBatchesRequest>) -> Answer<ListBatchesResponse> {
        let first = request.into_inner().page_token.is_empty();
        let (receipts, next) = if first { (vec![receipt(1), receipt(2)], "more") } else { (vec![receipt(3)], "") };
        answered(ListBatchesResponse { receipts, next_page_token: next.to_owned() })
    }

    async fn close_period(&self, request: Request<ClosePeriodRequest>) -> Answer<ClosePeriodResponse> {
        let ClosePeriodRequest { name, period, author, note } = request.into_inner();
        answered(ClosePeriodResponse { closing: Some(Closing { name, period, author, note, ..closing() }) })
    }

    async fn list_closings(&self, _: Request<ListClosingsRequest>) -> Answer<ListClosingsResponse> {
        answered(ListClosingsResponse { closings: vec![closing()] })
    }

    async fn list_feeds(&self, request: Request<ListFeedsRequest>) -> Answer<ListFeedsResponse> {
        let first = request.into_inner().page_token.is_empty();
        let gaps = if first { vec![NumberRange { first: 3, last: 4 }] } else { Vec::new() };
        let feed = Feed {
            origin: if first { "archivio" } else { "sportello" }.to_owned(),
            events: 5,
            first_number: 1,
            last_number: if first { 7 } else { 5 },
            missing: if first { 2 } else { 0 },
            gaps,
            last_sequence: 9,
            last_recorded_at: closing().recorded_at,
        };
        answered(ListFeedsResponse { feeds: vec![feed], next_page_token: if first { "more" } else { "" }.to_owned() })
    }

    async fn verify_chain(&self, _: Request<VerifyChainRequest>) -> Answer<VerifyChainResponse> {
        let intact = self.domain != domains::WORKFORCE;
        let cause = if intact { "" } else { "the hash of batch b7 is another" };
        let chain_hash = if intact { hash(7) } else { String::new() };
        answered(VerifyChainResponse {
            intact,
            batches: 6,
            closings: 1,
            sequence: 7,
            chain_hash,
            cause: cause.to_owned(),
            ..VerifyChainResponse::default()
        })
    }

    async fn describe_facts(&self, _: Request<DescribeFactsRequest>) -> Answer<DescribeFactsResponse> {
        not_needed()
    }

    async fn get_batch(&self, _: Request<GetBatchRequest>) -> Answer<GetBatchResponse> {
        not_needed()
    }

    async fn tail(&self, request: Request<TailRequest>) -> Answer<Self::TailStream> {
        // The fourth is a closing, which froze the third; no receipt speaks of it.
        let first = request.into_inner().after_sequence + 1;
        let receipts = (first..=7).filter(|sequence| *sequence != 4).map(|sequence| Ok(TailResponse { receipt: Some(receipt(sequence)) }));
        answered(Box::pin(tokio_stream::iter(receipts.collect::<Vec<_>>()).chain(tokio_stream::pending())))
    }
}

#[tonic::async_trait]
impl ScorecardService for Fake {
    type WatchStream = Empty<Result<WatchResponse, Status>>;
    type GetScorecardsStream = Empty<Result<GetScorecardsResponse, Status>>;

    async fn get_scorecards(&self, _: Request<GetScorecardsRequest>) -> Answer<Self::GetScorecardsStream> {
        not_needed()
    }

    async fn get_scorecard(&self, request: Request<GetScorecardRequest>) -> Answer<GetScorecardResponse> {
        assert_eq!(request.into_inner().structure_code, "NAZ");
        let missing = IndicatorResult {
            actual: None,
            deviation: None,
            deviation_unit: String::new(),
            missing_reason: "no data for NAZ in 2020".to_owned(),
            ..result(self.domain)
        };
        answered(GetScorecardResponse {
            results: vec![result(self.domain), missing],
            plan_version: "plan@1".to_owned(),
            ..GetScorecardResponse::default()
        })
    }

    async fn explain_indicator(&self, _: Request<ExplainIndicatorRequest>) -> Answer<ExplainIndicatorResponse> {
        let fact = Source::Fact {
            batch_id: "b1".to_owned(),
            provenance: Provenance::Reconstructed,
            structure: "NAZ_NA".to_owned(),
            subject: "P".to_owned(),
            period: "2020".to_owned(),
            quantity: "completed".to_owned(),
        };
        let completed = Explanation::given("Definito", Exact::from(101), Unit::Pieces, fact);
        let ratio = Exact::parse("1.01").unwrap();
        let root = Explanation::computed("Deflusso", Some(ratio), Unit::Ratio, "definito / pervenuto", vec![completed]);
        answered(ExplainIndicatorResponse { result: Some(result(self.domain)), nodes: explanation_nodes(&root) })
    }

    async fn list_indicators(&self, _: Request<ListIndicatorsRequest>) -> Answer<ListIndicatorsResponse> {
        not_needed()
    }

    async fn watch(&self, _: Request<WatchRequest>) -> Answer<Self::WatchStream> {
        not_needed()
    }
}

#[tonic::async_trait]
impl PublicValueService for Fake {
    async fn get_impact(&self, _: Request<GetImpactRequest>) -> Answer<GetImpactResponse> {
        not_needed()
    }

    async fn get_pyramid(&self, _: Request<GetPyramidRequest>) -> Answer<GetPyramidResponse> {
        let nodes = vec![node("pv", "", "Indice"), node("pv.s", "pv", "Strategica"), node("pv.s.a", "pv.s", "Ricorsi")];
        let state = |domain: Domain| DomainState {
            domain: domain.name.to_owned(),
            available: domain != domains::QUALITY,
            ..DomainState::default()
        };
        let domains = domains::FACT_KEEPING.into_iter().map(state).collect();
        answered(GetPyramidResponse { nodes, plan_version: "plan@1".to_owned(), domains, notes: Vec::new() })
    }
}

/// The chain hash of an entry.
pub(crate) fn hash(sequence: i64) -> String {
    format!("{sequence:064x}")
}

fn receipt(sequence: i64) -> Receipt {
    let provenance = types::Provenance::Published.into();
    Receipt {
        sequence,
        batch_id: format!("b{sequence}"),
        provenance,
        recorded_at: Some(MOMENT),
        chain_hash: hash(sequence),
        ..Receipt::default()
    }
}

fn closing() -> Closing {
    Closing { name: "2020-IV".to_owned(), sequence: 3, recorded_at: Some(MOMENT), chain_hash: hash(4), ..Closing::default() }
}

/// 24,876,384 and two thirds: not a decimal, so exactness and rounding show.
fn result(domain: Domain) -> IndicatorResult {
    let exact = |numerator: &str, denominator: &str| types::Exact { numerator: numerator.to_owned(), denominator: denominator.to_owned() };
    let direction = types::Direction::HigherIsBetter.into();
    IndicatorResult {
        indicator: Some(Indicator { code: format!("{}.a", domain.name), label: "A".to_owned(), unit: "euro".to_owned(), direction }),
        actual: Some(exact("74629154", "3")),
        deviation: Some(exact("-10000", "3")),
        deviation_unit: "euro".to_owned(),
        coverage: Some(exact("100", "1")),
        plan_version: "plan@1".to_owned(),
        ..IndicatorResult::default()
    }
}

fn node(code: &str, parent: &str, label: &str) -> PyramidNode {
    PyramidNode {
        code: code.to_owned(),
        parent_code: parent.to_owned(),
        label: label.to_owned(),
        unit: "index".to_owned(),
        ..PyramidNode::default()
    }
}
