//! Where a ledger on a server stands is answered from memory, and another replica may have recorded since.

use piramide_ledger::testing::PostgresServer;
use piramide_ledger::{Ledger, LedgerError, Standing, Submitted, open};

use crate::postgres::Proxy;
use crate::support::{SCHEMA, Store, assert_intact, batch, closing, event, fact, happened, in_force, record_new};

async fn standing(ledger: &dyn Ledger) -> Standing {
    ledger.standing(&["desk"]).await.unwrap()
}

/// Records an event as a service does: once, on what stands, again when another was first. How often it was sent.
async fn send(ledger: &dyn Ledger, number: i64, month: i32) -> (u32, bool) {
    for attempt in 1.. {
        let stands = standing(ledger).await;
        let asked = vec![event(number, "ROMA", month).key()];
        if stands.last_events[0].is_some_and(|last| number <= last) && !ledger.recorded_events(asked).await.unwrap().is_empty() {
            return (attempt, false);
        }
        let head = stands.head.sequence;
        let facts = vec![fact(1, "ROMA", month, number)];
        match ledger.submit(happened(&format!("events-{}", head + 1), vec![event(number, "ROMA", month)], facts), head).await {
            Ok(Submitted::New(_)) => return (attempt, true),
            Ok(Submitted::Replayed(_)) | Err(LedgerError::HeadMoved { .. } | LedgerError::ReusedId { .. }) => {}
            Err(error) => panic!("event {number}: {error}"),
        }
    }
    unreachable!("attempts do not end")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_record_in_turn() {
    let store = Store::postgres();
    let replicas = [store.open().await, store.open().await];
    for number in 1..=20 {
        let replica = &replicas[usize::try_from(number % 2).unwrap()];
        let (attempts, new) = send(&**replica, number, 1).await;
        assert!(new && attempts <= 2, "event {number} was sent {attempts} times");
        assert_eq!(
            standing(&**replica).await,
            Standing { head: replica.head().await.unwrap(), closings: vec![], last_events: vec![Some(number)] }
        );
    }
    assert_intact(&*replicas[0]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_sent_to_both_replicas_are_recorded_once() {
    let store = Store::postgres();
    let mut sending = Vec::new();
    for replica in 0..2 {
        let ledger = store.open().await;
        sending.push(tokio::spawn(async move {
            let mut new = 0;
            for number in 1..=40 {
                let number = if replica == 0 { number } else { 41 - number };
                new += u32::from(send(&*ledger, number, 1).await.1);
            }
            new
        }));
    }
    let mut new = 0;
    for replica in sending {
        new += replica.await.unwrap();
    }
    let ledger = store.open().await;
    assert_eq!((new, ledger.head().await.unwrap().sequence, in_force(&*ledger, i64::MAX).await.len()), (40, 40, 1));
    assert_intact(&*ledger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_of_another_replica_is_seen_before_anything_is_recorded() {
    let store = Store::postgres();
    let (one, other) = (store.open().await, store.open().await);
    send(&*one, 1, 4).await;
    let before = standing(&*one).await;
    let closed = other.close(closing("Q1", 1, 3), 1).await.unwrap();
    let late = one.submit(happened("late", vec![event(2, "ROMA", 3)], vec![fact(1, "ROMA", 3, 1)]), before.head.sequence).await;
    assert!(matches!(late, Err(LedgerError::HeadMoved { expected: 1, actual: 2 })), "{late:?}");
    assert_eq!(standing(&*one).await.closings, std::slice::from_ref(&closed));
    // The closing of one's own is known without asking.
    let own = one.close(closing("Q2", 4, 6), 2).await.unwrap();
    assert_eq!(standing(&*one).await.closings, [closed.clone(), own.clone()]);
    assert_eq!(one.close(closing("Q1", 1, 3), 0).await.unwrap(), closed);
    assert_eq!(
        standing(&*one).await,
        Standing { head: one.head().await.unwrap(), closings: vec![closed, own], last_events: vec![Some(1)] }
    );
}

/// Also without recording anything: by what is announced, and by asking for the head.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_hears_of_a_head_looks_again() {
    let store = Store::postgres();
    let (one, other) = (store.open().await, store.open().await);
    send(&*one, 1, 1).await;
    assert_eq!(standing(&*one).await.last_events, [Some(1)]);
    send(&*other, 2, 1).await;
    one.subscribe().wait_for(|head| *head >= 2).await.unwrap();
    assert_eq!(standing(&*one).await.last_events, [Some(2)]);
    send(&*other, 3, 1).await;
    let head = one.head().await.unwrap();
    let stands = standing(&*one).await;
    assert_eq!((stands.head, stands.last_events), (head, vec![Some(3)]));
}

/// What is remembered needs no server; what is not does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_remembered_is_answered_without_the_server() {
    let server = PostgresServer::start().unwrap();
    let ledger = open(&server.create_database().unwrap(), SCHEMA).await.unwrap();
    let receipt = record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 1)])).await;
    assert_eq!(standing(&*ledger).await.last_events, [None]);
    send(&*ledger, 7, 2).await;
    drop(server);
    let stands = standing(&*ledger).await;
    assert_eq!((stands.head.sequence, stands.last_events), (receipt.sequence + 1, vec![Some(7)]));
    let error = ledger.standing(&["desk", "post"]).await.unwrap_err();
    assert!(matches!(error, LedgerError::Unavailable { .. }), "{error}");
}

/// After a connection lost while recording, what became of it is looked up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_lost_connection_what_stands_is_looked_up() {
    let store = Store::postgres();
    let proxy = Proxy::start(PostgresServer::shared().unwrap().port());
    let ledger = open(&proxy.url(&store.url()), SCHEMA).await.unwrap();
    send(&*ledger, 1, 1).await;
    // Found out by the ledger itself.
    proxy.cut_next(b"events-2");
    assert_eq!(send(&*ledger, 2, 1).await, (1, true));
    assert_eq!((proxy.cuts(), standing(&*ledger).await.last_events), (1, vec![Some(2)]));
    // Nobody answers: it is recorded, and nobody here knows.
    record_new(&*ledger, batch("remembered", vec![fact(1, "ROMA", 2, 1)])).await;
    proxy.cut_next(b"lost");
    proxy.refuse(true);
    let error = ledger.submit(happened("lost", vec![event(3, "ROMA", 3)], vec![fact(1, "ROMA", 3, 3)]), 3).await.unwrap_err();
    assert!(matches!(&error, LedgerError::OutcomeUnknown { .. }), "{error}");
    proxy.refuse(false);
    let stands = standing(&*ledger).await;
    assert_eq!((proxy.cuts(), stands.head.sequence, stands.last_events), (2, 4, vec![Some(3)]));
    assert_intact(&*ledger).await;
}
