//! The files as they were at one moment, and what is in them.

use std::path::PathBuf;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{RootCertStore, sign::CertifiedKey};

use super::TlsError;
use crate::config::Options;

/// A file with the key of the configuration that names it.
pub(super) type Named = (&'static str, PathBuf);

/// The certificate of this service and its key; nothing without both.
pub(super) fn identity(options: &Options) -> Vec<Named> {
    match (&options.tls_cert, &options.tls_key) {
        (Some(certificate), Some(key)) => vec![("tls_cert", certificate.clone()), ("tls_key", key.clone())],
        (Some(_), None) | (None, _) => Vec::new(),
    }
}

/// Files that belong together, read together.
#[derive(PartialEq, Eq)]
pub(super) struct Files(Vec<Pem>);

#[derive(PartialEq, Eq)]
struct Pem {
    key: &'static str,
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Files {
    pub(super) fn read(named: &[Named]) -> Result<Self, TlsError> {
        let read = |(key, path): &Named| match std::fs::read(path) {
            Ok(bytes) => Ok(Pem { key, path: path.clone(), bytes }),
            Err(source) => Err(TlsError::Unreadable { key, path: path.clone(), source }),
        };
        named.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    fn named(&self, key: &'static str) -> Result<&Pem, TlsError> {
        self.0.iter().find(|file| file.key == key).ok_or(TlsError::Unnamed { key })
    }

    /// What a file holds.
    pub(super) fn pem(&self, key: &'static str) -> Result<&[u8], TlsError> {
        self.named(key).map(|file| &*file.bytes)
    }

    /// The certificate of this service with its key, which is made sure to be its own.
    pub(super) fn certified(&self) -> Result<CertifiedKey, TlsError> {
        let (certificate, key) = (self.named("tls_cert")?, self.named("tls_key")?);
        let chain = certificate.certificates()?;
        let private = PrivateKeyDer::from_pem_slice(&key.bytes).map_err(|error| key.unusable("PRIVATE KEY", error))?;
        let pair = |source| TlsError::Pair { certificate: certificate.path.clone(), key: key.path.clone(), source };
        CertifiedKey::from_der(chain, private, &ring::default_provider()).map_err(pair)
    }

    /// The authorities of a file.
    pub(super) fn authorities(&self, key: &'static str) -> Result<RootCertStore, TlsError> {
        let file = self.named(key)?;
        let mut roots = RootCertStore::empty();
        for certificate in file.certificates()? {
            roots.add(certificate).map_err(|source| TlsError::Authority { key: file.key, path: file.path.clone(), source })?;
        }
        Ok(roots)
    }
}

impl Pem {
    /// Its certificates. rustls passes over what is not PEM without a word, so an empty authority would refuse everyone.
    fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let read = CertificateDer::pem_slice_iter(&self.bytes).collect::<Result<Vec<_>, _>>();
        let chain = read.map_err(|error| self.unusable("CERTIFICATE", error))?;
        if chain.is_empty() { Err(self.unusable("CERTIFICATE", pem::Error::NoItemsFound)) } else { Ok(chain) }
    }

    fn unusable(&self, wanted: &'static str, error: pem::Error) -> TlsError {
        let (key, path) = (self.key, self.path.clone());
        if matches!(error, pem::Error::NoItemsFound) {
            TlsError::NotPem { key, path, wanted }
        } else {
            TlsError::Damaged { key, path, source: error }
        }
    }
}
