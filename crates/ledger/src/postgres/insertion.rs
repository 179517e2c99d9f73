//! Rows that are inserted as arrays, one of each column: the statement is the same however many rows there are, so it is prepared once.

use tokio_postgres::types::{ToSql, Type};

use super::session::Parameters;

/// Rows for a table.
pub(super) struct Insertion<'r> {
    into: String,
    columns: Vec<(&'r (dyn ToSql + Sync), Type)>,
    rows: usize,
    otherwise: &'static str,
}

impl<'r> Insertion<'r> {
    /// So many rows for these columns of a table.
    pub(super) fn new(table: &str, names: &str, columns: Vec<(&'r (dyn ToSql + Sync), Type)>, rows: usize) -> Self {
        Self { into: format!("{table} ({names})"), columns, rows, otherwise: "" }
    }

    /// What is done with rows that are there.
    pub(super) fn or(self, otherwise: &'static str) -> Self {
        Self { otherwise, ..self }
    }

    /// Whether there is nothing to insert.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The arrays.
    pub(super) fn columns(&self) -> Parameters<'_> {
        &self.columns
    }

    /// The statement that inserts them, its parameters from the first on.
    pub(super) fn alone(&self) -> String {
        self.statement("", 0)
    }

    /// The statement that inserts them once for each row that a part of the same statement gives, its parameters after so many.
    pub(super) fn following(&self, part: &str, before: usize) -> String {
        self.statement(&format!("{part}, "), before)
    }

    fn statement(&self, from: &str, before: usize) -> String {
        let places: Vec<String> = (1..=self.columns.len()).map(|column| format!("${}", before + column)).collect();
        let (into, otherwise) = (&self.into, self.otherwise);
        format!("INSERT INTO {into} SELECT new.* FROM {from}unnest({}) AS new {otherwise}", places.join(", "))
    }
}
