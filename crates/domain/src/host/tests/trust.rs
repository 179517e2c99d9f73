//! What the service says once its ledger or its memory can no longer be trusted.

use piramide_ledger::{Ledger, LedgerError, Submitted};
use piramide_service::{
    About, Config, NoOptions, Running,
    server::{Readiness, ServeError},
};
use tonic::Code;

use super::*;
use crate::{faulty::Faulty, refusal};

/// A service on a ledger that fails as it is told.
struct Service {
    host: Arc<Host<Trial<false>>>,
    faulty: Arc<Faulty>,
    running: Running,
    _folder: tempfile::TempDir,
}

impl Service {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = piramide_ledger::open(&format!("sqlite:{}", folder.path().join("ledger.db").display()), SCHEMA).await.unwrap();
        let faulty = Faulty::over(ledger);
        let host = Host::open(Trial::<false>, Arc::new(Plans::bundled().unwrap()), faulty.clone(), None).await.unwrap();
        let host = Arc::new(host);
        let about = About::new("piramide-trial", "0.0.0", 0, "Says what it knows of itself.");
        let config = Config::<NoOptions>::local(&about, ["--http-listen", "off"]).unwrap();
        let running = Server::new("trial", &config.options).relying_on(host.soundness()).start().await.unwrap();
        crate::start::attend(host.clone(), &running);
        Self { host, faulty, running, _folder: folder }
    }

    async fn record(&self) -> Result<Submitted, LedgerError> {
        let head = self.host.ledger.head().await.unwrap().sequence;
        let batch = Prepared::of(SCHEMA, batch_of(head + 1)).await.unwrap();
        self.host.record(Arc::new(batch), head).await
    }

    /// Waits until it says so.
    async fn is(&self, readiness: impl Fn(&Readiness) -> bool) -> Readiness {
        let health = self.running.health();
        let waiting = async {
            loop {
                let now = health.readiness();
                if readiness(&now) {
                    return now;
                }
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(SOON, waiting).await.unwrap_or_else(|_| panic!("it says {:?}", health.readiness()))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_on_a_disk_that_fails_stops_and_says_why() {
    let service = Service::start().await;
    service.record().await.unwrap();
    assert_eq!(service.running.health().readiness(), Readiness::Ready);
    service.faulty.fail(1, || LedgerError::Disk { doing: "committing a batch", source: "input/output error".into() });
    service.record().await.unwrap_err();
    let ended = timeout(SOON, service.running.join()).await.unwrap();
    let Err(ServeError::Failed(cause)) = ended else { panic!("{ended:?}") };
    assert_eq!(cause, "the ledger cannot be written: the disk failed while committing a batch: input/output error");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_nothing() {
    let service = Service::start().await;
    service.faulty.fail(1, || LedgerError::StorageFull("full".into()));
    service.record().await.unwrap_err();
    service.record().await.unwrap();
    assert_eq!((service.host.distrust().borrow().clone(), service.running.health().readiness()), (None, Readiness::Ready));
}

/// Whoever finds it: here a verification, or whatever reads it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_ledger_is_read_and_not_written_and_is_not_ready() {
    for by_verification in [true, false] {
        let service = Service::start().await;
        service.record().await.unwrap();
        if by_verification {
            service.faulty.damage(1);
            service.host.ledger.verify().await.unwrap();
        } else {
            service.faulty.fail(1, || LedgerError::Damaged { sequence: Some(1), cause: "altered".into() });
            service.record().await.unwrap_err();
        }
        let said = service.is(|now| *now != Readiness::Ready).await;
        assert_eq!(said, Readiness::NotReady("the ledger is damaged at sequence 1: altered".into()));
        let refused = refusal::of_ledger(service.record().await.unwrap_err());
        assert_eq!(refused.code(), Code::DataLoss);
        assert!(refused.message().contains("damaged at sequence 1") && !refused.message().contains("altered"), "{refused}");
        let closing = NewClosing { name: "Q1".into(), first_month: 26260, last_month: 26260, author: "test".into(), note: None };
        assert_eq!(service.host.close(closing).await.unwrap_err().code(), Code::DataLoss);
        let now = service.host.knowledge().await;
        assert_eq!((now.facts.sequence(), service.host.ledger.head().await.unwrap().sequence), (1, 1), "it answers, and nothing was added");
        drop(now);
        // That memory is sound says nothing of the ledger.
        service.host.soundness().doubt();
        service.host.soundness().becomes(true).await;
        assert!(matches!(service.running.health().readiness(), Readiness::NotReady(_)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_in_doubt_takes_no_work_until_it_is_made_good() {
    let service = Service::start().await;
    let healing = service.host.recording.lock().await;
    service.host.soundness().doubt();
    let said = service.is(|now| *now != Readiness::Ready).await;
    assert!(matches!(&said, Readiness::NotReady(reason) if reason.contains("being made again")), "{said:?}");
    drop(healing);
    service.is(|now| *now == Readiness::Ready).await;
}

/// The batch is recorded, and memory left half changed: what answers is made again of what is recorded.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_that_a_defect_leaves_half_changed_is_made_again() {
    let opened = <Opened>::empty().await;
    opened.record().await;
    let begun = opened.host.soundness().begin().unwrap();
    DEFECTS.lock().unwrap().push(1313);
    let recording = tokio::spawn({
        let host = opened.host.clone();
        async move {
            let batch = Prepared::of(SCHEMA, batch_of(1313)).await.unwrap();
            host.record(Arc::new(batch), 1).await.map(drop)
        }
    });
    assert!(recording.await.unwrap_err().is_panic(), "the fault has fired");
    assert!(begun.check().is_err() && opened.host.soundness().begin().is_err(), "no answer is given");
    opened.healed().await;
    assert_eq!(opened.says().await, Some(1313));
    assert_eq!(opened.host.knowledge().await.facts.sequence(), 2);
}

/// Without it the service would answer from what is older and older.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_can_no_longer_follow_its_ledger_stops() {
    let service = Service::start().await;
    let head = service.host.ledger.head().await.unwrap().sequence;
    let batch = Prepared::of(SCHEMA, batch_of(1414)).await.unwrap();
    DEFECTS.lock().unwrap().push(1414);
    // As another replica does.
    service.faulty.record(Arc::new(batch), head).await.unwrap();
    let ended = timeout(SOON, service.running.join()).await.unwrap();
    assert!(matches!(&ended, Err(ServeError::Failed(cause)) if cause.contains("up to date")), "{ended:?}");
}
