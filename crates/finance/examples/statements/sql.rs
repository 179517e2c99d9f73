//! The same statements in SQL, on the tables of the ledger.

use std::path::Path;

use piramide_measure::Period;
use rusqlite::{Connection, params};

pub(crate) struct Sql(Connection);

impl Sql {
    pub(crate) fn new(store: &Path) -> Self {
        let connection = Connection::open(store).expect("the ledger's file");
        connection.pragma_update(None, "cache_size", -64 * 1024).expect("a cache as large as the ledger's");
        connection
            .execute_batch(
                "CREATE INDEX IF NOT EXISTS facts_by_statement ON facts (structure, first_month, last_month, subject, sequence, v_amount)",
            )
            .expect("an index");
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
