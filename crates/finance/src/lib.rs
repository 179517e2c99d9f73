//! What does the work bring to and save for the public purse, and what does it cost? Economic and financial effectiveness (*IEEP*).
//!
//! | method | indicator | official term |
//! | --- | --- | --- |
//! | `item` | the amount of an item of the IEEP tree | *voce dell'IEEP* |
//! | `realisation` | the weighted realisation of the sections | *realizzazione dell'IEEP* |
//! | `amount` | a single amount | *importo* |
//! | `standard_cost_index` | costs against the mean of the cluster | *indice sintetico dei costi standard* |
//! | `balance_over_previous`, `balances` | balances of accounts to be cleared | *saldi dei conti* |
//! | `disposal` | units and value disposed of, by the rule that suits better | *piano di dismissione* |
//! | `collected`, `collected_over_previous` | what is collected on accounts | *incassi* |
//! | `cost_ratio` | one amount over another | *redditività*, *costi diretti su costi totali* |
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`facts`] | what comes in, and its checks |
//! | [`accounts`] | transit accounts and accounts on which money is collected |
//! | [`asked`] | a question, with facts and sums to answer it |
//! | [`assets`] | property disposed of, its database, securities and funds |
//! | [`changes`] | what changed between two closings, and why |
//! | [`costs`] | the statement of a responsibility centre, and how shared costs are passed on |
//! | [`indicators`] | one file per family, pure functions from facts to explained results |
//! | [`reconciliation`] | what adds up and what does not, of facts and of targets |
//! | [`spending`] | chapters against forecast and budget, and where the year ends |
//! | [`standard_costs`] | elementary indicators against the cluster, and their index |
//! | [`state`] | the sums kept beside the facts |
//! | [`statement`] | the items of a structure side by side, and the structures under it |
//! | `grpc` | the contract that is the domain's own: adapter, nothing else |
//!
//! Starts at [`Finance`]. Talks to `domain`, which keeps the facts and serves the contracts. Does not know any other domain.

pub mod accounts;
pub mod asked;
pub mod assets;
pub mod changes;
pub mod costs;
pub mod facts;
mod grpc;
pub mod indicators;
pub mod reconciliation;
pub mod spending;
pub mod standard_costs;
pub mod state;
pub mod statement;

use piramide_contracts::domains;
use piramide_domain::{Domain, Facts, Handle, Incoming, Measured, Quantity, Query, Violation, unknown_method};
use piramide_plan::{IndicatorDefinition, Plan};
use piramide_service::Server;

use crate::{asked::Asked, standard_costs::Values, state::State};

/// Economic and financial effectiveness (*efficacia economico-finanziaria della produzione*).
#[derive(Debug, Clone, Copy, Default)]
pub struct Finance;

impl Domain for Finance {
    const IDENTITY: domains::Domain = domains::FINANCE;
    const QUANTITIES: &'static [Quantity] = &facts::QUANTITIES;
    const COLUMNS: &'static [&'static str] = &facts::COLUMNS;
    const MONTH_13: bool = true;

    type State = State;

    fn subject_label<'a>(&self, plan: &'a Plan, subject: &str) -> Option<&'a str> {
        let item = || plan.items().get(subject).or_else(|| plan.costs().tree().get(subject)).map(|item| item.label.as_str());
        let measure = || plan.measures().get(subject).filter(|measure| measure.domain == Self::IDENTITY.name);
        let chapter = || plan.spending().subject_label(subject);
        item()
            .or_else(|| plan.standard_costs().amount_label(subject))
            .or_else(chapter)
            .or_else(|| plan.accounts().subject_label(subject))
            .or_else(|| plan.securities().subject_label(subject))
            .or_else(|| measure().map(|measure| measure.label.as_str()))
    }

    fn check(&self, batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation> {
        facts::check(batch, facts)
    }

    fn measure(&self, query: &Query<'_>, state: &State, indicator: &IndicatorDefinition) -> Measured {
        let query = &Asked::new(*query, state);
        match indicator.method.as_str() {
            "item" => indicators::ieep::item(query, &indicator.subject, &indicator.label),
            "realisation" => indicators::realisation::realisation(query, &indicator.subject, &indicator.label),
            "amount" => indicators::amounts::amount(query, indicator),
            "cost_ratio" => indicators::amounts::cost_ratio(query, indicator),
            "balance_over_previous" => match query.plan.accounts().get(&indicator.subject) {
                Some(account) => accounts::over_previous(query, account, &indicator.label),
                None => unknown_method(indicator),
            },
            "balances" => accounts::balances(query, &indicator.subject, &indicator.label),
            "collected" => accounts::collected(query, &indicator.subject, &indicator.label),
            "collected_over_previous" => accounts::collected_over_previous(query, &indicator.subject, &indicator.label),
            "disposal" => assets::disposal(query, indicator),
            "standard_cost_index" => standard_costs::standard(query, Values::Actuals).index,
            _ => unknown_method(indicator),
        }
    }

    fn serve(server: Server, handle: Handle<Self>) -> Server {
        grpc::serve(server, handle)
    }

    fn knows_method(&self, method: &str) -> bool {
        matches!(
            method,
            "item"
                | "realisation"
                | "amount"
                | "balance_over_previous"
                | "balances"
                | "collected"
                | "collected_over_previous"
                | "cost_ratio"
                | "disposal"
                | "standard_cost_index"
        )
    }
}
