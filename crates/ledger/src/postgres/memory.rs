//! What the writing connection remembers, so that it need not read what it wrote itself.

use crate::keys::{Changes, Remembered};
use crate::record::Head;
use crate::{Closing, Position, Receipt};

/// What holds at a head. Every writer moves the head, so it holds for as long as the head is there, and whoever writes on the strength of it
/// moves the head from there and from nowhere else.
pub(super) struct Memory {
    pub(super) head: Head,
    /// Every closing, in order.
    pub(super) closings: Vec<Closing>,
    /// Of the sets, what has been looked at.
    pub(super) sets: Remembered,
}

impl Memory {
    /// Takes in a batch that was recorded at this head.
    pub(super) fn moved(&mut self, receipt: &Receipt, changes: &Changes<'_>) {
        let position = Position { sequence: receipt.sequence, chain_hash: receipt.chain_hash };
        self.head = Head { position, recorded_at: receipt.recorded_at };
        self.sets.change(changes);
    }
}
