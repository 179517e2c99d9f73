//! Reading connections: each read is one short transaction, so that the write-ahead log never waits long for a reader.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::connection;
use crate::LedgerError;

/// A few connections, opened when first needed.
#[derive(Clone)]
pub(super) struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Readers {
    /// As many as may read at the same time.
    pub(super) fn new(path: PathBuf, connections: usize) -> Self {
        Self { path, permits: Arc::new(Semaphore::new(connections)), idle: Arc::default() }
    }

    /// Does the work on a thread for blocking work.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let stopped = |source: crate::Cause| LedgerError::Storage { doing: "reading", source };
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|closed| stopped(closed.into()))?;
        let readers = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let connection = match readers.idle().pop() {
                Some(connection) => connection,
                None => connection::reader(&readers.path)?,
            };
            let result = work(&connection);
            readers.idle().push(connection);
            result
        });
        read.await.map_err(|panicked| stopped(panicked.into()))?
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        // Nothing can be half done in a list of idle connections.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
