//! Whether what a service answers from can be relied on: it may lie on a disk that fails while an answer is being made.
//!
//! Whoever cannot read what was asked for says so here, wherever it is, and goes on with nothing in its hands; no answer that was begun before
//! is given, and none is begun until what was lost is made good. So a figure that lacks something never leaves, without every sum
//! having to know of disks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::refusal::{Refusal, reason};

/// When to ask again while something is in doubt.
const AGAIN: Duration = Duration::from_secs(1);

/// Doubts about what answers are made from, shared by all who have or settle them.
#[derive(Debug, Clone, Default)]
pub struct Soundness(Arc<Doubts>);

#[derive(Debug, Default)]
struct Doubts {
    raised: AtomicU64,
    /// How many of them are made good; all of them, when nothing is in doubt.
    settled: AtomicU64,
    wake: Notify,
}

/// What was sound when work began.
#[derive(Debug, Clone)]
pub struct Sound {
    doubts: Arc<Doubts>,
    raised: u64,
}

impl Soundness {
    /// Something could not be read: nothing that was begun can be relied on.
    pub fn doubt(&self) {
        self.0.raised.fetch_add(1, Ordering::SeqCst);
        self.0.wake.notify_one();
    }

    /// Begins work that relies on it.
    ///
    /// # Errors
    ///
    /// `UNAVAILABLE` while something is in doubt.
    pub fn begin(&self) -> Result<Sound, Refusal> {
        // The settled first: a doubt raised in between is then seen.
        let settled = self.0.settled.load(Ordering::SeqCst);
        let raised = self.raised();
        if raised == settled { Ok(Sound { doubts: self.0.clone(), raised }) } else { Err(unsound()) }
    }

    /// How many doubts there have been.
    pub fn raised(&self) -> u64 {
        self.0.raised.load(Ordering::SeqCst)
    }

    /// The doubts up to that many are made good.
    pub fn settle(&self, raised: u64) {
        self.0.settled.fetch_max(raised, Ordering::SeqCst);
    }

    /// Until something is in doubt; how many doubts there have been then. For one who makes them good.
    pub async fn doubted(&self) -> u64 {
        loop {
            let raised = self.raised();
            if raised > self.0.settled.load(Ordering::SeqCst) {
                return raised;
            }
            self.0.wake.notified().await;
        }
    }
}

impl Sound {
    /// Whether nothing has come into doubt since.
    pub fn holds(&self) -> bool {
        self.doubts.raised.load(Ordering::SeqCst) == self.raised
    }

    /// The same, as an answer.
    ///
    /// # Errors
    ///
    /// `UNAVAILABLE` when something has.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.holds() { Ok(()) } else { Err(unsound()) }
    }
}

/// What is answered instead.
pub(crate) fn unsound() -> Refusal {
    Refusal::unavailable(reason::UNSOUND, "what answers are made from could not be read, and is being made again: try again later")
        .retry_after(AGAIN)
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn nothing_that_was_begun_before_a_doubt_holds_after_it() {
        let soundness = Soundness::default();
        let begun = soundness.begin().unwrap();
        assert!(begun.holds());
        soundness.doubt();
        assert_eq!(soundness.begin().unwrap_err().code, Code::Unavailable);
        assert_eq!(begun.check().unwrap_err().code, Code::Unavailable);
        let raised = soundness.raised();
        soundness.doubt();
        soundness.settle(raised);
        assert!(soundness.begin().is_err(), "the second is not made good");
        soundness.settle(soundness.raised());
        assert!(soundness.begin().unwrap().holds());
        assert!(!begun.holds(), "it was made from what could not be read");
    }
}
