//! The services behind the gateway, each asked under a deadline.

mod calls;
mod finance;
mod plans;
mod quality;
pub(crate) mod restatements;
pub(crate) mod watching;

use std::{sync::Arc, time::Duration};

use piramide_contracts::{
    domains::Domain, finance::finance_service_client::FinanceServiceClient, ledger::ledger_service_client::LedgerServiceClient,
    plan::plan_service_client::PlanServiceClient, production::production_service_client::ProductionServiceClient,
    publicvalue::public_value_service_client::PublicValueServiceClient, quality::quality_service_client::QualityServiceClient,
    scorecard::scorecard_service_client::ScorecardServiceClient,
};
use piramide_service::{
    Config,
    client::{Connection, DialError, Dialer},
};
use tonic::{Request, Response, Status};

use crate::{config::GatewayOptions, problem::Problem, pulse::Pulses, question::Question};

/// How long each kind of call may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budgets {
    /// A reading of what is known now.
    pub(crate) read: Duration,
    /// A reading of what was known at a moment or closing, which may have to be read from the ledger first.
    pub(crate) past: Duration,
    /// A submission of an ordinary body, or a closing.
    pub(crate) write: Duration,
    /// A submission of a large file, or a verification.
    pub(crate) upload: Duration,
}

impl Budgets {
    /// How long the answer to a question may take.
    fn of(self, question: &Question) -> Duration {
        if question.is_current() { self.read } else { self.past }
    }
}

/// The connections to the services; a client of one of them is cheap to make.
pub(crate) struct Upstream {
    connections: Vec<(Domain, Connection)>,
    message_limit: usize,
    pulses: Arc<Pulses>,
    shelf: plans::Shelf,
    pub(crate) budgets: Budgets,
}

/// Makes the client of a contract over a domain's connection, with the house's limit on messages both ways.
macro_rules! clients {
    ($($(#[$doc:meta])* $name:ident -> $client:ident;)+) => {
        impl Upstream {
            $($(#[$doc])*
            fn $name(&self, domain: Domain) -> Result<$client<Connection>, Problem> {
                let client = $client::new(self.connection(domain)?);
                Ok(client.max_decoding_message_size(self.message_limit).max_encoding_message_size(self.message_limit))
            })+
        }
    };
}

clients! {
    /// Results.
    scorecard -> ScorecardServiceClient;
    /// Facts.
    ledger -> LedgerServiceClient;
    /// The pyramid.
    public_value -> PublicValueServiceClient;
    /// What production alone can tell.
    production -> ProductionServiceClient;
    /// What finance alone can tell.
    finance -> FinanceServiceClient;
    /// What quality alone can tell.
    quality -> QualityServiceClient;
    /// Plans and structures.
    plans -> PlanServiceClient;
}

impl Upstream {
    /// Connections that open when first used, and again whenever they must. What never changes while a service runs is asked of it once, for
    /// as long as `pulses` say that its stream stands.
    ///
    /// # Errors
    ///
    /// When a URL or a certificate is not usable.
    pub(crate) fn new(config: &Config<GatewayOptions>, pulses: Arc<Pulses>) -> Result<Self, DialError> {
        let dialer = Dialer::new(&config.options)?;
        let connection = |(domain, address)| dialer.connect(address).map(|connection| (domain, connection));
        Ok(Self {
            connections: config.own.addresses().into_iter().map(connection).collect::<Result<_, _>>()?,
            message_limit: config.options.message_limit,
            pulses,
            shelf: plans::Shelf::default(),
            budgets: Budgets {
                read: config.options.call_deadline,
                past: config.own.past_deadline,
                write: config.options.deadline,
                upload: config.own.upload_deadline,
            },
        })
    }

    fn connection(&self, domain: Domain) -> Result<Connection, Problem> {
        let found = self.connections.iter().find(|(other, _)| *other == domain);
        found.map(|(_, connection)| connection.clone()).ok_or_else(Problem::internal)
    }
}

/// Makes one call: the service is told how long its answer is wanted, and nobody waits longer.
async fn ask<M, A, F>(domain: Domain, budget: Duration, message: M, call: impl FnOnce(Request<M>) -> F) -> Result<A, Problem>
where
    F: Future<Output = Result<Response<A>, Status>>,
{
    let mut request = Request::new(message);
    request.set_timeout(budget);
    let answer = match tokio::time::timeout(budget, call(request)).await {
        Ok(answer) => answer,
        Err(_) => Err(Status::deadline_exceeded("the gateway's budget has passed")),
    };
    answer.map(Response::into_inner).map_err(|status| Problem::from_status(domain, &status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_known_in_the_past_may_take_its_own_time() {
        let seconds = Duration::from_secs;
        let budgets = Budgets { read: seconds(2), past: seconds(30), write: seconds(5), upload: seconds(60) };
        let question = |as_of| Question::read("NAZ".into(), "2020", None, as_of).unwrap();
        assert_eq!(budgets.of(&question(None)), seconds(2));
        assert_eq!(budgets.of(&question(Some("2020-IV"))), seconds(30));
        assert_eq!(budgets.of(&question(Some("2020-12-31T00:00:00Z"))), seconds(30));
    }
}
