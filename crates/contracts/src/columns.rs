//! Rows of a batch column by column: a fraction of the bytes, no text for a number, no text twice.
//!
//! Rows and columns say the same and have the same [`ContentHash`](crate::batch::ContentHash), so a batch sent one way is known when it is
//! sent again the other way. What columns cannot say stays in rows: a number as nobody prints it (`007`, `1,5`), a quantity named twice.

use std::{collections::HashMap, ops::Not};

use crate::{
    ledger::{FactColumns, FactRow, Quantity, QuantityColumn},
    types,
};

/// Rows in one message, and the most bytes of codes: well under the message limit whatever the numbers.
const MOST_ROWS: usize = 5_000;
const MOST_CODES: usize = 500_000;
/// The longest code, period or name, and the most columns: none is near it, and each is repeated for every row that names it.
const LONGEST_TEXT: usize = 256;
const MOST_COLUMNS: usize = 256;
/// The most digits after the point: no number of 64 bits has more to say.
const MOST_DIGITS: i32 = 18;

/// Why columns are no rows: their sender is wrong about the contract, not about a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("columns that are no rows: {0}")]
pub struct Misshapen(String);

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
        let numbers: Vec<(&str, i32, i64)> = row.quantities.iter().map(number).collect::<Option<_>>()?;
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

/// A number as its name, the digits after its point and itself without the point; `None` when its text would not come back.
fn number(quantity: &Quantity) -> Option<(&str, i32, i64)> {
    let text = quantity.value.as_ref()?.value.as_str();
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut value = 0i64;
    for byte in whole.bytes().chain(fraction.bytes()) {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    let digits = i32::try_from(fraction.len()).ok().filter(|digits| *digits <= MOST_DIGITS)?;
    let negative = unsigned.len() < text.len();
    let unprinted = whole.is_empty() || (whole != "0" && whole.starts_with('0')) || unsigned.ends_with('.') || (negative && value == 0);
    (!unprinted).then_some((quantity.name.as_str(), digits, if negative { -value } else { value }))
}

/// A walk along the rows of columns whose shape is right.
pub struct Walk<'a> {
    columns: &'a FactColumns,
    /// The quantities in the order of their names.
    quantities: Vec<Cursor<'a>>,
    row: usize,
    line: i32,
    numbers: Vec<Number<'a>>,
}

/// A number of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number<'a> {
    /// The place of its column among the quantities.
    pub column: usize,
    /// What it counts.
    pub name: &'a str,
    /// Digits after its point.
    pub digits: u32,
    /// The number times ten to the power of the digits.
    pub value: i64,
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
}

/// Where a column stands.
struct Cursor<'a> {
    place: usize,
    column: &'a QuantityColumn,
    /// The next number, and its row; none at the end.
    next: usize,
    row: Option<usize>,
}

