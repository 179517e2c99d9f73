//! Work events through real processes: recorded once whatever fails, counted the moment they are acknowledged.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use piramide_contracts::{
    ledger::{TailRequest, ledger_service_client::LedgerServiceClient},
    production::{
        Flow, GetFlowsRequest, RecordEventsRequest, RecordEventsResponse, WorkEvent, WorkEventKind,
        production_service_client::ProductionServiceClient,
    },
    scorecard::{WatchRequest, scorecard_service_client::ScorecardServiceClient},
    types,
};
use piramide_ledger::testing::PostgresServer;
use piramide_tests::System;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, transport::Channel};

const OFFICES: [&str; 3] = ["PRV_TORINO", "PRV_ASTI", "PRV_CUNEO"];
const PRODUCT: &str = "INCOME_SUPPORT";
const CHUNK: i64 = 500;

/// The event of that number: of eight five come in, two are completed, one is handed over to the next office; in March 2021.
fn event(number: i64) -> WorkEvent {
    let office = usize::try_from(number % 3).unwrap();
    let (kind, to) = match number % 8 {
        0 | 4 => (WorkEventKind::Completed, ""),
        6 => (WorkEventKind::Transferred, next(office)),
        _ => (WorkEventKind::Received, ""),
    };
    WorkEvent {
        number,
        kind: kind.into(),
        structure_code: OFFICES[office].into(),
        to_structure_code: to.into(),
        product_code: PRODUCT.into(),
        // 10 March 2021, one event a second.
        moment: Some(prost_types::Timestamp { seconds: 1_615_363_200 + number % 86_400, nanos: 0 }),
        utc_offset_minutes: 60,
        pieces: 1,
    }
}

/// The office that an office hands over to.
fn next(office: usize) -> &'static str {
    OFFICES[(office + 1) % OFFICES.len()]
}

fn chunk(number: i64) -> RecordEventsRequest {
    let events = (number * CHUNK + 1..=(number + 1) * CHUNK).map(event).collect();
    let provenance = types::Provenance::Submitted.into();
    RecordEventsRequest { chunk: number, origin: "desk".into(), provenance, events, ..RecordEventsRequest::default() }
}

/// What an office has received, completed and handed over after the events up to a number.
fn expected(office: &str, last: i64) -> [i64; 3] {
    [WorkEventKind::Received, WorkEventKind::Completed, WorkEventKind::Transferred].map(|kind| {
        let mine = (1..=last).map(event).filter(|event| event.structure_code == office && event.kind() == kind);
        i64::try_from(mine.count()).unwrap()
    })
}

async fn production(port: u16) -> ProductionServiceClient<Channel> {
    let endpoint = tonic::transport::Endpoint::new(format!("http://127.0.0.1:{port}")).unwrap();
    ProductionServiceClient::new(endpoint.connect().await.unwrap())
}

/// Sends chunks over one stream, several on their way, until all are answered or the service is gone. Tells of each answer.
async fn send(
    port: u16,
    chunks: impl Iterator<Item = RecordEventsRequest>,
    mut answered: impl FnMut(&RecordEventsResponse),
) -> Result<(), Status> {
    let chunks: Vec<_> = chunks.collect();
    let (sender, receiver) = mpsc::channel(2);
    tokio::spawn(async move {
        for chunk in chunks {
            if sender.send(chunk).await.is_err() {
                return;
            }
        }
    });
    let mut answers = production(port).await.record_events(ReceiverStream::new(receiver)).await?.into_inner();
    while let Some(answer) = answers.message().await? {
        answered(&answer);
    }
    Ok(())
}

async fn flow(port: u16, structure: &str) -> Flow {
    let request = GetFlowsRequest {
        structure_code: structure.into(),
        period: Some(types::Period { value: "2021-03".into() }),
        node_code: PRODUCT.into(),
        ..GetFlowsRequest::default()
    };
    production(port).await.get_flows(request).await.unwrap().into_inner().flows.remove(0)
}

/// Every office, and the nation above them, has exactly the events up to a number.
async fn assert_counted(port: u16, last: i64) {
    let mut nation = [0, 0, 0];
    for office in OFFICES {
        let flow = flow(port, office).await;
        let counted = expected(office, last);
        assert_eq!([flow.received, flow.completed, flow.transferred_out], counted.map(Some), "{office}");
        nation = std::array::from_fn(|place| nation[place] + counted[place]);
    }
    let flow = flow(port, "NAZ").await;
    assert_eq!([flow.received, flow.completed, flow.transferred_in, flow.transferred_out], [0, 1, 2, 2].map(|place| Some(nation[place])));
}

