//! Every way to refuse, and how it reads on the wire.

use std::time::Duration;

use piramide_contracts::convert::hexadecimal;
use piramide_ledger::{Kind, LedgerError, Reason};
use piramide_service::refusal::Refusal;
use tonic::{Code, Status};

use crate::host::MOST_ATTEMPTS;

/// How grave a violation is; a refusal takes the code of its gravest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// The data are well formed and known, and do not hold together or come too late.
    Unmet,
    /// A code that nobody knows.
    Unknown,
    /// Not in the form that the contract asks for.
    Malformed,
}

impl Grade {
    fn code(self) -> Code {
        match self {
            Self::Unmet => Code::FailedPrecondition,
            Self::Unknown => Code::NotFound,
            Self::Malformed => Code::InvalidArgument,
        }
    }
}

/// One reason why a batch is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{detail}", if *line == 0 { String::new() } else { format!("row {line}: ") })]
pub struct Violation {
    /// How grave it is.
    pub grade: Grade,
    /// The line of the row in its source, from 1; 0 when the batch as a whole is meant.
    pub line: u32,
    /// The column; empty when the whole row is meant.
    pub column: String,
    /// The stable reason: `BALANCE_MISSED`.
    pub reason: &'static str,
    /// What is wrong, with the numbers.
    pub detail: String,
    /// Whether a batch that declares so is recorded all the same, with this in the note of its receipt.
    pub flaggable: bool,
}

impl Violation {
    /// A violation.
    pub fn new(grade: Grade, line: u32, column: &str, reason: &'static str, detail: impl Into<String>) -> Self {
        Self { grade, line, column: column.to_owned(), reason, detail: detail.into(), flaggable: false }
    }

    /// The same, where the batch may declare that it wants to be recorded all the same.
    #[must_use]
    pub fn flaggable(mut self) -> Self {
        self.flaggable = true;
        self
    }

    fn field(&self) -> String {
        match (self.line, self.column.as_str()) {
            (0, column) => column.to_owned(),
            (line, "") => format!("rows.{line}"),
            (line, column) => format!("rows.{line}.{column}"),
        }
    }
}

/// Refuses a batch with all its violations.
pub(crate) fn all(violations: Vec<Violation>) -> Status {
    let total = u64::try_from(violations.len()).unwrap_or(u64::MAX);
    refused(violations, total)
}

/// Refuses a batch with its violations: the code and reason of the gravest, and every one as a field, as many as an answer holds.
pub(crate) fn refused(mut violations: Vec<Violation>, total: u64) -> Status {
    violations.sort_by_key(|violation| violation.line);
    let Some(gravest) = violations.iter().max_by_key(|violation| (violation.grade, std::cmp::Reverse(violation.line))) else {
        return Refusal::bug().into();
    };
    let message = if total == 1 { gravest.to_string() } else { format!("{total} violations, the gravest: {gravest}") };
    let refusal = Refusal::new(gravest.grade.code(), gravest.reason, message).with("violations", total).with("line", gravest.line);
    violations.iter().fold(refusal, |refusal, violation| refusal.field(violation.field(), violation.detail.clone())).into()
}

/// Refuses one field of a request with a stable reason.
pub fn field(code: Code, field: &str, reason: &'static str, message: impl Into<String>) -> Status {
    let message = message.into();
    Refusal::new(code, reason, message.clone()).field(field, message).into()
}

/// How long to wait for room where there is none: somebody has to make it.
const MAKING_ROOM: Duration = Duration::from_secs(30);

/// Gives up a write that others were always ahead of.
pub(crate) fn outrun(again: &str) -> Status {
    let detail = format!("gave up after {MOST_ATTEMPTS} attempts against other writers: {again}");
    Refusal::new(Code::Aborted, "CONCURRENT_WRITERS", detail).into()
}

