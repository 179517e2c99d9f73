//! Facts gathered from packs, at most so many at a time.

use super::StoredPack;
use crate::{Cursor, LedgerError, RecordedFact};

/// A page that is being filled with the packs as they follow one another.
pub(crate) struct Page {
    columns: usize,
    /// The fact after which it begins; none where packs are read whole.
    after: Option<Cursor>,
    limit: usize,
    facts: Vec<RecordedFact>,
}

impl Page {
    /// At most so many facts after a place. It ends with a pack if it can, so that the next page need not read that again.
    pub(crate) fn after(after: Cursor, limit: u32, columns: usize) -> Self {
        Self { columns, after: Some(after), limit: limit as usize, facts: Vec::new() }
    }

    /// All facts of the packs, about so many: whoever verifies leaves none out, wherever it may have been put.
    pub(crate) fn whole(limit: u32, columns: usize) -> Self {
        Self { columns, after: None, limit: limit as usize, facts: Vec::new() }
    }

    /// Takes the facts of the next pack; whether there was room for it.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Damaged`] if it is no pack.
    pub(crate) fn take(&mut self, pack: &StoredPack<'_>) -> Result<bool, LedgerError> {
        let room = self.limit.saturating_sub(self.facts.len());
        let facts = pack.facts()?;
        if room == 0 || (facts > room && !self.facts.is_empty()) {
            return Ok(false);
        }
        let after = self.after.filter(|after| after.sequence == pack.sequence).map(|after| after.line);
        self.facts.reserve(facts.min(room));
        pack.each(self.columns, |packed| {
            let is_asked = after.is_none_or(|line| packed.line > line) && (self.facts.len() < self.limit || self.after.is_none());
            if is_asked {
                self.facts.push(RecordedFact { sequence: pack.sequence, fact: packed.fact() });
            }
        })?;
        Ok(true)
    }

    /// What was taken.
    pub(crate) fn facts(self) -> Vec<RecordedFact> {
        self.facts
    }
}
