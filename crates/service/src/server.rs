//! The gRPC server of every service, with the settings and layers that none should have to repeat.
//!
//! ```text
//! TCP (first bytes within 5 s) > TLS > HTTP/2 (128 streams, keepalive 30 s / 10 s, headers 16 KiB) >
//!   gate: span and metrics > overload > soundness > deadline > panic > the service > statuses put right
//! ```

mod body;
mod call;
mod gate;
mod health;
mod methods;
mod peer;
mod running;
mod secured;
mod side_door;
mod statuses;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::middleware::from_fn_with_state;
use axum::response::IntoResponse;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_stream::StreamExt;
use tonic::body::Body;
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::server::TcpIncoming;
use tonic_reflection::server::Builder as ReflectionBuilder;
use tower::Service;
use tower::util::MapRequestLayer;

pub use gate::Arrived;
pub use health::{Health, Readiness};
pub use running::{Drained, Running, ServeError};

use crate::config::{InvalidOptions, Options};
use crate::shutdown::Shutdown;
use crate::soundness::Soundness;
use crate::tls::{Acceptor, TlsError};
use gate::Gate;
use methods::Methods;
use peer::Peer;
use running::Afterwards;

/// Calls in progress on one connection.
const STREAMS_PER_CONNECTION: u32 = 128;

/// How often a silent connection is asked whether it is still there, and how long it may take to answer.
const HTTP2_KEEPALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));

/// Largest headers of a call, in bytes; deadline, trace and key of a call fit many times over.
const HEADERS_LIMIT: u32 = 16 * 1024;

/// The same question put by the kernel.
const TCP_KEEPALIVE: Duration = Duration::from_mins(1);

/// After this long a connection is asked, kindly, to go elsewhere: new replicas get their share, calls in progress end first.
pub(crate) const CONNECTION_AGE: Duration = Duration::from_mins(5);

