//! Wiring: from a configuration to a running service.

use std::{process::ExitCode, sync::Arc};

use piramide_contracts::{
    DESCRIPTORS,
    domains::{self, Domain},
    plan::plan_service_server::PlanServiceServer,
    publicvalue::public_value_service_server::PublicValueServiceServer,
    scorecard::scorecard_service_server::ScorecardServiceServer,
};
use piramide_plan::{PlanErrors, Plans};
use piramide_service::{
    About, Config, Running, Server,
    client::{DialError, Dialer},
    server::StartError as ServerError,
};

use crate::{grpc::Adapter, upstream::Upstream};

/// Where the domains are.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Options of this service")]
pub struct Domains {
    /// Address of production.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7101")]
    pub production_url: String,
    /// Address of quality.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7102")]
    pub quality_url: String,
    /// Address of finance.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7103")]
    pub finance_url: String,
    /// Address of workforce.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:7104")]
    pub workforce_url: String,
}

impl Domains {
    /// Every domain under the pyramid, and where it is: one that keeps facts cannot be forgotten here.
    fn addresses(&self) -> [(Domain, &str); domains::FACT_KEEPING.len()] {
        [
            (domains::PRODUCTION, &self.production_url),
            (domains::QUALITY, &self.quality_url),
            (domains::FINANCE, &self.finance_url),
            (domains::WORKFORCE, &self.workforce_url),
        ]
    }
}

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A plan is refused.
    #[error("the plans cannot be used")]
    Plans(#[source] PlanErrors),
    /// A domain's address or the certificates are not usable.
    #[error("the way to the domains cannot be prepared")]
    Dial(#[source] DialError),
    /// The server cannot be started.
    #[error("the server cannot be started")]
    Server(#[source] ServerError),
}

/// The whole `main` of the service.
pub fn run(about: &About) -> ExitCode {
    piramide_service::run(about, async move |config| start(about.name, config).await)
}

/// Starts the service.
///
/// # Errors
///
/// [`StartError`], before anything is served.
pub async fn start(name: &'static str, config: Config<Domains>) -> Result<Running, StartError> {
    let plans = config.options.plans.as_deref().map_or_else(Plans::bundled, Plans::load_folder).map_err(StartError::Plans)?;
    let dialer = Dialer::new(&config.options).map_err(StartError::Dial)?;
    let connections = config.own.addresses().into_iter().map(|(domain, url)| Ok((domain, dialer.connect(url)?)));
    let connections: Vec<_> = connections.collect::<Result<_, DialError>>().map_err(StartError::Dial)?;
    let upstream = Arc::new(Upstream::new(connections, config.options.message_limit));
    let adapter = Adapter { plans: Arc::new(plans), upstream: upstream.clone() };
    let limit = config.options.message_limit;
    let server = Server::new(name, &config.options)
        .descriptors(DESCRIPTORS)
        .until_drain("/piramide.scorecard.v1.ScorecardService/Watch")
        .service(PublicValueServiceServer::new(adapter.clone()).max_decoding_message_size(limit).max_encoding_message_size(limit))
        .service(ScorecardServiceServer::new(adapter.clone()).max_decoding_message_size(limit).max_encoding_message_size(limit))
        .service(PlanServiceServer::new(adapter).max_decoding_message_size(limit).max_encoding_message_size(limit));
    upstream.watch(&server.shutdown());
    server.start().await.map_err(StartError::Server)
}
