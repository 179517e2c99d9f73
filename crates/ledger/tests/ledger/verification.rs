//! Whatever is altered behind the ledger's back is found, and named by its sequence.

use piramide_ledger::{Ledger, NewBatch, Verification};

use crate::support::{Store, batch, closing, correction, event, fact, happened, record_new};

/// Sequence 1 and 2 are batches, 3 a closing, 4 a batch.
async fn written(ledger: &dyn Ledger) {
    record_new(ledger, batch("one", vec![fact(1, "ROMA", 1, 5), fact(2, "ROMA", 2, 6), fact(3, "BARI", 1, 7)])).await;
    let second = NewBatch { note: Some("note".to_owned()), ..correction("two", vec![fact(1, "ROMA", 1, 8), fact(2, "ROMA", 3, 9)]) };
    record_new(ledger, second).await;
    ledger.close(closing("Q1", 1, 3), 2).await.unwrap();
    record_new(ledger, happened("four", vec![event(1, "ROMA", 4), event(2, "ROMA", 4)], vec![fact(1, "ROMA", 4, 1)])).await;
}

pub(crate) async fn an_intact_ledger_is_counted(store: Store) {
    let ledger = store.open().await;
    written(&*ledger).await;
    let head = ledger.head().await.unwrap();
    assert_eq!(ledger.verify().await.unwrap(), Verification::Intact { batches: 3, closings: 1, head });
}

/// Alters the store in each way, expects the sequence to be named, and puts everything back.
async fn check(store: Store, cases: &[(&str, i64)]) {
    let ledger = store.open().await;
    written(&*ledger).await;
    let every_table = |sql: fn(&str) -> String| ["meta", "head", "batches", "closings", "facts", "events"].map(sql).concat();
    store.alter(&every_table(|table| format!("CREATE TABLE @kept_{table} AS SELECT * FROM @{table};")));
    for (alteration, expected) in cases {
        store.alter(alteration);
        match ledger.verify().await.unwrap() {
            Verification::Broken { sequence, batch_id, .. } => {
                assert_eq!(sequence, *expected, "{alteration}");
                let known = ["one", "two", "four"];
                assert!(batch_id.is_none_or(|id| known.contains(&id.as_str()) || alteration.contains(" id =")), "{alteration}");
            }
            intact @ Verification::Intact { .. } => panic!("not found: {alteration}: {intact:?}"),
        }
        store.alter(&every_table(|table| format!("DELETE FROM @{table}; INSERT INTO @{table} SELECT * FROM @kept_{table};")));
        let restored = ledger.verify().await.unwrap();
        assert!(matches!(restored, Verification::Intact { .. }), "after {alteration}: {restored:?}");
    }
}

