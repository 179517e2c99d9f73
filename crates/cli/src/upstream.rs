//! Connections to the services: opened by the first call, with certificates, keep-alive and deadlines of `piramide-service`.

use std::time::Duration;

use piramide_contracts::{
    domains::Domain, finance::finance_service_client::FinanceServiceClient, ledger::ledger_service_client::LedgerServiceClient,
    production::production_service_client::ProductionServiceClient, publicvalue::public_value_service_client::PublicValueServiceClient,
    quality::quality_service_client::QualityServiceClient, scorecard::scorecard_service_client::ScorecardServiceClient,
};
use piramide_service::{
    About, Config, MESSAGE_LIMIT, NoOptions,
    client::{Connection, Dialer, retry},
};
use tonic::{Response, Status};
use tonic_health::pb::health_client::HealthClient;

use crate::{arguments::Services, failure::Failure};

/// Time for an answer that is read from memory.
const READ: Duration = Duration::from_secs(10);

/// Only what a client needs of it is ever used.
const ABOUT: About = About::new("piramide", env!("CARGO_PKG_VERSION"), 0, "The command line.");

/// The way to every service.
#[derive(Debug)]
pub struct Upstream {
    dialer: Dialer,
    services: Services,
}

impl Upstream {
    /// Reads the certificates, if there are any.
    ///
    /// # Errors
    ///
    /// When they cannot be used.
    pub fn new(services: &Services) -> Result<Self, Failure> {
        let files = [
            ("--tls", &services.tls),
            ("--tls-server-ca", &services.tls_server_ca),
            ("--tls-cert", &services.tls_cert),
            ("--tls-key", &services.tls_key),
        ];
        let named = files.into_iter().filter_map(|(flag, path)| Some(format!("{flag}={}", path.as_ref()?.display())));
        let plaintext = services.allow_plaintext.then(|| "--allow-plaintext".to_owned());
        let config = Config::<NoOptions>::local(&ABOUT, named.chain(plaintext)).map_err(|error| Failure::usage(&error))?;
        let dialer = Dialer::new(&config.options).map_err(|error| Failure::usage(&error))?.with_budget(READ);
        Ok(Self { dialer, services: services.clone() })
    }

    /// What a domain answers to a read, which is made again where that may help.
    ///
    /// # Errors
    ///
    /// When it refuses or does not answer.
    pub async fn read<T>(&self, domain: Domain, call: impl AsyncFnMut() -> Result<Response<T>, Status>) -> Result<T, Failure> {
        let answered = retry(call).await;
        Ok(answered.map_err(|status| Failure::answered(domain, self.address(domain), status))?.into_inner())
    }

    /// The ledger of a domain.
    ///
    /// # Errors
    ///
    /// When its address cannot be used.
    pub fn ledger(&self, domain: Domain) -> Result<LedgerServiceClient<Connection>, Failure> {
        let client = LedgerServiceClient::new(self.connect(domain)?);
        Ok(client.max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT))
    }

    /// The scorecard of a service.
    ///
    /// # Errors
    ///
    /// As [`Upstream::ledger`].
    pub fn scorecard(&self, domain: Domain) -> Result<ScorecardServiceClient<Connection>, Failure> {
        let client = ScorecardServiceClient::new(self.connect(domain)?);
        Ok(client.max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT))
    }

    /// What production alone can do.
    ///
    /// # Errors
    ///
    /// As [`Upstream::ledger`].
    pub fn production(&self) -> Result<ProductionServiceClient<Connection>, Failure> {
        let client = ProductionServiceClient::new(self.connect(piramide_contracts::domains::PRODUCTION)?);
        Ok(client.max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT))
    }

    /// What finance alone can tell.
    ///
    /// # Errors
    ///
    /// As [`Upstream::ledger`].
    pub fn finance(&self) -> Result<FinanceServiceClient<Connection>, Failure> {
        let client = FinanceServiceClient::new(self.connect(piramide_contracts::domains::FINANCE)?);
        Ok(client.max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT))
    }

    /// What quality alone can do.
    ///
    /// # Errors
    ///
    /// As [`Upstream::ledger`].
    pub fn quality(&self) -> Result<QualityServiceClient<Connection>, Failure> {
        let client = QualityServiceClient::new(self.connect(piramide_contracts::domains::QUALITY)?);
        Ok(client.max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT))
    }

    /// The pyramid.
    ///
    /// # Errors
    ///
    /// As [`Upstream::ledger`].
    pub fn public_value(&self) -> Result<PublicValueServiceClient<Connection>, Failure> {
        let client = PublicValueServiceClient::new(self.connect(piramide_contracts::domains::PUBLIC_VALUE)?);
        Ok(client.max_decoding_message_size(MESSAGE_LIMIT).max_encoding_message_size(MESSAGE_LIMIT))
    }

    /// The readiness of a service.
    ///
    /// # Errors
    ///
    /// As [`Upstream::ledger`].
    pub fn health(&self, domain: Domain) -> Result<HealthClient<Connection>, Failure> {
        Ok(HealthClient::new(self.connect(domain)?))
    }

    /// Where a service is.
    pub fn address(&self, domain: Domain) -> &str {
        // All are there, and what were not could not be called.
        self.services.addresses().into_iter().find(|(other, _)| *other == domain).map_or("", |(_, address)| address)
    }

    fn connect(&self, domain: Domain) -> Result<Connection, Failure> {
        self.dialer.connect(self.address(domain)).map_err(|error| Failure::usage(&error))
    }
}
