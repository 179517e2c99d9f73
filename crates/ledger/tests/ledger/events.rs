//! Events: evidence beside facts, once each, under the same hash.

use piramide_ledger::{Cursor, Event, EventKey, Ledger, LedgerError, NewBatch, Reason, RecordedEvent};

use crate::support::{Store, all_facts, assert_intact, batch, closing, event, fact, happened, in_force, reasons, record, record_new};

async fn all(ledger: &dyn Ledger) -> Vec<RecordedEvent> {
    ledger.events(Cursor::START, i64::MAX, 1_000).await.unwrap()
}

pub(crate) async fn events_come_back_as_they_went_in(store: Store) {
    let ledger = store.open().await;
    let transferred = Event {
        kind: "transferred".to_owned(),
        counterpart: Some("BARI".to_owned()),
        moment: -1,
        amount: i64::MAX,
        ..event(-7, "ROMA", -3)
    };
    let sent = vec![event(2, "ROMA", 1), transferred];
    let receipt = record_new(&*ledger, happened("a", sent.clone(), vec![fact(1, "ROMA", 1, 2)])).await;
    assert_eq!((receipt.events, receipt.facts, receipt.superseded), (2, 1, 0));
    let recorded: Vec<RecordedEvent> =
        sent.into_iter().zip(1..).map(|(event, line)| RecordedEvent { sequence: receipt.sequence, line, event }).collect();
    assert_eq!(all(&*ledger).await, recorded);
    assert_eq!(ledger.receipts(0, 10).await.unwrap(), [receipt]);
    assert_intact(&*ledger).await;
}

pub(crate) async fn an_event_is_found_by_its_identity(store: Store) {
    let ledger = store.open().await;
    let other = Event { origin: "post".to_owned(), ..event(2, "BARI", 1) };
    record_new(&*ledger, happened("a", vec![event(1, "ROMA", 1), event(2, "ROMA", 1), other.clone()], vec![])).await;
    let key = |origin: &str, number| EventKey { origin: origin.to_owned(), number };
    let asked = vec![key("desk", 1), key("post", 1), key("post", 2), key("desk", 3), key("", 1), key("a\u{0}b", 1)];
    let mut found: Vec<Event> = ledger.recorded_events(asked).await.unwrap().into_iter().map(|recorded| recorded.event).collect();
    found.sort_by_key(|event| event.number);
    assert_eq!(found, [event(1, "ROMA", 1), other]);
    assert_eq!(ledger.recorded_events(Vec::new()).await.unwrap(), []);
    let last = async |origins: &[&str]| ledger.standing(origins).await.unwrap().last_events;
    assert_eq!(last(&["desk", "post", "fax", "", "a\u{0}b", "desk"]).await, [Some(2), Some(2), None, None, None, Some(2)]);
    // A desk that numbers backwards, and one that was not asked about before it sent.
    let late = Event { origin: "fax".to_owned(), ..event(9, "ROMA", 1) };
    record_new(&*ledger, happened("b", vec![event(-5, "ROMA", 1), late], vec![])).await;
    record_new(&*ledger, happened("c", vec![event(-6, "ROMA", 1)], vec![])).await;
    assert_eq!(last(&["fax", "desk"]).await, [Some(9), Some(2)]);
}

pub(crate) async fn feeds_say_which_numbers_are_missing(store: Store) {
    let ledger = store.open().await;
    assert_eq!(ledger.feeds("", 10).await.unwrap(), []);
    let of = |origin: &str, number| Event { origin: origin.to_owned(), number, ..event(1, "ROMA", 1) };
    // Upper case comes before lower case, and both before letters with accents, whatever the language of the database.
    record_new(&*ledger, happened("a", [1, 2, 4, 8, 9].map(|number| of("desk", number)).to_vec(), vec![])).await;
    let far = record_new(&*ledger, happened("b", vec![of("Zeta", 5), of("èdile", i64::MIN), of("èdile", i64::MAX)], vec![])).await;
    let late = record_new(&*ledger, happened("c", vec![of("desk", 3)], vec![])).await;
    let feeds = ledger.feeds("", 10).await.unwrap();
    assert_eq!(feeds.iter().map(|feed| feed.origin.as_str()).collect::<Vec<_>>(), ["Zeta", "desk", "èdile"]);
    let [zeta, desk, edile] = feeds.try_into().unwrap();
    assert_eq!((zeta.events, zeta.first, zeta.last, zeta.missing(), zeta.gaps), (1, 5, 5, 0, vec![]));
    assert_eq!((desk.events, desk.first, desk.last, desk.missing(), &desk.gaps), (6, 1, 9, 3, &vec![(5, 7)]));
    assert_eq!(
        (desk.sequence, zeta.sequence, zeta.recorded_at),
        (1, far.sequence, far.recorded_at),
        "of the highest number, not the latest"
    );
    assert_eq!((edile.missing(), edile.gaps), (i64::MAX, vec![(i64::MIN + 1, i64::MAX - 1)]), "as many as can be told");
    assert!(late.sequence > far.sequence);
    // Page by page, and of many gaps the first.
    assert_eq!(ledger.feeds("Zeta", 1).await.unwrap(), [desk]);
    assert_eq!(ledger.feeds("èdile", 1).await.unwrap(), []);
    let odd: Vec<Event> = (0..30).map(|half| of("pari", 2 * half)).collect();
    record_new(&*ledger, happened("d", odd, vec![])).await;
    let [pari] = ledger.feeds("desk", 1).await.unwrap().try_into().unwrap();
    let first: Vec<_> = (0..10).map(|half| (2 * half + 1, 2 * half + 1)).collect();
    assert_eq!((pari.events, pari.missing(), pari.gaps), (30, 29, first));
}

