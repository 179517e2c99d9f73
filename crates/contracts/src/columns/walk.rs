//! Along the rows that columns say.

use std::ops::Not;

use super::{LONGEST_TEXT, MOST_COLUMNS, MOST_DIGITS, Misshapen, Number};
use crate::ledger::{FactColumns, QuantityColumn};

/// A walk along the rows of columns whose shape is right.
pub struct Walk<'a> {
    columns: &'a FactColumns,
    /// The quantities in the order of their names.
    quantities: Vec<Cursor<'a>>,
    /// What stands before the numbers of each column in the text that is hashed.
    labels: Vec<String>,
    row: usize,
    line: i32,
    /// The numbers of the row before. Where each column has one in every row they differ by their values alone.
    numbers: Vec<Number<'a>>,
    is_full: bool,
}

/// One row. Places are those in the lists of the columns, and are in them.
#[derive(Debug, Clone, Copy)]
pub struct Row<'w> {
    /// Its line in the source.
    pub line: i32,
    /// The place of the structure, and its code.
    pub structure: (usize, &'w str),
    /// The place of the subject, and its code.
    pub subject: (usize, &'w str),
    /// The place of the period, and its text.
    pub period: (usize, &'w str),
    /// What is known, in the order of names.
    pub numbers: &'w [Number<'w>],
    /// By the place of a column among the quantities, what stands before its numbers in the text that is hashed.
    pub(crate) labels: &'w [String],
}

/// Where a column stands.
struct Cursor<'a> {
    place: usize,
    column: &'a QuantityColumn,
    /// The next number, and its row; none at the end.
    next: usize,
    row: Option<usize>,
}

impl<'a> Cursor<'a> {
    /// A number of the column.
    fn number(&self, value: i64) -> Number<'a> {
        let QuantityColumn { name, digits, .. } = self.column;
        Number { column: self.place, name, digits: digits.unsigned_abs(), value }
    }

    /// The row of a number that comes that many rows after the one before.
    fn skip(&self, from: usize) -> Option<usize> {
        let skipped = if self.column.skipped.is_empty() { 0 } else { usize::try_from(*self.column.skipped.get(self.next)?).ok()? };
        (self.next < self.column.values.len()).then(|| from.saturating_add(skipped))
    }
}

impl<'a> Walk<'a> {
    /// A walk from the first row.
    ///
    /// # Errors
    ///
    /// When lists that go together have different lengths, a place lies outside its list, a line is no number, or there is more than any rows
    /// could need: texts that no row names, long ones, hundreds of columns.
    pub fn new(columns: &'a FactColumns) -> Result<Self, Misshapen> {
        let rows = columns.line_steps.len();
        if columns.quantities.len() > MOST_COLUMNS {
            return Err(Misshapen(format!("{} quantities, at most {MOST_COLUMNS} are read", columns.quantities.len())));
        }
        for (list, places, texts) in [
            ("structure", &columns.structure, &columns.structures),
            ("subject", &columns.subject, &columns.subjects),
            ("period", &columns.period, &columns.periods),
        ] {
            if texts.len() > rows {
                return Err(Misshapen(format!("{} texts of {list} for {rows} rows", texts.len())));
            }
            check_texts(list, texts.iter())?;
            let texts = texts.len();
            if places.len() != rows {
                return Err(Misshapen(format!("{rows} lines and {} places of {list}", places.len())));
            }
            if let Some(place) = places.iter().find(|place| usize::try_from(**place).is_ok_and(|place| place < texts).not()) {
                return Err(Misshapen(format!("place {place} of {list} among {texts}")));
            }
        }
        if columns.line_steps.iter().try_fold(0i32, |line, step| line.checked_add(*step)).is_none() {
            return Err(Misshapen("lines beyond 32 bits".to_owned()));
        }
        check_texts("quantities", columns.quantities.iter().map(|column| &column.name))?;
        for QuantityColumn { name, digits, skipped, values } in &columns.quantities {
            if !skipped.is_empty() && skipped.len() != values.len() {
                return Err(Misshapen(format!("{} numbers of {name} and {} steps", values.len(), skipped.len())));
            }
            let last = skipped.iter().try_fold(values.len(), |last, skipped| last.checked_add(usize::try_from(*skipped).ok()?));
            if last.is_none_or(|last| last > rows) {
                return Err(Misshapen(format!("numbers of {name} outside of {rows} rows")));
            }
            if !(0..=MOST_DIGITS).contains(digits) {
                return Err(Misshapen(format!("{digits} digits of {name}: 0 to {MOST_DIGITS} can be")));
            }
        }
        let mut quantities: Vec<Cursor<'a>> = columns
            .quantities
            .iter()
            .enumerate()
            .map(|(place, column)| Cursor { place, column, next: 0, row: None })
            .map(|cursor| Cursor { row: cursor.skip(0), ..cursor })
            .collect();
        quantities.sort_by(|one, other| one.column.name.cmp(&other.column.name));
        let labels = columns.quantities.iter().map(|column| format!("{}=", column.name)).collect();
        let is_full = columns.quantities.iter().all(|column| column.skipped.is_empty() && column.values.len() == rows);
        let number = |cursor: &Cursor<'a>| cursor.number(0);
        let numbers = if is_full { quantities.iter().map(number).collect() } else { Vec::new() };
        Ok(Self { columns, quantities, labels, row: 0, line: 0, numbers, is_full })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.columns.line_steps.len()
    }

    /// The next row.
    pub fn next_row(&mut self) -> Option<Row<'_>> {
        let columns = self.columns;
        let row = self.row;
        self.line = self.line.checked_add(*columns.line_steps.get(row)?)?;
        if self.is_full {
            for (number, cursor) in self.numbers.iter_mut().zip(&self.quantities) {
                number.value = *cursor.column.values.get(row)?;
            }
        } else {
            self.numbers.clear();
            for cursor in self.quantities.iter_mut().filter(|cursor| cursor.row == Some(row)) {
                self.numbers.push(cursor.number(*cursor.column.values.get(cursor.next)?));
                cursor.next += 1;
                cursor.row = cursor.skip(row + 1);
            }
        }
        self.row += 1;
        let structure = usize::try_from(*columns.structure.get(row)?).ok()?;
        let subject = usize::try_from(*columns.subject.get(row)?).ok()?;
        let period = usize::try_from(*columns.period.get(row)?).ok()?;
        Some(Row {
            line: self.line,
            structure: (structure, columns.structures.get(structure)?),
            subject: (subject, columns.subjects.get(subject)?),
            period: (period, columns.periods.get(period)?),
            numbers: &self.numbers,
            labels: &self.labels,
        })
    }
}

/// Refuses a text that is longer than any code: it would be repeated for every row that names it.
fn check_texts<'t>(list: &str, mut texts: impl Iterator<Item = &'t String>) -> Result<(), Misshapen> {
    match texts.find(|text| text.len() > LONGEST_TEXT) {
        Some(long) => Err(Misshapen(format!("a text of {list} of {} bytes, at most {LONGEST_TEXT} are read", long.len()))),
        None => Ok(()),
    }
}
