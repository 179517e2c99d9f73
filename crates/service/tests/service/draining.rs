//! The end of a server: in order, and never later than promised.

use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};

use piramide_service::client::endless;
use piramide_service::refusal::{reason, reason_of};
use piramide_service::server::{Drained, Readiness, ServeError};
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::probe::{Probe, STREAM, connect, one, say, say_with, server, start, stream};

const AT_ONCE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn accepted_work_finishes_while_silent_peers_are_let_go() {
    let probe = Probe::new();
    let running = start(&probe, &["--drain", "1m"]).await;
    let connection = connect(&running);
    let mut silent = std::net::TcpStream::connect(running.address).unwrap();
    let open = tokio::spawn({
        let connection = connection.clone();
        async move { say(&connection, "wait").await }
    });
    one(&probe.seen.entered).await;

    let started = Instant::now();
    running.stop();
    running.shutdown().begun().await;
    let address = running.address;
    let mut end = tokio::spawn(running.join());
    // The port closes though the call is open, and the call holds the server.
    while tokio::net::TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!end.is_finished());
    probe.seen.release.add_permits(1);
    assert_eq!(open.await.unwrap().unwrap(), "done");
    let drained = tokio::time::timeout(AT_ONCE, &mut end).await.expect("a silent peer holds the server").unwrap().unwrap();
    assert_eq!(drained, Drained::Finished);
    assert!(started.elapsed() < AT_ONCE);
    // Whatever it was told before, it is told the end, too: read to it, or reset, but not still waiting.
    silent.set_read_timeout(Some(AT_ONCE)).unwrap();
    let ended = silent.read_to_end(&mut Vec::new()).map_err(|error| error.kind());
    assert!(!matches!(ended, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut)), "the connection is still open");
}

#[tokio::test]
async fn a_call_that_does_not_end_is_cut_when_the_time_is_over() {
    let probe = Probe::new();
    let running = start(&probe, &["--drain", "200ms", "--deadline", "1h"]).await;
    let connection = connect(&running);
    let open = tokio::spawn(async move { say_with(&connection, endless("hang".to_owned())).await });
    one(&probe.seen.entered).await;
    let started = Instant::now();
    running.stop();
    assert_eq!(running.join().await.unwrap(), Drained::Cut);
    assert!((Duration::from_millis(200)..AT_ONCE).contains(&started.elapsed()), "{:?}", started.elapsed());
    open.await.unwrap().expect_err("a call that hangs was answered");
    one(&probe.seen.stopped).await;
}

#[tokio::test]
async fn streams_without_end_are_ended_by_the_drain() {
    let probe = Probe::new();
    let running = server(&probe, &["--drain", "1m"]).until_drain(STREAM).start().await.unwrap();
    let mut open = stream(&connect(&running), endless("hang".to_owned())).await;
    assert_eq!(open.message().await.unwrap().as_deref(), Some("first"));
    running.stop();
    let status = open.message().await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_deref()), (Code::Unavailable, Some(reason::DRAINING)));
    assert_eq!(tokio::time::timeout(AT_ONCE, running.join()).await.unwrap().unwrap(), Drained::Finished);
}

#[tokio::test]
async fn health_says_it_first_and_before_its_own_end() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    let connection = connect(&running);
    let ask = |service: &str| HealthCheckRequest { service: service.to_owned() };
    let mut watched =
        HealthClient::new(connection.clone()).watch(endless(ask("piramide.probe.v1.ProbeService"))).await.unwrap().into_inner();
    let mut next = async || watched.message().await.map(|answer| answer.unwrap().status());
    assert_eq!(next().await.unwrap(), ServingStatus::Serving);

    running.health().not_ready("the store takes no writes").await;
    assert_eq!(next().await.unwrap(), ServingStatus::NotServing);
    let all = HealthClient::new(connection.clone()).check(ask("")).await.unwrap().into_inner();
    assert_eq!(all.status(), ServingStatus::NotServing);
    assert_eq!(say(&connection, "echo:still answered").await.unwrap(), "still answered");
    running.health().ready().await;
    assert_eq!(next().await.unwrap(), ServingStatus::Serving);

    running.stop();
    assert_eq!(next().await.unwrap(), ServingStatus::NotServing);
    assert_eq!(next().await.unwrap_err().code(), Code::Unavailable);
    let health = running.health();
    running.join().await.unwrap();
    health.ready().await;
    assert_eq!(health.readiness(), Readiness::Draining);
}

#[tokio::test]
async fn a_service_that_cannot_go_on_says_why() {
    let running = start(&Probe::new(), &[]).await;
    running.shutdown().fail("the disk takes no writes");
    let Err(ServeError::Failed(reason)) = running.join().await else { panic!("joined without the reason") };
    assert_eq!(reason, "the disk takes no writes");
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_its_key() {
    let running = start(&Probe::new(), &[]).await;
    let address = running.address.to_string();
    let error = server(&Probe::new(), &["--listen", &address, "--http-listen", "off"]).start().await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on {address} (key `listen`)"));
    let error = server(&Probe::new(), &["--http-listen", &address]).start().await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on {address} (key `http_listen`)"));
}
