//! Deadlines, traces and retries, through one hop and two.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use h2::client::SendRequest;
use piramide_service::client::{Dialer, Retries, endless, retry};
use piramide_service::refusal::{reason, reason_of};
use piramide_service::{Deadline, Refusal};
use prost::Message;
use tonic::{Code, Request, Status};

use crate::probe::{Probe, SAY, connect, in_time, one, options, say, say_with, server, start, stream};

fn within(told: &str, budget: Duration) -> Request<String> {
    let mut request = Request::new(told.to_owned());
    request.set_timeout(budget);
    request
}

#[track_caller]
fn check_late(status: &Status) {
    assert_eq!((status.code(), reason_of(status).as_deref()), (Code::DeadlineExceeded, Some(reason::DEADLINE)), "{status:?}");
}

#[tokio::test]
async fn a_deadline_of_the_caller_ends_the_call_and_stops_the_work() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    let connection = connect(&running);
    let started = Instant::now();
    // Several, because the timer of tonic runs beside ours and must never be the one that answers.
    for _ in 0..20 {
        check_late(&say_with(&connection, within("hang", Duration::from_millis(20))).await.unwrap_err());
        one(&probe.seen.stopped).await;
    }
    assert!(started.elapsed() >= Duration::from_millis(400));
    assert_eq!(say(&connection, "echo:alive").await.unwrap(), "alive");
}

/// Asks as a client in another language would, one that waits for the server to keep the deadline; answers `grpc-status`.
async fn ask_plainly(client: &SendRequest<Bytes>, address: SocketAddr, timeout: Option<&str>) -> String {
    let uri = format!("http://{address}{SAY}");
    let mut request = http::Request::post(uri).header("content-type", "application/grpc").header("te", "trailers");
    if let Some(timeout) = timeout {
        request = request.header("grpc-timeout", timeout);
    }
    let mut client = client.clone().ready().await.unwrap();
    let (answer, mut body) = client.send_request(request.body(()).unwrap(), false).unwrap();
    let message = "hang".to_owned().encode_to_vec();
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    body.send_data([&[0], &length[..], &message].concat().into(), true).unwrap();
    let answer = in_time(answer).await.unwrap();
    answer.headers()["grpc-status"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_itself_says_deadline_exceeded() {
    let probe = Probe::new();
    let running = start(&probe, &["--deadline", "30ms"]).await;
    let socket = tokio::net::TcpStream::connect(running.address).await.unwrap();
    let (client, connection) = h2::client::handshake(socket).await.unwrap();
    tokio::spawn(connection);
    // Many at once, because the timer of tonic runs beside ours, answers CANCELLED, and must never be the first.
    for timeout in [Some("10m"), Some("20000u"), None, Some("0m"), Some("10m"), Some("10m"), Some("10m")] {
        let asked = (0..100).map(|_| {
            let client = client.clone();
            tokio::spawn(async move { ask_plainly(&client, running.address, timeout).await })
        });
        for answer in asked.collect::<Vec<_>>() {
            assert_eq!(answer.await.unwrap(), "4", "grpc-timeout {timeout:?}");
        }
    }
    in_time(probe.seen.stopped.acquire_many(600)).await.unwrap().forget();
}

#[tokio::test]
async fn a_method_may_have_its_own_default() {
    let probe = Probe::new();
    let running = server(&probe, &["--deadline", "30ms"]).deadline(SAY, Duration::from_hours(1)).start().await.unwrap();
    let connection = Dialer::new(&options(&[])).unwrap().with_budget(Duration::from_mins(30)).connect(&running.url()).unwrap();
    let mut request = endless("budget".to_owned());
    assert_eq!(request.metadata_mut().get("grpc-timeout"), None);
    let budget: u64 = say_with(&connection, request).await.unwrap().parse().unwrap();
    assert!((3_500_000..=3_600_000).contains(&budget), "{budget}");
    let budget: u64 = say(&connection, "budget").await.unwrap().parse().unwrap();
    assert!((1_700_000..=1_800_000).contains(&budget), "{budget}");
}

#[tokio::test]
async fn the_second_hop_gets_what_is_left_and_the_same_trace() {
    let last = Probe::new();
    let last_running = start(&last, &[]).await;
    let first = Probe::new().calling(connect(&last_running));
    let first_running = start(&first, &[]).await;
    let connection = connect(&first_running);

    let budget: u64 = say_with(&connection, within("next:budget", Duration::from_millis(1_500))).await.unwrap().parse().unwrap();
    assert!((500..=1_495).contains(&budget), "{budget} ms of 1500 are left at the second hop");

    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut request = Request::new("next:header:traceparent".to_owned());
    request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
    assert_eq!(say_with(&connection, request).await.unwrap(), traceparent);
    assert_eq!(say(&connection, "next:header:traceparent").await.unwrap(), "none");

    // The last one hangs: the first answers in time, and the work of both stops.
    check_late(&say_with(&connection, within("next:hang", Duration::from_millis(100))).await.unwrap_err());
    one(&last.seen.stopped).await;
    one(&first.seen.stopped).await;
}

#[tokio::test]
async fn a_call_without_time_left_is_not_made() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    let connection = connect(&running);
    let spent = Deadline::after(Duration::from_millis(1));
    check_late(&spent.scope(say(&connection, "echo:x")).await.unwrap_err());
    assert_eq!(probe.seen.entered.available_permits(), 0);
}

#[tokio::test]
async fn the_deadline_covers_the_stream_and_an_endless_one_has_none() {
    let probe = Probe::new();
    let running = start(&probe, &["--deadline", "50ms"]).await;
    let connection = connect(&running);

    let mut bounded = stream(&connection, within("hang", Duration::from_millis(200))).await;
    assert_eq!(bounded.message().await.unwrap().as_deref(), Some("first"));
    check_late(&in_time(bounded.message()).await.unwrap_err());
    one(&probe.seen.stopped).await;

    let mut open = stream(&connection, endless("hang".to_owned())).await;
    assert_eq!(open.message().await.unwrap().as_deref(), Some("first"));
    tokio::time::timeout(Duration::from_millis(150), open.message()).await.expect_err("the stream was ended");
    drop(open);
    one(&probe.seen.stopped).await;
}

#[tokio::test]
async fn a_malformed_deadline_is_refused() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    let mut request = endless("echo:x".to_owned());
    request.metadata_mut().insert("grpc-timeout", "soon".parse().unwrap());
    let status = say_with(&connect(&running), request).await.unwrap_err();
    assert_eq!((status.code(), reason_of(&status).as_deref()), (Code::InvalidArgument, Some(reason::MALFORMED_DEADLINE)));
}

