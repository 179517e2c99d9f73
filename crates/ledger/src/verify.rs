//! Verification: recompute the chain from the stored rows, whatever database keeps them.

use std::collections::VecDeque;

use async_trait::async_trait;

use crate::chain::{self, FactsHash};
use crate::record::{Description, Entry, Head};
use crate::{Cursor, LedgerError, Position, RecordedFact, Schema};

/// Result of a verification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    /// Every record is what was recorded.
    Intact {
        /// Batches verified.
        batches: u64,
        /// Closings verified.
        closings: u64,
        /// The head they lead to.
        head: Position,
    },
    /// Something was altered, removed or added.
    Broken {
        /// The first record that is not what was recorded; 0 when it is no record but the description or the indexes of the ledger.
        sequence: i64,
        /// Its batch, when there is one.
        batch_id: Option<String>,
        /// What is wrong.
        cause: String,
    },
}

/// The stored rows, in pages. Rows that cannot be read back are [`LedgerError::Damaged`].
#[async_trait]
pub(crate) trait Stored: Sync {
    /// The `meta` table.
    async fn description(&self) -> Result<Description, LedgerError>;
    /// The head row.
    async fn stored_head(&self) -> Result<Head, LedgerError>;
    /// At most `limit` batches and closings after a sequence, in order.
    async fn entries(&self, after: i64, through: i64, limit: u32) -> Result<Vec<Entry>, LedgerError>;
    /// At most `limit` facts after a place, in order.
    async fn stored_facts(&self, after: Cursor, through: i64, limit: u32) -> Result<Vec<RecordedFact>, LedgerError>;
    /// Checks what no record shows, such as the indexes, as far as the database can.
    async fn check_structure(&self) -> Result<(), LedgerError>;
}

/// Before any row, even one with an impossible sequence.
const BEFORE_ALL: i64 = i64::MIN;
const ENTRIES_PAGE: u32 = 500;
const FACTS_PAGE: u32 = 10_000;

/// Verifies everything that is stored.
pub(crate) async fn verify(stored: &dyn Stored, schema: &Schema) -> Result<Verification, LedgerError> {
    let description = match stored.description().await.and_then(|description| description.check(schema)) {
        Ok(()) => None,
        Err(LedgerError::Damaged { cause, .. }) => Some(cause),
        Err(error @ (LedgerError::OtherLedger { .. } | LedgerError::NewerVersion { .. })) => Some(error.to_string()),
        Err(other) => return Err(other),
    };
    if let Some(cause) = description {
        return Ok(Verification::Broken { sequence: 0, batch_id: None, cause });
    }
    let mut walk = Walk::new(stored, schema, i64::MAX);
    match walk.follow().await {
        Err(LedgerError::Damaged { sequence, cause }) => {
            let sequence = sequence.unwrap_or(walk.last.position.sequence.saturating_add(1));
            // The damaged row was met while reading ahead: what comes before it may be altered too, and then that is the first.
            let before = Walk::new(stored, schema, sequence.saturating_sub(1)).follow().await;
            match before {
                Ok(broken @ Verification::Broken { .. }) => Ok(broken),
                Ok(Verification::Intact { .. }) | Err(LedgerError::Damaged { .. }) => {
                    Ok(Verification::Broken { sequence, batch_id: None, cause })
                }
                Err(other) => Err(other),
            }
        }
        Ok(Verification::Intact { batches, closings, head }) => match stored.check_structure().await {
            Err(LedgerError::Damaged { cause, .. }) => Ok(Verification::Broken { sequence: 0, batch_id: None, cause }),
            checked => checked.map(|()| Verification::Intact { batches, closings, head }),
        },
        broken_or_failed => broken_or_failed,
    }
}

/// A walk along the chain.
struct Walk<'a> {
    stored: &'a dyn Stored,
    schema: &'a Schema,
    /// Rows beyond this sequence are not looked at.
    through: i64,
    /// The last record found intact.
    last: Head,
    batches: u64,
    closings: u64,
    facts: Feed<'a>,
}

impl<'a> Walk<'a> {
    fn new(stored: &'a dyn Stored, schema: &'a Schema, through: i64) -> Self {
        let last = Head::genesis(schema);
        let facts = Feed { stored, through, after: Cursor::after_sequence(BEFORE_ALL), page: VecDeque::new() };
        Self { stored, schema, through, last, batches: 0, closings: 0, facts }
    }

