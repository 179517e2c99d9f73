//! Opening a store again, or the wrong one.

use piramide_ledger::{Cursor, Fact, Kind, LedgerError, Reason, Schema, SchemaError, Verification, open};

use crate::support::{
    SCHEMA, Store, VERSION, all_facts, assert_intact, batch, closing, correction, event, fact, happened, ranged, reasons, record_new,
};

pub(crate) async fn a_restart_keeps_everything(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    ledger.close(closing("Q1", 1, 3), 1).await.unwrap();
    let before = (ledger.head().await.unwrap(), ledger.receipts(0, 10).await.unwrap(), ledger.closings().await.unwrap());
    let facts = all_facts(&*ledger, i64::MAX).await;
    drop(ledger);
    let ledger = store.open().await;
    assert_eq!((ledger.head().await.unwrap(), ledger.receipts(0, 10).await.unwrap(), ledger.closings().await.unwrap()), before);
    assert_eq!(all_facts(&*ledger, i64::MAX).await, facts);
    assert_eq!(*ledger.subscribe().borrow(), 2);
    assert_eq!(record_new(&*ledger, batch("b", vec![fact(1, "ROMA", 4, 5)])).await.sequence, 3);
    assert_intact(&*ledger).await;
}

pub(crate) async fn other_columns_are_refused(store: Store) {
    drop(store.open().await);
    let other = Schema { columns: &["received", "completed", "backlog"], ..SCHEMA };
    let error = open(&store.url(), other).await.err().unwrap();
    assert_eq!(error.kind(), Kind::Broken);
    assert_eq!(
        error.to_string(),
        format!(
            "the store holds domain trial with columns received,completed,closing_backlog in schema version {VERSION}, \
             not domain trial with columns received,completed,backlog in schema version {VERSION}: point the service to its own store"
        )
    );
    drop(store.open().await);
}

/// Facts with two more columns at the end, and a schema that has them.
const GROWN: Schema = Schema { columns: &["received", "completed", "closing_backlog", "marks_low", "marks_high"], ..SCHEMA };

fn grown(fact: Fact) -> Fact {
    let values = fact.values.iter().chain([Some(3), Some(4)]).collect();
    Fact { values, ..fact }
}

pub(crate) async fn a_schema_may_grow_at_its_end(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    ledger.close(closing("Q1", 1, 3), 1).await.unwrap();
    let (head, receipts) = (ledger.head().await.unwrap(), ledger.receipts(0, 10).await.unwrap());
    drop(ledger);
    let ledger = open(&store.url(), GROWN).await.unwrap();
    assert_eq!(
        (ledger.head().await.unwrap(), ledger.receipts(0, 10).await.unwrap()),
        (head, receipts),
        "what was recorded stays as it was"
    );
    let [old] = all_facts(&*ledger, i64::MAX).await.try_into().unwrap();
    assert_eq!(old.fact.values, [Some(5), Some(0), None, None, None].into(), "what nobody counted is missing, not zero");
    assert_intact(&*ledger).await;
    record_new(&*ledger, batch("b", vec![grown(fact(1, "ROMA", 4, 5))])).await;
    drop(ledger);
    let ledger = open(&store.url(), GROWN).await.unwrap();
    let facts = all_facts(&*ledger, i64::MAX).await;
    assert_eq!(facts[1].fact.values, [Some(5), Some(0), None, Some(3), Some(4)].into());
    assert_intact(&*ledger).await;
    drop(ledger);
    // A program that knows less than the store does not write into it.
    let error = open(&store.url(), SCHEMA).await.err().unwrap();
    assert!(matches!(error, LedgerError::OtherLedger { .. }), "{error}");
}

type Change = fn(&mut Vec<Fact>);

/// Neither a value put where there was no column, nor a count of columns changed, goes unnoticed.
pub(crate) async fn what_was_before_a_growth_is_still_verified(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    drop(ledger);
    let ledger = open(&store.url(), GROWN).await.unwrap();
    record_new(&*ledger, batch("b", vec![grown(fact(1, "ROMA", 4, 5))])).await;
    assert_intact(&*ledger).await;
    let facts: [(i64, Change, Change); 2] = [
        (1, |facts| facts[0].values.set(3, Some(0)), |facts| facts[0].values.set(3, None)),
        (2, |facts| facts[0].values.set(4, Some(5)), |facts| facts[0].values.set(4, Some(4))),
    ];
    for (sequence, change, restore) in facts {
        store.alter_facts(sequence, GROWN.columns.len(), change);
        let verified = ledger.verify().await.unwrap();
        assert!(matches!(&verified, Verification::Broken { sequence: found, .. } if *found == sequence), "{sequence}: {verified:?}");
        store.alter_facts(sequence, GROWN.columns.len(), restore);
    }
    for (alter, restore, sequence) in [
        ("UPDATE @meta SET value = '2' WHERE key = 'columns_before'", "UPDATE @meta SET value = '3' WHERE key = 'columns_before'", 1),
        ("UPDATE @meta SET value = 'x' WHERE key = 'columns_before'", "UPDATE @meta SET value = '3' WHERE key = 'columns_before'", 0),
    ] {
        store.alter(alter);
        match ledger.verify().await.unwrap() {
            Verification::Broken { sequence: found, .. } => assert_eq!(found, sequence, "{alter}"),
            intact @ Verification::Intact { .. } => panic!("{alter}: {intact:?}"),
        }
        store.alter(restore);
    }
    assert_intact(&*ledger).await;
}

