//! The one writer: a thread that owns the writing connection and does one transaction after the other, to their end even when
//! the caller has gone.
//!
//! After a failure of the disk nothing more is written: what it holds of the write that failed nobody knows, and asking it again may make it
//! forget what it could not keep. The same after a panic, which leaves nobody knows what. The file stays owned, so that nobody else tries.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tokio::sync::{mpsc, oneshot};

use super::connection::Writing;
use crate::LedgerError;

/// Work, which says whether more may follow.
type Job = Box<dyn FnOnce(&mut Writing) -> bool + Send>;

/// Jobs that may wait before callers do.
const QUEUE: usize = 64;

/// Hands work to the thread.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, which holds the file for this process as long as it runs.
    pub(super) fn start(connection: Connection, lock: File) -> Result<Self, LedgerError> {
        let (jobs, mut queue) = mpsc::channel::<Job>(QUEUE);
        let work = move || {
            let mut writing = Writing::new(connection);
            let mut goes_on = true;
            while let Some(job) = queue.blocking_recv() {
                // Work that is let go answers that the writer has stopped; so does work that panicked, of which nothing is used any more.
                goes_on = goes_on && catch_unwind(AssertUnwindSafe(|| job(&mut writing))).unwrap_or(false);
            }
            if !goes_on && let Err(error) = writing.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
                tracing::warn!(%error, "the ledger file may be written once more as it is closed");
            }
            if let Err((_, error)) = writing.connection.close() {
                tracing::warn!(%error, "the ledger file was not closed cleanly; nothing recorded is lost");
            }
            drop(lock);
        };
        let thread = std::thread::Builder::new().name("ledger-writer".to_owned()).spawn(work);
        let thread = thread.map_err(|source| LedgerError::Storage { doing: "starting the writer", source: source.into() })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Does the work on the thread.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writing) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |writing| {
            let done = work(writing);
            let goes_on = !matches!(done, Err(LedgerError::Disk { .. }));
            // A caller that has gone does not need the answer.
            let _ = answer.send(done);
            goes_on
        });
        let jobs = self.jobs.as_ref().ok_or(LedgerError::Stopped)?;
        jobs.send(job).await.map_err(|_| LedgerError::Stopped)?;
        answered.await.map_err(|_| LedgerError::Stopped)?
    }
}

impl Drop for Writer {
    /// Waits for the transaction under way, so that whoever drops a ledger can open the file again.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has nothing left to finish.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes after a write of that outcome.
    async fn after(write: impl FnOnce() -> Result<(), LedgerError> + Send + 'static) -> [Result<(), LedgerError>; 2] {
        let folder = tempfile::tempdir().unwrap();
        let lock = File::create(folder.path().join("lock")).unwrap();
        let writer = Writer::start(Connection::open(folder.path().join("ledger.db")).unwrap(), lock).unwrap();
        let first = writer.run(|_| write()).await;
        [first, writer.run(|writing| writing.connection.execute_batch("CREATE TABLE t (x)").map_err(|e| panic!("{e}"))).await]
    }

    #[tokio::test]
    async fn nothing_is_written_after_a_disk_that_failed_or_a_panic() {
        let disk = || Err(LedgerError::Disk { doing: "committing a batch", source: "input/output error".into() });
        assert!(matches!(after(disk).await, [Err(LedgerError::Disk { .. }), Err(LedgerError::Stopped)]));
        assert!(matches!(after(|| panic!("a defect")).await, [Err(LedgerError::Stopped), Err(LedgerError::Stopped)]));
        let full = || Err(LedgerError::StorageFull("full".into()));
        assert!(matches!(after(full).await, [Err(LedgerError::StorageFull(_)), Ok(())]));
    }
}
