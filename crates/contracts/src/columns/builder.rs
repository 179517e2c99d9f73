//! From rows to columns.

use std::collections::HashMap;

use super::{LONGEST_TEXT, MOST_COLUMNS, number};
use crate::ledger::{FactColumns, FactRow, QuantityColumn};

/// Rows in one message, and the most bytes of codes: well under the message limit whatever the numbers.
const MOST_ROWS: usize = 5_000;
const MOST_CODES: usize = 500_000;

/// Columns of the first rows, as many as one message takes; `None` when the first row does not fit columns.
pub fn of(rows: &[FactRow]) -> Option<(FactColumns, usize)> {
    let mut builder = Builder::default();
    let taken = rows.iter().take(MOST_ROWS).take_while(|row| builder.take(row).is_some()).count();
    (taken > 0).then_some((builder.columns, taken))
}

#[derive(Default)]
struct Builder<'a> {
    columns: FactColumns,
    /// The places of codes and periods in their lists.
    structures: HashMap<&'a str, i32>,
    subjects: HashMap<&'a str, i32>,
    periods: HashMap<&'a str, i32>,
    codes: usize,
    line: i32,
    /// Rows so far, and for each column those that have a number in it or were skipped.
    rows: i32,
    written: Vec<i32>,
}

impl<'a> Builder<'a> {
    /// Takes in a row, whole or not at all.
    fn take(&mut self, row: &'a FactRow) -> Option<()> {
        let numbers: Vec<(&str, i32, i64)> = row.quantities.iter().map(number::read).collect::<Option<_>>()?;
        let named_twice = numbers.iter().enumerate().any(|(place, (name, ..))| numbers.iter().take(place).any(|(other, ..)| other == name));
        let step = row.line.checked_sub(self.line)?;
        let period = row.period.as_ref()?;
        let codes = self.codes + row.structure_code.len() + row.subject_code.len() + period.value.len();
        let texts = [row.structure_code.as_str(), &row.subject_code, &period.value];
        let long = texts.into_iter().chain(numbers.iter().map(|(name, ..)| *name)).any(|text| text.len() > LONGEST_TEXT);
        let columns = self.columns.quantities.len().saturating_add(numbers.len());
        if named_twice || long || codes > MOST_CODES || columns > MOST_COLUMNS {
            return None;
        }
        let columns = &mut self.columns;
        columns.line_steps.push(step);
        self.line = row.line;
        columns.structure.push(place(&mut self.structures, &mut columns.structures, &row.structure_code, &mut self.codes));
        columns.subject.push(place(&mut self.subjects, &mut columns.subjects, &row.subject_code, &mut self.codes));
        columns.period.push(place(&mut self.periods, &mut columns.periods, &period.value, &mut self.codes));
        for (expected, (name, digits, value)) in numbers.into_iter().enumerate() {
            // Rows mostly have the same quantities in the same order.
            let found = |column: &QuantityColumn| column.name == name && column.digits == digits;
            let here = columns.quantities.get(expected).is_some_and(found).then_some(expected);
            let at = here.or_else(|| columns.quantities.iter().position(found)).unwrap_or_else(|| {
                columns.quantities.push(QuantityColumn { name: name.to_owned(), digits, ..QuantityColumn::default() });
                self.written.push(0);
                columns.quantities.len() - 1
            });
            if let (Some(column), Some(written)) = (columns.quantities.get_mut(at), self.written.get_mut(at)) {
                let skipped = self.rows - *written;
                // The first row that was skipped makes those before it be told too.
                if skipped > 0 && column.skipped.is_empty() {
                    column.skipped = vec![0; column.values.len()];
                }
                if skipped > 0 || !column.skipped.is_empty() {
                    column.skipped.push(skipped);
                }
                column.values.push(value);
                *written = self.rows + 1;
            }
        }
        self.rows += 1;
        Some(())
    }
}

/// The place of a text in its list, at the end of which it is put on first sight.
fn place<'a>(places: &mut HashMap<&'a str, i32>, list: &mut Vec<String>, text: &'a str, bytes: &mut usize) -> i32 {
    // Files are mostly in the order of one of their keys.
    let last = list.len().wrapping_sub(1);
    if list.get(last).is_some_and(|known| known == text) {
        return i32::try_from(last).unwrap_or(i32::MAX);
    }
    *places.entry(text).or_insert_with(|| {
        list.push(text.to_owned());
        *bytes += text.len();
        i32::try_from(list.len() - 1).unwrap_or(i32::MAX)
    })
}
