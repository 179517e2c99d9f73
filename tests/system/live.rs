//! What is recorded is told at once: to readers of the event stream, to whoever tails a ledger, to the page that somebody has open.

use std::{
    thread,
    time::{Duration, Instant},
};

use piramide_contracts::ledger::{TailRequest, ledger_service_client::LedgerServiceClient};
use piramide_tests::{Browser, Listener, System};
use tonic::transport::Endpoint;

/// Records the flow of a month of 2021, and returns its place in the ledger.
fn record(system: &System, month: u8) -> i64 {
    let header = "structure,product,period,received,completed,opening_backlog,closing_backlog";
    let csv = format!("{header}\nPRV_TORINO,INCOME_SUPPORT,2021-{month:02},10,10,40,40\n");
    let answer = system.submit("production", &format!("month-{month}"), "provenance=submitted&origin=test", csv.as_bytes());
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()["sequence"].as_i64().unwrap()
}

#[test]
fn readers_of_the_event_stream_are_told_of_a_batch() {
    let system = System::empty();
    let mut early = Listener::of(&system);
    let sequence = record(&system, 3);
    assert_eq!(told(&mut early, 0), ("changed".to_owned(), sequence));
    // Whoever comes later is told first where things stand.
    assert_eq!(told(&mut Listener::of(&system), 0), ("current".to_owned(), sequence));
    let next = record(&system, 4);
    assert!(next > sequence);
    assert_eq!(told(&mut early, sequence), ("changed".to_owned(), next));
}

/// The next event of production beyond a sequence: its name and the sequence that it tells. A gateway that has just come to know a service may
/// tell once more where that stands.
fn told(listener: &mut Listener, known: i64) -> (String, i64) {
    loop {
        let (name, change) = listener.event();
        let sequence = change["sequence"].as_i64().unwrap();
        if change["domain"] == "production" && sequence > known {
            return (name, sequence);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_sends_what_is_there_and_what_comes_once_each_and_in_order() {
    const KNOWN: u8 = 2;
    const BEFORE: u8 = 5;
    const ALL: u8 = 12;
    let system = tokio::task::spawn_blocking(|| {
        let system = System::empty();
        (1..=BEFORE).for_each(|month| _ = record(&system, month));
        system
    });
    let system = system.await.unwrap();
    let production = Endpoint::new(system.url("production")).unwrap().connect().await.unwrap();
    let mut ledger = LedgerServiceClient::new(production);
    let mut tail = ledger.tail(TailRequest { after_sequence: KNOWN.into() }).await.unwrap().into_inner();
    let recording = tokio::task::spawn_blocking(move || {
        (BEFORE + 1..=ALL).for_each(|month| _ = record(&system, month));
        system
    });
    for month in KNOWN + 1..=ALL {
        let receipt = tail.message().await.unwrap().unwrap().receipt.unwrap();
        assert_eq!((receipt.sequence, receipt.batch_id), (i64::from(month), format!("month-{month}")));
    }
    // Nothing more: the end is all that is left to come.
    let mut system = recording.await.unwrap();
    tokio::task::block_in_place(|| system.stop("production"));
    assert!(!matches!(tail.message().await, Ok(Some(_))), "a batch is told twice");
}

#[test]
fn an_open_page_says_that_its_figures_are_no_longer_the_newest() {
    let system = System::empty();
    record(&system, 3);
    let mut browser = Browser::start(1280, true);
    browser.open(&format!("{}/?structure=NAZ&period=2021-Q1&plan=inps-2021", system.address()));
    let notice = "document.getElementById('novita').textContent";
    assert_eq!(browser.evaluate(notice), "", "nothing is new yet");
    record(&system, 4);
    let started = Instant::now();
    while browser.evaluate(notice) != "Dati aggiornati: ricarica" {
        assert!(started.elapsed() < Duration::from_secs(30), "no notice on {}", browser.html());
        thread::sleep(Duration::from_millis(20));
    }
}
