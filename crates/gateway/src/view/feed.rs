//! What systems have sent event by event.

use piramide_contracts::ledger;
use serde::Serialize;
use utoipa::ToSchema;

/// What a system has sent event by event (flusso di alimentazione).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Feed {
    /// The system, as it names itself.
    origin: String,
    /// Number of its events that are recorded.
    events: i64,
    /// The lowest of their numbers.
    first_number: i64,
    /// The highest of their numbers.
    last_number: i64,
    /// How many numbers between the two are not recorded. A system that leaves numbers out on purpose has them too.
    missing: i64,
    /// Those numbers, the lowest first; the first 10 ranges.
    gaps: Vec<NumberRange>,
    /// The sequence of the batch that recorded the highest number.
    last_sequence: i64,
    /// When that was, in UTC.
    last_recorded_at: Option<String>,
}

/// Numbers one after the other, both ends included.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NumberRange {
    /// The lowest.
    first: i64,
    /// The highest.
    last: i64,
}

impl From<ledger::Feed> for Feed {
    fn from(feed: ledger::Feed) -> Self {
        Self {
            origin: feed.origin,
            events: feed.events,
            first_number: feed.first_number,
            last_number: feed.last_number,
            missing: feed.missing,
            gaps: feed.gaps.into_iter().map(|gap| NumberRange { first: gap.first, last: gap.last }).collect(),
            last_sequence: feed.last_sequence,
            last_recorded_at: feed.last_recorded_at.map(|moment| moment.to_string()),
        }
    }
}
