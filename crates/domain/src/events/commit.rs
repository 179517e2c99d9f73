//! One group of chunks becomes one batch of the ledger.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, hash_map::Entry},
    sync::Arc,
};

use foldhash::HashMap;
use piramide_ledger::{Closing, Event, EventKey, Fact, LedgerError, NewBatch, Prepared, Standing, Submitted};
use piramide_measure::Month;
use piramide_service::{
    panic,
    refusal::{Refusal, reason},
};
use tonic::Status;

use super::{Chunk, Draft, Refused, Settled, Streamed, Touched};
use crate::{
    Facts,
    facts::EVENTS_BATCH,
    host::{Host, MOST_ATTEMPTS, News},
    refusal,
};

/// Events that are folded where they stand: about what changing the thread takes.
const AT_ONCE: usize = 16;

/// Chunks that are recorded.
pub(super) struct Committed<'h> {
    /// What became of each.
    pub(super) settled: Vec<Settled>,
    /// That something is recorded: to be told once the senders have their answers.
    pub(super) news: Option<News<'h>>,
}

/// Records chunks of one provenance and one reason, and says what became of each.
pub(super) async fn commit<D: Streamed>(host: &Arc<Host<D>>, chunks: Vec<Chunk>) -> Result<Committed<'_>, Status> {
    let chunks = Arc::new(chunks);
    let soundness = host.soundness();
    let origins: BTreeSet<&str> = chunks.iter().flat_map(|chunk| &chunk.events).map(|event| event.origin.as_str()).collect();
    let origins: Vec<&str> = origins.into_iter().collect();
    let mut sent_after = None;
    for _ in 0..MOST_ATTEMPTS {
        let sound = soundness.begin()?;
        let Standing { head, closings, last_events } = host.standing(&origins).await.map_err(refusal::of_ledger)?;
        let head = head.sequence;
        let last = origins.iter().copied().zip(last_events).collect();
        let recorded = recorded(host, &chunks, &last).await.map_err(refusal::of_ledger)?;
        let events: usize = chunks.iter().map(|chunk| chunk.events.len()).sum();
        let mut outcome = if events <= AT_ONCE {
            host.settle(&host.knowledge().await.facts, &chunks, &recorded, &closings)
        } else {
            // Thousands of events take a while: off the threads that answer others.
            let (at_work, chunks_at_work) = (host.clone(), chunks.clone());
            let settling = move || at_work.settle(&at_work.blocking_now().facts, &chunks_at_work, &recorded, &closings);
            tokio::task::spawn_blocking(settling).await.map_err(|_| Refusal::bug())?
        };
        // What was folded on facts that could not be read is no event's fault, and is not recorded.
        sound.check()?;
        if outcome.events.is_empty() {
            // Nothing is submitted, which would tell that another replica has recorded meanwhile: that is asked for, once, so that what is
            // refused is refused on what was recorded before it was sent.
            if sent_after.is_none() {
                sent_after = Some(host.ledger.head().await.map_err(refusal::of_ledger)?.sequence);
            }
            if sent_after.is_some_and(|recorded| head < recorded) {
                continue;
            }
            // What was recorded before is durable up to the head.
            outcome.settled.iter_mut().for_each(|settled| settled.sequence = head);
            return Ok(Committed { settled: outcome.settled, news: None });
        }
        let Some(batch) = outcome.batch(&chunks, head) else { return Err(Refusal::bug().into()) };
        let batch = Prepared::of(host.ledger.schema(), batch).await.map_err(refusal::of_ledger)?;
        match host.record_untold(Arc::new(batch), head).await {
            Ok((Submitted::New(receipt), news)) => {
                outcome.settled.iter_mut().for_each(|settled| settled.sequence = receipt.sequence);
                return Ok(Committed { settled: outcome.settled, news: Some(news) });
            }
            // Another replica wrote meanwhile, perhaps events under the very name that comes next, perhaps the very same events: what holds
            // may have changed.
            Ok((Submitted::Replayed(_), _)) | Err(LedgerError::HeadMoved { .. } | LedgerError::ReusedId { .. }) => {}
            Err(error) => return Err(refusal::of_ledger(error)),
        }
    }
    Err(refusal::outrun("send the events again"))
}

/// Those of the events that are recorded already. Origins mostly number upwards, so what is above the last number needs no look.
async fn recorded<D: Streamed>(
    host: &Host<D>,
    chunks: &[Chunk],
    last: &HashMap<&str, Option<i64>>,
) -> Result<HashMap<EventKey, Event>, LedgerError> {
    let events = || chunks.iter().flat_map(|chunk| &chunk.events);
    let seen = |event: &&Event| last.get(event.origin.as_str()).is_some_and(|last| Some(event.number) <= *last);
    let keys: Vec<EventKey> = events().filter(seen).map(Event::key).collect();
    let recorded = if keys.is_empty() { Vec::new() } else { host.ledger.recorded_events(keys).await? };
    Ok(recorded.into_iter().map(|recorded| (recorded.event.key(), recorded.event)).collect())
}

