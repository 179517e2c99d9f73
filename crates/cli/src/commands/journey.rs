//! Events on their way from a file or pipe to the service that records them, whatever they are.

use std::{collections::VecDeque, fs::File, io::Read, path::Path, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use piramide_contracts::{domains::Domain, table::TableError};
use serde_json::json;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status, Streaming};

use crate::{
    Answer,
    arguments::Events,
    event_rows::{Columns, Rows},
    failure::{self, Failure, RefusedRow},
    italian,
    table::{Align, Table},
    upstream::Upstream,
};

/// Events in a chunk.
const CHUNK: usize = 5_000;
/// Chunks on their way without an answer.
const ON_THEIR_WAY: usize = 8;
/// How long the first event of a chunk waits for company.
const LINGER: Duration = Duration::from_millis(20);
/// Times in a row that the service may be lost without one answer in between.
const MOST_LOSSES: u32 = 5;

/// What became of a chunk.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) chunk: i64,
    pub(super) accepted: i64,
    pub(super) duplicates: i64,
    pub(super) refused: Vec<RefusedRow>,
    pub(super) sequence: i64,
}

/// A contract that takes events, each chunk answered when it is durable.
pub(super) trait Contract {
    /// The columns of a file of such events.
    type Columns: Columns;
    /// A chunk on the wire.
    type Chunk: Clone + Send + 'static;
    /// Its answer on the wire.
    type Answer;
    /// The domain that takes them.
    const DOMAIN: Domain;

    /// A chunk of events, sent as the arguments say.
    fn chunk(asked: &Events, number: i64, events: Vec<<Self::Columns as Columns>::Event>) -> Self::Chunk;

    /// The number of a chunk.
    fn number(chunk: &Self::Chunk) -> i64;

    /// Opens a stream.
    async fn open(&self, outgoing: ReceiverStream<Self::Chunk>) -> Result<Streaming<Self::Answer>, Status>;

    /// Reads an answer.
    fn settled(answer: Self::Answer) -> Settled;
}

type Row<C> = Result<<<C as Contract>::Columns as Columns>::Event, TableError>;

/// Sends events until the file or pipe ends and every one is answered.
///
/// # Errors
///
/// When the source cannot be read, the service refuses a chunk or stays away. What was answered until then is recorded, and sending
/// everything again is safe.
pub(super) async fn run<C: Contract>(contract: C, upstream: &Upstream, asked: &Events) -> Result<Answer, Failure> {
    let mut source = rows::<C>(&asked.file)?;
    let mut journey = Journey::<C>::new(asked);
    let mut losses = 0;
    while let Err(status) = journey.travel(&contract, &mut source).await {
        let lost = matches!(status.code(), Code::Unavailable | Code::Aborted | Code::Cancelled | Code::Unknown);
        losses = if journey.progressed() { 1 } else { losses + 1 };
        if !lost || losses > MOST_LOSSES {
            return Err(Failure::answered(C::DOMAIN, upstream.address(C::DOMAIN), status));
        }
        tokio::time::sleep(Duration::from_millis(200) * losses).await;
    }
    journey.bar.finish_and_clear();
    Ok(journey.arrived())
}

/// Reads a source on a thread of its own, a little ahead.
fn rows<C: Contract>(path: &Path) -> Result<mpsc::Receiver<Row<C>>, Failure> {
    let source: Box<dyn Read + Send> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).map_err(|error| Failure::Usage { what: format!("{} cannot be read: {error}", path.display()) })?)
    };
    let (sender, receiver) = mpsc::channel(2 * CHUNK);
    std::thread::spawn(move || match Rows::<_, C::Columns>::new(source) {
        Ok(rows) => {
            for row in rows {
                let ends = row.is_err();
                if sender.blocking_send(row).is_err() || ends {
                    return;
                }
            }
        }
        // The other side learns of it as of any row.
        Err(error) => drop(sender.blocking_send(Err(error))),
    });
    Ok(receiver)
}

/// Events between their source and the service.
struct Journey<'a, C: Contract> {
    asked: &'a Events,
    /// Read and not yet in a chunk.
    pending: Vec<Row<C>>,
    /// Sent, perhaps over a connection that is gone, and not answered.
    unanswered: VecDeque<C::Chunk>,
    chunks: i64,
    answered: i64,
    seen: i64,
    ended: bool,
    broken: Option<TableError>,
    totals: Settled,
    bar: ProgressBar,
}

