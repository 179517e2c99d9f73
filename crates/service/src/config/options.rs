//! The options every service has, and the checks that look at more than one of them.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::ValueHint;

use super::value::{MaskedUrl, duration};
use crate::MESSAGE_LIMIT;

/// How far the port of the HTTP side door stands from the gRPC port, when nothing is said.
const SIDE_DOOR_OFFSET: u16 = 100;

/// What every service can be told.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Options of every service")]
pub struct Options {
    /// Address of the gRPC server. Port 0 lets the system choose; the line printed when ready says which.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: SocketAddr,

    /// Address of the HTTP side door (/metrics, /health/live, /health/ready), or `off`. Without it: the loopback
    /// address, 100 ports above the gRPC port. It carries no figures and is always plain HTTP.
    #[arg(long, value_name = "ADDRESS|off")]
    pub http_listen: Option<SideDoor>,

    /// Where facts are kept, as a URL: sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE?sslrootcert=FILE, where FILE has the authority
    /// that signs the database server (PEM).
    #[arg(long, value_name = "URL")]
    pub store: Option<MaskedUrl>,

    /// Folder of plan packages, instead of those built in.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub plans: Option<PathBuf>,

    /// What is logged, by level and module: info, or warn,piramide_production=debug.
    #[arg(long, value_name = "FILTER", default_value = "info", value_parser = filter)]
    pub log: String,

    /// How the log on standard error is written.
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub log_format: LogFormat,

    /// OpenTelemetry collector that receives traces, as http://HOST:4317. Without it no trace leaves the process.
    #[arg(long, value_name = "URL")]
    pub otlp: Option<MaskedUrl>,

    /// Folder with tls.crt, tls.key and ca.crt, as Kubernetes keeps them. Turns mutual TLS on: the certificate of this service, its key, and the
    /// authority that has signed those who call and those who are called. What the options below name takes the place of a file of it.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub tls: Option<PathBuf>,

    /// Certificate chain of this service, PEM. Turns TLS on; it is also what the service shows when it calls others.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tls_cert: Option<PathBuf>,

    /// Private key of the certificate, PEM.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tls_key: Option<PathBuf>,

    /// Authority whose certificates callers must show, PEM. Turns mutual TLS on.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tls_client_ca: Option<PathBuf>,

    /// Authority that signs the services this one calls, PEM. Without it: the one of the callers.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub tls_server_ca: Option<PathBuf>,

    /// How often the files of certificates are read again. New connections take what has changed, in the certificate, its key or an authority;
    /// while the files cannot be used, what was read before stays in use and the log says so. Change an authority in steps: first a file
    /// with the old and the new one on all sides, then the certificates, then the new one alone.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub tls_reload: Duration,

    /// Allow gRPC without TLS outside the loopback address, in both directions.
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false")]
    pub allow_plaintext: bool,

    /// Time a call may take when its caller sets no deadline.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = duration)]
    pub deadline: Duration,

    /// Time a call to another service may take when nothing else bounds it.
    #[arg(long, value_name = "DURATION", default_value = "2s", value_parser = duration)]
    pub call_deadline: Duration,

    /// Largest message in bytes, both ways. Memory is reserved per message: stream more of them rather than raise this.
    #[arg(long, value_name = "BYTES", default_value_t = MESSAGE_LIMIT)]
    pub message_limit: usize,

    /// Calls in progress at once; what comes beyond is refused with RESOURCE_EXHAUSTED, reason OVERLOAD.
    #[arg(long, value_name = "COUNT", default_value_t = 256)]
    pub concurrency: usize,

    /// Uploads in progress at once, batches and streams of events, beside those calls; what comes beyond is refused likewise.
    #[arg(long, value_name = "COUNT", default_value_t = 32)]
    pub concurrent_uploads: usize,

    /// Time that accepted calls have to finish when the service is told to stop.
    #[arg(long, value_name = "DURATION", default_value = "25s", value_parser = duration)]
    pub drain: Duration,

    /// Threads that run calls.
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    pub threads: usize,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// Where the HTTP side door listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SideDoor {
    /// Nowhere.
    Off,
    /// On this address.
    At(SocketAddr),
}

impl FromStr for SideDoor {
    type Err = std::net::AddrParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "off" { Ok(Self::Off) } else { text.parse().map(Self::At) }
    }
}

