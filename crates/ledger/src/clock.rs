//! The only place that reads the wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Where the moment of recording comes from.
pub trait Clock: Send + Sync {
    /// Microseconds since 1970 UTC.
    fn now_micros(&self) -> i64;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    /// A clock before 1970 or after the year 292000 reads as the nearer end; the ledger then only adds to the last moment.
    fn now_micros(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(elapsed) => i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX),
            Err(_) => 0,
        }
    }
}

impl<F: Fn() -> i64 + Send + Sync> Clock for F {
    fn now_micros(&self) -> i64 {
        self()
    }
}

/// The moment to record after `previous`: never before it nor equal to it, so that a moment names one state of the ledger
/// for ever, whatever the clock does.
pub(crate) fn next_moment(clock: &dyn Clock, previous: i64) -> i64 {
    clock.now_micros().max(previous.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::next_moment;

    #[test]
    fn moments_grow_even_when_the_clock_does_not() {
        assert_eq!(next_moment(&|| 50, 10), 50);
        assert_eq!(next_moment(&|| 50, 50), 51);
        assert_eq!(next_moment(&|| 50, 900), 901);
    }
}
