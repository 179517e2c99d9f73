//! CSV tables: comma separated, one header row with exactly the expected columns in any order, UTF-8 without a byte order mark.

use std::collections::BTreeMap;

use piramide_measure::{Exact, Month, Period};

use super::{Choice, Findings};
use crate::error::Problem;

/// A table of text; the empty one stands for a file that is missing.
#[derive(Debug, Default)]
pub(crate) struct Table {
    file: &'static str,
    columns: Vec<String>,
    rows: Vec<(u64, Vec<String>)>,
}

impl Table {
    /// Reads a table; what is wrong with its shape is noted, and the rows that have the right shape are kept.
    pub(crate) fn read(file: &'static str, text: &str, expected: &'static [&'static str], findings: &mut Findings) -> Self {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut lines = reader.records().map(|record| {
            let record = record.map_err(|error| Problem::Unreadable { why: error.to_string() })?;
            let line = record.position().map_or(0, csv::Position::line);
            Ok((line, record.iter().map(str::to_owned).collect::<Vec<_>>()))
        });
        let mut table = Self { file, columns: Vec::new(), rows: Vec::new() };
        match lines.next() {
            Some(Ok((_, columns))) => table.columns = columns,
            Some(Err(problem)) => findings.add(file, None, None, problem),
            None => {}
        }
        table.check_columns(expected, findings);
        for line in lines {
            match line {
                Ok((_, cells)) if cells.len() == table.columns.len() && cells.iter().all(String::is_empty) => {}
                Ok((line, cells)) if cells.len() == table.columns.len() => table.rows.push((line, cells)),
                Ok((line, cells)) => findings.add(file, line, None, Problem::Ragged { cells: cells.len(), columns: table.columns.len() }),
                Err(problem) => findings.add(file, None, None, problem),
            }
        }
        table
    }

    fn check_columns(&self, expected: &'static [&'static str], findings: &mut Findings) {
        let all = || expected.join(", ");
        for column in expected.iter().filter(|column| !self.columns.iter().any(|present| present == *column)) {
            findings.add(self.file, 1, None, Problem::MissingColumn { column, expected: all() });
        }
        for (position, column) in self.columns.iter().enumerate() {
            if !expected.contains(&column.as_str()) {
                findings.add(self.file, 1, None, Problem::UnknownColumn { column: column.clone(), expected: all() });
            } else if self.columns.iter().take(position).any(|earlier| earlier == column) {
                findings.add(self.file, 1, None, Problem::RepeatedColumn { column: column.clone() });
            }
        }
    }

    /// The file it was read from.
    pub(crate) fn file(&self) -> &'static str {
        self.file
    }

    /// The rows, in the order of the file.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, cells)| Row { table: self, line: *line, cells })
    }
}

/// A row of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    table: &'a Table,
    line: u64,
    cells: &'a [String],
}

impl<'a> Row<'a> {
    /// Its line in the file.
    pub(crate) fn line(&self) -> u64 {
        self.line
    }

