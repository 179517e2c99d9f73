//! Certificates of both sides, read from the files of the configuration, and again when these change.
//!
//! Whoever serves or calls keeps what was made of the files (`kept`). The files are read again every `tls_reload`; when what they hold has
//! changed, new connections take what is made of it, and old ones live on. Files that cannot be used change nothing: the log says so once.
//!
//! | series | labels | what |
//! | --- | --- | --- |
//! | `tls_reloads_total` | side, outcome | changed files taken up; checks that found them unusable, and kept what was read before |

mod acceptor;
mod files;
mod kept;

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::pem;
use tokio_rustls::rustls::server::VerifierBuilderError;
use tokio_rustls::rustls::{self, AlertDescription};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

pub use acceptor::Acceptor;
pub(crate) use kept::Kept;

use crate::config::Options;

/// Time for the TLS handshake of a peer.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// What a peer says when it does not take our certificate.
const REFUSALS: [AlertDescription; 7] = [
    AlertDescription::BadCertificate,
    AlertDescription::UnsupportedCertificate,
    AlertDescription::CertificateRevoked,
    AlertDescription::CertificateExpired,
    AlertDescription::CertificateUnknown,
    AlertDescription::CertificateRequired,
    AlertDescription::UnknownCA,
];

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that the configuration does not name.
    #[error("no file is named (key `{key}`)")]
    Unnamed {
        /// The key that should name it.
        key: &'static str,
    },
    /// A file that cannot be read.
    #[error("cannot read {} (key `{key}`)", path.display())]
    Unreadable {
        /// The key that names the file.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file without any PEM block of the kind wanted.
    #[error("{} (key `{key}`) has no PEM block {wanted}", path.display())]
    NotPem {
        /// The key that names the file.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What must be in it.
        wanted: &'static str,
    },
    /// A file whose PEM is damaged.
    #[error("the PEM of {} (key `{key}`) is damaged", path.display())]
    Damaged {
        /// The key that names the file.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Where.
        source: pem::Error,
    },
    /// A certificate and a key that do not fit together.
    #[error("{} (key `tls_cert`) cannot be used with {} (key `tls_key`)", certificate.display(), key.display())]
    Pair {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of its key.
        key: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// A certificate that is not one of an authority.
    #[error("{} (key `{key}`) is refused as authority", path.display())]
    Authority {
        /// The key that names the file.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// Authorities by which nobody can be told.
    #[error("the authorities of callers are refused (key `tls_client_ca`)")]
    Callers(#[source] VerifierBuilderError),
    /// No version of TLS is left to speak.
    #[error("there is no version of TLS to speak")]
    Versions(#[source] rustls::Error),
    /// The transport does not take what was read.
    #[error("the certificate, its key or an authority is refused")]
    Refused(#[source] tonic::transport::Error),
}

/// What this service trusts and shows when it calls others over `https`.
pub(crate) fn client(options: &Options) -> Result<Kept<ClientTlsConfig>, TlsError> {
    let authority = match (&options.tls_server_ca, &options.tls_client_ca) {
        (Some(path), _) => Some(("tls_server_ca", path.clone())),
        (None, Some(path)) => Some(("tls_client_ca", path.clone())),
        (None, None) => None,
    };
    let trusted = authority.as_ref().map(|(key, _)| *key);
    let identity = files::identity(options);
    let shows = !identity.is_empty();
    let named = identity.into_iter().chain(authority).collect();
    Kept::new("client", named, options.tls_reload, move |files| {
        let config = ClientTlsConfig::new().timeout(HANDSHAKE);
        let config = match trusted {
            None => config,
            Some(key) => {
                files.authorities(key)?;
                config.ca_certificate(Certificate::from_pem(files.pem(key)?))
            }
        };
        let config = if shows {
            files.certified()?;
            config.identity(Identity::from_pem(files.pem("tls_cert")?, files.pem("tls_key")?))
        } else {
            config
        };
        // Refused here rather than when someone must be called.
        Endpoint::from_static("https://localhost").tls_config(config.clone()).map_err(TlsError::Refused)?;
        Ok(config)
    })
}

/// What a failed connection says of a certificate, ours or the peer's; `None` if it failed for another reason.
pub(crate) fn certificate_refused<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut causes = std::iter::successors(Some(error), |&cause| cause.source());
    let reason = causes.find_map(|cause| {
        // An I/O error hides what it was made of, and names only the causes of that.
        let inner = cause.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref()?.downcast_ref::<rustls::Error>());
        inner.or_else(|| cause.downcast_ref())
    })?;
    let concerns = if let rustls::Error::AlertReceived(alert) = reason {
        REFUSALS.contains(alert)
    } else {
        matches!(reason, rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented)
    };
    concerns.then_some(reason)
}
