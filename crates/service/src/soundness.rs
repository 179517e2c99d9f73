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
pub struct Soundness {
    doubts: Arc<Doubts>,
    /// Whether what it is told of can be made good apart from the rest.
    apart: bool,
}

/// How many doubts there have been.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Raised {
    /// About what can be made good apart from the rest.
    pub apart: u64,
    /// About anything else.
    pub other: u64,
}

#[derive(Debug, Default)]
struct Doubts {
    apart: Count,
    other: Count,
    wake: Notify,
    /// Told whenever something is in doubt, or made good.
    turned: Notify,
}

#[derive(Debug, Default)]
struct Count {
    raised: AtomicU64,
    /// How many of them are made good; all of them, when nothing is in doubt.
    settled: AtomicU64,
}

/// What was sound when work began.
#[derive(Debug, Clone)]
pub struct Sound {
    doubts: Arc<Doubts>,
    raised: Raised,
}

impl Doubts {
    fn raised(&self) -> Raised {
        let [apart, other] = [&self.apart, &self.other].map(|count| count.raised.load(Ordering::SeqCst));
        Raised { apart, other }
    }

    fn settled(&self) -> Raised {
        let [apart, other] = [&self.apart, &self.other].map(|count| count.settled.load(Ordering::SeqCst));
        Raised { apart, other }
    }
}

impl Soundness {
    /// The same, for what can be made good apart from the rest. Nothing is answered meanwhile either way.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self { doubts: self.doubts.clone(), apart: true }
    }

    /// Something could not be read: nothing that was begun can be relied on.
    pub fn doubt(&self) {
        let count = if self.apart { &self.doubts.apart } else { &self.doubts.other };
        count.raised.fetch_add(1, Ordering::SeqCst);
        self.doubts.wake.notify_one();
        self.doubts.turned.notify_waiters();
    }

    /// Begins work that relies on it.
    ///
    /// # Errors
    ///
    /// `UNAVAILABLE` while something is in doubt.
    pub fn begin(&self) -> Result<Sound, Refusal> {
        // The settled first: a doubt raised in between is then seen.
        let settled = self.doubts.settled();
        let raised = self.raised();
        if raised == settled { Ok(Sound { doubts: self.doubts.clone(), raised }) } else { Err(unsound()) }
    }

    /// How many doubts there have been.
    pub fn raised(&self) -> Raised {
        self.doubts.raised()
    }

    /// The doubts up to that many are made good.
    pub fn settle(&self, raised: Raised) {
        self.doubts.apart.settled.fetch_max(raised.apart, Ordering::SeqCst);
        self.doubts.other.settled.fetch_max(raised.other, Ordering::SeqCst);
        self.doubts.turned.notify_waiters();
    }

    /// Raises a doubt if work panics while what is given is held: for who changes something in several steps, each of which may panic.
    pub fn while_changing(&self) -> Changing<'_> {
        Changing(self)
    }

    /// Until something is in doubt, or until nothing is any more. For one who only tells of it.
    pub async fn becomes(&self, sound: bool) {
        loop {
            // Listening comes first: what turns after the look is then heard.
            let turned = self.doubts.turned.notified();
            if self.begin().is_ok() == sound {
                return;
            }
            turned.await;
        }
    }

    /// Until something is in doubt; whether that is only what can be made good apart. For one who makes them good.
    pub async fn doubted(&self) -> bool {
        loop {
            let (settled, raised) = (self.doubts.settled(), self.raised());
            if raised != settled {
                return raised.other == settled.other;
            }
            self.doubts.wake.notified().await;
        }
    }
}

/// Something is being changed: let it go where the change is whole.
#[must_use = "it is held while something is changed"]
#[derive(Debug)]
pub struct Changing<'a>(&'a Soundness);

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.doubt();
        }
    }
}

impl Sound {
    /// Whether nothing has come into doubt since.
    pub fn holds(&self) -> bool {
        self.doubts.raised() == self.raised
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

    #[test]
    fn what_a_panic_leaves_half_changed_is_in_doubt() {
        let soundness = Soundness::default();
        drop(soundness.while_changing());
        assert!(soundness.begin().is_ok(), "it was changed to the end");
        let half_done = crate::panic::guarded(|| {
            let _changing = soundness.while_changing();
            panic!("half done");
        });
        assert!(half_done.is_err() && soundness.begin().is_err());
    }

    #[tokio::test]
    async fn who_tells_of_it_hears_of_each_turn() {
        let soundness = Soundness::default();
        soundness.becomes(true).await;
        let turned = tokio::spawn({
            let soundness = soundness.clone();
            async move {
                soundness.becomes(false).await;
                soundness.becomes(true).await;
            }
        });
        soundness.doubt();
        soundness.becomes(false).await;
        tokio::task::yield_now().await;
        soundness.settle(soundness.raised());
        turned.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_made_good_apart_leaves_other_doubts() {
        let soundness = Soundness::default();
        let (begun, apart) = (soundness.begin().unwrap(), soundness.apart());
        apart.doubt();
        assert!(begun.check().is_err() && soundness.begin().is_err(), "nothing is answered meanwhile");
        assert!(soundness.doubted().await, "only what can be made good apart");
        let known = soundness.raised();
        soundness.doubt();
        assert!(!soundness.doubted().await);
        soundness.settle(Raised { other: 0, ..known });
        assert!(soundness.begin().is_err(), "the other is not made good");
        soundness.settle(soundness.raised());
        assert!(soundness.begin().is_ok() && !begun.holds());
    }
}
