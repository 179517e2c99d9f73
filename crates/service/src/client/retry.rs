//! Trying again, a little, what may be tried again.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tonic::{Code, Status};

use crate::deadline::Deadline;
use crate::refusal::{Refusal, reason};

/// Calls made at most, the first one included.
const ATTEMPTS: u32 = 3;

/// Longest wait before the second call; it doubles before the third.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// Calls that pay for one more.
const CALLS_A_RETRY: u32 = 10;

/// Calls made again that can be saved up, so that who calls seldom may try again too.
const SAVED: u32 = 10;

/// What a client may call again (*retry budget*): a call for every ten that it makes, and ten to begin with. A service that is away is then
/// not asked three times as often as one that answers. Clones share it; keep one for each service that is called.
#[derive(Debug, Clone)]
pub struct Retries(Arc<AtomicU32>);

impl Default for Retries {
    fn default() -> Self {
        Self(Arc::new(AtomicU32::new(SAVED * CALLS_A_RETRY)))
    }
}

impl Retries {
    /// As [`retry`], while there is a retry to spend.
    ///
    /// # Errors
    ///
    /// The status of the last call.
    pub async fn call<T, F>(&self, call: F) -> Result<T, Status>
    where
        F: AsyncFnMut() -> Result<T, Status>,
    {
        // The order of two calls does not matter, only that none is lost.
        let saved = |saved: u32| Some(saved.saturating_add(1).min(SAVED * CALLS_A_RETRY));
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, saved);
        repeated(call, || self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |saved| saved.checked_sub(CALLS_A_RETRY)).is_ok()).await
    }
}

/// Makes a call up to three times, as long as the answer is `UNAVAILABLE`, or an overload that says when to come back, or the connection was
/// closed under it, and the deadline of the current call leaves time.
///
/// Only for calls that may be made twice: reads, and writes with an idempotency key. Between calls it waits a random
/// time, so that callers who failed together do not come back together, or the time the other service asked for and a little more.
/// A service that calls another for others keeps [`Retries`].
///
/// # Errors
///
/// The status of the last call.
pub async fn retry<T, F>(call: F) -> Result<T, Status>
where
    F: AsyncFnMut() -> Result<T, Status>,
{
    repeated(call, || true).await
}

async fn repeated<T, F>(mut call: F, mut may: impl FnMut() -> bool) -> Result<T, Status>
where
    F: AsyncFnMut() -> Result<T, Status>,
{
    let mut attempt = 1_u32;
    loop {
        let status = match call().await {
            Ok(answer) => return Ok(answer),
            Err(status) => status,
        };
        let refusal = Refusal::read(&status);
        let asked = refusal.as_ref().and_then(|refusal| refusal.details.retry_after);
        let wait = asked.map_or_else(
            || at_most(FIRST_WAIT.saturating_mul(1 << attempt.saturating_sub(1))),
            |asked| asked.saturating_add(at_most(asked / 4)),
        );
        let in_time = Deadline::current().is_none_or(|deadline| deadline.remaining() > wait);
        let is_overload = asked.is_some() && refusal.is_some_and(|refusal| refusal.reason == reason::OVERLOAD);
        // A call that is still waited for is only cancelled when its connection ends: one that was idle is mostly found closed this way.
        let may_help = matches!(status.code(), Code::Unavailable | Code::Cancelled) || is_overload;
        if !may_help || attempt == ATTEMPTS || !in_time || !may() {
            return Err(status);
        }
        tracing::debug!(attempt, ?wait, message = status.message(), "trying again");
        tokio::time::sleep(wait).await;
        attempt += 1;
    }
}

/// A random time up to `longest`. The seed of a hash map is random enough to spread callers, and needs no dependency.
fn at_most(longest: Duration) -> Duration {
    let random = RandomState::new().build_hasher().finish();
    let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(random.checked_rem(micros).unwrap_or_default())
}