/// What an office has handed over, the next has taken, and the part that names both says the same: of a piece all three are there, or none.
async fn assert_ends_meet(system: &System) {
    let path = "/api/v1/production/subsidiarity?structure=REG_PIEMONTE&period=2021-03&plan=inps-2021";
    let help = tokio::task::block_in_place(|| system.json(path));
    let pairs = help["items"].as_array().unwrap();
    let port = system.port("production");
    for (office, helped) in OFFICES.into_iter().enumerate() {
        let helper = next(office);
        let pair = pairs.iter().find(|pair| pair["helper"] == helper && pair["helped"] == helped);
        // A piece is a point.
        let named: Option<i64> = pair.and_then(|pair| pair["actual"].as_str()).map(|points| points.parse().unwrap());
        let (given, taken) = (flow(port, helped).await.transferred_out, flow(port, helper).await.transferred_in);
        assert!(given.is_some_and(|given| given > 0), "{helped}");
        assert_eq!((taken, named), (given, given), "{helped} to {helper}: {help}");
    }
}

fn assert_intact(system: &System) {
    let verified = system.piramide(&["verify", "--domain", "production"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_while_events_stream_loses_none_and_counts_none_twice() {
    killed_while_events_stream(tokio::task::block_in_place(System::empty)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nor_does_one_whose_facts_lie_on_postgresql() {
    let database = PostgresServer::shared().unwrap().create_database().unwrap();
    killed_while_events_stream(tokio::task::block_in_place(|| System::with_stores(BTreeMap::from([("production", database)])))).await;
}

async fn killed_while_events_stream(mut system: System) {
    const CHUNKS: i64 = 60;
    let port = system.port("production");
    let mut acknowledged = 0;
    for kill_after in [3, 9, 20] {
        let (killed, mut kill) = mpsc::unbounded_channel();
        let sending = tokio::spawn(async move {
            let mut acknowledged = 0;
            let lost = send(port, (0..CHUNKS).map(chunk), |answer| {
                assert_eq!(answer.accepted + answer.duplicates, CHUNK, "chunk {}: {:?}", answer.chunk, answer.refused);
                acknowledged = answer.chunk + 1;
                killed.send(acknowledged).unwrap();
            });
            (lost.await.is_err(), acknowledged)
        });
        while kill.recv().await.unwrap() < kill_after {}
        system.kill("production");
        let (lost, now) = sending.await.unwrap();
        assert!(lost, "the fault fired: the stream broke");
        acknowledged = acknowledged.max(now);
        tokio::task::block_in_place(|| system.start("production"));
        assert_intact(&system);
        // What was acknowledged is there before anything is sent again.
        let received = flow(port, OFFICES[0]).await.received.unwrap();
        assert!(received >= expected(OFFICES[0], acknowledged * CHUNK)[0], "{received} of {acknowledged} chunks");
        assert_ends_meet(&system).await;
    }
    let mut duplicates = 0;
    send(port, (0..CHUNKS).map(chunk), |answer| duplicates += answer.duplicates).await.unwrap();
    assert!(duplicates >= acknowledged * CHUNK, "{duplicates} duplicates of {acknowledged} chunks");
    assert_counted(port, CHUNKS * CHUNK).await;
    assert_ends_meet(&system).await;
    assert_intact(&system);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_on_one_database_count_an_event_sent_to_both_once() {
    const CHUNKS: i64 = 20;
    let database = PostgresServer::shared().unwrap().create_database().unwrap();
    let mut system = tokio::task::block_in_place(|| System::with_stores(BTreeMap::from([("production", database)])));
    let (one, other) = (system.port("production"), tokio::task::block_in_place(|| system.start_replica("production", "second")));
    let (mut accepted, mut duplicates) = (0, 0);
    let (here, there) = tokio::join!(
        tokio::spawn(async move {
            let mut answers = Vec::new();
            send(one, (0..CHUNKS).map(chunk), |answer| answers.push(answer.clone())).await.map(|()| answers)
        }),
        tokio::spawn(async move {
            let mut answers = Vec::new();
            send(other, (0..CHUNKS).rev().map(chunk), |answer| answers.push(answer.clone())).await.map(|()| answers)
        }),
    );
    let answers: Vec<_> = here.unwrap().unwrap().into_iter().chain(there.unwrap().unwrap()).collect();
    for answer in &answers {
        assert_eq!(answer.refused, [], "chunk {}", answer.chunk);
        accepted += answer.accepted;
        duplicates += answer.duplicates;
    }
    assert_eq!((accepted, duplicates), (CHUNKS * CHUNK, CHUNKS * CHUNK));
    // A replica that has not written last follows the ledger: it answers as of its own last sequence, which the other has passed.
    let sequence = answers.iter().map(|answer| answer.sequence).max().unwrap();
    for port in [one, other] {
        wait_for(port, sequence).await;
        assert_counted(port, CHUNKS * CHUNK).await;
    }
    assert_intact(&system);
}

/// Waits until a replica has taken in a sequence, as its watchers are told.
async fn wait_for(port: u16, sequence: i64) {
    let endpoint = tonic::transport::Endpoint::new(format!("http://127.0.0.1:{port}")).unwrap();
    let mut client = ScorecardServiceClient::new(endpoint.connect().await.unwrap());
    let mut changes = client.watch(WatchRequest::default()).await.unwrap().into_inner();
    while changes.message().await.unwrap().unwrap().sequence < sequence {}
}

/// A connection that takes a few bytes of an answer, and no more until they are read: less than one change weighs.
async fn narrow(port: u16) -> Channel {
    let endpoint = tonic::transport::Endpoint::new(format!("http://127.0.0.1:{port}")).unwrap();
    endpoint.initial_stream_window_size(8).connect().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_that_never_read_do_not_slow_ingestion() {
    const CHUNKS: i64 = 400;
    /// Changes that were on their way when a subscriber stopped reading: one on the wire, one before it.
    const ON_THEIR_WAY: usize = 3;
    let system = tokio::task::spawn_blocking(System::empty).await.unwrap();
    let port = system.port("production");
    let mut silent = Vec::new();
    for _ in 0..32 {
        silent.push(ScorecardServiceClient::new(narrow(port).await).watch(WatchRequest::default()).await.unwrap().into_inner());
    }
    let mut tail = LedgerServiceClient::new(narrow(port).await).tail(TailRequest::default()).await.unwrap().into_inner();
    // One that vanishes without a word.
    drop(silent.pop());
    let mut newest = 0;
    let sent = send(port, (0..CHUNKS).map(chunk), |answer| {
        assert_eq!(answer.accepted, CHUNK);
        newest = newest.max(answer.sequence);
    });
    tokio::time::timeout(Duration::from_mins(2), sent).await.expect("nobody waits for those who do not read").unwrap();
    assert_counted(port, CHUNKS * CHUNK).await;
    // They were not cut off either: each finds the newest state when it reads at last, behind the little that it had not taken.
    for changes in &mut silent {
        let mut read = 1;
        while changes.message().await.unwrap().unwrap().sequence < newest {
            read += 1;
        }
        assert!(read <= ON_THEIR_WAY, "{read} changes were kept of {newest} batches for one who does not read");
    }
    // Who asked for every batch gets every one of them.
    for sequence in 1..=newest {
        assert_eq!(tail.message().await.unwrap().unwrap().receipt.unwrap().sequence, sequence);
    }
}

/// A sender that pushes as fast as it can is held back by the flow of the connection: what it is ahead of the disk stays small, and so does
/// the memory of the service.
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_faster_than_the_disk_waits_and_memory_stays_flat() {
    const CHUNKS: i64 = 400;
    /// Chunks of some 20 KiB between the sender and the disk: those in the windows of the connection, and the few that wait to be written.
    const MOST_AHEAD: i64 = 100;
    /// KiB: twice what the service takes to record a few chunks after one another, and less than all of them take once they are read.
    const MOST_GROWN: u64 = 40 * 1_024;
    let system = tokio::task::spawn_blocking(System::empty).await.unwrap();
    let port = system.port("production");
    // What any events at all cost is there before it is measured.
    send(port, (CHUNKS..CHUNKS + 20).map(chunk), |answer| assert_eq!(answer.accepted, CHUNK)).await.unwrap();
    let before = system.resident("production");
    let pushed = Arc::new(AtomicI64::new(0));
    let (sender, receiver) = mpsc::channel(1);
    let pushing = pushed.clone();
    tokio::spawn(async move {
        for number in 0..CHUNKS {
            if sender.send(chunk(number)).await.is_err() {
                return;
            }
            pushing.store(number + 1, Ordering::SeqCst);
        }
    });
    let mut answers = production(port).await.record_events(ReceiverStream::new(receiver)).await.unwrap().into_inner();
    let (mut answered, mut ahead, mut grown) = (0, 0, 0);
    while let Some(answer) = answers.message().await.unwrap() {
        assert_eq!((answer.chunk, answer.accepted), (answered, CHUNK), "{:?}", answer.refused);
        answered += 1;
        ahead = ahead.max(pushed.load(Ordering::SeqCst) - answered);
        if answered % 20 == 0 {
            grown = grown.max(system.resident("production").saturating_sub(before));
        }
    }
    assert_eq!(answered, CHUNKS);
    assert!(ahead > 1, "the fault fired: the sender was faster than the disk");
    assert!(ahead < MOST_AHEAD, "the sender was up to {ahead} chunks of {CHUNK} events ahead");
    assert!(grown < MOST_GROWN, "{grown} KiB more while events streamed");
    assert_counted(port, (CHUNKS + 20) * CHUNK).await;
}

fn csv(rows: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("number,kind,structure,to_structure,product,moment,pieces\n{rows}")).unwrap();
    file
}

/// The whole way of a piece of work: a file, the service, the page of flows; then late, closed, corrected.
#[test]
fn events_from_a_file_are_in_the_figures_at_once_and_keep_to_closings() {
    let system = System::empty();
    let events = |rows: &str, more: &[&str]| {
        let file = csv(rows);
        let path = file.path().display().to_string();
        let arguments = [&["events", &path, "--origin", "SIMP", "--provenance", "submitted", "--json"], more].concat();
        let output = system.piramide(&arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap_or_default(), output.status.code(), said)
    };
    let flow = |query: &str| {
        let flows = system.json(&format!("/api/v1/production/flows?structure=PRV_ASTI&node={PRODUCT}&{query}"));
        flows["items"][0].clone()
    };
    let rows = "1,received,PRV_ASTI,,INCOME_SUPPORT,2021-03-01T08:30:00+01:00,12\n\
                2,completed,PRV_ASTI,,INCOME_SUPPORT,2021-03-01T09:00:00+01:00,\n\
                3,transferred,PRV_ASTI,PRV_CUNEO,INCOME_SUPPORT,2021-03-31T23:59:00+02:00,4\n\
                4,completed,PRV_NOWHERE,,INCOME_SUPPORT,2021-03-01T09:00:00+01:00,1\n";
    let (answer, code, said) = events(rows, &[]);
    assert_eq!((answer["accepted"].as_i64(), answer["duplicates"].as_i64(), code), (Some(3), Some(0), Some(1)), "{answer} {said}");
    assert_eq!(answer["refused"][0]["reason"], "STRUCTURE_UNKNOWN");
    assert!(said.contains("event 4, structure_code: \"PRV_NOWHERE\" is not a structure"), "{said}");
    let march = flow("period=2021-03");
    assert_eq!((march["received"].as_i64(), march["completed"].as_i64(), march["transferred_out"].as_i64()), (Some(12), Some(1), Some(4)));
    // The same file again, which is what one does after any doubt.
    let (again, _, _) = events(rows, &[]);
    assert_eq!((again["accepted"].as_i64(), again["duplicates"].as_i64()), (Some(0), Some(3)));
    assert_eq!(flow("period=2021-03"), march);
    // A number used again for another event.
    let (reused, code, said) = events("1,received,PRV_ASTI,,INCOME_SUPPORT,2021-03-01T08:30:00+01:00,13\n", &[]);
    assert_eq!((reused["refused"][0]["reason"].as_str(), code), (Some("EVENT_REUSED"), Some(1)), "{said}");

    let closed = system.piramide(&["close", "2021-I", "--period", "2021-Q1", "--author", "test", "--domain", "production"]);
    assert!(closed.status.success(), "{}", String::from_utf8_lossy(&closed.stderr));
    let late = "5,completed,PRV_ASTI,,INCOME_SUPPORT,2021-03-30T10:00:00+02:00,2\n6,received,PRV_ASTI,,INCOME_SUPPORT,2021-04-01T00:30:00+02:00,1\n";
    let (refused, _, said) = events(late, &[]);
    assert_eq!(refused["accepted"], 1, "April is open: {said}");
    assert_eq!(refused["refused"][0]["reason"], "PERIOD_CLOSED");
    assert!(said.contains("2021-03 is closed by 2021-I: give a reason"), "{said}");
    let (accepted, code, said) = events(late, &["--reason", "pratiche ritrovate"]);
    assert_eq!((accepted["accepted"].as_i64(), accepted["duplicates"].as_i64(), code), (Some(1), Some(1), Some(0)), "{said}");
    assert_eq!(flow("period=2021-03")["completed"], 3);
    assert_eq!(flow("period=2021-03&as_of=2021-I"), march, "what was closed is for ever the same");
    let listed = String::from_utf8(system.piramide(&["batches", "--domain", "production"]).stdout).unwrap();
    assert!(listed.contains("events-") && listed.contains("pratiche ritrovate"), "{listed}");
    assert_intact(&system);
}
