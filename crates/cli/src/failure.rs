//! Every way not to succeed, how it is told and with which exit code.

use std::{error::Error, fmt::Write, path::PathBuf};

use piramide_contracts::{convert::Invalid, domains::Domain, table::TableError};
use piramide_service::Refusal;
use tonic::{Code, Status};

/// The most rows listed on a terminal; the count of all is always said.
const MOST_LISTED: usize = 50;

/// Why a command did not do, or not wholly do, what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The service refused.
    #[error("{domain} refused: {}", refusal_text(.status))]
    Refused {
        /// Which service.
        domain: &'static str,
        /// What it answered.
        status: Box<Status>,
    },
    /// The file is not a batch; nothing was sent.
    #[error("{} refused: {} {}, nothing was sent{}", path.display(), errors.len(), if errors.len() == 1 { "problem" } else { "problems" }, list(errors))]
    Table {
        /// The file.
        path: PathBuf,
        /// Its problems.
        errors: Vec<TableError>,
    },
    /// A row is no event; the rows before it are recorded, those after it were not read.
    #[error("{}: {error}; the events before it are recorded, correct it and send everything again", path.display())]
    EventsUnreadable {
        /// The file.
        path: PathBuf,
        /// Which row, and why.
        error: TableError,
    },
    /// Some events are not recorded; the others are.
    #[error("{domain} refused {count} of the events; all others are recorded{listed}")]
    EventsRefused {
        /// Who refused them.
        domain: &'static str,
        /// How many.
        count: usize,
        /// The first of them, each with its reason.
        listed: String,
    },
    /// The ledger of a domain is not what was recorded.
    #[error("{domain}: the chain does not fit from sequence {sequence}: {cause}")]
    ChainBroken {
        /// The domain.
        domain: &'static str,
        /// The first entry that does not fit.
        sequence: i64,
        /// What does not fit.
        cause: String,
    },
    /// The ledger of a domain is not the one that a witness has a hash of.
    #[error("{domain}: {found} at sequence {sequence}, and the witness holds {held}: what was recorded until then is not what it was")]
    WitnessContradicted {
        /// The domain.
        domain: &'static str,
        /// The place in its ledger.
        sequence: i64,
        /// The hash that the witness holds.
        held: String,
        /// What the ledger has there.
        found: String,
    },
    /// A table whose sums do not hold; the answer says which.
    #[error("{}: {broken} of {checked} sums do not hold", path.display())]
    DoesNotAddUp {
        /// The file.
        path: PathBuf,
        /// How many do not hold.
        broken: usize,
        /// How many were checked.
        checked: usize,
    },
    /// Chapters or transit accounts beyond a limit; the answer says which.
    #[error("{structure}: {passed} limits of spending are passed")]
    LimitsPassed {
        /// The structure.
        structure: String,
        /// How many.
        passed: usize,
    },
    /// An argument or a file that cannot be used.
    #[error("{what}")]
    Usage {
        /// What is wrong, and what to do.
        what: String,
    },
    /// The service runs and could not do it, now or until somebody has looked after it: it says what it needs.
    #[error("{domain} could not do it: {}", refusal_text(.status))]
    Unable {
        /// Which service.
        domain: &'static str,
        /// What it answered.
        status: Box<Status>,
    },
    /// No answer, or not in time.
    #[error("{domain} does not answer at {address}: {cause}; is it running?")]
    Unavailable {
        /// Which service.
        domain: &'static str,
        /// Where it was looked for.
        address: String,
        /// What happened.
        cause: String,
    },
    /// An answer that cannot be understood, or something of ours that broke.
    #[error("{what}")]
    Broken {
        /// What happened.
        what: String,
    },
}

