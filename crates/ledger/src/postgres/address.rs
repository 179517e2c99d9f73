//! The address of a database: that of libpq, with its words for TLS.
//!
//! | in the address | the connection |
//! | --- | --- |
//! | `sslrootcert=FILE` | over TLS, always: the certificate must come from an authority in the PEM file and name the host |
//! | `sslmode=disable` | plain, said on purpose: where the network protects it |
//! | neither | plain, and only within this machine |
//!
//! Weaker words of libpq, which encrypt without knowing to whom, are refused: whoever listens can also answer.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::LedgerError;
use crate::error::without_password;

/// Where to connect, and how.
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
}

/// Reads an address.
///
/// # Errors
///
/// When it is none, its words for TLS contradict one another, the file of the authority cannot be used, or facts would leave the machine
/// unprotected without anyone having said so.
pub(super) fn read(url: &str) -> Result<Address, LedgerError> {
    let no_address = || LedgerError::Address { url: without_password(url) };
    let unprotected = |cause: String| LedgerError::Unprotected { url: without_password(url), cause };
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let (mut authority, mut mode, mut others) = (None, None, Vec::new());
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        match parameter.split_once('=') {
            Some(("sslrootcert", file)) => authority = Some(decoded(file).ok_or_else(no_address)?),
            Some(("sslmode", said)) => mode = Some(said),
            _ => others.push(parameter),
        }
    }
    let rest = if others.is_empty() { place.to_owned() } else { format!("{place}?{}", others.join("&")) };
    let mut config = Config::from_str(&rest).map_err(|_| no_address())?;
    let roots = match (authority, mode) {
        (Some(file), None | Some("require" | "verify-ca" | "verify-full")) => {
            config.ssl_mode(SslMode::Require);
            roots(&file).map_err(|cause| unprotected(format!("{file}: {cause}")))?
        }
        (None, Some("disable")) => {
            config.ssl_mode(SslMode::Disable);
            RootCertStore::empty()
        }
        (None, None) if config.get_hosts().iter().all(is_here) && config.get_hostaddrs().iter().all(IpAddr::is_loopback) => {
            config.ssl_mode(SslMode::Disable);
            RootCertStore::empty()
        }
        (None, None) => {
            let cause = "facts would cross the network in plain text: add sslrootcert=FILE with the authority that signs the server, or \
                         sslmode=disable where the network protects them";
            return Err(unprotected(cause.to_owned()));
        }
        (None, Some(mode @ ("require" | "verify-ca" | "verify-full"))) => {
            return Err(unprotected(format!("sslmode={mode} needs sslrootcert=FILE, the authority that signs the server")));
        }
        (_, Some(mode)) => {
            return Err(unprotected(format!("sslmode={mode} does not protect: use sslrootcert=FILE, or sslmode=disable alone")));
        }
    };
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions();
    let tls = tls.map_err(|error| unprotected(error.to_string()))?.with_root_certificates(roots).with_no_client_auth();
    Ok(Address { config, tls: MakeRustlsConnect::new(tls) })
}

/// Whether a host is this machine, as far as its name says.
fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// The authorities in a file.
fn roots(file: &str) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| error.to_string())? {
        let certificate = certificate.map_err(|error| error.to_string())?;
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    if roots.is_empty() { Err("has no certificate".to_owned()) } else { Ok(roots) }
}

/// A text without its `%20`; `None` when what follows a per cent sign is no byte, or the bytes no text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                (digit(*high)? * 16 + digit(*low)?, after)
            }
            (b'%', _) => return None,
            (byte, after) => (*byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: Result<SslMode, &str>) {
        match (read(url), expected) {
            (Ok(address), Ok(mode)) => assert_eq!(address.config.get_ssl_mode(), mode, "{url}"),
            (Err(error), Err(expected)) => {
                let said = error.to_string();
                assert!(said.contains(expected), "{url}: {said}");
                assert!(!said.contains("secret"), "{said}");
            }
            (Ok(_), Err(expected)) => panic!("{url} is taken, where {expected:?} is expected"),
            (Err(error), Ok(_)) => panic!("{url}: {error}"),
        }
    }

    #[test]
    fn facts_leave_the_machine_protected_or_on_purpose() {
        check("postgres://piramide:secret@db.inps.it/facts", Err("plain text"));
        check("postgres://piramide@10.0.0.7/facts", Err("plain text"));
        check("postgres://piramide@127.0.0.1,db.inps.it/facts", Err("plain text"));
        check("postgres://piramide@db.inps.it/facts?sslmode=disable", Ok(SslMode::Disable));
        for here in ["127.0.0.1", "localhost", "[::1]"] {
            check(&format!("postgres://piramide@{here}/facts?connect_timeout=3"), Ok(SslMode::Disable));
        }
    }

    #[test]
    fn words_that_only_look_like_protection_are_refused() {
        for mode in ["require", "verify-ca", "verify-full"] {
            check(&format!("postgres://piramide@db.inps.it/facts?sslmode={mode}"), Err("needs sslrootcert"));
        }
        for mode in ["allow", "prefer", "maybe"] {
            check(&format!("postgres://piramide@127.0.0.1/facts?sslmode={mode}"), Err("does not protect"));
        }
        check("postgres://piramide@127.0.0.1/facts?sslrootcert=ca.pem&sslmode=disable", Err("does not protect"));
        check("postgres://piramide:secret@db.inps.it/facts?sslrootcert=%2Fno%20such.pem", Err("/no such.pem"));
        check("postgres://piramide@db.inps.it/facts?sslrootcert=%2", Err("cannot open"));
        let empty = tempfile::NamedTempFile::new().unwrap();
        check(&format!("postgres://piramide@db.inps.it/facts?sslrootcert={}", empty.path().display()), Err("no certificate"));
    }
}
