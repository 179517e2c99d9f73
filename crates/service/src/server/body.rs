//! The body of an answer: it ends with the right status even when the service does not end it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Sleep, sleep_until};
use tonic::Status;

use super::call::Call;
use super::statuses;
use crate::deadline::Deadline;
use crate::panic;
use crate::refusal::Refusal;
use crate::shutdown::Shutdown;
use crate::soundness::{self, Sound};

/// The frames of an answer until its own end, the deadline of the caller, a panic, a doubt of what they are made from, or the drain.
pub(super) struct CallBody {
    inner: Body,
    /// Taken when the call is over: from then on there are no more frames.
    call: Option<Call>,
    deadline: Option<Pin<Box<Sleep>>>,
    sound: Option<Sound>,
    /// Given back when the call is over.
    place: Option<OwnedSemaphorePermit>,
    drain: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl CallBody {
    pub(super) fn new(
        inner: Body,
        call: Call,
        deadline: Option<Deadline>,
        sound: Option<Sound>,
        place: Option<OwnedSemaphorePermit>,
        drain: Option<Shutdown>,
    ) -> Self {
        Self {
            inner,
            call: Some(call),
            deadline: deadline.map(|deadline| Box::pin(sleep_until(deadline.at()))),
            sound,
            place,
            drain: drain.map(|drain| Box::pin(async move { drain.begun().await }) as Pin<Box<_>>),
        }
    }

    /// Ends the answer here; what was producing it is dropped, hence stopped.
    fn end(&mut self, refusal: Refusal) -> Frame<Bytes> {
        self.inner = Body::empty();
        let status = refusal.into_status();
        let trailers = statuses::trailers(&status);
        self.close(&status);
        Frame::trailers(trailers)
    }

    fn close(&mut self, status: &Status) {
        self.place = None;
        if let Some(call) = self.call.take() {
            call.finish(status);
        }
    }

    fn late(&mut self, cx: &mut Context<'_>) -> bool {
        self.deadline.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready())
    }

    fn draining(&mut self, cx: &mut Context<'_>) -> bool {
        self.drain.as_mut().is_some_and(|drain| drain.as_mut().poll(cx).is_ready())
    }

    /// The next frame of the service, its status put right if it is the last one.
    fn pass(&mut self, frame: Frame<Bytes>) -> Frame<Bytes> {
        match frame.into_trailers() {
            Ok(mut trailers) => {
                let status = statuses::put_right(&mut trailers).unwrap_or_else(|| Status::unknown("trailers without a status"));
                self.close(&status);
                Frame::trailers(trailers)
            }
            Err(frame) => frame,
        }
    }
}

impl HttpBody for CallBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        let Some(call) = &this.call else { return Poll::Ready(None) };
        let span = call.span().clone();
        let _entered = span.enter();
        if this.late(cx) {
            return Poll::Ready(Some(Ok(this.end(statuses::late()))));
        }
        let polled = panic::guarded(|| Pin::new(&mut this.inner).poll_frame(cx));
        if this.sound.as_ref().is_some_and(|sound| !sound.holds()) {
            return Poll::Ready(Some(Ok(this.end(soundness::unsound()))));
        }
        Poll::Ready(match polled {
            Ok(Poll::Ready(Some(Ok(frame)))) => Some(Ok(this.pass(frame))),
            Ok(Poll::Ready(Some(Err(error)))) => {
                this.close(&Status::unknown(error.to_string()));
                Some(Err(error))
            }
            Ok(Poll::Ready(None)) => {
                this.close(&Status::unknown("an answer without trailers"));
                None
            }
            // Only after the service has said what it had ready: health tells its watchers NOT_SERVING before this.
            Ok(Poll::Pending) if this.draining(cx) => Some(Ok(this.end(statuses::draining()))),
            Ok(Poll::Pending) => return Poll::Pending,
            Err(panic::Panicked) => Some(Ok(this.end(Refusal::bug()))),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.call.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
