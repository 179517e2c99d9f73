//! Calls to other services: connected when first needed, kept alive, bounded by the deadline of the call being answered.
//!
//! ```no_run
//! # async fn example(options: &piramide_service::Options) -> Result<(), Box<dyn std::error::Error>> {
//! use piramide_service::client::{Dialer, retry};
//! use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
//!
//! let dialer = Dialer::new(options)?;
//! let client = HealthClient::new(dialer.connect("https://quality:50052")?)
//!     .max_decoding_message_size(options.message_limit)
//!     .max_encoding_message_size(options.message_limit);
//! let answer = retry(async || client.clone().check(HealthCheckRequest::default()).await).await?;
//! # Ok(()) }
//! ```

mod connection;
mod freshness;
mod line;
mod retry;

use std::net::IpAddr;
use std::time::Duration;

use http::Uri;
use tonic::transport::{ClientTlsConfig, Endpoint};

pub use connection::{Connection, endless};
pub use freshness::Freshness;
pub use retry::{Retries, retry};

use crate::config::Options;
use crate::tls::{self, Kept, TlsError};
use line::Line;

/// Time to connect: a host that is gone must not eat the deadline.
const CONNECT: Duration = Duration::from_secs(2);

/// How often a connection without calls is asked whether the other side is still there, and how long it may take.
/// Without it a channel can stay dead after a partition.
const KEEPALIVE: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(10));

/// The same question put by the kernel.
const TCP_KEEPALIVE: Duration = Duration::from_mins(1);

/// Largest headers and trailers taken, in bytes; a refusal with its details fits many times over.
const HEADERS_LIMIT: u32 = 64 * 1024;

/// Makes connections with the certificates and deadlines of the configuration. Certificates that change are shown and trusted by the next call.
#[derive(Debug, Clone)]
pub struct Dialer {
    tls: Kept<ClientTlsConfig>,
    budget: Duration,
    allow_plaintext: bool,
}

/// Why there is no connection to an address.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// Certificates.
    #[error("TLS cannot be set up")]
    Tls(#[source] TlsError),
    /// Not an address.
    #[error("{url:?} is not an address such as http://127.0.0.1:50051 or https://quality:50052")]
    Address {
        /// What was given.
        url: String,
    },
    /// Plain text where others can read it.
    #[error("{url} is plain text to another host: use https, or set allow_plaintext = true if the network protects it")]
    Plaintext {
        /// What was given.
        url: String,
    },
    /// The transport does not take the settings.
    #[error("cannot prepare a connection to {url}")]
    Transport {
        /// What was given.
        url: String,
        /// Why.
        source: tonic::transport::Error,
    },
}

impl Dialer {
    /// Reads the certificates.
    ///
    /// # Errors
    ///
    /// [`DialError::Tls`].
    pub fn new(options: &Options) -> Result<Self, DialError> {
        let tls = tls::client(options).map_err(DialError::Tls)?;
        Ok(Self { tls, budget: options.call_deadline, allow_plaintext: options.allow_plaintext })
    }

    /// The same with another time for calls that nothing else bounds.
    #[must_use]
    pub fn with_budget(mut self, budget: Duration) -> Self {
        self.budget = budget;
        self
    }

    /// A connection to `http://HOST:PORT` or `https://HOST:PORT`, opened by the first call and again whenever it breaks or has become old.
    /// It must be made inside the runtime.
    ///
    /// # Errors
    ///
    /// [`DialError`] if the address or the settings are not usable; whether anyone answers there, calls will say.
    pub fn connect(&self, url: &str) -> Result<Connection, DialError> {
        let failed = |source| DialError::Transport { url: url.to_owned(), source };
        let refused = || DialError::Address { url: url.to_owned() };
        let uri: Uri = url.parse().map_err(|_| refused())?;
        let host = uri.host().ok_or_else(refused)?;
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(refused()),
        };
        if !encrypted && !self.allow_plaintext && !is_loopback(host) {
            return Err(DialError::Plaintext { url: url.to_owned() });
        }
        let endpoint = Endpoint::new(uri)
            .map_err(failed)?
            .connect_timeout(CONNECT)
            .tcp_keepalive(Some(TCP_KEEPALIVE))
            .tcp_nodelay(true)
            .http2_keep_alive_interval(KEEPALIVE.0)
            .keep_alive_timeout(KEEPALIVE.1)
            .keep_alive_while_idle(true)
            .http2_max_header_list_size(HEADERS_LIMIT);
        let tls = encrypted.then(|| self.tls.clone());
        let line = Line::new(endpoint, tls).map_err(failed)?;
        Ok(Connection::new(line, self.budget))
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
