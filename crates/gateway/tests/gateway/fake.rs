//! A service of the house that answers what a test tells it to, on a runtime of its own: stopping it cuts every connection, as the
//! end of a process does.

mod answers;
mod ledger;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
};

use piramide_contracts::{
    domains::Domain,
    ledger::{BatchHeader, FactRow, Receipt, ledger_service_server::LedgerServiceServer},
    plan::plan_service_server::PlanServiceServer,
    publicvalue::public_value_service_server::PublicValueServiceServer,
    scorecard::{WatchResponse, scorecard_service_server::ScorecardServiceServer},
};
use tokio::{
    net::TcpListener,
    runtime::Runtime,
    sync::{Semaphore, watch},
};
use tokio_stream::Stream;
use tonic::{
    Request, Status,
    transport::{Server, server::TcpIncoming},
};

pub(crate) type Streamed<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What a fake knows and what it has seen.
pub(crate) struct State {
    pub(crate) domain: Domain,
    /// Readings answered: what a kept answer saves.
    pub(crate) readings: AtomicUsize,
    /// The sequence that readings say they used.
    pub(crate) sequence: AtomicI64,
    /// The result of its one indicator and the index of the pyramid.
    pub(crate) actual: Mutex<String>,
    /// The label of the index: what a page must not execute.
    pub(crate) label: Mutex<String>,
    /// What every call is refused with.
    pub(crate) refusal: Mutex<Option<Status>>,
    /// Whether readings never answer.
    pub(crate) stuck: Mutex<bool>,
    /// One permit for each reading that is answered; the others wait for theirs.
    gate: Semaphore,
    /// The pyramids that were asked for: structure, period, plan, and of how many domains the gateway had heard.
    pub(crate) pyramids: Mutex<Vec<String>>,
    /// The domain that the pyramid could not reach.
    pub(crate) unreached: Mutex<Option<&'static str>>,
    /// The `grpc-timeout` of the last reading.
    pub(crate) last_timeout: Mutex<Option<String>>,
    /// The last request's plan and point of knowledge.
    pub(crate) last_asked: Mutex<String>,
    pub(crate) batches: Mutex<BTreeMap<String, Receipt>>,
    pub(crate) submitted: Mutex<Vec<(BatchHeader, Vec<FactRow>)>>,
    changes: watch::Sender<WatchResponse>,
}

/// A fake at work.
pub(crate) struct Fake {
    pub(crate) state: Arc<State>,
    pub(crate) address: SocketAddr,
    runtime: Option<Runtime>,
}

/// The face that a fake shows: every contract over one state.
#[derive(Clone)]
pub(crate) struct Face(pub(crate) Arc<State>);

impl State {
    pub(crate) fn refuse_or_wait<T>(&self, request: &Request<T>) -> Result<bool, Status> {
        let timeout = request.metadata().get("grpc-timeout").map(|value| value.to_str().unwrap().to_owned());
        *self.last_timeout.lock().unwrap() = timeout;
        self.readings.fetch_add(1, Ordering::SeqCst);
        match self.refusal.lock().unwrap().clone() {
            Some(status) => Err(status),
            None => Ok(*self.stuck.lock().unwrap()),
        }
    }

    /// Returns when the gate lets one more reading pass.
    pub(crate) async fn pass(&self) {
        self.gate.acquire().await.unwrap().forget();
    }

    pub(crate) fn changes(&self) -> watch::Receiver<WatchResponse> {
        self.changes.subscribe()
    }

    pub(crate) fn readings(&self) -> usize {
        self.readings.load(Ordering::SeqCst)
    }
}

impl Fake {
    pub(crate) fn start(domain: Domain) -> Self {
        let state = Arc::new(State {
            domain,
            readings: AtomicUsize::new(0),
            sequence: AtomicI64::new(4),
            actual: Mutex::new("1234.5".into()),
            label: Mutex::new("Indice".into()),
            refusal: Mutex::default(),
            stuck: Mutex::default(),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            pyramids: Mutex::default(),
            unreached: Mutex::default(),
            last_timeout: Mutex::default(),
            last_asked: Mutex::default(),
            batches: Mutex::default(),
            submitted: Mutex::default(),
            changes: watch::Sender::new(WatchResponse::default()),
        });
        let mut fake = Self { state, address: "127.0.0.1:0".parse().unwrap(), runtime: None };
        fake.resume();
        fake
    }

    /// Answers again, at the same address.
    pub(crate) fn resume(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind(self.address)).unwrap();
        self.address = listener.local_addr().unwrap();
        let face = Face(Arc::clone(&self.state));
        runtime.spawn(async move {
            Server::builder()
                .add_service(ScorecardServiceServer::new(face.clone()))
                .add_service(LedgerServiceServer::new(face.clone()))
                .add_service(PublicValueServiceServer::new(face.clone()))
                .add_service(PlanServiceServer::new(face))
                .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)))
                .await
                .unwrap();
        });
        self.runtime = Some(runtime);
    }

    /// Is gone, as a killed process is.
    pub(crate) fn stop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    /// Has recorded something: readings give the new figure and sequence, and whoever watches is told.
    pub(crate) fn change(&self, sequence: i64, actual: &str) {
        actual.clone_into(&mut self.state.actual.lock().unwrap());
        self.state.sequence.store(sequence, Ordering::SeqCst);
        self.tell(sequence);
    }

    /// Answers so many more readings, and lets the others wait.
    pub(crate) fn answer_only(&self, readings: usize) {
        self.state.gate.forget_permits(Semaphore::MAX_PERMITS);
        self.state.gate.add_permits(readings);
    }

    /// Answers one more reading.
    pub(crate) fn answer_one(&self) {
        self.state.gate.add_permits(1);
    }

    /// Answers those that wait, and all to come.
    pub(crate) fn answer_all(&self) {
        self.state.gate.add_permits(Semaphore::MAX_PERMITS / 2);
    }

    /// The pyramids that were asked for.
    pub(crate) fn pyramids(&self) -> Vec<String> {
        self.state.pyramids.lock().unwrap().clone()
    }

    /// Tells whoever watches, whatever readings say.
    pub(crate) fn tell(&self, sequence: i64) {
        self.state.changes.send_replace(WatchResponse { sequence, domain: self.state.domain.name.into() });
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.stop();
    }
}