/// A gRPC server being put together.
#[derive(Debug)]
pub struct Server {
    name: &'static str,
    options: Options,
    routes: Routes,
    services: Vec<&'static str>,
    descriptors: Vec<&'static [u8]>,
    deadlines: BTreeMap<&'static str, Duration>,
    until_drain: Vec<&'static str>,
    uploads: Vec<&'static str>,
    health: Health,
    shutdown: Shutdown,
    soundness: Soundness,
    afterwards: Option<Afterwards>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Options that do not go together.
    #[error("the options do not go together")]
    Options(#[source] InvalidOptions),
    /// Certificates.
    #[error("TLS cannot be set up")]
    Tls(#[source] TlsError),
    /// The address is taken, or not ours.
    #[error("cannot listen on {address} (key `{key}`)")]
    Listen {
        /// The key that says the address.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// Bytes registered as a descriptor set that are not one.
    #[error("a registered file descriptor set cannot be decoded")]
    Descriptor(#[source] prost::DecodeError),
    /// Descriptors that reflection does not take.
    #[error("reflection does not take the registered descriptors")]
    Reflection(#[source] tonic_reflection::server::Error),
}

impl Server {
    /// A server with no service yet but health and reflection.
    pub fn new(name: &'static str, options: &Options) -> Self {
        Self {
            name,
            options: options.clone(),
            routes: Routes::default(),
            services: Vec::new(),
            descriptors: Vec::new(),
            deadlines: BTreeMap::new(),
            until_drain: Vec::new(),
            uploads: Vec::new(),
            health: Health::new(),
            shutdown: Shutdown::new(),
            soundness: Soundness::default(),
            afterwards: None,
        }
    }

    /// Adds a service. Give it the message limit, both ways, before.
    #[must_use]
    pub fn service<S>(mut self, service: S) -> Self
    where
        S: Service<http::Request<Body>, Error = Infallible> + NamedService + Clone + Send + Sync + 'static,
        S::Response: IntoResponse,
        S::Future: Send + 'static,
    {
        self.services.push(S::NAME);
        self.routes = self.routes.add_service(service);
        self
    }

    /// Registers an encoded `FileDescriptorSet`: reflection shows it, and metrics know its methods by name.
    #[must_use]
    pub fn descriptors(mut self, encoded: &'static [u8]) -> Self {
        self.descriptors.push(encoded);
        self
    }

    /// Time that calls of one method, as `/package.Service/Method`, may take when their caller sets no deadline; for
    /// uploads and exports, which take longer than the `deadline` of the configuration.
    #[must_use]
    pub fn deadline(mut self, method: &'static str, budget: Duration) -> Self {
        self.deadlines.insert(method, budget);
        self
    }

    /// Says that the streams of one method, as `/package.Service/Method`, have no end of their own (`Watch`, `Tail`):
    /// the drain ends them, with `UNAVAILABLE` reason `DRAINING`, where other answers are waited for.
    #[must_use]
    pub fn until_drain(mut self, method: &'static str) -> Self {
        self.until_drain.push(method);
        self
    }

    /// Says that one method, as `/package.Service/Method`, takes what its callers send for as long as that takes: its calls have places of
    /// their own (`concurrent_uploads` of the configuration) until they are over, so that slow senders keep nobody from reading. A caller may not ask
    /// for more time until the answer begins than the method has without being asked.
    #[must_use]
    pub fn upload(mut self, method: &'static str) -> Self {
        self.uploads.push(method);
        self
    }

    /// Says what answers are made from: while it is in doubt nothing is answered but probes, and what was begun before is not given.
    #[must_use]
    pub fn relying_on(mut self, soundness: Soundness) -> Self {
        self.soundness = soundness;
        self
    }

    /// Work to be done once nothing is served any more, before the process ends.
    #[must_use]
    pub fn afterwards(mut self, work: impl Future<Output = ()> + Send + 'static) -> Self {
        self.afterwards = Some(Afterwards(Box::pin(work)));
        self
    }

    /// The largest message that services added here should take and send, as configured.
    pub fn message_limit(&self) -> usize {
        self.options.message_limit
    }

    /// The readiness of the service, to be withdrawn while it can answer nothing, or once what it keeps is damaged.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// The switch that stops the server, for background work of the service to listen to.
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// Binds and serves. When it returns, connections are accepted and health says `SERVING`.
    ///
    /// # Errors
    ///
    /// [`StartError`], before anything is served.
    pub async fn start(self) -> Result<Running, StartError> {
        self.options.check().map_err(StartError::Options)?;
        let acceptor = Acceptor::new(&self.options, "h2").map_err(StartError::Tls)?;
        let listener = bind("listen", self.options.listen).await?;
        let address = listener.address;
        let door = match self.options.side_door().map_err(StartError::Options)? {
            Some(address) => Some(bind("http_listen", address).await?),
            None => None,
        };
        let http_address = door.as_ref().map(|door| door.address);

        let drain = Shutdown::new();
        let cut = Shutdown::new();
        let routes = self.routes(&drain)?;
        self.health.announce(&self.services).await;

        let incoming = TcpIncoming::from(listener.socket).with_nodelay(Some(true)).with_keepalive(Some(TCP_KEEPALIVE)).map({
            let (drain, cut) = (drain.clone(), cut.clone());
            move |stream| stream.map(|stream| Peer::new(stream, &drain, &cut))
        });
        let http2 = tonic::transport::Server::builder()
            .max_concurrent_streams(STREAMS_PER_CONNECTION)
            .http2_keepalive_interval(Some(HTTP2_KEEPALIVE.0))
            .http2_keepalive_timeout(Some(HTTP2_KEEPALIVE.1))
            .http2_max_header_list_size(HEADERS_LIMIT)
            .max_connection_age(CONNECTION_AGE);
        let router = http2.layer(MapRequestLayer::new(Arrived::stamp)).add_routes(routes);
        let stop = drain.clone();
        let stop = async move { stop.begun().await };
        let serving: running::Serve = match acceptor {
            None => Box::pin(router.serve_with_incoming_shutdown(incoming, stop)),
            Some(acceptor) => Box::pin(router.serve_with_incoming_shutdown(secured::secured(incoming, acceptor, &drain), stop)),
        };

        let parts = running::Parts {
            shutdown: self.shutdown,
            drain,
            cut,
            health: self.health,
            patience: self.options.drain,
            afterwards: self.afterwards,
        };
        let door = door.map(|door| side_door::serve(door.socket, parts.health.clone()));
        tracing::info!(service = self.name, %address, http = ?http_address, tls = self.options.has_tls(), "ready");
        Ok(running::spawn(serving, door, parts, address, http_address))
    }

    /// All services behind the gate.
    fn routes(&self, drain: &Shutdown) -> Result<Routes, StartError> {
        // Only what answers here is listed: the descriptors are those of every contract of the house.
        let reflection = |itself: &'static str| {
            let names = self.services.iter().copied().chain([tonic_health::pb::health_server::SERVICE_NAME, itself]);
            let sets = self.descriptors.iter().copied().chain([tonic_health::pb::FILE_DESCRIPTOR_SET]);
            let builder = names.fold(ReflectionBuilder::configure(), ReflectionBuilder::with_service_name);
            sets.fold(builder, ReflectionBuilder::register_encoded_file_descriptor_set)
        };
        let first = reflection(tonic_reflection::pb::v1::server_reflection_server::SERVICE_NAME);
        let alpha = reflection(tonic_reflection::pb::v1alpha::server_reflection_server::SERVICE_NAME);
        let routes = self
            .routes
            .clone()
            .add_service(self.health.service())
            .add_service(first.build_v1().map_err(StartError::Reflection)?)
            .add_service(alpha.build_v1alpha().map_err(StartError::Reflection)?);

        let mut methods = Methods::new(self.options.deadline);
        for set in methods::MACHINERY.iter().chain(&self.descriptors) {
            methods.register(set).map_err(StartError::Descriptor)?;
        }
        for (path, budget) in &self.deadlines {
            methods.rule(path).budget = *budget;
        }
        for path in methods::ENDLESS_MACHINERY.iter().chain(&self.until_drain) {
            methods.rule(path).until_drain = true;
        }
        for path in &self.uploads {
            methods.rule(path).upload = true;
        }
        let places = (self.options.concurrency, self.options.concurrent_uploads);
        let gate = Arc::new(Gate::new(methods, places, self.soundness.clone(), drain.clone()));
        Ok(Routes::from(routes.into_axum_router().layer(from_fn_with_state(gate, gate::pass))))
    }
}

/// A socket that listens, and where.
struct Bound {
    socket: TcpListener,
    address: SocketAddr,
}

async fn bind(key: &'static str, address: SocketAddr) -> Result<Bound, StartError> {
    let failed = |source| StartError::Listen { key, address, source };
    let socket = TcpListener::bind(address).await.map_err(failed)?;
    let address = socket.local_addr().map_err(failed)?;
    Ok(Bound { socket, address })
}

impl Arrived {
    /// Notes when a request arrived. It must happen before tonic starts its own timer for the same `grpc-timeout`,
    /// which answers `CANCELLED`: ours is then never the later of the two.
    fn stamp<B>(mut request: http::Request<B>) -> http::Request<B> {
        request.extensions_mut().insert(Self(Instant::now()));
        request
    }
}
