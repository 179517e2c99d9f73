//! Many callers at once, and callers that leave.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;

use piramide_ledger::Submitted;

use crate::support::{Store, all_facts, assert_intact, batch, fact, record, record_new};

pub(crate) async fn fifty_identical_submissions_have_one_effect(store: Store) {
    let ledger = store.open().await;
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let ledger = ledger.clone();
            tokio::spawn(async move { record(&*ledger, batch("same", vec![fact(1, "ROMA", 1, 5)])).await })
        })
        .collect();
    let mut answers = Vec::new();
    for caller in callers {
        answers.push(caller.await.unwrap());
    }
    assert_eq!(answers.iter().filter(|answer| matches!(answer, Submitted::New(_))).count(), 1);
    assert!(answers.iter().all(|answer| answer.receipt() == answers[0].receipt()), "everyone has the same receipt");
    assert_eq!((ledger.head().await.unwrap().sequence, all_facts(&*ledger, i64::MAX).await.len()), (1, 1));
}

pub(crate) async fn writers_that_catch_up_all_succeed(store: Store) {
    let ledger = store.open().await;
    let writers: Vec<_> = (0..8)
        .map(|writer| {
            let ledger = ledger.clone();
            tokio::spawn(async move {
                let mut sequences = Vec::new();
                for month in 1..=10 {
                    let offered = batch(&format!("{writer}-{month}"), vec![fact(1, &format!("OFFICE-{writer}"), month, 1)]);
                    sequences.push(record_new(&*ledger, offered).await.sequence);
                }
                sequences
            })
        })
        .collect();
    let mut sequences = BTreeSet::new();
    for writer in writers {
        sequences.extend(writer.await.unwrap());
    }
    assert_eq!(sequences, (1..=80).collect());
    assert_intact(&*ledger).await;
}

pub(crate) async fn a_caller_that_leaves_leaves_all_or_nothing(store: Store) {
    let ledger = store.open().await;
    let mut left = 0;
    for patience in 0..40 {
        let head = ledger.head().await.unwrap().sequence;
        let facts = (0..20).map(|line| fact(line, &format!("OFFICE-{patience}"), 1 + i32::try_from(line).unwrap(), 1)).collect();
        let mut submission = pin!(ledger.submit(batch(&format!("b-{patience}"), facts), head));
        let mut polls = 0;
        // Gives up after some polls, each at most once per turn of the runtime.
        let answered = std::future::poll_fn(|context| {
            polls += 1;
            if let Poll::Ready(answer) = submission.as_mut().poll(context) {
                return Poll::Ready(Some(answer));
            }
            if polls > patience {
                return Poll::Ready(None);
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
        match answered {
            // The one before may have come to its end meanwhile.
            Some(answer) => drop(answer),
            None => left += 1,
        }
    }
    assert!(left > 0, "no caller ever left");
    record_new(&*ledger, batch("last", vec![fact(1, "ROMA", 1, 1)])).await;
    let receipts = ledger.receipts(0, 1_000).await.unwrap();
    let facts = all_facts(&*ledger, i64::MAX).await;
    assert_eq!(facts.len() as u64, receipts.iter().map(|receipt| receipt.facts).sum::<u64>());
    assert_intact(&*ledger).await;
}

pub(crate) async fn subscribers_hear_of_a_new_head(store: Store) {
    let ledger = store.open().await;
    let mut heads = ledger.subscribe();
    assert_eq!(*heads.borrow_and_update(), 0);
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    assert_eq!(*heads.wait_for(|head| *head >= 1).await.unwrap(), 1);
    ledger.close(crate::support::closing("Q1", 1, 3), 1).await.unwrap();
    assert_eq!(*heads.wait_for(|head| *head >= 2).await.unwrap(), 2);
    // A replay is no news.
    heads.borrow_and_update();
    record(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    assert!(!heads.has_changed().unwrap());
}
