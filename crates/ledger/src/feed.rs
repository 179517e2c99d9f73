//! Feeds: what each origin of events has sent, and which of its numbers are missing.

/// What an origin has sent event by event (*flusso di alimentazione*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// The system where the events happened.
    pub origin: String,
    /// How many are recorded.
    pub events: i64,
    /// The lowest number recorded.
    pub first: i64,
    /// The highest number recorded.
    pub last: i64,
    /// The numbers between the two that are not recorded, as ranges with both ends, the lowest first: at most [`Feed::MOST_GAPS`].
    pub gaps: Vec<(i64, i64)>,
    /// The sequence of the batch that recorded the highest number.
    pub sequence: i64,
    /// When that was, in microseconds since 1970 UTC.
    pub recorded_at: i64,
}

impl Feed {
    /// Ranges of missing numbers that are told: enough to ask a sender for them.
    pub const MOST_GAPS: i64 = 10;

    /// How many numbers between the lowest and the highest are not recorded. An origin that leaves numbers out on purpose has them too: what they
    /// mean is its sender's to say.
    pub fn missing(&self) -> i64 {
        let numbers = i128::from(self.last) - i128::from(self.first) + 1;
        i64::try_from(numbers - i128::from(self.events)).unwrap_or(i64::MAX)
    }
}
