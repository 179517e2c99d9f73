//! PostgreSQL, through binary COPY, with every commit on disk.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use piramide_ledger::testing::PostgresServer;
use tokio::runtime::Runtime;
use tokio_postgres::{
    Client, NoTls,
    binary_copy::BinaryCopyInWriter,
    types::{ToSql, Type},
};

use super::{MONTH, ROWS_OF_A_TRANSACTION, SINGLES, Store, amounts, codes, median, per_second, through_the_ledger};

const PLAIN: &str =
    "CREATE TABLE facts (sequence bigint, line bigint, structure text, subject text, first_month integer, last_month integer,
    v_a bigint, v_b bigint, v_c bigint, v_d bigint, v_e bigint, v_f bigint, v_g bigint, v_h bigint)";
/// Its columns.
const COLUMNS: &str = "sequence, line, structure, subject, first_month, last_month, v_a, v_b, v_c, v_d, v_e, v_f, v_g, v_h";
const INSERT: &str = "INSERT INTO facts VALUES (1, $1, 'PRV_OFFICE', 'PRODUCT', 26260, 26260, 1, 2, 0, 1, 0, 0, 3, 3)";

/// The databases that are written to.
pub(super) struct Databases {
    server: PostgresServer,
    runtime: Runtime,
    /// A database for what is written bare.
    plain: Client,
    rows: i64,
}

impl Databases {
    pub(super) fn start(rows: i64) -> Self {
        let server = PostgresServer::start_durable().expect("a server");
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        let plain = runtime.block_on(open(&server.create_database().expect("a database")));
        runtime.block_on(plain.batch_execute(PLAIN)).expect("a table");
        Self { server, runtime, plain, rows }
    }
}

impl Store for Databases {
    fn rows(&mut self) -> u128 {
        self.runtime.block_on(self.plain.batch_execute("TRUNCATE facts")).expect("an empty table");
        per_second(self.rows, self.runtime.block_on(fill(&mut self.plain, self.rows)))
    }

    fn ledger(&mut self) -> u128 {
        let database = self.database();
        per_second(self.rows, through_the_ledger(&database, self.rows))
    }

    fn single(&mut self) -> u128 {
        median(self.runtime.block_on(singles(&self.plain)))
    }

    fn database(&mut self) -> String {
        self.server.create_database().expect("a database")
    }
}

async fn open(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client
}

/// How long all rows take.
async fn fill(client: &mut Client, rows: i64) -> Duration {
    let copy = format!("COPY facts ({COLUMNS}) FROM STDIN (FORMAT binary)");
    let mut types = vec![Type::INT8, Type::INT8, Type::TEXT, Type::TEXT, Type::INT4, Type::INT4];
    types.extend([Type::INT8; 8]);
    let started = Instant::now();
    let mut next = 0;
    while next < rows {
        let transaction = client.transaction().await.expect("a transaction");
        let mut writer = pin!(BinaryCopyInWriter::new(transaction.copy_in(&copy).await.expect("a copy"), &types));
        for row in next..(next + ROWS_OF_A_TRANSACTION).min(rows) {
            let (structure, subject) = codes(row);
            let amounts = amounts(row);
            let mut values: Vec<&(dyn ToSql + Sync)> = vec![&1_i64, &row, &structure, &subject, &MONTH, &MONTH];
            values.extend(amounts.iter().map(|amount| amount as &(dyn ToSql + Sync)));
            writer.as_mut().write(&values).await.expect("a row");
        }
        writer.finish().await.expect("the end of a copy");
        transaction.commit().await.expect("a durable commit");
        next += ROWS_OF_A_TRANSACTION;
    }
    started.elapsed()
}

/// How long each of some single rows takes to be durable.
async fn singles(client: &Client) -> Vec<Duration> {
    let insert = client.prepare(INSERT).await.expect("a statement");
    let mut times = Vec::new();
    for row in 0..SINGLES {
        let started = Instant::now();
        client.execute(&insert, &[&row]).await.expect("a durable row");
        times.push(started.elapsed());
    }
    times
}
