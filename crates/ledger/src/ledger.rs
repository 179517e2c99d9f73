//! What a ledger does, whatever database keeps it.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::{
    Closing, Cursor, EventKey, Feed, LedgerError, NewBatch, NewClosing, Position, Prepared, Receipt, RecordedEvent, RecordedFact, Schema,
    Submitted, Verification,
};

/// An append-only, bitemporal, hash-chained store of facts.
///
/// Batches and closings take consecutive sequences from 1. Nothing recorded is ever changed: a fact with a known key supersedes
/// the earlier one from its sequence on, so whoever reads the facts up to a sequence sees what was known then.
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Records a batch, whole or not at all, and answers once it is durable.
    ///
    /// The checks come in this order: a batch known by its identifier is answered with its first receipt; the head must be
    /// `expected_head`; then every fact is checked and all violations are given together.
    async fn submit(&self, batch: NewBatch, expected_head: i64) -> Result<Submitted, LedgerError> {
        let prepared = Prepared::of(self.schema(), batch).await?;
        self.record(Arc::new(prepared), expected_head).await
    }

    /// The same of a batch that was [prepared](crate::Preparing) as it came.
    async fn record(&self, batch: Arc<Prepared>, expected_head: i64) -> Result<Submitted, LedgerError>;

    /// What its facts look like.
    fn schema(&self) -> Schema;

    /// Where the ledger ends, whoever has recorded.
    async fn head(&self) -> Result<Position, LedgerError>;

    /// What whoever records must know first: where the ledger ends, every closing, and the last event of each of some origins, as of one
    /// moment. Another process may have recorded since then, and is perhaps not heard of yet: whoever submits on the strength of it finds out,
    /// and whoever does not submit after all asks for the [`head`](Self::head).
    async fn standing(&self, origins: &[&str]) -> Result<Standing, LedgerError>;

    /// The receipt of a batch.
    async fn receipt(&self, batch_id: &str) -> Result<Option<Receipt>, LedgerError>;

    /// At most `limit` receipts after a sequence, in order.
    async fn receipts(&self, after_sequence: i64, limit: u32) -> Result<Vec<Receipt>, LedgerError>;

    /// At most `limit` facts after a place and up to a sequence, superseded ones too, in the order (sequence, line). Empty at the end.
    async fn facts(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedFact>, LedgerError>;

    /// At most `limit` events after a place and up to a sequence, in the order (sequence, line). Empty at the end.
    async fn events(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedEvent>, LedgerError>;

    /// Those of the events that are recorded, in no order.
    async fn recorded_events(&self, keys: Vec<EventKey>) -> Result<Vec<RecordedEvent>, LedgerError>;

    /// At most `limit` feeds whose origins come after a text, byte by byte, in that order, each as of one moment. Reads every event of theirs.
    async fn feeds(&self, after_origin: &str, limit: u32) -> Result<Vec<Feed>, LedgerError>;

    /// Closes a range of months. The same closing again gives the first one, unchanged.
    async fn close(&self, closing: NewClosing, expected_head: i64) -> Result<Closing, LedgerError>;

    /// Every closing, in order.
    async fn closings(&self) -> Result<Vec<Closing>, LedgerError>;

    /// The last sequence recorded at that moment or before, 0 if none: microseconds since 1970 UTC.
    async fn sequence_at(&self, moment_micros: i64) -> Result<i64, LedgerError>;

    /// Recomputes every hash from what is stored and names the first record that is not what was recorded.
    async fn verify(&self) -> Result<Verification, LedgerError>;

    /// The sequence of the head, now and whenever it grows, also by other processes on the same database.
    fn subscribe(&self) -> watch::Receiver<i64>;
}

/// What whoever records must know first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Where the ledger ends.
    pub head: Position,
    /// Every closing, in order.
    pub closings: Vec<Closing>,
    /// The highest number recorded of each origin that was asked for, in their order; none where it has no event. What is above it is not
    /// recorded.
    pub last_events: Vec<Option<i64>>,
}

/// The facts after a place and up to a sequence, page by page: no long transaction, bounded memory.
///
/// ```no_run
/// # async fn example(ledger: &dyn piramide_ledger::Ledger) -> Result<(), piramide_ledger::LedgerError> {
/// use piramide_ledger::{Cursor, Pages};
///
/// let head = ledger.head().await?;
/// let mut pages = Pages::new(ledger, Cursor::START, head.sequence);
/// while let Some(page) = pages.next().await? {
///     // fold the page into the state
/// }
/// # Ok(())
/// # }
/// ```
pub struct Pages<'a> {
    ledger: &'a dyn Ledger,
    after: Cursor,
    through: i64,
}

impl<'a> Pages<'a> {
    /// Facts in a page: large enough to hide the round trip, small enough to stay some megabytes.
    pub const SIZE: u32 = 20_000;

    /// Starts reading.
    pub fn new(ledger: &'a dyn Ledger, after: Cursor, through_sequence: i64) -> Self {
        Self { ledger, after, through: through_sequence }
    }

    /// The next page, never empty; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<RecordedFact>>, LedgerError> {
        let page = self.ledger.facts(self.after, self.through, Self::SIZE).await?;
        Ok(page.last().map(Cursor::after).map(|after| {
            self.after = after;
            page
        }))
    }
}
