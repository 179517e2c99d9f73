//! What only a server can do or suffer: several replicas, a lost connection, a crash, a certificate.

use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use piramide_ledger::testing::PostgresServer;
use piramide_ledger::{Kind, LedgerError, Reason, Schema, Submitted, open};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

use crate::opening::as_version_2;
use crate::support::{SCHEMA, Store, all_facts, assert_intact, batch, closing, fact, reasons, record, record_new};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_open_at_once_share_one_ledger() {
    let store = Store::postgres();
    let opening: Vec<_> = (0..6)
        .map(|_| {
            let url = store.url();
            tokio::spawn(async move { open(&url, SCHEMA).await.unwrap() })
        })
        .collect();
    for (month, replica) in (1..).zip(opening) {
        record_new(&*replica.await.unwrap(), batch(&format!("b-{month}"), vec![fact(1, "ROMA", month, 1)])).await;
    }
    let ledger = store.open().await;
    assert_eq!(ledger.head().await.unwrap().sequence, 6);
    assert_intact(&*ledger).await;
}

/// A store of the version before, opened by several programs of this one; a program that knows the version before alone, and would record
/// what the sets then miss, finds no head row to hold.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_bring_up_an_old_store_together() {
    let store = Store::postgres();
    record_new(&*store.open().await, batch("a", vec![fact(1, "ROMA", 1, 1)])).await;
    as_version_2(&store);
    let opening: Vec<_> = (0..4)
        .map(|_| {
            let url = store.url();
            tokio::spawn(async move { open(&url, SCHEMA).await.unwrap() })
        })
        .collect();
    for (month, replica) in (2..).zip(opening) {
        record_new(&*replica.await.unwrap(), batch(&format!("b-{month}"), vec![fact(1, "ROMA", month, 1)])).await;
    }
    let ledger = store.open().await;
    assert_eq!(reasons(&*ledger, batch("c", vec![fact(1, "ROMA", 1, 2)])).await, [(1, Reason::AlreadyRecorded { sequence: 1 })]);
    assert_intact(&*ledger).await;
    let database = store.url().rsplit('/').next().unwrap().to_owned();
    let old_program = PostgresServer::shared().unwrap().execute(&database, "SELECT 1 FROM piramide_trial.head FOR UPDATE");
    assert!(old_program.unwrap_err().to_string().contains("does not exist"));
}

