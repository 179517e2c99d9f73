//! Work events as rows of a CSV file.

use jiff::{civil::DateTime, fmt::temporal::Pieces, tz::Offset};
use piramide_contracts::{
    production::{WorkEvent, WorkEventKind},
    table::TableError,
};

use crate::event_rows::{Columns, Header, Row};

/// The kinds as they are written.
const KINDS: [(&str, WorkEventKind); 5] = [
    ("received", WorkEventKind::Received),
    ("completed", WorkEventKind::Completed),
    ("completed_automatically", WorkEventKind::CompletedAutomatically),
    ("cancelled", WorkEventKind::Cancelled),
    ("transferred", WorkEventKind::Transferred),
];

/// Where each column stands.
pub struct WorkColumns {
    number: usize,
    kind: usize,
    structure: usize,
    product: usize,
    moment: usize,
    to_structure: Option<usize>,
    pieces: Option<usize>,
}

impl Columns for WorkColumns {
    type Event = WorkEvent;
    const WHAT: &'static str = "events";
    const KNOWN: &'static [&'static str] = &["number", "kind", "structure", "product", "moment", "to_structure", "pieces"];

    fn find(header: &Header<'_>) -> Result<Self, TableError> {
        Ok(Self {
            number: header.required("number")?,
            kind: header.required("kind")?,
            structure: header.required("structure")?,
            product: header.required("product")?,
            moment: header.required("moment")?,
            to_structure: header.optional("to_structure"),
            pieces: header.optional("pieces"),
        })
    }

    fn read(&self, row: &Row<'_>) -> Result<WorkEvent, TableError> {
        let kind = KINDS.into_iter().find(|(name, _)| *name == row.cell(self.kind)).map(|(_, kind)| kind);
        let kind = kind.ok_or_else(|| {
            let names = KINDS.map(|(name, _)| name).join(", ");
            row.fault("kind", format!("\"{}\" is none of {names}", row.cell(self.kind)))
        })?;
        let (moment, utc_offset_minutes) = moment(row.cell(self.moment)).map_err(|cause| row.fault("moment", cause))?;
        Ok(WorkEvent {
            number: row.whole("number", self.number)?,
            kind: kind.into(),
            structure_code: row.cell(self.structure).to_owned(),
            to_structure_code: self.to_structure.map(|column| row.cell(column)).unwrap_or_default().to_owned(),
            product_code: row.cell(self.product).to_owned(),
            moment: Some(moment),
            utc_offset_minutes,
            pieces: row.count("pieces", self.pieces)?,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_rows::Rows;

    fn read(text: &str) -> Result<Vec<WorkEvent>, TableError> {
        Rows::<_, WorkColumns>::new(text.as_bytes())?.collect()
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
