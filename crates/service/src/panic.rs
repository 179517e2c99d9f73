//! A defect ends the work it is in, a call or one of its steps, and nothing else.

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// The work panicked; the log has the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panicked;

/// Runs `work`; a panic in it is logged and answered.
///
/// # Errors
///
/// [`Panicked`] when it panicked. What it has changed elsewhere may be half done.
pub async fn caught<F: Future>(work: F) -> Result<F::Output, Panicked> {
    let mut work = pin!(work);
    // After a panic the future is never polled again, so nothing sees what it left half done.
    poll_fn(|cx| match guarded(|| work.as_mut().poll(cx)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panicked) => Poll::Ready(Err(panicked)),
    })
    .await
}

/// Runs `step`; a panic in it is logged and answered.
///
/// # Errors
///
/// [`Panicked`] when it panicked. What it has changed elsewhere may be half done.
pub fn guarded<T>(step: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(step)).map_err(|payload| {
        tracing::error!(panic = message(payload.as_ref()), "a defect: the work panicked");
        Panicked
    })
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
