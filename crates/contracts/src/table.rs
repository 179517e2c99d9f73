//! Batches as CSV files.
//!
//! One dialect is read without being asked for: UTF-8 without byte order mark, commas, decimal points. What a spreadsheet set to
//! Italian writes (a byte order mark, semicolons, decimal commas) is read only where it is declared, since guessing would one day
//! read 1.234 as one and a bit.

mod plain;
pub mod sums;

use std::borrow::Cow;

use piramide_measure::decimal;

use self::plain::Lines;
use crate::{batch::RowTexts, ledger::FactRow};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// Commas and decimal points.
    #[default]
    Plain,
    /// Semicolons, decimal commas, points between thousands; a byte order mark is accepted.
    Italian,
}

impl Dialect {
    /// What stands between cells.
    fn delimiter(self) -> u8 {
        match self {
            Self::Plain => b',',
            Self::Italian => b';',
        }
    }
}

/// The most bytes in one cell.
const MOST_CELL_BYTES: usize = 1_000;
/// The most reasons listed for one file.
const MOST_REASONS: usize = 100;
const BYTE_ORDER_MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Why a file is not a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {cause}")]
pub struct TableError {
    /// The line of the file, from 1; the header is line 1.
    pub line: u64,
    /// The name of the column, or empty when the whole line is meant.
    pub column: String,
    /// What is wrong.
    pub cause: String,
}

/// Reads rows from a file with the columns `structure`, the domain's subject, `period` and quantities. An empty cell is a missing
/// quantity. Numbers are passed on as they are written, for the service to judge with everything else; Italian ones are
/// translated.
///
/// # Errors
///
/// Every reason, at most a hundred, by line and column.
pub fn read(bytes: &[u8], subject: &str, dialect: Dialect) -> Result<Vec<FactRow>, Vec<TableError>> {
    let mut rows = Vec::new();
    read_each(bytes, subject, dialect, |row| rows.push(row.to_row()))?;
    Ok(rows)
}

/// The same, row by row: what was told of a file in which something is wrong is not to be used.
///
/// # Errors
///
/// As [`read`].
pub fn read_each(bytes: &[u8], subject: &str, dialect: Dialect, mut each: impl FnMut(&RowTexts<'_>)) -> Result<(), Vec<TableError>> {
    let text = text(bytes, dialect)?;
    let (reader, header) = open(text, dialect)?;
    let columns = Columns::find(&header, subject, dialect)?;
    let names: Vec<&str> = header.iter().collect();
    let errors = match Lines::of(text, dialect.delimiter()) {
        Some(lines) => read_plain(lines, &columns, &names, dialect, &mut each),
        None => read_records(reader, &columns, &names, dialect, &mut each),
    };
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// Reads the rows of a file in which no cell is quoted. Gives what is wrong with them.
fn read_plain(
    mut lines: Lines<'_>,
    columns: &Columns,
    names: &[&str],
    dialect: Dialect,
    each: &mut impl FnMut(&RowTexts<'_>),
) -> Vec<TableError> {
    let (mut cells, mut quantities, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    lines.next(&mut cells);
    while errors.len() < MOST_REASONS
        && let Some(line) = lines.next(&mut cells)
    {
        errors.extend(columns.row(names, (line, &cells), dialect, &mut quantities, each).err().into_iter().flatten());
    }
    errors.truncate(MOST_REASONS);
    errors
}

/// The same of any file.
fn read_records(
    mut reader: csv::Reader<&[u8]>,
    columns: &Columns,
    names: &[&str],
    dialect: Dialect,
    each: &mut impl FnMut(&RowTexts<'_>),
) -> Vec<TableError> {
    let (mut record, mut errors) = (csv::StringRecord::new(), Vec::new());
    while errors.len() < MOST_REASONS {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                let cells: Vec<&str> = record.iter().collect();
                errors.extend(columns.row(names, (line, &cells), dialect, &mut Vec::new(), each).err().into_iter().flatten());
            }
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                errors.push(TableError { line, column: String::new(), cause: error.to_string() });
            }
        }
    }
    errors.truncate(MOST_REASONS);
    errors
}

/// What is wrong with a file as a whole.
fn whole(cause: String) -> Vec<TableError> {
    vec![TableError { line: 1, column: String::new(), cause }]
}

/// The text of a file.
fn text(bytes: &[u8], dialect: Dialect) -> Result<&str, Vec<TableError>> {
    let bytes = match (dialect, bytes.strip_prefix(BYTE_ORDER_MARK)) {
        (Dialect::Italian, Some(rest)) => rest,
        (Dialect::Plain, Some(_)) => {
            return Err(whole("the file starts with a byte order mark: save it without one, or declare the Italian dialect".into()));
        }
        (_, None) => bytes,
    };
    std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
        let cause = format!("byte {} is not UTF-8: save the file as UTF-8", error.valid_up_to() + 1);
        vec![TableError { line: line as u64, column: String::new(), cause }]
    })
}

