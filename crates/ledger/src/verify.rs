//! Verification: recompute the chain from the stored rows, whatever database keeps them.

use std::collections::VecDeque;

use async_trait::async_trait;

use crate::chain::{self, EventsHash, FactsHash};
use crate::record::{Description, Entry, Head};
use crate::{Cursor, Fact, LedgerError, Position, RecordedEvent, RecordedFact, Schema};

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
        /// The first record that is not what was recorded; 0 when it is no record but the description, the indexes or the sets of the ledger.
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
    /// The version of the tables that this program knows.
    fn version(&self) -> i64;
    /// The `meta` table.
    async fn description(&self) -> Result<Description, LedgerError>;
    /// The head row.
    async fn stored_head(&self) -> Result<Head, LedgerError>;
    /// At most `limit` batches and closings after a sequence, in order.
    async fn entries(&self, after: i64, through: i64, limit: u32) -> Result<Vec<Entry>, LedgerError>;
    /// The facts of the packs after a place, in order: about `limit` of them, of each pack all.
    async fn stored_facts(&self, after: Cursor, through: i64, limit: u32) -> Result<Vec<RecordedFact>, LedgerError>;
    /// At most `limit` events after a place, in order.
    async fn stored_events(&self, after: Cursor, through: i64, limit: u32) -> Result<Vec<RecordedEvent>, LedgerError>;
    /// Checks what no record shows, such as the indexes and the sets, as far as the database can.
    async fn check_structure(&self) -> Result<(), LedgerError>;
}

/// Before any row, even one with an impossible sequence.
const BEFORE_ALL: i64 = i64::MIN;
const ENTRIES_PAGE: u32 = 500;
const ROWS_PAGE: u32 = 16_384;

/// Verifies everything that is stored.
pub(crate) async fn verify(stored: &dyn Stored, schema: &Schema) -> Result<Verification, LedgerError> {
    let described = stored.description().await.and_then(|found| found.check(schema, stored.version()).map(|()| found.schemas(schema)));
    let cause = match described {
        Ok(schemas) => return verify_under(stored, &schemas).await,
        Err(LedgerError::Damaged { cause, .. }) => cause,
        Err(error @ (LedgerError::OtherLedger { .. } | LedgerError::NewerVersion { .. })) => error.to_string(),
        Err(other) => return Err(other),
    };
    Ok(Verification::Broken { sequence: 0, batch_id: None, cause })
}

/// Verifies records made under any of some schemas, of which each has those before it and more columns at the end.
async fn verify_under(stored: &dyn Stored, schemas: &[Schema]) -> Result<Verification, LedgerError> {
    let mut walk = Walk::new(stored, schemas, i64::MAX);
    match walk.follow().await {
        Err(LedgerError::Damaged { sequence, cause }) => {
            let sequence = sequence.unwrap_or(walk.last.position.sequence.saturating_add(1));
            // The damaged row was met while reading ahead: what comes before it may be altered too, and then that is the first.
            let before = Walk::new(stored, schemas, sequence.saturating_sub(1)).follow().await;
            match before {
                Ok(broken @ Verification::Broken { .. }) => Ok(broken),
                Ok(Verification::Intact { .. }) | Err(LedgerError::Damaged { .. }) => {
                    Ok(Verification::Broken { sequence, batch_id: None, cause })
                }
                Err(other) => Err(other),
            }
        }
        Ok(Verification::Intact { batches, closings, head }) => match stored.check_structure().await {
            Err(LedgerError::Damaged { sequence, cause }) => {
                Ok(Verification::Broken { sequence: sequence.unwrap_or(0), batch_id: None, cause })
            }
            checked => checked.map(|()| Verification::Intact { batches, closings, head }),
        },
        broken_or_failed => broken_or_failed,
    }
}

/// A walk along the chain.
struct Walk<'a> {
    stored: &'a dyn Stored,
    schemas: &'a [Schema],
    /// Rows beyond this sequence are not looked at.
    through: i64,
    /// The last record found intact.
    last: Head,
    batches: u64,
    closings: u64,
    facts: Feed<'a, RecordedFact>,
    events: Feed<'a, RecordedEvent>,
}

