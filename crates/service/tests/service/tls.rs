//! TLS and mutual TLS with real certificates.

use piramide_service::Running;
use piramide_service::client::{Connection, DialError, Dialer};
use piramide_service::server::StartError;

use crate::authority::{Authority, Signed, text};
use crate::probe::{Probe, options, say, server, start};

/// A connection that trusts an authority and shows a certificate, if it has one.
fn dial(running: &Running, trusted: &Authority, shown: Option<&Signed>) -> Connection {
    let mut args = vec!["--tls-server-ca".to_owned(), trusted.file()];
    args.extend(shown.into_iter().flat_map(Signed::args));
    let args = args.iter().map(String::as_str).collect::<Vec<_>>();
    Dialer::new(&options(&args)).unwrap().connect(&format!("https://127.0.0.1:{}", running.address.port())).unwrap()
}

async fn serve(identity: &Signed, more: &[&str]) -> Running {
    let identity = identity.args();
    let args = identity.iter().map(String::as_str).chain(more.iter().copied()).collect::<Vec<_>>();
    start(&Probe::new(), &args).await
}

#[tokio::test]
async fn tls_is_for_those_who_trust_the_authority_and_for_nobody_in_plain_text() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    // TLS is what makes an address outside the loopback acceptable.
    let running = serve(&authority.sign("server"), &["--listen", "0.0.0.0:0"]).await;
    assert_eq!(say(&dial(&running, &authority, None), "echo:x").await.unwrap(), "x");
    say(&dial(&running, &stranger, None), "echo:x").await.expect_err("a stranger's server was trusted");
    let plain = Dialer::new(&options(&[])).unwrap().connect(&format!("http://127.0.0.1:{}", running.address.port())).unwrap();
    say(&plain, "echo:x").await.expect_err("plain text was answered");
}

#[tokio::test]
async fn mutual_tls_is_for_those_whom_the_authority_signed() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let running = serve(&authority.sign("server"), &["--tls-client-ca", &authority.file()]).await;
    assert_eq!(say(&dial(&running, &authority, Some(&authority.sign("client"))), "echo:x").await.unwrap(), "x");
    say(&dial(&running, &authority, None), "echo:x").await.expect_err("nobody's call was answered");
    say(&dial(&running, &authority, Some(&stranger.sign("stranger"))), "echo:x").await.expect_err("a stranger's call was answered");
}

#[tokio::test]
async fn files_that_do_not_serve_are_named_with_their_key() {
    let authority = Authority::new();
    let (one, other) = (authority.sign("one"), authority.sign("other"));
    let refused = async |args: [&str; 4]| {
        let StartError::Tls(error) = server(&Probe::new(), &args).start().await.unwrap_err() else { panic!("another error") };
        error.to_string()
    };
    let (certificate, key) = (text(&one.certificate), text(&one.key));
    let error = refused(["--tls-cert", "/nowhere/cert.pem", "--tls-key", &key]).await;
    assert_eq!(error, "cannot read /nowhere/cert.pem (key `tls_cert`)");
    let error = refused(["--tls-cert", &certificate, "--tls-key", &certificate]).await;
    assert_eq!(error, format!("{certificate} (key `tls_key`) has no PEM block PRIVATE KEY"));
    let error = refused(["--tls-cert", &certificate, "--tls-key", &text(&other.key)]).await;
    assert_eq!(error, format!("{certificate} (key `tls_cert`) cannot be used with {} (key `tls_key`)", text(&other.key)));
    std::fs::write(&other.key, "-----BEGIN PRIVATE KEY-----\n*\n-----END PRIVATE KEY-----\n").unwrap();
    let error = refused(["--tls-cert", &certificate, "--tls-key", &text(&other.key)]).await;
    assert_eq!(error, format!("the PEM of {} (key `tls_key`) is damaged", text(&other.key)));
}

#[tokio::test]
async fn a_client_speaks_plain_text_only_to_its_own_machine() {
    let dialer = Dialer::new(&options(&[])).unwrap();
    for url in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://quality:1"] {
        dialer.connect(url).unwrap();
    }
    assert!(matches!(dialer.connect("http://quality:1"), Err(DialError::Plaintext { .. })));
    Dialer::new(&options(&["--allow-plaintext"])).unwrap().connect("http://quality:1").unwrap();
    for url in ["quality:1", "ftp://quality:1", "/x", ""] {
        assert!(matches!(dialer.connect(url), Err(DialError::Address { .. })), "{url:?}");
    }
}
