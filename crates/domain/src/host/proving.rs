//! What a start has gone on from, proven while the service answers already.

use std::time::{Duration, Instant};

use piramide_ledger::LedgerError;

use super::Host;
use crate::{
    Domain, Facts,
    facts::{Snapshots, off_the_threads},
};

/// The first answers are given before: to read the whole ledger takes a disk and a processor.
const AT_LEAST: Duration = Duration::from_secs(2);
/// The same for large ledgers, as a multiple of what the start took.
const TIMES: u32 = 20;
/// When to try again where the ledger cannot be read.
const AGAIN: Duration = Duration::from_mins(1);

/// How long after a start what it has read from snapshots is compared with the ledger; `None` where there is nothing to compare.
pub(super) fn due(snapshots: Option<&Snapshots>, read: &Facts, began: Instant) -> Option<Duration> {
    let snapshots = snapshots?;
    (read.last_batch() > 0 || snapshots.keep_past_states()).then(|| AT_LEAST.max(began.elapsed() * TIMES))
}

impl<D: Domain> Host<D> {
    /// Compares what this start went on from, and what is kept of the past, with the ledger, so that nobody has to ask for verification. What
    /// differs is made again from the ledger.
    pub(crate) async fn prove(&self) {
        let (Some(snapshots), Some(mut pause)) = (&self.snapshots, self.due) else { return };
        loop {
            tokio::time::sleep(pause).await;
            let began = Instant::now();
            match self.is_proven(snapshots).await {
                Ok(true) => {
                    let proven_ms = began.elapsed().as_millis();
                    tracing::info!(proven_ms, "what the snapshots said is what the ledger says");
                    return;
                }
                Ok(false) => {
                    tracing::warn!("what a snapshot said that the ledger does not is made again from the ledger");
                    return;
                }
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "the snapshots cannot be compared with the ledger yet");
                }
            }
            pause = AGAIN;
        }
    }

    /// Whether what is in force and what is kept of the past is what the ledger says. Nobody waits while it is, whatever it takes.
    pub(super) async fn is_proven(&self, snapshots: &Snapshots) -> Result<bool, LedgerError> {
        let ledger = self.ledger.as_ref();
        let mut said = Facts::default();
        let altered = snapshots.check_past(ledger, &[], &mut said).await?;
        if let Some(sequence) = altered {
            tracing::error!(sequence, "what a snapshot of the past says is not what the ledger says: it is removed");
        } else {
            self.abreast().await?;
            // Of a copy: what comes in meanwhile is not held up, and came from the ledger.
            let now = self.now.read().await.facts.clone();
            snapshots.catch_up(&mut said, ledger, now.sequence()).await?;
            if off_the_threads(move || now == said).await {
                return Ok(true);
            }
        }
        // What was made from it is found and made again with everything at rest.
        self.is_faithful().await?;
        if altered.is_some() {
            // The same sequence, other answers: whoever keeps them must ask again.
            self.changed.send_modify(|_| ());
        }
        Ok(false)
    }
}
