//! The service itself, in this process, on a store whose size the test sets.

use std::{sync::Arc, time::Duration};

use piramide_contracts::{
    batch,
    ledger::{
        BatchHeader, FactRow, ListBatchesRequest, ListFeedsRequest, ListFeedsResponse, NumberRange, Quantity,
        ledger_service_client::LedgerServiceClient,
    },
    production::{
        Flow, GetBacklogAgesRequest, GetFlowsRequest, GetSubsidiarityRequest, RecordEventsRequest, RecordEventsResponse, WorkEvent,
        WorkEventKind, production_service_client::ProductionServiceClient,
    },
    types,
};
use piramide_domain::start::start_on;
use piramide_ledger::{Ledger, Options, PageLimit, Schema};
use piramide_production::{Production, facts};
use piramide_service::{About, Config, NoOptions, Refusal};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, transport::Channel};

use super::{OFFICE, PRODUCT};

pub(super) const SCHEMA: Schema = Schema { domain: "production", columns: &facts::COLUMNS };
const ABOUT: About = About::new("piramide-production", "0", 0, "Production in a test.");

async fn serve(ledger: Arc<dyn Ledger>) -> ProductionServiceClient<Channel> {
    ProductionServiceClient::new(serve_with(ledger, &[]).await)
}

pub(super) async fn serve_with(ledger: Arc<dyn Ledger>, flags: &[&str]) -> Channel {
    let flags = ["--listen=127.0.0.1:0", "--http-listen=off"].iter().chain(flags).map(|flag| (*flag).to_owned());
    let config = Config::<NoOptions>::local(&ABOUT, flags).unwrap();
    let running = start_on(ABOUT.name, Production, config, ledger).await.unwrap();
    let address = format!("http://{}", running.address);
    // The server lives as long as the runtime of the test.
    tokio::spawn(running.join());
    tonic::transport::Endpoint::new(address).unwrap().connect().await.unwrap()
}

pub(super) fn events(numbers: std::ops::Range<i64>) -> RecordEventsRequest {
    let event = |number| WorkEvent {
        number,
        kind: WorkEventKind::Received.into(),
        structure_code: OFFICE.into(),
        product_code: PRODUCT.into(),
        moment: Some(prost_types::Timestamp { seconds: 1_615_363_200, nanos: 0 }),
        pieces: 1,
        ..WorkEvent::default()
    };
    let provenance = types::Provenance::Submitted.into();
    let events = numbers.map(event).collect();
    RecordEventsRequest { chunk: 1, origin: "desk".into(), provenance, events, ..RecordEventsRequest::default() }
}

pub(super) async fn send(client: &ProductionServiceClient<Channel>, request: RecordEventsRequest) -> Result<RecordEventsResponse, Status> {
    let mut answers = client.clone().record_events(tokio_stream::iter([request])).await?.into_inner();
    Ok(answers.message().await?.unwrap())
}

/// Submits a flow of Asti in a month; answers its sequence.
async fn submit(channel: &Channel, id: &str, month: &str) -> Result<i64, Status> {
    submit_of(channel, id, "PRV_ASTI", month).await
}

/// Submits a flow of an office in a month, five of each quantity; answers its sequence.
pub(super) async fn submit_of(channel: &Channel, id: &str, office: &str, month: &str) -> Result<i64, Status> {
    let quantities = ["received", "completed", "opening_backlog", "closing_backlog"].map(|name| (name, "5"));
    submit_batch(channel, (id, ""), &[row(office, month, PRODUCT, &quantities)]).await
}

/// Submits rows of Asti in February, each a subject with its quantities, in a batch with its reason; answers its sequence.
pub(super) async fn submit_rows(channel: &Channel, batch: (&str, &str), rows: &[(&str, &[(&str, &str)])]) -> Result<i64, Status> {
    let rows = rows.iter().zip(1..);
    let rows: Vec<_> =
        rows.map(|((subject, quantities), line)| FactRow { line, ..row("PRV_ASTI", "2021-02", subject, quantities) }).collect();
    submit_batch(channel, batch, &rows).await
}

fn row(office: &str, month: &str, subject: &str, quantities: &[(&str, &str)]) -> FactRow {
    let quantity =
        |(name, value): &(&str, &str)| Quantity { name: (*name).to_owned(), value: Some(types::Decimal { value: (*value).to_owned() }) };
    FactRow {
        line: 1,
        structure_code: office.into(),
        subject_code: subject.into(),
        period: Some(types::Period { value: month.into() }),
        quantities: quantities.iter().map(quantity).collect(),
    }
}

