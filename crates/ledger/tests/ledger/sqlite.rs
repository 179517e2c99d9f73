//! What only a file can suffer: a second owner, a full volume, a flipped bit.

use std::path::PathBuf;

use piramide_ledger::{Kind, LedgerError, Options, PageLimit, Schema, Verification, open};

use crate::support::{SCHEMA, Store, all_facts, assert_intact, batch, closing, event, fact, happened, record_new};

fn file(store: &Store) -> PathBuf {
    PathBuf::from(store.url().strip_prefix("sqlite:").unwrap())
}

#[tokio::test]
async fn a_second_owner_is_refused() {
    let store = Store::sqlite();
    let first = store.open().await;
    let error = open(&store.url(), SCHEMA).await.err().unwrap();
    assert!(matches!(&error, LedgerError::AlreadyOpen { path } if path.ends_with("ledger.db")), "{error}");
    record_new(&*first, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    drop(first);
    assert_eq!(store.open().await.head().await.unwrap().sequence, 1);
}

#[tokio::test]
async fn another_domain_is_refused() {
    let store = Store::sqlite();
    drop(store.open().await);
    let error = open(&store.url(), Schema { domain: "other", ..SCHEMA }).await.err().unwrap();
    assert!(matches!(&error, LedgerError::OtherLedger { .. }), "{error}");
}

#[tokio::test]
async fn a_file_of_something_else_is_refused_and_kept() {
    let store = Store::sqlite();
    std::fs::write(file(&store), "minutes of the meeting of the board\n".repeat(200)).unwrap();
    let error = open(&store.url(), SCHEMA).await.err().unwrap();
    assert!(matches!(error, LedgerError::Damaged { .. }), "{error}");
    assert!(std::fs::read_to_string(file(&store)).unwrap().starts_with("minutes"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_store_refuses_reads_on_and_resumes() {
    let store = Store::sqlite();
    let limit = PageLimit::new(60);
    let ledger = store.open_with(Options::default().page_limit(limit.clone())).await;
    let offered = |month: i32| batch(&format!("b-{month}"), (0..100).map(|line| fact(line, &format!("OFFICE-{line}"), month, 1)).collect());
    record_new(&*ledger, happened("b-1", vec![event(7, "ROMA", 1)], vec![fact(1, "ROMA", 1, 1)])).await;
    let closed = ledger.close(closing("BEFORE", -12, -10), 1).await.unwrap();
    let mut recorded = 2;
    let full = loop {
        match ledger.submit(offered(recorded + 1), recorded.into()).await {
            Ok(_) => recorded += 1,
            Err(error) => break error,
        }
        assert!(recorded < 1_000, "the limit was never reached");
    };
    assert!(matches!(full, LedgerError::StorageFull(_)), "{full}");
    assert_eq!(full.kind(), Kind::Unavailable);
    assert!(recorded > 2);
    // Nothing of the refused batch is there, and reads go on: also of what is known in memory as long as writes succeed.
    assert_eq!(ledger.head().await.unwrap().sequence, i64::from(recorded));
    let stands = ledger.standing(&["desk"]).await.unwrap();
    assert_eq!((stands.closings, stands.last_events), (vec![closed.clone()], vec![Some(7)]));
    assert_eq!(all_facts(&*ledger, i64::MAX).await.len(), 1 + 100 * (usize::try_from(recorded).unwrap() - 2));
    assert_intact(&*ledger).await;
    assert!(matches!(ledger.submit(offered(recorded + 1), recorded.into()).await, Err(LedgerError::StorageFull(_))));
    limit.set(PageLimit::NONE);
    ledger.submit(offered(recorded + 1), recorded.into()).await.unwrap();
    assert_eq!(ledger.head().await.unwrap().sequence, i64::from(recorded) + 1);
    let stands = ledger.standing(&["desk"]).await.unwrap();
    assert_eq!((stands.closings, stands.last_events), (vec![closed], vec![Some(7)]));
    assert_intact(&*ledger).await;
}

/// One flipped bit wherever a code or a hash stands in the file: in the table or in an index.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flipped_bit_in_the_file_is_found() {
    let store = Store::sqlite();
    let ledger = store.open().await;
    for month in 1..=3 {
        record_new(&*ledger, batch(&format!("batch-{month}"), vec![fact(1, &format!("QUITEUNIQUE-{month}"), month, 77_777)])).await;
    }
    let chain_hash = ledger.receipt("batch-2").await.unwrap().unwrap().chain_hash;
    drop(ledger);
    let intact = std::fs::read(file(&store)).unwrap();
    let mut found = 0;
    for needle in [b"QUITEUNIQUE-2".as_slice(), b"batch-2", &chain_hash] {
        let places = intact.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle).map(|(place, _)| place);
        for place in places {
            let mut damaged = intact.clone();
            damaged[place + 3] ^= 0x80;
            std::fs::write(file(&store), &damaged).unwrap();
            let ledger = store.open().await;
            match ledger.verify().await.unwrap() {
                // In the table the batch is named; in an index it is not, for no record is altered.
                Verification::Broken { sequence, cause, .. } => assert!(sequence == 2 || sequence == 0, "byte {place}: {sequence} {cause}"),
                intact @ Verification::Intact { .. } => panic!("byte {place} of {needle:?}: {intact:?}"),
            }
            found += 1;
        }
    }
    // The code in the facts, among the codes and in their index, the identifier in the batches and in theirs, the hash in the batches.
    assert_eq!(found, 6);
}

/// The rows themselves cannot be changed by mistake.
#[tokio::test]
async fn the_file_refuses_updates_and_deletions() {
    let store = Store::sqlite();
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    ledger.close(closing("Q1", 1, 3), 1).await.unwrap();
    let connection = rusqlite::Connection::open(file(&store)).unwrap();
    for table in ["batches", "closings", "packs"] {
        for sql in [format!("UPDATE {table} SET sequence = sequence + 1"), format!("DELETE FROM {table}")] {
            let error = connection.execute(&sql, []).unwrap_err();
            assert!(error.to_string().contains("append-only"), "{sql}: {error}");
        }
    }
}
