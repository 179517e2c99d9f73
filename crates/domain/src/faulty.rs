//! A ledger that fails as a test tells it to.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use piramide_ledger::{
    Closing, Cursor, EventKey, Feed, Ledger, LedgerError, NewClosing, Position, Prepared, Receipt, RecordedEvent, RecordedFact, Schema,
    Standing, Submitted, Verification,
};
use tokio::sync::watch;

/// Another ledger, with faults.
pub(crate) struct Faulty {
    ledger: Arc<dyn Ledger>,
    /// What the next writes come to in the place of being done.
    faults: Mutex<Vec<fn() -> LedgerError>>,
    /// What verification finds in the place of looking.
    broken: Mutex<Option<i64>>,
}

impl Faulty {
    pub(crate) fn over(ledger: Arc<dyn Ledger>) -> Arc<Self> {
        Arc::new(Self { ledger, faults: Mutex::default(), broken: Mutex::default() })
    }

    /// So many of the next writes fail.
    pub(crate) fn fail(&self, times: usize, fault: fn() -> LedgerError) {
        self.faults.lock().unwrap().extend(std::iter::repeat_n(fault, times));
    }

    /// From now on a record is found to be altered.
    pub(crate) fn damage(&self, sequence: i64) {
        *self.broken.lock().unwrap() = Some(sequence);
    }

    fn fault(&self) -> Result<(), LedgerError> {
        let fault = self.faults.lock().unwrap().pop();
        fault.map_or(Ok(()), |fault| Err(fault()))
    }
}

#[async_trait]
impl Ledger for Faulty {
    fn schema(&self) -> Schema {
        self.ledger.schema()
    }

    async fn record(&self, batch: Arc<Prepared>, expected_head: i64) -> Result<Submitted, LedgerError> {
        self.fault()?;
        self.ledger.record(batch, expected_head).await
    }

    async fn head(&self) -> Result<Position, LedgerError> {
        self.ledger.head().await
    }

    async fn standing(&self, origins: &[&str]) -> Result<Standing, LedgerError> {
        self.ledger.standing(origins).await
    }

    async fn receipt(&self, batch_id: &str) -> Result<Option<Receipt>, LedgerError> {
        self.ledger.receipt(batch_id).await
    }

    async fn receipts(&self, after_sequence: i64, limit: u32) -> Result<Vec<Receipt>, LedgerError> {
        self.ledger.receipts(after_sequence, limit).await
    }

    async fn facts(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedFact>, LedgerError> {
        self.ledger.facts(after, through_sequence, limit).await
    }

    async fn events(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedEvent>, LedgerError> {
        self.ledger.events(after, through_sequence, limit).await
    }

    async fn recorded_events(&self, keys: Vec<EventKey>) -> Result<Vec<RecordedEvent>, LedgerError> {
        self.ledger.recorded_events(keys).await
    }

    async fn feeds(&self, after_origin: &str, limit: u32) -> Result<Vec<Feed>, LedgerError> {
        self.ledger.feeds(after_origin, limit).await
    }

    async fn close(&self, closing: NewClosing, expected_head: i64) -> Result<Closing, LedgerError> {
        self.fault()?;
        self.ledger.close(closing, expected_head).await
    }

    async fn closings(&self) -> Result<Vec<Closing>, LedgerError> {
        self.ledger.closings().await
    }

    async fn sequence_at(&self, moment_micros: i64) -> Result<i64, LedgerError> {
        self.ledger.sequence_at(moment_micros).await
    }

    async fn verify(&self) -> Result<Verification, LedgerError> {
        let broken = *self.broken.lock().unwrap();
        match broken {
            Some(sequence) => Ok(Verification::Broken { sequence, batch_id: None, cause: "altered".into() }),
            None => self.ledger.verify().await,
        }
    }

    fn subscribe(&self) -> watch::Receiver<i64> {
        self.ledger.subscribe()
    }
}
