//! Events: single pieces of work, kept as the evidence of the facts that they change.

/// Something that happened once (*evento di lavorazione*), such as a piece completed.
///
/// A batch may bring events beside facts: the facts say what holds after them, the events why. The ledger keeps both under one hash
/// and never counts anything itself: what an event does to a fact is the domain's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The system where it happened.
    pub origin: String,
    /// The number that the system gave it. Origin and number together are its identity: recorded at most once, for ever.
    pub number: i64,
    /// What happened, in the domain's words.
    pub kind: String,
    /// Code of the structure where it happened.
    pub structure: String,
    /// Code of the other structure, when there are two.
    pub counterpart: Option<String>,
    /// Code of what it is about.
    pub subject: String,
    /// The month that it belongs to.
    pub month: i32,
    /// When it happened, in microseconds since 1970 UTC.
    pub moment: i64,
    /// How much of it.
    pub amount: i64,
}

impl Event {
    /// Its identity.
    pub fn key(&self) -> EventKey {
        EventKey { origin: self.origin.clone(), number: self.number }
    }
}

/// The identity of an event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventKey {
    /// The system where it happened.
    pub origin: String,
    /// The number that the system gave it.
    pub number: i64,
}

/// An event, and its place in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Sequence of its batch.
    pub sequence: i64,
    /// Its place in the batch, from 1.
    pub line: u32,
    /// The event as it was submitted.
    pub event: Event,
}
