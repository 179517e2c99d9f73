//! What submitting promises: once, whole, checked, in order.

use piramide_ledger::{Cursor, Fact, Kind, LedgerError, NewBatch, Provenance, Reason, Submitted, Verification};

use crate::support::{Store, all_facts, assert_intact, batch, correction, fact, in_force, ranged, reasons, record_new};

pub(crate) async fn an_empty_ledger_has_a_genesis(store: Store) {
    let ledger = store.open().await;
    let head = ledger.head().await.unwrap();
    assert_eq!(head.sequence, 0);
    assert_ne!(head.chain_hash, [0; 32]);
    assert_eq!(ledger.verify().await.unwrap(), Verification::Intact { batches: 0, closings: 0, head });
    assert_eq!(ledger.receipt("nobody").await.unwrap(), None);
    assert!(ledger.facts(Cursor::START, i64::MAX, 10).await.unwrap().is_empty());
    assert_eq!(ledger.sequence_at(i64::MAX).await.unwrap(), 0);
}

pub(crate) async fn a_batch_comes_back_as_it_went_in(store: Store) {
    let ledger = store.open().await;
    let facts = vec![
        Fact { line: u32::MAX, values: [Some(i64::MIN), Some(i64::MAX), None].into(), ..fact(0, "ROMA", i32::MAX, 0) },
        Fact { line: 0, values: [None, None, None].into(), ..fact(0, "L'Aquila \"città\"; --", i32::MIN, 0) },
        Fact { line: 7, values: [Some(0), None, Some(-1)].into(), ..ranged(0, "ROMA", 2, 9, 0) },
    ];
    let sent = NewBatch {
        provenance: Provenance::Reconstructed,
        note: Some("riga 1\nriga 2".to_owned()),
        origin: "però".to_owned(),
        ..correction("b-1", facts.clone())
    };
    let receipt = record_new(&*ledger, sent.clone()).await;
    assert_eq!((receipt.sequence, receipt.facts, receipt.superseded), (1, 3, 0));
    assert_eq!((&receipt.batch_id, &receipt.origin, receipt.provenance), (&sent.id, &sent.origin, sent.provenance));
    assert_eq!((&receipt.reason, &receipt.note, receipt.content_hash), (&sent.reason, &sent.note, sent.content_hash));
    assert_eq!(ledger.receipt("b-1").await.unwrap().as_ref(), Some(&receipt));
    assert_eq!(ledger.receipts(0, 10).await.unwrap(), std::slice::from_ref(&receipt));
    let head = ledger.head().await.unwrap();
    assert_eq!((head.sequence, head.chain_hash), (1, receipt.chain_hash));
    let stored = all_facts(&*ledger, i64::MAX).await;
    assert!(stored.iter().all(|recorded| recorded.sequence == 1));
    let mut expected = facts;
    expected.sort_by_key(|fact| fact.line);
    assert_eq!(stored.into_iter().map(|recorded| recorded.fact).collect::<Vec<_>>(), expected, "facts come in the order of their lines");
    assert_intact(&*ledger).await;
}

pub(crate) async fn a_replay_gives_the_first_receipt(store: Store) {
    let ledger = store.open().await;
    let first = record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    let other = record_new(&*ledger, batch("b", vec![fact(1, "MILANO", 1, 5)])).await;
    // A replay is recognised before the head is looked at: the sender may know an old one.
    for expected_head in [0, 1, 2, 99] {
        let again = NewBatch { note: Some("sent again".to_owned()), ..batch("a", vec![fact(1, "ROMA", 1, 5)]) };
        assert_eq!(ledger.submit(again, expected_head).await.unwrap(), Submitted::Replayed(first.clone()));
    }
    assert_eq!(ledger.head().await.unwrap().sequence, other.sequence);
    assert_eq!(all_facts(&*ledger, i64::MAX).await.len(), 2);
}

