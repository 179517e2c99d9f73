//! Closings: named moments after which a range of months changes only with a reason.

use crate::LedgerError;

/// A closing (*chiusura*) to record: a quarterly verification, a provisional year, month 13.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClosing {
    /// Its name, unique in the ledger.
    pub name: String,
    /// First month it closes, inclusive.
    pub first_month: i32,
    /// Last month it closes, inclusive.
    pub last_month: i32,
    /// Who closes.
    pub author: String,
    /// Free text for people.
    pub note: Option<String>,
}

/// A recorded closing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// Its name, unique in the ledger.
    pub name: String,
    /// The head it froze: facts up to here are the closed figures.
    pub sequence: i64,
    /// First month it closes, inclusive.
    pub first_month: i32,
    /// Last month it closes, inclusive.
    pub last_month: i32,
    /// Who closed.
    pub author: String,
    /// Free text for people.
    pub note: Option<String>,
    /// When it was recorded, in microseconds since 1970 UTC.
    pub recorded_at: i64,
    /// Hash of this closing and of all that came before it.
    pub chain_hash: [u8; 32],
}

impl Closing {
    /// The closing's own place in the chain, next after the head it froze.
    pub fn entry_sequence(&self) -> i64 {
        self.sequence.saturating_add(1)
    }

    /// Whether the range of months touches what is closed.
    pub fn covers(&self, first_month: i32, last_month: i32) -> bool {
        self.first_month <= last_month && first_month <= self.last_month
    }

    /// The answer when the name is already recorded: this closing, or a refusal if another is asked.
    pub(crate) fn answer(self, asked: &NewClosing) -> Result<Self, LedgerError> {
        let same = (self.first_month, self.last_month) == (asked.first_month, asked.last_month)
            && self.author == asked.author
            && self.note == asked.note;
        if same { Ok(self) } else { Err(LedgerError::ReusedClosing { sequence: self.entry_sequence(), name: self.name }) }
    }
}
