//! Rows that are inserted by column: the statement is the same for the same columns, so it is prepared once.

use std::fmt::Write;

use tokio_postgres::types::{ToSql, Type};

/// The types of a column: of one value, and of an array of them.
type Kind = (Type, Type);

pub(super) const NUMBER: Kind = (Type::INT8, Type::INT8_ARRAY);
pub(super) const MONTH: Kind = (Type::INT4, Type::INT4_ARRAY);
pub(super) const TEXT: Kind = (Type::TEXT, Type::TEXT_ARRAY);
pub(super) const BYTES: Kind = (Type::BYTEA, Type::BYTEA_ARRAY);

/// How rows go into a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One row, its values as they are: the server need not make arrays into rows.
    Single,
    /// However many, an array of each column.
    Arrays,
}

/// The values of a column.
pub(super) struct Column<'r> {
    all: &'r (dyn ToSql + Sync),
    first: Option<&'r (dyn ToSql + Sync)>,
    kind: Kind,
}

impl<'r> Column<'r> {
    /// Values of a kind.
    pub(super) fn new<T: ToSql + Sync>(values: &'r Vec<T>, kind: Kind) -> Self {
        Self { all: values, first: values.first().map(|value| value as &(dyn ToSql + Sync)), kind }
    }
}

/// Rows for a table.
pub(super) struct Insertion<'r> {
    table: &'r str,
    names: &'r str,
    columns: Vec<Column<'r>>,
    rows: usize,
    otherwise: &'static str,
}

impl<'r> Insertion<'r> {
    /// So many rows for these columns of a table.
    pub(super) fn new(table: &'r str, names: &'r str, columns: Vec<Column<'r>>, rows: usize) -> Self {
        Self { table, names, columns, rows, otherwise: "" }
    }

    /// What is done with rows that are there.
    pub(super) fn or(self, otherwise: &'static str) -> Self {
        Self { otherwise, ..self }
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The parameters with their types.
    pub(super) fn parameters(&self, form: Form) -> impl Iterator<Item = (&'r (dyn ToSql + Sync), Type)> {
        self.columns.iter().map(move |Column { all, first, kind: (one, many) }| match (form, first) {
            (Form::Single, Some(first)) => (*first, one.clone()),
            (Form::Single, None) | (Form::Arrays, _) => (*all, many.clone()),
        })
    }

    /// The statement that inserts them, its parameters from the first on, as arrays.
    pub(super) fn alone(&self) -> String {
        self.statement("", Form::Arrays, 0)
    }

    /// The statement that inserts them once for each row that a part of the same statement gives, its parameters after so many.
    pub(super) fn following(&self, part: &str, form: Form, before: usize) -> String {
        self.statement(part, form, before)
    }

    fn statement(&self, part: &str, form: Form, before: usize) -> String {
        let Self { table, names, columns, otherwise, .. } = self;
        let mut places = String::new();
        for place in before + 1..=before + columns.len() {
            let comma = if places.is_empty() { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(places, "{comma}${place}");
        }
        match form {
            Form::Single => format!("INSERT INTO {table} ({names}) SELECT {places} FROM {part} {otherwise}"),
            Form::Arrays => {
                let comma = if part.is_empty() { "" } else { ", " };
                format!("INSERT INTO {table} ({names}) SELECT new.* FROM {part}{comma}unnest({places}) AS new {otherwise}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_goes_as_it_is_and_several_as_arrays() {
        let (numbers, texts) = (vec![1_i64, 2], vec!["a", "b"]);
        let insertion =
            Insertion::new("t", "n, x", vec![Column::new(&numbers, NUMBER), Column::new(&texts, TEXT)], 2).or("ON CONFLICT DO NOTHING");
        let types = |form| insertion.parameters(form).map(|(_, kind)| kind).collect::<Vec<_>>();
        assert_eq!(insertion.following("moved", Form::Single, 2), "INSERT INTO t (n, x) SELECT $3, $4 FROM moved ON CONFLICT DO NOTHING");
        assert_eq!(types(Form::Single), [Type::INT8, Type::TEXT]);
        assert_eq!(
            insertion.following("moved", Form::Arrays, 2),
            "INSERT INTO t (n, x) SELECT new.* FROM moved, unnest($3, $4) AS new ON CONFLICT DO NOTHING"
        );
        assert_eq!(insertion.alone(), "INSERT INTO t (n, x) SELECT new.* FROM unnest($1, $2) AS new ON CONFLICT DO NOTHING");
        assert_eq!(types(Form::Arrays), [Type::INT8_ARRAY, Type::TEXT_ARRAY]);
    }
}