pub(crate) async fn a_newer_version_is_refused(store: Store) {
    drop(store.open().await);
    store.alter(&format!("UPDATE @meta SET value = '{}' WHERE key = 'schema_version'", VERSION + 1));
    let error = open(&store.url(), SCHEMA).await.err().unwrap();
    assert!(matches!(error, LedgerError::NewerVersion { found, known } if (found, known) == (VERSION + 1, VERSION)), "{error}");
}

/// Takes from a store what version 4 added, and gives it back what it had instead: a row for each fact.
pub(crate) fn as_version_3(store: &Store) {
    let (integer, key) = match store {
        Store::Sqlite { .. } => ("INTEGER", ", PRIMARY KEY (sequence, line)) STRICT, WITHOUT ROWID"),
        Store::Postgres { .. } => ("bigint", "); CREATE INDEX facts_in_order ON @facts (sequence, line)"),
    };
    let code = if let Store::Postgres { .. } = store { "text COLLATE \"C\"" } else { "TEXT" };
    let month = if let Store::Postgres { .. } = store { "integer" } else { "INTEGER" };
    store.alter(&format!(
        "CREATE TABLE @facts (
             sequence {integer} NOT NULL, line {integer} NOT NULL, structure {code} NOT NULL, subject {code} NOT NULL,
             first_month {month} NOT NULL, last_month {month} NOT NULL,
             v_received {integer}, v_completed {integer}, v_closing_backlog {integer}{key}"
    ));
    for pack in store.packs() {
        let row = |fact: Fact| {
            let [structure, subject] = [fact.structure, fact.subject].map(|code| code.replace('\'', "''"));
            let values: String = fact.values.iter().map(|value| value.map_or(", NULL".to_owned(), |value| format!(", {value}"))).collect();
            let (months, line) = (format!("{}, {}", fact.first_month, fact.last_month), fact.line);
            format!("({}, {line}, '{structure}', '{subject}', {months}{values})", pack.sequence)
        };
        let rows: Vec<String> = pack.facts(SCHEMA.columns.len()).into_iter().map(row).collect();
        // A statement for the shell has its limits.
        for rows in rows.chunks(1_000) {
            store.alter(&format!("INSERT INTO @facts VALUES {}", rows.join(", ")));
        }
    }
    store.alter("DROP TABLE @packs; UPDATE @meta SET value = '3' WHERE key = 'schema_version'");
}

/// Takes from a store what version 3 added, and gives it back what it had instead.
pub(crate) fn as_version_2(store: &Store) {
    as_version_3(store);
    let index = match store {
        Store::Sqlite { .. } => "CREATE INDEX facts_by_key ON facts (structure, subject, first_month, last_month)",
        Store::Postgres { .. } => {
            "ALTER TABLE @facts ADD PRIMARY KEY (structure, subject, first_month, sequence); ALTER TABLE @head RENAME TO head"
        }
    };
    store.alter(&format!(
        "DROP TABLE @codes; DROP TABLE @spans; DROP TABLE @recorded; {index}; UPDATE @meta SET value = '2' WHERE key = 'schema_version'"
    ));
}

/// A store of version 2 looked facts up in an index of them; its facts, superseded ones too, come into the sets of version 3.
pub(crate) async fn a_store_with_an_index_of_facts_is_brought_up(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5), ranged(2, "BARI", 1, 12, 5)])).await;
    record_new(&*ledger, correction("b", vec![fact(1, "ROMA", 1, 6)])).await;
    let head = ledger.head().await.unwrap();
    drop(ledger);
    as_version_2(&store);
    let ledger = store.open().await;
    assert_eq!(ledger.head().await.unwrap(), head);
    assert_intact(&*ledger).await;
    let offered = batch("c", vec![fact(1, "ROMA", 1, 7), fact(2, "BARI", 3, 7), fact(3, "ROMA", 2, 7)]);
    let expected =
        [(1, Reason::AlreadyRecorded { sequence: 2 }), (2, Reason::OverlapsRecorded { first_month: 1, last_month: 12, sequence: 1 })];
    assert_eq!(reasons(&*ledger, offered).await, expected);
    record_new(&*ledger, batch("d", vec![fact(1, "ROMA", 2, 7)])).await;
    assert_intact(&*ledger).await;
}