async fn submit_batch(channel: &Channel, batch: (&str, &str), rows: &[FactRow]) -> Result<i64, Status> {
    submit_as(channel, types::Provenance::Submitted, batch, rows).await
}

async fn submit_as(channel: &Channel, provenance: types::Provenance, (id, reason): (&str, &str), rows: &[FactRow]) -> Result<i64, Status> {
    let provenance = provenance.into();
    // A note that needs pages of its own, so that it cannot go where others left room.
    let note = "n".repeat(4_000);
    let header =
        BatchHeader { batch_id: id.into(), origin: "desk".into(), provenance, reason: reason.into(), note, ..BatchHeader::default() };
    let messages = tokio_stream::iter(batch::messages(header, rows));
    let answer = LedgerServiceClient::new(channel.clone()).submit_batch(messages).await?.into_inner();
    Ok(answer.receipt.unwrap().sequence)
}

/// What a full store says, and how soon to come back.
#[track_caller]
fn check_full(status: &Status) {
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    let refusal = Refusal::read(status).unwrap();
    assert_eq!((refusal.reason.as_ref(), refusal.details.retry_after), ("STORAGE_FULL", Some(Duration::from_secs(30))));
    assert!(refusal.message.contains("the store is full"), "{status}");
}

async fn received(client: &ProductionServiceClient<Channel>) -> Option<i64> {
    flow(client, "NAZ", "2021-03").await.received
}

async fn flow(client: &ProductionServiceClient<Channel>, structure: &str, period: &str) -> Flow {
    let request = GetFlowsRequest {
        structure_code: structure.into(),
        period: Some(types::Period { value: period.into() }),
        node_code: PRODUCT.into(),
        ..GetFlowsRequest::default()
    };
    client.clone().get_flows(request).await.unwrap().into_inner().flows.swap_remove(0)
}

/// Two offices have February; an event opens March in one of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_above_offices_balances_when_one_of_them_opens_a_month() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let channel = serve_with(piramide_ledger::open(&url, SCHEMA).await.unwrap(), &[]).await;
    let client = ProductionServiceClient::new(channel.clone());
    submit(&channel, "asti", "2021-02").await.unwrap();
    submit_of(&channel, "torino", OFFICE, "2021-02").await.unwrap();
    assert_eq!(send(&client, events(1..4)).await.unwrap().accepted, 3);
    for structure in ["NAZ", "REG_PIEMONTE"] {
        for (period, flows) in [("2021-03", (Some(3), None)), ("2021-03-ytd", (Some(13), Some(10)))] {
            let flow = flow(&client, structure, period).await;
            assert_eq!((flow.received, flow.completed), flows, "{structure} {period}");
            assert_eq!((flow.opening_backlog, flow.closing_backlog), (Some(10), Some(13)), "{structure} {period}");
        }
    }
    let silent = flow(&client, "PRV_ASTI", "2021-03").await;
    assert_eq!((silent.opening_backlog, silent.closing_backlog), (None, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_events_and_batches_keeps_reading_and_resumes() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let limit = PageLimit::default();
    let ledger = piramide_ledger::open_with(&url, SCHEMA, Options::default().page_limit(limit.clone())).await.unwrap();
    let channel = serve_with(ledger.clone(), &[]).await;
    let client = ProductionServiceClient::new(channel.clone());
    assert_eq!(submit(&channel, "april", "2021-04").await.unwrap(), 1);
    assert_eq!(send(&client, events(1..1_000)).await.unwrap().accepted, 999);
    limit.set(1);
    check_full(&send(&client, events(1_000..5_000)).await.unwrap_err());
    check_full(&submit(&channel, "may", "2021-05").await.unwrap_err());
    assert_eq!(submit(&channel, "april", "2021-04").await.unwrap(), 1, "what is recorded needs no room");
    assert_eq!(received(&client).await, Some(999), "reads go on, and nothing of the refused chunk is counted");
    limit.set(PageLimit::NONE);
    // Sent again from an earlier place, as after any doubt.
    let answer = send(&client, events(500..5_000)).await.unwrap();
    assert_eq!((answer.accepted, answer.duplicates), (4_000, 500));
    submit(&channel, "may", "2021-05").await.unwrap();
    assert_eq!(received(&client).await, Some(4_999));
    assert!(matches!(ledger.verify().await.unwrap(), piramide_ledger::Verification::Intact { .. }));
}

/// A stream of events that is open and says nothing keeps its place, which is one of uploads: reads are answered.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_slowly_keeps_nobody_from_reading() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let channel = serve_with(piramide_ledger::open(&url, SCHEMA).await.unwrap(), &["--concurrent-uploads=1", "--concurrency=1"]).await;
    let client = ProductionServiceClient::new(channel.clone());
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    sender.send(events(1..10)).await.unwrap();
    let mut open = client.clone().record_events(ReceiverStream::new(receiver)).await.unwrap().into_inner();
    assert_eq!(open.message().await.unwrap().unwrap().accepted, 9);
    for refused in [submit(&channel, "april", "2021-04").await.unwrap_err(), send(&client, events(1..2)).await.unwrap_err()] {
        let refusal = Refusal::read(&refused).unwrap();
        assert_eq!((refused.code(), refusal.reason.as_ref()), (Code::ResourceExhausted, "OVERLOAD"), "{refused}");
        assert_eq!(refusal.details.retry_after, Some(Duration::from_secs(1)));
    }
    assert_eq!(received(&client).await, Some(9));
    drop(sender);
    assert!(open.message().await.unwrap().is_none());
    submit(&channel, "april", "2021-04").await.unwrap();
}

