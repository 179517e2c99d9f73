//! Uploads have places of their own, for as long as they last: who sends slowly keeps nobody from reading.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use h2::client::SendRequest;
use piramide_service::Refusal;
use piramide_service::refusal::{reason, reason_of};
use tokio::task::JoinSet;
use tonic::{Code, Request, Status};

use crate::probe::{Probe, SAY, STREAM, connect, in_time, one, say, server, start_stream, stream};

/// Where a slow sender sends, and how long it says that it may take.
type Slow = (SendRequest<Bytes>, SocketAddr, &'static str);

async fn client(address: SocketAddr) -> SendRequest<Bytes> {
    let socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let (client, connection) = h2::client::handshake(socket).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Announces a message and sends a byte of it, no more; answers `grpc-status`.
async fn slow((client, address, timeout): Slow) -> String {
    let request = http::Request::post(format!("http://{address}{SAY}")).header("content-type", "application/grpc");
    let request = request.header("te", "trailers").header("grpc-timeout", timeout).body(()).unwrap();
    let (answer, mut body) = client.ready().await.unwrap().send_request(request, false).unwrap();
    body.send_data(Bytes::from_static(&[0, 0, 0, 1, 0, 7]), false).unwrap();
    in_time(answer).await.unwrap().headers()["grpc-status"].to_str().unwrap().to_owned()
}

#[track_caller]
fn check_overload(status: &Status, capacity: &str) {
    assert_eq!((status.code(), reason_of(status).as_deref()), (Code::ResourceExhausted, Some(reason::OVERLOAD)), "{status:?}");
    let details = Refusal::read(status).unwrap().details;
    assert_eq!((details.retry_after, details.metadata["capacity"].as_str()), (Some(Duration::from_secs(1)), capacity));
}

#[tokio::test]
async fn slow_senders_take_the_places_of_uploads_and_no_others() {
    let probe = Probe::new();
    let running = server(&probe, &["--concurrency", "1", "--concurrent-uploads", "2"]).upload(SAY).deadline(SAY, Duration::from_hours(1));
    let running = running.start().await.unwrap();
    let (client, connection) = (client(running.address).await, connect(&running));
    let mut senders = JoinSet::new();
    for _ in 0..3 {
        senders.spawn(slow((client.clone(), running.address, "1H")));
    }
    assert_eq!(senders.join_next().await.unwrap().unwrap(), "8", "one of the three is one too many");
    check_overload(&say(&connection, "echo:x").await.unwrap_err(), "2");
    let mut read = stream(&connection, Request::new("decode".to_owned())).await;
    assert_eq!(read.message().await.unwrap().as_deref(), Some("first"), "who reads is answered");
    // Senders that vanish give their places back.
    senders.shutdown().await;
    in_time(async { while say(&connection, "echo:x").await.is_err() {} }).await;
}

#[tokio::test]
async fn an_upload_may_ask_for_less_time_and_not_for_more() {
    let probe = Probe::new();
    let running =
        server(&probe, &["--concurrent-uploads", "1"]).upload(SAY).deadline(SAY, Duration::from_millis(80)).start().await.unwrap();
    let client = client(running.address).await;
    for timeout in ["99999999H", "1m"] {
        assert_eq!(slow((client.clone(), running.address, timeout)).await, "4", "{timeout}");
    }
}

#[tokio::test]
async fn a_stream_of_an_upload_holds_its_place_until_it_ends() {
    let probe = Probe::new();
    let running = server(&probe, &["--concurrency", "1", "--concurrent-uploads", "1"]).upload(STREAM).start().await.unwrap();
    let connection = connect(&running);
    let mut open = stream(&connection, Request::new("hang".to_owned())).await;
    assert_eq!(open.message().await.unwrap().as_deref(), Some("first"));
    check_overload(&start_stream(&connection, Request::new("hang".to_owned())).await.unwrap_err(), "1");
    assert_eq!(say(&connection, "echo:x").await.unwrap(), "x");
    drop(open);
    one(&probe.seen.stopped).await;
    in_time(async { while start_stream(&connection, Request::new("hang".to_owned())).await.is_err() {} }).await;
}