/// Packs are made of the rows of version 3, the same as if the batches were recorded now: hashes and figures stay as they are, and the
/// store can grow at once.
pub(crate) async fn a_store_with_facts_in_rows_is_brought_up(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("many", (1..=5_000).map(|line| fact(line * 3, &format!("L'OFFICE-{line}"), 1, line.into())).collect()))
        .await;
    ledger.close(closing("Q1", 1, 3), 1).await.unwrap();
    record_new(&*ledger, happened("none", vec![event(1, "ROMA", 4)], vec![])).await;
    record_new(&*ledger, batch("few", vec![fact(0, "ROMA", 4, 5), ranged(u32::MAX, "BARI", 4, 12, i64::MIN)])).await;
    let before = (ledger.head().await.unwrap(), ledger.receipts(0, 10).await.unwrap(), all_facts(&*ledger, i64::MAX).await);
    let packs = store.packs();
    drop(ledger);
    as_version_3(&store);
    let error = open(&store.url(), Schema { columns: &["received"], ..SCHEMA }).await.err().unwrap();
    assert!(matches!(error, LedgerError::OtherLedger { .. }), "{error}");
    let ledger = store.open().await;
    assert_eq!((ledger.head().await.unwrap(), ledger.receipts(0, 10).await.unwrap(), all_facts(&*ledger, i64::MAX).await), before);
    assert_eq!(store.packs(), packs);
    assert_intact(&*ledger).await;
    drop(ledger);
    as_version_3(&store);
    let ledger = open(&store.url(), GROWN).await.unwrap();
    assert_intact(&*ledger).await;
    record_new(&*ledger, batch("grown", vec![grown(fact(1, "ROMA", 5, 5))])).await;
    assert_eq!(all_facts(&*ledger, i64::MAX).await.last().unwrap().fact.values, [Some(5), Some(0), None, Some(3), Some(4)].into());
    assert_intact(&*ledger).await;
}

/// A store in which somebody has altered what cannot be packed stays as it is, for whoever looks into it.
pub(crate) async fn a_store_that_cannot_be_read_is_not_brought_up(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    record_new(&*ledger, batch("b", vec![fact(1, "ROMA", 2, 5)])).await;
    drop(ledger);
    as_version_3(&store);
    store.alter("UPDATE @facts SET line = -1 WHERE sequence = 2");
    let error = open(&store.url(), SCHEMA).await.err().unwrap();
    assert!(matches!(&error, LedgerError::Damaged { sequence: Some(2), .. }), "{error}");
    store.alter("UPDATE @facts SET line = 1 WHERE sequence = 2");
    assert_intact(&*store.open().await).await;
}

pub(crate) async fn a_store_without_events_is_brought_up(store: Store) {
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    let before = ledger.head().await.unwrap();
    drop(ledger);
    // The tables as version 1 had them.
    as_version_2(&store);
    store.alter("DROP TABLE @events; ALTER TABLE @batches DROP COLUMN events; UPDATE @meta SET value = '1' WHERE key = 'schema_version'");
    let ledger = store.open().await;
    assert_eq!(ledger.head().await.unwrap(), before);
    assert_intact(&*ledger).await;
    record_new(&*ledger, happened("b", vec![event(1, "ROMA", 1)], vec![fact(1, "ROMA", 1, 6)])).await;
    drop(ledger);
    let ledger = store.open().await;
    assert_eq!(ledger.events(Cursor::START, i64::MAX, 10).await.unwrap().len(), 1);
    assert_intact(&*ledger).await;
}

#[tokio::test]
async fn an_unknown_address_is_refused_without_its_password() {
    for url in ["mysql://root:secret@host/x", "postgres://root:secret@host:port/x", "sqlite:", "sqlite::memory:", ""] {
        let error = open(url, SCHEMA).await.err().unwrap();
        assert!(matches!(&error, LedgerError::Address { url } if !url.contains("secret")), "{url}: {error}");
    }
}

#[tokio::test]
async fn an_unusable_schema_is_refused() {
    const MANY: [&str; 17] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"];
    let store = Store::sqlite();
    for (schema, expected) in [
        (Schema { domain: "Trial", ..SCHEMA }, SchemaError::Name { name: "Trial" }),
        (Schema { domain: "", ..SCHEMA }, SchemaError::Name { name: "" }),
        (Schema { columns: &["_a"], ..SCHEMA }, SchemaError::Name { name: "_a" }),
        (Schema { columns: &["1a"], ..SCHEMA }, SchemaError::Name { name: "1a" }),
        (Schema { columns: &["a; DROP"], ..SCHEMA }, SchemaError::Name { name: "a; DROP" }),
        (Schema { columns: &[], ..SCHEMA }, SchemaError::Columns { count: 0 }),
        (Schema { columns: &MANY, ..SCHEMA }, SchemaError::Columns { count: 17 }),
        (Schema { columns: &["a", "b", "a"], ..SCHEMA }, SchemaError::Repeated { name: "a" }),
    ] {
        let error = open(&store.url(), schema).await.err().unwrap();
        assert!(matches!(&error, LedgerError::Schema(found) if *found == expected), "{error:?}");
    }
}
