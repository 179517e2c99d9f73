//! Single events that fold into facts: a piece received, completed, handed over.
//!
//! An event is recorded at most once, known by the system where it happened and the number given there. What it does to the facts is the
//! domain's business ([`Streamed::fold`]); that each batch of events and the facts that follow from it become durable together, in groups
//! so that many fit in one durable write, is done here once.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`Draft`] | the facts as they would be after the events of a group so far |
//! | [`Recorder`] | the queue in which chunks of events wait, and their answers |
//! | [`stream`] | chunks as they come over the wire, and their answers |
//! | `commit` | one group: what is new, what follows from it, one batch of the ledger |

mod commit;
mod draft;
mod recorder;
pub mod stream;

use std::borrow::Cow;

use piramide_ledger::{Event, Provenance};
use piramide_measure::Month;

pub use self::draft::Draft;
pub use self::recorder::Recorder;
use crate::{Domain, Values};

/// A domain that takes events beside facts.
pub trait Streamed: Domain {
    /// What follows from an event: for each fact that it touches, what that says afterwards. Nothing when the event is refused.
    ///
    /// The codes of the event are already those of the plan. `corrects` says that the sender gave a reason.
    ///
    /// # Errors
    ///
    /// Why the event cannot be, with the numbers.
    fn fold<'a>(&self, draft: &Draft<'a>, event: &'a Event, corrects: bool) -> Result<Vec<Touched<'a>>, Refused>;
}

/// A fact of a single month as an event leaves it.
#[derive(Debug, Clone)]
pub struct Touched<'a> {
    /// The structure.
    pub structure: &'a str,
    /// The subject.
    pub subject: Cow<'a, str>,
    /// The month.
    pub month: Month,
    /// What it says now.
    pub values: Values,
}

/// Why an event is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {detail}")]
pub struct Refused {
    /// The field of the event.
    pub field: &'static str,
    /// The stable reason: `PERIOD_CLOSED`.
    pub reason: &'static str,
    /// What is wrong, with the numbers.
    pub detail: String,
}

impl Refused {
    /// A refusal.
    pub fn new(field: &'static str, reason: &'static str, detail: impl Into<String>) -> Self {
        Self { field, reason, detail: detail.into() }
    }
}

/// Events that were sent together and are answered together.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// How certain they are.
    pub provenance: Provenance,
    /// Why they correct, or come after a closing; `None` for ordinary work.
    pub reason: Option<String>,
    /// The events, already read.
    pub events: Vec<Event>,
}

/// What became of a chunk. Given only once all that is not refused is durable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Events recorded now.
    pub accepted: u64,
    /// Events that were recorded before: they count once.
    pub duplicates: u64,
    /// Events that are not recorded, by number; the others of the chunk are.
    pub refused: Vec<(i64, Refused)>,
    /// The sequence of the ledger that has them all.
    pub sequence: i64,
}
