//! Certificates for the processes of one test, all signed by one authority.

use std::{path::PathBuf, sync::Arc};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// An authority, and a folder for what it signs.
pub struct Authority {
    folder: tempfile::TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Default for Authority {
    fn default() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("no name at all");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a certificate");
        let authority = Self { folder: tempfile::tempdir().expect("a temporary folder"), issuer };
        std::fs::write(authority.file(), authority.issuer.pem()).expect("a file");
        authority
    }
}

impl Authority {
    /// The file of its own certificate.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// The folder of a certificate for a process of this machine, to serve and to call with.
    pub(crate) fn sign(&self, name: &str) -> PathBuf {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("two names");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (file, text) in [("tls.crt", certificate.pem()), ("tls.key", key.serialize_pem()), ("ca.crt", self.issuer.pem())] {
            std::fs::write(folder.join(file), text).expect("a file");
        }
        folder
    }

    /// A client that trusts this authority and shows a certificate of it, or none.
    pub(crate) fn client(&self, shown: Option<&str>) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.issuer.der().clone()).expect("an authority");
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().expect("versions of TLS").with_root_certificates(roots);
        Arc::new(match shown.map(|name| self.sign(name)) {
            None => builder.with_no_client_auth(),
            Some(folder) => {
                let certificate = CertificateDer::from_pem_file(folder.join("tls.crt")).expect("a certificate");
                let key = PrivateKeyDer::from_pem_file(folder.join("tls.key")).expect("a key");
                builder.with_client_auth_cert(vec![certificate], key).expect("a certificate with its key")
            }
        })
    }
}
