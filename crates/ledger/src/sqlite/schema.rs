//! Tables of the embedded ledger.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::connection::failed;
use super::{earlier, keys};
use crate::record::{COLUMNS_BEFORE, Description, Growth, Head, WITH_PACKS, damaged};
use crate::{LedgerError, Schema};

/// Version of the tables. An earlier one is brought up to it when the file is opened; a newer one is refused.
pub(super) const VERSION: i64 = WITH_PACKS;

/// Creates the tables in a new file; checks that an existing one belongs to this domain.
pub(super) fn prepare(connection: &mut Connection, schema: &Schema) -> Result<(), LedgerError> {
    let doing = "preparing the tables";
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|e| failed(doing, e))?;
    let known = transaction.query_row("SELECT 1 FROM sqlite_schema WHERE name = 'meta'", [], |_| Ok(())).optional();
    if known.map_err(|e| failed(doing, e))?.is_some() {
        let found = description(&transaction)?;
        if found.version < VERSION && found.is_of(schema) {
            earlier::bring_up(&transaction, &found)?;
        }
        if let Some(growth) = description(&transaction)?.growth(schema, VERSION) {
            grow(&transaction, &growth).map_err(|e| failed(doing, e))?;
        }
        description(&transaction)?.check(schema, VERSION)?;
    } else {
        create(&transaction, schema).map_err(|e| failed(doing, e))?;
    }
    transaction.commit().map_err(|e| failed(doing, e))
}

/// Reads what the store says about itself.
pub(super) fn description(connection: &Connection) -> Result<Description, LedgerError> {
    let read = || -> rusqlite::Result<Vec<(String, String)>> {
        let mut statement = connection.prepare("SELECT key, value FROM meta")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    };
    Description::from_rows(&read().map_err(|e| failed("reading the description of the ledger", e))?)
}

/// Has the database check its pages and indexes, and compares the sets with the facts: one that misses an entry would hide that a fact
/// is already recorded.
pub(super) fn check_structure(connection: &Connection) -> Result<(), LedgerError> {
    let doing = "checking the structure of the file";
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(|e| failed(doing, e))?;
    if found == "ok" { keys::check(connection) } else { Err(damaged(None, found)) }
}

/// The events of version 2.
pub(super) const EVENTS: &str = "
    CREATE TABLE events (
        sequence INTEGER NOT NULL,
        line INTEGER NOT NULL,
        origin TEXT NOT NULL,
        number INTEGER NOT NULL,
        kind TEXT NOT NULL,
        structure TEXT NOT NULL,
        counterpart TEXT,
        subject TEXT NOT NULL,
        month INTEGER NOT NULL,
        moment INTEGER NOT NULL,
        amount INTEGER NOT NULL,
        PRIMARY KEY (sequence, line)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX events_by_identity ON events (origin, number);";

/// The sets of version 3, in which it is looked up what facts are recorded about.
pub(super) const KEYS: &str = "
    CREATE TABLE codes (number INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE spans (
        first_month INTEGER NOT NULL,
        last_month INTEGER NOT NULL,
        PRIMARY KEY (first_month, last_month)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE recorded (
        first_month INTEGER NOT NULL,
        last_month INTEGER NOT NULL,
        structure INTEGER NOT NULL,
        block INTEGER NOT NULL,
        subjects BLOB NOT NULL,
        PRIMARY KEY (first_month, last_month, structure, block)
    ) STRICT, WITHOUT ROWID;";

/// The packs of version 4.
pub(super) const PACKS: &str = "
    CREATE TABLE packs (
        sequence INTEGER NOT NULL,
        last_line INTEGER NOT NULL,
        facts BLOB NOT NULL,
        PRIMARY KEY (sequence, last_line)
    ) STRICT, WITHOUT ROWID;";

/// Says of a store that facts have more columns from now on: those recorded before have no value in them.
fn grow(connection: &Connection, growth: &Growth) -> rusqlite::Result<()> {
    connection.execute("UPDATE meta SET value = ?1 WHERE key = 'columns'", [&growth.to])?;
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", params![COLUMNS_BEFORE, growth.before])?;
    Ok(())
}

/// Keeps even a shell from changing what is recorded.
pub(super) fn forbid_changes(connection: &Connection, table: &str) -> rusqlite::Result<()> {
    ["UPDATE", "DELETE"].into_iter().try_for_each(|change| {
        connection.execute_batch(&format!(
            "CREATE TRIGGER {table}_never_{change} BEFORE {change} ON {table}
             BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;"
        ))
    })
}

fn create(connection: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    connection.execute_batch(&format!(
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

         CREATE TABLE head (
             only INTEGER PRIMARY KEY CHECK (only = 1),
             sequence INTEGER NOT NULL,
             chain_hash BLOB NOT NULL,
             recorded_at INTEGER NOT NULL
         ) STRICT;

         CREATE TABLE batches (
             sequence INTEGER PRIMARY KEY,
             id TEXT NOT NULL UNIQUE,
             origin TEXT NOT NULL,
             provenance TEXT NOT NULL,
             reason TEXT,
             note TEXT,
             recorded_at INTEGER NOT NULL,
             content_hash BLOB NOT NULL,
             chain_hash BLOB NOT NULL,
             facts INTEGER NOT NULL,
             superseded INTEGER NOT NULL,
             events INTEGER NOT NULL
         ) STRICT;
         CREATE INDEX batches_by_moment ON batches (recorded_at);

         CREATE TABLE closings (
             sequence INTEGER PRIMARY KEY,
             name TEXT NOT NULL UNIQUE,
             first_month INTEGER NOT NULL,
             last_month INTEGER NOT NULL,
             author TEXT NOT NULL,
             note TEXT,
             recorded_at INTEGER NOT NULL,
             chain_hash BLOB NOT NULL
         ) STRICT;
         {EVENTS}
         {KEYS}
         {PACKS}"
    ))?;
    ["batches", "closings", "packs", "events"].into_iter().try_for_each(|table| forbid_changes(connection, table))?;
    for (key, value) in Description::of(schema, VERSION).rows() {
        connection.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", params![key, value])?;
    }
    let Head { position, recorded_at } = Head::genesis(schema);
    let head = params![position.sequence, position.chain_hash, recorded_at];
    connection.execute("INSERT INTO head (only, sequence, chain_hash, recorded_at) VALUES (1, ?1, ?2, ?3)", head)?;
    Ok(())
}
