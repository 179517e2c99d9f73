//! The facts in force against the ledger: what is kept step by step equals what is rebuilt from the beginning.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use piramide_domain::{Batch, Facts, Snapshots};
use piramide_ledger::{Fact, NewBatch, NewClosing, Provenance, Schema};
use proptest::prelude::*;

const SCHEMA: Schema = Schema { domain: "production", columns: &["received", "completed"] };

/// One fact of a random history: structure, subject, month, values.
type Drawn = (u8, u8, i32, Option<i64>, Option<i64>);

fn batch(number: usize, drawn: &[Drawn]) -> NewBatch {
    let mut facts: Vec<Fact> = Vec::new();
    for (structure, subject, month, received, completed) in drawn {
        let (structure, subject): (Arc<str>, Arc<str>) = (format!("S{structure}").into(), format!("P{subject}").into());
        let first_month = 2020 * 13 + month;
        if !facts.iter().any(|fact| fact.structure == structure && fact.subject == subject && fact.first_month == first_month) {
            let line = u32::try_from(facts.len() + 1).unwrap();
            facts.push(Fact { line, structure, subject, first_month, last_month: first_month, values: [*received, *completed].into() });
        }
    }
    let mut content_hash = [0; 32];
    content_hash[..8].copy_from_slice(&number.to_be_bytes());
    NewBatch {
        id: format!("batch-{number}"),
        origin: "test".into(),
        provenance: Provenance::Submitted,
        // Random histories correct earlier facts all the time.
        reason: Some("test".into()),
        content_hash,
        note: None,
        facts: facts.into(),
        events: Vec::new(),
    }
}

fn history() -> impl Strategy<Value = Vec<Vec<Drawn>>> {
    let drawn = (0u8..3, 0u8..3, 0i32..4, prop::option::of(0i64..100), prop::option::of(0i64..100));
    prop::collection::vec(prop::collection::vec(drawn, 1..6), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn kept_step_by_step_equals_rebuilt_from_the_beginning(history in history(), close_after in 0usize..12) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
        runtime.block_on(async {
            let ledger = piramide_ledger::open(&url, SCHEMA).await.unwrap();
            let mut kept = Facts::default();
            let mut past = Vec::new();
            for (number, drawn) in history.iter().enumerate() {
                let head = ledger.head().await.unwrap().sequence;
                ledger.submit(batch(number, drawn), head).await.unwrap();
                let mut through = head + 1;
                if number == close_after {
                    // A closing takes a sequence of its own, which no batch has.
                    let closing = NewClosing { name: "c".into(), first_month: 2020 * 13, last_month: 2020 * 13 + 12, author: "test".into(), note: None };
                    ledger.close(closing, through).await.unwrap();
                    through += 1;
                }
                kept.catch_up(ledger.as_ref(), through).await.unwrap();
                past.push((through, kept.clone()));
            }
            for (through, then) in past {
                assert_eq!(Facts::replay(ledger.as_ref(), through).await.unwrap(), then, "as of {through}");
            }
        });
    }
}

/// What is known after each of some batches, in a ledger of its own.
async fn recorded(url: &str, history: &[Vec<Drawn>]) -> (Arc<dyn piramide_ledger::Ledger>, Vec<Facts>) {
    let ledger = piramide_ledger::open(url, SCHEMA).await.unwrap();
    let (mut now, mut known) = (Facts::default(), Vec::new());
    for (number, drawn) in history.iter().enumerate() {
        let head = ledger.head().await.unwrap().sequence;
        ledger.submit(batch(number, drawn), head).await.unwrap();
        now.catch_up(ledger.as_ref(), head + 1).await.unwrap();
        known.push(now.clone());
    }
    (ledger, known)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(16) })]

    /// Whatever of the past is kept, what was known at a sequence is what a replay gives.
    #[test]
    fn the_past_is_that_of_a_replay(history in history(), kept in prop::collection::vec(0usize..12, 0..4)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
        runtime.block_on(async {
            let (ledger, known) = recorded(&url, &history).await;
            let snapshots = Snapshots::beside(&url, SCHEMA).unwrap();
            for facts in kept.iter().filter_map(|number| known.get(*number)) {
                assert!(snapshots.keep_past(facts, facts.sequence()).unwrap(), "kept");
            }
            for facts in &known {
                assert_eq!(snapshots.facts_at(ledger.as_ref(), facts.sequence()).await.unwrap(), *facts);
            }
        });
    }
}

/// The files beside a ledger that hold something of the past.
fn files_of_the_past(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.to_str().unwrap().contains(".snapshot.")).collect()
}

#[test]
fn of_the_past_the_last_eight_are_kept_and_what_is_damaged_goes() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    runtime.block_on(async {
        let history: Vec<Vec<Drawn>> = (0..11).map(|month| vec![(0, 0, month % 4, Some(i64::from(month)), None)]).collect();
        let (ledger, known) = recorded(&url, &history).await;
        let snapshots = Snapshots::beside(&url, SCHEMA).unwrap();
        assert!(!snapshots.keep_past(&known[5], 3).unwrap(), "facts have come in since");
        assert!(!snapshots.keep_past(&known[5], 9).unwrap(), "not known yet");
        for facts in &known {
            assert!(snapshots.keep_past(facts, facts.sequence()).unwrap());
            assert!(snapshots.keep_past(facts, facts.sequence()).unwrap(), "kept already");
        }
        let files = files_of_the_past(folder.path());
        assert_eq!(files.len(), 8, "{files:?}");
        files.iter().for_each(|file| std::fs::write(file, "altered").unwrap());
        assert_eq!(snapshots.facts_at(ledger.as_ref(), 11).await.unwrap(), known[10], "read from the ledger");
        assert!(files_of_the_past(folder.path()).is_empty(), "none of them was of use");
    });
}

