//! Whatever is altered behind the ledger's back is found, and named by its sequence.

use piramide_ledger::testing::packs::packed;
use piramide_ledger::{Fact, Ledger, NewBatch, Verification};

use crate::support::{SCHEMA, Store, assert_intact, batch, closing, correction, event, fact, happened, record_new};

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

/// A way to alter a store, how it reads in a message, and the record that must be named.
struct Alteration {
    name: String,
    apply: Box<dyn Fn(&Store)>,
    expected: i64,
}

fn sql(statements: impl Into<String>, expected: i64) -> Alteration {
    let name = statements.into();
    let statements = name.clone();
    Alteration { name, apply: Box::new(move |store| store.alter(&statements)), expected }
}

/// What is done to the facts of a batch.
fn facts(name: &str, sequence: i64, change: fn(&mut Vec<Fact>)) -> Alteration {
    let apply = move |store: &Store| store.alter_facts(sequence, SCHEMA.columns.len(), change);
    Alteration { name: format!("{name} in {sequence}"), apply: Box::new(apply), expected: sequence }
}

/// Alters the store in each way, expects the sequence to be named, and puts everything back.
async fn check(store: Store, cases: Vec<Alteration>) {
    let ledger = store.open().await;
    written(&*ledger).await;
    let every_table = |sql: fn(&str) -> String| ["meta", "head", "batches", "closings", "packs", "events"].map(sql).concat();
    store.alter(&every_table(|table| format!("CREATE TABLE @kept_{table} AS SELECT * FROM @{table};")));
    for Alteration { name, apply, expected } in cases {
        apply(&store);
        match ledger.verify().await.unwrap() {
            Verification::Broken { sequence, batch_id, .. } => {
                assert_eq!(sequence, expected, "{name}");
                let known = ["one", "two", "four"];
                assert!(batch_id.is_none_or(|id| known.contains(&id.as_str()) || name.contains(" id =")), "{name}");
            }
            intact @ Verification::Intact { .. } => panic!("not found: {name}: {intact:?}"),
        }
        store.alter(&every_table(|table| format!("DELETE FROM @{table}; INSERT INTO @{table} SELECT * FROM @kept_{table};")));
        let restored = ledger.verify().await.unwrap();
        assert!(matches!(restored, Verification::Intact { .. }), "after {name}: {restored:?}");
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
    let columns = [
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
        ("UPDATE @packs SET last_line = 7 WHERE sequence = 2", 2),
        ("UPDATE @packs SET last_line = -7 WHERE sequence = 2", 2),
        ("UPDATE @packs SET sequence = 4 WHERE sequence = 2", 2),
    ];
    let mut cases: Vec<Alteration> = hashes.into_iter().map(|(statement, sequence)| sql(statement, sequence)).collect();
    cases.extend(columns.map(|(statement, sequence)| sql(statement, sequence)));
    cases.extend([
        facts("a line", 2, |facts| facts[1].line = 7),
        facts("the first line", 2, |facts| facts[0].line = 0),
        facts("a structure", 2, |facts| facts[1].structure = "BOMA".into()),
        facts("a subject", 2, |facts| facts[1].subject = "pensioni".into()),
        facts("the first month", 2, |facts| facts[1].first_month = 2),
        facts("the last month", 2, |facts| facts[1].last_month = 4),
        facts("a value", 2, |facts| facts[1].values.set(0, Some(10))),
        facts("a value taken away", 2, |facts| facts[1].values.set(1, None)),
        facts("a value where none was", 2, |facts| facts[1].values.set(2, Some(0))),
        facts("two values changed about", 2, |facts| {
            facts[1].values = [facts[1].values.get(1), facts[1].values.get(0), facts[1].values.get(2)].into();
        }),
        facts("two facts changed about", 2, |facts| {
            facts.swap(0, 1);
            (facts[0].line, facts[1].line) = (1, 2);
        }),
        Alteration {
            name: "a fact moved to another batch".to_owned(),
            apply: Box::new(|store| {
                store.alter_facts(2, SCHEMA.columns.len(), |facts| facts.truncate(1));
                store.alter_facts(4, SCHEMA.columns.len(), |facts| facts.push(fact(9, "ROMA", 3, 9)));
            }),
            expected: 2,
        },
        // Of two alterations the first is named, although the second cannot even be read.
        Alteration {
            name: "a value, and a pack that is none".to_owned(),
            apply: Box::new(|store| {
                store.alter_facts(1, SCHEMA.columns.len(), |facts| facts[0].values.set(0, Some(0)));
                store.alter("UPDATE @packs SET last_line = -1 WHERE sequence = 4");
            }),
            expected: 1,
        },
    ]);
    check(store, cases).await;
}

/// Each byte of a pack altered, and each length that it can be cut to.
pub(crate) async fn every_byte_of_a_pack_is_verified(store: Store) {
    let ledger = store.open().await;
    written(&*ledger).await;
    let pack = store.packs().into_iter().find(|pack| pack.sequence == 2).unwrap();
    let flipped = (0..pack.bytes.len()).map(|place| {
        let mut bytes = pack.bytes.clone();
        bytes[place] ^= 1 << (place % 8);
        bytes
    });
    let cut = (0..pack.bytes.len()).map(|length| pack.bytes[..length].to_vec());
    for bytes in flipped.chain(cut) {
        store.alter(&store.replacing(&pack, &bytes));
        match ledger.verify().await.unwrap() {
            Verification::Broken { sequence, cause, .. } => assert_eq!(sequence, 2, "{bytes:?}: {cause}"),
            intact @ Verification::Intact { .. } => panic!("{bytes:?} for {:?}: {intact:?}", pack.bytes),
        }
    }
    store.alter(&store.replacing(&pack, &pack.bytes));
    assert_intact(&*ledger).await;
}

/// Someone puts facts before a pack's own, under lines that come before where it begins: whoever reads on from the pack before passes them
/// over, and whoever verifies does not.
pub(crate) async fn facts_behind_the_end_of_a_pack_are_found(store: Store) {
    let ledger = store.open().await;
    let facts = (1..=4_100).map(|line| fact(line, &format!("OFFICE-{line}"), 1, 1)).collect();
    record_new(&*ledger, batch("one", facts)).await;
    assert_intact(&*ledger).await;
    let packs = store.packs();
    assert_eq!(packs.iter().map(|pack| pack.last_line).collect::<Vec<_>>(), [4_096, 4_100]);
    let mut facts = packs[1].facts(SCHEMA.columns.len());
    facts.insert(0, fact(4_096, "NOWHERE", 1, 1));
    let [(_, bytes)] = packed(&facts).try_into().unwrap();
    store.alter(&store.replacing(&packs[1], &bytes));
    let broken = ledger.verify().await.unwrap();
    assert!(matches!(&broken, Verification::Broken { sequence: 1, .. }), "{broken:?}");
}

pub(crate) async fn appended_or_removed_rows_are_found(store: Store) {
    let added = [4, 1, 7].map(|sequence| {
        format!(
            "INSERT INTO @events SELECT {sequence}, 9, origin, 9, kind, structure, counterpart, subject, month, moment, amount
             FROM @events WHERE number = 1"
        )
    });
    let one_more = |sequence: i64| facts("a fact more", sequence, |facts| facts.push(fact(50, "X", 1, 1)));
    let mut cases: Vec<Alteration> = [2, 3, 99, 0, -4].map(one_more).into();
    cases.extend([4, 1, 7].into_iter().zip(added).map(|(sequence, statement)| sql(statement, sequence)));
    cases.extend([
        facts("a fact less", 2, |facts| facts.truncate(1)),
        facts("no fact", 2, Vec::clear),
        facts("the last fact", 1, |facts| facts.truncate(2)),
        facts("the first fact", 1, |facts| drop(facts.remove(0))),
    ]);
    let rows = [
        ("DELETE FROM @events WHERE number = 2", 4),
        ("DELETE FROM @events", 4),
        ("DELETE FROM @packs WHERE sequence = 1", 1),
        ("DELETE FROM @batches WHERE sequence = 1", 1),
        ("DELETE FROM @batches WHERE sequence = 2", 2),
        ("DELETE FROM @closings", 3),
        ("DELETE FROM @batches WHERE sequence = 4; DELETE FROM @packs WHERE sequence = 4; DELETE FROM @events", 4),
        (
            "DELETE FROM @batches WHERE sequence = 4; DELETE FROM @packs WHERE sequence = 4; DELETE FROM @events; UPDATE @head SET sequence = 3",
            3,
        ),
        ("DELETE FROM @head", 0),
        ("DELETE FROM @meta", 0),
        (
            "INSERT INTO @closings (sequence, name, first_month, last_month, author, recorded_at, chain_hash)
          SELECT 5, 'Q2', 4, 6, author, recorded_at, chain_hash FROM @closings",
            5,
        ),
    ];
    cases.extend(rows.map(|(statement, sequence)| sql(statement, sequence)));
    check(store, cases).await;
}
