//! SQLite, in the ledger's own settings: WAL, full synchronous.

use std::{
    fs,
    time::{Duration, Instant},
};

use piramide_ledger::testing::packs::packed;
use rusqlite::{Connection, params, params_from_iter};

use super::{MONTH, ROWS_OF_A_TRANSACTION, SINGLES, Store, amounts, codes, fact, median, per_second, through_the_ledger};

const PLAIN: &str =
    "CREATE TABLE facts (sequence INTEGER, line INTEGER, structure TEXT, subject TEXT, first_month INTEGER, last_month INTEGER,
    v_a INTEGER, v_b INTEGER, v_c INTEGER, v_d INTEGER, v_e INTEGER, v_f INTEGER, v_g INTEGER, v_h INTEGER)";
const INSERT: &str = "INSERT INTO facts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

/// The files that are written.
pub(super) struct Files {
    path: String,
    rows: i64,
    /// How many were named so far.
    named: usize,
    /// That of the last ledger, and how many events were written into it.
    ledger: Option<(String, i64)>,
}

impl Files {
    pub(super) fn new(path: &str, rows: i64) -> Self {
        Self { path: path.to_owned(), rows, named: 0, ledger: None }
    }

    /// A name that no file has.
    fn name(&mut self) -> String {
        self.named += 1;
        format!("{}.{}", self.path, self.named)
    }
}

impl Store for Files {
    fn rows(&mut self) -> u128 {
        let file = self.name();
        let plain = open(&file);
        plain.execute_batch(PLAIN).expect("a table");
        let took = fill(plain, self.rows);
        remove(&file);
        per_second(self.rows, took)
    }

    fn ledger(&mut self) -> u128 {
        let file = self.name();
        let took = through_the_ledger(&url(&file), self.rows);
        if let Some((former, _)) = self.ledger.replace((file, 0)) {
            remove(&former);
        }
        per_second(self.rows, took)
    }

    fn single(&mut self) -> u128 {
        let (file, events) = self.ledger.as_mut().expect("a ledger that was filled");
        // The tables of the ledger that was filled, written without it.
        let times = singles(&mut open(file), self.rows, *events);
        *events += SINGLES;
        median(times)
    }

    fn database(&mut self) -> String {
        let file = self.name();
        url(&file)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        if let Some((file, _)) = &self.ledger {
            remove(file);
        }
    }
}

fn url(file: &str) -> String {
    format!("sqlite:{file}")
}

/// Removes a database, with what SQLite keeps beside it, which may be gone.
fn remove(file: &str) {
    fs::remove_file(file).expect("a database that was written");
    for beside in ["-wal", "-shm", ".lock"] {
        fs::remove_file(format!("{file}{beside}")).ok();
    }
}

fn open(path: &str) -> Connection {
    let connection = Connection::open(path).expect("a database");
    connection.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    connection.pragma_update(None, "synchronous", "FULL").expect("full synchronous");
    connection.pragma_update(None, "cache_size", -16 * 1024).expect("a cache as large as the ledger's");
    connection
}

/// How long all rows take.
fn fill(mut connection: Connection, rows: i64) -> Duration {
    let started = Instant::now();
    let mut next = 0;
    while next < rows {
        let transaction = connection.transaction().expect("a transaction");
        for row in next..(next + ROWS_OF_A_TRANSACTION).min(rows) {
            write(&transaction, row);
        }
        transaction.commit().expect("a durable commit");
        next += ROWS_OF_A_TRANSACTION;
    }
    started.elapsed()
}

/// What the ledger writes for one event, as plain statements in one transaction: a pack of one fact, the event, the batch and the head.
/// They come after as many rows and events.
fn singles(connection: &mut Connection, rows: i64, events: i64) -> Vec<Duration> {
    let single = |row: i64| {
        let (sequence, line) = (rows + row, 1);
        let (structure, subject) = codes(row);
        let fact = fact(line, row);
        let [(_, pack)] = packed(&[fact]).try_into().expect("one pack");
        let started = Instant::now();
        let transaction = connection.transaction().expect("a transaction");
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
            transaction.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).expect("a row");
        };
        run("INSERT INTO packs VALUES (?, ?, ?)", params![sequence, line, pack]);
        run(
            "INSERT INTO events VALUES (?, 1, 'origin', ?, 'received', ?, NULL, ?, ?, ?, 1)",
            params![sequence, row, structure, subject, MONTH, row],
        );
        run(
            "INSERT INTO batches VALUES (?, ?, 'origin', 'synthetic', NULL, NULL, ?, ?, ?, 1, 1, 1)",
            params![sequence, format!("events-{row}"), row, [0_u8; 32], [0_u8; 32]],
        );
        run("UPDATE head SET sequence = ?, chain_hash = ?, recorded_at = ?", params![sequence, [0_u8; 32], row]);
        transaction.commit().expect("a durable commit");
        started.elapsed()
    };
    (events..events + SINGLES).map(single).collect()
}

fn write(connection: &Connection, row: i64) {
    let (structure, subject) = codes(row);
    let key: [&dyn rusqlite::ToSql; 6] = [&1, &row, &structure, &subject, &MONTH, &MONTH];
    let amounts = amounts(row);
    let amounts = amounts.iter().map(|amount| amount as &dyn rusqlite::ToSql);
    let values = params_from_iter(key.into_iter().chain(amounts));
    connection.prepare_cached(INSERT).and_then(|mut insert| insert.execute(values)).expect("a row");
}
