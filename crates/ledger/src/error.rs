//! Every way in which the ledger refuses, is not available, or is broken.

use std::fmt;

use thiserror::Error;

/// Any failure underneath, kept whole for whoever logs it.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What a failure asks of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The caller's data or its view of the ledger is at fault: the same request fails again.
    Refused,
    /// Not now: the same request may succeed later, and is safe to repeat.
    Unavailable,
    /// The store, its configuration or this program is at fault: someone has to look.
    Broken,
}

/// Why the ledger did not do what was asked.
#[derive(Debug, Error)]
pub enum LedgerError {
    /// A text or range of the batch or closing itself is not acceptable.
    #[error("{field}: {cause}")]
    Malformed {
        /// Which field.
        field: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// The identifier is taken by another batch.
    #[error(
        "batch {id} is already recorded with another {difference} (content {} recorded, {} offered): send it under a new id",
        Hex(recorded),
        Hex(offered)
    )]
    ReusedId {
        /// The batch identifier.
        id: String,
        /// What differs: content, provenance or reason.
        difference: &'static str,
        /// Content hash of the recorded batch.
        recorded: [u8; 32],
        /// Content hash of the offered batch.
        offered: [u8; 32],
    },
    /// The name is taken by another closing.
    #[error("closing {name} is already recorded at sequence {sequence} with another content: choose another name")]
    ReusedClosing {
        /// The name.
        name: String,
        /// Its own place in the chain.
        sequence: i64,
    },
    /// Others wrote since the caller looked.
    #[error("the head is {actual}, not {expected}: read the facts in between, check again and repeat")]
    HeadMoved {
        /// The head that the caller knew.
        expected: i64,
        /// The head there is.
        actual: i64,
    },
    /// Some facts cannot be recorded, so none was.
    #[error("{total} violations, of which the first: {}", violations.first().map(ToString::to_string).unwrap_or_default())]
    Rejected {
        /// How many there are.
        total: u64,
        /// The first hundred, in the order of the lines.
        violations: Vec<Violation>,
    },
    /// Other writers kept getting in the way.
    #[error("gave up after {attempts} attempts against concurrent writers: repeat later")]
    Conflict {
        /// How often it was tried.
        attempts: u32,
    },
    /// No room: reads go on, and writes will when there is room again.
    #[error("the store is full: free some space and repeat")]
    StorageFull(#[source] Cause),
    /// The database does not answer, or not in time.
    #[error("the database is not available while {doing}: repeat later")]
    Unavailable {
        /// What was being done.
        doing: &'static str,
        /// What happened.
        #[source]
        source: Cause,
    },
    /// The connection was lost while committing and could not be had again.
    #[error("the outcome of {what} is unknown: repeat it with the same identifier, which is safe")]
    OutcomeUnknown {
        /// Which batch or closing.
        what: String,
        /// What happened.
        #[source]
        source: Cause,
    },
    /// The store failed.
    #[error("the store failed while {doing}")]
    Storage {
        /// What was being done.
        doing: &'static str,
        /// What happened.
        #[source]
        source: Cause,
    },
    /// The disk under an embedded ledger failed. Of what was being written nobody knows what it holds.
    #[error("the disk failed while {doing}")]
    Disk {
        /// What was being done.
        doing: &'static str,
        /// What happened.
        #[source]
        source: Cause,
    },
    /// An earlier write failed so that nothing more is written: what was recorded is known once the ledger is opened again.
    #[error("nothing is written any more after an earlier failure: open the ledger again")]
    Stopped,
    /// What is stored cannot be what was recorded.
    #[error("damaged record{}: {cause}", sequence.map(|s| format!(" at sequence {s}")).unwrap_or_default())]
    Damaged {
        /// Where, if known.
        sequence: Option<i64>,
        /// What is wrong.
        cause: String,
    },
    /// The schema of the program is not acceptable.
    #[error("the ledger schema is not acceptable")]
    Schema(#[source] SchemaError),
    /// The store belongs to another domain or has other columns.
    #[error("the store holds {found}, not {expected}: point the service to its own store")]
    OtherLedger {
        /// Domain and columns stored.
        found: String,
        /// Domain and columns of the program.
        expected: String,
    },
    /// A newer program has written the store.
    #[error("the store has schema version {found}, this program knows up to {known}: run a newer program")]
    NewerVersion {
        /// Version stored.
        found: i64,
        /// Version of the program.
        known: i64,
    },
    /// Another process, or another part of this one, has the file open for writing.
    #[error("{path} is already open for writing elsewhere: one process owns an embedded ledger")]
    AlreadyOpen {
        /// The database file.
        path: String,
    },
    /// The file cannot be written ahead in a log, on which durability rests.
    #[error("{path} cannot be written ahead in a log (its journal is {found:?}): it belongs on a local disk")]
    NoWriteAhead {
        /// The database file.
        path: String,
        /// What SQLite does instead.
        found: String,
    },
    /// The address is of no known kind.
    #[error("cannot open {url}: expected sqlite:<path> or postgres://<user>@<host>/<database>")]
    Address {
        /// The address, without password.
        url: String,
    },
    /// The way to the database would not be protected as it should.
    #[error("cannot open {url}: {cause}")]
    Unprotected {
        /// The address, without password.
        url: String,
        /// What is missing or wrong.
        cause: String,
    },
    /// The embedded database is one with known corruption.
    #[error("SQLite {found} can corrupt a file under concurrent checkpoints: 3.51.3 or later is needed")]
    UnsafeSqlite {
        /// Version linked.
        found: &'static str,
    },
}

impl LedgerError {
    /// What the failure asks of the caller.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Malformed { .. }
            | Self::ReusedId { .. }
            | Self::ReusedClosing { .. }
            | Self::HeadMoved { .. }
            | Self::Rejected { .. } => Kind::Refused,
            Self::Conflict { .. } | Self::StorageFull(_) | Self::Unavailable { .. } | Self::OutcomeUnknown { .. } => Kind::Unavailable,
            Self::Storage { .. }
            | Self::Disk { .. }
            | Self::Stopped
            | Self::Damaged { .. }
            | Self::Schema(_)
            | Self::OtherLedger { .. }
            | Self::NewerVersion { .. }
            | Self::AlreadyOpen { .. }
            | Self::NoWriteAhead { .. }
            | Self::Address { .. }
            | Self::Unprotected { .. }
            | Self::UnsafeSqlite { .. } => Kind::Broken,
        }
    }
}