impl<'a, C: Contract> Journey<'a, C> {
    fn new(asked: &'a Events) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} registrati, {per_sec}, {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self {
            asked,
            pending: Vec::new(),
            unanswered: VecDeque::new(),
            chunks: 0,
            answered: 0,
            seen: 0,
            ended: false,
            broken: None,
            totals: Settled::default(),
            bar,
        }
    }

    /// Whether anything was answered since the last time this was asked.
    fn progressed(&mut self) -> bool {
        std::mem::replace(&mut self.seen, self.answered) < self.answered
    }

    /// Sends over one connection until everything is answered, or it is lost.
    async fn travel(&mut self, contract: &C, source: &mut mpsc::Receiver<Row<C>>) -> Result<(), Status> {
        let (requests, outgoing) = mpsc::channel(ON_THEIR_WAY);
        for chunk in &self.unanswered {
            // There is room for as many as may be on their way.
            let _ = requests.try_send(chunk.clone());
        }
        let mut answers = contract.open(ReceiverStream::new(outgoing)).await?;
        let mut waits_until = Instant::now();
        while !(self.ended && self.pending.is_empty() && self.unanswered.is_empty()) {
            let room = self.unanswered.len() < ON_THEIR_WAY;
            let full = self.pending.len() >= CHUNK;
            if room && !self.pending.is_empty() && (full || self.ended || Instant::now() >= waits_until) {
                let chunk = self.chunk();
                self.unanswered.push_back(chunk.clone());
                // A connection that is gone shows in its answers.
                let _ = requests.send(chunk).await;
                continue;
            }
            let (first, space) = (self.pending.is_empty(), CHUNK.saturating_sub(self.pending.len()));
            tokio::select! {
                answer = answers.message() => match answer? {
                    Some(answer) => self.settle(C::settled(answer))?,
                    None => return Err(Status::unavailable("the stream ended before its last answer")),
                },
                read = source.recv_many(&mut self.pending, space), if !self.ended && !full => {
                    self.ended = read == 0;
                    if first {
                        waits_until = Instant::now() + LINGER;
                    }
                    self.stop_at_a_fault();
                }
                () = sleep_until(waits_until), if room && !first => {}
            }
        }
        Ok(())
    }

    /// A row that cannot be read ends the journey after the rows before it.
    fn stop_at_a_fault(&mut self) {
        if let Some(Err(_)) = self.pending.last() {
            self.broken = self.pending.pop().and_then(Result::err);
            self.ended = true;
        }
    }

    fn chunk(&mut self) -> C::Chunk {
        self.chunks += 1;
        let events = self.pending.drain(..).flatten().collect();
        C::chunk(self.asked, self.chunks, events)
    }

    fn settle(&mut self, answer: Settled) -> Result<(), Status> {
        let waited_for = self.unanswered.pop_front().map(|chunk| C::number(&chunk));
        if waited_for != Some(answer.chunk) {
            return Err(Status::internal(format!("chunk {} is answered, where {waited_for:?} was waited for", answer.chunk)));
        }
        self.answered = answer.chunk;
        self.totals.accepted += answer.accepted;
        self.totals.duplicates += answer.duplicates;
        self.totals.sequence = self.totals.sequence.max(answer.sequence);
        self.totals.refused.extend(answer.refused);
        self.bar.set_position(u64::try_from(self.totals.accepted + self.totals.duplicates).unwrap_or_default());
        Ok(())
    }

    fn arrived(self) -> Answer {
        let Settled { accepted, duplicates, refused, sequence, .. } = self.totals;
        let mut table = Table::new(&[
            ("registrati", Align::Right),
            ("già presenti", Align::Right),
            ("rifiutati", Align::Right),
            ("sequenza", Align::Right),
        ]);
        let count = |list: &[RefusedRow]| i64::try_from(list.len()).unwrap_or(i64::MAX);
        table.row([italian::count(accepted), italian::count(duplicates), italian::count(count(&refused)), italian::count(sequence)]);
        let listed: Vec<_> = refused
            .iter()
            .map(|RefusedRow { number, field, reason, detail }| {
                json!({ "number": number, "field": field, "reason": reason, "detail": detail })
            })
            .collect();
        let json = json!({ "accepted": accepted, "duplicates": duplicates, "refused": listed, "sequence": sequence });
        let unreadable = self.broken.map(|error| Failure::EventsUnreadable { path: self.asked.file.clone(), error });
        let failures = unreadable.into_iter().chain((!refused.is_empty()).then(|| failure::events_refused(C::DOMAIN, &refused))).collect();
        Answer { text: table.text(), json, failures }
    }
}