/// A ledger of some batches, each of which corrects the same fact, and what is known after each.
async fn corrected(url: &str, batches: i32) -> (Arc<dyn piramide_ledger::Ledger>, Vec<Facts>) {
    let history: Vec<Vec<Drawn>> = (0..batches).map(|number| vec![(0, 0, 0, Some(i64::from(number)), None)]).collect();
    recorded(url, &history).await
}

#[test]
fn what_the_ledger_does_not_have_yet_is_not_passed_over() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    runtime.block_on(async {
        let (ledger, known) = corrected(&url, 2).await;
        let mut facts = Facts::replay(ledger.as_ref(), 5).await.unwrap();
        assert_eq!(facts.sequence(), 2, "it ends there");
        assert_eq!(facts, known[1]);
        for number in 2..5 {
            ledger.submit(batch(number, &[(0, 0, 0, Some(100), None)]), i64::try_from(number).unwrap()).await.unwrap();
        }
        facts.catch_up(ledger.as_ref(), 5).await.unwrap();
        assert_eq!(facts, Facts::replay(ledger.as_ref(), 5).await.unwrap());
    });
}

#[test]
fn a_later_snapshot_under_an_earlier_name_is_not_used() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
    runtime.block_on(async {
        let (ledger, known) = corrected(&url, 5).await;
        let snapshots = Snapshots::beside(&url, SCHEMA).unwrap();
        assert!(snapshots.keep_past(&known[4], 5).unwrap());
        let named = |sequence: i64| folder.path().join(format!("ledger.db.snapshot.{sequence}"));
        std::fs::rename(named(5), named(3)).unwrap();
        assert_eq!(snapshots.facts_at(ledger.as_ref(), 3).await.unwrap(), known[2]);
        assert!(!named(3).exists(), "it is of no use");
    });
}

#[test]
fn of_changes_no_more_are_told_at_once_than_are_asked_for_and_held() {
    let (month, provenance) = (2020 * 13, piramide_measure::Provenance::Submitted);
    let fact = |line: u32| Fact {
        line,
        structure: "S0".into(),
        subject: format!("P{line}").into(),
        first_month: month,
        last_month: month,
        values: [Some(1), None].into(),
    };
    for (at_once, most) in [(1, 1), (1_000, 1_000), (usize::MAX, 4_096)] {
        let (mut facts, mut told) = (Facts::default(), Vec::new());
        let batch = Batch { id: "b".into(), provenance };
        facts.take_followed(1, batch, (1..=5_000).map(fact), at_once, &mut |_, changes| told.push(changes.len()));
        assert_eq!((told.iter().sum(), told.iter().max()), (5_000, Some(&most)));
        assert_eq!(facts.iter().count(), 5_000);
    }
}

#[test]
fn each_change_is_told_with_what_its_own_fact_replaced() {
    use piramide_measure::Provenance::{Published, Submitted};

    let month = 2020 * 13;
    let fact = |(subject, amount): (&str, i64)| Fact {
        line: 1,
        structure: "S0".into(),
        subject: subject.into(),
        first_month: month,
        last_month: month,
        values: [Some(amount), None].into(),
    };
    let batch = |provenance| Batch { id: "b".into(), provenance };
    for at_once in [1, 2, 3, 100] {
        let (mut facts, mut told) = (Facts::default(), Vec::new());
        facts.take(1, batch(Published), [("A", 1), ("C", 2), ("F", 3)].map(fact));
        let more = [("A", 11), ("B", 12), ("C", 13), ("E", 14), ("A", 15), ("F", 16)].map(fact);
        facts.take_followed(2, batch(Submitted), more, at_once, &mut |_, changes| {
            for (change, taken) in changes.iter().zip(changes.taken()) {
                let before = change.before.map(|(values, provenance)| (values.get(0), provenance));
                told.push((change.now.value(0), before));
                let now = &change.now;
                assert_eq!((taken.structure, taken.subject, taken.months), (now.structure, now.subject, (now.first, now.last)));
                assert_eq!((taken.now.0.get(0), taken.now.0.get(1), taken.now.1), (now.value(0), None, Submitted));
                assert_eq!(taken.before.map(|(amounts, provenance)| (amounts.get(0), provenance)), before);
            }
        });
        let before = [Some((1, Published)), None, Some((2, Published)), None, Some((11, Submitted)), Some((3, Published))];
        let expected: Vec<_> = (11..)
            .zip(before)
            .map(|(amount, before)| (Some(amount), before.map(|(amount, provenance)| (Some(amount), provenance))))
            .collect();
        assert_eq!(told, expected, "{at_once} at once");
    }
}
