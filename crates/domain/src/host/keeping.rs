//! The snapshot that the next start goes on from and in which facts lie meanwhile, and what becomes of a disk that does not give it back.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use piramide_ledger::LedgerError;
use piramide_service::soundness::{Raised, Soundness};

use super::{Host, Knowledge, past::RECALLS};
use crate::{
    Domain, Facts,
    facts::{LaidOut, Sheets, Snapshots},
};

/// How often a snapshot is kept while facts come in: what a start after a power cut may have to read again.
const SNAPSHOT_EVERY: Duration = Duration::from_mins(5);
/// How often it is looked whether so many facts have come in that memory is to be relieved of them before.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Keeping snapshots before their time takes at most one part in so many.
const SHARE: u32 = 20;
/// Subjects whose facts leave memory at once: whoever records waits for that.
const LAID_AT_ONCE: usize = 64;

impl<D: Domain> Host<D> {
    /// Keeps a snapshot now and then, when something was recorded, for a start after an end that was not orderly; and before its time when
    /// much has come in, which then leaves memory.
    pub(crate) async fn keep_snapshots(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(LOOK_EVERY);
        let (mut next, mut relief) = (Instant::now(), Instant::now());
        loop {
            ticks.tick().await;
            self.spare.look();
            let (last, heavy) = {
                let now = self.now.read().await;
                (now.facts.last_batch(), now.facts.are_heavy())
            };
            let began = Instant::now();
            let is_due = if heavy { relief <= began } else { next <= began };
            // Of what cannot be read none is written.
            if !is_due || self.kept.load(Ordering::Acquire) == last || self.soundness().begin().is_err() {
                continue;
            }
            relief = if self.clone().keep_snapshot().await { began + began.elapsed() * SHARE } else { began + SNAPSHOT_EVERY };
            next = began + SNAPSHOT_EVERY;
        }
    }

    /// Keeps a snapshot for the next start, and lets the facts lie in it. A failure costs that start its time and this one its memory, nothing
    /// else. Gives whether it was kept.
    pub(crate) async fn keep_snapshot(self: Arc<Self>) -> bool {
        let kept = tokio::task::spawn_blocking(move || -> std::io::Result<()> {
            let Some(snapshots) = &self.snapshots else { return Ok(()) };
            let _keeping = self.keeping.lock().unwrap_or_else(PoisonError::into_inner);
            // From a copy of what is in memory: nobody waits while it is written.
            let facts = self.blocking_now().facts.clone();
            let Some(fresh) = snapshots.write(&facts)? else { return Ok(()) };
            let laid = fresh.keep()?;
            self.kept.store(facts.last_batch(), Ordering::Release);
            drop(facts);
            self.lay_down(&laid);
            self.make_sheets_again(snapshots);
            Ok(())
        });
        match kept.await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "no snapshot is kept: the next start reads the ledger");
            }
            Err(error) => tracing::error!(error = &error as &dyn std::error::Error, "keeping a snapshot was given up"),
        }
        false
    }

    /// Lets the facts in force lie in a snapshot, some at a time.
    fn lay_down(&self, laid: &LaidOut) {
        for first in (0..laid.len()).step_by(LAID_AT_ONCE) {
            let mut now = self.now.blocking_write();
            let _changing = self.soundness.while_changing();
            now.facts.lay_down(laid, first..first + LAID_AT_ONCE);
        }
    }

    /// Makes the sheets again where some were given up. Nobody waits while they are made.
    fn make_sheets_again(&self, snapshots: &Snapshots) {
        let begun = self.now.blocking_write().facts.begin_sheets_again();
        if let Some(facts) = begun {
            let sheets = Sheets::of(&facts, Some(snapshots));
            self.now.blocking_write().facts.put_sheets_again(sheets);
        }
    }

    /// What answers rely on.
    pub(crate) fn soundness(&self) -> Soundness {
        self.soundness.clone()
    }

    /// Makes everything again from the ledger whenever something of it could not be read; what is known of the past alone is given up, and made
    /// again when it is asked for. Until then nothing is answered.
    pub(crate) async fn heal(&self) {
        const AGAIN: Duration = Duration::from_secs(1);
        const LONG: Duration = Duration::from_mins(1);
        const LATELY: Duration = Duration::from_mins(10);
        let (soundness, mut healed, mut pause) = (self.soundness(), None::<Instant>, AGAIN);
        loop {
            if soundness.doubted().await {
                soundness.settle(self.give_up_past().await);
                tracing::warn!("what was known in the past and could not be read is made again when it is asked for");
                continue;
            }
            // A disk that gave back other bytes than it had just been given has no part in it: facts stay in memory until the next snapshot, and
            // the next time comes later.
            let lately = healed.is_some_and(|healed| healed.elapsed() < LATELY);
            pause = if lately { (pause * 2).min(LONG) } else { AGAIN };
            if lately {
                tokio::time::sleep(pause).await;
            }
            match self.make_again(self.snapshots.as_ref().filter(|_| !lately)).await {
                Ok(raised) => {
                    soundness.settle(raised);
                    healed = Some(Instant::now());
                    tracing::warn!("what could not be read is made again from the ledger");
                }
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "what could not be read cannot be made again from the ledger yet"
                    );
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// Gives up every past state. Gives the doubts that makes good: its files are compared with their digests before they are used again.
    async fn give_up_past(&self) -> Raised {
        // None is being made from what could not be read, and none is remembered.
        let _alone = self.recalls.acquire_many(u32::try_from(RECALLS).unwrap_or(u32::MAX)).await.ok();
        self.give_up_files_of_the_past();
        Raised { other: 0, ..self.soundness().raised() }
    }

    /// Forgets every past state, and the sheets of each: those are not compared as a whole before they are used.
    fn give_up_files_of_the_past(&self) {
        self.forget_past();
        if let Some(snapshots) = &self.snapshots {
            snapshots.give_up_sheets();
        }
    }

    /// Makes everything again from the ledger. Gives the doubts that makes good.
    pub(super) async fn make_again(&self, snapshots: Option<&Snapshots>) -> Result<Raised, LedgerError> {
        // No past state is being made from what could not be read, and none is remembered.
        let _alone = self.recalls.acquire_many(u32::try_from(RECALLS).unwrap_or(u32::MAX)).await.ok();
        self.give_up_files_of_the_past();
        let _recording = self.recording.lock().await;
        // Whoever still read what is given up has ended, and none begins: doubts from now on are of what is made.
        drop(self.now.write().await);
        let raised = self.soundness().raised();
        let head = self.ledger.head().await?.sequence;
        let made = Knowledge::grown(Facts::default(), &self.plans, self.ledger.as_ref(), snapshots, head).await?;
        *self.now.write().await = made;
        self.kept.store(0, Ordering::Release);
        // The same sequence, other answers: whoever keeps them must ask again.
        self.changed.send_modify(|_| ());
        Ok(raised)
    }
}
