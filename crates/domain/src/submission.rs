//! A batch as it came over the wire, and what is checked of it before anything that it says.

use piramide_contracts::{
    batch::ContentHash,
    convert::hexadecimal,
    ledger::{BatchHeader, Commit, Squaring},
};
use piramide_ledger::Preparing;
use tonic::{Code, Status};

use crate::{
    facts::EVENTS_BATCH,
    refusal::{self, Grade, Violation},
};

/// The most characters of a note or a reason.
const MOST_NOTE: usize = 4_000;

/// A batch as it came over the wire.
pub(crate) struct Submission {
    pub(crate) header: BatchHeader,
    /// How many rows arrived.
    pub(crate) rows: usize,
    /// What they say, or everything that is wrong with them.
    pub(crate) facts: Result<Preparing, Vec<Violation>>,
    pub(crate) commit: Commit,
    pub(crate) hash: ContentHash,
}

/// The sender's note, followed by what does not square and was recorded all the same: as many of the flags as fit.
pub(crate) fn flagged_note(note: Option<&str>, flags: &[Violation]) -> String {
    let head = format!("recorded as declared although it does not square, {} times", flags.len());
    let mut text = note.map_or_else(|| head.clone(), |note| format!("{note}; {head}"));
    for flag in flags {
        let more = format!("; {flag}");
        if text.len() + more.len() > MOST_NOTE {
            break;
        }
        text.push_str(&more);
    }
    text
}

pub(crate) fn check_commit(commit: &Commit, rows: usize, hash: &[u8; 32]) -> Result<(), Status> {
    if i64::try_from(rows) != Ok(commit.rows) {
        let detail = format!("the commit counts {} rows, {rows} arrived", commit.rows);
        return Err(refusal::field(Code::InvalidArgument, "commit.rows", "ROWS_LOST", detail));
    }
    let arrived = hexadecimal(hash);
    if commit.content_hash != arrived {
        let detail = format!("the commit has content hash {}, what arrived has {arrived}", commit.content_hash);
        return Err(refusal::field(Code::InvalidArgument, "commit.content_hash", "CONTENT_CHANGED", detail));
    }
    if rows == 0 {
        return Err(refusal::field(Code::InvalidArgument, "rows", "BATCH_EMPTY", "the batch has no rows"));
    }
    Ok(())
}

pub(crate) fn check_header(header: &BatchHeader) -> Result<piramide_ledger::Provenance, Status> {
    let mut violations = Vec::new();
    let mut refuse =
        |column: &str, detail: String| violations.push(Violation::new(Grade::Malformed, 0, column, "HEADER_MALFORMED", detail));
    if !is_identifier(&header.batch_id) {
        refuse("header.batch_id", format!("\"{}\" is not 1 to 128 printable ASCII characters without spaces", shortened(&header.batch_id)));
    }
    if header.batch_id.starts_with(EVENTS_BATCH) {
        refuse("header.batch_id", format!("begins with \"{EVENTS_BATCH}\", which is how batches of events are called: choose another"));
    }
    let origin = header.origin.chars().count();
    if !(1..=128).contains(&origin) || header.origin.chars().any(char::is_control) {
        refuse("header.origin", format!("has {origin} characters: say who sends in 1 to 128"));
    }
    if Squaring::try_from(header.squaring).is_err() {
        refuse("header.squaring", format!("{} is not a choice: refused or flagged", header.squaring));
    }
    // What does not square follows the sender's note, and needs room.
    let most_note = if header.squaring == i32::from(Squaring::Flagged) { MOST_NOTE / 2 } else { MOST_NOTE };
    for (field, text, most) in [("header.note", &header.note, most_note), ("header.reason", &header.reason, MOST_NOTE)] {
        if text.chars().count() > most {
            refuse(field, format!("has {} characters, at most {most} are kept", text.chars().count()));
        }
    }
    let provenance = match piramide_contracts::convert::provenance("header.provenance", header.provenance) {
        Ok(Some(provenance)) => piramide_ledger::Provenance::parse(provenance.code()),
        Ok(None) => {
            refuse("header.provenance", "is required: submitted, published, reconstructed or synthetic".into());
            None
        }
        Err(error) => {
            refuse("header.provenance", error.cause);
            None
        }
    };
    match provenance {
        Some(provenance) if violations.is_empty() => Ok(provenance),
        _ => Err(refusal::all(violations)),
    }
}

/// Whether a text can name a batch or a closing: 1 to 128 printable ASCII characters without spaces.
pub(crate) fn is_identifier(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}