impl<'a> Walk<'a> {
    fn new(stored: &'a dyn Stored, schemas: &'a [Schema], through: i64) -> Self {
        // There is at least the schema of now.
        let last = schemas.first().map_or(Head { position: Position { sequence: 0, chain_hash: [0; 32] }, recorded_at: 0 }, Head::genesis);
        let (facts, events) = (Feed::new(stored, through), Feed::new(stored, through));
        Self { stored, schemas, through, last, batches: 0, closings: 0, facts, events }
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
            let left_over = self.left_over().await?;
            if left_over.is_none() && (at_head || self.through < i64::MAX) {
                return Ok(Verification::Intact { batches: self.batches, closings: self.closings, head: self.last.position });
            }
            if self.grew_beyond(head.position.sequence).await? {
                continue;
            }
            if let Some(left_over) = left_over {
                return Ok(left_over.broken());
            }
            let said = head.position.sequence;
            let cause = format!("the head row says sequence {said}, the chain ends at {reached}: sequence, hash or moment differ");
            return Ok(broken(reached.max(said), None, cause));
        }
    }

    /// The first row that is left, which belongs to no batch seen so far.
    async fn left_over(&mut self) -> Result<Option<LeftOver>, LedgerError> {
        let fact = self.facts.peek().await?.map(|fact| LeftOver { sequence: fact.sequence, what: "facts" });
        let event = self.events.peek().await?.map(|event| LeftOver { sequence: event.sequence, what: "events" });
        Ok([fact, event].into_iter().flatten().min_by_key(|left_over| left_over.sequence))
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
        if let Some(left_over) = self.left_over().await?.filter(|left_over| left_over.sequence < sequence) {
            return Ok(Some(left_over.broken()));
        }
        let previous = self.last.position.chain_hash;
        let (batch_id, recorded_at, stored, intact) = match entry {
            Entry::Batch(receipt) => {
                let (mut facts, mut events) = (Candidate::all(self.schemas), EventsHash::new());
                let take = |fact: &RecordedFact| facts.iter_mut().for_each(|candidate| candidate.add(&fact.fact));
                let stored_facts = self.facts.each_of(sequence, take).await?;
                let stored_events = self.events.each_of(sequence, |event| events.add(&event.event)).await?;
                let counts = [("facts", stored_facts, receipt.facts), ("events", stored_events, receipt.events)];
                if let Some((what, stored, recorded)) = counts.into_iter().find(|(_, stored, recorded)| stored != recorded) {
                    return Ok(Some(broken(
                        sequence,
                        Some(receipt.batch_id),
                        format!("{stored} {what} are stored, {recorded} were recorded"),
                    )));
                }
                self.batches = self.batches.saturating_add(1);
                let events = (receipt.events > 0).then(|| events.finish());
                let intact = facts.into_iter().filter(|candidate| candidate.fits).any(|Candidate { schema, facts, .. }| {
                    chain::batch(schema, &previous, &receipt, &facts.finish(), events.as_ref()) == receipt.chain_hash
                });
                (Some(receipt.batch_id), receipt.recorded_at, receipt.chain_hash, intact)
            }
            Entry::Closing(closing) => {
                self.closings = self.closings.saturating_add(1);
                let intact = self.schemas.iter().any(|schema| chain::closing(schema, &previous, &closing) == closing.chain_hash);
                (None, closing.recorded_at, closing.chain_hash, intact)
            }
        };
        if !intact {
            return Ok(Some(broken(sequence, batch_id, "the chain hash is not that of the stored record".to_owned())));
        }
        self.last = Head { position: Position { sequence, chain_hash: stored }, recorded_at };
        Ok(None)
    }
}

/// The facts of a batch as they were recorded, had it been under one of the schemas.
struct Candidate<'a> {
    schema: &'a Schema,
    facts: FactsHash,
    /// Whether no fact has a value that the schema does not know.
    fits: bool,
}

impl<'a> Candidate<'a> {
    fn all(schemas: &'a [Schema]) -> Vec<Self> {
        schemas.iter().map(|schema| Self { schema, facts: FactsHash::new(), fits: true }).collect()
    }

    fn add(&mut self, fact: &Fact) {
        let columns = self.schema.columns.len();
        self.fits &= fact.values.iter().skip(columns).all(|value| value.is_none());
        if self.fits {
            self.facts.add_first(fact, columns);
        }
    }
}

fn broken(sequence: i64, batch_id: Option<String>, cause: String) -> Verification {
    Verification::Broken { sequence, batch_id, cause }
}

/// A row that belongs to no batch.
struct LeftOver {
    sequence: i64,
    what: &'static str,
}

impl LeftOver {
    fn broken(&self) -> Verification {
        broken(self.sequence, None, format!("{} of no batch", self.what))
    }
}

/// A stored row that belongs to a batch.
#[async_trait]
trait Stowed: Send + Sized {
    /// Its place.
    fn cursor(&self) -> Cursor;
    /// The rows after a place.
    async fn page(stored: &dyn Stored, after: Cursor, through: i64) -> Result<Vec<Self>, LedgerError>;
}

#[async_trait]
impl Stowed for RecordedFact {
    fn cursor(&self) -> Cursor {
        Cursor::after(self)
    }

    async fn page(stored: &dyn Stored, after: Cursor, through: i64) -> Result<Vec<Self>, LedgerError> {
        stored.stored_facts(after, through, ROWS_PAGE).await
    }
}

#[async_trait]
impl Stowed for RecordedEvent {
    fn cursor(&self) -> Cursor {
        Cursor { sequence: self.sequence, line: self.line }
    }

    async fn page(stored: &dyn Stored, after: Cursor, through: i64) -> Result<Vec<Self>, LedgerError> {
        stored.stored_events(after, through, ROWS_PAGE).await
    }
}

/// The stored rows one after the other, read in pages.
struct Feed<'a, T> {
    stored: &'a dyn Stored,
    through: i64,
    after: Cursor,
    page: VecDeque<T>,
}

impl<'a, T: Stowed> Feed<'a, T> {
    fn new(stored: &'a dyn Stored, through: i64) -> Self {
        Self { stored, through, after: Cursor::after_sequence(BEFORE_ALL), page: VecDeque::new() }
    }

    async fn peek(&mut self) -> Result<Option<&T>, LedgerError> {
        if self.page.is_empty() {
            self.page = T::page(self.stored, self.after, self.through).await?.into();
            if let Some(last) = self.page.back() {
                self.after = last.cursor();
            }
        }
        Ok(self.page.front())
    }

    /// Takes the next rows as long as they are of that batch, and counts them.
    async fn each_of(&mut self, sequence: i64, mut take: impl FnMut(&T) + Send) -> Result<u64, LedgerError> {
        let mut count = 0u64;
        while self.peek().await?.is_some_and(|row| row.cursor().sequence == sequence) {
            let Some(row) = self.page.pop_front() else { break };
            take(&row);
            count = count.saturating_add(1);
        }
        Ok(count)
    }
}
