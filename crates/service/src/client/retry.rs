//! Trying again, a little, what may be tried again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

use tonic::{Code, Status};

use crate::deadline::Deadline;
use crate::refusal::Refusal;

/// Calls made at most, the first one included.
const ATTEMPTS: u32 = 3;

/// Longest wait before the second call; it doubles before the third.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// Makes a call up to three times, as long as the answer is `UNAVAILABLE`, or the connection was closed under it, and the deadline of the
/// current call leaves time.
///
/// Only for calls that may be made twice: reads, and writes with an idempotency key. Between calls it waits a random
/// time, so that callers who failed together do not come back together, or the time the other service asked for.
///
/// # Errors
///
/// The status of the last call.
pub async fn retry<T, F>(mut call: F) -> Result<T, Status>
where
    F: AsyncFnMut() -> Result<T, Status>,
{
    let mut attempt = 1;
    loop {
        let status = match call().await {
            Ok(answer) => return Ok(answer),
            Err(status) => status,
        };
        let wait = wait(&status, attempt);
        let in_time = Deadline::current().is_none_or(|deadline| deadline.remaining() > wait);
        // A call that is still waited for is only cancelled when its connection ends: one that was idle is mostly found closed this way.
        let may_help = matches!(status.code(), Code::Unavailable | Code::Cancelled);
        if !may_help || attempt == ATTEMPTS || !in_time {
            return Err(status);
        }
        tracing::debug!(attempt, ?wait, message = status.message(), "trying again");
        tokio::time::sleep(wait).await;
        attempt += 1;
    }
}

fn wait(status: &Status, attempt: u32) -> Duration {
    let asked = Refusal::read(status).and_then(|refusal| refusal.details.retry_after);
    asked.unwrap_or_else(|| {
        let longest = FIRST_WAIT.saturating_mul(1 << attempt.saturating_sub(1));
        at_most(longest)
    })
}

/// A random time up to `longest`. The seed of a hash map is random enough to spread callers, and needs no dependency.
fn at_most(longest: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(random.checked_rem(micros).unwrap_or_default())
}
