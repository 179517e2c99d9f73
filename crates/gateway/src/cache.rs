//! Answers kept in memory while they still hold.
//!
//! A kept answer is given again only as long as [`Pulses`] proves that nothing it came from can have changed; there is no time to
//! live to choose. Identical questions that arrive while one is being answered wait for that answer. What is kept is bounded in
//! number and in bytes, oldest out first.

pub(crate) mod layer;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
};

use axum::body::Bytes;
use http::{HeaderMap, StatusCode};
use tokio::sync::OnceCell;

use crate::{
    problem::Problem,
    pulse::{Pulses, Sources, Stamps},
};

/// An answer, ready to be given any number of times.
#[derive(Debug)]
pub(crate) struct Kept {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    problem: Option<Problem>,
    basis: Option<Basis>,
    /// Made ahead, and not asked for since.
    unasked: AtomicBool,
}

/// What an answer came from, put by the handler among the response's extensions. An answer without it is not kept.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    /// The domains that it came from.
    pub(crate) sources: Sources,
    /// The ledger sequences that it used, by domain, where it used the latest knowledge.
    pub(crate) sequences: Vec<(String, i64)>,
}

impl Basis {
    /// An answer from these domains that says nothing of sequences.
    pub(crate) fn of(sources: Sources) -> Self {
        Self { sources, sequences: Vec::new() }
    }

    /// Whether what it used of each domain is what the domain told last, or later.
    pub(crate) fn is_as_new_as_told(&self, pulses: &Pulses) -> bool {
        self.sequences.iter().all(|(domain, sequence)| pulses.reached(domain, *sequence))
    }
}

/// The most that is kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Answers.
    pub(crate) entries: usize,
    /// Bytes of all bodies and keys together; an answer above an eighth of it is not kept.
    pub(crate) bytes: usize,
}

/// The kept answers, and the questions being answered.
pub(crate) struct Cache {
    limits: Limits,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    entries: HashMap<Arc<str>, Entry>,
    order: VecDeque<Arc<str>>,
    bytes: usize,
    flights: HashMap<Arc<str>, (Stamps, Answering)>,
}

struct Entry {
    kept: Arc<Kept>,
    sources: Sources,
    stamps: Stamps,
}

type Answering = Arc<OnceCell<Arc<Kept>>>;

impl Cache {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, inner: Mutex::default() }
    }

    /// The kept answer to a question, if it still holds.
    pub(crate) fn fresh(&self, key: &str, pulses: &Pulses) -> Option<Arc<Kept>> {
        let inner = self.lock();
        let entry = inner.entries.get(key)?;
        pulses.hold(&entry.stamps, entry.sources).then(|| Arc::clone(&entry.kept))
    }

    /// Joins those who wait for the answer to a question, unless something has changed since the first of them asked.
    pub(crate) fn join(&self, key: &str, stamps: Stamps) -> Flight<'_> {
        let mut inner = self.lock();
        let key: Arc<str> = key.into();
        let (since, answering) = inner.flights.entry(Arc::clone(&key)).or_insert_with(|| (stamps, Answering::default()));
        if *since != stamps {
            (*since, *answering) = (stamps, Answering::default());
        }
        let answering = Arc::clone(answering);
        Flight { cache: self, key, answering }
    }

    /// Keeps an answer that was asked for when the stamps were taken.
    pub(crate) fn keep(&self, key: &str, stamps: Stamps, kept: &Arc<Kept>, pulses: &Pulses) {
        let Some(basis) = &kept.basis else {
            return;
        };
        let current = basis.is_as_new_as_told(pulses);
        let size = key.len() + kept.body.len();
        if kept.status != StatusCode::OK || !current || !pulses.hold(&stamps, basis.sources) || size > self.limits.bytes / 8 {
            return;
        }
        let key: Arc<str> = key.into();
        let mut inner = self.lock();
        inner.forget(&key);
        inner.bytes += size;
        inner.order.push_back(Arc::clone(&key));
        inner.entries.insert(key, Entry { kept: Arc::clone(kept), sources: basis.sources, stamps });
        while inner.entries.len() > self.limits.entries || inner.bytes > self.limits.bytes {
            let Some(oldest) = inner.order.front().cloned() else {
                break;
            };
            inner.forget(&oldest);
        }
    }

    /// Whether half of what may be kept is free, once what no longer holds is forgotten: what nobody has asked for takes no place of what
    /// somebody has.
    pub(crate) fn has_room(&self, pulses: &Pulses) -> bool {
        let mut inner = self.lock();
        let room = |inner: &Inner| inner.bytes < self.limits.bytes / 2 && inner.entries.len() < self.limits.entries / 2;
        if !room(&inner) {
            inner.forget_void(pulses);
        }
        room(&inner)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while it is held; were it to, every entry still checks its own stamps.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn forget_void(&mut self, pulses: &Pulses) {
        let Self { entries, order, bytes, .. } = self;
        entries.retain(|key, entry| {
            let holds = pulses.hold(&entry.stamps, entry.sources);
            if !holds {
                *bytes -= key.len() + entry.kept.body.len();
            }
            holds
        });
        order.retain(|key| entries.contains_key(key));
    }

    fn forget(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= key.len() + entry.kept.body.len();
            if self.order.front().is_some_and(|oldest| **oldest == *key) {
                self.order.pop_front();
            } else {
                self.order.retain(|other| **other != *key);
            }
        }
    }
}

/// One who waits for an answer; the last to leave takes the question off the list, even one who gave up.
pub(crate) struct Flight<'a> {
    cache: &'a Cache,
    key: Arc<str>,
    answering: Answering,
}

impl Flight<'_> {
    /// The answer: `ask` runs once for all who wait, and again for the next of them if its runner gives up.
    pub(crate) async fn answer(&self, ask: impl Future<Output = Arc<Kept>>) -> Arc<Kept> {
        Arc::clone(self.answering.get_or_init(|| ask).await)
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut inner = self.cache.lock();
        let ours = inner.flights.get(&self.key).is_some_and(|(_, answering)| Arc::ptr_eq(answering, &self.answering));
        // An answered question takes no more riders; an unanswered one leaves with the last of them: the list and we hold it.
        if ours && (self.answering.initialized() || Arc::strong_count(&self.answering) == 2) {
            inner.flights.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests;