/// Opens a text: what reads its rows, and its header.
fn open(text: &str, dialect: Dialect) -> Result<(csv::Reader<&[u8]>, csv::StringRecord), Vec<TableError>> {
    let mut reader = csv::ReaderBuilder::new().delimiter(dialect.delimiter()).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| whole(error.to_string()))?.clone();
    Ok((reader, header))
}

/// Where the key columns stand; every other column is a quantity.
struct Columns {
    structure: usize,
    subject: usize,
    period: usize,
}

impl Columns {
    fn find(header: &csv::StringRecord, subject: &str, dialect: Dialect) -> Result<Self, Vec<TableError>> {
        let at = |name: &str| header.iter().position(|column| column == name);
        let wrong = |column: &str, cause: String| TableError { line: 1, column: column.to_owned(), cause };
        let mut errors = Vec::new();
        for (position, column) in header.iter().enumerate() {
            if at(column) != Some(position) {
                errors.push(wrong(column, "the column stands twice".into()));
            }
        }
        if let (Some(structure), Some(subject), Some(period), true) = (at("structure"), at(subject), at("period"), errors.is_empty()) {
            return Ok(Self { structure, subject, period });
        }
        let other = match dialect {
            Dialect::Plain => ';',
            Dialect::Italian => ',',
        };
        for name in ["structure", subject, "period"].into_iter().filter(|name| at(name).is_none()) {
            let hint = match header.iter().next() {
                Some(first) if header.len() == 1 && first.contains(other) => match dialect {
                    Dialect::Plain => ": the file is separated by semicolons, declare the Italian dialect or use commas",
                    Dialect::Italian => ": the file is separated by commas, do not declare the Italian dialect or use semicolons",
                },
                _ => "",
            };
            errors.push(wrong(name, format!("the column is missing{hint}")));
        }
        Err(errors)
    }

