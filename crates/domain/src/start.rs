//! Wiring: from a configuration to a running service.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use piramide_contracts::{
    DESCRIPTORS, ledger::ledger_service_server::LedgerServiceServer, scorecard::scorecard_service_server::ScorecardServiceServer,
};
use piramide_ledger::{Ledger, LedgerError, Schema};
use piramide_plan::{PlanErrors, Plans};
use piramide_service::{
    About, BoxError, Config, Options, Running, Server, Shutdown, Taken, panic,
    server::{Health, StartError as ServerError},
};

use crate::{
    Domain, Handle,
    facts::Snapshots,
    grpc::Adapter,
    host::{Distrust, Host},
};

/// Uploads and verification read or write a whole batch or ledger, which takes longer than a question.
const LONG_CALL: Duration = Duration::from_mins(5);

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A plan is refused.
    #[error("the plans cannot be used")]
    Plans(#[source] PlanErrors),
    /// A plan asks for something that the domain cannot do.
    #[error("{plan}: indicator {indicator} asks for the method \"{method}\", which {domain} does not know")]
    UnknownMethod {
        /// The plan's version.
        plan: String,
        /// The indicator.
        indicator: String,
        /// The method it asks for.
        method: String,
        /// The domain.
        domain: &'static str,
    },
    /// The folder of the ledger cannot be made.
    #[error("cannot make the folder {folder} for the ledger")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The ledger cannot be opened or read.
    #[error("the ledger cannot be used")]
    Ledger(#[source] LedgerError),
    /// The server cannot be started.
    #[error("the server cannot be started")]
    Server(#[source] ServerError),
}

/// The whole `main` of a domain's service.
pub fn run<D: Domain + Clone>(about: &About, domain: D) -> ExitCode {
    piramide_service::run(about, async move |config: Config| start(about.name, domain.clone(), config).await.map_err(with_code))
}

/// A ledger that belongs to another process, or lies where it could not be kept from one, has an exit code of its own.
fn with_code(error: StartError) -> BoxError {
    let is_taken = matches!(error, StartError::Ledger(LedgerError::AlreadyOpen { .. } | LedgerError::NoWriteAhead { .. }));
    if is_taken { Taken(error.into()).into() } else { error.into() }
}

/// Starts a domain's service: plans, ledger, facts in force, contracts.
///
/// # Errors
///
/// [`StartError`], before anything is served.
pub async fn start<D: Domain>(name: &'static str, domain: D, config: Config) -> Result<Running, StartError> {
    let url = config.options.store.as_ref().map_or_else(|| default_store::<D>(), |store| store.expose().to_owned());
    make_folder(&url)?;
    let schema = Schema { domain: D::IDENTITY.name, columns: D::COLUMNS };
    let ledger = piramide_ledger::open(&url, schema).await.map_err(StartError::Ledger)?;
    serve(name, domain, config, ledger, Snapshots::beside(&url, schema)).await
}

/// Starts a domain's service on a ledger that is open already.
///
/// # Errors
///
/// As [`start`].
pub async fn start_on<D: Domain>(name: &'static str, domain: D, config: Config, ledger: Arc<dyn Ledger>) -> Result<Running, StartError> {
    serve(name, domain, config, ledger, None).await
}

async fn serve<D: Domain>(
    name: &'static str,
    domain: D,
    config: Config,
    ledger: Arc<dyn Ledger>,
    snapshots: Option<Snapshots>,
) -> Result<Running, StartError> {
    let plans = Arc::new(plans(&domain, &config.options)?);
    let host = Arc::new(Host::open(domain, plans, ledger, snapshots).await.map_err(StartError::Ledger)?);
    let adapter = Adapter(host.clone());
    let limit = config.options.message_limit;
    let server = Server::new(name, &config.options)
        .descriptors(DESCRIPTORS)
        .deadline("/piramide.ledger.v1.LedgerService/SubmitBatch", LONG_CALL)
        .deadline("/piramide.ledger.v1.LedgerService/VerifyChain", LONG_CALL)
        .upload("/piramide.ledger.v1.LedgerService/SubmitBatch")
        .until_drain("/piramide.ledger.v1.LedgerService/Tail")
        .until_drain("/piramide.scorecard.v1.ScorecardService/Watch")
        .service(LedgerServiceServer::new(adapter.clone()).max_decoding_message_size(limit).max_encoding_message_size(limit))
        .service(ScorecardServiceServer::new(adapter).max_decoding_message_size(limit).max_encoding_message_size(limit));
    let server = D::serve(server, Handle(host.clone())).relying_on(host.soundness()).afterwards({
        let host = host.clone();
        async move {
            host.keep_snapshot().await;
        }
    });
    let running = server.start().await.map_err(StartError::Server)?;
    attend(host, &running);
    Ok(running)
}

/// Does what goes on as long as the service. Where that ends, by a defect, the service would grow old unseen: it stops.
pub(crate) fn attend<D: Domain>(host: Arc<Host<D>>, running: &Running) {
    let (health, shutdown) = (running.health(), running.shutdown());
    tokio::spawn(async move {
        let attending = async {
            tokio::select! {
                () = host.follow() => {}
                () = host.heal() => {}
                () = async { host.prove().await; std::future::pending().await } => {}
                () = host.clone().keep_snapshots() => {}
                () = tell(&host, &health, &shutdown) => {}
            }
        };
        tokio::select! {
            _ = panic::caught(attending) => shutdown.fail("what keeps it up to date has ended, which is a defect; the log has the cause"),
            () = shutdown.begun() => {}
        }
    });
}

/// Tells what the service knows of what it stands on: it takes no work while what answers are made from is in doubt, nor once its ledger is
/// damaged, and stops once its ledger can be written no more.
async fn tell<D: Domain>(host: &Host<D>, health: &Health, shutdown: &Shutdown) {
    let (soundness, mut distrust) = (host.soundness(), host.distrust());
    loop {
        let (reason, sound) = (distrust.borrow_and_update().clone(), soundness.begin());
        match (reason, &sound) {
            (Some(reason @ Distrust::Unwritable { .. }), _) => shutdown.fail(reason.to_string()),
            (Some(reason @ Distrust::Damaged { .. }), _) => health.not_ready(reason.to_string()).await,
            (None, Err(doubt)) => health.not_ready(doubt.message.clone()).await,
            (None, Ok(_)) => health.ready().await,
        }
        tokio::select! {
            () = soundness.becomes(sound.is_err()) => {}
            changed = distrust.changed() => if changed.is_err() { return },
        }
    }
}

/// The plans built in, or those of the folder that the configuration names; each must ask only for what the domain knows.
fn plans<D: Domain>(domain: &D, options: &Options) -> Result<Plans, StartError> {
    let plans = options.plans.as_deref().map_or_else(Plans::bundled, Plans::load_folder).map_err(StartError::Plans)?;
    for plan in plans.iter() {
        if let Some(indicator) = plan.indicators().of_domain(D::IDENTITY.name).find(|indicator| !domain.knows_method(&indicator.method)) {
            return Err(StartError::UnknownMethod {
                plan: plan.version().to_owned(),
                indicator: indicator.code.clone(),
                method: indicator.method.clone(),
                domain: D::IDENTITY.name,
            });
        }
    }
    Ok(plans)
}

/// Without a word from the configuration, an embedded ledger in the working folder.
fn default_store<D: Domain>() -> String {
    format!("sqlite:data/{}.db", D::IDENTITY.name)
}

/// An embedded ledger is created on first start, with the folder it lies in.
fn make_folder(url: &str) -> Result<(), StartError> {
    let folder = url.strip_prefix("sqlite:").and_then(|path| std::path::Path::new(path).parent());
    match folder.filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => std::fs::create_dir_all(folder).map_err(|source| StartError::Folder { folder: folder.to_owned(), source }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
