//! Whether the ledger can be trusted: what it says of itself is remembered, whoever asks it, and nothing is recorded in one that is damaged.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use piramide_ledger::{
    Closing, Cursor, EventKey, Feed, Ledger, LedgerError, NewClosing, Position, Prepared, Receipt, RecordedEvent, RecordedFact, Schema,
    Standing, Submitted, Verification,
};
use tokio::sync::watch;

/// Why a ledger cannot be trusted any more. It stays so: only opening it again, once somebody has looked at it, makes it good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Distrust {
    /// Something that is stored is not what was recorded. What is known is answered, nothing is recorded.
    Damaged {
        /// Where, if known.
        sequence: Option<i64>,
        /// What is wrong.
        cause: String,
    },
    /// A write failed so that nobody knows what the disk holds of it: nothing more can be written.
    Unwritable {
        /// What happened, with its causes.
        cause: String,
    },
}

impl fmt::Display for Distrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { sequence: Some(sequence), cause } => write!(f, "the ledger is damaged at sequence {sequence}: {cause}"),
            Self::Damaged { sequence: None, cause } => write!(f, "the ledger is damaged: {cause}"),
            Self::Unwritable { cause } => write!(f, "the ledger cannot be written: {cause}"),
        }
    }
}

/// A ledger that remembers what it has said of itself.
pub(super) struct Watched {
    ledger: Arc<dyn Ledger>,
    distrust: watch::Sender<Option<Distrust>>,
}

impl Watched {
    /// The same ledger, and why it is not trusted, if it is not.
    pub(super) fn over(ledger: Arc<dyn Ledger>) -> (Arc<dyn Ledger>, watch::Receiver<Option<Distrust>>) {
        let (distrust, known) = watch::channel(None);
        (Arc::new(Self { ledger, distrust }), known)
    }

    /// The first reason is kept, unless it was one to read on and this is none.
    fn lose_trust(&self, reason: Distrust) {
        self.distrust.send_if_modified(|known| {
            let graver = match (&known, &reason) {
                (None, _) | (Some(Distrust::Damaged { .. }), Distrust::Unwritable { .. }) => true,
                (Some(_), _) => false,
            };
            if graver {
                tracing::error!(%reason, "the ledger cannot be trusted any more");
                *known = Some(reason);
            }
            graver
        });
    }

    /// An answer, with what it says of the ledger.
    fn told<T>(&self, answer: Result<T, LedgerError>) -> Result<T, LedgerError> {
        if let Err(LedgerError::Damaged { sequence, cause }) = &answer {
            self.lose_trust(Distrust::Damaged { sequence: *sequence, cause: cause.clone() });
        }
        answer
    }

    /// Nothing is added to what is damaged.
    fn may_be_written(&self) -> Result<(), LedgerError> {
        match &*self.distrust.borrow() {
            Some(Distrust::Damaged { sequence, cause }) => Err(LedgerError::Damaged { sequence: *sequence, cause: cause.clone() }),
            // The ledger itself refuses, and says why.
            Some(Distrust::Unwritable { .. }) | None => Ok(()),
        }
    }

    /// The answer to a write, with what it says of the ledger.
    fn written<T>(&self, answer: Result<T, LedgerError>) -> Result<T, LedgerError> {
        if let Err(error @ (LedgerError::Disk { .. } | LedgerError::Stopped)) = &answer {
            let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source()).map(ToString::to_string);
            self.lose_trust(Distrust::Unwritable { cause: causes.collect::<Vec<_>>().join(": ") });
        }
        self.told(answer)
    }
}

#[async_trait]
impl Ledger for Watched {
    async fn record(&self, batch: Arc<Prepared>, expected_head: i64) -> Result<Submitted, LedgerError> {
        self.may_be_written()?;
        self.written(self.ledger.record(batch, expected_head).await)
    }

    fn schema(&self) -> Schema {
        self.ledger.schema()
    }

    async fn head(&self) -> Result<Position, LedgerError> {
        self.told(self.ledger.head().await)
    }

    async fn standing(&self, origins: &[&str]) -> Result<Standing, LedgerError> {
        self.told(self.ledger.standing(origins).await)
    }

    async fn receipt(&self, batch_id: &str) -> Result<Option<Receipt>, LedgerError> {
        self.told(self.ledger.receipt(batch_id).await)
    }

    async fn receipts(&self, after_sequence: i64, limit: u32) -> Result<Vec<Receipt>, LedgerError> {
        self.told(self.ledger.receipts(after_sequence, limit).await)
    }

    async fn facts(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedFact>, LedgerError> {
        self.told(self.ledger.facts(after, through_sequence, limit).await)
    }

    async fn events(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedEvent>, LedgerError> {
        self.told(self.ledger.events(after, through_sequence, limit).await)
    }

    async fn recorded_events(&self, keys: Vec<EventKey>) -> Result<Vec<RecordedEvent>, LedgerError> {
        self.told(self.ledger.recorded_events(keys).await)
    }

    async fn feeds(&self, after_origin: &str, limit: u32) -> Result<Vec<Feed>, LedgerError> {
        self.told(self.ledger.feeds(after_origin, limit).await)
    }

    async fn close(&self, closing: NewClosing, expected_head: i64) -> Result<Closing, LedgerError> {
        self.may_be_written()?;
        self.written(self.ledger.close(closing, expected_head).await)
    }

    async fn closings(&self) -> Result<Vec<Closing>, LedgerError> {
        self.told(self.ledger.closings().await)
    }

    async fn sequence_at(&self, moment_micros: i64) -> Result<i64, LedgerError> {
        self.told(self.ledger.sequence_at(moment_micros).await)
    }

    async fn verify(&self) -> Result<Verification, LedgerError> {
        let found = self.told(self.ledger.verify().await)?;
        if let Verification::Broken { sequence, cause, .. } = &found {
            self.lose_trust(Distrust::Damaged { sequence: Some(*sequence).filter(|sequence| *sequence > 0), cause: cause.clone() });
        }
        Ok(found)
    }

    fn subscribe(&self) -> watch::Receiver<i64> {
        self.ledger.subscribe()
    }
}
