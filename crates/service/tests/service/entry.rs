//! A whole process: this test binary starts itself again as a service.

use std::convert::Infallible;
use std::future::{pending, ready};
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::pin::Pin;
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::task::{Context, Poll};

use piramide_service::client::Dialer;
use piramide_service::config::Sources;
use piramide_service::server::{Drained, Running};
use piramide_service::{AtWork, BoxError, Config, Shutdown, Taken, run_from};
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tonic::body::Body;
use tonic::server::NamedService;

use crate::probe::{ABOUT, Probe, options, say_with, server_with};

/// Set in the child: its arguments as a service, one a line.
const ARGUMENTS: &str = "PROBE_ARGUMENTS";
/// Set in a child that is no ordinary service: how it fails to be one.
const FLAW: &str = "PROBE_FLAW";
/// Its start does not come to an end.
const SLOW: &str = "slow";
/// Its server ends by itself.
const BRITTLE: &str = "brittle";

/// A server that answers nowhere and has already ended, though nobody told it to.
struct Brittle;

impl AtWork for Brittle {
    type Error = BoxError;

    fn grpc(&self) -> Option<SocketAddr> {
        None
    }

    fn http(&self) -> Option<SocketAddr> {
        None
    }

    fn shutdown(&self) -> Shutdown {
        Shutdown::new()
    }

    fn join(self) -> impl Future<Output = Result<Drained, BoxError>> {
        ready(Err("the task was lost".into()))
    }
}

async fn begin_brittle(_: Config) -> Result<Brittle, BoxError> {
    Ok(Brittle)
}

async fn begin_slowly(_: Config) -> Result<Brittle, BoxError> {
    println!("{{\"starting\":true}}");
    pending().await
}

async fn begin(config: Config) -> Result<Running, BoxError> {
    if config.options.store.as_ref().is_some_and(|store| store.expose() == "sqlite:taken.db") {
        return Err(Taken("the store is open elsewhere".into()).into());
    }
    Ok(server_with(&Probe::new(), &config.options).start().await?)
}

/// Not a test of its own: what the child runs. Without the variable it does nothing.
#[test]
fn child() {
    let Ok(arguments) = std::env::var(ARGUMENTS) else { return };
    let sources = Sources::new(arguments.lines(), []);
    let code = match std::env::var(FLAW).as_deref() {
        Ok(SLOW) => run_from(&ABOUT, &sources, begin_slowly),
        Ok(BRITTLE) => run_from(&ABOUT, &sources, begin_brittle),
        _ => run_from(&ABOUT, &sources, begin),
    };
    let code = (0..=3).find(|number| code == ExitCode::from(*number)).unwrap();
    std::process::exit(code.into());
}

