//! Whether the service takes work: the one answer behind gRPC health and `/health/ready`.

use std::sync::Arc;

use tokio::sync::{RwLock, watch};
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health as HealthApi, HealthServer};
use tonic_health::server::{HealthReporter, HealthService};

/// Why a server that has not yet bound its port is not ready.
const STARTING: &str = "starting";

/// A handle on the readiness of a service; clones share it.
#[derive(Debug, Clone)]
pub struct Health {
    reporter: HealthReporter,
    services: Arc<RwLock<Vec<&'static str>>>,
    readiness: watch::Sender<Readiness>,
}

/// Whether the service takes work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It does.
    Ready,
    /// Not for now, and why.
    NotReady(String),
    /// Not any more: it is stopping.
    Draining,
}

impl Health {
    pub(super) fn new() -> Self {
        Self {
            reporter: HealthReporter::new(),
            services: Arc::default(),
            readiness: watch::Sender::new(Readiness::NotReady(STARTING.to_owned())),
        }
    }

    /// Whether the service takes work now.
    pub fn readiness(&self) -> Readiness {
        self.readiness.borrow().clone()
    }

    /// Takes work again. Nothing happens when the service is stopping.
    pub async fn ready(&self) {
        self.turn(Readiness::Ready).await;
    }

    /// Takes no work for now: probes fail and balancers send elsewhere, while calls that come are still answered.
    pub async fn not_ready(&self, reason: impl Into<String>) {
        self.turn(Readiness::NotReady(reason.into())).await;
    }

    pub(super) async fn drain(&self) {
        self.turn(Readiness::Draining).await;
    }

    /// The server is about to accept: from here on probes ask for the services by name, too. A service that has already
    /// said why it is not ready stays so.
    pub(super) async fn announce(&self, services: &[&'static str]) {
        self.services.write().await.extend_from_slice(services);
        let starting = self.readiness() == Readiness::NotReady(STARTING.to_owned());
        if starting { self.ready().await } else { self.publish(ServingStatus::NotServing).await }
    }

    pub(super) fn service(&self) -> HealthServer<impl HealthApi + use<>> {
        HealthServer::new(HealthService::from_health_reporter(self.reporter.clone()))
    }

    async fn turn(&self, to: Readiness) {
        let serving = if to == Readiness::Ready { ServingStatus::Serving } else { ServingStatus::NotServing };
        let turned = self.readiness.send_if_modified(|now| {
            let turns = *now != Readiness::Draining && *now != to;
            if turns {
                *now = to;
            }
            turns
        });
        if turned {
            self.publish(serving).await;
        }
    }

    async fn publish(&self, status: ServingStatus) {
        let services = self.services.read().await;
        for name in std::iter::once("").chain(services.iter().copied()) {
            self.reporter.set_service_status(name, status).await;
        }
    }
}
