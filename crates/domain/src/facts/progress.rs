//! Telling how far a long reading has come.

use std::time::{Duration, Instant};

/// Facts read from the ledger, told now and then while there are many to read.
pub(super) struct Progress {
    pub(super) expected: u64,
    read: u64,
    told: Instant,
}

impl Default for Progress {
    fn default() -> Self {
        Self { expected: 0, read: 0, told: Instant::now() }
    }
}

impl Progress {
    pub(super) fn more(&mut self, facts: usize) {
        const EVERY: Duration = Duration::from_secs(1);
        self.read += u64::try_from(facts).unwrap_or_default();
        if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            tracing::info!(read = self.read, of = self.expected, "reading the facts of the ledger");
        }
    }
}
