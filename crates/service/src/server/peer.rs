//! A TCP connection that cannot hold the server: not at its start, not at the end.
//!
//! hyper waits without limit for a peer that connects and sends nothing, also while it drains. Here such a peer is let go
//! after five seconds, at once when the drain begins, and whatever is still open is cut when the drain has lasted too long.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tonic::transport::server::{Connected, TcpConnectInfo};

use crate::shutdown::Shutdown;

/// Bytes that any serious peer sends first: the HTTP/2 preface, or as much of a TLS greeting.
const GREETING: usize = 24;

/// Time for them.
const GREETING_TIME: Duration = Duration::from_secs(5);

type Signal = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A connection with its limits.
pub(super) struct Peer {
    stream: TcpStream,
    /// What ends the wait for the greeting; `None` once it has come.
    greeting: Option<Greeting>,
    cut: Signal,
}

struct Greeting {
    seen: usize,
    timer: Pin<Box<Sleep>>,
    drain: Signal,
}

impl Peer {
    pub(super) fn new(stream: TcpStream, drain: &Shutdown, cut: &Shutdown) -> Self {
        let greeting = Greeting { seen: 0, timer: Box::pin(sleep(GREETING_TIME)), drain: signal(drain) };
        Self { stream, greeting: Some(greeting), cut: signal(cut) }
    }

    /// Where it comes from, while that is known.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        self.stream.peer_addr().ok()
    }

    fn check_cut(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.cut.as_mut().poll(cx).is_ready() {
            return Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the drain is over"));
        }
        Ok(())
    }
}

fn signal(switch: &Shutdown) -> Signal {
    let switch = switch.clone();
    Box::pin(async move { switch.begun().await })
}

impl Greeting {
    fn is_over(&mut self, cx: &mut Context<'_>) -> bool {
        self.timer.as_mut().poll(cx).is_ready() || self.drain.as_mut().poll(cx).is_ready()
    }
}

impl AsyncRead for Peer {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.check_cut(cx)?;
        let before = buffer.filled().len();
        let polled = Pin::new(&mut this.stream).poll_read(cx, buffer);
        let Some(greeting) = &mut this.greeting else { return polled };
        greeting.seen += buffer.filled().len().saturating_sub(before);
        if greeting.seen >= GREETING {
            this.greeting = None;
        } else if polled.is_pending() && greeting.is_over(cx) {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the peer sent no greeting")));
        }
        polled
    }
}

impl AsyncWrite for Peer {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check_cut(cx)?;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, parts: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.check_cut(cx)?;
        Pin::new(&mut self.stream).poll_write_vectored(cx, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl Connected for Peer {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}