    /// A cell, as it stands.
    pub(crate) fn text(&self, column: &str) -> &'a str {
        let position = self.table.columns.iter().position(|name| name == column);
        position.and_then(|position| self.cells.get(position)).map_or("", String::as_str)
    }

    /// A cell that may be empty.
    pub(crate) fn optional(&self, column: &str) -> Option<String> {
        Some(self.text(column)).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Notes a problem with a cell.
    pub(crate) fn refuse(&self, column: &'static str, problem: Problem, findings: &mut Findings) {
        findings.add(self.table.file, self.line, column, problem);
    }

    /// A cell that must be filled.
    pub(crate) fn required(&self, column: &'static str, findings: &mut Findings) -> String {
        let text = self.text(column);
        if text.trim().is_empty() {
            self.refuse(column, Problem::Empty { advice: "every row has one" }, findings);
        }
        text.to_owned()
    }

    /// A cell that must be empty.
    pub(crate) fn must_be_empty(&self, column: &'static str, advice: &'static str, findings: &mut Findings) {
        let text = self.text(column);
        if !text.is_empty() {
            self.refuse(column, Problem::Surplus { text: text.to_owned(), advice }, findings);
        }
    }

    /// The code of the row; `None`, noted, when it is not a code or stands already in `known`, where it is put.
    pub(crate) fn new_code(&self, column: &'static str, known: &mut BTreeMap<String, u64>, findings: &mut Findings) -> Option<String> {
        let code = self.required(column, findings);
        if code.is_empty() {
            return None;
        }
        if !is_code(&code) {
            self.refuse(column, Problem::Code { text: code }, findings);
            return None;
        }
        if let Some(first_line) = known.get(&code) {
            self.refuse(column, Problem::Duplicate { code, first_line: *first_line }, findings);
            return None;
        }
        known.insert(code.clone(), self.line);
        Some(code)
    }

    /// A number, when there is one.
    pub(crate) fn number(&self, column: &'static str, findings: &mut Findings) -> Option<Exact> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        Exact::parse(text).map_err(|error| self.refuse(column, Problem::Number(error), findings)).ok()
    }

    /// A number that must be there.
    pub(crate) fn required_number(&self, column: &'static str, findings: &mut Findings) -> Option<Exact> {
        if self.text(column).is_empty() {
            self.refuse(column, Problem::Empty { advice: "every row has a number" }, findings);
        }
        self.number(column, findings)
    }

    /// A whole number from 0 that must be there.
    pub(crate) fn whole(&self, column: &'static str, findings: &mut Findings) -> Option<u32> {
        let text = self.text(column);
        let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        if number.is_none() {
            self.refuse(column, Problem::Whole { text: text.to_owned() }, findings);
        }
        number
    }

    /// A number above zero, when there is one.
    pub(crate) fn positive(&self, column: &'static str, findings: &mut Findings) -> Option<Exact> {
        let number = self.number(column, findings)?;
        if number.is_zero() || number.is_negative() {
            self.refuse(column, Problem::NotPositive { text: self.text(column).to_owned() }, findings);
        }
        Some(number)
    }

    /// A whole number, when there is one.
    pub(crate) fn count(&self, column: &'static str, findings: &mut Findings) -> Option<usize> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let count = text.parse().ok();
        if count.is_none() {
            self.refuse(column, Problem::Count { text: text.to_owned() }, findings);
        }
        count
    }

    /// A word; noted when it is not among the choices, and then any of them.
    pub(crate) fn choice<T: Choice>(&self, column: &'static str, fallback: T, findings: &mut Findings) -> T {
        let text = self.text(column);
        T::of_word(text).unwrap_or_else(|| {
            self.refuse(column, Problem::Choice { text: text.to_owned(), choices: T::words() }, findings);
            fallback
        })
    }

    /// `true` or `false`; empty is `false`.
    pub(crate) fn flag(&self, column: &'static str, findings: &mut Findings) -> bool {
        match self.text(column) {
            "true" => true,
            "false" | "" => false,
            text => {
                self.refuse(column, Problem::Choice { text: text.to_owned(), choices: "true, false".to_owned() }, findings);
                false
            }
        }
    }

    /// A month, when there is one.
    pub(crate) fn month(&self, column: &'static str, findings: &mut Findings) -> Option<Month> {
        let text = self.text(column);
        if text.is_empty() {
            return None;
        }
        let month = month(text);
        if month.is_none() {
            self.refuse(column, Problem::Month { text: text.to_owned() }, findings);
        }
        month
    }
}

/// The month that a text is.
pub(crate) fn month(text: &str) -> Option<Month> {
    match text.parse() {
        Ok(Period::Month(month)) => Some(month),
        Ok(Period::Quarter { .. } | Period::YearToDate(_) | Period::Year(_)) | Err(_) => None,
    }
}

/// Whether a text can be a code: it travels in paths of the REST door and in file names.
pub(crate) fn is_code(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')) && !text.is_empty()
}
