//! TLS before HTTP/2: what comes in, once its handshake is done.
//!
//! tonic can do this itself, with certificates that never change.

use std::io;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tokio_stream::{Stream, StreamExt};

use super::peer::Peer;
use crate::shutdown::Shutdown;
use crate::tls::Acceptor;

/// Connections that are done with their handshake and not yet taken by the transport, which takes them at once.
const WAITING: usize = 64;

/// Wait after a failed accept: out of file descriptors, trying again at once would only burn the processor.
const ACCEPT_WAIT: Duration = Duration::from_millis(50);

/// The connections of peers that did their handshake, side by side, until the drain begins: those that are then still at it are let go.
pub(super) fn secured<S>(mut incoming: S, acceptor: Acceptor, drain: &Shutdown) -> ReceiverStream<io::Result<TlsStream<Peer>>>
where
    S: Stream<Item = io::Result<Peer>> + Send + Unpin + 'static,
{
    let (done, waiting) = mpsc::channel(WAITING);
    let drain = drain.clone();
    tokio::spawn(async move {
        let mut handshakes = JoinSet::new();
        loop {
            let next = tokio::select! {
                next = incoming.next() => next,
                () = drain.begun() => return,
            };
            while handshakes.try_join_next().is_some() {}
            match next {
                Some(Ok(peer)) => {
                    let (acceptor, done) = (acceptor.clone(), done.clone());
                    handshakes.spawn(async move {
                        let address = peer.address();
                        if let Some(stream) = acceptor.accept(peer, address).await {
                            // Nobody takes it any more once the drain has begun.
                            let _ = done.send(Ok(stream)).await;
                        }
                    });
                }
                Some(Err(error)) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(ACCEPT_WAIT).await;
                }
                None => return,
            }
        }
    });
    ReceiverStream::new(waiting)
}