pub(crate) async fn a_reused_id_is_refused(store: Store) {
    let ledger = store.open().await;
    let first = batch("a", vec![fact(1, "ROMA", 1, 5)]);
    record_new(&*ledger, first.clone()).await;
    let before = ledger.head().await.unwrap();
    let content = batch("a", vec![fact(1, "ROMA", 2, 6)]);
    let cases = [
        ("content", content.clone()),
        ("provenance", NewBatch { provenance: Provenance::Synthetic, ..first.clone() }),
        ("reason", NewBatch { reason: Some("why".to_owned()), ..first.clone() }),
    ];
    for (expected, offered) in cases {
        let error = ledger.submit(offered.clone(), before.sequence).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Refused);
        let LedgerError::ReusedId { id, difference, recorded, offered: hash } = error else { panic!("{expected}: {error}") };
        assert_eq!((id.as_str(), difference, recorded, hash), ("a", expected, first.content_hash, offered.content_hash));
    }
    assert_eq!(ledger.head().await.unwrap(), before);
}

pub(crate) async fn a_moved_head_is_refused(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    for wrong in [0, 2, -1] {
        let error = ledger.submit(batch("b", vec![fact(1, "MILANO", 1, 5)]), wrong).await.unwrap_err();
        assert!(matches!(error, LedgerError::HeadMoved { expected, actual: 1 } if expected == wrong), "{error}");
    }
    assert_eq!(ledger.receipt("b").await.unwrap(), None);
    ledger.submit(batch("b", vec![fact(1, "MILANO", 1, 5)]), 1).await.unwrap();
}

pub(crate) async fn a_refused_batch_leaves_nothing_and_names_every_reason(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5), fact(2, "ROMA", 2, 5), ranged(3, "BARI", 1, 12, 5)])).await;
    ledger.close(crate::support::closing("Q1", 1, 3), 1).await.unwrap();
    let before = (ledger.head().await.unwrap(), in_force(&*ledger, i64::MAX).await);
    let closed = || Reason::PeriodClosed { name: "Q1".to_owned() };
    let bad = vec![
        fact(1, "ROMA", 2, 6),
        fact(2, "BARI", 7, 6),
        fact(3, "TORINO", 8, 6),
        fact(4, "TORINO", 8, 7),
        ranged(5, "TORINO", 8, 9, 7),
        Fact { values: [None].into(), ..fact(6, "NAPOLI", 8, 1) },
        ranged(7, "NAPOLI", 9, 8, 1),
        fact(8, " ", 9, 1),
        Fact { subject: "a\u{0}b".into(), ..fact(9, "NAPOLI", 9, 1) },
        fact(10, "GENOVA", 9, 1),
        fact(10, "GENOVA", 10, 1),
        fact(11, "GENOVA", 3, 1),
        fact(12, "GENOVA", 4, 1),
    ];
    let found = reasons(&*ledger, batch("bad", bad)).await;
    let expected = [
        (1, Reason::AlreadyRecorded { sequence: 1 }),
        (1, closed()),
        (2, Reason::OverlapsRecorded { first_month: 1, last_month: 12, sequence: 1 }),
        (4, Reason::Duplicate { other_line: 3 }),
        (5, Reason::OverlapsLine { other_line: 3, first_month: 8, last_month: 8 }),
        (6, Reason::Values { found: 1, expected: 3 }),
        (7, Reason::InvertedPeriod),
        (8, Reason::Code { field: "structure", cause: "is empty".to_owned() }),
        (9, Reason::Code { field: "subject", cause: "has a control character".to_owned() }),
        (10, Reason::RepeatedLine),
        (11, closed()),
    ];
    assert_eq!(found, expected);
    assert_eq!((ledger.head().await.unwrap(), in_force(&*ledger, i64::MAX).await), before);
    assert_eq!(ledger.receipt("bad").await.unwrap(), None);
    assert_intact(&*ledger).await;
}

pub(crate) async fn a_hundred_violations_are_listed_and_all_are_counted(store: Store) {
    let ledger = store.open().await;
    let facts = || (0..1_000).map(|line| fact(line, "ROMA", 1_000 - i32::try_from(line).unwrap(), 1)).collect::<Vec<_>>();
    record_new(&*ledger, batch("a", facts())).await;
    let error = ledger.submit(batch("b", facts()), 1).await.unwrap_err();
    let LedgerError::Rejected { total, violations } = error else { panic!("{error}") };
    assert_eq!(total, 1_000);
    assert_eq!(violations.iter().map(|violation| violation.line).collect::<Vec<_>>(), (0..100).collect::<Vec<_>>());
    assert_eq!(
        violations[0].to_string(),
        "line 0, ROMA pension months 1000 to 1000: already recorded at sequence 1: a correction needs a reason"
    );
}

