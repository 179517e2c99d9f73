//! A server at work, and its orderly end.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout;

use super::health::Health;
use crate::entry::AtWork;
use crate::shutdown::Shutdown;

/// Time that connections have to notice that they were cut.
const CUT_TIME: Duration = Duration::from_secs(1);

/// A server at work. Dropping it does not stop it; [`Running::stop`] does, and [`Running::join`] waits for the end.
#[derive(Debug)]
pub struct Running {
    /// Where gRPC is answered: the port is the real one, also when the system chose it.
    pub address: SocketAddr,
    /// Where the HTTP side door is, if it is open.
    pub http_address: Option<SocketAddr>,
    shutdown: Shutdown,
    health: Health,
    task: JoinHandle<Result<Drained, ServeError>>,
}

/// How the drain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drained {
    /// All accepted work was finished.
    Finished,
    /// The time for the drain was over: what was still open was cut.
    Cut,
}

/// Why a server ended that should not have, or should.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The service said that it cannot go on.
    #[error("the service cannot go on: {0}")]
    Failed(String),
    /// The transport gave up.
    #[error("the server stopped by itself")]
    Transport(#[source] tonic::transport::Error),
    /// The server's own task was lost.
    #[error("the task of the server ended early")]
    Lost(#[source] JoinError),
}

/// The switches of a server: `shutdown` asks for the end; then `drain` stops accepting, after health has said so; then
/// `cut` closes what is left.
pub(super) struct Parts {
    pub(super) shutdown: Shutdown,
    pub(super) drain: Shutdown,
    pub(super) cut: Shutdown,
    pub(super) health: Health,
    pub(super) patience: Duration,
    pub(super) afterwards: Option<Afterwards>,
}

/// What is left to do once nothing is served.
pub(super) struct Afterwards(pub(super) Pin<Box<dyn Future<Output = ()> + Send>>);

impl fmt::Debug for Afterwards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Afterwards")
    }
}

/// The transport at work, over TLS or not.
pub(super) type Serve = Pin<Box<dyn Future<Output = Result<(), tonic::transport::Error>> + Send>>;

pub(super) fn spawn(
    serving: Serve,
    door: Option<JoinHandle<()>>,
    mut parts: Parts,
    address: SocketAddr,
    http_address: Option<SocketAddr>,
) -> Running {
    let (shutdown, health, afterwards) = (parts.shutdown.clone(), parts.health.clone(), parts.afterwards.take());
    let serving = tokio::spawn(serving);
    let task = tokio::spawn(async move {
        let ended = supervise(serving, parts).await;
        if let Some(Afterwards(work)) = afterwards {
            work.await;
        }
        if let Some(door) = door {
            door.abort();
        }
        ended
    });
    Running { address, http_address, shutdown, health, task }
}

type Serving = JoinHandle<Result<(), tonic::transport::Error>>;

async fn supervise(mut serving: Serving, parts: Parts) -> Result<Drained, ServeError> {
    tokio::select! {
        // Serving ends before it is told to only when the transport fails.
        ended = &mut serving => {
            parts.shutdown.fail("the transport ended");
            return outcome(ended, Drained::Cut);
        }
        () = parts.shutdown.begun() => {}
    }
    tracing::info!(patience = ?parts.patience, "stopping: no new work, finishing what was accepted");
    parts.health.drain().await;
    parts.drain.begin();
    let ended = if let Ok(ended) = timeout(parts.patience, &mut serving).await {
        outcome(ended, Drained::Finished)
    } else {
        tracing::warn!(patience = ?parts.patience, "calls are still open: cutting them");
        parts.cut.begin();
        cut(serving).await
    };
    match parts.shutdown.failure() {
        Some(reason) => Err(ServeError::Failed(reason)),
        None => ended,
    }
}

/// Waits for connections that were cut, and for no longer than that takes.
async fn cut(mut serving: Serving) -> Result<Drained, ServeError> {
    if let Ok(ended) = timeout(CUT_TIME, &mut serving).await {
        return outcome(ended, Drained::Cut);
    }
    serving.abort();
    Ok(Drained::Cut)
}

fn outcome(ended: Result<Result<(), tonic::transport::Error>, JoinError>, drained: Drained) -> Result<Drained, ServeError> {
    match ended {
        Ok(Ok(())) => Ok(drained),
        Ok(Err(error)) => Err(ServeError::Transport(error)),
        Err(error) => Err(ServeError::Lost(error)),
    }
}

impl Running {
    /// Starts the drain, as SIGTERM does.
    pub fn stop(&self) {
        self.shutdown.begin();
    }

    /// The switch, for others to turn or listen to.
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// The readiness of the service.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// The address as a URL for clients in plain text, for tests: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits for the end of the drain.
    ///
    /// # Errors
    ///
    /// [`ServeError`] if the server ended for another reason than being told to.
    pub async fn join(self) -> Result<Drained, ServeError> {
        self.task.await.map_err(ServeError::Lost)?
    }
}

impl AtWork for Running {
    type Error = ServeError;

    fn grpc(&self) -> Option<SocketAddr> {
        Some(self.address)
    }

    fn http(&self) -> Option<SocketAddr> {
        self.http_address
    }

    fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    fn join(self) -> impl Future<Output = Result<Drained, ServeError>> {
        Self::join(self)
    }
}
