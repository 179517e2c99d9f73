//! Certificates that change while everything runs.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use piramide_service::client::{Connection, Dialer, endless};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::authority::{Authority, Signed, text};
use crate::entry::Service;
use crate::probe::{Probe, in_time, options, say, say_with, start};

/// A folder of certificates as `--tls` takes it.
fn folder(identity: &Signed, authorities: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), identity);
    replace(&folder.path().join("ca.crt"), authorities);
    folder
}

/// Puts a certificate and its key there, one after the other: whoever looks in between sees two that do not fit together.
fn put(folder: &Path, identity: &Signed) {
    replace(&folder.join("tls.crt"), &std::fs::read_to_string(&identity.certificate).unwrap());
    replace(&folder.join("tls.key"), &std::fs::read_to_string(&identity.key).unwrap());
}

/// Replaces a file as a careful program does: it is never half written.
fn replace(path: &Path, content: &str) {
    let new = path.with_extension("new");
    std::fs::write(&new, content).unwrap();
    std::fs::rename(new, path).unwrap();
}

fn dialer(folder: &TempDir) -> Dialer {
    Dialer::new(&options(&["--tls", &text(folder.path()), "--tls-reload", "20ms"])).unwrap()
}

fn connect(dialer: &Dialer, address: SocketAddr) -> Connection {
    dialer.connect(&format!("https://127.0.0.1:{}", address.port())).unwrap()
}

/// A new connection: where it comes from, and the certificate of the server or what became of the handshake.
async fn knock(address: SocketAddr, client: Arc<ClientConfig>) -> (SocketAddr, Result<CertificateDer<'static>, std::io::Error>) {
    let socket = TcpStream::connect(address).await.unwrap();
    let from = socket.local_addr().unwrap();
    let shaken = TlsConnector::from(client).connect(ServerName::try_from("localhost").unwrap(), socket).await;
    (from, shaken.map(|stream| stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()))
}