fn spawn(arguments: &[&str]) -> Child {
    command(arguments).spawn().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "entry::child", "--nocapture", "--quiet"])
        .env(ARGUMENTS, arguments.join("\n"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn output(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = spawn(arguments).wait_with_output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A child that has said where it listens.
pub(crate) struct Service {
    child: Child,
    ready: serde_json::Value,
}

impl Service {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::told(spawn(arguments))
    }

    fn told(mut child: Child) -> Self {
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.find(|line| line.as_ref().unwrap().starts_with('{')).unwrap().unwrap();
        Self { child, ready: serde_json::from_str(&ready).unwrap() }
    }

    pub(crate) fn address(&self, door: &str) -> SocketAddr {
        self.ready["ready"][door].as_str().unwrap().parse().unwrap()
    }

    /// Ends it as an operator would; answers what it logged.
    pub(crate) fn terminate(mut self) -> String {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{log}");
        log
    }
}

#[test]
fn a_service_says_when_it_is_ready_and_ends_well_on_sigterm() {
    let service = Service::start(&["--listen", "127.0.0.1:0", "--log-format", "json"]);
    assert_eq!(service.ready["ready"]["service"], "piramide-probe");
    for door in ["grpc", "http"] {
        std::net::TcpStream::connect(service.address(door)).unwrap();
    }
    let log = service.terminate();
    let messages =
        log.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["message"].to_string()).collect::<Vec<_>>();
    assert_eq!(messages.first().unwrap(), "\"ready\"");
    assert_eq!(messages.last().unwrap(), "\"stopped\"");
}

#[test]
fn a_signal_ends_a_start_that_does_not_come_to_an_end() {
    let service = Service::told(command(&[]).env(FLAW, SLOW).spawn().unwrap());
    assert_eq!(service.ready["starting"], true);
    let log = service.terminate();
    assert!(log.contains("told to stop before being ready"), "{log}");
}

#[test]
fn a_server_that_ends_by_itself_ends_its_process_with_a_complaint() {
    let Output { status, stdout, stderr } = command(&[]).env(FLAW, BRITTLE).output().unwrap();
    let (said, complaint) = (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
    assert_eq!(status.code(), Some(1), "{complaint}");
    assert!(complaint.contains("piramide-probe: the task was lost"), "{complaint}");
    assert!(said.contains("{\"ready\":{\"service\":\"piramide-probe\",\"grpc\":null,\"http\":null}}"), "{said}");
}

/// A collector that keeps the bytes it is sent.
#[derive(Clone)]
struct Collector(UnboundedSender<axum::body::Bytes>);

impl NamedService for Collector {
    const NAME: &'static str = "opentelemetry.proto.collector.trace.v1.TraceService";
}

impl tower::Service<http::Request<Body>> for Collector {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let kept = self.0.clone();
        Box::pin(async move {
            let bytes = axum::body::to_bytes(axum::body::Body::new(request.into_body()), usize::MAX).await.unwrap();
            kept.send(bytes).unwrap();
            Ok(tonic::Status::ok("").into_http())
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spans_reach_a_collector_within_the_trace_of_the_caller() {
    let (sender, mut received) = unbounded_channel();
    let collector =
        piramide_service::Server::new("collector", &options(&["--http-listen", "off"])).service(Collector(sender)).start().await.unwrap();
    let endpoint = collector.url();
    let service = tokio::task::spawn_blocking(move || Service::start(&["--listen", "127.0.0.1:0", "--otlp", &endpoint])).await.unwrap();

    let connection = Dialer::new(&options(&[])).unwrap().connect(&format!("http://{}", service.address("grpc"))).unwrap();
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut request = tonic::Request::new("echo:x".to_owned());
    request.metadata_mut().insert("traceparent", traceparent.parse().unwrap());
    say_with(&connection, request).await.unwrap();
    tokio::task::spawn_blocking(move || service.terminate()).await.unwrap();

    let bytes = received.recv().await.unwrap();
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(has(b"piramide-probe"), "the service has no name");
    assert!(has(b"piramide.probe.v1.ProbeService/Say"), "the span has no name");
    assert!(has(&0x0af7_6519_16cd_43dd_8448_eb21_1c80_319c_u128.to_be_bytes()), "the trace is another");
    assert!(has(&0xb7ad_6b71_6920_3331_u64.to_be_bytes()), "the parent is another");
}

#[test]
fn exit_codes_tell_configuration_from_failure() {
    let (code, _, complaint) = output(&["--listen", "0.0.0.0:1"]);
    assert_eq!(code, 2);
    assert!(complaint.contains("allow_plaintext = true"), "{complaint}");
    assert_eq!(output(&["--lsiten", "x"]).0, 2);

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, _, complaint) = output(&["--listen", &taken.local_addr().unwrap().to_string(), "--http-listen", "off"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("(key `listen`): Address already in use"), "{complaint}");

    let (code, _, complaint) = output(&["--listen", "127.0.0.1:0", "--store", "sqlite:taken.db"]);
    assert_eq!(code, 3);
    assert!(complaint.contains("piramide-probe: the store is open elsewhere"), "{complaint}");
}

#[test]
fn what_is_asked_is_printed_on_standard_output() {
    let (code, printed, _) = output(&["--print-config", "--store", "postgres://a:s3cret@db/p"]);
    assert_eq!(code, 0);
    assert!(printed.contains("store = \"postgres://a:***@db/p\"  # flag --store"), "{printed}");
    let (code, printed, _) = output(&["--help"]);
    assert_eq!(code, 0);
    assert!(printed.contains("Does what it is told."), "{printed}");
    let (code, printed, _) = output(&["--version"]);
    assert_eq!(code, 0);
    assert!(printed.contains("piramide-probe 0.0.0"), "{printed}");
}
