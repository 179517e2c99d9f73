//! A batch on its way into the ledger: its facts are checked by themselves, hashed and packed as they come, so that little is left to do once
//! the whole batch is there.

use std::sync::Arc;

use crate::chain::{EventsHash, FactsHash, Hash};
use crate::checks::{Violations, check_event, check_form, check_overlaps, check_texts, code_fault};
use crate::keys::{Block, Codes, Naming, Place, Sets};
use crate::pack::{MOST_FACTS, Pack, pack};
use crate::{Fact, LedgerError, NewBatch, Reason, Receipt, Schema, Submitted};

/// Facts and events of a batch that are prepared where they stand: some hundred microseconds, about what changing the thread takes.
const AT_ONCE: usize = 64;

/// The facts of a batch so far.
pub struct Preparing {
    schema: Schema,
    facts: Vec<Fact>,
    naming: Naming,
    hash: FactsHash,
    packs: Vec<Pack>,
    /// Codes and month of the facts about one month, the codes by their places.
    said: Sets,
    /// Whether every fact is about one month, and none about the same as another: then none overlaps another.
    is_plain: bool,
    /// Whether the facts came in the order of their lines.
    is_sorted: bool,
    /// How many codes have been looked at, and whether all of these can be stored.
    checked: usize,
    are_codes_sound: bool,
    violations: Violations,
}

impl Preparing {
    /// No fact yet.
    pub fn new(schema: Schema) -> Self {
        Self::within(Vec::new(), schema)
    }

    /// No fact yet, with room for some: what facts are in there are lost.
    pub fn within(mut room: Vec<Fact>, schema: Schema) -> Self {
        room.clear();
        Self {
            schema,
            facts: room,
            naming: Naming::default(),
            hash: FactsHash::new(),
            packs: Vec::new(),
            said: Sets::default(),
            is_plain: true,
            is_sorted: true,
            checked: 0,
            are_codes_sound: true,
            violations: Violations::default(),
        }
    }

    /// Makes room for more facts.
    pub fn reserve(&mut self, facts: usize) {
        self.facts.reserve(facts);
    }

    /// Takes the next fact.
    pub fn add(&mut self, fact: Fact) {
        let names = self.naming.add(&fact);
        self.take(fact, names);
    }

    /// Takes the next fact, whose codes are likely to stand at some places among those of the batch, and gives where they do: for the next fact
    /// of the same codes.
    pub fn add_near(&mut self, fact: Fact, likely: (u32, u32)) -> (u32, u32) {
        let names = self.naming.add_near(&fact, likely);
        self.take(fact, names);
        names
    }

    fn take(&mut self, fact: Fact, (structure, subject): (u32, u32)) {
        let last_line = self.facts.last().map(|last| last.line);
        self.is_sorted &= last_line.is_none_or(|last| last <= fact.line);
        self.hash.add(&fact);
        self.check_new_codes();
        check_form(&self.schema, &fact, self.are_codes_sound, &mut self.violations);
        if last_line == Some(fact.line) {
            self.violations.add(&fact, Reason::RepeatedLine);
        }
        self.is_plain = self.is_plain && fact.first_month == fact.last_month && {
            let (place, subject) = Place::of((fact.first_month, fact.last_month), structure, subject);
            self.said.at(structure, place, Block::default).is_some_and(|said| said.put(subject))
        };
        self.facts.push(fact);
        if self.facts.len().is_multiple_of(MOST_FACTS) {
            self.pack();
        }
    }

    /// Looks at the codes that have come up since the last time: facts name few of them, many times.
    fn check_new_codes(&mut self) {
        let codes = &self.naming.codes.texts;
        self.are_codes_sound &= codes.iter().skip(self.checked).all(|code| code_fault(code).is_none());
        self.checked = codes.len();
    }

    /// Packs the facts that are not yet packed, unless they will be refused or sorted.
    fn pack(&mut self) {
        if self.violations.is_empty() && self.is_sorted {
            let done = self.packs.len() * MOST_FACTS;
            let Codes { texts: codes, of_facts, .. } = &self.naming.codes;
            let rest = self.facts.get(done..).zip(of_facts.get(done..));
            self.packs.extend(rest.into_iter().flat_map(|(facts, names)| pack(facts, names, codes)));
        }
    }

    /// All of a batch, whose facts these are: what it says of its own is not looked at.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Malformed`] when a text of the batch or of an event cannot be stored. What is wrong with facts is told when they are
    /// recorded, once it is known whether the batch is recorded already.
    pub fn finish(mut self, mut batch: NewBatch) -> Result<Prepared, LedgerError> {
        check_texts(&batch)?;
        batch.events.iter().try_for_each(check_event)?;
        if !self.is_sorted {
            let mut facts = std::mem::take(&mut self.facts);
            facts.sort_by_key(|fact| fact.line);
            self = Self::of(self.schema, facts);
        }
        if !self.is_plain {
            check_overlaps(&self.facts, &self.naming.codes, &mut self.violations);
        }
        self.pack();
        let events_hash = (!batch.events.is_empty()).then(|| {
            let mut hash = EventsHash::new();
            batch.events.iter().for_each(|event| hash.add(event));
            hash.finish()
        });
        if let Some(events_hash) = events_hash {
            batch.content_hash = events_hash;
        }
        let Self { facts, naming, hash, packs, violations, .. } = self;
        batch.facts = Arc::new(facts);
        Ok(Prepared { batch, codes: naming.codes, packs, facts_hash: hash.finish(), events_hash, violations })
    }

