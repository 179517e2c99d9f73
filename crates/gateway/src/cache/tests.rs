//! The cache alone: what is kept, what is not, and who waits for whom.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
};

use piramide_contracts::domains::{self, FINANCE};

use super::*;

const ROOMY: Limits = Limits { entries: 100, bytes: 1 << 20 };

fn live() -> Pulses {
    let pulses = Pulses::new();
    for domain in domains::ALL {
        pulses.connected(domain);
    }
    pulses
}

fn kept(body: &'static str, basis: impl Into<Option<Basis>>) -> Arc<Kept> {
    Arc::new(Kept {
        status: StatusCode::OK,
        headers: HeaderMap::new(),
        body: Bytes::from_static(body.as_bytes()),
        problem: None,
        basis: basis.into(),
        unasked: AtomicBool::new(false),
    })
}

fn finance(sequence: i64) -> Basis {
    Basis { sources: Sources::of(FINANCE), sequences: vec![("finance".into(), sequence)] }
}

#[test]
fn keeps_until_a_change_and_never_what_is_older_than_told() {
    let (cache, pulses) = (Cache::new(ROOMY), live());
    cache.keep("a", pulses.stamps(), &kept("1", finance(4)), &pulses);
    assert_eq!(cache.fresh("a", &pulses).unwrap().body, "1");
    let before = pulses.stamps();
    pulses.changed(FINANCE, 5);
    assert!(cache.fresh("a", &pulses).is_none());
    cache.keep("a", before, &kept("1", finance(5)), &pulses);
    assert!(cache.fresh("a", &pulses).is_none(), "asked for before the change");
    cache.keep("a", pulses.stamps(), &kept("1", finance(4)), &pulses);
    assert!(cache.fresh("a", &pulses).is_none(), "the service answered from before the change");
    cache.keep("a", pulses.stamps(), &kept("2", finance(5)), &pulses);
    assert_eq!(cache.fresh("a", &pulses).unwrap().body, "2");
    cache.keep("b", pulses.stamps(), &kept("3", None), &pulses);
    assert!(cache.fresh("b", &pulses).is_none(), "an answer of unknown basis is not kept");
}

#[test]
fn keeps_no_more_than_its_limits_oldest_out_first() {
    let pulses = live();
    let cache = Cache::new(Limits { entries: 2, bytes: 1_000 });
    let keep = |key: &str, body| cache.keep(key, pulses.stamps(), &kept(body, finance(1)), &pulses);
    keep("a", "1");
    keep("b", "1");
    keep("a", "2");
    keep("c", "1");
    assert!(cache.fresh("b", &pulses).is_none(), "b is the oldest since a was kept again");
    assert!(cache.fresh("a", &pulses).is_some() && cache.fresh("c", &pulses).is_some());
    keep("d", Box::leak("x".repeat(125).into_boxed_str()));
    assert!(cache.fresh("d", &pulses).is_none(), "above an eighth of the bytes");
    assert_eq!(cache.lock().bytes, 4);
    assert_eq!(cache.lock().order.len(), 2);
}

#[tokio::test]
async fn identical_questions_wait_for_one_answer_and_survive_who_gives_up() {
    let (cache, asked) = (Cache::new(ROOMY), AtomicUsize::new(0));
    let ask = |body| {
        asked.fetch_add(1, Ordering::SeqCst);
        async move { kept(body, None) }
    };
    {
        let first = cache.join("a", [1; 5]);
        let mut gives_up = Box::pin(first.answer(std::future::pending()));
        assert!(std::future::poll_fn(|context| Poll::Ready(gives_up.as_mut().poll(context).is_pending())).await);
        let second = cache.join("a", [1; 5]);
        drop(gives_up);
        drop(first);
        assert_eq!(second.answer(ask("1")).await.body, "1");
        let third = cache.join("a", [1; 5]);
        assert_eq!(third.answer(ask("never asked")).await.body, "1");
        let later = cache.join("a", [3; 5]);
        assert_eq!(later.answer(ask("2")).await.body, "2", "after a change nobody rides on the older question");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3, "the future of the third was made, never run");
    assert!(cache.lock().flights.is_empty(), "nobody is left on the list");
}

#[test]
fn what_no_longer_holds_makes_room_for_what_is_made_ahead() {
    let pulses = live();
    let cache = Cache::new(Limits { entries: 100, bytes: 1_000 });
    let keep = |key: &str| cache.keep(key, pulses.stamps(), &kept("ninety", finance(pulses.sequence(FINANCE))), &pulses);
    for key in 0..50 {
        keep(&format!("key-{key}-{}", "x".repeat(20)));
    }
    assert!(!cache.has_room(&pulses), "everything holds");
    pulses.changed(FINANCE, 5);
    assert!(cache.has_room(&pulses), "and now nothing does");
    keep("again");
    assert!(cache.fresh("again", &pulses).is_some());
    let inner = cache.lock();
    assert_eq!((inner.entries.len(), inner.order.len(), inner.bytes), (1, 1, "again".len() + "ninety".len()));
}
