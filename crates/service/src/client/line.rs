//! The channel that calls take, changed for a new one before the other side asks for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tonic::transport::{Channel, Endpoint};

/// How long calls take the same channel. The other side bids a connection farewell after its own time, `CONNECTION_AGE`, and the first call
/// that an idle channel then takes is lost: it learns of the farewell only when it sends. So calls leave before; those in progress, and
/// streams without end, stay on the channel that they took.
const TAKEN_FOR: Duration = Duration::from_mins(4);

/// A place that can be called. Clones share the channel.
#[derive(Debug, Clone)]
pub(super) struct Line(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    endpoint: Endpoint,
    current: Mutex<Current>,
}

/// The channel that new calls take.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) channel: Channel,
    since: Instant,
}

impl Current {
    fn new(endpoint: &Endpoint, since: Instant) -> Self {
        Self { channel: endpoint.connect_lazy(), since }
    }

    /// Whether it is the same channel.
    fn is(&self, other: &Self) -> bool {
        self.since == other.since
    }
}

impl Line {
    /// A line that is opened by the first call. It must be made inside the runtime.
    pub(super) fn new(endpoint: Endpoint) -> Self {
        let current = Mutex::new(Current::new(&endpoint, Instant::now()));
        Self(Arc::new(Shared { endpoint, current }))
    }

    /// The channel that calls take now.
    pub(super) fn current(&self) -> Current {
        self.at(Instant::now())
    }

    fn at(&self, now: Instant) -> Current {
        // Whoever broke off here left a channel that works.
        let mut current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(current.since) >= TAKEN_FOR {
            *current = Current::new(&self.0.endpoint, now);
        }
        current.clone()
    }

    /// Changes a channel for the one that calls take now, when that is another.
    pub(super) fn renew(&self, taken: &mut Current) {
        let current = self.current();
        if !taken.is(&current) {
            *taken = current;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_leave_a_channel_before_the_other_side_asks_them_to() {
        let line = Line::new(Endpoint::from_static("http://127.0.0.1:1"));
        let first = line.current();
        let after = |time| line.clone().at(first.since + time);
        assert!(after(TAKEN_FOR.saturating_sub(Duration::from_secs(1))).is(&first), "clones share it");
        let second = after(TAKEN_FOR);
        assert!(!second.is(&first), "a new one");
        assert!(after(TAKEN_FOR + Duration::from_secs(1)).is(&second), "for all of them");
        let mut taken = first;
        line.renew(&mut taken);
        assert!(taken.is(&second), "also who took the first");
        assert!(TAKEN_FOR < crate::server::CONNECTION_AGE);
    }
}
