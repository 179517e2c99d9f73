//! Reflection, metrics and the side door.

use std::net::SocketAddr;

use http::uri::PathAndQuery;
use piramide_service::Running;
use piramide_service::client::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tonic::{Code, Request};
use tonic_prost::ProstCodec;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;
use tonic_reflection::pb::v1::{ServerReflectionRequest, ServerReflectionResponse};

use crate::probe::{Probe, connect, one, say, start};

/// Asks the side door as a scraper does.
async fn get(running: &Running, path: &str) -> String {
    fetch(running.http_address.unwrap(), path).await
}

pub(crate) async fn fetch(door: SocketAddr, path: &str) -> String {
    let mut stream = tokio::net::TcpStream::connect(door).await.unwrap();
    stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

fn list() -> ServerReflectionRequest {
    ServerReflectionRequest { host: String::new(), message_request: Some(MessageRequest::ListServices(String::new())) }
}

#[track_caller]
fn check_listed(response: Option<ServerReflectionResponse>, itself: &str) {
    let Some(MessageResponse::ListServicesResponse(listed)) = response.unwrap().message_response else { panic!("no list") };
    let names = listed.service.iter().map(|service| service.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names, ["piramide.probe.v1.ProbeService", "grpc.health.v1.Health", itself], "what answers, and nothing else");
}

#[tokio::test]
async fn reflection_lists_the_services_in_both_versions() {
    let running = start(&Probe::new(), &[]).await;
    let connection = connect(&running);
    let answer = ServerReflectionClient::new(connection.clone()).server_reflection_info(tokio_stream::once(list())).await.unwrap();
    check_listed(answer.into_inner().message().await.unwrap(), "grpc.reflection.v1.ServerReflection");

    // The messages of v1alpha are those of v1 under another name.
    let mut grpc = tonic::client::Grpc::new(connection);
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo");
    let codec = ProstCodec::<ServerReflectionRequest, ServerReflectionResponse>::default();
    let answer = grpc.streaming(Request::new(tokio_stream::once(list())), path, codec).await.unwrap();
    check_listed(answer.into_inner().message().await.unwrap(), "grpc.reflection.v1alpha.ServerReflection");
}

async fn invent(connection: &Connection) -> Code {
    let mut grpc = tonic::client::Grpc::new(connection.clone());
    grpc.ready().await.unwrap();
    let path = PathAndQuery::from_static("/piramide.invented.v1.InventedService/Method");
    grpc.unary(Request::new(String::new()), path, ProstCodec::<String, String>::default()).await.unwrap_err().code()
}

#[tokio::test]
async fn metrics_have_a_series_per_method_and_code_and_none_for_invented_ones() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    let connection = connect(&running);
    say(&connection, "echo:x").await.unwrap();
    say(&connection, "panic:x").await.unwrap_err();
    assert_eq!(invent(&connection).await, Code::Unimplemented);
    let open = tokio::spawn({
        let connection = connection.clone();
        async move { say(&connection, "wait").await }
    });
    for _ in 0..3 {
        one(&probe.seen.entered).await;
    }

    let text = get(&running, "/metrics").await;
    let series =
        |start: &str| text.lines().find(|line| line.starts_with(start)).unwrap_or_else(|| panic!("{start} is not in\n{text}")).to_owned();
    for code in ["OK", "INTERNAL"] {
        let labels = format!("service=\"piramide.probe.v1.ProbeService\",method=\"Say\",code=\"{code}\"");
        series(&format!("rpc_server_duration_seconds_count{{{labels}}}"));
        series(&format!("rpc_server_duration_seconds_bucket{{{labels},le=\"10\"}}"));
    }
    series("rpc_server_duration_seconds_count{service=\"unknown\",method=\"unknown\",code=\"UNIMPLEMENTED\"}");
    assert!(!text.contains("invented"), "a caller made up a label:\n{text}");
    // Other tests of this process call probes too, so there is one call in progress or more.
    let in_flight = series("rpc_server_in_flight{service=\"piramide.probe.v1.ProbeService\"}");
    assert!(in_flight.split(' ').next_back().unwrap().parse::<u32>().unwrap() >= 1, "{in_flight}");
    let memory = series("process_resident_memory_bytes");
    assert!(memory.split(' ').next_back().unwrap().parse::<u64>().unwrap() > 1_000_000, "{memory}");

    probe.seen.release.add_permits(1);
    open.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_side_door_tells_live_from_ready() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    assert!(get(&running, "/health/live").await.starts_with("HTTP/1.1 200 "));
    assert!(get(&running, "/health/ready").await.starts_with("HTTP/1.1 200 "));
    running.health().not_ready("the store takes no writes").await;
    let answer = get(&running, "/health/ready").await;
    assert!(answer.starts_with("HTTP/1.1 503 ") && answer.ends_with("not ready: the store takes no writes\n"), "{answer}");
    assert!(get(&running, "/health/live").await.starts_with("HTTP/1.1 200 "));
    assert!(get(&running, "/other").await.starts_with("HTTP/1.1 404 "));
}

#[tokio::test]
async fn the_side_door_can_be_closed_and_stays_open_while_draining() {
    let closed = start(&Probe::new(), &["--http-listen", "off"]).await;
    assert_eq!(closed.http_address, None);

    let probe = Probe::new();
    let running = start(&probe, &["--drain", "1m"]).await;
    let connection = connect(&running);
    let open = tokio::spawn(async move { say(&connection, "wait").await });
    one(&probe.seen.entered).await;
    running.stop();
    while !get(&running, "/health/ready").await.ends_with("stopping\n") {
        tokio::task::yield_now().await;
    }
    probe.seen.release.add_permits(1);
    open.await.unwrap().unwrap();
    running.join().await.unwrap();
}
