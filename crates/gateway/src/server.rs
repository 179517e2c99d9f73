//! Connections of people and programs: accepted within limits, drained at the end.
//!
//! `axum::serve` waits for ever for a peer that sends its request byte by byte, or that never ends; here every connection must send
//! a whole request head in time and take what it asked for, and the drain has an end.

mod patience;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use piramide_service::{AtWork, Shutdown, server::Drained, tls::Acceptor};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::{JoinError, JoinHandle, JoinSet},
    time::timeout,
};

use patience::Patient;

/// Time to send the head of a request, the wait between two requests included.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Wait after a failed accept: out of file descriptors, trying again at once would only burn the processor.
const ACCEPT_WAIT: Duration = Duration::from_millis(50);

/// Where and how connections are accepted.
pub(crate) struct Door {
    pub(crate) listener: TcpListener,
    pub(crate) tls: Option<Acceptor>,
    pub(crate) connections: usize,
    pub(crate) patience: Duration,
    /// Time for a peer to take some of what waits for it.
    pub(crate) write_timeout: Duration,
}

/// The gateway at work. Dropping it does not stop it; [`Running::stop`] does, and [`Running::join`] waits for the end.
#[derive(Debug)]
pub struct Running {
    /// Where it answers: the port is the real one, also when the system chose it.
    pub address: SocketAddr,
    shutdown: Shutdown,
    task: JoinHandle<Drained>,
}

impl Running {
    /// Starts the drain, as SIGTERM does.
    pub fn stop(&self) {
        self.shutdown.begin();
    }

    /// Waits for the end of the drain.
    ///
    /// # Errors
    ///
    /// When the server's own task was lost.
    pub async fn join(self) -> Result<Drained, JoinError> {
        self.task.await
    }
}

impl AtWork for Running {
    type Error = JoinError;

    fn grpc(&self) -> Option<SocketAddr> {
        None
    }

    fn http(&self) -> Option<SocketAddr> {
        Some(self.address)
    }

    fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    fn join(self) -> impl Future<Output = Result<Drained, JoinError>> {
        Self::join(self)
    }
}

/// Answers on the door until the switch is turned.
pub(crate) fn open(door: Door, address: SocketAddr, router: Router, shutdown: Shutdown) -> Running {
    let task = tokio::spawn(accept(door, router, shutdown.clone()));
    Running { address, shutdown, task }
}

async fn accept(door: Door, router: Router, shutdown: Shutdown) -> Drained {
    let places = Arc::new(Semaphore::new(door.connections));
    let graceful = GracefulShutdown::new();
    // Dropped at the end, which cuts what is still open.
    let mut connections = JoinSet::new();
    while let Some((place, stream, peer)) = next(&door.listener, &places, &shutdown).await {
        while connections.try_join_next().is_some() {}
        connections.spawn(connection(
            Patient::new(stream, door.write_timeout),
            peer,
            door.tls.clone(),
            router.clone(),
            graceful.watcher(),
            place,
        ));
    }
    drop(door.listener);
    if timeout(door.patience, graceful.shutdown()).await.is_err() {
        tracing::warn!(patience = ?door.patience, "connections are still open: cutting them");
        return Drained::Cut;
    }
    Drained::Finished
}

/// The next connection and its place; none once the switch is turned. Beyond the limit, connections wait in the kernel's queue.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    shutdown: &Shutdown,
) -> Option<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    loop {
        let accepted = async {
            let place = Arc::clone(places).acquire_owned().await.ok()?;
            Some((place, listener.accept().await))
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted?,
            () = shutdown.begun() => return None,
        };
        match accepted {
            Ok((stream, peer)) => {
                // An answer leaves at once; a peer already gone is found out by the first read.
                let _ = stream.set_nodelay(true);
                return Some((place, stream, peer));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_WAIT).await;
            }
        }
    }
}

async fn connection(
    stream: Patient,
    peer: SocketAddr,
    tls: Option<Acceptor>,
    router: Router,
    watcher: Watcher,
    _place: OwnedSemaphorePermit,
) {
    let Some(tls) = tls else {
        return serve(stream, router, watcher).await;
    };
    if let Some(stream) = tls.accept(stream, Some(peer)).await {
        serve(stream, router, watcher).await;
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router, watcher: Watcher) {
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "a connection ended early");
    }
}
