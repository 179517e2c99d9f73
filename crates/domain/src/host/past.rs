//! What answers a question: what is known now, or what was known at a moment or closing.

use std::{
    collections::{BTreeMap, VecDeque},
    pin::pin,
    sync::{Arc, MutexGuard, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use piramide_contracts::types::{AsOf, as_of::At};
use piramide_ledger::LedgerError;
use piramide_service::refusal::Refusal;
use tokio::{sync::watch, time::timeout};
use tonic::{Code, Status};

use super::{Host, Knowledge};
use crate::{
    Domain, Facts, Snapshots, State,
    facts::{LaidOut, off_the_threads},
    refusal,
};

/// Past states kept for questions about closings: each weighs as much as the present one.
const PAST_STATES: usize = 2;
/// When to ask again where too many are being made.
const LATER: Duration = Duration::from_secs(1);
/// Past states made at once: each reads the ledger, and weighs as much as the present one.
pub(super) const RECALLS: usize = 2;

/// Past states that are being made or wait for it, at most: a recall goes on when its caller gives up, so callers alone would not bound them.
pub(super) const MOST_RECALLS: usize = 16;

/// How long a past state that takes its time may take before the facts alone answer: that of a small ledger is there before.
const FACTS_ANSWER_AFTER: Duration = Duration::from_millis(250);

/// What was known at a past sequence.
pub(crate) struct Recollection<S> {
    pub(crate) facts: Arc<Facts>,
    /// What answered first: of a large ledger the state that tells nothing.
    first: S,
    /// What took its place.
    whole: OnceLock<S>,
}

impl<S> Recollection<S> {
    pub(super) fn new(facts: Arc<Facts>, first: S) -> Self {
        Self { facts, first, whole: OnceLock::new() }
    }

    pub(super) fn state(&self) -> &S {
        self.whole.get().unwrap_or(&self.first)
    }
}

/// A point of the past.
#[derive(Debug, Clone, Copy)]
struct Point {
    /// The last sequence that is known there.
    sequence: i64,
    /// Whether it is what a closing froze.
    closed: bool,
}

/// A past state, or why there is none.
type Recalled<S> = Result<Arc<Recollection<S>>, Status>;

/// The past states at hand.
pub(super) struct Past<S> {
    /// Those that are made, the one that was asked for last first.
    states: VecDeque<Arc<Recollection<S>>>,
    /// Those that are being made, by sequence: one whose facts answer already stays here until it is whole.
    under_way: BTreeMap<i64, watch::Receiver<Option<Recalled<S>>>>,
}

impl<S> Default for Past<S> {
    fn default() -> Self {
        Self { states: VecDeque::new(), under_way: BTreeMap::new() }
    }
}

impl<S> Past<S> {
    fn find(&mut self, sequence: i64) -> Option<Arc<Recollection<S>>> {
        let known = self.states.iter().position(|known| known.facts.sequence() == sequence).and_then(|at| self.states.remove(at))?;
        self.states.push_front(known.clone());
        Some(known)
    }

    /// What was under way has ended: with a state to remember, or without.
    fn end(&mut self, sequence: i64, made: Option<&Arc<Recollection<S>>>) {
        self.under_way.remove(&sequence);
        if let Some(known) = made {
            self.states.push_front(known.clone());
            self.states.truncate(PAST_STATES);
        }
    }
}

/// What answers a question: the knowledge in force, or that of a past moment.
pub(crate) enum View<'a, S> {
    Now(tokio::sync::RwLockReadGuard<'a, Knowledge<S>>),
    Past(Arc<Recollection<S>>),
}

impl<S> View<'_, S> {
    pub(crate) fn facts(&self) -> &Facts {
        match self {
            Self::Now(knowledge) => &knowledge.facts,
            Self::Past(recollection) => &recollection.facts,
        }
    }

    pub(crate) fn state(&self) -> &S {
        match self {
            Self::Now(knowledge) => &knowledge.state,
            Self::Past(recollection) => recollection.state(),
        }
    }
}

impl<D: Domain> Host<D> {
    /// The facts in force now, or those of the moment or closing asked for by a field of a request.
    pub(crate) async fn view(self: &Arc<Self>, field: &str, as_of: Option<&AsOf>) -> Result<View<'_, D::State>, Status> {
        match self.point(field, as_of).await? {
            None => Ok(View::Now(self.now.read().await)),
            Some(Point { sequence, closed }) => Ok(View::Past(self.recalled(sequence, closed).await?)),
        }
    }

    /// The point of the past asked for by a field; none for now.
    async fn point(&self, field: &str, as_of: Option<&AsOf>) -> Result<Option<Point>, Status> {
        Ok(match as_of.and_then(|as_of| as_of.at.as_ref()) {
            None => None,
            Some(At::Moment(moment)) => {
                let sequence = self.ledger.sequence_at(piramide_contracts::convert::micros(moment)).await.map_err(refusal::of_ledger)?;
                Some(Point { sequence, closed: false })
            }
            Some(At::Closing(name)) => {
                let closings = self.ledger.closings().await.map_err(refusal::of_ledger)?;
                let closing = closings.iter().find(|closing| closing.name == *name);
                let unknown =
                    || refusal::field(Code::NotFound, field, "CLOSING_UNKNOWN", format!("{} has no closing \"{name}\"", D::IDENTITY.name));
                Some(Point { sequence: closing.ok_or_else(unknown)?.sequence, closed: true })
            }
        })
    }

    /// The state of a past sequence: remembered, or made by a task of its own, which goes on when the caller gives up. Who asks for the same
    /// waits for the same, and for no other; while only its facts are there, they answer.
    async fn recalled(self: &Arc<Self>, sequence: i64, closed: bool) -> Recalled<D::State> {
        let mut made = {
            let mut past = self.past();
            if let Some(known) = past.find(sequence) {
                return Ok(known);
            }
            // One that ended without an answer is begun again.
            past.under_way.retain(|_, made| made.has_changed().is_ok());
            if past.under_way.len() >= MOST_RECALLS && !past.under_way.contains_key(&sequence) {
                let message = format!("{MOST_RECALLS} states of the past are being made: ask again later");
                return Err(Refusal::unavailable("PAST_BUSY", message).retry_after(LATER).into());
            }
            let begun = || {
                let (tell, made) = watch::channel(None);
                tokio::spawn(self.clone().recall(sequence, closed, tell));
                made
            };
            past.under_way.entry(sequence).or_insert_with(begun).clone()
        };
        let told = made.wait_for(Option::is_some).await.ok().and_then(|told| told.clone());
        told.unwrap_or_else(|| Err(Refusal::bug().into()))
    }

    /// Makes the state of a past sequence, tells and remembers it.
    async fn recall(self: Arc<Self>, sequence: i64, closed: bool, tell: watch::Sender<Option<Recalled<D::State>>>) {
        let Ok(_recalling) = self.recalls.acquire().await else { return };
        let started = Instant::now();
        let facts = match self.facts_at(sequence, closed).await {
            Ok(facts) => Arc::new(facts),
            Err(error) => {
                self.past().end(sequence, None);
                tell.send_replace(Some(Err(refusal::of_ledger(error))));
                return;
            }
        };
        let read_ms = started.elapsed().as_millis();
        let (plans, read) = (self.plans.clone(), facts.clone());
        let building = off_the_threads(move || D::State::of(&plans, &read));
        let made = Self::whole(facts, building, &tell).await;
        let built_ms = started.elapsed().as_millis() - read_ms;
        tracing::info!(sequence, read_ms, built_ms, "what was known is in memory");
        self.past().end(sequence, Some(&made));
        tell.send_replace(Some(Ok(made)));
    }

    /// What is known with these facts once the state is built. If that takes long, whoever asks is told before, where the facts alone answer.
    async fn whole(
        facts: Arc<Facts>,
        building: impl Future<Output = D::State>,
        tell: &watch::Sender<Option<Recalled<D::State>>>,
    ) -> Arc<Recollection<D::State>> {
        let mut building = pin!(building);
        let Some(untold) = D::State::untold() else { return Arc::new(Recollection::new(facts, building.await)) };
        if let Ok(state) = timeout(FACTS_ANSWER_AFTER, &mut building).await {
            return Arc::new(Recollection::new(facts, state));
        }
        let made = Arc::new(Recollection::new(facts, untold));
        tell.send_replace(Some(Ok(made.clone())));
        let state = building.await;
        made.whole.get_or_init(|| state);
        made
    }

    /// The facts of a past sequence; of a closing asleep beside their sheets, where those are of use.
    async fn facts_at(self: &Arc<Self>, sequence: i64, closed: bool) -> Result<Facts, LedgerError> {
        let Some(snapshots) = &self.snapshots else { return Facts::replay(self.ledger.as_ref(), sequence).await };
        let asleep = async || if D::State::SHEETS { snapshots.asleep_at(self.ledger.as_ref(), sequence).await } else { Ok(None) };
        if closed && let Some(facts) = asleep().await? {
            return Ok(facts);
        }
        let facts = snapshots.facts_at(self.ledger.as_ref(), sequence).await?;
        let is_kept = snapshots.keeps(sequence) && (!D::State::SHEETS || snapshots.keeps_sheets(sequence));
        if !closed || is_kept {
            return Ok(facts);
        }
        let facts = self.clone().keep_recalled(snapshots.clone(), facts, sequence).await;
        Ok(asleep().await?.unwrap_or(facts))
    }

    /// Keeps what was known at a closing and had to be read from the ledger, and lets the facts lie there. A failure costs those who ask for it
    /// next time, nothing else.
    async fn keep_recalled(self: Arc<Self>, snapshots: Snapshots, mut facts: Facts, sequence: i64) -> Facts {
        off_the_threads(move || {
            let _keeping = self.keeping.lock().unwrap_or_else(PoisonError::into_inner);
            match Self::keep_closed(&snapshots, &facts, sequence) {
                Ok(Some(laid)) => facts.lay_down(&laid, 0..laid.len()),
                Ok(None) => {}
                Err(error) => tracing::warn!(sequence, error = &error as &dyn std::error::Error, "no snapshot of a closing is kept"),
            }
            facts
        })
        .await
    }

    /// Keeps what was known at a closing, and its sheets where the state reads them. Gives where the facts lie, if they were not kept before.
    fn keep_closed(snapshots: &Snapshots, facts: &Facts, sequence: i64) -> std::io::Result<Option<LaidOut>> {
        let fresh = snapshots.write_past(facts, sequence)?;
        let laid = fresh.map(|fresh| snapshots.keep_written(fresh, sequence)).transpose()?;
        if D::State::SHEETS && snapshots.keeps(sequence) && !snapshots.keeps_sheets(sequence) && facts.are_at(sequence) {
            snapshots.keep_sheets_at(facts, sequence)?;
        }
        Ok(laid)
    }

    /// Keeps what is known at a closing that was just made: it will be asked for. Where facts have come in since, the first who asks has
    /// it made.
    pub(crate) async fn keep_closing(self: Arc<Self>, sequence: i64) {
        let Ok(_recalling) = self.recalls.acquire().await else { return };
        match self.abreast().await {
            Ok(_) => self.keep_known(sequence).await,
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "what is known at a closing is made when it is asked for");
            }
        }
    }

    /// Keeps what is known now as what was known at a sequence, if nothing has come in since. A failure costs those who ask for it time, nothing
    /// else.
    async fn keep_known(self: &Arc<Self>, sequence: i64) {
        let Some(snapshots) = self.snapshots.clone() else { return };
        let host = self.clone();
        let kept = tokio::task::spawn_blocking(move || {
            let _keeping = host.keeping.lock().unwrap_or_else(PoisonError::into_inner);
            // From a copy of what is in memory: nobody waits while it is written.
            let facts = host.blocking_now().facts.clone();
            Self::keep_closed(&snapshots, &facts, sequence).map(drop)
        });
        match kept.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(sequence, error = &error as &dyn std::error::Error, "no snapshot of a closing is kept"),
            Err(error) => tracing::error!(sequence, error = &error as &dyn std::error::Error, "keeping a closing was given up"),
        }
    }

    /// The past states that answer at once.
    pub(super) fn remembered(&self) -> Vec<Arc<Recollection<D::State>>> {
        self.past().states.iter().cloned().collect()
    }

    /// Has every past state made again, from what the ledger bears out.
    pub(super) fn forget_past(&self) {
        self.past().states.clear();
    }

    #[cfg(test)]
    pub(super) fn remember(&self, known: &Arc<Recollection<D::State>>) {
        self.past().end(known.facts.sequence(), Some(known));
    }

    fn past(&self) -> MutexGuard<'_, Past<D::State>> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