/// What a group comes to.
struct Outcome {
    settled: Vec<Settled>,
    events: Vec<Event>,
    facts: Vec<Fact>,
}

impl Outcome {
    /// The batch that records it, after a head.
    fn batch(&mut self, chunks: &[Chunk], head: i64) -> Option<NewBatch> {
        let Chunk { provenance, reason, .. } = chunks.first()?;
        let origin = &self.events.first()?.origin;
        let several = self.events.iter().any(|event| event.origin != *origin);
        Some(NewBatch {
            id: format!("{EVENTS_BATCH}{}", head + 1),
            origin: if several { "several".to_owned() } else { origin.clone() },
            provenance: *provenance,
            reason: reason.clone(),
            // The ledger takes the hash of the events.
            content_hash: [0; 32],
            note: None,
            facts: std::mem::take(&mut self.facts).into(),
            events: std::mem::take(&mut self.events),
        })
    }
}

impl<D: Streamed> Host<D> {
    /// Folds the events that are new, one after the other, and refuses those that cannot be.
    fn settle(&self, facts: &Facts, chunks: &[Chunk], recorded: &HashMap<EventKey, Event>, closings: &[Closing]) -> Outcome {
        let mut draft = Draft::new(facts);
        let (mut events, mut all) = (Vec::new(), Vec::new());
        let mut known: HashMap<(&str, i64), &Event> =
            recorded.iter().map(|(key, event)| ((key.origin.as_str(), key.number), event)).collect();
        for chunk in chunks {
            let mut settled = Settled::default();
            for event in &chunk.events {
                match known.entry((&event.origin, event.number)) {
                    Entry::Occupied(known) if *known.get() == event => settled.duplicates += 1,
                    Entry::Occupied(known) => settled.refused.push((event.number, reused(known.get()))),
                    Entry::Vacant(new) => match self.touched(&draft, event, chunk.reason.is_some(), closings) {
                        Ok(touched) => {
                            draft.take(&touched);
                            new.insert(event);
                            events.push(event.clone());
                            settled.accepted += 1;
                        }
                        Err(refused) => settled.refused.push((event.number, refused)),
                    },
                }
            }
            all.push(settled);
        }
        Outcome { settled: all, events, facts: draft.into_facts(D::COLUMNS.len()) }
    }

    /// What follows from an event, if all of it may be recorded.
    fn touched<'a>(&self, draft: &Draft<'a>, event: &'a Event, corrects: bool, closings: &[Closing]) -> Result<Vec<Touched<'a>>, Refused> {
        // A fold only reads: one that panics has changed nothing, and the events beside it are recorded.
        let touched = panic::guarded(|| self.domain.fold(draft, event, corrects)).map_err(|panic::Panicked| defect(event))??;
        for Touched { structure, subject, month, .. } in &touched {
            if let Some(wider) = draft.in_the_way(structure, subject, *month) {
                let detail = format!(
                    "{structure} {subject}: {month} lies in {} to {}, recorded as a whole: events need months",
                    wider.first, wider.last
                );
                return Err(Refused::new("moment", "PERIOD_OVERLAPS", detail));
            }
            let closed = closings.iter().find(|closing| closing.covers(month.index(), month.index()));
            if let (false, Some(closing)) = (corrects, closed) {
                return Err(closed_by(closing, structure, subject, *month));
            }
        }
        Ok(touched)
    }
}

fn defect(event: &Event) -> Refused {
    let Event { origin, number, kind, structure, subject, .. } = event;
    tracing::error!(origin, number, kind, structure, subject, "an event that the domain panics of is refused");
    Refused::new("number", reason::BUG, "what follows from it cannot be told, which is a defect; the log of the service has the cause")
}

fn reused(known: &Event) -> Refused {
    let Event { origin, number, kind, structure, subject, amount, .. } = known;
    let detail = format!(
        "{origin} has recorded another event under {number}: {kind} {amount} {subject} in {structure}: a correction is a new event with its own number"
    );
    Refused::new("number", "EVENT_REUSED", detail)
}

fn closed_by(closing: &Closing, structure: &str, subject: &str, month: Month) -> Refused {
    let detail = format!("{structure} {subject}: {month} is closed by {}: give a reason", closing.name);
    Refused::new("moment", "PERIOD_CLOSED", detail)
}
