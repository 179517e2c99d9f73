//! What holds for any batches.

use std::collections::BTreeMap;

use piramide_ledger::{Fact, Key, NewBatch, Values};
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::support::{Store, assert_intact, batch, in_force, record};

/// Any facts, dealt to batches so that no two say the same; some batches are later corrected.
fn batches() -> impl Strategy<Value = (Vec<NewBatch>, Vec<usize>)> {
    let value = prop_oneof![Just(None), Just(Some(0)), any::<i64>().prop_map(Some)];
    let says = (0..4u8, 0..3u8, 1..6i32, 0..5usize, prop::collection::vec(value, 3));
    (prop::collection::vec(says, 1..40), any::<[bool; 5]>()).prop_flat_map(|(says, corrected)| {
        let mut dealt: BTreeMap<Key, (usize, Vec<Option<i64>>)> = BTreeMap::new();
        for (structure, subject, month, to, values) in says {
            let (structure, subject) = (format!("S{structure}"), format!("P{subject}"));
            dealt.insert(Key { structure, subject, first_month: month, last_month: month }, (to, values));
        }
        let facts_of = |wanted: usize, shift: i64| -> Vec<Fact> {
            let facts = dealt.iter().filter(|(_, (to, _))| *to == wanted);
            let shifted = |values: &[Option<i64>]| values.iter().map(|value| value.map(|value| value.wrapping_add(shift))).collect();
            facts
                .zip(1..)
                .map(|((key, (_, values)), line)| Fact {
                    line,
                    structure: key.structure.as_str().into(),
                    subject: key.subject.as_str().into(),
                    first_month: key.first_month,
                    last_month: key.last_month,
                    values: shifted(values),
                })
                .collect()
        };
        let mut batches: Vec<NewBatch> = (0..5).map(|to| batch(&format!("b-{to}"), facts_of(to, 0))).collect();
        for to in (0..5).filter(|to| corrected[*to]) {
            batches.push(NewBatch { reason: Some("why".to_owned()), ..batch(&format!("c-{to}"), facts_of(to, 1)) });
        }
        let order = Just((0..batches.len()).collect::<Vec<_>>()).prop_shuffle();
        (Just(batches), order)
    })
}

/// A correction comes after what it corrects; else the order is free.
fn allowed(batches: &[NewBatch], order: &[usize]) -> Vec<NewBatch> {
    let mut allowed: Vec<NewBatch> = order.iter().map(|at| batches[*at].clone()).filter(|batch| batch.reason.is_none()).collect();
    allowed.extend(order.iter().map(|at| batches[*at].clone()).filter(|batch| batch.reason.is_some()));
    allowed
}

async fn effect(store: &Store, batches: Vec<NewBatch>, replay: bool) -> BTreeMap<Key, Values> {
    let ledger = store.open().await;
    for batch in batches {
        record(&*ledger, batch.clone()).await;
        if replay {
            let head = ledger.head().await.unwrap();
            record(&*ledger, batch).await;
            assert_eq!(ledger.head().await.unwrap(), head, "a replay changes nothing");
        }
    }
    assert_intact(&*ledger).await;
    in_force(&*ledger, i64::MAX).await
}

/// Whatever the order of the batches, and whatever is sent twice, the same facts are in force; and both are those expected.
fn check(cases: u32, store: fn() -> Store) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 20, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    proptest!(config, |((batches, order) in batches())| {
        let mut expected = BTreeMap::new();
        for batch in &batches {
            expected.extend(batch.facts.iter().map(|fact| (fact.key(), fact.values)));
        }
        let shuffled = allowed(&batches, &order);
        let (straight, shuffled) = runtime.block_on(async {
            (effect(&store(), batches, false).await, effect(&store(), shuffled, true).await)
        });
        prop_assert_eq!(&straight, &expected);
        prop_assert_eq!(&shuffled, &expected);
    });
}

#[test]
fn the_order_of_batches_does_not_matter_on_sqlite() {
    check(24, Store::sqlite);
}

#[test]
fn the_order_of_batches_does_not_matter_on_postgres() {
    check(6, Store::postgres);
}
