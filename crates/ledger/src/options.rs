//! What can be set when a ledger is opened.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Clock, SystemClock};

/// Settings of a ledger; the defaults are those of a service in operation.
#[derive(Clone)]
pub struct Options {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) readers: usize,
    pub(crate) page_limit: PageLimit,
}

impl Default for Options {
    fn default() -> Self {
        let readers = std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 8);
        Self { clock: Arc::new(SystemClock), readers, page_limit: PageLimit::default() }
    }
}

impl Options {
    /// Takes the moment of recording from another clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Connections that read at the same time: as many as the cores, at least 2 and at most 8, if not said.
    #[must_use]
    pub fn readers(mut self, connections: usize) -> Self {
        self.readers = connections.max(1);
        self
    }

    /// Limits the size of an embedded ledger, so that it never takes the last of a volume that others need too.
    /// PostgreSQL has no such limit; its operator sets a quota on the volume.
    #[must_use]
    pub fn page_limit(mut self, limit: PageLimit) -> Self {
        self.page_limit = limit;
        self
    }
}

/// Most pages (4 KiB each) of an embedded ledger. It can be moved while the ledger is open: the next write obeys it.
#[derive(Debug, Clone)]
pub struct PageLimit(Arc<AtomicU32>);

impl PageLimit {
    /// SQLite's own maximum, which is no limit in practice.
    pub const NONE: u32 = 4_294_967_294;

    /// A limit of that many pages.
    pub fn new(pages: u32) -> Self {
        Self(Arc::new(AtomicU32::new(pages)))
    }

    /// Moves the limit. One below the present size stops the file from growing.
    pub fn set(&self, pages: u32) {
        self.0.store(pages, Ordering::Relaxed);
    }

    /// The limit now.
    pub fn pages(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self::new(Self::NONE)
    }
}
