//! How much work is done, how much waits, and with how many people? Production accounting (*contabilità della produzione*).
//!
//! | method | indicator | official term |
//! | --- | --- | --- |
//! | `homogenised_points` | completed work in hours of a standard worker | *produzione omogeneizzata* |
//! | `plan_realisation` | points on planned points | *realizzazione del piano di produzione* |
//! | `productivity` | points per head per month | *indice di produttività* |
//! | `backlog_days` | how long today's backlog takes to come in | *indice di giacenza* |
//! | `clearance_ratio` | how much of the incoming work gets done | *indice di deflusso* |
//! | `clearance_ratio_points` | the same with each piece weighing its hours | *indice di deflusso in punti* |
//! | `disposition_time` | in how many days the backlog would be done | not the institute's; CEPEJ |
//! | `automation_share` | how much of the work completes itself | *quota definita in automatico* |
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`facts`] | what comes in, and its checks |
//! | [`events`] | what a single piece of work does to the facts |
//! | [`planning`] | the production plan of an office: load, staff, gap, levers |
//! | [`simulation`] | what if coefficients changed |
//! | [`state`] | the sums kept beside the facts |
//! | [`asked`] | a question, with facts and sums to answer it |
//! | [`indicators`] | one file per family, pure functions from facts to explained results |
//! | `grpc` | the contract that is the domain's own: adapter, nothing else |
//!
//! Starts at [`Production`]. Talks to `domain`, which keeps the facts and serves the contracts. Does not know any other domain.

pub mod asked;
pub mod events;
pub mod facts;
mod grpc;
pub mod indicators;
pub mod planning;
pub mod simulation;
pub mod state;

use piramide_contracts::domains;
use piramide_domain::{
    Domain, Draft, Facts, Handle, Incoming, Measured, Quantity, Query, Streamed, Violation,
    events::{Refused, Touched},
    unknown_method,
};
use piramide_ledger::Event;
use piramide_plan::{IndicatorDefinition, Plan};
use piramide_service::Server;

use crate::{asked::Asked, state::State};

/// Production accounting (*contabilità della produzione*).
#[derive(Debug, Clone, Copy, Default)]
pub struct Production;

impl Domain for Production {
    const IDENTITY: domains::Domain = domains::PRODUCTION;
    const QUANTITIES: &'static [Quantity] = &facts::QUANTITIES;
    const COLUMNS: &'static [&'static str] = &facts::COLUMNS;
    const MONTH_13: bool = false;
    type State = State;

    fn subject_label<'a>(&self, plan: &'a Plan, subject: &str) -> Option<&'a str> {
        plan.catalogue().product(subject).map(|product| product.label.as_str())
    }

    fn check(&self, batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation> {
        facts::check(batch, facts)
    }

    fn measure(&self, query: &Query<'_>, state: &State, indicator: &IndicatorDefinition) -> Measured {
        let node = indicator.subject.as_str();
        let asked = &Asked::new(*query, state);
        match indicator.method.as_str() {
            "homogenised_points" => indicators::points::homogenised_points(asked, node, &indicator.label),
            "plan_realisation" => indicators::points::plan_realisation(asked, node, &indicator.label),
            "productivity" => indicators::productivity::productivity(asked, node, &indicator.label),
            "backlog_days" => indicators::backlog::backlog_days(asked, node, &indicator.label),
            "clearance_ratio" => indicators::clearance::clearance_ratio(asked, node, &indicator.label),
            "clearance_ratio_points" => indicators::clearance::clearance_ratio_points(asked, node, &indicator.label),
            "disposition_time" => indicators::backlog::disposition_time(asked, node, &indicator.label),
            "automation_share" => indicators::automation::automation_share(asked, node, &indicator.label),
            _ => unknown_method(indicator),
        }
    }

    fn serve(server: Server, handle: Handle<Self>) -> Server {
        grpc::serve(server, handle)
    }

    fn knows_method(&self, method: &str) -> bool {
        matches!(
            method,
            "homogenised_points"
                | "plan_realisation"
                | "productivity"
                | "backlog_days"
                | "clearance_ratio"
                | "clearance_ratio_points"
                | "disposition_time"
                | "automation_share"
        )
    }
}

impl Streamed for Production {
    fn fold<'a>(&self, draft: &Draft<'a>, event: &'a Event, corrects: bool) -> Result<Vec<Touched<'a>>, Refused> {
        events::fold(draft, event, corrects)
    }
}