pub(crate) async fn every_altered_column_is_found(store: Store) {
    // One bit where the database can do it; else the bytes moved by one place.
    let flipped = |column: &str| match &store {
        Store::Sqlite { .. } => format!("{column} = unhex(substr(hex({column}), 3) || substr(hex({column}), 1, 2))"),
        Store::Postgres { .. } => format!("{column} = set_bit({column}, 7, 1 - get_bit({column}, 7))"),
    };
    let hashes = [
        (format!("UPDATE @batches SET {} WHERE sequence = 2", flipped("content_hash")), 2),
        (format!("UPDATE @batches SET {} WHERE sequence = 2", flipped("chain_hash")), 2),
        (format!("UPDATE @closings SET {} WHERE sequence = 3", flipped("chain_hash")), 3),
        (format!("UPDATE @head SET {}", flipped("chain_hash")), 4),
    ];
    let mut cases: Vec<(&str, i64)> = hashes.iter().map(|(sql, sequence)| (sql.as_str(), *sequence)).collect();
    cases.extend([
        ("UPDATE @batches SET chain_hash = substr(chain_hash, 2) WHERE sequence = 2", 2),
        ("UPDATE @batches SET id = 'tvo' WHERE sequence = 2", 2),
        ("UPDATE @batches SET origin = 'offic' WHERE sequence = 2", 2),
        ("UPDATE @batches SET provenance = 'published' WHERE sequence = 2", 2),
        ("UPDATE @batches SET provenance = 'Submitted' WHERE sequence = 2", 2),
        ("UPDATE @batches SET reason = 'late file' WHERE sequence = 2", 2),
        ("UPDATE @batches SET reason = NULL WHERE sequence = 2", 2),
        ("UPDATE @batches SET reason = '' WHERE sequence = 4", 4),
        ("UPDATE @batches SET note = 'Note' WHERE sequence = 2", 2),
        ("UPDATE @batches SET note = NULL WHERE sequence = 2", 2),
        ("UPDATE @batches SET recorded_at = recorded_at + 1 WHERE sequence = 2", 2),
        ("UPDATE @batches SET facts = facts + 1 WHERE sequence = 2", 2),
        ("UPDATE @batches SET facts = -1 WHERE sequence = 2", 2),
        ("UPDATE @batches SET superseded = 0 WHERE sequence = 2", 2),
        ("UPDATE @batches SET sequence = 9 WHERE sequence = 2", 2),
        ("UPDATE @batches SET sequence = 0 WHERE sequence = 1", 0),
        ("UPDATE @facts SET line = 7 WHERE sequence = 2 AND line = 2", 2),
        ("UPDATE @facts SET line = -7 WHERE sequence = 2 AND line = 2", 2),
        ("UPDATE @facts SET structure = 'BOMA' WHERE sequence = 2 AND line = 2", 2),
        ("UPDATE @facts SET subject = 'pensioni' WHERE sequence = 2 AND line = 2", 2),
        ("UPDATE @facts SET first_month = 2 WHERE sequence = 2 AND line = 2", 2),
        ("UPDATE @facts SET last_month = 4 WHERE sequence = 2 AND line = 2", 2),
        ("UPDATE @facts SET v_received = 10 WHERE sequence = 2 AND line = 2", 2),
        ("UPDATE @facts SET v_completed = NULL WHERE sequence = 2 AND line = 2", 2),
        ("UPDATE @facts SET v_closing_backlog = 0 WHERE sequence = 2 AND line = 2", 2),
        ("UPDATE @facts SET v_received = v_completed, v_completed = v_received WHERE sequence = 2 AND line = 2", 2),
        ("UPDATE @facts SET sequence = 4, line = 9 WHERE sequence = 2 AND line = 2", 2),
        ("UPDATE @closings SET name = 'Q2' WHERE sequence = 3", 3),
        ("UPDATE @closings SET first_month = 2 WHERE sequence = 3", 3),
        ("UPDATE @closings SET last_month = 2 WHERE sequence = 3", 3),
        ("UPDATE @closings SET author = 'Director' WHERE sequence = 3", 3),
        ("UPDATE @closings SET note = NULL WHERE sequence = 3", 3),
        ("UPDATE @closings SET recorded_at = recorded_at - 1 WHERE sequence = 3", 3),
        ("UPDATE @closings SET sequence = 5 WHERE sequence = 3", 3),
        ("UPDATE @closings SET sequence = 2 WHERE sequence = 3", 2),
        ("UPDATE @head SET sequence = 3", 4),
        ("UPDATE @head SET sequence = 5", 5),
        ("UPDATE @head SET recorded_at = recorded_at + 1", 4),
        ("UPDATE @batches SET events = 1 WHERE sequence = 4", 4),
        ("UPDATE @batches SET events = 0 WHERE sequence = 4", 4),
        ("UPDATE @batches SET events = 2 WHERE sequence = 2", 2),
        ("UPDATE @events SET sequence = 2 WHERE number = 2", 2),
        ("UPDATE @events SET line = -1 WHERE number = 2", 4),
        ("UPDATE @events SET line = 7 WHERE number = 1", 4),
        ("UPDATE @events SET origin = 'desks' WHERE number = 2", 4),
        ("UPDATE @events SET number = 3 WHERE number = 2", 4),
        ("UPDATE @events SET kind = 'received' WHERE number = 2", 4),
        ("UPDATE @events SET structure = 'BARI' WHERE number = 2", 4),
        ("UPDATE @events SET counterpart = 'BARI' WHERE number = 2", 4),
        ("UPDATE @events SET subject = 'pensions' WHERE number = 2", 4),
        ("UPDATE @events SET month = 5 WHERE number = 2", 4),
        ("UPDATE @events SET moment = moment + 1 WHERE number = 2", 4),
        ("UPDATE @events SET amount = 2 WHERE number = 2", 4),
        ("UPDATE @meta SET value = 'trials' WHERE key = 'domain'", 0),
        ("UPDATE @meta SET value = 'received,completed' WHERE key = 'columns'", 0),
        ("UPDATE @meta SET value = '9' WHERE key = 'schema_version'", 0),
        ("UPDATE @meta SET value = 'x' WHERE key = 'schema_version'", 0),
        // Of two alterations the first is named, although the second cannot even be read.
        ("UPDATE @facts SET v_received = 0 WHERE sequence = 1; UPDATE @facts SET line = -1 WHERE sequence = 4", 1),
    ]);
    check(store, &cases).await;
}

pub(crate) async fn appended_or_removed_rows_are_found(store: Store) {
    let fact = |sequence: i64| {
        format!("INSERT INTO @facts (sequence, line, structure, subject, first_month, last_month) VALUES ({sequence}, 50, 'X', 'Y', 1, 1)")
    };
    let added = [4, 1, 7].map(|sequence| {
        format!(
            "INSERT INTO @events SELECT {sequence}, 9, origin, 9, kind, structure, counterpart, subject, month, moment, amount
             FROM @events WHERE number = 1"
        )
    });
    let owned = [(fact(2), 2), (fact(3), 3), (fact(99), 99), (fact(0), 0), (fact(-4), -4)];
    let mut cases: Vec<(&str, i64)> = owned.iter().map(|(sql, sequence)| (sql.as_str(), *sequence)).collect();
    cases.extend([
        ("DELETE FROM @facts WHERE sequence = 2 AND line = 2", 2),
        ("DELETE FROM @facts WHERE sequence = 2", 2),
        ("DELETE FROM @events WHERE number = 2", 4),
        ("DELETE FROM @events", 4),
        (&added[0], 4),
        (&added[1], 1),
        (&added[2], 7),
        ("DELETE FROM @batches WHERE sequence = 1", 1),
        ("DELETE FROM @batches WHERE sequence = 2", 2),
        ("DELETE FROM @closings", 3),
        ("DELETE FROM @batches WHERE sequence = 4; DELETE FROM @facts WHERE sequence = 4; DELETE FROM @events", 4),
        ("DELETE FROM @batches WHERE sequence = 4; DELETE FROM @facts WHERE sequence = 4; DELETE FROM @events; UPDATE @head SET sequence = 3", 3),
        ("DELETE FROM @head", 0),
        ("DELETE FROM @meta", 0),
        (
            "INSERT INTO @closings (sequence, name, first_month, last_month, author, recorded_at, chain_hash)
          SELECT 5, 'Q2', 4, 6, author, recorded_at, chain_hash FROM @closings",
            5,
        ),
    ]);
    check(store, &cases).await;
}
