//! Overload, panics, sizes and bytes that are no message.

use piramide_service::refusal::{reason, reason_of};
use piramide_service::{MESSAGE_LIMIT, Refusal};
use tonic::{Code, Request, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::probe::{Probe, SAY, connect, in_time, one, say, say_with, start, stream};

#[track_caller]
fn check(status: &Status, code: Code, reason: &str) {
    assert_eq!((status.code(), reason_of(status).as_deref()), (code, Some(reason)), "{status:?}");
}

#[tokio::test]
async fn what_is_too_much_is_refused_at_once_while_health_still_answers() {
    let probe = Probe::new();
    let running = start(&probe, &["--concurrency", "1"]).await;
    let connection = connect(&running);
    let first = tokio::spawn({
        let connection = connection.clone();
        async move { say(&connection, "wait").await }
    });
    one(&probe.seen.entered).await;

    // Another connection: the limit is of the server, not of each connection.
    let other = connect(&running);
    let status = say(&other, "echo:x").await.unwrap_err();
    check(&status, Code::ResourceExhausted, reason::OVERLOAD);
    assert!(Refusal::read(&status).unwrap().details.retry_after.is_some());
    HealthClient::new(other.clone()).check(HealthCheckRequest::default()).await.unwrap();

    probe.seen.release.add_permits(1);
    assert_eq!(first.await.unwrap().unwrap(), "done");
    assert_eq!(say(&other, "echo:x").await.unwrap(), "x");
}

#[tokio::test]
async fn an_open_stream_takes_no_place() {
    let probe = Probe::new();
    let running = start(&probe, &["--concurrency", "1"]).await;
    let connection = connect(&running);
    let mut open = stream(&connection, Request::new("hang".to_owned())).await;
    assert_eq!(open.message().await.unwrap().as_deref(), Some("first"));
    assert_eq!(say(&connection, "echo:x").await.unwrap(), "x");
}

#[tokio::test]
async fn a_panic_ends_its_own_call_and_says_nothing_of_the_inside() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    let connection = connect(&running);
    let status = say(&connection, "panic:secret").await.unwrap_err();
    check(&status, Code::Internal, reason::BUG);
    assert!(!status.message().contains("secret"));

    let mut open = stream(&connection, Request::new("panic".to_owned())).await;
    assert_eq!(open.message().await.unwrap().as_deref(), Some("first"));
    check(&open.message().await.unwrap_err(), Code::Internal, reason::BUG);
    assert_eq!(say(&connection, "echo:alive").await.unwrap(), "alive");
}

#[tokio::test]
async fn nothing_that_could_not_be_read_is_answered_and_nothing_begins_until_it_can() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    let connection = connect(&running);
    let mend = || probe.soundness.settle(probe.soundness.raised());
    for told in ["doubt:wrong", "doubt and refuse:wrong"] {
        let waiting = tokio::spawn({
            let connection = connection.clone();
            async move { say(&connection, "wait").await }
        });
        one(&probe.seen.entered).await;
        let status = say(&connection, told).await.unwrap_err();
        check(&status, Code::Unavailable, reason::UNSOUND);
        assert!(!status.message().contains("wrong"), "{told}");
        check(&say(&connection, "echo:x").await.unwrap_err(), Code::Unavailable, reason::UNSOUND);
        mend();
        assert_eq!(say(&connection, "echo:alive").await.unwrap(), "alive");
        probe.seen.release.add_permits(1);
        // What was begun before may be made from what could not be read, whatever has been mended since.
        check(&waiting.await.unwrap().unwrap_err(), Code::Unavailable, reason::UNSOUND);
        one(&probe.seen.entered).await;
        one(&probe.seen.entered).await;
    }
    let mut open = stream(&connection, Request::new("doubt".to_owned())).await;
    assert_eq!(open.message().await.unwrap().as_deref(), Some("first"));
    check(&open.message().await.unwrap_err(), Code::Unavailable, reason::UNSOUND);
}

#[tokio::test]
async fn a_message_too_large_either_way_is_refused_by_size_and_the_connection_stays() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    let connection = connect(&running);
    let status = say(&connection, &"x".repeat(MESSAGE_LIMIT + 1)).await.unwrap_err();
    check(&status, Code::ResourceExhausted, reason::SIZE);
    assert!(status.message().contains("the limit is: 4194304 bytes"), "{status:?}");
    let status = say(&connection, &format!("large:{}", MESSAGE_LIMIT + 1)).await.unwrap_err();
    check(&status, Code::ResourceExhausted, reason::SIZE);
    let large = MESSAGE_LIMIT - 16;
    assert_eq!(say(&connection, &format!("large:{large}")).await.unwrap().len(), large);
}

#[tokio::test]
async fn bytes_that_are_no_message_are_the_fault_of_the_caller() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    let connection = connect(&running);
    // The same field, but not text.
    let status = say_with(&connection, Request::new(vec![0xff_u8, 0xfe])).await.unwrap_err();
    check(&status, Code::InvalidArgument, reason::UNDECODABLE);
    let mut open = stream(&connection, Request::new("decode".to_owned())).await;
    assert_eq!(open.message().await.unwrap().as_deref(), Some("first"));
    check(&open.message().await.unwrap_err(), Code::InvalidArgument, reason::UNDECODABLE);
    assert_eq!(probe.seen.entered.available_permits(), 0);
}

/// No service here takes compressed messages, which may be small and become large: one is refused for what it is, announced or not.
#[tokio::test]
async fn a_compressed_message_is_refused() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    let socket = tokio::net::TcpStream::connect(running.address).await.unwrap();
    let (client, connection) = h2::client::handshake(socket).await.unwrap();
    tokio::spawn(connection);
    // Code 12 is UNIMPLEMENTED, 3 INVALID_ARGUMENT.
    for (encoding, code, accepted) in [(Some("gzip"), "12", Some("identity")), (None, "3", None)] {
        let request = http::Request::post(format!("http://{}{SAY}", running.address)).header("content-type", "application/grpc");
        let request = encoding.into_iter().fold(request.header("te", "trailers"), |request, name| request.header("grpc-encoding", name));
        let (answer, mut body) = client.clone().ready().await.unwrap().send_request(request.body(()).unwrap(), false).unwrap();
        body.send_data(axum::body::Bytes::from_static(&[1, 0, 0, 0, 3, 0x1f, 0x8b, 0x08]), true).unwrap();
        let headers = in_time(answer).await.unwrap().headers().clone();
        let said = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!((said("grpc-status"), said("grpc-accept-encoding")), (Some(code), accepted), "{encoding:?}: {headers:?}");
    }
    assert_eq!(probe.seen.entered.available_permits(), 0);
    assert_eq!(say(&connect(&running), "echo:alive").await.unwrap(), "alive");
}