#[tokio::test]
async fn unavailable_and_closed_connections_are_tried_again_three_times_at_most() {
    let unavailable = || Refusal::unavailable("BUSY", "busy").retry_after(Duration::from_millis(1)).into_status();
    let run = async |fails: usize, status: &dyn Fn() -> Status, budget: Duration| {
        let mut calls = 0;
        let call = async || {
            calls += 1;
            if calls > fails { Ok(()) } else { Err(status()) }
        };
        let ended = Deadline::after(budget).scope(retry(call)).await;
        (calls, ended.map_err(|status| status.code()))
    };
    let minute = Duration::from_mins(1);
    assert_eq!(run(0, &unavailable, minute).await, (1, Ok(())));
    assert_eq!(run(2, &unavailable, minute).await, (3, Ok(())));
    assert_eq!(run(9, &unavailable, minute).await, (3, Err(Code::Unavailable)));
    assert_eq!(run(2, &|| Status::unavailable("no delay asked"), minute).await, (3, Ok(())));
    assert_eq!(run(1, &|| Status::cancelled("connection closed"), minute).await, (2, Ok(())));
    assert_eq!(run(1, &|| Status::aborted("conflict"), minute).await, (1, Err(Code::Aborted)));
    assert_eq!(run(1, &unavailable, Duration::ZERO).await, (1, Err(Code::Unavailable)));
    let overload = |delay: Option<Duration>| {
        let refusal = Refusal::new(Code::ResourceExhausted, reason::OVERLOAD, "256 calls are in progress already");
        delay.into_iter().fold(refusal, Refusal::retry_after).into_status()
    };
    let soon = || overload(Some(Duration::from_millis(1)));
    assert_eq!(run(2, &soon, minute).await, (3, Ok(())));
    assert_eq!(run(1, &|| overload(None), minute).await, (1, Err(Code::ResourceExhausted)));
    let full = || Refusal::new(Code::ResourceExhausted, "STORAGE_FULL", "full").retry_after(Duration::from_millis(1)).into_status();
    assert_eq!(run(1, &full, minute).await, (1, Err(Code::ResourceExhausted)), "nobody made room in the meantime");
    let started = Instant::now();
    assert_eq!(run(1, &|| overload(Some(Duration::from_millis(80))), minute).await, (2, Ok(())));
    assert!(started.elapsed() >= Duration::from_millis(80), "not before the time asked for");
    assert_eq!(run(1, &soon, Duration::ZERO).await, (1, Err(Code::ResourceExhausted)));
}

/// A service that is away is asked once for each question and a little more, however many questions there are.
#[tokio::test]
async fn a_tenth_of_the_calls_may_be_made_again() {
    let retries = Retries::default();
    let mut calls = 0;
    let mut ask = async |times: usize, answers: bool| {
        let before = calls;
        for _ in 0..times {
            let call = async || {
                calls += 1;
                if answers { Ok(()) } else { Err(Refusal::unavailable("AWAY", "away").retry_after(Duration::ZERO).into_status()) }
            };
            assert_eq!(retries.clone().call(call).await.is_ok(), answers);
        }
        calls - before
    };
    assert_eq!(ask(5, false).await, 15, "who calls seldom may try again each time");
    assert_eq!(ask(1_000, false).await, 1_000 + 100, "then one in ten");
    assert_eq!(ask(50, true).await, 50);
    assert_eq!(ask(100, false).await, 100 + 15, "what answers saves up for it");
    ask(1_000, true).await;
    assert_eq!(ask(10, false).await, 10 + 10, "up to ten");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_and_one_that_comes_back_is_found() {
    let probe = Probe::new();
    let running = start(&probe, &[]).await;
    let (connection, address) = (connect(&running), running.address.to_string());
    assert_eq!(say(&connection, "echo:1").await.unwrap(), "1");
    running.stop();
    running.join().await.unwrap();
    assert_eq!(say(&connection, "echo:2").await.unwrap_err().code(), Code::Unavailable);
    let _again = start(&probe, &["--listen", &address, "--http-listen", "off"]).await;
    assert_eq!(retry(async || say(&connection, "echo:3").await).await.unwrap(), "3");
}