/// A piece handed over by an event is help between two offices, and one taken back is none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transfer_says_who_helps_whom() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let ledger = piramide_ledger::open(&url, SCHEMA).await.unwrap();
    let client = serve(ledger.clone()).await;
    let mut request = events(1..4);
    for (event, (to, pieces)) in request.events.iter_mut().zip([("FM_MILANO", 7), ("PRV_ASTI", 5), ("FM_MILANO", -2)]) {
        event.kind = WorkEventKind::Transferred.into();
        event.to_structure_code = to.into();
        event.pieces = pieces;
    }
    request.reason = "restituiti".into();
    assert_eq!(send(&client, request).await.unwrap().refused, []);
    let help = |structure: &'static str| {
        let request = GetSubsidiarityRequest {
            structure_code: structure.into(),
            period: Some(types::Period { value: "2021-03".into() }),
            ..GetSubsidiarityRequest::default()
        };
        let mut client = client.clone();
        async move {
            let answer = client.get_subsidiarity(request).await.unwrap().into_inner();
            let done = answer.pairs.into_iter().filter_map(|pair| Some((pair.helper_code, pair.helped_code, pair.actual?.numerator)));
            (done.collect::<Vec<_>>(), answer.unnamed.map(|points| points.numerator))
        }
    };
    let text = |helper: &str, helped: &str, points: &str| (helper.to_owned(), helped.to_owned(), points.to_owned());
    assert_eq!(help("NAZ").await, (vec![text("DCM_MILANO", "REG_PIEMONTE", "5")], Some("0".into())));
    assert_eq!(help("REG_PIEMONTE").await.0, [text("DCM_MILANO", "REG_PIEMONTE", "5"), text("PRV_ASTI", OFFICE, "5")]);
    // More than was handed over cannot be taken back.
    let mut back = events(9..10);
    back.events[0] =
        WorkEvent { kind: WorkEventKind::Transferred.into(), to_structure_code: "FM_MILANO".into(), pieces: -6, ..back.events[0].clone() };
    back.reason = "restituiti".into();
    check(&send(&client, back).await.unwrap(), "pieces", "QUANTITY_MISSED", "5 transferred_in in 2021-03 and -6");
    // What was kept step by step is what a restart reads.
    assert_eq!(help("NAZ").await.0, [text("DCM_MILANO", "REG_PIEMONTE", "5")]);
    let again = serve(ledger).await;
    let request = GetSubsidiarityRequest {
        structure_code: "NAZ".into(),
        period: Some(types::Period { value: "2021-03".into() }),
        ..GetSubsidiarityRequest::default()
    };
    let answer = again.clone().get_subsidiarity(request).await.unwrap().into_inner();
    assert_eq!(answer.given.map(|points| points.numerator), Some("5".into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ages_are_answered_class_by_class() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let client = serve(piramide_ledger::open(&url, SCHEMA).await.unwrap()).await;
    let ask = |node: &str| GetBacklogAgesRequest {
        structure_code: "NAZ".into(),
        period: Some(types::Period { value: "2021-03".into() }),
        node_code: node.into(),
        ..GetBacklogAgesRequest::default()
    };
    let answer = client.clone().get_backlog_ages(ask(PRODUCT)).await.unwrap().into_inner();
    assert_eq!(answer.ages.len(), 5, "the classes of the plan");
    assert!(answer.ages.iter().all(|age| age.pieces.is_none() && age.share.is_none()) && answer.without_age.is_none(), "{answer:?}");
    assert_eq!((answer.ages[4].first_day, answer.ages[4].last_day), (366, None));
    assert_eq!(client.clone().get_backlog_ages(ask("X")).await.unwrap_err().code(), Code::NotFound);
}

/// Makes an event one that cannot be.
type Spoil = fn(&mut WorkEvent);

#[track_caller]
fn check(answer: &RecordEventsResponse, field: &str, reason: &str, detail: &str) {
    let [refused] = answer.refused.as_slice() else { panic!("{answer:?}") };
    assert_eq!((refused.field.as_str(), refused.reason.as_str()), (field, reason), "{}", refused.detail);
    assert!(refused.detail.contains(detail), "{}", refused.detail);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_cannot_be_is_refused_alone() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let client = serve(piramide_ledger::open(&url, SCHEMA).await.unwrap()).await;
    let cases: [(&str, &str, &str, Spoil); 17] = [
        ("number", "NUMBER", "0 is not", |event| event.number = 0),
        ("kind", "KIND_UNKNOWN", "say what happened", |event| event.kind = 0),
        ("kind", "KIND_UNKNOWN", "99 is no kind", |event| event.kind = 99),
        ("structure_code", "STRUCTURE_UNKNOWN", "PRV_X", |event| event.structure_code = "PRV_X".into()),
        ("structure_code", "STRUCTURE_NOT_A_LEAF", "belong to the leaf", |event| event.structure_code = "NAZ".into()),
        ("product_code", "SUBJECT_UNKNOWN", "\"X\"", |event| event.product_code = "X".into()),
        ("product_code", "SUBJECT_UNKNOWN", "\"FLOW_TOTAL\"", |event| event.product_code = "FLOW_TOTAL".into()),
        ("product_code", "SUBJECT_UNKNOWN", "come in batches", |event| event.product_code = "INCOME_SUPPORT:refused".into()),
        ("product_code", "QUANTITY_MISPLACED", "staff_fte", |event| event.product_code = "PRODUCTION_STAFF".into()),
        ("to_structure_code", "TRANSFER_MALFORMED", "no second", |event| event.to_structure_code = "PRV_ASTI".into()),
        ("to_structure_code", "TRANSFER_MALFORMED", "takes over", |event| event.kind = WorkEventKind::Transferred.into()),
        ("moment", "MOMENT_MALFORMED", "required", |event| event.moment = None),
        ("moment", "MOMENT_AHEAD", "lies ahead", |event| event.moment = Some(prost_types::Timestamp { seconds: 4_070_908_800, nanos: 0 })),
        ("moment", "NO_PLAN", "1990-05", |event| event.moment = Some(prost_types::Timestamp { seconds: 643_000_000, nanos: 0 })),
        ("utc_offset_minutes", "MOMENT_MALFORMED", "841", |event| event.utc_offset_minutes = 841),
        ("pieces", "PIECES_MALFORMED", "0 pieces", |event| event.pieces = 0),
        ("pieces", "REASON_MISSING", "-1 pieces", |event| event.pieces = -1),
    ];
    for (place, (field, reason, detail, spoil)) in (1i64..).zip(cases) {
        let mut request = events(10 * place..10 * place + 3);
        spoil(&mut request.events[1]);
        let answer = send(&client, request).await.unwrap();
        assert_eq!(answer.accepted, 2, "{reason}: the others are recorded");
        check(&answer, field, reason, detail);
    }
    let mut nameless = events(900..901);
    nameless.origin = String::new();
    let refused = send(&client, nameless).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    let mut uncertain = events(900..901);
    uncertain.provenance = 0;
    assert_eq!(send(&client, uncertain).await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(send(&client, events(1_000..6_001)).await.unwrap_err().code(), Code::InvalidArgument, "5,001 events");
    assert_eq!(received(&client).await, Some(34));
}

/// What waits entered the flow with the certainty of the month that told of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flow_is_as_certain_as_the_backlog_that_it_carries() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let channel = serve_with(piramide_ledger::open(&url, SCHEMA).await.unwrap(), &[]).await;
    let client = ProductionServiceClient::new(channel.clone());
    let march = row("PRV_ASTI", "2021-03", PRODUCT, &[("opening_backlog", "7"), ("closing_backlog", "7")]);
    submit_as(&channel, types::Provenance::Synthetic, ("march", ""), &[march]).await.unwrap();
    submit_of(&channel, "april", OFFICE, "2021-04").await.unwrap();
    let certainty = async |structure: &str| {
        let flow = flow(&client, structure, "2021-04").await;
        (flow.closing_backlog, flow.provenance())
    };
    assert_eq!(certainty(OFFICE).await, (Some(5), types::Provenance::Submitted));
    assert_eq!(certainty("NAZ").await, (Some(12), types::Provenance::Synthetic));
}

/// What was refused or never came is a gap until it is sent.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_is_missing_shows_in_its_feed_until_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let channel = serve_with(piramide_ledger::open(&url, SCHEMA).await.unwrap(), &[]).await;
    let client = ProductionServiceClient::new(channel.clone());
    let feeds = async || {
        let request = ListFeedsRequest::default();
        LedgerServiceClient::new(channel.clone()).list_feeds(request).await.unwrap().into_inner().feeds
    };
    assert_eq!(feeds().await, []);
    let mut request = events(1..6);
    request.events[2].pieces = 0;
    assert_eq!(send(&client, request.clone()).await.unwrap().accepted, 4);
    let [feed] = feeds().await.try_into().unwrap();
    assert_eq!((feed.origin, feed.events, feed.first_number, feed.last_number), (request.origin.clone(), 4, 1, 5));
    assert_eq!((feed.missing, feed.gaps), (1, vec![NumberRange { first: 3, last: 3 }]));
    assert_eq!(send(&client, events(1..6)).await.unwrap().accepted, 1);
    let [feed] = feeds().await.try_into().unwrap();
    assert_eq!((feed.events, feed.missing, feed.gaps), (5, 0, vec![]));
    let list = async |token: &str| {
        let request = ListFeedsRequest { page_size: 1, page_token: token.to_owned() };
        LedgerServiceClient::new(channel.clone()).list_feeds(request).await.map(tonic::Response::into_inner)
    };
    let next = list("").await.unwrap().next_page_token;
    assert_eq!(list(&next).await.unwrap(), ListFeedsResponse::default());
    for token in ["after-", "x", "AFTER-x"] {
        assert_eq!(list(token).await.unwrap_err().code(), Code::InvalidArgument, "{token}");
    }
}

