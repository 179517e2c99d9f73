//! What answers a question: what is known now, or what was known at a moment or closing.

use std::sync::{Arc, PoisonError};

use piramide_contracts::types::{AsOf, as_of::At};
use piramide_ledger::LedgerError;
use tonic::{Code, Status};

use super::{Host, Knowledge};
use crate::{Domain, Facts, facts::Snapshots, refusal};

/// Past states kept for questions about closings: each weighs as much as the present one.
const PAST_STATES: usize = 2;

/// What answers a question: the knowledge in force, or that of a past moment.
pub(crate) enum View<'a, S> {
    Now(tokio::sync::RwLockReadGuard<'a, Knowledge<S>>),
    Past(Arc<Knowledge<S>>),
}

impl<S> std::ops::Deref for View<'_, S> {
    type Target = Knowledge<S>;
    fn deref(&self) -> &Knowledge<S> {
        match self {
            Self::Now(knowledge) => knowledge,
            Self::Past(knowledge) => knowledge,
        }
    }
}

impl<D: Domain> Host<D> {
    /// The facts in force now, or those of the moment or closing asked for.
    pub(crate) async fn view(&self, as_of: Option<&AsOf>) -> Result<View<'_, D::State>, Status> {
        let (sequence, closed) = match as_of.and_then(|as_of| as_of.at.as_ref()) {
            None => return Ok(View::Now(self.now.read().await)),
            Some(At::Moment(moment)) => {
                (self.ledger.sequence_at(piramide_contracts::convert::micros(moment)).await.map_err(refusal::of_ledger)?, false)
            }
            Some(At::Closing(name)) => {
                let closings = self.ledger.closings().await.map_err(refusal::of_ledger)?;
                let closing = closings.iter().find(|closing| closing.name == *name);
                let unknown = || {
                    refusal::field(Code::NotFound, "as_of", "CLOSING_UNKNOWN", format!("{} has no closing \"{name}\"", D::IDENTITY.name))
                };
                (closing.ok_or_else(unknown)?.sequence, true)
            }
        };
        if let Some(known) = self.remembered(sequence) {
            return Ok(View::Past(known));
        }
        let _recalling = self.recalling.lock().await;
        match self.remembered(sequence) {
            Some(known) => Ok(View::Past(known)),
            None => Ok(View::Past(self.recall(sequence, closed).await.map_err(refusal::of_ledger)?)),
        }
    }

    /// Makes the state of a past sequence and remembers it, in a snapshot too if it is that of a closing.
    async fn recall(&self, sequence: i64, closed: bool) -> Result<Arc<Knowledge<D::State>>, LedgerError> {
        let facts = match &self.snapshots {
            Some(snapshots) => snapshots.facts_at(self.ledger.as_ref(), sequence).await?,
            None => Facts::default(),
        };
        let knowledge = Arc::new(Knowledge::grown(facts, &self.plans, self.ledger.as_ref(), sequence).await?);
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.push_front(knowledge.clone());
        past.truncate(PAST_STATES);
        drop(past);
        if let Some(snapshots) = self.snapshots.clone().filter(|_| closed) {
            let knowledge = knowledge.clone();
            tokio::task::spawn_blocking(move || keep_past(&snapshots, &knowledge.facts, sequence));
        }
        Ok(knowledge)
    }

    /// Keeps what is known at a closing that was just made: it will be asked for. Where facts have come in since, the first who asks has
    /// it made.
    pub(crate) async fn keep_closing(self: Arc<Self>, sequence: i64) {
        if let Err(error) = self.abreast().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "what is known at a closing is made when it is asked for");
            return;
        }
        if let Some(snapshots) = self.snapshots.clone() {
            tokio::task::spawn_blocking(move || keep_past(&snapshots, &self.blocking_now().facts, sequence));
        }
    }

    fn remembered(&self, sequence: i64) -> Option<Arc<Knowledge<D::State>>> {
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.iter().find(|knowledge| knowledge.facts.sequence() == sequence).cloned()
    }
}

/// A failure costs those who ask for it time, nothing else.
fn keep_past(snapshots: &Snapshots, facts: &Facts, sequence: i64) {
    if let Err(error) = snapshots.keep_past(facts, sequence) {
        tracing::warn!(sequence, error = &error as &dyn std::error::Error, "no snapshot of a closing is kept");
    }
}
