//! How do people work, and with what? Agile work and staff (*POLA*, *personale*).
//!
//! | method | indicator | official term |
//! | --- | --- | --- |
//! | `ratio` | one measure over another: agile workers' share, days per head | *% lavoratori agili* |
//! | `stock` | a measure at the end of the period | *consistenza* |
//! | `sum` | a measure over the months of the period | *totale* |
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`facts`] | what comes in, and its checks |
//! | [`indicators`] | one file per family, pure functions from facts to explained results |
//! | `grpc` | the contract that is the domain's own: adapter, nothing else |
//!
//! Starts at [`Workforce`]. Talks to `domain`, which keeps the facts and serves the contracts. Does not know any other domain.

pub mod facts;
mod grpc;
pub mod indicators;

use piramide_contracts::domains;
use piramide_domain::{Domain, Facts, Handle, Incoming, Measured, Quantity, Query, Violation, unknown_method};
use piramide_plan::{IndicatorDefinition, Plan};
use piramide_service::Server;

/// Agile work and staff (*POLA*, *personale*).
#[derive(Debug, Clone, Copy, Default)]
pub struct Workforce;

impl Domain for Workforce {
    const IDENTITY: domains::Domain = domains::WORKFORCE;
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
            "ratio" => indicators::shares::ratio(query, indicator),
            "stock" => indicators::measures::stock(query, indicator),
            "sum" => indicators::measures::sum(query, indicator),
            _ => unknown_method(indicator),
        }
    }

    fn serve(server: Server, handle: Handle<Self>) -> Server {
        grpc::serve(server, handle)
    }

    fn knows_method(&self, method: &str) -> bool {
        matches!(method, "ratio" | "stock" | "sum")
    }
}
