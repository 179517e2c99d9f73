//! The yardstick of `cargo xtask bench` for durable imports: how many rows a second the same SQLite takes bare, in the ledger's own
//! settings (WAL, full synchronous), in transactions of 10,000 rows as wide as a fact of production; how many the ledger itself takes, with
//! its checks, index and chain; and how long one row takes to be durable. Prints one JSON object.
//!
//! ```sh
//! cargo run --release -p piramide-ledger --example bare -- /tmp/bare.db 500000
//! ```
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a bench that cannot go on has nothing to report")]

use std::time::{Duration, Instant};

use piramide_ledger::{Fact, NewBatch, Provenance, Schema};
use rusqlite::{Connection, params};

const ROWS_OF_A_TRANSACTION: i64 = 10_000;
/// Single rows that are timed.
const SINGLES: i64 = 500;
const INSERT: &str = "INSERT INTO facts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)";

fn main() {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().expect("a file to write");
    let rows: i64 = arguments.next().and_then(|text| text.parse().ok()).expect("how many rows");
    let ledger = per_second(rows, through_the_ledger(&format!("{path}.ledger"), rows));
    let mut connection = Connection::open(path).expect("a database");
    connection.pragma_update(None, "journal_mode", "WAL").expect("WAL");
    connection.pragma_update(None, "synchronous", "FULL").expect("full synchronous");
    connection
        .execute_batch("CREATE TABLE facts (sequence INTEGER, line INTEGER, structure TEXT, subject TEXT, month INTEGER, a INTEGER, b INTEGER, c INTEGER, d INTEGER, e INTEGER, f INTEGER, g INTEGER, h INTEGER)")
        .expect("a table");
    let started = Instant::now();
    let mut next = 0;
    while next < rows {
        let transaction = connection.transaction().expect("a transaction");
        {
            let mut insert = transaction.prepare_cached(INSERT).expect("an insert");
            for row in next..(next + ROWS_OF_A_TRANSACTION).min(rows) {
                let (structure, subject) = codes(row);
                insert
                    .execute(params![1, row, structure, subject, 26_260, row % 97, row % 89, 0, 1, 0, 0, row % 300, row % 301])
                    .expect("a row");
            }
        }
        transaction.commit().expect("a durable commit");
        next += ROWS_OF_A_TRANSACTION;
    }
    let rate = per_second(rows, started.elapsed());
    let mut singles: Vec<u128> = (0..SINGLES)
        .map(|row| {
            let started = Instant::now();
            connection
                .prepare_cached(INSERT)
                .and_then(|mut insert| insert.execute(params![2, row, "PRV_OFFICE", "PRODUCT", 26_260, 1, 2, 0, 1, 0, 0, 3, 3]))
                .expect("a durable row");
            started.elapsed().as_micros()
        })
        .collect();
    singles.sort_unstable();
    let single = singles.get(singles.len() / 2).copied().unwrap_or_default();
    println!("{{\"rows\": {rows}, \"rows_per_second\": {rate}, \"ledger_rows_per_second\": {ledger}, \"single_p50_us\": {single}}}");
}

/// The structure and the subject of a row: each pair once in half a million rows, so that no fact is recorded twice.
fn codes(row: i64) -> (String, String) {
    (format!("PRV_OFFICE_AG{:02}", row % 450), format!("PRODUCT_LINE_{:05}", row / 450))
}

fn per_second(rows: i64, took: Duration) -> u128 {
    u128::from(rows.unsigned_abs()) * 1_000 / took.as_millis().max(1)
}

/// How long the ledger takes for the same rows, in batches of as many.
fn through_the_ledger(path: &str, rows: i64) -> Duration {
    const COLUMNS: &[&str] = &["a", "b", "c", "d", "e", "f", "g", "h"];
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let schema = Schema { domain: "bench", columns: COLUMNS };
    let ledger = runtime.block_on(piramide_ledger::open(&format!("sqlite:{path}"), schema)).expect("a ledger");
    let fact = |row: i64| {
        let (structure, subject) = codes(row);
        let values = [row % 97, row % 89, 0, 1, 0, 0, row % 300, row % 301].map(Some).to_vec();
        let line = u32::try_from(row % ROWS_OF_A_TRANSACTION + 1).expect("a line");
        Fact { line, structure, subject, first_month: 26_260, last_month: 26_260, values }
    };
    let batch = |first: i64| NewBatch {
        id: format!("batch-{first}"),
        origin: "bench".into(),
        provenance: Provenance::Synthetic,
        reason: None,
        content_hash: [0; 32],
        note: None,
        facts: (first..(first + ROWS_OF_A_TRANSACTION).min(rows)).map(fact).collect(),
        events: Vec::new(),
    };
    let batches: Vec<NewBatch> = (0..rows).filter(|row| row % ROWS_OF_A_TRANSACTION == 0).map(batch).collect();
    let started = Instant::now();
    for (batch, head) in batches.into_iter().zip(0..) {
        runtime.block_on(ledger.submit(batch, head)).expect("a batch");
    }
    started.elapsed()
}
