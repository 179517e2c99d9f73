//! The queue of chunks. One task takes what has piled up while the last group was written, so the busier it is the larger the groups, and
//! a lone event is written at once. The queue is bounded: who sends faster than the disk writes waits.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll},
};

use piramide_service::{panic, refusal::Refusal};
use tokio::sync::{mpsc, oneshot};
use tonic::Status;

use super::{
    Chunk, Settled, Streamed,
    commit::{Committed, commit},
};
use crate::Handle;

/// Chunks that may wait for the group before theirs.
const QUEUE: usize = 16;
/// Events of a group, beyond which no further chunk is added: some tenths of a second of work, and a few megabytes.
const GROUP: usize = 25_000;

/// Takes chunks of events, and answers each once it is durable.
#[derive(Clone)]
pub struct Recorder(mpsc::Sender<Waiting>);

/// The answer to a chunk that is on its way.
pub(super) struct Answer(oneshot::Receiver<Result<Settled, Status>>);

struct Waiting {
    chunk: Chunk,
    answer: oneshot::Sender<Result<Settled, Status>>,
}

impl Recorder {
    /// Starts the task that records for a domain. It ends when the last recorder is dropped and every chunk is answered.
    pub fn start<D: Streamed>(handle: Handle<D>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        tokio::spawn(run(handle, waiting));
        Self(queue)
    }

    /// Hands a chunk over, waiting for a place in the queue.
    ///
    /// # Errors
    ///
    /// When the recorder has ended.
    pub(super) async fn record(self, chunk: Chunk) -> Result<Answer, Status> {
        let (answer, answered) = oneshot::channel();
        self.0.send(Waiting { chunk, answer }).await.map_err(|_| Refusal::bug())?;
        Ok(Answer(answered))
    }
}

impl Answer {
    /// What became of the chunk.
    ///
    /// # Errors
    ///
    /// `RESOURCE_EXHAUSTED` when the store is full, `UNAVAILABLE` or `ABORTED` when it cannot write now, `DATA_LOSS` when it is damaged:
    /// then nothing is known to be recorded, and sending the chunk again is safe.
    pub(super) fn poll_settled(&mut self, cx: &mut Context<'_>) -> Poll<Result<Settled, Status>> {
        Pin::new(&mut self.0).poll(cx).map(|answered| answered.map_err(|_| Refusal::bug())?)
    }
}

async fn run<D: Streamed>(handle: Handle<D>, mut queue: mpsc::Receiver<Waiting>) {
    let mut ahead = None;
    while let Some(first) = match ahead.take() {
        Some(waiting) => Some(waiting),
        None => queue.recv().await,
    } {
        let mut events = first.chunk.events.len();
        let mut group = VecDeque::from([first]);
        while events < GROUP
            && let Ok(next) = queue.try_recv()
        {
            if !together(&group, &next) {
                ahead = Some(next);
                break;
            }
            events += next.chunk.events.len();
            group.push_back(next);
        }
        let (chunks, answers): (Vec<Chunk>, Vec<_>) = group.into_iter().map(|waiting| (waiting.chunk, waiting.answer)).unzip();
        // A defect ends the group that it is met in, not those to come: memory that it leaves half changed is in doubt until it is made again.
        let settled = panic::caught(commit(&handle.0, chunks)).await.unwrap_or_else(|panic::Panicked| Err(Refusal::bug().into()));
        // A sender that has gone does not need its answer.
        match settled {
            Ok(Committed { settled, news }) => {
                settled.into_iter().zip(answers).for_each(|(settled, answer)| drop(answer.send(Ok(settled))));
                // After the answers, since the runtime begins with whom it woke last: who watches and sends hears of both at once.
                drop(news);
            }
            Err(status) => answers.into_iter().for_each(|answer| drop(answer.send(Err(status.clone())))),
        }
    }
}

/// One batch of the ledger has one provenance and one reason.
fn together(group: &VecDeque<Waiting>, next: &Waiting) -> bool {
    let key = |waiting: &Waiting| (waiting.chunk.provenance, waiting.chunk.reason.clone());
    group.front().is_some_and(|first| key(first) == key(next))
}