/// Few rows and many take different ways into a store.
pub(crate) async fn few_and_many_come_back_alike(store: Store) {
    let ledger = store.open().await;
    for (many, month) in [(1u32, 1), (64, 2), (65, 3)] {
        let facts: Vec<_> = (1..=many).map(|line| fact(line, &format!("OFFICE_{line}"), month, i64::from(line))).collect();
        let events: Vec<_> = (1..=many).map(|number| event(i64::from(number) + i64::from(month) * 100, "ROMA", month)).collect();
        let receipt = record_new(&*ledger, happened(&format!("batch-{many}"), events.clone(), facts.clone())).await;
        let of_batch = all_facts(&*ledger, i64::MAX).await.into_iter().filter(|recorded| recorded.sequence == receipt.sequence);
        assert_eq!(of_batch.map(|recorded| recorded.fact).collect::<Vec<_>>(), facts, "{many}");
        let of_batch = all(&*ledger).await.into_iter().filter(|recorded| recorded.sequence == receipt.sequence);
        assert_eq!(of_batch.map(|recorded| recorded.event).collect::<Vec<_>>(), events, "{many}");
    }
    assert_intact(&*ledger).await;
}

pub(crate) async fn who_records_learns_where_the_ledger_stands(store: Store) {
    let ledger = store.open().await;
    let stands = ledger.standing(&[]).await.unwrap();
    assert_eq!((stands.head, stands.closings, stands.last_events), (ledger.head().await.unwrap(), vec![], vec![]));
    record_new(&*ledger, happened("a", vec![event(3, "ROMA", 1)], vec![fact(1, "ROMA", 1, 2)])).await;
    let closed = ledger.close(closing("Q1", 1, 3), 1).await.unwrap();
    let stands = ledger.standing(&["desk"]).await.unwrap();
    assert_eq!((stands.head.sequence, stands.head.chain_hash), (2, closed.chain_hash));
    assert_eq!((stands.closings, stands.last_events), (vec![closed], vec![Some(3)]));
}

/// The caller leaves out what is recorded; a caller that forgets is stopped by the store.
pub(crate) async fn an_event_is_recorded_once(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, happened("a", vec![event(1, "ROMA", 1)], vec![fact(1, "ROMA", 1, 1)])).await;
    let head = ledger.head().await.unwrap();
    let again = ledger.submit(happened("b", vec![event(1, "ROMA", 1)], vec![fact(1, "ROMA", 1, 2)]), head.sequence).await;
    assert!(matches!(again, Err(LedgerError::Storage { .. })), "{again:?}");
    assert_eq!(ledger.head().await.unwrap(), head);
    assert_eq!(in_force(&*ledger, i64::MAX).await.into_values().next().unwrap().get(0), Some(1));
    assert_intact(&*ledger).await;
}

pub(crate) async fn events_are_the_reason_of_what_they_supersede(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    let receipt = record_new(&*ledger, happened("b", vec![event(1, "ROMA", 1)], vec![fact(1, "ROMA", 1, 6)])).await;
    assert_eq!((receipt.superseded, receipt.reason), (1, None));
    // A total that comes after them says something else than they did, and must say why.
    let total = reasons(&*ledger, batch("c", vec![fact(1, "ROMA", 1, 7)])).await;
    assert!(matches!(total.as_slice(), [(1, Reason::AlreadyRecorded { sequence: 2 })]), "{total:?}");
}

pub(crate) async fn events_in_a_closed_period_need_a_reason(store: Store) {
    let ledger = store.open().await;
    ledger.close(closing("Q1", 1, 3), 0).await.unwrap();
    let late = || happened("late", vec![event(1, "ROMA", 3)], vec![fact(1, "ROMA", 3, 6)]);
    let refused = reasons(&*ledger, late()).await;
    assert!(matches!(refused.as_slice(), [(1, Reason::PeriodClosed { name })] if name == "Q1"), "{refused:?}");
    assert_eq!(all(&*ledger).await, []);
    record_new(&*ledger, NewBatch { reason: Some("found in a drawer".to_owned()), ..late() }).await;
    assert_eq!(all(&*ledger).await.len(), 1);
}

pub(crate) async fn malformed_events_are_refused(store: Store) {
    let ledger = store.open().await;
    for (field, malformed) in [
        ("event origin", Event { origin: String::new(), ..event(1, "ROMA", 1) }),
        ("event kind", Event { kind: "a\nb".to_owned(), ..event(1, "ROMA", 1) }),
        ("event structure", Event { structure: "x".repeat(201), ..event(1, "ROMA", 1) }),
        ("event subject", Event { subject: " ".to_owned(), ..event(1, "ROMA", 1) }),
        ("event counterpart", Event { counterpart: Some("\u{0}".to_owned()), ..event(1, "ROMA", 1) }),
    ] {
        let refused = ledger.submit(happened("a", vec![malformed], vec![]), 0).await;
        assert!(matches!(&refused, Err(LedgerError::Malformed { field: found, .. }) if *found == field), "{field}: {refused:?}");
    }
    assert_eq!(ledger.head().await.unwrap().sequence, 0);
}

pub(crate) async fn pages_of_events_follow_one_another(store: Store) {
    let ledger = store.open().await;
    for batch in 0..3 {
        let events = (0..3).map(|number| event(batch * 3 + number, "ROMA", 1)).collect();
        record(&*ledger, happened(&format!("b-{batch}"), events, vec![])).await;
    }
    let mut seen = Vec::new();
    let mut after = Cursor::START;
    loop {
        let page = ledger.events(after, 2, 2).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = Cursor { sequence: last.sequence, line: last.line };
        seen.extend(page.into_iter().map(|recorded| recorded.event.number));
    }
    assert_eq!(seen, [0, 1, 2, 3, 4, 5], "the third batch is beyond the sequence asked for");
}
