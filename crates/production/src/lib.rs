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
//! | `subsidiarity` | points handed over to who helps | *sussidiarietà* |
//! | `pieces`, `improvement_projects` | pieces of a project, and all projects as one score | *progetti di miglioramento* |
//! | `process_control` | points of the process control | *controllo del processo produttivo* |
//! | `weighted_backlog` | what waits, the older the heavier | *giacenza ponderata* |
//! | `old_backlog_share`, `easy_share`, `refusal_rate`, `reopening_rate`, `closing_peak`, `measured_time` | guards beside the points | not the institute's |
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`facts`] | what comes in, and its checks |
//! | [`parts`] | to whom, how old, refused, reopened, timed: parts of what is recorded of a product |
//! | [`events`] | what a single piece of work does to the facts |
//! | [`planning`] | the production plan of an office: load, staff, gap, levers |
//! | [`subsidiarity`] | who helps whom, planned and done |
//! | [`simulation`] | what if coefficients changed |
//! | [`changes`] | what changed between two closings, and why |
//! | [`state`] | the sums kept beside the facts |
//! | [`asked`] | a question, with facts and sums to answer it |
//! | [`indicators`] | one file per family, pure functions from facts to explained results |
//! | `grpc` | the contract that is the domain's own: adapter, nothing else |
//!
//! Starts at [`Production`]. Talks to `domain`, which keeps the facts and serves the contracts. Does not know any other domain.

pub mod asked;
pub mod changes;
pub mod events;
pub mod facts;
mod grpc;
pub mod indicators;
pub mod parts;
pub mod planning;
pub mod simulation;
pub mod state;
pub mod subsidiarity;

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
        // A part goes by the name of what it is a part of.
        let (whole, part) = parts::Part::of(subject).map_or((subject, None), |(whole, part)| (whole, Some(part)));
        part.is_none_or(|part| part.is_known_to(plan)).then_some(())?;
        let measure = || plan.measures().get(whole).filter(|measure| measure.domain == Self::IDENTITY.name);
        let product = plan.catalogue().product(whole).map(|product| product.label.as_str());
        product.or_else(|| measure().map(|measure| measure.label.as_str()))
    }

    fn check(&self, batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation> {
        facts::check(batch, facts)
    }

    fn measure(&self, query: &Query<'_>, state: &State, indicator: &IndicatorDefinition) -> Measured {
        let node = indicator.subject.as_str();
        let asked = &Asked::new(*query, state);
        let label = &indicator.label;
        match indicator.method.as_str() {
            "homogenised_points" => indicators::points::homogenised_points(asked, node, label),
            "plan_realisation" => indicators::points::plan_realisation(asked, node, label),
            "productivity" => indicators::productivity::productivity(asked, node, label),
            "backlog_days" => indicators::backlog::backlog_days(asked, node, label),
            "clearance_ratio" => indicators::clearance::clearance_ratio(asked, node, label),
            "clearance_ratio_points" => indicators::clearance::clearance_ratio_points(asked, node, label),
            "disposition_time" => indicators::backlog::disposition_time(asked, node, label),
            "automation_share" => indicators::automation::automation_share(asked, node, label),
            "subsidiarity" => subsidiarity::given(asked, label),
            "pieces" => indicators::projects::pieces(asked, node, label),
            "improvement_projects" => indicators::projects::improvement_projects(asked, indicator),
            "process_control" => indicators::control::process_control(asked, label),
            "weighted_backlog" => indicators::ages::weighted_backlog(asked, node, label),
            "old_backlog_share" => indicators::ages::old_backlog_share(asked, node, &indicator.parameter, label),
            "easy_share" => indicators::guards::easy_share(asked, indicator),
            "refusal_rate" => indicators::guards::refusal_rate(asked, node, label),
            "reopening_rate" => indicators::guards::reopening_rate(asked, node, label),
            "closing_peak" => indicators::guards::closing_peak(asked, node, label),
            "measured_time" => indicators::guards::measured_time(asked, node, label),
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
                | "subsidiarity"
                | "pieces"
                | "improvement_projects"
                | "process_control"
                | "weighted_backlog"
                | "old_backlog_share"
                | "easy_share"
                | "refusal_rate"
                | "reopening_rate"
                | "closing_peak"
                | "measured_time"
        )
    }
}

impl Streamed for Production {
    fn fold<'a>(&self, draft: &Draft<'a>, event: &'a Event, corrects: bool) -> Result<Vec<Touched<'a>>, Refused> {
        events::fold(draft, event, corrects)
    }
}

#[cfg(test)]
mod tests {
    use piramide_domain::{Detail, State as _};
    use piramide_measure::Missing;
    use piramide_plan::Plans;

    use super::*;

    /// An indicator by that method, and a plan that its subject is of.
    fn by_method<'a>(plans: &'a Plans, method: &str) -> (&'a Plan, IndicatorDefinition) {
        let known = || plans.iter().flat_map(|plan| plan.indicators().of_domain("production").map(move |indicator| (plan, indicator)));
        let (plan, indicator) = known().find(|(_, indicator)| indicator.method == method).or_else(|| known().next()).unwrap();
        (plan, IndicatorDefinition { method: method.to_owned(), ..indicator.clone() })
    }

    /// What a plan may ask for is what the domain says it knows, and what it measures: a method that one of the three forgets is found here.
    #[test]
    fn every_method_that_a_plan_may_ask_for_is_measured() {
        let (plans, none) = (Plans::bundled().unwrap(), Facts::default());
        let state = State::of(&plans, &none);
        let mut methods = 0;
        for method in piramide_plan::methods("production") {
            let (plan, indicator) = by_method(&plans, method);
            let period = "2020".parse().unwrap();
            let query = Query { plan, facts: &none, structure: "NAZ", period, quantities: &facts::QUANTITIES, detail: Detail::Figure };
            let value = Production.measure(&query, &state, &indicator).value;
            assert!(Production.knows_method(method), "{method}");
            assert_ne!(value, Err(Missing::NoInput { input: format!("il metodo {method}") }));
            methods += 1;
        }
        assert!(methods > 18, "{methods} methods");
        assert!(!Production.knows_method("guess"));
    }
}
