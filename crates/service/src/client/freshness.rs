//! Whether what was read from a service may have changed since.

use std::sync::atomic::{AtomicU64, Ordering};

/// What is known of the freshness of a service whose `Watch` stream is followed.
///
/// It has one number, its stamp: odd while the stream stands, even while it does not, and different after every change. What was read
/// after the stamp was taken still holds as long as the stamp is odd and the same.
#[derive(Debug, Default)]
pub struct Freshness(AtomicU64);

impl Freshness {
    /// The stamp of now, to be taken before asking.
    pub fn stamp(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Whether nothing can have changed since that stamp was taken.
    pub fn holds(&self, stamp: u64) -> bool {
        stands(stamp) && self.stamp() == stamp
    }

    /// Whether the stream stands.
    pub fn stands(&self) -> bool {
        stands(self.stamp())
    }

    /// Takes note that the stream stands: whatever was read before is void. Answers the stamp before; 0 when it had never stood.
    pub fn connected(&self) -> u64 {
        self.turn(|stamp| if stands(stamp) { stamp + 2 } else { stamp + 1 })
    }

    /// Takes note that the stream has ended: from now on nothing is known. Answers the stamp before.
    pub fn disconnected(&self) -> u64 {
        self.turn(|stamp| if stands(stamp) { stamp + 1 } else { stamp })
    }

    /// Takes note of a change.
    pub fn changed(&self) {
        // By two, so that a standing stream stays odd and a missing one even.
        self.0.fetch_add(2, Ordering::AcqRel);
    }

    fn turn(&self, next: impl Fn(u64) -> u64) -> u64 {
        // The closure always gives a number, so both arms hold the one before.
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |stamp| Some(next(stamp))).unwrap_or_else(|stamp| stamp)
    }
}

fn stands(stamp: u64) -> bool {
    stamp % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_holds_while_the_stream_stands_and_nothing_changes() {
        let service = Freshness::default();
        assert!(!service.holds(service.stamp()), "nobody has been heard");
        assert_eq!(service.connected(), 0);
        let read = service.stamp();
        assert!(service.holds(read) && service.stands());
        service.changed();
        assert!(!service.holds(read) && service.stands());
        let read = service.stamp();
        service.disconnected();
        let meanwhile = service.stamp();
        service.changed();
        assert!(!service.holds(read) && !service.holds(meanwhile) && !service.stands());
        assert!(service.connected() > 0, "it had stood before");
        assert!(!service.holds(read) && service.holds(service.stamp()));
        let read = service.stamp();
        service.connected();
        assert!(!service.holds(read), "connecting twice voids too");
    }
}
