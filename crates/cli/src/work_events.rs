//! Work events as rows of a CSV file, read one after the other: a pipe has no end.

use std::io::Read;

use jiff::{civil::DateTime, fmt::temporal::Pieces, tz::Offset};
use piramide_contracts::{
    production::{WorkEvent, WorkEventKind},
    table::TableError,
};

/// The kinds as they are written.
const KINDS: [(&str, WorkEventKind); 5] = [
    ("received", WorkEventKind::Received),
    ("completed", WorkEventKind::Completed),
    ("completed_automatically", WorkEventKind::CompletedAutomatically),
    ("cancelled", WorkEventKind::Cancelled),
    ("transferred", WorkEventKind::Transferred),
];

/// Rows of events.
pub struct Rows<R> {
    reader: csv::Reader<R>,
    columns: Columns,
}

/// Where each column stands.
struct Columns {
    number: usize,
    kind: usize,
    structure: usize,
    product: usize,
    moment: usize,
    to_structure: Option<usize>,
    pieces: Option<usize>,
}

impl<R: Read> Rows<R> {
    /// Reads the header.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or misses a column or has one that nobody knows.
    pub fn new(source: R) -> Result<Self, TableError> {
        let mut reader = csv::Reader::from_reader(source);
        let header = reader.headers().map_err(|error| fault(1, "", error.to_string()))?;
        let known = ["number", "kind", "structure", "product", "moment", "to_structure", "pieces"];
        if let Some(other) = header.iter().find(|name| !known.contains(name)) {
            return Err(fault(1, other, format!("is no column of events, which have {}", known.join(", "))));
        }
        let optional = |name: &str| header.iter().position(|column| column == name);
        let required = |name: &str| optional(name).ok_or_else(|| fault(1, name, "is missing".to_owned()));
        let columns = Columns {
            number: required("number")?,
            kind: required("kind")?,
            structure: required("structure")?,
            product: required("product")?,
            moment: required("moment")?,
            to_structure: optional("to_structure"),
            pieces: optional("pieces"),
        };
        Ok(Self { reader, columns })
    }
}

impl<R: Read> Iterator for Rows<R> {
    type Item = Result<WorkEvent, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = csv::StringRecord::new();
        match self.reader.read_record(&mut record) {
            Ok(true) => Some(self.columns.event(&record)),
            Ok(false) => None,
            Err(error) => {
                let line = error.position().map_or_else(|| self.reader.position().line(), csv::Position::line);
                Some(Err(fault(line, "", error.to_string())))
            }
        }
    }
}

impl Columns {
    fn event(&self, record: &csv::StringRecord) -> Result<WorkEvent, TableError> {
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |column: usize| record.get(column).unwrap_or_default();
        let whole =
            |name: &str, text: &str| text.parse::<i64>().map_err(|_| fault(line, name, format!("\"{text}\" is not a whole number")));
        let kind = KINDS.into_iter().find(|(name, _)| *name == cell(self.kind)).map(|(_, kind)| kind);
        let kind = kind.ok_or_else(|| {
            let names = KINDS.map(|(name, _)| name).join(", ");
            fault(line, "kind", format!("\"{}\" is none of {names}", cell(self.kind)))
        })?;
        let (moment, utc_offset_minutes) = moment(cell(self.moment)).map_err(|cause| fault(line, "moment", cause))?;
        let pieces = self.pieces.map(cell).filter(|text| !text.is_empty()).map_or(Ok(1), |text| whole("pieces", text))?;
        Ok(WorkEvent {
            number: whole("number", cell(self.number))?,
            kind: kind.into(),
            structure_code: cell(self.structure).to_owned(),
            to_structure_code: self.to_structure.map(cell).unwrap_or_default().to_owned(),
            product_code: cell(self.product).to_owned(),
            moment: Some(moment),
            utc_offset_minutes,
            pieces,
        })
    }
}

/// A moment with its difference from UTC, in minutes.
fn moment(text: &str) -> Result<(prost_types::Timestamp, i32), String> {
    let hint = |cause: String| format!("{cause}: write a moment as 2021-03-01T08:30:00+01:00");
    let pieces = Pieces::parse(text).map_err(|error| hint(error.to_string()))?;
    let (Some(time), Some(offset)) = (pieces.time(), pieces.to_numeric_offset()) else {
        return Err(hint(format!("\"{text}\" has no time, or no difference from UTC")));
    };
    let civil: DateTime = pieces.date().to_datetime(time);
    let instant = Offset::to_timestamp(offset, civil).map_err(|error| hint(error.to_string()))?;
    let seconds = offset.seconds();
    if seconds % 60 != 0 {
        return Err(hint(format!("the difference from UTC of \"{text}\" has seconds")));
    }
    Ok((prost_types::Timestamp { seconds: instant.as_second(), nanos: instant.subsec_nanosecond() }, seconds / 60))
}

fn fault(line: u64, column: &str, cause: String) -> TableError {
    TableError { line, column: column.to_owned(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<WorkEvent>, TableError> {
        Rows::new(text.as_bytes())?.collect()
    }

    #[track_caller]
    fn check_refused(text: &str, line: u64, column: &str, cause: &str) {
        let fault = read(text).unwrap_err();
        assert_eq!((fault.line, fault.column.as_str()), (line, column), "{fault}");
        assert!(fault.cause.contains(cause), "{fault}");
    }

    #[test]
    fn a_row_is_an_event() {
        let events = read(
            "moment,number,kind,structure,product,to_structure,pieces\n\
             2021-03-01T00:30:00+01:00,7,transferred,PRV_ASTI,INCOME_SUPPORT,PRV_CUNEO,3\n\
             2021-03-01T00:30:00.25Z,8,completed,PRV_ASTI,INCOME_SUPPORT,,\n",
        )
        .unwrap();
        let [transferred, completed] = events.as_slice() else { panic!("{events:?}") };
        // Half past midnight in Italy is still February in UTC.
        assert_eq!(transferred.moment, Some(prost_types::Timestamp { seconds: 1_614_555_000, nanos: 0 }));
        assert_eq!((transferred.utc_offset_minutes, transferred.pieces, transferred.kind()), (60, 3, WorkEventKind::Transferred));
        assert_eq!((transferred.number, transferred.to_structure_code.as_str()), (7, "PRV_CUNEO"));
        assert_eq!((completed.utc_offset_minutes, completed.pieces, completed.to_structure_code.as_str()), (0, 1, ""));
        assert_eq!(completed.moment.unwrap().nanos, 250_000_000);
    }

    #[test]
    fn what_is_no_event_is_named_by_line_and_column() {
        const HEADER: &str = "number,kind,structure,product,moment\n";
        check_refused("number,kind,structure,product\n", 1, "moment", "is missing");
        check_refused("number,kind,structure,product,moment,case\n", 1, "case", "is no column of events");
        let row = |row: &str| format!("{HEADER}1,received,A,B,2021-03-01T08:30:00+01:00\n{row}\n");
        check_refused(&row("x,received,A,B,2021-03-01T08:30:00+01:00"), 3, "number", "whole number");
        check_refused(&row("2,lost,A,B,2021-03-01T08:30:00+01:00"), 3, "kind", "none of received");
        check_refused(&row("2,received,A,B,2021-03-01T08:30:00"), 3, "moment", "no difference from UTC");
        check_refused(&row("2,received,A,B,2021-02-30T08:30:00Z"), 3, "moment", "write a moment as");
        check_refused(&row("2,received,A"), 3, "", "fields");
    }
}
