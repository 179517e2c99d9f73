//! Facts that stores before version 4 kept in rows of their own, put into packs.

use super::{MOST_FACTS, Pack, pack};
use crate::{Fact, LedgerError, keys::Codes, record::damaged};

/// How often it is told how far it is.
const TOLD_EVERY: u64 = 1_000_000;

/// Takes the facts in their order and gives packs of them, the same as if their batches were recorded now.
#[derive(Default)]
pub(crate) struct Regrouping {
    sequence: i64,
    facts: Vec<Fact>,
    taken: u64,
}

impl Regrouping {
    /// Takes the next fact, and gives the pack before it where that is full or its batch has ended.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Damaged`] if a line of the batch is there twice, which none is that was recorded.
    pub(crate) fn take(&mut self, sequence: i64, fact: Fact) -> Result<Option<(i64, Pack)>, LedgerError> {
        let same_batch = self.sequence == sequence;
        if let Some(last) = self.facts.last().filter(|last| same_batch && last.line >= fact.line) {
            return Err(damaged(Some(sequence), format!("line {} comes after line {}", fact.line, last.line)));
        }
        let full = if same_batch && self.facts.len() < MOST_FACTS { None } else { self.last() };
        self.sequence = sequence;
        self.facts.push(fact);
        self.taken += 1;
        if self.taken.is_multiple_of(TOLD_EVERY) {
            tracing::info!(facts = self.taken, "packing the facts of a ledger of an earlier version");
        }
        Ok(full)
    }

    /// The facts that are left.
    pub(crate) fn last(&mut self) -> Option<(i64, Pack)> {
        let facts = std::mem::take(&mut self.facts);
        let Codes { texts: codes, of_facts, .. } = Codes::of(&facts);
        pack(&facts, &of_facts, &codes).pop().map(|pack| (self.sequence, pack))
    }
}
