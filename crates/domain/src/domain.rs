//! What a fact-keeping domain says about itself; everything else is shared.

use piramide_contracts::domains;
use piramide_measure::{Missing, Unit};
use piramide_plan::{IndicatorDefinition, Plan, Plans};
use piramide_service::Server;

use crate::{Change, Changes, Facts, Handle, Measured, Query, Violation, incoming::Incoming};

/// One of the numbers that a fact of a domain has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    /// Its name in rows, files and the ledger: `received`.
    pub name: &'static str,
    /// Digits after the point that are kept.
    pub scale: u32,
    /// What it counts.
    pub unit: Unit,
    /// Whether it may be below zero.
    pub signed: bool,
    /// What a reader sees, in Italian.
    pub label: &'static str,
}

/// What a domain keeps beside the facts so as to answer fast: a function of plans and facts in force, whatever way they came.
pub trait State: Send + Sync + 'static {
    /// Whether it reads facts by structure and months, so that sheets are made of them: [`Facts::sheets`]. What was known at a closing is then mostly
    /// told by its sheets, and the state that goes with facts whose sheets tell all is to be made without reading those.
    const SHEETS: bool = false;
    /// How many changes it may be told of at once, when `facts` already has all of them. One, where what a change means depends on the facts as
    /// they were when it was made.
    const AT_ONCE: usize = 1;

    /// The state in which no fact is in force.
    fn new(plans: &Plans) -> Self;

    /// Takes in a change; `facts` already has it.
    fn follow(&mut self, facts: &Facts, change: &Change<'_>);

    /// Takes in changes, at most [`State::AT_ONCE`], in their order; `facts` already has them all.
    fn follow_all(&mut self, facts: &Facts, changes: &Changes<'_>) {
        changes.iter().for_each(|change| self.follow(facts, &change));
    }

    /// The state that goes with some facts: the same as following each of them.
    fn of(plans: &Plans, facts: &Facts) -> Self
    where
        Self: Sized,
    {
        let mut state = Self::new(plans);
        facts.iter().for_each(|now| state.follow(facts, &Change { now, before: None }));
        state
    }

    /// A state that tells nothing, so that everything is read from the facts: what answers about the past until the state of its facts is
    /// there. `None` where the facts alone do not answer, or not before it.
    fn untold() -> Option<Self>
    where
        Self: Sized,
    {
        None
    }
}

/// A domain that reads its facts as they are.
impl State for () {
    fn new(_plans: &Plans) -> Self {}

    fn follow(&mut self, _facts: &Facts, _change: &Change<'_>) {}
}

/// A domain that keeps facts and measures indicators from them.
///
/// The functions are pure: no clock, no input or output, no waiting. What they need to know is in the plan and in the facts.
pub trait Domain: Send + Sync + 'static {
    /// Its name, its port and what it calls the subject of its facts.
    const IDENTITY: domains::Domain;
    /// The numbers that its facts have, in the order of the ledger's columns.
    const QUANTITIES: &'static [Quantity];
    /// Their names, in the same order: the ledger asks for them alone.
    const COLUMNS: &'static [&'static str];
    /// Whether its facts may speak of month 13, the closing month of accounting.
    const MONTH_13: bool;
    /// What it keeps beside the facts; `()` for nothing.
    type State: State;

    /// What a subject is called in the plan; `None` when the plan does not know it, and a fact about it is refused.
    fn subject_label<'a>(&self, plan: &'a Plan, subject: &str) -> Option<&'a str>;

    /// Why no fact can be about a subject: the stable reason, and what is wrong.
    fn subject_fault(&self, plan: &Plan, subject: &str) -> Option<(&'static str, String)> {
        let unknown = self.subject_label(plan, subject).is_none();
        let kind = Self::IDENTITY.subject.unwrap_or("subject");
        let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
        unknown.then(|| ("SUBJECT_UNKNOWN", format!("\"{subject}\" is not {article} {kind} of {}", plan.version())))
    }

    /// Checks what the domain alone can check of a batch against what is in force: balances, sums, continuity. Codes, periods and
    /// numbers are already right.
    fn check(&self, batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation>;

    /// Measures one of the plan's indicators of this domain.
    fn measure(&self, query: &Query<'_>, state: &Self::State, indicator: &IndicatorDefinition) -> Measured;

    /// Why an indicator is not told as it was known at a moment that the caller chooses, where it must not be: between two moments there may be
    /// a single fact, and that a single person.
    fn untold_at_a_moment(&self, _plan: &Plan, _indicator: &IndicatorDefinition) -> Option<Missing> {
        None
    }

    /// Adds the contracts that are the domain's own.
    #[must_use]
    fn serve(server: Server, handle: Handle<Self>) -> Server
    where
        Self: Sized;

    /// Whether the domain knows that method. A plan that asks for another is refused at start.
    fn knows_method(&self, method: &str) -> bool;
}

/// A measure whose method the domain does not know: plans are checked at start, so only a domain that forgets a method gets here.
pub fn unknown_method(indicator: &IndicatorDefinition) -> Measured {
    let missing = Missing::NoInput { input: format!("il metodo {}", indicator.method) };
    Measured::missing(&indicator.label, indicator.unit, missing)
}
