//! Trust in the data: batches, closings, chains, over REST and over gRPC.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use piramide_contracts::{
    batch,
    ledger::{BatchHeader, FactRow, Quantity, SubmitBatchRequest, ledger_service_client::LedgerServiceClient, submit_batch_request::Part},
    types,
};
use piramide_ledger::testing::PostgresServer;
use piramide_measure::Exact;
use piramide_tests::System;
use sha2::{Digest, Sha256};

use crate::published;

#[test]
fn every_ledger_verifies_and_every_batch_has_a_receipt() {
    for domain in ["production", "quality", "finance", "workforce"] {
        let verified = published().json(&format!("/api/v1/{domain}/ledger/verification"));
        assert_eq!(verified["intact"], true, "{domain}: {verified}");
        assert!(verified["batches"].as_i64().unwrap() > 0, "{domain}");
    }
    let receipt = published().json("/api/v1/production/batches/production-published-2020");
    assert_eq!(receipt["provenance"], "published");
    assert_eq!(receipt["content_hash"].as_str().unwrap().len(), 64);
}

#[test]
fn importing_again_changes_nothing() {
    let before = published().json("/api/v1/production/ledger/verification");
    let output = published().piramide(&["import", "--bundled", "2020"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(before, published().json("/api/v1/production/ledger/verification"));
}

fn rows() -> Vec<FactRow> {
    vec![FactRow {
        line: 1,
        structure_code: "PRV_TORINO".into(),
        subject_code: "ECA".into(),
        period: Some(types::Period { value: "2021-03".into() }),
        quantities: vec![Quantity { name: "amount".into(), value: Some(types::Decimal { value: "12.50".into() }) }],
    }]
}

fn header() -> BatchHeader {
    let provenance = types::Provenance::Submitted.into();
    BatchHeader { batch_id: "grpc".into(), origin: "test".into(), provenance, ..BatchHeader::default() }
}

async fn submit(port: u16, messages: Vec<SubmitBatchRequest>) -> Result<bool, tonic::Status> {
    let address = format!("http://127.0.0.1:{port}");
    let mut client = LedgerServiceClient::new(tonic::transport::Endpoint::new(address).unwrap().connect().await.unwrap());
    client.submit_batch(tokio_stream_of(messages)).await.map(|answer| answer.into_inner().replayed)
}

fn tokio_stream_of(messages: Vec<SubmitBatchRequest>) -> impl tonic::IntoStreamingRequest<Message = SubmitBatchRequest> {
    tonic::Request::new(tokio_stream::iter(messages))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_without_its_commit_records_nothing() {
    let system = tokio::task::spawn_blocking(System::empty).await.unwrap();
    let whole = batch::messages(header(), &rows());
    let cut = whole.iter().filter(|message| !matches!(message.part, Some(Part::Commit(_)))).cloned().collect();
    let refused = submit(system.port("finance"), cut).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::InvalidArgument, "{refused}");
    assert!(refused.message().contains("without a commit"), "{refused}");

    let mut changed = whole.clone();
    let Some(Part::Columns(columns)) = &mut changed[1].part else { panic!("rows go column by column") };
    columns.structures[0] = "PRV_ASTI".into();
    let refused = submit(system.port("finance"), changed).await.unwrap_err();
    assert!(refused.message().contains("content hash"), "{refused}");

    assert!(!submit(system.port("finance"), whole.clone()).await.unwrap(), "whole, it is new");
    assert!(submit(system.port("finance"), whole).await.unwrap(), "again, it is the first answer");
    tokio::task::spawn_blocking(move || drop(system)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_on_one_postgresql_count_a_batch_once() {
    let store = PostgresServer::shared().unwrap().create_database().unwrap();
    let started = tokio::task::spawn_blocking(move || {
        let mut system = System::with_stores(BTreeMap::from([("finance", store)]));
        let replica = system.start_replica("finance", "finance-replica");
        (system, replica)
    });
    let (system, replica) = started.await.unwrap();
    let whole = batch::messages(header(), &rows());
    let (one, other) = tokio::join!(submit(system.port("finance"), whole.clone()), submit(replica, whole));
    assert_eq!(
        [one.unwrap(), other.unwrap()].into_iter().filter(|replayed| *replayed).count(),
        1,
        "one records, the other answers the same"
    );
    tokio::task::spawn_blocking(move || {
        let path = "/api/v1/indicators/finance.ieep.eca?structure=NAZ&period=2021-03&plan=inps-2021";
        assert_eq!(system.json(path)["actual"], "12.5", "counted once");
    })
    .await
    .unwrap();
}

fn eca(system: &System) -> Option<String> {
    let found = system.json("/api/v1/indicators/finance.ieep.eca?structure=NAZ&period=2021-03&plan=inps-2021");
    found["actual"].as_str().map(|text| Exact::parse(text).unwrap().rounded(2))
}

/// Waits until the log of a service says something, with nobody asking it for anything.
fn wait_until_said(system: &System, service: &str, said: &str) {
    const PATIENCE: Duration = Duration::from_mins(1);
    let (log, began) = (system.data().join(format!("{service}.log")), Instant::now());
    loop {
        let text = std::fs::read_to_string(&log).unwrap();
        if text.contains(said) {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{service} does not say that {said}: {text}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A snapshot only saves time: a forged one is found without anybody's asking, and answers are then made from the ledger again.
#[test]
fn a_snapshot_is_never_trusted_over_the_ledger() {
    const ROWS: &[u8] = b"structure,item,period,amount\nPRV_TORINO,ECA,2021-03,12.50\n";
    let mut system = System::empty();
    assert_eq!(system.submit("finance", "march", "provenance=submitted&origin=test", ROWS).status, 201);
    system.stop("finance");
    let kept = system.data().join("finance.db.snapshot");
    let whole = std::fs::read(&kept).expect("an orderly end keeps a snapshot");
    system.start("finance");
    assert_eq!(eca(&system).as_deref(), Some("12.50"));
    assert_eq!(system.json("/api/v1/finance/ledger/verification")["intact"], true);

    // Another amount under the right digest and the right batch: the last number of the last fact is 1250 cents.
    system.kill("finance");
    let mut forged = whole[..whole.len() - 32].to_vec();
    let last = forged.len() - 1;
    forged[last] += 1;
    forged.extend(Sha256::digest(&forged));
    std::fs::write(&kept, forged).unwrap();
    system.start("finance");
    // It may answer until it is found.
    eca(&system);
    wait_until_said(&system, "finance", "the facts in memory are not those of the ledger");
    wait_until_said(&system, "finance", "what a snapshot said that the ledger does not is made again from the ledger");
    assert_eq!(eca(&system).as_deref(), Some("12.50"), "made again from the ledger");
    assert_eq!(system.json("/api/v1/finance/ledger/verification")["intact"], true);

    // A snapshot of a ledger that is not there any more.
    system.stop("finance");
    for file in ["finance.db", "finance.db-wal", "finance.db-shm"] {
        std::fs::remove_file(system.data().join(file)).ok();
    }
    std::fs::write(&kept, whole).unwrap();
    system.start("finance");
    assert_eq!(eca(&system), None, "the ledger is empty, whatever the snapshot says");
}

/// The files of a service that hold what it knew in the past.
fn files_of_the_past(system: &System, service: &str) -> Vec<String> {
    let files = std::fs::read_dir(system.data()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut past: Vec<String> = files.filter(|name| name.starts_with(&format!("{service}.db.snapshot."))).collect();
    past.sort();
    past
}

fn eca_rows(amount: &str) -> String {
    format!("structure,item,period,amount\nPRV_TORINO,ECA,2021-03,{amount}\n")
}

/// What was known at a closing is trusted no more than what is known now.
#[test]
fn a_snapshot_of_the_past_is_never_trusted_over_the_ledger() {
    let eca_at_closing = |system: &System| {
        let found = system.json("/api/v1/indicators/finance.ieep.eca?structure=NAZ&period=2021-03&plan=inps-2021&as_of=march");
        found["actual"].as_str().map(|text| Exact::parse(text).unwrap().rounded(2))
    };
    let mut system = System::empty();
    assert_eq!(system.submit("finance", "march", "provenance=submitted&origin=test", eca_rows("12.50").as_bytes()).status, 201);
    let closing = serde_json::json!({ "name": "march", "period": "2021", "author": "test" });
    assert_eq!(system.post("/api/v1/finance/closings", "march", &closing).status, 201);
    let correction = "provenance=submitted&origin=test&reason=late";
    assert_eq!(system.submit("finance", "late", correction, eca_rows("20.00").as_bytes()).status, 201);
    assert_eq!(eca_at_closing(&system).as_deref(), Some("12.50"));
    system.stop("finance");
    assert_eq!(files_of_the_past(&system, "finance"), ["finance.db.snapshot.1", "finance.db.snapshot.1.sheets"]);
    let sheets = system.data().join("finance.db.snapshot.1.sheets");
    let whole_sheets = std::fs::read(&sheets).unwrap();
    std::fs::remove_file(&sheets).unwrap();

    // Another amount under the right digest and the right batch, of which sheets will be made, and what a crash has left of other closings.
    let kept = system.data().join("finance.db.snapshot.1");
    let whole = std::fs::read(&kept).unwrap();
    let mut forged = whole[..whole.len() - 32].to_vec();
    let last = forged.len() - 1;
    forged[last] += 1;
    forged.extend(Sha256::digest(&forged));
    std::fs::write(&kept, forged).unwrap();
    std::fs::write(system.data().join("finance.db.snapshot.7.new"), "half").unwrap();
    std::fs::write(system.data().join("finance.db.snapshot.8.sheets.new"), "half").unwrap();
    system.start("finance");
    assert_eq!(files_of_the_past(&system, "finance"), ["finance.db.snapshot.1"], "what is half written goes");
    // It may answer, and is remembered, until it is found.
    eca_at_closing(&system);
    wait_until_said(&system, "finance", "what a snapshot of the past says is not what the ledger says");
    wait_until_said(&system, "finance", "what a snapshot said that the ledger does not is made again from the ledger");
    assert_eq!(eca_at_closing(&system).as_deref(), Some("12.50"), "made again from the ledger");
    assert_eq!(eca(&system).as_deref(), Some("20.00"), "what is known now was right all along");
    assert_eq!(system.json("/api/v1/finance/ledger/verification")["intact"], true);
    system.stop("finance");
    assert_eq!(std::fs::read(&kept).unwrap(), whole, "kept again, as it was");
    assert_eq!(std::fs::read(&sheets).unwrap(), whole_sheets, "and its sheets");
}

/// What `verify` prints for a witness of finance.
fn witnessed(system: &System) -> String {
    let output = system.piramide(&["verify", "--domain", "finance"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().last().unwrap().trim().to_owned()
}

/// How a verification against that ends, and what it says.
fn verify(system: &System, held: &str) -> (Option<i32>, String) {
    let output = system.piramide(&["verify", "--domain", "finance", "--known", held]);
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// An older copy of the ledger, put back where snapshots lie that are later than it: what is recorded from there on counts.
#[test]
fn a_ledger_put_back_from_an_older_copy_goes_on_from_its_own_end() {
    let mut system = System::empty();
    assert_eq!(system.submit("finance", "march", "provenance=submitted&origin=test", eca_rows("12.50").as_bytes()).status, 201);
    system.stop("finance");
    let store = system.data().join("finance.db");
    let older = std::fs::read(&store).unwrap();
    system.start("finance");
    let correction = "provenance=submitted&origin=test&reason=late";
    assert_eq!(system.submit("finance", "lost", correction, eca_rows("15.00").as_bytes()).status, 201);
    let closing = serde_json::json!({ "name": "march", "period": "2021", "author": "test" });
    assert_eq!(system.post("/api/v1/finance/closings", "march", &closing).status, 201);
    let held = witnessed(&system);
    assert_eq!(verify(&system, &held), (Some(0), String::new()));
    system.stop("finance");
    assert_eq!(files_of_the_past(&system, "finance"), ["finance.db.snapshot.2", "finance.db.snapshot.2.sheets"]);

    for file in ["finance.db-wal", "finance.db-shm"] {
        std::fs::remove_file(system.data().join(file)).ok();
    }
    std::fs::write(&store, older).unwrap();
    system.start("finance");
    let verified = system.json("/api/v1/finance/ledger/verification");
    assert_eq!((&verified["intact"], &verified["closings"]), (&true.into(), &0.into()), "{verified}");
    assert!(files_of_the_past(&system, "finance").is_empty(), "it is of a ledger that went further");
    // A chain that was cut short fits: only who holds a hash of its end can tell.
    let (code, said) = verify(&system, &held);
    assert!(code == Some(1) && said.contains("finance: nothing is recorded at sequence 3, and the witness holds"), "{said}");
    assert_eq!(system.submit("finance", "late", correction, eca_rows("20.00").as_bytes()).status, 201);
    assert_eq!(eca(&system).as_deref(), Some("20.00"), "the next batch counts");
    assert_eq!(system.post("/api/v1/finance/closings", "again", &closing).status, 201);
    let (code, said) = verify(&system, &held);
    assert!(code == Some(1) && said.contains("finance: the hash is"), "as long as before, and another: {said}");
    system.stop("finance");
    system.start("finance");
    assert_eq!(eca(&system).as_deref(), Some("20.00"), "after a restart too");
}
