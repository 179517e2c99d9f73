//! The yardsticks of `cargo xtask bench` for durable writes, measured as often as they are asked for on standard input, so that they can
//! take turns with what they are the measure of:
//!
//! | asked | answered |
//! | --- | --- |
//! | `rows` | how many rows a second a store takes bare, in transactions of 10,000 rows as wide as a fact of production |
//! | `ledger` | how many the ledger takes on it, with its checks, sets and chain |
//! | `single` | how many microseconds one row takes to be durable, the median; on SQLite all that the ledger writes for one event, into the tables of the last `ledger` |
//! | `database` | the address of an empty database |
//!
//! ```sh
//! echo "rows ledger single" | tr ' ' '\n' | cargo run --release -p piramide-ledger --example bare -- sqlite /tmp/bare 500000
//! ```
//!
//! Each answer is a JSON object of one line. With `postgres` in the place of `sqlite` and its files a throw-away server is started, durable as
//! in operation, which lives until standard input ends.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench that cannot go on has nothing to report"
)]

#[path = "bare/postgres.rs"]
mod postgres;
#[path = "bare/sqlite.rs"]
mod sqlite;

use std::{
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use piramide_ledger::{Fact, NewBatch, Provenance, Schema};

/// Rows of a transaction, and of a batch.
const ROWS_OF_A_TRANSACTION: i64 = 10_000;
/// Single rows that are timed.
const SINGLES: i64 = 500;
/// The month of every row.
const MONTH: i32 = 26_260;
/// The columns of a fact: as many as production's flow.
const SCHEMA: Schema = Schema { domain: "bench", columns: &["a", "b", "c", "d", "e", "f", "g", "h"] };

/// A store that is measured.
trait Store {
    /// Rows a second, bare.
    fn rows(&mut self) -> u128;
    /// Rows a second through the ledger.
    fn ledger(&mut self) -> u128;
    /// Microseconds until one row is durable.
    fn single(&mut self) -> u128;
    /// The address of an empty database.
    fn database(&mut self) -> String;
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let rows = |text: &str| text.parse().expect("how many rows");
    match arguments.as_slice() {
        ["sqlite", path, many] => answer(&mut sqlite::Files::new(path, rows(many))),
        ["postgres", many] => answer(&mut postgres::Databases::start(rows(many))),
        _ => panic!("sqlite FILE ROWS, or postgres ROWS"),
    }
}

/// Measures what is asked, line by line.
fn answer(store: &mut impl Store) {
    for asked in std::io::stdin().lines() {
        match asked.expect("standard input").as_str() {
            "rows" => println!("{{\"rows_per_second\": {}}}", store.rows()),
            "ledger" => println!("{{\"ledger_rows_per_second\": {}}}", store.ledger()),
            "single" => println!("{{\"single_p50_us\": {}}}", store.single()),
            "database" => println!("{{\"url\": \"{}\"}}", store.database()),
            other => panic!("{other} is nothing that is measured"),
        }
        std::io::stdout().flush().expect("a reader");
    }
}

/// The structure and the subject of a row: each pair once in half a million rows, so that no fact is recorded twice.
fn codes(row: i64) -> (String, String) {
    (format!("PRV_OFFICE_AG{:02}", row % 450), format!("PRODUCT_LINE_{:05}", row / 450))
}

/// What a row says.
fn amounts(row: i64) -> [i64; 8] {
    [row % 97, row % 89, 0, 1, 0, 0, row % 300, row % 301]
}

fn per_second(rows: i64, took: Duration) -> u128 {
    u128::from(rows.unsigned_abs()) * 1_000 / took.as_millis().max(1)
}

/// The middle one, in microseconds.
fn median(mut times: Vec<Duration>) -> u128 {
    times.sort_unstable();
    times.get(times.len() / 2).map_or(0, Duration::as_micros)
}

/// A row as the ledger takes it.
fn fact(line: u32, row: i64) -> Fact {
    let (structure, subject) = codes(row);
    Fact {
        line,
        structure: structure.into(),
        subject: subject.into(),
        first_month: MONTH,
        last_month: MONTH,
        values: amounts(row).map(Some).into(),
    }
}

/// How long the ledger at an address, which is empty, takes for the same rows, in batches of as many.
fn through_the_ledger(url: &str, rows: i64) -> Duration {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let ledger = runtime.block_on(piramide_ledger::open(url, SCHEMA)).expect("a ledger");
    let line = |row: i64| u32::try_from(row % ROWS_OF_A_TRANSACTION + 1).expect("a line");
    let batch = |first: i64| NewBatch {
        id: format!("batch-{first}"),
        origin: "bench".into(),
        provenance: Provenance::Synthetic,
        reason: None,
        content_hash: [0; 32],
        note: None,
        facts: Arc::new((first..(first + ROWS_OF_A_TRANSACTION).min(rows)).map(|row| fact(line(row), row)).collect()),
        events: Vec::new(),
    };
    let batches: Vec<NewBatch> = (0..rows).filter(|row| row % ROWS_OF_A_TRANSACTION == 0).map(batch).collect();
    let started = Instant::now();
    for (batch, head) in batches.into_iter().zip(0..) {
        runtime.block_on(ledger.submit(batch, head)).expect("a batch");
    }
    started.elapsed()
}
