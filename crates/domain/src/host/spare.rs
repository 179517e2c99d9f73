//! Room for the facts of a batch, taken over from one that is done: given back to the system in between it would be cleared again page by page.

use std::sync::{Mutex, MutexGuard, PoisonError};

use piramide_ledger::Fact;

/// Looks after which room that nobody asked for is given back.
const MOST_LOOKS: u32 = 10;

/// Room that is at hand.
#[derive(Default)]
pub(super) struct Spare(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    room: Vec<Fact>,
    /// How often it was looked after since it came.
    looks: u32,
}

impl Spare {
    /// What room there is.
    pub(super) fn take(&self) -> Vec<Fact> {
        std::mem::take(&mut self.kept().room)
    }

    /// Keeps the room of facts that nobody needs any more, if it is more than what is kept.
    pub(super) fn put(&self, mut facts: Vec<Fact>) {
        facts.clear();
        let mut kept = self.kept();
        if kept.room.capacity() < facts.capacity() {
            *kept = Kept { room: facts, looks: 0 };
        }
    }

    /// Looks after it: room that lies there for long is given back.
    pub(super) fn look(&self) {
        let mut kept = self.kept();
        kept.looks = kept.looks.saturating_add(1);
        if kept.looks > MOST_LOOKS {
            kept.room = Vec::new();
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_kept_for_the_next_batch_and_not_for_long() {
        let spare = Spare::default();
        spare.put(Vec::with_capacity(100));
        spare.put(Vec::with_capacity(10));
        assert!(spare.take().capacity() >= 100);
        assert_eq!(spare.take().capacity(), 0);
        spare.put(Vec::with_capacity(10));
        (0..=MOST_LOOKS).for_each(|_| spare.look());
        assert_eq!(spare.take().capacity(), 0);
    }
}
