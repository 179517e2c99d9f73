//! From rows to columns.

use foldhash::HashMap;

use super::{LONGEST_TEXT, MOST_COLUMNS, number};
use crate::{
    batch::RowTexts,
    ledger::{FactColumns, QuantityColumn},
};

/// Rows in one message, and the most bytes of codes: well under the message limit whatever the numbers.
const MOST_ROWS: usize = 5_000;
const MOST_CODES: usize = 500_000;

/// The columns of one message.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    columns: FactColumns,
    /// The places of codes and periods in their lists.
    structures: Places,
    subjects: Places,
    periods: Places,
    codes: usize,
    line: i32,
    /// Rows so far, and for each column those that have a number in it or were skipped.
    rows: i32,
    written: Vec<i32>,
    /// The numbers of a row: the digits after the point, and the number without it.
    numbers: Vec<(i32, i64)>,
    /// The columns of the numbers of the row before, as they stood there: mostly those of the next.
    shape: Vec<usize>,
}

impl Builder {
    /// Takes in a row, whole or not at all: not when it does not fit columns, or the message is full. `same_names` says that it names the
    /// quantities of the row before, in their order; that one, if any was taken in, is the last.
    pub(crate) fn take(&mut self, row: &RowTexts<'_>, same_names: bool) -> Option<()> {
        self.numbers.clear();
        for (_, text) in row.quantities {
            self.numbers.push(number::read(text)?);
        }
        let same_shape = same_names && self.has_digits();
        if !same_shape && !row.quantities.iter().enumerate().all(|(place, (name, _))| fits(row, place, name)) {
            return None;
        }
        let step = row.line.checked_sub(self.line)?;
        let texts = [row.structure, row.subject, row.period];
        let codes = self.codes + texts.iter().map(|text| text.len()).sum::<usize>();
        let long = texts.iter().any(|text| text.len() > LONGEST_TEXT);
        let columns = self.columns.quantities.len().saturating_add(self.numbers.len());
        let full = self.columns.line_steps.len() >= MOST_ROWS || codes > MOST_CODES || columns > MOST_COLUMNS;
        if long || full {
            return None;
        }
        let columns = &mut self.columns;
        columns.line_steps.push(step);
        self.line = row.line;
        columns.structure.push(self.structures.place(&mut columns.structures, row.structure, &mut self.codes));
        columns.subject.push(self.subjects.place(&mut columns.subjects, row.subject, &mut self.codes));
        columns.period.push(self.periods.place(&mut columns.periods, row.period, &mut self.codes));
        if !same_shape {
            self.shape.clear();
            for ((name, _), (digits, _)) in row.quantities.iter().zip(&self.numbers) {
                let found = |column: &QuantityColumn| column.name == *name && column.digits == *digits;
                self.shape.push(columns.quantities.iter().position(found).unwrap_or_else(|| {
                    columns.quantities.push(QuantityColumn { name: (*name).to_owned(), digits: *digits, ..QuantityColumn::default() });
                    self.written.push(0);
                    columns.quantities.len() - 1
                }));
            }
        }
        for (at, (_, value)) in self.shape.iter().copied().zip(&self.numbers) {
            if let (Some(column), Some(written)) = (columns.quantities.get_mut(at), self.written.get_mut(at)) {
                let skipped = self.rows - *written;
                // The first row that was skipped makes those before it be told too.
                if skipped > 0 && column.skipped.is_empty() {
                    column.skipped = vec![0; column.values.len()];
                }
                if skipped > 0 || !column.skipped.is_empty() {
                    column.skipped.push(skipped);
                }
                column.values.push(*value);
                *written = self.rows + 1;
            }
        }
        self.rows += 1;
        Some(())
    }

    /// Whether the numbers of a row have as many digits after the point as those of the row before.
    fn has_digits(&self) -> bool {
        let column = |at: &usize| self.columns.quantities.get(*at);
        self.shape.len() == self.numbers.len()
            && self.shape.iter().zip(&self.numbers).all(|(at, (digits, _))| column(at).is_some_and(|column| column.digits == *digits))
    }

    /// The columns; `None` without rows.
    pub(crate) fn finish(self) -> Option<FactColumns> {
        (self.rows > 0).then_some(self.columns)
    }
}

/// Whether a quantity's name is not too long, and no earlier quantity of the row has it.
fn fits(row: &RowTexts<'_>, place: usize, name: &str) -> bool {
    name.len() <= LONGEST_TEXT && row.quantities.iter().take(place).all(|(other, _)| *other != name)
}

/// The places of texts in a list.
#[derive(Debug, Default)]
struct Places {
    known: HashMap<String, i32>,
    last: i32,
}

impl Places {
    /// The place of a text in its list, at the end of which it is put on first sight.
    fn place(&mut self, list: &mut Vec<String>, text: &str, bytes: &mut usize) -> i32 {
        // Files are mostly in the order of one of their keys.
        if usize::try_from(self.last).ok().and_then(|last| list.get(last)).is_some_and(|last| last == text) {
            return self.last;
        }
        self.last = self.known.get(text).copied().unwrap_or_else(|| {
            let place = i32::try_from(list.len()).unwrap_or(i32::MAX);
            list.push(text.to_owned());
            self.known.insert(text.to_owned(), place);
            *bytes += text.len();
            place
        });
        self.last
    }
}