    fn of(schema: Schema, facts: Vec<Fact>) -> Self {
        let mut preparing = Self::new(schema);
        preparing.reserve(facts.len());
        facts.into_iter().for_each(|fact| preparing.add(fact));
        preparing
    }
}

/// A batch whose facts are sorted, hashed, checked by themselves and packed, ready for the one transaction.
#[derive(Clone)]
pub struct Prepared {
    /// The batch, its facts in the order of their lines.
    pub(crate) batch: NewBatch,
    /// What the facts are called.
    pub(crate) codes: Codes,
    /// The facts as they are stored; without meaning where they will be refused.
    pub(crate) packs: Vec<Pack>,
    /// Hash of the facts.
    pub(crate) facts_hash: Hash,
    /// Hash of the events, where there are any.
    pub(crate) events_hash: Option<Hash>,
    /// Violations found without looking at what is recorded. Told only after replay and head are settled.
    violations: Violations,
}

impl Prepared {
    /// Prepares a batch; a large one off the threads that serve others.
    ///
    /// # Errors
    ///
    /// As [`Preparing::finish`].
    pub async fn of(schema: Schema, mut batch: NewBatch) -> Result<Self, LedgerError> {
        let facts = std::mem::take(&mut batch.facts);
        let few = facts.len().saturating_add(batch.events.len()) <= AT_ONCE;
        let work = move || Preparing::of(schema, Arc::unwrap_or_clone(facts)).finish(batch);
        if few {
            return work();
        }
        let prepared = tokio::task::spawn_blocking(work).await;
        prepared.map_err(|panicked| LedgerError::Storage { doing: "checking a batch", source: panicked.into() })?
    }

    /// Its facts, once nobody else has them: none otherwise.
    pub fn into_facts(self: Arc<Self>) -> Vec<Fact> {
        Arc::into_inner(self).and_then(|own| Arc::into_inner(own.batch.facts)).unwrap_or_default()
    }

    /// The batch, its facts in the order of their lines.
    pub fn batch(&self) -> &NewBatch {
        &self.batch
    }

    /// The same batch with another note.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Malformed`] when it cannot be stored.
    pub fn noted(&self, note: String) -> Result<Self, LedgerError> {
        let mut noted = self.clone();
        noted.batch.note = Some(note);
        check_texts(&noted.batch).map(|()| noted)
    }

    pub(crate) fn violations(&self) -> &Violations {
        &self.violations
    }

    /// The answer when the identifier is already recorded: its first receipt, or a refusal if the content differs.
    pub(crate) fn replayed(&self, first: Receipt) -> Result<Submitted, LedgerError> {
        let difference = if first.content_hash != self.batch.content_hash {
            "content"
        } else if first.provenance != self.batch.provenance {
            "provenance"
        } else if first.reason != self.batch.reason {
            "reason"
        } else {
            return Ok(Submitted::Replayed(first));
        };
        Err(LedgerError::ReusedId { id: first.batch_id, difference, recorded: first.content_hash, offered: self.batch.content_hash })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Provenance;

    /// Whether facts about these months of one series are found to overlap.
    fn overlap(months: &[(i32, i32)]) -> bool {
        let mut preparing = Preparing::new(Schema { domain: "trial", columns: &["received"] });
        for (line, (first_month, last_month)) in (1..).zip(months.iter().copied()) {
            preparing.add(Fact { line, structure: "S".into(), subject: "P".into(), first_month, last_month, values: [Some(1)].into() });
        }
        let batch = NewBatch {
            id: "b".into(),
            origin: "o".into(),
            provenance: Provenance::Submitted,
            reason: None,
            content_hash: [0; 32],
            note: None,
            facts: Arc::default(),
            events: Vec::new(),
        };
        !preparing.finish(batch).unwrap().violations().is_empty()
    }

    /// Each alone in its batch, so that nothing else has the batch looked through.
    #[test]
    fn the_same_month_twice_and_a_month_within_others_are_found() {
        assert!(!overlap(&[(1, 1), (2, 2), (3, 3)]));
        assert!(!overlap(&[(1, 3), (4, 4)]));
        assert!(overlap(&[(1, 1), (1, 1)]));
        assert!(overlap(&[(1, 1), (1, 1), (2, 2)]));
        assert!(overlap(&[(1, 3), (2, 2)]));
        assert!(overlap(&[(2, 2), (1, 3)]));
    }
}
