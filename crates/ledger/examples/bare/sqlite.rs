//! SQLite, in the ledger's own settings: WAL, full synchronous.

use std::time::{Duration, Instant};

use rusqlite::{Connection, params, params_from_iter};

use super::{MONTH, ROWS_OF_A_TRANSACTION, SCHEMA, SINGLES, amounts, codes, median, per_second, through_the_ledger};

const PLAIN: &str =
    "CREATE TABLE facts (sequence INTEGER, line INTEGER, structure TEXT, subject TEXT, first_month INTEGER, last_month INTEGER,
    v_a INTEGER, v_b INTEGER, v_c INTEGER, v_d INTEGER, v_e INTEGER, v_f INTEGER, v_g INTEGER, v_h INTEGER)";
const INSERT: &str = "INSERT INTO facts VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)";

pub(super) fn measure(path: &str, rows: i64) {
    let ledger = per_second(rows, through_the_ledger(&format!("sqlite:{path}.ledger"), rows));
    let plain = open(&format!("{path}.plain"));
    plain.execute_batch(PLAIN).expect("a table");
    let bare = per_second(rows, fill(plain, rows));
    // The tables of an empty ledger, written without it.
    let file = format!("{path}.layout");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    drop(runtime.block_on(piramide_ledger::open(&format!("sqlite:{file}"), SCHEMA)).expect("a ledger"));
    let same_layout = per_second(rows, fill(open(&file), rows));
    let single = median(singles(&mut open(&file)));
    println!(
        "{{\"rows\": {rows}, \"rows_per_second\": {bare}, \"same_layout_rows_per_second\": {same_layout}, \
         \"ledger_rows_per_second\": {ledger}, \"single_p50_us\": {single}}}"
    );
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
            write(&transaction, 1, row);
        }
        transaction.commit().expect("a durable commit");
        next += ROWS_OF_A_TRANSACTION;
    }
    started.elapsed()
}

/// What the ledger writes for one event, as plain statements in one transaction: the fact, the event, the batch and the head.
fn singles(connection: &mut Connection) -> Vec<Duration> {
    let single = |row: i64| {
        let started = Instant::now();
        let transaction = connection.transaction().expect("a transaction");
        write(&transaction, row + 2, row);
        let (structure, subject) = codes(row);
        let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
            transaction.prepare_cached(sql).and_then(|mut statement| statement.execute(values)).expect("a row");
        };
        run(
            "INSERT INTO events VALUES (?, 1, 'origin', ?, 'received', ?, NULL, ?, ?, ?, 1)",
            params![row + 2, row, structure, subject, MONTH, row],
        );
        run(
            "INSERT INTO batches VALUES (?, ?, 'origin', 'synthetic', NULL, NULL, ?, ?, ?, 1, 1, 1)",
            params![row + 2, format!("events-{row}"), row, [0_u8; 32], [0_u8; 32]],
        );
        run("UPDATE head SET sequence = ?, chain_hash = ?, recorded_at = ?", params![row + 2, [0_u8; 32], row]);
        transaction.commit().expect("a durable commit");
        started.elapsed()
    };
    (0..SINGLES).map(single).collect()
}

fn write(connection: &Connection, sequence: i64, row: i64) {
    let (structure, subject) = codes(row);
    let key: [&dyn rusqlite::ToSql; 6] = [&sequence, &row, &structure, &subject, &MONTH, &MONTH];
    let amounts = amounts(row);
    let amounts = amounts.iter().map(|amount| amount as &dyn rusqlite::ToSql);
    let values = params_from_iter(key.into_iter().chain(amounts));
    connection.prepare_cached(INSERT).and_then(|mut insert| insert.execute(values)).expect("a row");
}
