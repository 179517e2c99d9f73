//! The same statements in SQL: each posting is a row, in the order in which it was recorded, with an index made for them.

use std::path::Path;

use piramide_ledger::{Cursor, Pages};
use piramide_measure::Period;
use rusqlite::{Connection, params};

use super::data::open;

const TABLE: &str = "CREATE TABLE facts (sequence INTEGER NOT NULL, line INTEGER NOT NULL, structure TEXT NOT NULL, subject TEXT NOT NULL,
     first_month INTEGER NOT NULL, last_month INTEGER NOT NULL, v_amount INTEGER, PRIMARY KEY (sequence, line)) STRICT, WITHOUT ROWID";
const INDEX: &str = "CREATE INDEX facts_by_statement ON facts (structure, first_month, last_month, subject, sequence, v_amount)";

pub(crate) struct Sql(Connection);

impl Sql {
    /// Writes what a ledger holds into a new file.
    pub(crate) async fn new(file: &Path, store: &Path) -> Self {
        let mut connection = Connection::open(file).expect("a database");
        connection.pragma_update(None, "journal_mode", "WAL").expect("WAL");
        connection.pragma_update(None, "cache_size", -64 * 1024).expect("a cache as large as the ledger's");
        connection.execute_batch(TABLE).expect("a table");
        let ledger = open(store).await;
        let mut pages = Pages::new(ledger.as_ref(), Cursor::START, i64::MAX);
        while let Some(page) = pages.next().await.expect("postings") {
            let transaction = connection.transaction().expect("a transaction");
            for recorded in page {
                let (sequence, fact) = (recorded.sequence, recorded.fact);
                let mut insert = transaction.prepare_cached("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)").expect("a statement");
                let row = params![sequence, fact.line, fact.structure, fact.subject, fact.first_month, fact.last_month, fact.values.get(0)];
                insert.execute(row).expect("a row");
            }
            transaction.commit().expect("rows");
        }
        connection.execute_batch(INDEX).expect("an index");
        Self(connection)
    }

    /// The sums of the items over offices and months: of each posting the last that was recorded, or that was by a sequence.
    pub(crate) fn sums(&self, offices: &[&str], period: Period, known_at: Option<i64>) -> Vec<(String, i64)> {
        let known = known_at.map_or_else(String::new, |sequence| format!("AND sequence <= {sequence}"));
        let places = vec!["?"; offices.len()].join(",");
        let sql = format!(
            "SELECT subject, sum(amount) FROM (
                 SELECT subject, v_amount AS amount, max(sequence) FROM facts INDEXED BY facts_by_statement
                 WHERE first_month >= ?1 AND first_month <= ?2 AND last_month <= ?2 AND structure IN ({places}) {known}
                 GROUP BY structure, first_month, last_month, subject)
             GROUP BY subject ORDER BY subject"
        );
        let (first, last) = (period.first_month().index(), period.last_month().index());
        let mut statement = self.0.prepare_cached(&sql).expect("a query");
        let numbers = params![first, last];
        let values = numbers.iter().copied().chain(offices.iter().map(|office| office as &dyn rusqlite::ToSql));
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| Ok((row.get(0)?, row.get(1)?)));
        rows.and_then(Iterator::collect).expect("rows")
    }
}
