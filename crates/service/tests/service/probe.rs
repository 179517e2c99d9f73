//! A service made for being tested: it does what the message tells it, and a client that tells it.

use std::convert::Infallible;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use std::time::Duration;

use http::uri::PathAndQuery;
use piramide_service::client::{Connection, Dialer};
use piramide_service::soundness::Soundness;
use piramide_service::{About, Config, Deadline, NoOptions, Options, Running, Server};
use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet, MethodDescriptorProto, ServiceDescriptorProto};
use tokio::sync::Semaphore;
use tokio_stream::{Stream, StreamExt, once};
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

pub(crate) const ABOUT: About = About::new("piramide-probe", "0.0.0", 50_098, "Does what it is told.");

/// What happened inside the handlers, counted, to be waited for.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) entered: Arc<Semaphore>,
    pub(crate) release: Arc<Semaphore>,
    pub(crate) stopped: Arc<Semaphore>,
}

/// Waits until a count has grown by one.
pub(crate) async fn one(count: &Semaphore) {
    in_time(count.acquire()).await.unwrap().forget();
}

/// Fails where it would otherwise wait without end.
pub(crate) async fn in_time<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("nothing happened for 30 s")
}

#[derive(Clone)]
pub(crate) struct Probe {
    pub(crate) seen: Seen,
    pub(crate) soundness: Soundness,
    next: Option<Connection>,
    limit: usize,
}

/// Tells when the work that holds it is dropped.
struct Held(Arc<Semaphore>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

impl Probe {
    pub(crate) fn new() -> Self {
        let count = || Arc::new(Semaphore::new(0));
        Self {
            seen: Seen { entered: count(), release: count(), stopped: count() },
            soundness: Soundness::default(),
            next: None,
            limit: piramide_service::MESSAGE_LIMIT,
        }
    }

    pub(crate) fn calling(mut self, next: Connection) -> Self {
        self.next = Some(next);
        self
    }

    async fn say(self, request: Request<String>) -> Result<Response<String>, Status> {
        let _held = Held(self.seen.stopped.clone());
        let header = |name: &str| request.metadata().get(name).map_or("none", |value| value.to_str().unwrap()).to_owned();
        let message = request.get_ref().clone();
        self.seen.entered.add_permits(1);
        let answer = match message.split_once(':').unwrap_or((&message, "")) {
            ("echo", text) => text.to_owned(),
            ("header", name) => header(name),
            ("budget", _) => {
                assert_eq!(Deadline::of(&request), Deadline::current());
                Deadline::of(&request).unwrap().remaining().as_millis().to_string()
            }
            ("next", told) => say(self.next.as_ref().unwrap(), told).await?,
            ("hang", _) => pending().await,
            ("wait", _) => {
                one(&self.seen.release).await;
                "done".to_owned()
            }
            ("large", bytes) => "x".repeat(bytes.parse().unwrap()),
            ("doubt", text) => {
                self.soundness.doubt();
                text.to_owned()
            }
            ("doubt and refuse", text) => {
                self.soundness.doubt();
                return Err(Status::not_found(text));
            }
            ("panic", text) => panic!("told to panic: {text}"),
            _ => return Err(Status::unimplemented(message)),
        };
        Ok(Response::new(answer))
    }

    /// One message, then what the request tells.
    fn stream(self, told: &str) -> Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>> {
        let held = Held(self.seen.stopped.clone());
        let first = once(Ok("first".to_owned()));
        let (told, soundness) = (told.to_owned(), self.soundness);
        let rest = tokio_stream::iter([()]).then(move |()| {
            let (told, soundness) = (told.clone(), soundness.clone());
            async move {
                // Lets the first message leave: tonic sends together what is ready together.
                tokio::task::yield_now().await;
                match told.as_str() {
                    "doubt" => {
                        soundness.doubt();
                        Ok("made from nothing".to_owned())
                    }
                    "panic" => panic!("told to panic in a stream"),
                    "decode" => Err(Status::internal("failed to decode Protobuf message: told to")),
                    _ => pending().await,
                }
            }
        });
        Box::pin(first.chain(rest).map(move |each| {
            let _held = &held;
            each
        }))
    }
}

impl NamedService for Probe {
    const NAME: &'static str = "piramide.probe.v1.ProbeService";
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<T, Infallible>> + Send>>;

impl Service<http::Request<Body>> for Probe {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Answer<Self::Response>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let probe = self.clone();
        Box::pin(async move {
            let limit = Some(probe.limit);
            let mut grpc = tonic::server::Grpc::new(ProstCodec::<String, String>::default()).apply_max_message_size_config(limit, limit);
            Ok(if request.uri().path() == STREAM {
                let stream = service_fn(move |request: Request<String>| {
                    let stream = probe.clone().stream(request.get_ref());
                    async move { Ok::<_, Status>(Response::new(stream)) }
                });
                grpc.server_streaming(stream, request).await
            } else {
                grpc.unary(service_fn(move |request| probe.clone().say(request)), request).await
            })
        })
    }
}

pub(crate) const SAY: &str = "/piramide.probe.v1.ProbeService/Say";
pub(crate) const STREAM: &str = "/piramide.probe.v1.ProbeService/Stream";

/// The descriptors of the probe, as a build script would have made them.
pub(crate) fn descriptors() -> &'static [u8] {
    static ENCODED: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let method = |name: &str| MethodDescriptorProto { name: Some(name.into()), ..Default::default() };
        let service = ServiceDescriptorProto {
            name: Some("ProbeService".into()),
            method: vec![method("Say"), method("Stream")],
            ..Default::default()
        };
        let file = FileDescriptorProto {
            name: Some("piramide/probe/v1/probe.proto".into()),
            package: Some("piramide.probe.v1".into()),
            service: vec![service],
            ..Default::default()
        };
        FileDescriptorSet { file: vec![file] }.encode_to_vec()
    });
    &ENCODED
}

