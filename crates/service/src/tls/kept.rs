//! What was made of files, made again when they change.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::TlsError;
use super::files::{Files, Named};

/// How it is made.
type Make<T> = Box<dyn Fn(&Files) -> Result<T, TlsError> + Send + Sync>;

/// Changed files taken up, and checks that found them unusable.
const RELOADS: &str = "tls_reloads_total";

/// What is made of files. Clones share it.
pub(crate) struct Kept<T>(Arc<Shared<T>>);

struct Shared<T> {
    /// Who keeps it, for the log and the metric.
    side: &'static str,
    named: Vec<Named>,
    every: Duration,
    make: Make<T>,
    watched: AtomicBool,
    state: Mutex<State<T>>,
}

struct State<T> {
    current: Version<T>,
    files: Files,
    /// What was last said of files that cannot be used; `None` once they can.
    complaint: Option<String>,
}

/// What is in use, and how many were before it.
pub(crate) struct Version<T> {
    pub(crate) number: u64,
    pub(crate) made: Arc<T>,
}

impl<T: Send + Sync + 'static> Kept<T> {
    pub(super) fn new(
        side: &'static str,
        named: Vec<Named>,
        every: Duration,
        make: impl Fn(&Files) -> Result<T, TlsError> + Send + Sync + 'static,
    ) -> Result<Self, TlsError> {
        let files = Files::read(&named)?;
        let current = Version { number: 0, made: Arc::new(make(&files)?) };
        let state = Mutex::new(State { current, files, complaint: None });
        Ok(Self(Arc::new(Shared { side, named, every, make: Box::new(make), watched: AtomicBool::new(false), state })))
    }

    /// What is in use now.
    pub(crate) fn current(&self) -> Version<T> {
        self.0.state().current.clone()
    }

    /// Reads the files again from time to time, from the first call on and for as long as anyone keeps what is made of them. It must be
    /// called inside the runtime.
    pub(crate) fn watch(&self) {
        if self.0.named.is_empty() || self.0.watched.swap(true, Ordering::Relaxed) {
            return;
        }
        let (kept, every) = (Arc::downgrade(&self.0), self.0.every);
        tokio::spawn(async move {
            loop {
                sleep(every).await;
                let Some(shared) = kept.upgrade() else { return };
                // Files may lie on a disk that takes its time. A check that breaks off leaves what was in use, and the next is made.
                let _ = spawn_blocking(move || shared.check()).await;
            }
        });
    }
}

impl<T> Shared<T> {
    /// Whoever broke off here left what was in use.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up what the files hold if that is not what is in use. Only one task checks.
    fn check(&self) {
        let read = Files::read(&self.named);
        if let Ok(files) = &read
            && *files == self.state().files
        {
            self.state().complaint = None;
            return;
        }
        match read.and_then(|files| Ok(((self.make)(&files)?, files))) {
            Ok((made, files)) => {
                let mut state = self.state();
                let current = Version { number: state.current.number.saturating_add(1), made: Arc::new(made) };
                *state = State { current, files, complaint: None };
                drop(state);
                metrics::counter!(RELOADS, "side" => self.side, "outcome" => "taken").increment(1);
                tracing::info!(side = self.side, "new certificates are in use for new connections");
            }
            Err(error) => {
                metrics::counter!(RELOADS, "side" => self.side, "outcome" => "refused").increment(1);
                let reason = in_full(&error);
                let mut state = self.state();
                if state.complaint.as_ref() != Some(&reason) {
                    tracing::warn!(side = self.side, reason, "changed certificates cannot be used: those read before stay in use");
                    state.complaint = Some(reason);
                }
            }
        }
    }
}

/// An error with its causes.
fn in_full(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&cause| cause.source()).map(ToString::to_string);
    causes.collect::<Vec<_>>().join(": ")
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> Clone for Version<T> {
    fn clone(&self) -> Self {
        Self { number: self.number, made: Arc::clone(&self.made) }
    }
}

impl<T> fmt::Debug for Kept<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither keys nor what is made of them.
        f.debug_struct("Kept").field("side", &self.0.side).field("files", &self.0.named).finish_non_exhaustive()
    }
}