/// Both replicas send the same batches and some of their own, all at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_replicas_count_the_same_batch_once() {
    let store = Store::postgres();
    let mut replicas = Vec::new();
    for replica in 0..2 {
        let ledger = store.open().await;
        replicas.push(tokio::spawn(async move {
            let mut new = 0;
            for month in 1..=25 {
                let shared = batch(&format!("shared-{month}"), vec![fact(1, "ROMA", month, 1)]);
                new += u32::from(matches!(record(&*ledger, shared).await, Submitted::New(_)));
                record_new(&*ledger, batch(&format!("own-{replica}-{month}"), vec![fact(1, &format!("OFFICE-{replica}"), month, 1)])).await;
            }
            new
        }));
    }
    let mut new = 0;
    for replica in replicas {
        new += replica.await.unwrap();
    }
    assert_eq!(new, 25, "each shared batch is new to one replica only");
    let ledger = store.open().await;
    assert_eq!((ledger.head().await.unwrap().sequence, all_facts(&*ledger, i64::MAX).await.len()), (75, 75));
    assert_intact(&*ledger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_hears_of_what_another_appends() {
    let store = Store::postgres();
    let (writer, follower) = (store.open().await, store.open().await);
    let mut heads = follower.subscribe();
    for month in 1..=3 {
        let sequence = record_new(&*writer, batch(&format!("b-{month}"), vec![fact(1, "ROMA", month, 1)])).await.sequence;
        assert_eq!(*heads.wait_for(|head| *head >= sequence).await.unwrap(), sequence);
    }
    writer.close(closing("Q1", 1, 3), 3).await.unwrap();
    assert_eq!(*heads.wait_for(|head| *head >= 4).await.unwrap(), 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_domains_share_a_database() {
    let store = Store::postgres();
    let first = store.open().await;
    let second = open(&store.url(), Schema { domain: "other", columns: &["amount"] }).await.unwrap();
    record_new(&*first, batch("a", vec![fact(1, "ROMA", 1, 1)])).await;
    assert_eq!(second.head().await.unwrap().sequence, 0);
    assert_ne!(first.head().await.unwrap().chain_hash, second.head().await.unwrap().chain_hash);
    let own = piramide_ledger::Fact { values: [Some(1)].into(), ..fact(1, "ROMA", 1, 1) };
    record_new(&*second, batch("a", vec![own])).await;
    assert_intact(&*first).await;
    assert_intact(&*second).await;
}

/// A server that dies and comes back: what was acknowledged is there, and the same ledger goes on without being opened again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crashed_server_is_found_again() {
    let server = PostgresServer::start().unwrap();
    let ledger = open(&server.create_database().unwrap(), SCHEMA).await.unwrap();
    for round in 1..=2 {
        record_new(&*ledger, batch(&format!("before-{round}"), vec![fact(1, "ROMA", round, 1)])).await;
        let before = ledger.head().await.unwrap();
        server.crash_and_restart().unwrap();
        let submitted = ledger.submit(batch(&format!("after-{round}"), vec![fact(1, "BARI", round, 1)]), before.sequence).await.unwrap();
        assert_eq!(submitted.receipt().sequence, before.sequence + 1);
        assert_intact(&*ledger).await;
    }
    drop(server);
    let error = ledger.submit(batch("nobody", vec![fact(1, "BARI", 9, 1)]), 4).await.unwrap_err();
    assert!(matches!(error, LedgerError::Unavailable { .. }), "{error}");
    assert_eq!(error.kind(), Kind::Unavailable);
}

/// Has the server fail the next insertions of a batch, so many of them, with this code.
fn inject(store: &Store, code: &str, times: u32) {
    store.alter(&format!(
        "CREATE SEQUENCE faults;
         CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('faults') <= {times} THEN RAISE EXCEPTION 'injected' USING ERRCODE = '{code}'; END IF;
             RETURN NEW;
         END $$;
         CREATE TRIGGER fault BEFORE INSERT ON @batches FOR EACH ROW EXECUTE FUNCTION fail();"
    ));
}

/// Serialization failures and deadlocks are overcome by doing the whole transaction again, up to five times.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_races_are_run_again() {
    for code in ["40001", "40P01"] {
        for (faults, recorded) in [(4, true), (5, false)] {
            let store = Store::postgres();
            let ledger = store.open().await;
            inject(&store, code, faults);
            let answer = ledger.submit(batch("a", vec![fact(1, "ROMA", 1, 1)]), 0).await;
            match answer {
                Ok(Submitted::New(receipt)) if recorded => assert_eq!(receipt.sequence, 1),
                Err(LedgerError::Conflict { attempts: 5 }) if !recorded => {}
                other => panic!("{faults} times {code}: {other:?}"),
            }
            assert_eq!(all_facts(&*ledger, i64::MAX).await.len(), usize::from(recorded));
            record_new(&*ledger, batch("b", vec![fact(1, "BARI", 1, 1)])).await;
            assert_intact(&*ledger).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_server_refuses_reads_on_and_resumes() {
    let store = Store::postgres();
    let ledger = store.open().await;
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 1)])).await;
    inject(&store, "53100", 1);
    let error = ledger.submit(batch("b", vec![fact(1, "ROMA", 2, 1)]), 1).await.unwrap_err();
    assert!(matches!(error, LedgerError::StorageFull(_)), "{error}");
    assert_eq!(all_facts(&*ledger, i64::MAX).await.len(), 1);
    assert_eq!(ledger.submit(batch("b", vec![fact(1, "ROMA", 2, 1)]), 1).await.unwrap().receipt().sequence, 2);
}

