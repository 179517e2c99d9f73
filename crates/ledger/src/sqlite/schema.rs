//! Tables of the embedded ledger.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::connection::failed;
use super::keys;
use crate::record::{COLUMNS_BEFORE, Description, Growth, Head, WITH_EVENTS, WITH_KEYS, damaged};
use crate::{LedgerError, Schema};

/// Version of the tables. An earlier one is brought up to it when the file is opened; a newer one is refused.
pub(super) const VERSION: i64 = WITH_KEYS;

/// Creates the tables in a new file; checks that an existing one belongs to this domain.
pub(super) fn prepare(connection: &mut Connection, schema: &Schema) -> Result<(), LedgerError> {
    let doing = "preparing the tables";
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|e| failed(doing, e))?;
    let known = transaction.query_row("SELECT 1 FROM sqlite_schema WHERE name = 'meta'", [], |_| Ok(())).optional();
    if known.map_err(|e| failed(doing, e))?.is_some() {
        if description(&transaction)?.lacks_events() {
            add_events(&transaction).map_err(|e| failed(doing, e))?;
        }
        if description(&transaction)?.version == WITH_EVENTS {
            add_keys(&transaction)?;
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
const EVENTS: &str = "
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

/// Brings a store of version 1 to version 2.
fn add_events(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("ALTER TABLE batches ADD COLUMN events INTEGER NOT NULL DEFAULT 0;")?;
    connection.execute_batch(EVENTS)?;
    forbid_changes(connection, "events")?;
    set_version(connection, WITH_EVENTS)
}

fn set_version(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    connection.execute("UPDATE meta SET value = ?1 WHERE key = 'schema_version'", [version.to_string()]).map(drop)
}

/// The sets of version 3, in which it is looked up what facts are recorded about.
const KEYS: &str = "
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

/// Brings a store of version 2, which has an index of the facts instead of the sets, to version 3.
fn add_keys(connection: &Connection) -> Result<(), LedgerError> {
    let doing = "making the sets of what facts are recorded about";
    connection.execute_batch(KEYS).map_err(|e| failed(doing, e))?;
    let (numbers, blocks) = keys::census(connection)?.finish();
    keys::write(connection, &numbers, &blocks).map_err(|e| failed(doing, e))?;
    connection
        .execute_batch("DROP INDEX IF EXISTS facts_by_key")
        .and_then(|()| set_version(connection, VERSION))
        .map_err(|e| failed(doing, e))
}

/// Adds columns at the end: facts recorded before have no value in them.
fn grow(connection: &Connection, growth: &Growth) -> rusqlite::Result<()> {
    for column in &growth.added {
        connection.execute_batch(&format!("ALTER TABLE facts ADD COLUMN {column} INTEGER;"))?;
    }
    connection.execute("UPDATE meta SET value = ?1 WHERE key = 'columns'", [&growth.to])?;
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)", params![COLUMNS_BEFORE, growth.before])?;
    Ok(())
}

/// Keeps even a shell from changing what is recorded.
fn forbid_changes(connection: &Connection, table: &str) -> rusqlite::Result<()> {
    ["UPDATE", "DELETE"].into_iter().try_for_each(|change| {
        connection.execute_batch(&format!(
            "CREATE TRIGGER {table}_never_{change} BEFORE {change} ON {table}
             BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;"
        ))
    })
}

fn create(connection: &Connection, schema: &Schema) -> rusqlite::Result<()> {
    let columns = schema.stored_columns().replace(',', " INTEGER,");
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

         CREATE TABLE facts (
             sequence INTEGER NOT NULL,
             line INTEGER NOT NULL,
             structure TEXT NOT NULL,
             subject TEXT NOT NULL,
             first_month INTEGER NOT NULL,
             last_month INTEGER NOT NULL,
             {columns} INTEGER,
             PRIMARY KEY (sequence, line)
         ) STRICT, WITHOUT ROWID;
         {EVENTS}
         {KEYS}"
    ))?;
    ["batches", "closings", "facts", "events"].into_iter().try_for_each(|table| forbid_changes(connection, table))?;
    for (key, value) in Description::of(schema, VERSION).rows() {
        connection.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", params![key, value])?;
    }
    let Head { position, recorded_at } = Head::genesis(schema);
    let head = params![position.sequence, position.chain_hash, recorded_at];
    connection.execute("INSERT INTO head (only, sequence, chain_hash, recorded_at) VALUES (1, ?1, ?2, ?3)", head)?;
    Ok(())
}
