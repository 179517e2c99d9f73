//! What a closing freezes.

use piramide_ledger::{Kind, LedgerError, NewClosing, Reason, Verification};

use crate::support::{Store, batch, closing, correction, fact, in_force, ranged, reasons, record_new};

pub(crate) async fn a_closing_takes_its_place_in_the_chain(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    let error = ledger.close(closing("Q1", 1, 3), 0).await.unwrap_err();
    assert!(matches!(error, LedgerError::HeadMoved { expected: 0, actual: 1 }), "{error}");
    let before = ledger.head().await.unwrap();
    let closed = ledger.close(closing("Q1", 1, 3), 1).await.unwrap();
    assert_eq!((closed.sequence, closed.entry_sequence()), (1, 2));
    assert_ne!(closed.chain_hash, before.chain_hash);
    let head = ledger.head().await.unwrap();
    assert_eq!((head.sequence, head.chain_hash), (2, closed.chain_hash));
    assert_eq!(ledger.closings().await.unwrap(), [closed]);
    assert_eq!(record_new(&*ledger, batch("b", vec![fact(1, "ROMA", 4, 5)])).await.sequence, 3);
    assert!(matches!(ledger.verify().await.unwrap(), Verification::Intact { batches: 2, closings: 1, .. }));
}

pub(crate) async fn the_same_closing_again_is_the_first(store: Store) {
    let ledger = store.open().await;
    let first = ledger.close(closing("Q1", 1, 3), 0).await.unwrap();
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 4, 5)])).await;
    assert_eq!(ledger.close(closing("Q1", 1, 3), 0).await.unwrap(), first);
    let others = [
        closing("Q1", 1, 4),
        closing("Q1", 2, 3),
        NewClosing { author: "other".to_owned(), ..closing("Q1", 1, 3) },
        NewClosing { note: None, ..closing("Q1", 1, 3) },
    ];
    for other in others {
        let error = ledger.close(other, 2).await.unwrap_err();
        assert!(matches!(&error, LedgerError::ReusedClosing { name, sequence: 1 } if name == "Q1"), "{error}");
        assert_eq!(error.kind(), Kind::Refused);
    }
    assert_eq!(ledger.closings().await.unwrap(), [first]);
}

pub(crate) async fn a_closed_period_changes_only_with_a_reason(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 3, 5)])).await;
    let q1 = ledger.close(closing("Q1", 1, 3), 1).await.unwrap();
    let frozen = in_force(&*ledger, q1.sequence).await;
    let closed = || Reason::PeriodClosed { name: "Q1".to_owned() };
    let late = || vec![fact(1, "BARI", 1, 1), fact(2, "BARI", 3, 1), ranged(3, "BARI", 4, 5, 1), fact(4, "BARI", 0, 1)];
    assert_eq!(reasons(&*ledger, batch("late", late())).await, [(1, closed()), (2, closed())]);
    let straddling = ranged(1, "MILANO", 3, 4, 1);
    assert_eq!(reasons(&*ledger, batch("straddling", vec![straddling])).await, [(1, closed())]);
    let receipt = record_new(&*ledger, correction("late", late())).await;
    assert_eq!((receipt.reason.as_deref(), receipt.superseded), (Some("late files"), 0));
    record_new(&*ledger, correction("restated", vec![fact(1, "ROMA", 3, 6)])).await;
    assert_eq!(in_force(&*ledger, q1.sequence).await, frozen, "the closed figures give for ever the same answer");
    assert_eq!(in_force(&*ledger, i64::MAX).await.len(), 5);
}

pub(crate) async fn malformed_closings_are_refused(store: Store) {
    let ledger = store.open().await;
    let cases = [
        ("name", NewClosing { name: " ".to_owned(), ..closing("Q1", 1, 3) }),
        ("author", NewClosing { author: String::new(), ..closing("Q1", 1, 3) }),
        ("note", NewClosing { note: Some(String::new()), ..closing("Q1", 1, 3) }),
        ("months", closing("Q1", 4, 3)),
    ];
    for (expected, asked) in cases {
        let error = ledger.close(asked, 0).await.unwrap_err();
        assert!(matches!(error, LedgerError::Malformed { field, .. } if field == expected), "{expected}: {error}");
    }
    assert_eq!(ledger.head().await.unwrap().sequence, 0);
}