/// The connection is cut once the server has what commits but before the client has its answer: the batch is recorded, the client
/// cannot know, and must still answer rightly.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_while_committing_is_cleared_up() {
    let store = Store::postgres();
    let proxy = Proxy::start(PostgresServer::shared().unwrap().port());
    let ledger = open(&proxy.url(&store.url()), SCHEMA).await.unwrap();

    proxy.cut_next(COMMIT);
    let answer = ledger.submit(batch("a", vec![fact(1, "ROMA", 1, 1)]), 0).await.unwrap();
    assert_eq!(proxy.cuts(), 1, "the fault did not fire");
    assert!(matches!(&answer, Submitted::New(receipt) if receipt.sequence == 1), "{answer:?}");

    proxy.cut_next(COMMIT);
    let closed = ledger.close(closing("Q1", 1, 3), 1).await.unwrap();
    assert_eq!((proxy.cuts(), closed.entry_sequence()), (2, 2));

    // Nobody answers any more: the outcome stays unknown, and repeating is safe.
    proxy.cut_next(COMMIT);
    proxy.refuse(true);
    let error = ledger.submit(batch("c", vec![fact(1, "ROMA", 4, 1)]), 2).await.unwrap_err();
    assert_eq!(proxy.cuts(), 3, "the fault did not fire");
    assert!(matches!(&error, LedgerError::OutcomeUnknown { what, .. } if what == "batch c"), "{error}");
    proxy.refuse(false);
    let repeated = ledger.submit(batch("c", vec![fact(1, "ROMA", 4, 1)]), 2).await.unwrap();
    assert_eq!(repeated.receipt().sequence, 3);
    assert_eq!((ledger.head().await.unwrap().sequence, all_facts(&*ledger, i64::MAX).await.len()), (3, 2));
    assert_intact(&*ledger).await;
}

/// The same for a batch of which the writer remembers all that it touches: it is one statement, the first message in which the batch is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_lost_while_recording_at_once_is_cleared_up() {
    let store = Store::postgres();
    let proxy = Proxy::start(PostgresServer::shared().unwrap().port());
    let ledger = open(&proxy.url(&store.url()), SCHEMA).await.unwrap();
    record_new(&*ledger, batch("first", vec![fact(1, "ROMA", 1, 1)])).await;

    proxy.cut_next(b"at-once-2");
    let answer = ledger.submit(batch("at-once-2", vec![fact(1, "ROMA", 2, 1)]), 1).await.unwrap();
    assert_eq!(proxy.cuts(), 1, "the fault did not fire");
    assert!(matches!(&answer, Submitted::New(receipt) if receipt.sequence == 2), "{answer:?}");

    record_new(&*ledger, batch("remembered", vec![fact(1, "ROMA", 3, 1)])).await;
    proxy.cut_next(b"at-once-4");
    proxy.refuse(true);
    let error = ledger.submit(batch("at-once-4", vec![fact(1, "ROMA", 4, 1)]), 3).await.unwrap_err();
    assert_eq!(proxy.cuts(), 2, "the fault did not fire");
    assert!(matches!(&error, LedgerError::OutcomeUnknown { .. }), "{error}");
    proxy.refuse(false);
    let repeated = ledger.submit(batch("at-once-4", vec![fact(1, "ROMA", 4, 1)]), 3).await.unwrap();
    assert!(matches!(&repeated, Submitted::Replayed(receipt) if receipt.sequence == 4), "{repeated:?}");
    assert_eq!((ledger.head().await.unwrap().sequence, all_facts(&*ledger, i64::MAX).await.len()), (4, 4));
    assert_intact(&*ledger).await;
}

/// What a writer remembers holds only at the head where it left it: what another has recorded meanwhile is seen, whatever the caller says.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_replica_remembers_is_not_what_another_has_changed() {
    let store = Store::postgres();
    let (one, other) = (store.open().await, store.open().await);
    record_new(&*one, batch("a", vec![fact(1, "ROMA", 1, 1)])).await;
    record_new(&*one, batch("b", vec![fact(1, "ROMA", 2, 1)])).await;
    record_new(&*other, batch("c", vec![fact(1, "ROMA", 3, 1)])).await;
    let moved = one.submit(batch("d", vec![fact(1, "ROMA", 3, 2)]), 2).await;
    assert!(matches!(moved, Err(LedgerError::HeadMoved { expected: 2, actual: 3 })), "{moved:?}");
    assert_eq!(reasons(&*one, batch("d", vec![fact(1, "ROMA", 3, 2)])).await, [(1, Reason::AlreadyRecorded { sequence: 3 })]);
    record_new(&*one, batch("e", vec![fact(1, "ROMA", 4, 1)])).await;
    other.close(closing("Q1", 1, 3), 4).await.unwrap();
    let closed = reasons(&*one, batch("f", vec![fact(1, "BARI", 3, 1)])).await;
    assert_eq!(closed, [(1, Reason::PeriodClosed { name: "Q1".to_owned() })]);
    // What is refused leaves what is remembered as it was.
    record_new(&*one, batch("g", vec![fact(1, "ROMA", 5, 1)])).await;
    assert_eq!(reasons(&*one, batch("h", vec![fact(1, "ROMA", 5, 2)])).await, [(1, Reason::AlreadyRecorded { sequence: 6 })]);
    record_new(&*one, batch("i", vec![fact(1, "ROMA", 6, 1)])).await;
    let again = one.submit(batch("g", vec![fact(1, "ROMA", 5, 1)]), 7).await.unwrap();
    assert!(matches!(&again, Submitted::Replayed(receipt) if receipt.sequence == 6), "{again:?}");
    assert_intact(&*one).await;
}