impl Cursor<'_> {
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
        Ok(Self { columns, quantities, row: 0, line: 0, numbers: Vec::new() })
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
        self.numbers.clear();
        for cursor in self.quantities.iter_mut().filter(|cursor| cursor.row == Some(row)) {
            let QuantityColumn { name, digits, values, .. } = cursor.column;
            let value = *values.get(cursor.next)?;
            self.numbers.push(Number { column: cursor.place, name, digits: digits.unsigned_abs(), value });
            cursor.next += 1;
            cursor.row = cursor.skip(row + 1);
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

impl Number<'_> {
    /// Writes the number as it was printed.
    pub fn print(&self, out: &mut Vec<u8>) {
        let mut digits = [b'0'; 20];
        let (mut rest, mut length) = (self.value.unsigned_abs(), 0);
        let least = self.digits as usize + 1;
        for digit in digits.iter_mut().rev() {
            if rest == 0 && length >= least {
                break;
            }
            // A remainder of ten fits a byte.
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
            length += 1;
        }
        if self.value < 0 {
            out.push(b'-');
        }
        let printed = digits.iter().skip(digits.len() - length);
        let point = length - self.digits as usize;
        for (place, digit) in printed.enumerate() {
            if place == point {
                out.push(b'.');
            }
            out.push(*digit);
        }
    }

    /// The number as text.
    pub fn text(&self) -> String {
        let mut text = Vec::new();
        self.print(&mut text);
        text.iter().map(|byte| char::from(*byte)).collect()
    }
}

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
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::batch::ContentHash;

    fn row(line: i32, numbers: &[(&str, &str)]) -> FactRow {
        let quantity = |(name, value): &(&str, &str)| Quantity {
            name: (*name).to_owned(),
            value: Some(types::Decimal { value: (*value).to_owned() }),
        };
        FactRow {
            line,
            structure_code: format!("S{}", line % 3),
            subject_code: format!("P{}", line % 2),
            period: Some(types::Period { value: "2020-12".to_owned() }),
            quantities: numbers.iter().map(quantity).collect(),
        }
    }

    /// Columns, and rows again, must be the rows they were, with the same hash either way.
    fn check(mut rows: Vec<FactRow>) {
        let (columns, taken) = of(&rows).unwrap();
        assert_eq!(taken, rows.len());
        let (mut of_rows, mut of_columns) = (ContentHash::default(), ContentHash::default());
        rows.iter().for_each(|row| of_rows.update(row));
        let mut walk = Walk::new(&columns).unwrap();
        while let Some(row) = walk.next_row() {
            of_columns.update_columns(&row);
        }
        assert_eq!(of_columns.finish(), of_rows.finish());
        rows.iter_mut().for_each(|row| row.quantities.sort_by(|one, other| one.name.cmp(&other.name)));
        assert_eq!(super::rows(&columns).unwrap(), rows);
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_went_in(
            said in prop::collection::vec((1i32..2_000_000, prop::collection::btree_map("[a-d]", (any::<i64>(), 0u32..19), 0..4)), 1..40)
        ) {
            let rows = said.into_iter().map(|(line, numbers)| {
                let number = |(value, digits)| Number { column: 0, name: "", digits, value }.text();
                let texts: Vec<(String, String)> = numbers.into_iter().map(|(name, number_of)| (name, number(number_of))).collect();
                row(line, &texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>())
            });
            check(rows.filter(|row| row.quantities.iter().all(|quantity| number(quantity).is_some())).chain([row(1, &[])]).collect());
        }
    }

    #[test]
    fn a_number_is_printed_as_it_was() {
        for text in ["0", "7", "-7", "0.00", "1.50", "-0.05", "12.345", "9223372036854775807", "0.000000000000000001"] {
            check(vec![row(1, &[("a", text)]), row(9, &[("b", "1"), ("a", text)]), row(10, &[]), row(4, &[("b", "2")])]);
        }
    }

    #[test]
    fn what_columns_cannot_say_stays_in_rows() {
        for text in
            ["", "-", "-0", "-0.0", "007", "1,5", "1.", ".5", "+1", "1e3", " 1", "9223372036854775808", "0.0000000000000000001", "١"]
        {
            assert!(of(&[row(1, &[("a", text)])]).is_none(), "{text}");
        }
        assert!(of(&[row(1, &[("a", "1"), ("a", "1")])]).is_none(), "a quantity that stands twice is refused by who receives it");
        assert!(of(&[row(1, &[("a".repeat(257).as_str(), "1")])]).is_none());
        assert!(of(&[FactRow { structure_code: "S".repeat(257), ..row(1, &[("a", "1")]) }]).is_none());
        assert!(of(&[FactRow { period: None, ..row(1, &[("a", "1")]) }]).is_none());
        assert_eq!(of(&[row(1, &[("a", "1")]), row(2, &[("a", "?")])]).unwrap().1, 1);
    }

    #[test]
    fn columns_that_are_no_rows_are_refused() {
        let (right, _) = of(&[row(1, &[("a", "1")]), row(2, &[("b", "1.5")])]).unwrap();
        assert!(Walk::new(&right).is_ok());
        let b = || right.quantities[1].clone();
        for (wrong, expected) in [
            (FactColumns { structure: vec![0], ..right.clone() }, "2 lines and 1 places of structure"),
            (FactColumns { subject: vec![0, 2], ..right.clone() }, "place 2 of subject among 2"),
            (FactColumns { period: vec![0, 0, 0], ..right.clone() }, "2 lines and 3 places of period"),
            (FactColumns { line_steps: vec![i32::MAX, 1], ..right.clone() }, "lines beyond 32 bits"),
            (
                FactColumns { quantities: vec![QuantityColumn { skipped: vec![0, 0], ..b() }], ..right.clone() },
                "1 numbers of b and 2 steps",
            ),
            (
                FactColumns { quantities: vec![QuantityColumn { skipped: vec![2], ..b() }], ..right.clone() },
                "numbers of b outside of 2 rows",
            ),
            (
                FactColumns { quantities: vec![QuantityColumn { skipped: vec![-1], ..b() }], ..right.clone() },
                "numbers of b outside of 2 rows",
            ),
            (FactColumns { subject: vec![0, -1], ..right.clone() }, "place -1 of subject among 2"),
            (
                FactColumns { structures: vec!["S".repeat(257), "S".into()], ..right.clone() },
                "a text of structure of 257 bytes, at most 256 are read",
            ),
            (FactColumns { periods: vec![String::new(); 3], ..right.clone() }, "3 texts of period for 2 rows"),
            (
                FactColumns { quantities: vec![QuantityColumn { name: "b".repeat(300), ..b() }], ..right.clone() },
                "a text of quantities of 300 bytes, at most 256 are read",
            ),
            (FactColumns { quantities: vec![QuantityColumn::default(); 257], ..right.clone() }, "257 quantities, at most 256 are read"),
            (FactColumns { quantities: vec![QuantityColumn { digits: 19, ..b() }], ..right.clone() }, "19 digits of b: 0 to 18 can be"),
        ] {
            let error = Walk::new(&wrong).err().unwrap();
            assert!(error.to_string().ends_with(expected), "{error}");
        }
    }
}
