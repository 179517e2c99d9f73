//! `piramide events`: pieces of work as they happen (*eventi di lavorazione*).

use std::{collections::VecDeque, fs::File, io::Read, path::Path, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};
use piramide_contracts::{
    domains::PRODUCTION,
    production::{RecordEventsRequest, RecordEventsResponse, RefusedEvent, WorkEvent, production_service_client::ProductionServiceClient},
    table::TableError,
    types,
};
use piramide_service::client::{Connection, endless};
use serde_json::json;
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Status};

use crate::{
    Answer,
    arguments::Events,
    failure::{self, Failure},
    italian,
    table::{Align, Table},
    upstream::Upstream,
    work_events::Rows,
};

/// Events in a chunk.
const CHUNK: usize = 5_000;
/// Chunks on their way without an answer.
const ON_THEIR_WAY: usize = 8;
/// How long the first event of a chunk waits for company.
const LINGER: Duration = Duration::from_millis(20);
/// Times in a row that the service may be lost without one answer in between.
const MOST_LOSSES: u32 = 5;

/// Sends events until the file or pipe ends and every one is answered.
///
/// # Errors
///
/// When the source cannot be read, the service refuses a chunk or stays away. What was answered until then is recorded, and sending
/// everything again is safe.
pub async fn run(upstream: &Upstream, asked: Events) -> Result<Answer, Failure> {
    let client = upstream.production()?;
    let mut source = rows(&asked.file)?;
    let mut journey = Journey::new(&asked);
    let mut losses = 0;
    while let Err(status) = journey.travel(client.clone(), &mut source).await {
        let lost = matches!(status.code(), Code::Unavailable | Code::Aborted | Code::Cancelled | Code::Unknown);
        losses = if journey.progressed() { 1 } else { losses + 1 };
        if !lost || losses > MOST_LOSSES {
            return Err(Failure::answered(PRODUCTION, upstream.address(PRODUCTION), status));
        }
        tokio::time::sleep(Duration::from_millis(200) * losses).await;
    }
    journey.bar.finish_and_clear();
    Ok(journey.arrived(&asked.file))
}

/// Reads a source on a thread of its own, a little ahead.
fn rows(path: &Path) -> Result<mpsc::Receiver<Result<WorkEvent, TableError>>, Failure> {
    let source: Box<dyn Read + Send> = if path == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(File::open(path).map_err(|error| Failure::Usage { what: format!("{} cannot be read: {error}", path.display()) })?)
    };
    let (sender, receiver) = mpsc::channel(2 * CHUNK);
    std::thread::spawn(move || match Rows::new(source) {
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
struct Journey {
    header: RecordEventsRequest,
    /// Read and not yet in a chunk.
    pending: Vec<Result<WorkEvent, TableError>>,
    /// Sent, perhaps over a connection that is gone, and not answered.
    unanswered: VecDeque<RecordEventsRequest>,
    chunks: i64,
    answered: i64,
    seen: i64,
    ended: bool,
    broken: Option<TableError>,
    totals: RecordEventsResponse,
    bar: ProgressBar,
}

impl Journey {
    fn new(asked: &Events) -> Self {
        let header = RecordEventsRequest {
            origin: asked.origin.clone(),
            provenance: types::Provenance::from(asked.provenance).into(),
            reason: asked.reason.clone(),
            ..RecordEventsRequest::default()
        };
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} eventi registrati, {per_sec}, {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        Self {
            header,
            pending: Vec::new(),
            unanswered: VecDeque::new(),
            chunks: 0,
            answered: 0,
            seen: 0,
            ended: false,
            broken: None,
            totals: RecordEventsResponse::default(),
            bar,
        }
    }

    /// Whether anything was answered since the last time this was asked.
    fn progressed(&mut self) -> bool {
        std::mem::replace(&mut self.seen, self.answered) < self.answered
    }

    /// Sends over one connection until everything is answered, or it is lost.
    async fn travel(
        &mut self,
        mut client: ProductionServiceClient<Connection>,
        source: &mut mpsc::Receiver<Result<WorkEvent, TableError>>,
    ) -> Result<(), Status> {
        let (requests, outgoing) = mpsc::channel(ON_THEIR_WAY);
        for chunk in &self.unanswered {
            // There is room for as many as may be on their way.
            let _ = requests.try_send(chunk.clone());
        }
        let mut answers = client.record_events(endless(ReceiverStream::new(outgoing))).await?.into_inner();
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
                    Some(answer) => self.settle(answer)?,
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

    fn chunk(&mut self) -> RecordEventsRequest {
        self.chunks += 1;
        let events = self.pending.drain(..).flatten().collect();
        RecordEventsRequest { chunk: self.chunks, events, ..self.header.clone() }
    }

    fn settle(&mut self, answer: RecordEventsResponse) -> Result<(), Status> {
        let waited_for = self.unanswered.pop_front().map(|chunk| chunk.chunk);
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

    fn arrived(self, path: &Path) -> Answer {
        let RecordEventsResponse { accepted, duplicates, refused, sequence, .. } = self.totals;
        let mut table = Table::new(&[
            ("registrati", Align::Right),
            ("già presenti", Align::Right),
            ("rifiutati", Align::Right),
            ("sequenza", Align::Right),
        ]);
        let count = |list: &[RefusedEvent]| i64::try_from(list.len()).unwrap_or(i64::MAX);
        table.row([italian::count(accepted), italian::count(duplicates), italian::count(count(&refused)), italian::count(sequence)]);
        let listed: Vec<_> = refused
            .iter()
            .map(|RefusedEvent { number, field, reason, detail }| {
                json!({ "number": number, "field": field, "reason": reason, "detail": detail })
            })
            .collect();
        let json = json!({ "accepted": accepted, "duplicates": duplicates, "refused": listed, "sequence": sequence });
        let unreadable = self.broken.map(|error| Failure::EventsUnreadable { path: path.to_owned(), error });
        let failures = unreadable.into_iter().chain((!refused.is_empty()).then(|| failure::events_refused(&refused))).collect();
        Answer { text: table.text(), json, failures }
    }
}