/// What the statement that commits looks like on its way; its end tells it from `READ COMMITTED`.
const COMMIT: &[u8] = b"COMMIT\0";

/// A proxy that can swallow the answer to a message.
pub(crate) struct Proxy {
    port: u16,
    state: Arc<ProxyState>,
}

#[derive(Default)]
struct ProxyState {
    /// What is in the message whose answer is swallowed.
    armed: Mutex<Option<&'static [u8]>>,
    refusing: AtomicBool,
    cuts: AtomicU32,
}

impl Proxy {
    pub(crate) fn start(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::<ProxyState>::default();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                if shared.refusing.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect(("127.0.0.1", server)).unwrap();
                let state = Arc::clone(&shared);
                let ends = (client.try_clone().unwrap(), server.try_clone().unwrap());
                std::thread::spawn(move || towards_server(&client, &server, &state));
                std::thread::spawn(move || towards_client(&ends.0, &ends.1));
            }
        });
        Self { port, state }
    }

    pub(crate) fn url(&self, store: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{}", self.port, store.rsplit('/').next().unwrap())
    }

    pub(crate) fn cut_next(&self, message: &'static [u8]) {
        *self.state.armed.lock().unwrap() = Some(message);
    }

    pub(crate) fn refuse(&self, refuse: bool) {
        self.state.refusing.store(refuse, Ordering::SeqCst);
    }

    pub(crate) fn cuts(&self) -> u32 {
        self.state.cuts.load(Ordering::SeqCst)
    }
}

fn towards_server(mut client: &TcpStream, mut server: &TcpStream, state: &ProxyState) {
    use std::io::{Read, Write};

    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = client.read(&mut buffer) {
        let message = &buffer[..count];
        let meant = |armed: &mut &'static [u8]| message.windows(armed.len()).any(|window| window == *armed);
        if state.armed.lock().unwrap().take_if(meant).is_some() {
            // The client is left before it can hear; the server still gets the message.
            state.cuts.fetch_add(1, Ordering::SeqCst);
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.write_all(message);
            return;
        }
        if server.write_all(message).is_err() {
            return;
        }
    }
    let _ = server.shutdown(Shutdown::Both);
}

fn towards_client(mut client: &TcpStream, mut server: &TcpStream) {
    let _ = std::io::copy(&mut server, &mut client);
    let _ = client.shutdown(Shutdown::Both);
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// The server takes nothing but TLS; its certificate names the address, not the name that also leads to it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_go_over_tls_to_the_server_that_the_authority_signed() {
    let (ours, anothers) = (authority(), authority());
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &ours).unwrap();
    let server = PostgresServer::start_with_tls(&certificate.pem(), &key.serialize_pem()).unwrap();
    let url = server.create_database().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let trusting = |name: &str, authority: &CertifiedIssuer<'_, KeyPair>| {
        let file = folder.path().join(name);
        std::fs::write(&file, authority.pem()).unwrap();
        format!("?sslrootcert={}", file.display())
    };
    let (ours, anothers) = (trusting("ours.pem", &ours), trusting("anothers.pem", &anothers));

    let ledger = open(&format!("{url}{ours}"), SCHEMA).await.unwrap();
    record_new(&*ledger, batch("a", vec![fact(1, "ROMA", 1, 5)])).await;
    assert_intact(&*ledger).await;
    let encrypted = server.execute("test_0", "SELECT count(*) > 0 AND bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'piramide-trial'");
    assert_eq!(encrypted.unwrap(), "t");

    for (address, why) in [
        (format!("{url}{anothers}"), "invalid peer certificate"),
        (format!("{}{ours}", url.replace("127.0.0.1", "localhost")), "not valid for name"),
        (url, "no encryption"),
    ] {
        let error = open(&address, SCHEMA).await.err().unwrap();
        let told = std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source()).map(ToString::to_string);
        let told = told.collect::<Vec<_>>().join(": ");
        assert!(told.contains(why), "{address}: {told}");
    }
}
