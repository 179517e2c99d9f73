//! Rows of a batch column by column: a fraction of the bytes, no text for a number, no text twice.
//!
//! Rows and columns say the same and have the same [`ContentHash`](crate::batch::ContentHash), so a batch sent one way is known when it is
//! sent again the other way. What columns cannot say stays in rows: a number as nobody prints it (`007`, `1,5`), a quantity named twice.

mod builder;
mod number;
mod walk;

pub(crate) use self::builder::Builder;
pub use self::{
    number::Number,
    walk::{Row, Walk},
};
use crate::{
    ledger::{FactColumns, FactRow, Quantity},
    types,
};

/// The longest code, period or name, and the most columns: none is near it, and each is repeated for every row that names it.
const LONGEST_TEXT: usize = 256;
const MOST_COLUMNS: usize = 256;
/// The most digits after the point: no number of 64 bits has more to say.
const MOST_DIGITS: i32 = 18;

/// Why columns are no rows: their sender is wrong about the contract, not about a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("columns that are no rows: {0}")]
pub struct Misshapen(String);

/// The rows that columns say; quantities come in the order of their names.
///
/// # Errors
///
/// As [`Walk::new`].
pub fn rows(columns: &FactColumns) -> Result<Vec<FactRow>, Misshapen> {
    let mut walk = Walk::new(columns)?;
    let mut rows = Vec::with_capacity(walk.rows());
    while let Some(row) = walk.next_row() {
        let quantity =
            |number: &Number<'_>| Quantity { name: number.name.to_owned(), value: Some(types::Decimal { value: number.text() }) };
        rows.push(FactRow {
            line: row.line,
            structure_code: row.structure.1.to_owned(),
            subject_code: row.subject.1.to_owned(),
            period: Some(types::Period { value: row.period.1.to_owned() }),
            quantities: row.numbers.iter().map(quantity).collect(),
        });
    }
    Ok(rows)
}

#[cfg(test)]
mod tests;