/// Options that do not go together. Each names the key to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOptions {
    /// Plain text where others can read it.
    #[error(
        "listen = {0} is not a loopback address and there is no TLS: set tls, or tls_cert and tls_key, or allow_plaintext = true if the network protects it"
    )]
    Plaintext(SocketAddr),
    /// Half of a certificate.
    #[error("{present} is set without {missing}")]
    Incomplete {
        /// The key that is set.
        present: &'static str,
        /// The key it needs.
        missing: &'static str,
    },
    /// A number or duration outside its range.
    #[error("{key} = {value} is out of range: {range}")]
    OutOfRange {
        /// The key.
        key: &'static str,
        /// What it says.
        value: String,
        /// What it may say.
        range: &'static str,
    },
    /// The port of the side door cannot be derived.
    #[error("listen = {0} leaves no port 100 above for the HTTP side door: set http_listen")]
    NoSideDoorPort(SocketAddr),
}

impl Options {
    /// Takes the files of the folder of certificates for those that are not named, and gives what was taken, by key.
    pub(super) fn open_folder(&mut self) -> BTreeMap<&'static str, PathBuf> {
        let Some(folder) = &self.tls else { return BTreeMap::new() };
        let files = [
            ("tls_cert", &mut self.tls_cert, "tls.crt"),
            ("tls_key", &mut self.tls_key, "tls.key"),
            ("tls_client_ca", &mut self.tls_client_ca, "ca.crt"),
        ];
        let unnamed = files.into_iter().filter(|(_, file, _)| file.is_none());
        unnamed.map(|(key, file, name)| (key, file.insert(folder.join(name)).clone())).collect()
    }

    /// Whether gRPC is served over TLS.
    pub fn has_tls(&self) -> bool {
        self.tls_cert.is_some()
    }

    /// Address of the HTTP side door; `None` if it is off.
    ///
    /// # Errors
    ///
    /// [`InvalidOptions::NoSideDoorPort`] if it must be derived and there is no such port.
    pub fn side_door(&self) -> Result<Option<SocketAddr>, InvalidOptions> {
        match self.http_listen {
            Some(SideDoor::Off) => Ok(None),
            Some(SideDoor::At(address)) => Ok(Some(address)),
            None => {
                let port = match self.listen.port() {
                    0 => 0,
                    port => port.checked_add(SIDE_DOOR_OFFSET).ok_or(InvalidOptions::NoSideDoorPort(self.listen))?,
                };
                Ok(Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)))
            }
        }
    }

    /// Checks what concerns more than one option, and the ranges.
    ///
    /// # Errors
    ///
    /// [`InvalidOptions`], the first found.
    pub fn check(&self) -> Result<(), InvalidOptions> {
        let pairs = [
            (("tls_cert", &self.tls_cert), ("tls_key", &self.tls_key)),
            (("tls_key", &self.tls_key), ("tls_cert", &self.tls_cert)),
            (("tls_client_ca", &self.tls_client_ca), ("tls_cert", &self.tls_cert)),
        ];
        for ((present, first), (missing, second)) in pairs {
            if first.is_some() && second.is_none() {
                return Err(InvalidOptions::Incomplete { present, missing });
            }
        }
        if !self.has_tls() && !self.allow_plaintext && !self.listen.ip().is_loopback() {
            return Err(InvalidOptions::Plaintext(self.listen));
        }
        self.side_door()?;
        in_range("message_limit", self.message_limit, 1_024..=64 * 1_024 * 1_024, "1024 to 67108864 bytes")?;
        in_range("concurrency", self.concurrency, 1..=1_000_000, "1 to 1000000")?;
        in_range("concurrent_uploads", self.concurrent_uploads, 1..=1_000_000, "1 to 1000000")?;
        in_range("threads", self.threads, 1..=1_024, "1 to 1024")?;
        let durations =
            [("tls_reload", self.tls_reload), ("deadline", self.deadline), ("call_deadline", self.call_deadline), ("drain", self.drain)];
        for (key, value) in durations {
            if value.is_zero() || value > Duration::from_hours(1) {
                return Err(InvalidOptions::OutOfRange { key, value: format!("{value:?}"), range: "1ms to 1h" });
            }
        }
        Ok(())
    }
}

fn in_range(key: &'static str, value: usize, allowed: std::ops::RangeInclusive<usize>, range: &'static str) -> Result<(), InvalidOptions> {
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(InvalidOptions::OutOfRange { key, value: value.to_string(), range })
}

/// Checks a log filter at start, so that a slip in it does not silence the log.
fn filter(text: &str) -> Result<String, tracing_subscriber::filter::ParseError> {
    tracing_subscriber::EnvFilter::builder().parse(text).map(|_| text.to_owned())
}
