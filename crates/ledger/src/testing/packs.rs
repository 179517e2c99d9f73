//! Facts as stores keep them, for whoever damages a store on purpose or writes as the ledger does without it.

use crate::keys::Codes;
use crate::pack::{StoredPack, pack};
use crate::{Fact, LedgerError};

/// Packs facts, which are in the order of their lines: the last line of each pack, and its bytes.
pub fn packed(facts: &[Fact]) -> Vec<(u32, Vec<u8>)> {
    let Codes { texts: codes, of_facts, .. } = Codes::of(facts);
    pack(facts, &of_facts, &codes).into_iter().map(|pack| (pack.last_line, pack.bytes)).collect()
}

/// The facts of a pack of a batch, with so many values.
///
/// # Errors
///
/// [`LedgerError::Damaged`] if it is no pack.
pub fn unpacked(sequence: i64, last_line: i64, bytes: &[u8], columns: usize) -> Result<Vec<Fact>, LedgerError> {
    let mut facts = Vec::new();
    StoredPack { sequence, last_line, bytes }.each(columns, |packed| facts.push(packed.fact()))?;
    Ok(facts)
}