impl Failure {
    /// Something unusable that was given on the command line, with its causes.
    pub fn usage(error: &(dyn Error + 'static)) -> Self {
        let causes = std::iter::successors(Some(error), |&error| error.source()).map(ToString::to_string);
        Self::Usage { what: causes.collect::<Vec<_>>().join(": ") }
    }

    /// An answer of a service that is not a success.
    pub fn answered(domain: Domain, address: &str, status: Status) -> Self {
        match status.code() {
            Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::PermissionDenied
            | Code::FailedPrecondition
            | Code::OutOfRange
            | Code::Unauthenticated => Self::Refused { domain: domain.name, status: Box::new(status) },
            Code::Aborted | Code::ResourceExhausted | Code::DataLoss => Self::Unable { domain: domain.name, status: Box::new(status) },
            // With a reason of ours it comes from the service, and not from the way there.
            Code::Internal | Code::Unavailable | Code::DeadlineExceeded if Refusal::read(&status).is_some() => {
                Self::Unable { domain: domain.name, status: Box::new(status) }
            }
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable => Self::Unavailable { domain: domain.name, address: address.to_owned(), cause: cause(&status) },
        }
    }

    /// An answer of a service with a field that cannot be read.
    pub fn unreadable(domain: Domain, invalid: &Invalid) -> Self {
        Self::Broken { what: format!("{} answers what cannot be read: {invalid}; is it of another version?", domain.name) }
    }

    /// The exit code it alone would give.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused { .. }
            | Self::Table { .. }
            | Self::EventsRefused { .. }
            | Self::ChainBroken { .. }
            | Self::WitnessContradicted { .. }
            | Self::DoesNotAddUp { .. }
            | Self::LimitsPassed { .. } => 1,
            Self::Usage { .. } | Self::EventsUnreadable { .. } => 2,
            Self::Unable { .. } | Self::Unavailable { .. } | Self::Broken { .. } => 3,
        }
    }
}

/// The exit code of several failures: the highest, since it says the least about what was done.
pub fn exit_code(failures: &[Failure]) -> u8 {
    failures.iter().map(Failure::exit_code).max().unwrap_or(0)
}

/// What happened to a call, down to the cause that a person can act on.
fn cause(status: &Status) -> String {
    let source = status
        .source()
        .map(|source| std::iter::successors(Some(source), |&error| error.source()).last().map_or_else(String::new, ToString::to_string));
    let message = if status.message().is_empty() { status.code().description() } else { status.message() };
    source.filter(|source| source != message).map_or_else(|| message.to_owned(), |source| format!("{message} ({source})"))
}

/// A refusal with its reason and each row: `row 12, closing_backlog: ...`.
fn refusal_text(status: &Status) -> String {
    let Some(refusal) = Refusal::read(status) else {
        return format!("{} ({:?})", status.message(), status.code());
    };
    let mut text = format!("{} ({})", refusal.message, refusal.reason);
    for (field, description) in refusal.details.fields.iter().take(MOST_LISTED) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {}: {description}", place(field));
    }
    for precondition in &refusal.details.preconditions {
        let _ = write!(text, "\n  {} {}: {}", precondition.kind, precondition.subject, precondition.description);
    }
    let omitted = refusal.details.metadata.get("omitted_violations").and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
    let unlisted = refusal.details.fields.len().saturating_sub(MOST_LISTED) + omitted;
    if unlisted > 0 {
        let _ = write!(text, "\n  and {unlisted} more");
    }
    text
}

/// An event that is not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedRow {
    /// Its number.
    pub number: i64,
    /// The field that is at fault.
    pub field: String,
    /// The stable reason.
    pub reason: String,
    /// What is wrong, with the numbers.
    pub detail: String,
}

/// Some events that were refused.
pub fn events_refused(domain: Domain, refused: &[RefusedRow]) -> Failure {
    let listed = refused.iter().take(MOST_LISTED).fold(String::new(), |mut text, RefusedRow { number, field, reason, detail }| {
        let _ = write!(text, "\n  event {number}, {field}: {detail} ({reason})");
        text
    });
    let unlisted = refused.len().saturating_sub(MOST_LISTED);
    let more = if unlisted > 0 { format!("\n  and {unlisted} more") } else { String::new() };
    Failure::EventsRefused { domain: domain.name, count: refused.len(), listed: listed + &more }
}