pub(crate) async fn overlapping_grains_are_refused_even_with_a_reason(store: Store) {
    let ledger = store.open().await;
    let recorded = vec![ranged(1, "ROMA", 10, 12, 1), ranged(2, "ROMA", 20, 20, 1), ranged(3, "ROMA", 30, 39, 1)];
    record_new(&*ledger, batch("a", recorded)).await;
    // Months offered, and the recorded months they must be found to overlap.
    let cases = [
        ((10, 11), Some((10, 12))),
        ((11, 11), Some((10, 12))),
        ((12, 12), Some((10, 12))),
        ((9, 10), Some((10, 12))),
        ((1, 100), Some((30, 39))),
        ((13, 20), Some((20, 20))),
        ((20, 21), Some((20, 20))),
        ((12, 13), Some((10, 12))),
        ((25, 30), Some((30, 39))),
        ((39, 45), Some((30, 39))),
        ((13, 19), None),
        ((21, 29), None),
        ((9, 9), None),
        ((40, 40), None),
    ];
    for (at, ((first, last), expected)) in cases.into_iter().enumerate() {
        let offered = correction(&format!("case-{at}"), vec![ranged(1, "ROMA", first, last, 2)]);
        match expected {
            Some((first_month, last_month)) => {
                let found = reasons(&*ledger, offered).await;
                assert_eq!(found, [(1, Reason::OverlapsRecorded { first_month, last_month, sequence: 1 })], "{first} to {last}");
            }
            None => assert_eq!(record_new(&*ledger, offered).await.superseded, 0, "{first} to {last}"),
        }
    }
    // Another subject is another series.
    let other = Fact { subject: "pensions".into(), ..ranged(1, "ROMA", 1, 100, 2) };
    record_new(&*ledger, batch("other", vec![other])).await;
}

pub(crate) async fn malformed_batches_are_refused(store: Store) {
    let ledger = store.open().await;
    let good = || batch("a", vec![fact(1, "ROMA", 1, 5)]);
    let cases = [
        ("batch id", NewBatch { id: String::new(), ..good() }),
        ("batch id", NewBatch { id: "x".repeat(201), ..good() }),
        ("batch id", NewBatch { id: "a\nb".to_owned(), ..good() }),
        ("origin", NewBatch { origin: "\t ".to_owned(), ..good() }),
        ("reason", NewBatch { reason: Some(" ".to_owned()), ..good() }),
        ("note", NewBatch { note: Some("a\u{0}b".to_owned()), ..good() }),
        ("note", NewBatch { note: Some("x".repeat(4_001)), ..good() }),
    ];
    for (expected, offered) in cases {
        let error = ledger.submit(offered, 0).await.unwrap_err();
        assert!(matches!(error, LedgerError::Malformed { field, .. } if field == expected), "{expected}: {error}");
    }
    assert_eq!(ledger.head().await.unwrap().sequence, 0);
    record_new(&*ledger, NewBatch { id: "x".repeat(200), reason: Some("x".repeat(4_000)), ..good() }).await;
}

pub(crate) async fn pages_follow_one_another(store: Store) {
    let ledger = store.open().await;
    for sequence in 1..=5i32 {
        let facts = (0..7).map(|line| fact(line, "ROMA", sequence * 10 + i32::try_from(line).unwrap(), i64::from(sequence))).collect();
        record_new(&*ledger, batch(&format!("b-{sequence}"), facts)).await;
    }
    let expected: Vec<(i64, u32)> = (2..=4).flat_map(|sequence| (0..7).map(move |line| (sequence, line))).collect();
    for limit in [1, 2, 7, 10, 1_000] {
        let mut after = Cursor::after_sequence(1);
        let mut found = Vec::new();
        loop {
            let page = ledger.facts(after, 4, limit).await.unwrap();
            assert!(page.len() <= limit as usize);
            let Some(last) = page.last() else { break };
            after = Cursor::after(last);
            found.extend(page.iter().map(|recorded| (recorded.sequence, recorded.fact.line)));
        }
        assert_eq!(found, expected, "pages of {limit}");
    }
    let sequences = |receipts: Vec<piramide_ledger::Receipt>| receipts.iter().map(|receipt| receipt.sequence).collect::<Vec<_>>();
    assert_eq!(sequences(ledger.receipts(1, 2).await.unwrap()), [2, 3]);
    assert_eq!(sequences(ledger.receipts(4, 2).await.unwrap()), [5]);
}