    /// Reads a row and tells it; what is in `quantities` is lost.
    fn row<'r>(
        &self,
        names: &[&'r str],
        (line, cells): (u64, &[&'r str]),
        dialect: Dialect,
        quantities: &mut Vec<(&'r str, Cow<'r, str>)>,
        each: &mut impl FnMut(&RowTexts<'_>),
    ) -> Result<(), Vec<TableError>> {
        let wrong = |column: &str, cause: String| TableError { line, column: column.to_owned(), cause };
        if cells.len() != names.len() {
            let hint =
                if dialect == Dialect::Plain && cells.len() > names.len() { ": numbers have a decimal point, not a comma" } else { "" };
            return Err(vec![wrong("", format!("has {} cells, the header has {}{hint}", cells.len(), names.len()))]);
        }
        let mut errors = Vec::new();
        quantities.clear();
        let keys = [self.structure, self.subject, self.period];
        for (position, (column, text)) in names.iter().copied().zip(cells.iter().copied()).enumerate() {
            if text.len() > MOST_CELL_BYTES {
                errors.push(wrong(column, format!("the cell has {} bytes, at most {MOST_CELL_BYTES} are read", text.len())));
                continue;
            }
            if text.is_empty() || keys.contains(&position) {
                continue;
            }
            match dialect {
                Dialect::Plain => quantities.push((column, Cow::Borrowed(text))),
                Dialect::Italian => match decimal::parse_italian(text) {
                    Ok(value) => quantities.push((column, Cow::Owned(decimal::canonical(value)))),
                    Err(error) => errors.push(wrong(column, error.to_string())),
                },
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let cell = |position: usize| cells.get(position).copied().unwrap_or_default();
        each(&RowTexts {
            line: i32::try_from(line).unwrap_or(i32::MAX),
            structure: cell(self.structure),
            subject: cell(self.subject),
            period: cell(self.period),
            quantities,
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn refused(bytes: &[u8], dialect: Dialect, expected: &str) {
        let errors = read(bytes, "product", dialect).unwrap_err();
        let text = errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        assert!(text.contains(expected), "{text}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

        /// Whatever is written without quotes gives the same rows and reasons, at the same lines, as by the whole grammar of CSV.
        #[test]
        fn plain_lines_are_what_any_reader_makes_of_them(body in "([A-C,;\u{e9}]{0,12}\n?){0,12}", italian in any::<bool>()) {
            let (dialect, header) = if italian { (Dialect::Italian, "structure;product;period;a\n") } else { (Dialect::Plain, "structure,product,period,a\n") };
            let text = format!("{header}{body}");
            let read = |lines: Option<Lines<'_>>| {
                let (reader, header) = open(&text, dialect).unwrap();
                let columns = Columns::find(&header, "product", dialect).unwrap();
                let (names, mut rows): (Vec<&str>, Vec<FactRow>) = (header.iter().collect(), Vec::new());
                let mut each = |row: &RowTexts<'_>| rows.push(row.to_row());
                let errors = match lines {
                    Some(lines) => read_plain(lines, &columns, &names, dialect, &mut each),
                    None => read_records(reader, &columns, &names, dialect, &mut each),
                };
                (errors, rows)
            };
            let lines = Lines::of(&text, dialect.delimiter());
            prop_assert!(lines.is_some());
            prop_assert_eq!(read(lines), read(None));
        }
    }

    #[test]
    fn what_is_quoted_or_ends_its_lines_otherwise_is_read_as_well() {
        for text in ["structure,product,period,a\n\"N,A\",P,2020,7\n", "structure,product,period,a\r\nNAZ,P,2020,7\r\n"] {
            assert!(Lines::of(text, b',').is_none());
            let rows = read(text.as_bytes(), "product", Dialect::Plain).unwrap();
            assert_eq!((rows.len(), rows[0].quantities[0].value.as_ref().unwrap().value.as_str()), (1, "7"));
        }
    }

    #[test]
    fn reads_rows_with_missing_quantities() {
        let rows =
            read(b"structure,product,period,received,completed\nNAZ,P,2020-12,10,\nNAZ,Q,2020,,7\n", "product", Dialect::Plain).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[0].line, rows[0].quantities.len(), rows[0].quantities[0].name.as_str()), (2, 1, "received"));
        assert_eq!(rows[1].quantities[0].value.as_ref().unwrap().value, "7");
    }

    #[test]
    fn reads_italian_files_only_where_declared() {
        let file = "\u{feff}structure;product;period;amount\nNAZ;P;2020;1.234,56\n".as_bytes();
        let rows = read(file, "product", Dialect::Italian).unwrap();
        assert_eq!(rows[0].quantities[0].value.as_ref().unwrap().value, "1234.56");
        refused(file, Dialect::Plain, "byte order mark");
        refused(&file[3..], Dialect::Plain, "declare the Italian dialect");
        refused(b"structure,product,period,amount\nNAZ,P,2020,1.5\n", Dialect::Italian, "do not declare the Italian dialect");
        refused(b"structure;product;period;amount\nNAZ;P;2020;12.34\n", Dialect::Italian, "line 2, column amount");
    }

    #[test]
    fn names_line_and_column_of_every_reason() {
        refused(b"structure,product,period,received\nNAZ,P,2020,1,5\n", Dialect::Plain, "line 2, column : has 5 cells, the header has 4");
        refused(b"structure,period\n", Dialect::Plain, "line 1, column product: the column is missing");
        refused(b"structure,product,period,a,a\n", Dialect::Plain, "stands twice");
        refused(b"structure,product,period\nNAZ,P\xff,2020\n", Dialect::Plain, "line 2, column : byte 31 is not UTF-8");
        let mut long = b"structure,product,period\nNAZ,".to_vec();
        long.extend(vec![b'x'; 2_000]);
        long.extend(b",2020\n");
        refused(&long, Dialect::Plain, "2000 bytes");
        let many = format!("structure,product,period\n{}", "NAZ\n".repeat(500));
        assert_eq!(read(many.as_bytes(), "product", Dialect::Plain).unwrap_err().len(), MOST_REASONS);
    }
}
