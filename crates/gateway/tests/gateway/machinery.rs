//! State, headers, TLS, the end.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName},
    },
};

use piramide_gateway::{ABOUT, GatewayOptions, start};
use piramide_service::Config;
use serde_json::json;

use crate::house::{House, wait_until};

#[test]
fn the_state_names_who_answers() {
    let mut house = House::new();
    let status = house.get("/status");
    assert_eq!(
        (status.status, status.header("content-type"), &status.json()["title"]),
        (200, "application/problem+json", &json!("Servizio disponibile"))
    );
    assert_eq!((house.get("/health/live").status, house.get("/health/ready").status), (200, 200));
    house.quality.stop();
    wait_until("quality is known to be gone", || house.silent() == ["quality"]);
    let status = house.get("/status").json();
    assert_eq!(
        (&status["status"], &status["title"], &status["detail"]),
        (&json!(200), &json!("Servizio disponibile in parte"), &json!("no answer from quality"))
    );
    for fake in [&mut house.production, &mut house.finance, &mut house.workforce, &mut house.public_value] {
        fake.stop();
    }
    wait_until("everybody is known to be gone", || house.silent().len() == 5);
    assert_eq!((house.get("/status").status, house.get("/health/ready").status, house.get("/health/live").status), (503, 503, 200));
}

#[test]
fn every_answer_tells_the_browser_to_be_careful() {
    let house = House::new();
    for path in ["/", "/api/v1/plans", "/niente", "/assets/piramide.js", "/health/live"] {
        let answer = house.get(path);
        let policy = answer.header("content-security-policy");
        assert!(
            policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"),
            "{path}: {policy}"
        );
        assert_eq!((answer.header("x-content-type-options"), answer.header("referrer-policy")), ("nosniff", "same-origin"), "{path}");
    }
    assert_eq!(house.get("/status").header("cache-control"), "no-store");
    let metrics = house.get("/metrics").text;
    assert!(metrics.contains(r#"http_server_requests_total{method="GET",route="/api/v1/plans",status="200"}"#), "{metrics}");
}

#[test]
fn https_is_served_with_the_certificate_given() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let arguments = ["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let answer = runtime.block_on(async {
        let running = start(Config::<GatewayOptions>::local(&ABOUT, arguments).unwrap()).await.unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from(made.cert.der().to_vec())).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().unwrap();
        let connector = TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
        let stream = tokio::net::TcpStream::connect(running.address).await.unwrap();
        let mut stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        stream.write_all(b"GET /health/live HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    });
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("alive\n"), "{answer}");
}

#[test]
fn https_takes_up_a_changed_certificate() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    let renew = || {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        made.cert.der().clone()
    };
    // Whether a new connection sees a certificate: only who trusts it can tell.
    let sees = async |address, trusted: &CertificateDer<'static>| {
        let mut roots = RootCertStore::empty();
        roots.add(trusted.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider())).with_safe_default_protocol_versions().unwrap();
        let connector = TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.is_ok()
    };
    let first = renew();
    let arguments = ["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap(), "--tls-reload", "20ms"];
    let running = runtime.block_on(async { start(Config::<GatewayOptions>::local(&ABOUT, arguments).unwrap()).await.unwrap() });
    assert!(runtime.block_on(sees(running.address, &first)));
    let second = renew();
    wait_until("the new certificate is shown", || runtime.block_on(sees(running.address, &second)));
    assert!(!runtime.block_on(sees(running.address, &first)));
}

#[test]
fn an_unusable_setting_stops_the_start_and_is_named() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let failed = |arguments: &[&str]| {
        let config = Config::<GatewayOptions>::local(&ABOUT, arguments.iter().map(ToString::to_string)).unwrap();
        let error = runtime.block_on(async { start(config).await.unwrap_err() });
        std::iter::successors(Some(&error as &dyn std::error::Error), |cause| cause.source())
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(": ")
    };
    assert!(failed(&["--finance-url", "ftp://127.0.0.1:1"]).contains("ftp://127.0.0.1:1"));
    assert!(failed(&["--finance-url", "http://finance.example:1"]).contains("plain text"));
    assert!(failed(&["--tls-cert", "/nowhere.pem", "--tls-key", "/nowhere.pem"]).contains("tls_cert"));
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let _held = std::net::TcpListener::bind(taken).unwrap();
    assert!(failed(&["--listen", &taken.to_string()]).contains(&taken.to_string()));
}
