//! Tables of the embedded ledger.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::connection::failed;
use crate::record::{Description, Head, damaged};
use crate::{LedgerError, Schema};

/// Creates the tables in a new file; checks that an existing one belongs to this domain.
pub(super) fn prepare(connection: &mut Connection, schema: &Schema) -> Result<(), LedgerError> {
    let doing = "preparing the tables";
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|e| failed(doing, e))?;
    let known = transaction.query_row("SELECT 1 FROM sqlite_schema WHERE name = 'meta'", [], |_| Ok(())).optional();
    if known.map_err(|e| failed(doing, e))?.is_some() {
        return description(&transaction)?.check(schema);
    }
    create(&transaction, schema).map_err(|e| failed(doing, e))?;
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

/// Has the database check its pages and indexes: an index that misses an entry would hide that a fact is already recorded.
pub(super) fn check_structure(connection: &Connection) -> Result<(), LedgerError> {
    let found: String = connection
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .map_err(|e| failed("checking the structure of the file", e))?;
    if found == "ok" { Ok(()) } else { Err(damaged(None, found)) }
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
             superseded INTEGER NOT NULL
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
         CREATE INDEX facts_by_key ON facts (structure, subject, first_month, last_month);
        "
    ))?;
    for table in ["batches", "closings", "facts"] {
        for change in ["UPDATE", "DELETE"] {
            connection.execute_batch(&format!(
                "CREATE TRIGGER {table}_never_{change} BEFORE {change} ON {table}
                 BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;"
            ))?;
        }
    }
    for (key, value) in Description::of(schema).rows() {
        connection.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", params![key, value])?;
    }
    let Head { position, recorded_at } = Head::genesis(schema);
    let head = params![position.sequence, position.chain_hash, recorded_at];
    connection.execute("INSERT INTO head (only, sequence, chain_hash, recorded_at) VALUES (1, ?1, ?2, ?3)", head)?;
    Ok(())
}
