//! A channel that gives each call its deadline and trace, and names its failures as the server would.

use std::error::Error;
use std::future::{Future, ready};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{HeaderValue, Request, Response};
use tonic::body::Body;
use tonic::{Code, Status, TimeoutExpired};
use tower::Service;

use super::line::{Current, Line};
use crate::deadline::{self, Deadline};
use crate::refusal::{Refusal, reason};
use crate::telemetry::trace;

/// Time kept back from the deadline handed on, so that the refusal of the other service can still be answered here.
const MARGIN: Duration = Duration::from_millis(5);

/// A connection to another service; generated clients take it in the place of tonic's channel. Clones share it.
///
/// The time of a call is the shortest of: what the request says with `set_timeout`; the deadline in its extensions, or
/// else that of the call this task is answering, less a margin. If there is neither, it is `call_deadline` of the
/// configuration. [`endless`] requests have none.
#[derive(Debug, Clone)]
pub struct Connection {
    line: Line,
    taken: Current,
    budget: Duration,
}

/// Marks a request whose answer has no end.
#[derive(Debug, Clone, Copy)]
struct Endless;

/// A request for a stream without end (`Watch`, `Tail`): no deadline bounds it, neither its own nor one handed on.
pub fn endless<T>(message: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    request.extensions_mut().insert(Endless);
    request
}

impl Connection {
    pub(super) fn new(line: Line, budget: Duration) -> Self {
        Self { taken: line.current(), line, budget }
    }

    /// Time for a call; `None` for an endless one.
    fn time(&self, request: &Request<Body>) -> Option<Duration> {
        if request.extensions().get::<Endless>().is_some() {
            return None;
        }
        let said = request.headers().get(deadline::HEADER).and_then(|text| deadline::parse(text.to_str().ok()?).ok());
        let handed = request.extensions().get::<Deadline>().copied().or_else(Deadline::current);
        let left = handed.map(|deadline| deadline.remaining().saturating_sub(MARGIN));
        Some(match (said, left) {
            (Some(said), Some(left)) => said.min(left),
            (Some(time), None) | (None, Some(time)) => time,
            (None, None) => self.budget,
        })
    }
}

type Answer = Result<Response<Body>, Status>;

impl Service<Request<Body>> for Connection {
    type Response = Response<Body>;
    type Error = Status;
    type Future = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.line.renew(&mut self.taken);
        self.taken.channel.poll_ready(cx).map_err(|error| status(error.into()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        if let Some(time) = self.time(&request) {
            if time.is_zero() {
                return Box::pin(ready(Err(late())));
            }
            // Digits and a letter are always a header value.
            if let Ok(value) = HeaderValue::from_str(&deadline::format(time)) {
                request.headers_mut().insert(deadline::HEADER, value);
            }
        }
        trace::inject(request.headers_mut());
        let answer = self.taken.channel.call(request);
        let (line, taken) = (self.line.clone(), self.taken.clone());
        Box::pin(async move {
            answer.await.map_err(|error| {
                line.tell(&taken, &error);
                status(error.into())
            })
        })
    }
}

/// The failure of a transport as a status; our own timer says `DEADLINE_EXCEEDED`, which tonic calls `CANCELLED`.
fn status(error: Box<dyn Error + Send + Sync>) -> Status {
    let mut causes = std::iter::successors(Some(&*error as &(dyn Error + 'static)), |&cause| cause.source());
    if causes.any(<dyn Error>::is::<TimeoutExpired>) { late() } else { Status::from_error(error) }
}

fn late() -> Status {
    Refusal::new(Code::DeadlineExceeded, reason::DEADLINE, "the deadline passed before the other service answered").into_status()
}