/// Half past midnight on the first of March in Italy is still February in UTC, and belongs to March: who says otherwise is asked again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_belongs_to_the_month_of_italys_civil_time() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let client = serve(piramide_ledger::open(&url, SCHEMA).await.unwrap()).await;
    let mut request = events(1..3);
    for (event, offset) in request.events.iter_mut().zip([0, 60]) {
        event.moment = Some(prost_types::Timestamp { seconds: 1_614_555_000, nanos: 0 });
        event.utc_offset_minutes = offset;
    }
    let answer = send(&client, request).await.unwrap();
    assert_eq!(answer.accepted, 1);
    check(&answer, "utc_offset_minutes", "MOMENT_MALFORMED", "2021-02-28T23:30:00Z is in 2021-03 in Italy");
    assert_eq!(received(&client).await, Some(1));
}

/// What follows a page is named by a token of that answer and by nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_no_answer_gave_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    let channel = serve_with(piramide_ledger::open(&url, SCHEMA).await.unwrap(), &[]).await;
    submit(&channel, "april", "2021-04").await.unwrap();
    submit(&channel, "may", "2021-05").await.unwrap();
    let list = async |page_token: &str| {
        let request = ListBatchesRequest { page_size: 1, page_token: page_token.to_owned() };
        LedgerServiceClient::new(channel.clone()).list_batches(request).await.map(tonic::Response::into_inner)
    };
    let next = list("").await.unwrap().next_page_token;
    assert_eq!(list(&next).await.unwrap().receipts[0].batch_id, "may");
    for token in [
        "1",
        "after-",
        "after-0",
        "after--1",
        "after-1x",
        "AFTER-1",
        "after-9223372036854775808",
        "after-1;DROP TABLE batches",
        "\u{1F600}",
    ] {
        let refused = list(token).await.unwrap_err();
        let refusal = Refusal::read(&refused).unwrap();
        assert_eq!((refused.code(), refusal.reason.as_ref()), (Code::InvalidArgument, "PAGE_TOKEN"), "{token}: {refused}");
        assert_eq!(refusal.details.fields[0].0, "page_token");
    }
}
