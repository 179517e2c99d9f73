//! Events as rows of a CSV file, read one after the other: a pipe has no end.

use std::io::Read;

use piramide_contracts::table::TableError;

/// What the columns of a file of events are, and what a row of them says.
pub trait Columns: Send + Sized + 'static {
    /// What a row says.
    type Event: Send + 'static;
    /// What the rows are, for a message: `events`.
    const WHAT: &'static str;
    /// Every column that the file may have.
    const KNOWN: &'static [&'static str];

    /// Finds where each column stands.
    ///
    /// # Errors
    ///
    /// When one that is required is missing.
    fn find(header: &Header<'_>) -> Result<Self, TableError>;

    /// Reads a row.
    ///
    /// # Errors
    ///
    /// When a cell cannot be read.
    fn read(&self, row: &Row<'_>) -> Result<Self::Event, TableError>;
}

/// The first row of a file.
pub struct Header<'a>(&'a csv::StringRecord);

impl Header<'_> {
    /// Where a column stands, if it does.
    pub fn optional(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|column| column == name)
    }

    /// Where a column stands.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub fn required(&self, name: &str) -> Result<usize, TableError> {
        self.optional(name).ok_or_else(|| fault(1, name, "is missing".to_owned()))
    }
}

/// A row of a file.
pub struct Row<'a> {
    record: &'a csv::StringRecord,
    line: u64,
}

impl Row<'_> {
    /// A cell, empty where the row has none.
    pub fn cell(&self, column: usize) -> &str {
        self.record.get(column).unwrap_or_default()
    }

    /// A whole number.
    ///
    /// # Errors
    ///
    /// When the cell is none.
    pub fn whole<N: std::str::FromStr>(&self, name: &str, column: usize) -> Result<N, TableError> {
        let text = self.cell(column);
        text.parse().map_err(|_| self.fault(name, format!("\"{text}\" is not a whole number")))
    }

    /// A whole number, or 1 where the column or its cell is not there.
    ///
    /// # Errors
    ///
    /// When the cell is something else.
    pub fn count(&self, name: &str, column: Option<usize>) -> Result<i64, TableError> {
        column.filter(|column| !self.cell(*column).is_empty()).map_or(Ok(1), |column| self.whole(name, column))
    }

    /// What is wrong with a cell.
    pub fn fault(&self, column: &str, cause: String) -> TableError {
        fault(self.line, column, cause)
    }
}

/// Rows of events.
pub struct Rows<R, C> {
    reader: csv::Reader<R>,
    columns: C,
}

impl<R: Read, C: Columns> Rows<R, C> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or misses a column or has one that nobody knows.
    pub fn new(source: R) -> Result<Self, TableError> {
        let mut reader = csv::Reader::from_reader(source);
        let header = reader.headers().map_err(|error| fault(1, "", error.to_string()))?;
        if let Some(other) = header.iter().find(|name| !C::KNOWN.contains(name)) {
            return Err(fault(1, other, format!("is no column of {}, which have {}", C::WHAT, C::KNOWN.join(", "))));
        }
        let columns = C::find(&Header(header))?;
        Ok(Self { reader, columns })
    }
}

impl<R: Read, C: Columns> Iterator for Rows<R, C> {
    type Item = Result<C::Event, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = csv::StringRecord::new();
        match self.reader.read_record(&mut record) {
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                Some(self.columns.read(&Row { record: &record, line }))
            }
            Ok(false) => None,
            Err(error) => {
                let line = error.position().map_or_else(|| self.reader.position().line(), csv::Position::line);
                Some(Err(fault(line, "", error.to_string())))
            }
        }
    }
}

fn fault(line: u64, column: &str, cause: String) -> TableError {
    TableError { line, column: column.to_owned(), cause }
}
