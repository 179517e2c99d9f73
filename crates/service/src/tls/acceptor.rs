//! The side that serves.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::sign::SingleCertAndKey;
use tokio_rustls::server::TlsStream;

use super::files::{self, Files};
use super::{HANDSHAKE, Kept, TlsError, certificate_refused};
use crate::config::Options;

/// What takes TLS connections, each with the certificates that the files hold when it comes. Clones share them.
#[derive(Debug, Clone)]
pub struct Acceptor(Kept<ServerConfig>);

impl Acceptor {
    /// An acceptor for one protocol, by its name in ALPN (`h2`, `http/1.1`); none without a certificate. With `tls_client_ca`, callers must
    /// show a certificate of that authority. It must be made inside the runtime.
    ///
    /// # Errors
    ///
    /// [`TlsError`], which names the file.
    pub fn new(options: &Options, protocol: &'static str) -> Result<Option<Self>, TlsError> {
        let mut named = files::identity(options);
        if named.is_empty() {
            return Ok(None);
        }
        let callers = options.tls_client_ca.clone().map(|path| ("tls_client_ca", path));
        let mutual = callers.is_some();
        named.extend(callers);
        let kept = Kept::new("server", named, options.tls_reload, move |files| config(files, mutual, protocol))?;
        kept.watch();
        Ok(Some(Self(kept)))
    }

    /// Does the handshake with a peer, in the time it has; none when it fails, and the log says why. Peers with whose certificates something
    /// is wrong, or who say so of ours, are named at `warn`: whoever runs the house must know. All else is anyone's noise.
    pub async fn accept<S>(&self, stream: S, peer: Option<SocketAddr>) -> Option<TlsStream<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let peer = peer.map_or_else(|| "unknown".to_owned(), |peer| peer.to_string());
        match timeout(HANDSHAKE, TlsAcceptor::from(self.0.current().made).accept(stream)).await {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => {
                if let Some(reason) = certificate_refused(&error) {
                    tracing::warn!(peer, %reason, "a connection is refused for its certificate");
                } else {
                    tracing::debug!(peer, %error, "a TLS handshake failed");
                }
            }
            Err(_) => tracing::debug!(peer, "a TLS handshake was not finished in time"),
        }
        None
    }
}

/// Sessions of connections before are not resumed under a new configuration: whoever was let in by an old authority is asked again.
fn config(files: &Files, mutual: bool, protocol: &str) -> Result<ServerConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.map_err(TlsError::Versions)?;
    let builder = if mutual {
        let roots = Arc::new(files.authorities("tls_client_ca")?);
        builder.with_client_cert_verifier(WebPkiClientVerifier::builder_with_provider(roots, provider).build().map_err(TlsError::Callers)?)
    } else {
        builder.with_no_client_auth()
    };
    let mut config = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(files.certified()?)));
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    Ok(config)
}
