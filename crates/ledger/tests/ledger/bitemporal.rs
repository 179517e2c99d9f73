//! Two times: the months a fact speaks of, and the moment it was recorded.

use piramide_ledger::Reason;

use crate::support::{Store, TestClock, all_facts, batch, closing, correction, fact, in_force, reasons, record_new};

pub(crate) async fn a_correction_needs_a_reason_and_supersedes(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5), fact(2, "ROMA", 2, 5)])).await;
    let changed = || vec![fact(1, "ROMA", 2, 8), fact(2, "ROMA", 3, 8)];
    assert_eq!(reasons(&*ledger, batch("b", changed())).await, [(1, Reason::AlreadyRecorded { sequence: 1 })]);
    let receipt = record_new(&*ledger, correction("b", changed())).await;
    assert_eq!((receipt.facts, receipt.superseded), (2, 1));
    // The violation names the newest record, not the first.
    assert_eq!(
        reasons(&*ledger, batch("c", changed())).await,
        [(1, Reason::AlreadyRecorded { sequence: 2 }), (2, Reason::AlreadyRecorded { sequence: 2 })]
    );
    assert_eq!(all_facts(&*ledger, i64::MAX).await.len(), 4, "nothing recorded goes away");
    let received: Vec<_> = in_force(&*ledger, i64::MAX).await.into_values().map(|values| values.get(0)).collect();
    assert_eq!(received, [Some(5), Some(8), Some(8)]);
}

pub(crate) async fn every_sequence_keeps_its_answer(store: Store) {
    let ledger = store.open().await;
    let mut answers = vec![in_force(&*ledger, 0).await];
    for sequence in 1..=6 {
        let offered = correction(
            &format!("b-{sequence}"),
            vec![fact(1, "ROMA", 1, sequence), fact(2, "ROMA", 1 + i32::try_from(sequence).unwrap(), 0)],
        );
        record_new(&*ledger, offered).await;
        answers.push(in_force(&*ledger, sequence).await);
        for (past, answer) in answers.iter().enumerate() {
            assert_eq!(&in_force(&*ledger, i64::try_from(past).unwrap()).await, answer, "as of {past}, asked at {sequence}");
        }
    }
    assert!(answers.windows(2).all(|pair| pair[0] != pair[1]));
}

pub(crate) async fn every_moment_keeps_its_answer(store: Store) {
    let clock = TestClock::default();
    let ledger = store.open_with(clock.options()).await;
    clock.set(1_000);
    assert_eq!(record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await.recorded_at, 1_000);
    clock.set(2_000);
    assert_eq!(ledger.close(closing("Q1", 1, 3), 1).await.unwrap().recorded_at, 2_000);
    clock.set(3_000);
    record_new(&*ledger, batch("b", vec![fact(1, "ROMA", 4, 5)])).await;
    for (moment, sequence) in [(i64::MIN, 0), (0, 0), (999, 0), (1_000, 1), (1_999, 1), (2_000, 2), (2_999, 2), (3_000, 3), (i64::MAX, 3)] {
        assert_eq!(ledger.sequence_at(moment).await.unwrap(), sequence, "at {moment}");
    }
}

pub(crate) async fn moments_grow_when_the_clock_does_not(store: Store) {
    let clock = TestClock::default();
    let ledger = store.open_with(clock.options()).await;
    let mut moments = Vec::new();
    for (month, now) in [(1, 5_000), (2, 5_000), (3, 100), (4, 6_000)] {
        clock.set(now);
        moments.push(record_new(&*ledger, batch(&format!("b-{month}"), vec![fact(1, "ROMA", month, 1)])).await.recorded_at);
    }
    clock.set(50);
    moments.push(ledger.close(closing("Q1", 1, 3), 4).await.unwrap().recorded_at);
    assert_eq!(moments, [5_000, 5_001, 5_002, 6_000, 6_001]);
    for (sequence, moment) in (1..).zip(moments) {
        assert_eq!(ledger.sequence_at(moment).await.unwrap(), sequence);
    }
}
