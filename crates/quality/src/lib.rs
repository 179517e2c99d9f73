//! Is the service better than what was promised, and than last year? Quality indices (*Cruscotto Qualità*).
//!
//! | method | indicator | official term |
//! | --- | --- | --- |
//! | `ratio` | a measure from its numerator and denominator | *indicatore elementare* |
//! | `base_year` | an index that starts at 100 with another year's actuals | *indice a base 100* |
//! | `index_vs_budget`, `index_vs_previous_year` | the index of a section or area of the dashboard | *indice sintetico di qualità* |
//! | `survey_mean` | what a sample of a survey says of a factor | *customer experience* |
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`facts`] | what comes in, and its checks |
//! | [`indicators`] | one file per family, pure functions from facts to explained results |
//! | [`state`] | the sums kept beside the facts |
//! | [`asked`] | a question to the dashboard, with the sums that answer it |
//! | [`indices`] | elementary, area and synthetic indices, against the budget and last year |
//! | [`comparison`] | a structure beside others: place, quarter, best practice |
//! | [`contributions`] | what moved an index: indicators, areas, structures |
//! | [`incentives`] | whether an index reaches what the bands of the plan ask |
//! | [`surveys`] | what users and staff say: weighted means, intervals, what is too few to be shown |
//! | `grpc` | the contract that is the domain's own: adapter, nothing else |
//!
//! Starts at [`Quality`]. Talks to `domain`, which keeps the facts and serves the contracts. Does not know any other domain.

pub mod asked;
pub mod comparison;
pub mod contributions;
pub mod facts;
mod grpc;
pub mod incentives;
pub mod indicators;
pub mod indices;
pub mod state;
pub mod surveys;

use piramide_contracts::domains;
use piramide_domain::{
    Domain, Draft, Facts, Handle, Incoming, Measured, Quantity, Query, Streamed, Violation,
    events::{Refused, Touched},
    unknown_method,
};
use piramide_ledger::Event;
use piramide_measure::Missing;
use piramide_plan::{IndicatorDefinition, Plan};
use piramide_service::Server;

use crate::{indices::Against, state::State, surveys::Topic};

/// Quality indices (*Cruscotto Qualità*).
#[derive(Debug, Clone, Copy, Default)]
pub struct Quality;

impl Domain for Quality {
    const IDENTITY: domains::Domain = domains::QUALITY;
    const QUANTITIES: &'static [Quantity] = &facts::QUANTITIES;
    const COLUMNS: &'static [&'static str] = &facts::COLUMNS;
    const MONTH_13: bool = false;

    type State = State;

    fn subject_label<'a>(&self, plan: &'a Plan, subject: &str) -> Option<&'a str> {
        if let Some(topic) = Topic::of(subject) {
            // A topic goes by the name of what its marks are given for.
            return topic.known(plan).ok().map(|known| known.factor.label.as_str());
        }
        plan.measures().get(subject).filter(|measure| measure.domain == Self::IDENTITY.name).map(|measure| measure.label.as_str())
    }

    fn subject_fault(&self, plan: &Plan, subject: &str) -> Option<(&'static str, String)> {
        if let Some(topic) = Topic::of(subject) {
            return topic.known(plan).err();
        }
        let unknown = || ("SUBJECT_UNKNOWN", format!("\"{subject}\" is not a measure of {}", plan.version()));
        self.subject_label(plan, subject).is_none().then(unknown)
    }

    fn check(&self, batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation> {
        facts::check(batch, facts)
    }

    fn measure(&self, query: &Query<'_>, state: &State, indicator: &IndicatorDefinition) -> Measured {
        let books = state.under(query.plan);
        match indicator.method.as_str() {
            "ratio" => indicators::ratio::ratio(query, indicator),
            "base_year" => indicators::base_year::base_year(query, indicator),
            "index_vs_budget" => indicators::index::index(query, books, indicator, Against::Budget),
            "index_vs_previous_year" => indicators::index::index(query, books, indicator, Against::PreviousYear),
            "survey_mean" => indicators::survey::mean(query, books, indicator),
            _ => unknown_method(indicator),
        }
    }

    fn untold_at_a_moment(&self, plan: &Plan, indicator: &IndicatorDefinition) -> Option<Missing> {
        if indicator.method == "survey_mean" { indicators::survey::untold_at_a_moment(plan, indicator) } else { None }
    }

    fn serve(server: Server, handle: Handle<Self>) -> Server {
        grpc::serve(server, handle)
    }

    fn knows_method(&self, method: &str) -> bool {
        matches!(method, "ratio" | "base_year" | "index_vs_budget" | "index_vs_previous_year" | "survey_mean")
    }
}

impl Streamed for Quality {
    fn fold<'a>(&self, draft: &Draft<'a>, event: &'a Event, corrects: bool) -> Result<Vec<Touched<'a>>, Refused> {
        surveys::answers::fold(draft, event, corrects)
    }
}