/// Waits until new connections see a certificate.
async fn until_shown(address: SocketAddr, client: &Arc<ClientConfig>, certificate: &CertificateDer<'static>) {
    in_time(async {
        while knock(address, client.clone()).await.1.ok().as_ref() != Some(certificate) {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// Waits until a dialer trusts a stranger's server and shows it a certificate.
async fn until_met(dialer: &Dialer, server: &TlsAcceptor, certificate: &CertificateDer<'static>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    in_time(async {
        loop {
            let connection = connect(dialer, address);
            let call = tokio::spawn(async move { say(&connection, "echo:x").await });
            let shaken = server.accept(listener.accept().await.unwrap().0).await;
            call.abort();
            if shaken.is_ok_and(|stream| stream.get_ref().1.peer_certificates().unwrap()[0] == *certificate) {
                return;
            }
        }
    })
    .await;
}

/// Calls, one after the other, for as long as it lives.
struct Calls {
    answered: Arc<AtomicU64>,
    over: Arc<AtomicBool>,
    task: tokio::task::JoinHandle<Vec<tonic::Status>>,
}

impl Calls {
    fn begin(connection: Connection) -> Self {
        let (answered, over) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let task = tokio::spawn({
            let (answered, over) = (answered.clone(), over.clone());
            async move {
                let mut failures = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    match say(&connection, "echo:x").await {
                        Ok(_) => drop(answered.fetch_add(1, Ordering::Relaxed)),
                        Err(status) => failures.push(status),
                    }
                }
                failures
            }
        });
        Self { answered, over, task }
    }

    /// Waits for answers to calls that began after now.
    async fn more(&self) {
        let before = self.answered.load(Ordering::Relaxed);
        in_time(async {
            while self.answered.load(Ordering::Relaxed) < before + 10 && !self.task.is_finished() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    async fn end(self) -> Vec<tonic::Status> {
        self.over.store(true, Ordering::Relaxed);
        in_time(self.task).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_and_authority_change_under_a_loop_of_calls_and_none_fails() {
    let (old, new) = (Authority::new(), Authority::new());
    let both = format!("{}{}", old.pem(), new.pem());
    let (ours, theirs) = (folder(&old.sign("server"), &old.pem()), folder(&old.sign("client"), &old.pem()));
    let (server, client) = (new.sign("server"), new.sign("client"));
    let args = ["--tls", &text(ours.path()), "--tls-reload", "20ms"];
    let probe = Probe::new();
    let running = start(&probe, &args).await;
    let address = running.address;
    let dialer = dialer(&theirs);
    let connection = connect(&dialer, address);
    let calls = Calls::begin(connection.clone());
    calls.more().await;
    // One of before, whose certificates do not change.
    let kept = folder(&old.sign("kept"), &both);
    let kept = connect(&Dialer::new(&options(&["--tls", &text(kept.path())])).unwrap(), address);
    say(&kept, "echo:x").await.unwrap();
    let open = tokio::spawn(async move { say_with(&kept, endless("wait".to_owned())).await });

    let stranger = TlsAcceptor::from(new.server(&new.sign("other")));
    for folder in [&ours, &theirs] {
        replace(&folder.path().join("ca.crt"), &both);
    }
    // Whoever shows a certificate of the new authority is let in from now on.
    let early = folder(&new.sign("early"), &both);
    let early = Dialer::new(&options(&["--tls", &text(early.path())])).unwrap();
    in_time(async { while say(&connect(&early, address), "echo:x").await.is_err() {} }).await;
    // The server lets the client in with a certificate of the new authority, and only that.
    put(theirs.path(), &client);
    until_met(&dialer, &stranger, &client.der()).await;
    calls.more().await;

    put(ours.path(), &server);
    until_shown(address, &new.client(Some(&client)), &server.der()).await;
    calls.more().await;

    for folder in [&ours, &theirs] {
        replace(&folder.path().join("ca.crt"), &new.pem());
    }
    let late = folder(&old.sign("late"), &both);
    let late = Dialer::new(&options(&["--tls", &text(late.path())])).unwrap();
    in_time(async { while say(&connect(&late, address), "echo:x").await.is_ok() {} }).await;
    calls.more().await;
    let failures = calls.end().await;
    assert!(failures.is_empty(), "{} failed: {:?}", failures.len(), failures.first());
    probe.seen.release.add_permits(1);
    assert_eq!(open.await.unwrap().unwrap(), "done", "a connection of before lives on");

    // The next one on the same line is let in by a server that knows no other authority.
    running.stop();
    running.join().await.unwrap();
    let listen = address.to_string();
    let again = start(&Probe::new(), &[&args[..], &["--listen", &listen]].concat()).await;
    in_time(async { while say(&connection, "echo:x").await.is_err() {} }).await;
    drop(again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_cannot_be_used_change_nothing_and_are_named_once() {
    let authority = Authority::new();
    let (first, other, last) = (authority.sign("first"), authority.sign("other"), authority.sign("last"));
    let folder = folder(&first, &authority.pem());
    let service = Service::start(&["--listen", "127.0.0.1:0", "--tls", &text(folder.path()), "--tls-reload", "20ms"]);
    let (address, door) = (service.address("grpc"), service.address("http"));
    let client = authority.client(Some(&first));
    until_shown(address, &client, &first.der()).await;

    let key = folder.path().join("tls.key");
    replace(&key, &std::fs::read_to_string(&other.key).unwrap());
    let refused = until_refused(door, 3).await;
    assert_eq!(knock(address, client.clone()).await.1.unwrap(), first.der(), "the old pair stays in use");
    std::fs::remove_file(&key).unwrap();
    until_refused(door, refused + 3).await;
    assert_eq!(knock(address, client.clone()).await.1.unwrap(), first.der(), "the old pair stays in use");
    put(folder.path(), &last);
    until_shown(address, &client, &last.der()).await;

    let log = service.terminate();
    let file = |name: &str| text(&folder.path().join(name));
    let mismatch = format!("{} (key `tls_cert`) cannot be used with {} (key `tls_key`): ", file("tls.crt"), file("tls.key"));
    let missing = format!("cannot read {} (key `tls_key`): No such file", file("tls.key"));
    for complaint in [mismatch, missing] {
        assert_eq!(log.matches(&complaint).count(), 1, "{complaint}\n{log}");
    }
    assert_eq!(log.matches("new certificates are in use").count(), 1, "{log}");
}

/// Waits until as many checks have refused the files; answers how many.
async fn until_refused(door: SocketAddr, wanted: u64) -> u64 {
    let refused = async || {
        let text = crate::machinery::fetch(door, "/metrics").await;
        let start = "tls_reloads_total{side=\"server\",outcome=\"refused\"} ";
        text.lines().find_map(|line| line.strip_prefix(start)).map_or(0, |count| count.parse::<u64>().unwrap())
    };
    in_time(async {
        loop {
            let count = refused().await;
            if count >= wanted {
                return count;
            }
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_refused_for_a_certificate_is_named_with_address_and_reason() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let folder = folder(&authority.sign("server"), &authority.pem());
    let service = Service::start(&["--listen", "127.0.0.1:0", "--tls", &text(folder.path())]);
    let refused = async |shown: Option<&Signed>| {
        let socket = TcpStream::connect(service.address("grpc")).await.unwrap();
        let from = socket.local_addr().unwrap();
        let connector = TlsConnector::from(authority.client(shown));
        // The client is done before the server has looked at its certificate; the server says so afterwards.
        let mut stream = connector.connect(ServerName::try_from("localhost").unwrap(), socket).await.unwrap();
        in_time(stream.read_to_end(&mut Vec::new())).await.unwrap_err();
        from
    };
    let expired = refused(Some(&authority.sign_until("expired", 2001))).await;
    let unknown = refused(Some(&stranger.sign("unknown"))).await;
    let nobody = refused(None).await;
    let log = service.terminate();
    for (peer, reason) in [(expired, "certificate expired"), (unknown, "UnknownIssuer"), (nobody, "peer sent no certificates")] {
        let mut lines = log.lines().filter(|line| line.contains("refused for its certificate") && line.contains(&peer.to_string()));
        let line = lines.next().unwrap_or_else(|| panic!("{peer} is not in\n{log}"));
        assert!(line.contains("WARN") && line.contains(reason) && lines.next().is_none(), "{reason}: {line}");
    }
}