/// Why a schema is refused at opening.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SchemaError {
    /// A name is not `[a-z][a-z0-9_]*`, or too long.
    #[error("the name {name:?} is not 1 to 40 lower-case letters, digits and underscores, the first a letter")]
    Name {
        /// The name.
        name: &'static str,
    },
    /// Too few or too many columns.
    #[error("{count} value columns, where 1 to 16 are possible")]
    Columns {
        /// How many.
        count: usize,
    },
    /// The same name twice.
    #[error("the column {name} is named twice")]
    Repeated {
        /// The name.
        name: &'static str,
    },
}

/// Why one fact cannot be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Line of the fact.
    pub line: u32,
    /// Its structure.
    pub structure: String,
    /// Its subject.
    pub subject: String,
    /// Its first month.
    pub first_month: i32,
    /// Its last month.
    pub last_month: i32,
    /// What is wrong with it.
    pub reason: Reason,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, structure, subject, first_month, last_month, reason } = self;
        write!(f, "line {line}, {structure} {subject} months {first_month} to {last_month}: {reason}")
    }
}

/// What can be wrong with a fact.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Reason {
    /// Wrong number of values.
    #[error("{found} values, where the schema has {expected}")]
    Values {
        /// How many there are.
        found: usize,
        /// How many the schema has.
        expected: usize,
    },
    /// The structure or the subject is not a usable code.
    #[error("the {field} {cause}")]
    Code {
        /// `structure` or `subject`.
        field: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// The first month comes after the last.
    #[error("the first month comes after the last")]
    InvertedPeriod,
    /// Two facts of the batch have the same line number.
    #[error("the line number is used twice")]
    RepeatedLine,
    /// The batch says the same thing twice.
    #[error("the same structure, subject and months as line {other_line}")]
    Duplicate {
        /// The other line.
        other_line: u32,
    },
    /// The batch mixes periods that overlap, which would count twice.
    #[error("overlaps months {first_month} to {last_month} of line {other_line}: use one grain of periods")]
    OverlapsLine {
        /// The other line.
        other_line: u32,
        /// Its first month.
        first_month: i32,
        /// Its last month.
        last_month: i32,
    },
    /// Another range of months is recorded that overlaps, which would count twice.
    #[error("overlaps months {first_month} to {last_month} recorded {}: use the same grain of periods", Recorded(*sequence))]
    OverlapsRecorded {
        /// First month recorded.
        first_month: i32,
        /// Last month recorded.
        last_month: i32,
        /// Where; 0 when it was not looked for so far back.
        sequence: i64,
    },
    /// The fact is recorded, and the batch does not say why it corrects.
    #[error("already recorded {}: a correction needs a reason", Recorded(*sequence))]
    AlreadyRecorded {
        /// Where it was last recorded; 0 when it was not looked for so far back.
        sequence: i64,
    },
    /// The period is closed, and the batch does not say why it corrects.
    #[error("the period is closed by {name}: a correction needs a reason")]
    PeriodClosed {
        /// The closing.
        name: String,
    },
}

/// An address as it may be shown and logged.
pub(crate) fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, place))) => format!("{scheme}://...@{place}"),
        _ => url.to_owned(),
    }
}

/// Where something was recorded, as people read it.
struct Recorded(i64);

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 { write!(f, "long ago") } else { write!(f, "at sequence {}", self.0) }
    }
}

/// A hash as people read it.
struct Hex<'a>(&'a [u8; 32]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