/// How a failure of the ledger reads on the wire. What only operators can mend is logged, and nothing of the inside is told.
#[expect(clippy::wildcard_enum_match_arm, reason = "what is left is told apart by its kind")]
pub(crate) fn of_ledger(error: LedgerError) -> Status {
    let message = error.to_string();
    match error {
        LedgerError::ReusedId { recorded, offered, .. } => Refusal::new(Code::AlreadyExists, "BATCH_ID_REUSED", message)
            .with("recorded", hexadecimal(&recorded))
            .with("offered", hexadecimal(&offered))
            .into(),
        LedgerError::ReusedClosing { .. } => Refusal::new(Code::AlreadyExists, "CLOSING_NAME_REUSED", message).into(),
        LedgerError::Malformed { field: name, .. } => field(Code::InvalidArgument, name, "FIELD_MALFORMED", message),
        LedgerError::Rejected { total, violations } => refused(violations.iter().map(violation).collect(), total),
        LedgerError::StorageFull(_) => Refusal::new(Code::ResourceExhausted, "STORAGE_FULL", message).retry_after(MAKING_ROOM).into(),
        LedgerError::Damaged { sequence, .. } => {
            tracing::error!(error = &error as &dyn std::error::Error, "the ledger is damaged");
            let place = sequence.map(|sequence| format!(" at sequence {sequence}")).unwrap_or_default();
            let detail =
                format!("the ledger is damaged{place}: nothing is recorded until it is put right; the log of the service has the cause");
            let refusal = Refusal::new(Code::DataLoss, "LEDGER_DAMAGED", detail);
            sequence.into_iter().fold(refusal, |refusal, sequence| refusal.with("sequence", sequence)).into()
        }
        LedgerError::HeadMoved { .. } | LedgerError::Conflict { .. } => Refusal::new(Code::Aborted, "CONCURRENT_WRITERS", message).into(),
        other => {
            tracing::error!(error = &other as &dyn std::error::Error, "ledger failure");
            match other.kind() {
                Kind::Unavailable => Refusal::unavailable("STORE_UNAVAILABLE", message).into(),
                Kind::Refused | Kind::Broken => Refusal::bug().into(),
            }
        }
    }
}

fn violation(from: &piramide_ledger::Violation) -> Violation {
    let period = |first: i32, last: i32| {
        let months = piramide_measure::Month::from_index(first).zip(piramide_measure::Month::from_index(last));
        months.map_or_else(String::new, |(first, last)| if first == last { first.to_string() } else { format!("{first} to {last}") })
    };
    let (grade, column, reason, detail) = match &from.reason {
        Reason::Values { .. } | Reason::InvertedPeriod => (Grade::Malformed, "", "ROW_MALFORMED", from.reason.to_string()),
        Reason::Code { field, .. } => (Grade::Malformed, *field, "CODE_MALFORMED", from.reason.to_string()),
        Reason::RepeatedLine => (Grade::Malformed, "", "LINE_REPEATED", from.reason.to_string()),
        Reason::Duplicate { .. } => (Grade::Malformed, "", "KEY_REPEATED", from.reason.to_string()),
        Reason::OverlapsLine { other_line, first_month, last_month } => {
            let detail = format!(
                "overlaps {} of line {other_line}, which would count twice: use one grain of periods",
                period(*first_month, *last_month)
            );
            (Grade::Unmet, "period", "PERIOD_OVERLAPS", detail)
        }
        Reason::OverlapsRecorded { first_month, last_month, sequence } => {
            let recorded = period(*first_month, *last_month);
            let place = if *sequence == 0 { "long ago".to_owned() } else { format!("at sequence {sequence}") };
            let detail = format!("overlaps {recorded} recorded {place}, which would count twice: use the same grain of periods");
            (Grade::Unmet, "period", "PERIOD_OVERLAPS", detail)
        }
        Reason::AlreadyRecorded { .. } => (Grade::Unmet, "", "ALREADY_RECORDED", from.reason.to_string()),
        Reason::PeriodClosed { .. } => (Grade::Unmet, "period", "PERIOD_CLOSED", from.reason.to_string()),
    };
    let subject = format!("{} {} {}", from.structure, from.subject, period(from.first_month, from.last_month));
    Violation::new(grade, from.line, column, reason, format!("{subject}: {detail}"))
}