/// `rows.12.amount` as `row 12, amount`.
fn place(field: &str) -> String {
    match field.strip_prefix("rows.").map(|rest| rest.split_once('.').unwrap_or((rest, ""))) {
        Some((row, "")) => format!("row {row}"),
        Some((row, column)) => format!("row {row}, {column}"),
        None => field.to_owned(),
    }
}

fn list(errors: &[TableError]) -> String {
    errors.iter().take(MOST_LISTED).fold(String::new(), |mut text, error| {
        let column = if error.column.is_empty() { String::new() } else { format!(", {}", error.column) };
        let _ = write!(text, "\n  row {}{column}: {}", error.line, error.cause);
        text
    })
}

#[cfg(test)]
mod tests {
    use piramide_contracts::domains::{FINANCE, PRODUCTION};

    use super::*;

    #[test]
    fn a_refusal_names_each_row_field_and_cause() {
        let refusal = Refusal::precondition_failed("BALANCE_MISSED", "2 violations, the gravest: row 12: does not balance")
            .field("rows.12.closing_backlog", "opening 40 plus net flow -3 gives 37 pieces, closing says 39")
            .field("rows.14", "is recorded already")
            .field("control_totals", "amount sums to 10, declared 11")
            .precondition("PERIOD", "2020-12", "is closed; give a reason")
            .with("omitted_violations", 7);
        let failure = Failure::answered(PRODUCTION, "http://x", refusal.into());
        assert_eq!(
            failure.to_string(),
            "production refused: 2 violations, the gravest: row 12: does not balance (BALANCE_MISSED)\n  \
             row 12, closing_backlog: opening 40 plus net flow -3 gives 37 pieces, closing says 39\n  \
             row 14: is recorded already\n  control_totals: amount sums to 10, declared 11\n  \
             PERIOD 2020-12: is closed; give a reason\n  and 7 more"
        );
        assert_eq!(failure.exit_code(), 1);
    }

    #[test]
    fn exit_codes_tell_families_apart() {
        let answered = |code| Failure::answered(FINANCE, "http://x", Status::new(code, "why"));
        for code in [Code::InvalidArgument, Code::NotFound, Code::AlreadyExists, Code::FailedPrecondition, Code::PermissionDenied] {
            assert_eq!(answered(code).exit_code(), 1, "{code:?}");
        }
        for code in [Code::Unavailable, Code::DeadlineExceeded, Code::Internal, Code::ResourceExhausted, Code::Aborted, Code::Cancelled] {
            assert_eq!(answered(code).exit_code(), 3, "{code:?}");
        }
        assert_eq!(answered(Code::DataLoss).exit_code(), 3);
        assert_eq!(exit_code(&[]), 0);
        assert_eq!(exit_code(&[answered(Code::NotFound), answered(Code::Unavailable), answered(Code::NotFound)]), 3);
        assert!(answered(Code::Unavailable).to_string().contains("finance does not answer at http://x: why"));
    }

    #[test]
    fn a_service_that_says_why_it_cannot_is_not_one_that_does_not_answer() {
        let told = |code, reason, what: &str| Failure::answered(FINANCE, "http://x", Refusal::new(code, reason, what).into()).to_string();
        for (code, reason, what) in [
            (Code::Aborted, "CONCURRENT_WRITERS", "gave up after 20 attempts against other writers: send it again"),
            (Code::ResourceExhausted, "STORAGE_FULL", "the store is full: free some space and repeat"),
            (Code::DataLoss, "LEDGER_DAMAGED", "the ledger is damaged"),
            (Code::Internal, "BUG", "internal error; the log of the service has the cause"),
            (Code::Unavailable, "UNSOUND", "try again later"),
        ] {
            assert_eq!(told(code, reason, what), format!("finance could not do it: {what} ({reason})"));
        }
        let bare = Failure::answered(FINANCE, "http://x", Status::resource_exhausted("too much"));
        assert_eq!(bare.to_string(), "finance could not do it: too much (ResourceExhausted)");
    }
}
