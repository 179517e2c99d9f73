//! How to try again: after a growing pause of random length, so that those who collided do not collide again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// The pause before the second attempt is between half of this and this; it doubles with each attempt.
const FIRST_PAUSE_MS: u64 = 20;

/// Waits after a failed attempt.
pub(super) async fn pause(attempt: u32) {
    // The standard library draws new random keys for each table of hashes: randomness enough for a pause.
    let random = RandomState::new().build_hasher().finish();
    let longest = FIRST_PAUSE_MS << attempt.saturating_sub(1).min(6);
    tokio::time::sleep(Duration::from_millis(longest / 2 + random % (longest / 2 + 1))).await;
}