/// Options as a command line would give them, on ports of the system's choice.
pub(crate) fn options(args: &[&str]) -> Options {
    Config::<NoOptions>::local(&ABOUT, args.iter().copied()).unwrap().options
}

/// A running probe.
pub(crate) async fn start(probe: &Probe, args: &[&str]) -> Running {
    server(probe, args).start().await.unwrap()
}

pub(crate) fn server(probe: &Probe, args: &[&str]) -> Server {
    server_with(probe, &options(args))
}

pub(crate) fn server_with(probe: &Probe, options: &Options) -> Server {
    Server::new(ABOUT.name, options).relying_on(probe.soundness.clone()).service(probe.clone()).descriptors(descriptors())
}

/// A connection in plain text to a running server.
pub(crate) fn connect(running: &Running) -> Connection {
    Dialer::new(&options(&[])).unwrap().connect(&running.url()).unwrap()
}

/// Tells the probe something, with nothing else in the request.
pub(crate) async fn say(connection: &Connection, told: &str) -> Result<String, Status> {
    say_with(connection, Request::new(told.to_owned())).await
}

pub(crate) async fn say_with<M: Message + 'static>(connection: &Connection, request: Request<M>) -> Result<String, Status> {
    let mut grpc = tonic::client::Grpc::new(connection.clone()).max_decoding_message_size(64 << 20);
    grpc.ready().await?;
    let answer = grpc.unary(request, PathAndQuery::from_static(SAY), ProstCodec::<M, String>::default());
    Ok(in_time(answer).await?.into_inner())
}

pub(crate) async fn stream(connection: &Connection, request: Request<String>) -> tonic::Streaming<String> {
    start_stream(connection, request).await.unwrap()
}

pub(crate) async fn start_stream(connection: &Connection, request: Request<String>) -> Result<tonic::Streaming<String>, Status> {
    let mut grpc = tonic::client::Grpc::new(connection.clone());
    grpc.ready().await?;
    let answer = grpc.server_streaming(request, PathAndQuery::from_static(STREAM), ProstCodec::<String, String>::default());
    Ok(answer.await?.into_inner())
}
