//! What each call passes on its way in and out: observed, admitted, timed, caught, answered.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::context::FutureExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tonic::Code;
use tracing::Instrument;

use super::body::CallBody;
use super::call::Call;
use super::methods::{Methods, Rule};
use super::statuses;
use crate::deadline::{self, Deadline};
use crate::panic;
use crate::refusal::{Refusal, reason};
use crate::shutdown::Shutdown;
use crate::soundness::{Sound, Soundness};
use crate::telemetry::trace;

/// When a request arrived, in its extensions.
#[derive(Debug, Clone, Copy)]
pub struct Arrived(pub(super) Instant);

/// How long a caller refused for overload should wait.
const OVERLOAD_DELAY: Duration = Duration::from_millis(200);

/// The same for an upload, which takes longer to make room.
const UPLOAD_DELAY: Duration = Duration::from_secs(1);

/// What all calls of a server share.
#[derive(Debug)]
pub(super) struct Gate {
    methods: Methods,
    places: Places,
    uploads: Places,
    soundness: Soundness,
    drain: Shutdown,
}

/// The calls of one kind that may be in progress.
#[derive(Debug)]
pub(super) struct Places {
    what: &'static str,
    free: Arc<Semaphore>,
    capacity: usize,
    delay: Duration,
}

/// An answer that has begun.
struct Answer {
    response: Response,
    /// The deadline that its stream must keep: the caller's, if it sent one.
    deadline: Option<Deadline>,
    sound: Option<Sound>,
    /// The place of an upload, which goes on while it is answered.
    place: Option<OwnedSemaphorePermit>,
}

impl Places {
    fn new(what: &'static str, capacity: usize, delay: Duration) -> Self {
        Self { what, free: Arc::new(Semaphore::new(capacity)), capacity, delay }
    }

    fn take(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.free.clone().try_acquire_owned().map_err(|_| {
            let message = format!("{} {} are in progress already; try again later", self.capacity, self.what);
            Refusal::new(Code::ResourceExhausted, reason::OVERLOAD, message).with("capacity", self.capacity).retry_after(self.delay)
        })
    }
}

impl Gate {
    pub(super) fn new(methods: Methods, (calls, uploads): (usize, usize), soundness: Soundness, drain: Shutdown) -> Self {
        let (calls, uploads) = (Places::new("calls", calls, OVERLOAD_DELAY), Places::new("uploads", uploads, UPLOAD_DELAY));
        Self { methods, places: calls, uploads, soundness, drain }
    }

    /// Takes a place, which is held until the answer begins: a stream that is only watched holds none. That of an upload is held until it
    /// is over, and is none of those of the others: a sender takes what time it likes, and must not keep anybody from reading.
    fn admit(&self, rule: &Rule) -> Result<Option<OwnedSemaphorePermit>, Refusal> {
        // Probes must be answered when there is most to do, or a busy process is taken for a dead one.
        if rule.machinery {
            return Ok(None);
        }
        if rule.upload { self.uploads.take() } else { self.places.take() }.map(Some)
    }

    /// The answer of the service.
    async fn answer(&self, rule: &Rule, mut request: Request, next: Next) -> Result<Answer, Refusal> {
        let arrived = request.extensions().get::<Arrived>().map_or_else(Instant::now, |arrived| arrived.0);
        let sent = sent_deadline(&request, arrived)?;
        let usual = Deadline::from(arrived, rule.budget);
        // Who uploads may ask for less time than is usual, not for more: a place is held as long as that.
        let deadline = sent.map_or(usual, |sent| if rule.upload { sent.min(usual) } else { sent });
        let place = self.admit(rule)?;
        let sound = if rule.machinery { None } else { Some(self.soundness.begin()?) };
        request.extensions_mut().insert(deadline);
        match deadline.limit(deadline.scope(panic::caught(next.run(request)))).await {
            Ok(Ok(response)) => {
                sound.as_ref().map_or(Ok(()), Sound::check)?;
                Ok(Answer { response, deadline: sent, sound, place: place.filter(|_| rule.upload) })
            }
            Ok(Err(panic::Panicked)) => Err(Refusal::bug()),
            Err(deadline::Expired) => Err(statuses::late()),
        }
    }
}

/// The middleware around every method of the server.
pub(super) async fn pass(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let rule = gate.methods.find(request.uri().path());
    let context = trace::extract(request.headers());
    let call = Call::begin(rule, &context);
    let span = call.span().clone();
    let answered = gate.answer(rule, request, next).with_context(context).instrument(span).await;
    match answered {
        Ok(answer) => deliver(answer, call, rule.until_drain.then(|| gate.drain.clone())),
        Err(refusal) => {
            let status = refusal.into_status();
            call.finish(&status);
            status.into_http()
        }
    }
}

/// Completes the observation of an answer: now, if the head already has its status; else when its body ends.
fn deliver(answer: Answer, call: Call, drain: Option<Shutdown>) -> Response {
    let Answer { mut response, deadline, sound, place } = answer;
    match statuses::put_right(response.headers_mut()) {
        Some(status) => {
            call.finish(&status);
            response
        }
        None => response.map(|body| axum::body::Body::new(CallBody::new(body, call, deadline, sound, place, drain))),
    }
}

fn sent_deadline(request: &Request, arrived: Instant) -> Result<Option<Deadline>, Refusal> {
    let Some(header) = request.headers().get(deadline::HEADER) else { return Ok(None) };
    let text = String::from_utf8_lossy(header.as_bytes());
    match deadline::parse(&text) {
        Ok(budget) => Ok(Some(Deadline::from(arrived, budget))),
        Err(malformed) => Err(Refusal::invalid(reason::MALFORMED_DEADLINE, malformed.to_string())),
    }
}
