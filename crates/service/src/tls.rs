//! Certificates of both sides, read from the files of the configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tonic::transport::{Certificate, ClientTlsConfig, Identity, ServerTlsConfig};

use crate::config::Options;

/// Time for the TLS handshake of a peer.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
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
    /// The certificates do not fit together.
    #[error("the certificate, its key or an authority is refused")]
    Refused(#[source] tonic::transport::Error),
}

/// What the server shows and asks; `None` without a certificate.
pub(crate) fn server(options: &Options) -> Result<Option<ServerTlsConfig>, TlsError> {
    let Some(identity) = identity(options)? else { return Ok(None) };
    let config = ServerTlsConfig::new().identity(identity).timeout(HANDSHAKE);
    Ok(Some(match &options.tls_client_ca {
        Some(path) => config.client_ca_root(authority("tls_client_ca", path)?),
        None => config,
    }))
}

/// What this service trusts and shows when it calls others over `https`.
pub(crate) fn client(options: &Options) -> Result<ClientTlsConfig, TlsError> {
    let config = ClientTlsConfig::new().timeout(HANDSHAKE);
    let config = match (&options.tls_server_ca, &options.tls_client_ca) {
        (Some(path), _) => config.ca_certificate(authority("tls_server_ca", path)?),
        (None, Some(path)) => config.ca_certificate(authority("tls_client_ca", path)?),
        (None, None) => config,
    };
    Ok(match identity(options)? {
        Some(identity) => config.identity(identity),
        None => config,
    })
}

fn identity(options: &Options) -> Result<Option<Identity>, TlsError> {
    let (Some(certificate), Some(key)) = (&options.tls_cert, &options.tls_key) else { return Ok(None) };
    let certificate = read("tls_cert", certificate, "CERTIFICATE")?;
    let key = read("tls_key", key, "PRIVATE KEY")?;
    Ok(Some(Identity::from_pem(certificate, key)))
}

fn authority(key: &'static str, path: &Path) -> Result<Certificate, TlsError> {
    read(key, path, "CERTIFICATE").map(Certificate::from_pem)
}

/// Reads a PEM file. rustls passes over what is not PEM without a word, so an empty authority would refuse everyone.
fn read(key: &'static str, path: &Path, wanted: &'static str) -> Result<String, TlsError> {
    let text = std::fs::read_to_string(path).map_err(|source| TlsError::Unreadable { key, path: path.to_owned(), source })?;
    let has_block = text.lines().any(|line| line.starts_with("-----BEGIN ") && line.contains(wanted));
    if has_block { Ok(text) } else { Err(TlsError::NotPem { key, path: path.to_owned(), wanted }) }
}
