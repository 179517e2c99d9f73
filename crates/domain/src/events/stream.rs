//! A stream of chunks of events, each answered when it is durable: the same for every contract that takes events.

use std::pin::Pin;

use piramide_contracts::convert;
use piramide_ledger::Provenance;
use tokio::sync::mpsc;
use tokio_stream::{Stream, StreamExt, wrappers::ReceiverStream};
use tonic::{Code, Status, Streaming};

use super::{Answer, Chunk, Recorder, Refused, Settled};
use crate::refusal;

/// Chunks of one stream that wait for their answer: enough that the next is read while one is written.
const ON_THEIR_WAY: usize = 4;
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

/// A chunk that has been handed over, with what reading refused.
struct OnItsWay {
    chunk: i64,
    refused: Vec<(i64, Refused)>,
    answer: Result<Answer, Status>,
}

/// Reads chunks and hands them over, while another task answers them in their order.
pub fn record<C: Contract>(contract: C, recorder: Recorder, mut requests: Streaming<C::Request>) -> Answers<C::Response> {
    let (sender, mut on_their_way) = mpsc::channel::<OnItsWay>(ON_THEIR_WAY);
    let (answers, receiver) = mpsc::channel(ON_THEIR_WAY);
    tokio::spawn(async move {
        // A request that cannot be read ends the stream; so does a sender that has gone.
        while let Some(request) = requests.next().await {
            let on_its_way = match request.and_then(|request| contract.read(request)) {
                Ok(Read { number, chunk, refused }) => OnItsWay { chunk: number, refused, answer: recorder.record(chunk).await },
                Err(status) => OnItsWay { chunk: 0, refused: Vec::new(), answer: Err(status) },
            };
            let ends = on_its_way.answer.is_err();
            if sender.send(on_its_way).await.is_err() || ends {
                return;
            }
        }
    });
    tokio::spawn(async move {
        while let Some(OnItsWay { chunk, mut refused, answer }) = on_their_way.recv().await {
            let settled = match answer {
                Ok(answer) => answer.settled().await,
                Err(status) => Err(status),
            };
            let failed = settled.is_err();
            let response = settled.map(|mut settled| {
                refused.append(&mut settled.refused);
                C::response(chunk, refused, settled)
            });
            if answers.send(response).await.is_err() || failed {
                return;
            }
        }
    });
    Box::pin(ReceiverStream::new(receiver))
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
