//! A program older than its plans.

use piramide_contracts::domains;
use piramide_plan::{IndicatorDefinition, Plan};

use super::*;
use crate::{Change, Facts, Incoming, Measured, Quantity, Query, State, Violation};

/// Production as it was before anybody counted backlog in days.
struct Older;

struct Nothing;

impl State for Nothing {
    fn new(_plans: &Plans) -> Self {
        Self
    }

    fn follow(&mut self, _facts: &Facts, _change: &Change<'_>) {}
}

impl Domain for Older {
    const IDENTITY: domains::Domain = domains::PRODUCTION;
    const QUANTITIES: &'static [Quantity] = &[];
    const COLUMNS: &'static [&'static str] = &[];
    const MONTH_13: bool = false;
    type State = Nothing;

    fn subject_label<'a>(&self, _plan: &'a Plan, _subject: &str) -> Option<&'a str> {
        None
    }

    fn check(&self, _batch: &Incoming<'_>, _facts: &Facts) -> Vec<Violation> {
        Vec::new()
    }

    fn measure(&self, _query: &Query<'_>, _state: &Nothing, indicator: &IndicatorDefinition) -> Measured {
        crate::domain::unknown_method(indicator)
    }

    fn serve(server: Server, _handle: Handle<Self>) -> Server {
        server
    }

    fn knows_method(&self, method: &str) -> bool {
        method != "backlog_days"
    }
}

#[test]
fn a_method_that_the_program_does_not_know_is_named_with_plan_and_indicator() {
    let about = About::new("piramide-older", "0.0.0", 0, "As it was.");
    let config = Config::<piramide_service::NoOptions>::local(&about, None::<&str>).unwrap();
    let refused = plans(&Older, &config.options).unwrap_err();
    let plan = Plans::bundled().unwrap().iter().next().unwrap().version().to_owned();
    assert_eq!(
        refused.to_string(),
        format!("{plan}: indicator production.backlog_days asks for the method \"backlog_days\", which production does not know")
    );
}

#[test]
fn a_ledger_of_another_process_has_an_exit_code_of_its_own() {
    let ended = |error| with_code(StartError::Ledger(error)).is::<Taken>();
    let path = || "ledger.db".to_owned();
    assert!(ended(LedgerError::AlreadyOpen { path: path() }));
    assert!(ended(LedgerError::NoWriteAhead { path: path(), found: "delete".into() }));
    assert!(!ended(LedgerError::Stopped));
    let told = with_code(StartError::Ledger(LedgerError::AlreadyOpen { path: path() }));
    assert_eq!(told.to_string(), "the ledger cannot be used");
    assert!(told.source().unwrap().to_string().contains("already open"));
}
