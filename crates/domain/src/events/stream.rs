//! A stream of chunks of events, each answered when it is durable: the same for every contract that takes events.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
};

use piramide_contracts::convert;
use piramide_ledger::Provenance;
use tokio_stream::Stream;
use tonic::{Code, Status, Streaming};

use super::{Chunk, Recorder, Refused, Settled, recorder::Answer};
use crate::refusal;

/// Chunks of one stream that wait for their answer: enough that the next are read while some are written.
const ON_THEIR_WAY: usize = 6;
/// Events in a chunk.
const MOST_EVENTS: usize = 5_000;

/// The answers of a stream.
pub type Answers<R> = Pin<Box<dyn Stream<Item = Result<R, Status>> + Send>>;

/// A chunk that has been read: its number, what can be recorded, and what is refused already.
pub struct Read {
    /// The number that its sender gave it.
    pub number: i64,
    /// What can be recorded.
    pub chunk: Chunk,
    /// The number of each event that is refused, and why.
    pub refused: Vec<(i64, Refused)>,
}

/// A contract that takes chunks of events.
pub trait Contract: Send + Sync + 'static {
    /// A chunk as it comes.
    type Request: Send + 'static;
    /// What becomes of it.
    type Response: Send + 'static;

    /// Reads a chunk.
    ///
    /// # Errors
    ///
    /// When the chunk itself cannot be read, which ends the stream.
    fn read(&self, request: Self::Request) -> Result<Read, Status>;

    /// Says what became of a chunk; refused events come first as they were read, then as they were recorded.
    fn response(chunk: i64, refused: Vec<(i64, Refused)>, settled: Settled) -> Self::Response;
}

/// Reads chunks and hands them over, and answers them in their order. All of it is done by whoever asks for the answers, so that a chunk
/// wakes nobody but the recorder, and the recorder nobody but whoever sends the answer.
pub fn record<C: Contract>(contract: C, recorder: Recorder, requests: Streaming<C::Request>) -> Answers<C::Response> {
    Box::pin(Recording { contract, recorder, requests: Some(requests), handed: None, on_their_way: VecDeque::new() })
}

/// A stream of chunks under way.
struct Recording<C: Contract> {
    contract: C,
    recorder: Recorder,
    /// None once nothing more is read: a request that cannot be read ends the stream.
    requests: Option<Streaming<C::Request>>,
    /// The chunk that waits for a place in the queue.
    handed: Option<Handed>,
    on_their_way: VecDeque<OnItsWay>,
}

/// A chunk that is being handed over.
struct Handed {
    chunk: i64,
    refused: Vec<(i64, Refused)>,
    answer: Pin<Box<dyn Future<Output = Result<Answer, Status>> + Send>>,
}

/// A chunk that has been handed over, with what reading refused.
struct OnItsWay {
    chunk: i64,
    refused: Vec<(i64, Refused)>,
    answer: Result<Answer, Status>,
}

impl OnItsWay {
    fn poll_settled(&mut self, cx: &mut Context<'_>) -> Poll<Result<Settled, Status>> {
        match &mut self.answer {
            Ok(answer) => answer.poll_settled(cx),
            Err(status) => Poll::Ready(Err(status.clone())),
        }
    }
}

/// Nothing of it is pinned where it stands.
impl<C: Contract> Unpin for Recording<C> {}

impl<C: Contract> Recording<C> {
    /// The answer to the first of the chunks on their way.
    fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<C::Response, Status>>> {
        let Some(first) = self.on_their_way.front_mut() else { return Poll::Ready(None) };
        let settled = ready!(first.poll_settled(cx));
        let Some(OnItsWay { chunk, mut refused, .. }) = self.on_their_way.pop_front() else { return Poll::Ready(None) };
        Poll::Ready(Some(settled.map(|mut settled| {
            refused.append(&mut settled.refused);
            C::response(chunk, refused, settled)
        })))
    }

    /// Reads a chunk and hands it over; whether there was one.
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        if self.on_their_way.len() >= ON_THEIR_WAY {
            return Poll::Pending;
        }
        if self.handed.is_none() {
            let Some(requests) = &mut self.requests else { return Poll::Ready(false) };
            let Some(request) = ready!(Pin::new(requests).poll_next(cx)) else {
                self.requests = None;
                return Poll::Ready(false);
            };
            match request.and_then(|request| self.contract.read(request)) {
                Ok(Read { number, chunk, refused }) => {
                    let answer = Box::pin(self.recorder.clone().record(chunk));
                    self.handed = Some(Handed { chunk: number, refused, answer });
                }
                Err(status) => self.on_its_way(OnItsWay { chunk: 0, refused: Vec::new(), answer: Err(status) }),
            }
        }
        if let Some(handed) = &mut self.handed {
            let answer = ready!(handed.answer.as_mut().poll(cx));
            if let Some(Handed { chunk, refused, .. }) = self.handed.take() {
                self.on_its_way(OnItsWay { chunk, refused, answer });
            }
        }
        Poll::Ready(true)
    }

    fn on_its_way(&mut self, chunk: OnItsWay) {
        if chunk.answer.is_err() {
            self.requests = None;
        }
        self.on_their_way.push_back(chunk);
    }

    /// What is still on its way is recorded or not, and nobody is told.
    fn end(&mut self) {
        (self.requests, self.handed) = (None, None);
        self.on_their_way.clear();
    }
}

impl<C: Contract> Stream for Recording<C> {
    type Item = Result<C::Response, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            // Answers go before chunks, which take longer to read.
            let waits = match self.poll_answer(cx) {
                Poll::Ready(Some(answer)) => {
                    if answer.is_err() {
                        self.end();
                    }
                    return Poll::Ready(Some(answer));
                }
                Poll::Ready(None) => false,
                Poll::Pending => true,
            };
            if !ready!(self.poll_chunk(cx)) {
                return if waits { Poll::Pending } else { Poll::Ready(None) };
            }
        }
    }
}

/// What a chunk says beside its events: how certain they are, and why they correct.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for an origin without a name, too many events, no provenance or a reason too long.
pub fn header(origin: &str, provenance: i32, reason: &str, events: usize) -> Result<(Provenance, Option<String>), Status> {
    let malformed = |field: &str, detail: String| refusal::field(Code::InvalidArgument, field, "CHUNK_MALFORMED", detail);
    let length = origin.chars().count();
    if !(1..=100).contains(&length) || origin.trim().is_empty() || origin.chars().any(char::is_control) {
        return Err(malformed("origin", format!("has {length} characters: name the system in 1 to 100 of them")));
    }
    if events > MOST_EVENTS {
        return Err(malformed("events", format!("has {events} events, at most {MOST_EVENTS} are taken at once")));
    }
    let provenance = convert::provenance("provenance", provenance).map_err(|invalid| malformed(&invalid.field, invalid.cause))?;
    let provenance = provenance.and_then(|provenance| Provenance::parse(provenance.code()));
    let provenance =
        provenance.ok_or_else(|| malformed("provenance", "is required: submitted, published, reconstructed or synthetic".to_owned()))?;
    let reason = Some(reason).filter(|reason| !reason.trim().is_empty());
    if let Some(length) = reason.map(|reason| reason.chars().count()).filter(|length| *length > 1_000) {
        return Err(malformed("reason", format!("has {length} characters, at most 1000 are kept")));
    }
    Ok((provenance, reason.map(str::to_owned)))
}
