//! The one writer: a thread that owns the writing connection and does one transaction after the other, to their end even when
//! the caller has gone.

use std::fs::File;
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::LedgerError;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// Jobs that may wait before callers do.
const QUEUE: usize = 64;

/// Hands work to the thread.
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, which holds the file for this process as long as it runs.
    pub(super) fn start(mut connection: Connection, lock: File) -> Result<Self, LedgerError> {
        let (jobs, mut queue) = mpsc::channel::<Job>(QUEUE);
        let work = move || {
            while let Some(job) = queue.blocking_recv() {
                job(&mut connection);
            }
            if let Err((_, error)) = connection.close() {
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
        work: impl FnOnce(&mut Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let stopped = || LedgerError::Storage { doing: "writing", source: "the writer has stopped after an earlier failure".into() };
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // A caller that has gone does not need the answer.
            let _ = answer.send(work(connection));
        });
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        jobs.send(job).await.map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
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
