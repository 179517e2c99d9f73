//! Until when an answer is still wanted, and how that reaches the next service.
//!
//! gRPC sends a *duration* in the `grpc-timeout` header; inside a process it is an instant, so that time spent here is
//! not given away twice. The server keeps the deadline of the call in the request's extensions and in the task, where
//! [`Connection`](crate::client::Connection) finds it.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// The header in which gRPC hands a deadline on.
pub const HEADER: &str = "grpc-timeout";

/// The longest deadline kept as sent; a longer one is as good as this and must not overflow an instant.
const LONGEST: Duration = Duration::from_hours(24 * 365);

tokio::task_local! {
    static CURRENT: Deadline;
}

/// The instant after which nobody waits for the answer any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

/// The deadline passed before the work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the deadline has passed")]
pub struct Expired;

/// A `grpc-timeout` that is not one to eight digits and a unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("grpc-timeout {0:?} is not 1 to 8 digits and one of H, M, S, m, u, n")]
pub struct Malformed(String);

impl Deadline {
    /// The deadline `budget` from now.
    pub fn after(budget: Duration) -> Self {
        Self::from(Instant::now(), budget)
    }

    /// The deadline `budget` from `start`.
    pub fn from(start: Instant, budget: Duration) -> Self {
        Self(start + budget.min(LONGEST))
    }

    /// The instant itself.
    pub fn at(self) -> Instant {
        self.0
    }

    /// Time left; zero when it has passed.
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether it has passed.
    pub fn expired(self) -> bool {
        Instant::now() >= self.0
    }

    /// The deadline of the call this task is answering, if it is answering one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(|deadline| *deadline).ok()
    }

    /// The deadline the server gave to a request.
    pub fn of<T>(request: &tonic::Request<T>) -> Option<Self> {
        request.extensions().get::<Self>().copied()
    }

    /// Runs `work` as part of a call with this deadline: [`Deadline::current`] answers it inside. It does not stop `work`.
    ///
    /// Work moved to another task with `tokio::spawn` must be wrapped again there.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Runs `work` until it is done or the deadline passes; in that case `work` is dropped, hence stopped.
    ///
    /// # Errors
    ///
    /// [`Expired`] if the deadline passed first.
    pub async fn limit<F: Future>(self, work: F) -> Result<F::Output, Expired> {
        let mut work = pin!(work);
        let mut sleep = pin!(sleep_until(self.0));
        poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(Ok(done));
            }
            // The clock is asked besides the timer: another timer of the same call, tonic's own, may have woken this
            // task a moment before ours fires, and would answer CANCELLED.
            if self.expired() {
                return Poll::Ready(Err(Expired));
            }
            sleep.as_mut().poll(cx).map(|()| Err(Expired))
        })
        .await
    }
}

/// Reads a `grpc-timeout` value such as `250m`.
///
/// # Errors
///
/// [`Malformed`] if it is not one to eight digits and a unit of the gRPC protocol.
pub fn parse(text: &str) -> Result<Duration, Malformed> {
    let malformed = || Malformed(text.chars().take(32).collect());
    let unit = text.chars().next_back().ok_or_else(malformed)?;
    let digits = text.strip_suffix(unit).unwrap_or_default();
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed());
    }
    let count: u32 = digits.parse().map_err(|_| malformed())?;
    let whole = u64::from(count);
    match unit {
        'H' => Ok(Duration::from_hours(whole)),
        'M' => Ok(Duration::from_mins(whole)),
        'S' => Ok(Duration::from_secs(whole)),
        'm' => Ok(Duration::from_millis(whole)),
        'u' => Ok(Duration::from_micros(whole)),
        'n' => Ok(Duration::from_nanos(whole)),
        _ => Err(malformed()),
    }
}

/// Writes a duration as a `grpc-timeout` value, in the finest unit that eight digits hold; never longer than `budget`.
pub fn format(budget: Duration) -> String {
    const LARGEST: u128 = 99_999_999;
    let units = [(budget.as_micros(), 'u'), (budget.as_millis(), 'm')];
    units
        .iter()
        .find(|(count, _)| *count <= LARGEST)
        .map_or_else(|| format!("{}S", budget.as_secs().min(99_999_999)), |(count, unit)| format!("{count}{unit}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Duration>) {
        assert_eq!(parse(text).ok(), expected, "{text:?}");
    }

    #[test]
    fn reads_the_units_of_the_protocol_and_nothing_else() {
        check("2H", Some(Duration::from_hours(2)));
        check("3M", Some(Duration::from_mins(3)));
        check("4S", Some(Duration::from_secs(4)));
        check("250m", Some(Duration::from_millis(250)));
        check("5u", Some(Duration::from_micros(5)));
        check("6n", Some(Duration::from_nanos(6)));
        check("99999999H", Some(Duration::from_hours(99_999_999)));
        for refused in ["", "m", "100000000m", "5", "5s", "-5m", "+5m", "5.0m", " 5m", "5mm", "٥m", "5è"] {
            check(refused, None);
        }
    }

    #[track_caller]
    fn check_format(budget: Duration, expected: &str) {
        assert_eq!(format(budget), expected);
        assert!(parse(expected).unwrap() <= budget);
    }

    #[test]
    fn writes_the_finest_unit_that_fits_and_never_more_time_than_there_is() {
        check_format(Duration::ZERO, "0u");
        check_format(Duration::from_nanos(1_999), "1u");
        check_format(Duration::from_millis(250), "250000u");
        check_format(Duration::from_micros(99_999_999), "99999999u");
        check_format(Duration::from_micros(100_000_999), "100000m");
        check_format(Duration::from_hours(28), "100800S");
    }

    #[test]
    fn the_longest_deadline_of_the_protocol_does_not_overflow() {
        assert!(!Deadline::after(parse("99999999H").unwrap()).expired());
    }

    #[tokio::test]
    async fn limit_stops_the_work_when_time_is_over_and_scope_makes_the_deadline_known() {
        let deadline = Deadline::after(Duration::from_millis(40));
        let guard = std::sync::Arc::new(());
        let held = guard.clone();
        let outcome = deadline.limit(async move {
            std::future::pending::<()>().await;
            drop(held);
        });
        assert_eq!(outcome.await, Err(Expired));
        assert_eq!(std::sync::Arc::strong_count(&guard), 1, "the work was not dropped");
        assert_eq!(Deadline::current(), None);
        assert_eq!(deadline.scope(async { Deadline::current() }).await, Some(deadline));
        assert_eq!(deadline.remaining(), Duration::ZERO);
    }
}
