//! What each call passes on its way in and out: observed, admitted, timed, caught, answered.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use opentelemetry::context::FutureExt;
use tokio::sync::{Semaphore, SemaphorePermit};
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

/// What all calls of a server share.
#[derive(Debug)]
pub(super) struct Gate {
    methods: Methods,
    places: Semaphore,
    capacity: usize,
    soundness: Soundness,
    drain: Shutdown,
}

/// An answer that has begun.
struct Answer {
    response: Response,
    /// The deadline that its stream must keep: the caller's, if it sent one.
    deadline: Option<Deadline>,
    sound: Option<Sound>,
}

impl Gate {
    pub(super) fn new(methods: Methods, capacity: usize, soundness: Soundness, drain: Shutdown) -> Self {
        Self { methods, places: Semaphore::new(capacity), capacity, soundness, drain }
    }

    /// Takes a place, which is held until the answer begins: a stream that is only watched holds none.
    fn admit(&self, rule: &Rule) -> Result<Option<SemaphorePermit<'_>>, Refusal> {
        // Probes must be answered when there is most to do, or a busy process is taken for a dead one.
        if rule.machinery {
            return Ok(None);
        }
        self.places.try_acquire().map(Some).map_err(|_| {
            Refusal::new(
                Code::ResourceExhausted,
                reason::OVERLOAD,
                format!("{} calls are in progress already; try again later", self.capacity),
            )
            .with("capacity", self.capacity)
            .retry_after(OVERLOAD_DELAY)
        })
    }

    /// The answer of the service.
    async fn answer(&self, rule: &Rule, mut request: Request, next: Next) -> Result<Answer, Refusal> {
        let arrived = request.extensions().get::<Arrived>().map_or_else(Instant::now, |arrived| arrived.0);
        let sent = sent_deadline(&request, arrived)?;
        let deadline = sent.unwrap_or_else(|| Deadline::from(arrived, rule.budget));
        let _place = self.admit(rule)?;
        let sound = if rule.machinery { None } else { Some(self.soundness.begin()?) };
        request.extensions_mut().insert(deadline);
        match deadline.limit(deadline.scope(panic::caught(next.run(request)))).await {
            Ok(Ok(response)) => {
                sound.as_ref().map_or(Ok(()), Sound::check)?;
                Ok(Answer { response, deadline: sent, sound })
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
    let Answer { mut response, deadline, sound } = answer;
    match statuses::put_right(response.headers_mut()) {
        Some(status) => {
            call.finish(&status);
            response
        }
        None => response.map(|body| axum::body::Body::new(CallBody::new(body, call, deadline, sound, drain))),
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