    /// Walks until what is stored, and the head row, are reached; writers may go on meanwhile.
    async fn follow(&mut self) -> Result<Verification, LedgerError> {
        loop {
            // The head is read first: whatever it counts is then there to be read.
            let head = self.stored.stored_head().await?;
            if let Some(broken) = self.along_entries().await? {
                return Ok(broken);
            }
            let reached = self.last.position.sequence;
            let at_head = self.last == head;
            let left_over = self.facts.peek().await?.map(|fact| fact.sequence);
            if left_over.is_none() && (at_head || self.through < i64::MAX) {
                return Ok(Verification::Intact { batches: self.batches, closings: self.closings, head: self.last.position });
            }
            if self.grew_beyond(head.position.sequence).await? {
                continue;
            }
            if let Some(sequence) = left_over {
                return Ok(broken(sequence, None, "facts of no batch".to_owned()));
            }
            let said = head.position.sequence;
            let cause = format!("the head row says sequence {said}, the chain ends at {reached}: sequence, hash or moment differ");
            return Ok(broken(reached.max(said), None, cause));
        }
    }

    /// Whether others have written since.
    async fn grew_beyond(&self, sequence: i64) -> Result<bool, LedgerError> {
        Ok(self.through == i64::MAX && self.stored.stored_head().await?.position.sequence > sequence)
    }

    async fn along_entries(&mut self) -> Result<Option<Verification>, LedgerError> {
        // From the start, so that a record with a sequence below 1 is met too.
        let mut after = if self.last.position.sequence == 0 { BEFORE_ALL } else { self.last.position.sequence };
        loop {
            let page = self.stored.entries(after, self.through, ENTRIES_PAGE).await?;
            let Some(last) = page.last() else { return Ok(None) };
            after = last.sequence();
            for entry in page {
                if let Some(broken) = self.step(entry).await? {
                    return Ok(Some(broken));
                }
            }
        }
    }

    /// Verifies the next record.
    async fn step(&mut self, entry: Entry) -> Result<Option<Verification>, LedgerError> {
        let sequence = entry.sequence();
        let expected = self.last.position.sequence.saturating_add(1);
        if sequence != expected {
            return Ok(Some(broken(expected.min(sequence), None, format!("sequence {sequence} stands where {expected} should"))));
        }
        if let Some(fact) = self.facts.peek().await?.filter(|fact| fact.sequence < sequence) {
            return Ok(Some(broken(fact.sequence, None, "facts of no batch".to_owned())));
        }
        let previous = self.last.position.chain_hash;
        let (batch_id, recorded_at, stored, computed) = match entry {
            Entry::Batch(receipt) => {
                let mut hash = FactsHash::new();
                let mut count = 0u64;
                while let Some(fact) = self.facts.next_of(sequence).await? {
                    hash.add(&fact.fact);
                    count = count.saturating_add(1);
                }
                if count != receipt.facts {
                    return Ok(Some(broken(
                        sequence,
                        Some(receipt.batch_id),
                        format!("{count} facts are stored, {} were recorded", receipt.facts),
                    )));
                }
                self.batches = self.batches.saturating_add(1);
                let computed = chain::batch(self.schema, &previous, &receipt, &hash.finish());
                (Some(receipt.batch_id), receipt.recorded_at, receipt.chain_hash, computed)
            }
            Entry::Closing(closing) => {
                self.closings = self.closings.saturating_add(1);
                (None, closing.recorded_at, closing.chain_hash, chain::closing(self.schema, &previous, &closing))
            }
        };
        if stored != computed {
            return Ok(Some(broken(sequence, batch_id, "the chain hash is not that of the stored record".to_owned())));
        }
        self.last = Head { position: Position { sequence, chain_hash: stored }, recorded_at };
        Ok(None)
    }
}

fn broken(sequence: i64, batch_id: Option<String>, cause: String) -> Verification {
    Verification::Broken { sequence, batch_id, cause }
}

/// The stored facts one after the other, read in pages.
struct Feed<'a> {
    stored: &'a dyn Stored,
    through: i64,
    after: Cursor,
    page: VecDeque<RecordedFact>,
}

impl Feed<'_> {
    async fn peek(&mut self) -> Result<Option<&RecordedFact>, LedgerError> {
        if self.page.is_empty() {
            self.page = self.stored.stored_facts(self.after, self.through, FACTS_PAGE).await?.into();
            if let Some(last) = self.page.back() {
                self.after = Cursor::after(last);
            }
        }
        Ok(self.page.front())
    }

    /// The next fact, if it is of that batch.
    async fn next_of(&mut self, sequence: i64) -> Result<Option<RecordedFact>, LedgerError> {
        let of_batch = self.peek().await?.is_some_and(|fact| fact.sequence == sequence);
        Ok(if of_batch { self.page.pop_front() } else { None })
    }
}
