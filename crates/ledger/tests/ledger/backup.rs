//! Copies of a store, as whoever keeps a backup makes them: with what the database brings, while it is written to, and file by file once it
//! is not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::support::{Store, all_facts, assert_intact, batch, closing, fact, record_new};

/// Enough facts that a copy comes in the middle of a batch.
const FACTS: u32 = 300;

pub(crate) async fn a_copy_made_under_load_has_all_that_was_acknowledged(store: Store) {
    let ledger = store.open().await;
    let offered = |month: i32| {
        let facts = (0..FACTS).map(|line| fact(line, &format!("OFFICE-{line}"), month, i64::from(line))).collect();
        batch(&format!("month-{month}"), facts)
    };
    for month in 1..=3 {
        record_new(&*ledger, offered(month)).await;
    }
    let closed = ledger.close(closing("Q1", 1, 3), 3).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let writing = tokio::spawn({
        let (ledger, stop) = (ledger.clone(), stop.clone());
        async move {
            for month in 4.. {
                record_new(&*ledger, offered(month)).await;
                if stop.load(Ordering::SeqCst) {
                    return;
                }
            }
        }
    });
    let mut copies = Vec::new();
    for copy in 1..=3 {
        let mut head = ledger.subscribe();
        head.wait_for(|sequence| *sequence >= 4 + 2 * copy).await.unwrap();
        let before = ledger.head().await.unwrap();
        let copied = tokio::task::block_in_place(|| store.copy());
        copies.push((before, copied));
    }
    stop.store(true, Ordering::SeqCst);
    writing.await.unwrap();

    for (before, copied) in copies {
        let restored = copied.open().await;
        assert_intact(&*restored).await;
        let head = restored.head().await.unwrap();
        assert!(head.sequence >= before.sequence, "{} was acknowledged before, {} is there", before.sequence, head.sequence);
        let receipts = restored.receipts(0, 1_000).await.unwrap();
        assert_eq!(
            receipts,
            ledger.receipts(0, u32::try_from(receipts.len()).unwrap()).await.unwrap(),
            "the same chain, as far as it goes"
        );
        assert_eq!(restored.closings().await.unwrap(), std::slice::from_ref(&closed));
        assert_eq!(all_facts(&*restored, i64::MAX).await.len(), receipts.len() * FACTS as usize, "a batch is there in part");
        // It goes on from there, as after a loss.
        let next = record_new(&*restored, batch("after", vec![fact(1, "ROMA", 4, 5)])).await;
        assert_eq!(next.sequence, head.sequence + 1);
    }
}

/// What is not written back yet stands beside the file: a copy without it is a copy of an earlier ledger, and intact.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_copied_together() {
    let store = Store::sqlite();
    drop(store.open().await);
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    for (endings, sequence) in [(["", "-wal"].as_slice(), 1), (&[""], 0)] {
        let copy = store.copy_files(endings);
        let restored = copy.open().await;
        assert_eq!(restored.head().await.unwrap().sequence, sequence, "{endings:?}");
        assert_intact(&*restored).await;
    }
    // Who leaves in order leaves one file.
    drop(ledger);
    let copy = store.copy_files(&[""]);
    assert_eq!(copy.open().await.head().await.unwrap().sequence, 1);
}
