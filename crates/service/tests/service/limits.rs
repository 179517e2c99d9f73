//! The limits of a connection, each met by a peer that goes beyond it.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic::Request;

use crate::authority::{Authority, text};
use crate::probe::{Probe, SAY, connect, in_time, say, say_with, start};

/// Frames of HTTP/2 as this test needs them.
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// A peer that writes its frames itself, so that nothing keeps it within the limits.
struct Peer(TcpStream);

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Peer {
    async fn greet(address: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
        let mut peer = Self(stream);
        peer.send(SETTINGS, 0, 0, &[]).await;
        peer
    }

    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let frame = [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat();
        self.0.write_all(&frame).await.unwrap();
    }

    /// The next frame; none once the server has closed the connection.
    async fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let mut payload = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
        self.0.read_exact(&mut payload).await.ok()?;
        Some(Frame { kind: head[3], flags: head[4], stream: u32::from_be_bytes([head[5], head[6], head[7], head[8]]), payload })
    }

    async fn until(&mut self, kind: u8, flags: u8) -> Frame {
        loop {
            let frame = self.next().await.expect("the server closed the connection");
            if (frame.kind, frame.flags) == (kind, flags) {
                return frame;
            }
        }
    }
}

/// The head of a call, each field a literal that no table needs to know.
fn head() -> Vec<u8> {
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", SAY),
        (":authority", "localhost"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    let literal = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    fields.iter().flat_map(|(name, value)| [vec![0], literal(name), literal(value)].concat()).collect()
}

#[tokio::test]
async fn a_connection_has_128_calls_at_once_and_no_more() {
    let running = start(&Probe::new(), &[]).await;
    let mut peer = Peer::greet(running.address).await;
    let settings = peer.until(SETTINGS, 0).await.payload;
    assert!(settings.chunks(6).any(|setting| setting == [0, 3, 0, 0, 0, 128]), "it says so: {settings:?}");
    let mut streams = (0..129).map(|number| 2 * number + 1);
    for stream in streams.clone() {
        peer.send(HEADERS, END_HEADERS, stream, &head()).await;
    }
    // REFUSED_STREAM: nothing was begun, so it may be sent again.
    let refused = in_time(peer.until(RST_STREAM, 0)).await;
    assert_eq!((Some(refused.stream), &refused.payload[..]), (streams.next_back(), &[0, 0, 0, 7][..]));
    // The connection stays.
    peer.send(PING, 0, 0, b"anybody?").await;
    assert_eq!(in_time(peer.until(PING, ACK)).await.payload, b"anybody?");
}

#[tokio::test]
async fn headers_beyond_16_kib_are_refused_and_the_connection_stays() {
    let running = start(&Probe::new(), &[]).await;
    let connection = connect(&running);
    let with = |bytes: usize| {
        let mut request = Request::new("header:x-long".to_owned());
        request.metadata_mut().insert("x-long", "x".repeat(bytes).parse().unwrap());
        request
    };
    assert_eq!(say_with(&connection, with(15 << 10)).await.unwrap().len(), 15 << 10);
    say_with(&connection, with(17 << 10)).await.expect_err("headers beyond the limit were taken");
    assert_eq!(say(&connection, "echo:x").await.unwrap(), "x");
}

#[tokio::test]
async fn a_peer_that_does_not_greet_is_let_go() {
    let signed = Authority::new();
    let identity = signed.sign("server");
    let plain = start(&Probe::new(), &[]).await;
    let tls = start(&Probe::new(), &["--tls-cert", &text(&identity.certificate), "--tls-key", &text(&identity.key)]).await;
    let let_go = async |address: SocketAddr, says: &[u8]| {
        let mut silent = TcpStream::connect(address).await.unwrap();
        silent.write_all(says).await.unwrap();
        // Read to its end or reset, but not waited for without end.
        let _ = in_time(silent.read_to_end(&mut Vec::new())).await;
    };
    tokio::join!(
        let_go(plain.address, b""),
        let_go(plain.address, b"PRI * HTTP/2.0"),
        let_go(tls.address, b""),
        let_go(tls.address, &[22, 3, 1, 2, 0]),
    );
    assert_eq!(say(&connect(&plain), "echo:x").await.unwrap(), "x");
}

/// It lasts as long as the limits: a question after 30 s, and 10 s for its answer.
#[tokio::test]
async fn a_peer_that_no_longer_answers_is_let_go_and_one_that_does_is_kept() {
    let running = start(&Probe::new(), &[]).await;
    let (mut gone, mut there) = (Peer::greet(running.address).await, Peer::greet(running.address).await);
    let answers = async {
        loop {
            let question = there.until(PING, 0).await;
            there.send(PING, ACK, 0, &question.payload).await;
        }
    };
    let ends = async {
        gone.until(PING, 0).await;
        while gone.next().await.is_some() {}
    };
    let ended = tokio::time::timeout(std::time::Duration::from_mins(2), async {
        tokio::select! {
            () = ends => {}
            () = answers => {}
        }
    });
    ended.await.expect("a peer that answers nothing is kept");
    there.send(PING, 0, 0, b"and now?").await;
    while in_time(there.until(PING, ACK)).await.payload != b"and now?" {}
}
