//! Is the service better than what was promised, and than last year? Quality indices (*Cruscotto Qualità*).
//!
//! | method | indicator | official term |
//! | --- | --- | --- |
//! | `ratio` | a measure from its numerator and denominator | *indicatore elementare* |
//! | `base_year` | an index that starts at 100 with another year's actuals | *indice a base 100* |
//! | `index_vs_budget`, `index_vs_previous_year` | the index of a section or area of the dashboard | *indice sintetico di qualità* |
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`facts`] | what comes in, and its checks |
//! | [`indicators`] | one file per family, pure functions from facts to explained results |
//! | [`asked`] | a question to the dashboard, with its facts office by office |
//! | [`indices`] | elementary, area and synthetic indices, against the budget and last year |
//! | [`comparison`] | a structure beside others: place, quarter, best practice |
//! | [`contributions`] | what moved an index: indicators, areas, structures |
//! | `grpc` | the contract that is the domain's own: adapter, nothing else |
//!
//! Starts at [`Quality`]. Talks to `domain`, which keeps the facts and serves the contracts. Does not know any other domain.

pub mod asked;
pub mod comparison;
pub mod contributions;
pub mod facts;
mod grpc;
pub mod indicators;
pub mod indices;

use piramide_contracts::domains;
use piramide_domain::{Domain, Facts, Handle, Incoming, Measured, Quantity, Query, Violation, unknown_method};
use piramide_plan::{IndicatorDefinition, Plan};
use piramide_service::Server;

use crate::indices::Against;

/// Quality indices (*Cruscotto Qualità*).
#[derive(Debug, Clone, Copy, Default)]
pub struct Quality;

impl Domain for Quality {
    const IDENTITY: domains::Domain = domains::QUALITY;
    const QUANTITIES: &'static [Quantity] = &facts::QUANTITIES;
    const COLUMNS: &'static [&'static str] = &facts::COLUMNS;
    const MONTH_13: bool = false;

    type State = ();

    fn subject_label<'a>(&self, plan: &'a Plan, subject: &str) -> Option<&'a str> {
        plan.measures().get(subject).filter(|measure| measure.domain == Self::IDENTITY.name).map(|measure| measure.label.as_str())
    }

    fn check(&self, batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation> {
        facts::check(batch, facts)
    }

    fn measure(&self, query: &Query<'_>, _state: &(), indicator: &IndicatorDefinition) -> Measured {
        match indicator.method.as_str() {
            "ratio" => indicators::ratio::ratio(query, indicator),
            "base_year" => indicators::base_year::base_year(query, indicator),
            "index_vs_budget" => indicators::index::index(query, indicator, Against::Budget),
            "index_vs_previous_year" => indicators::index::index(query, indicator, Against::PreviousYear),
            _ => unknown_method(indicator),
        }
    }

    fn serve(server: Server, handle: Handle<Self>) -> Server {
        grpc::serve(server, handle)
    }

    fn knows_method(&self, method: &str) -> bool {
        matches!(method, "ratio" | "base_year" | "index_vs_budget" | "index_vs_previous_year")
    }
}
