//! Checks of a batch: by itself before any transaction, then against what is recorded, inside it. All reasons are given together.

use crate::chain::{EventsHash, FactsHash, Hash};
use crate::keys::Codes;
use crate::pack::{Pack, pack};
use crate::{Closing, Event, Fact, LedgerError, NewBatch, NewClosing, Reason, Receipt, Schema, Submitted, Violation};

/// Longest code in bytes: a PostgreSQL index entry of two of them stays within its page.
const CODE_BYTES: usize = 200;
/// Longest free text in bytes.
const TEXT_BYTES: usize = 4_000;
/// Facts and events of a batch that are prepared where they stand: some hundred microseconds, about what changing the thread takes.
const AT_ONCE: usize = 64;
/// Violations that are spelled out; the rest is counted.
const LISTED: usize = 100;

/// A batch whose facts are sorted, hashed, checked by themselves and packed, ready for the one transaction.
pub(crate) struct Prepared {
    /// The batch, its facts in the order of their lines.
    pub(crate) batch: NewBatch,
    /// What the facts are called.
    pub(crate) codes: Codes,
    /// The facts as they are stored; none where they will be refused.
    pub(crate) packs: Vec<Pack>,
    /// Hash of the facts.
    pub(crate) facts_hash: Hash,
    /// Hash of the events, where there are any.
    pub(crate) events_hash: Option<Hash>,
    /// Violations found without looking at what is recorded. Told only after replay and head are settled.
    violations: Violations,
}

impl Prepared {
    /// Sorts, hashes, checks and packs. Takes time in proportion to the facts, so it belongs outside of the transaction.
    pub(crate) fn new(schema: &Schema, mut batch: NewBatch) -> Result<Self, LedgerError> {
        for (field, text) in [("batch id", &batch.id), ("origin", &batch.origin)] {
            malformed(field, code_fault(text))?;
        }
        for (field, text) in [("reason", &batch.reason), ("note", &batch.note)] {
            malformed(field, text.as_deref().and_then(text_fault))?;
        }
        if !batch.facts.is_sorted_by_key(|fact| fact.line) {
            let mut sorted = batch.facts.to_vec();
            sorted.sort_by_key(|fact| fact.line);
            batch.facts = sorted.into();
        }
        let mut violations = Violations::default();
        let mut hash = FactsHash::new();
        let mut previous_line = None;
        for fact in batch.facts.iter() {
            hash.add(fact);
            check_form(schema, fact, &mut violations);
            if previous_line.replace(fact.line) == Some(fact.line) {
                violations.add(fact, Reason::RepeatedLine);
            }
        }
        let codes = Codes::of(&batch.facts);
        check_overlaps(&batch.facts, &codes, &mut violations);
        batch.events.iter().try_for_each(check_event)?;
        let events_hash = (!batch.events.is_empty()).then(|| {
            let mut hash = EventsHash::new();
            batch.events.iter().for_each(|event| hash.add(event));
            hash.finish()
        });
        if let Some(events_hash) = events_hash {
            batch.content_hash = events_hash;
        }
        let packs = if violations.total == 0 { pack(&batch.facts, &codes) } else { Vec::new() };
        Ok(Self { packs, codes, facts_hash: hash.finish(), events_hash, batch, violations })
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

/// Events come from a domain that has read them, so one that cannot be stored fails the batch.
fn check_event(event: &Event) -> Result<(), LedgerError> {
    let codes = [("event origin", &event.origin), ("event kind", &event.kind), ("event structure", &event.structure)];
    let more = [("event subject", Some(&event.subject)), ("event counterpart", event.counterpart.as_ref())];
    let codes = codes.into_iter().map(|(field, code)| (field, Some(code))).chain(more);
    codes.filter_map(|(field, code)| Some((field, code?))).try_for_each(|(field, code)| malformed(field, code_fault(code)))
}

/// Prepares a batch; a large one off the threads that serve others.
pub(crate) async fn prepare(schema: Schema, batch: NewBatch) -> Result<Prepared, LedgerError> {
    if batch.facts.len().saturating_add(batch.events.len()) <= AT_ONCE {
        return Prepared::new(&schema, batch);
    }
    let prepared = tokio::task::spawn_blocking(move || Prepared::new(&schema, batch)).await;
    prepared.map_err(|panicked| LedgerError::Storage { doing: "checking a batch", source: panicked.into() })?
}

/// The caller's view of the ledger must be the newest.
pub(crate) fn check_head(expected: i64, actual: i64) -> Result<(), LedgerError> {
    if expected == actual { Ok(()) } else { Err(LedgerError::HeadMoved { expected, actual }) }
}

/// Checks the texts and the range of a closing.
pub(crate) fn check_closing(closing: &NewClosing) -> Result<(), LedgerError> {
    malformed("name", code_fault(&closing.name))?;
    malformed("author", code_fault(&closing.author))?;
    malformed("note", closing.note.as_deref().and_then(text_fault))?;
    let inverted = closing.first_month > closing.last_month;
    malformed("months", inverted.then(|| format!("{} comes after {}", closing.first_month, closing.last_month)))
}

/// The recorded range of months that a new fact touches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorded {
    pub(crate) first_month: i32,
    pub(crate) last_month: i32,
    /// Where it was last recorded; 0 where that is looked up only for those that are told.
    pub(crate) sequence: i64,
}

/// Confronts the facts with what is recorded, one after the other.
pub(crate) struct Judge<'a> {
    corrects: bool,
    has_events: bool,
    closings: &'a [Closing],
    violations: Violations,
    superseded: u64,
}

impl<'a> Judge<'a> {
    /// Starts from what was found without looking.
    pub(crate) fn new(prepared: &Prepared, closings: &'a [Closing]) -> Self {
        let batch = &prepared.batch;
        let (corrects, has_events) = (batch.reason.is_some(), !batch.events.is_empty());
        Self { corrects, has_events, closings, violations: prepared.violations.clone(), superseded: 0 }
    }

    /// Judges a fact. `nearest` is the range recorded for the same structure and subject that starts last among those that
    /// start no later than the fact ends: ranges recorded never overlap one another, so if any touches the fact, this one does.
    pub(crate) fn fact(&mut self, fact: &Fact, nearest: Option<Recorded>) {
        if let Some(recorded) = nearest.filter(|recorded| recorded.last_month >= fact.first_month) {
            let Recorded { first_month, last_month, sequence } = recorded;
            if (first_month, last_month) != (fact.first_month, fact.last_month) {
                self.violations.add(fact, Reason::OverlapsRecorded { first_month, last_month, sequence });
            } else if self.corrects || self.has_events {
                self.superseded = self.superseded.saturating_add(1);
            } else {
                self.violations.add(fact, Reason::AlreadyRecorded { sequence });
            }
        }
        if !self.corrects
            && let Some(closing) = self.closings.iter().find(|closing| closing.covers(fact.first_month, fact.last_month))
        {
            self.violations.add(fact, Reason::PeriodClosed { name: closing.name.clone() });
        }
    }

    /// How many facts supersede others, or all the violations.
    pub(crate) fn verdict(self) -> Result<u64, LedgerError> {
        self.violations.none().map(|()| self.superseded)
    }
}

/// Violations found so far: all counted, the first lines kept.
#[derive(Debug, Clone, Default)]
struct Violations {
    total: u64,
    kept: Vec<Violation>,
}

impl Violations {
    fn add(&mut self, fact: &Fact, reason: Reason) {
        self.total = self.total.saturating_add(1);
        self.kept.push(Violation {
            line: fact.line,
            structure: fact.structure.to_string(),
            subject: fact.subject.to_string(),
            first_month: fact.first_month,
            last_month: fact.last_month,
            reason,
        });
        if self.kept.len() >= 2 * LISTED {
            self.trim();
        }
    }

    fn trim(&mut self) {
        self.kept.sort_by_key(|violation| violation.line);
        self.kept.truncate(LISTED);
    }

    fn none(mut self) -> Result<(), LedgerError> {
        if self.total == 0 {
            return Ok(());
        }
        self.trim();
        Err(LedgerError::Rejected { total: self.total, violations: self.kept })
    }
}

fn check_form(schema: &Schema, fact: &Fact, violations: &mut Violations) {
    if fact.values.len() != schema.columns.len() {
        violations.add(fact, Reason::Values { found: fact.values.len(), expected: schema.columns.len() });
    }
    for (field, code) in [("structure", &fact.structure), ("subject", &fact.subject)] {
        if let Some(cause) = code_fault(code) {
            violations.add(fact, Reason::Code { field, cause });
        }
    }
    if fact.first_month > fact.last_month {
        violations.add(fact, Reason::InvertedPeriod);
    }
}

/// Finds facts of the batch that say the same thing twice, or that overlap. Of each pair the later is reported, in the order of
/// months and then of lines.
fn check_overlaps(facts: &[Fact], codes: &Codes, violations: &mut Violations) {
    let mut ordered: Vec<_> = facts.iter().zip(&codes.of_facts).filter(|(fact, _)| fact.first_month <= fact.last_month).collect();
    ordered.sort_unstable_by_key(|(fact, names)| (**names, fact.first_month, fact.last_month, fact.line));
    for series in ordered.chunk_by(|(_, one), (_, other)| one == other) {
        let mut farthest: Option<&Fact> = None;
        for (fact, _) in series {
            let touched = farthest.filter(|other| other.last_month >= fact.first_month);
            if let Some(&Fact { line: other_line, first_month, last_month, .. }) = touched {
                let same = (first_month, last_month) == (fact.first_month, fact.last_month);
                let overlaps = Reason::OverlapsLine { other_line, first_month, last_month };
                violations.add(fact, if same { Reason::Duplicate { other_line } } else { overlaps });
            }
            if farthest.is_none_or(|other| other.last_month < fact.last_month) {
                farthest = Some(fact);
            }
        }
    }
}

fn malformed(field: &'static str, fault: Option<String>) -> Result<(), LedgerError> {
    fault.map_or(Ok(()), |cause| Err(LedgerError::Malformed { field, cause }))
}

/// What is wrong with a code: codes are keys, so they are short and printable.
fn code_fault(code: &str) -> Option<String> {
    if code.trim().is_empty() {
        Some("is empty".to_owned())
    } else if code.len() > CODE_BYTES {
        Some(format!("has {} bytes, where {CODE_BYTES} are the most", code.len()))
    } else if code.contains(char::is_control) {
        Some("has a control character".to_owned())
    } else {
        None
    }
}

/// A code as it may be looked up: one that cannot have been recorded becomes empty, which none is. PostgreSQL takes no text with
/// a zero character, not even to compare.
pub(crate) fn searchable(code: &str) -> &str {
    if code_fault(code).is_none() { code } else { "" }
}

/// What is wrong with a free text. PostgreSQL stores no zero character.
fn text_fault(text: &str) -> Option<String> {
    if text.trim().is_empty() {
        Some("is empty: leave it out".to_owned())
    } else if text.len() > TEXT_BYTES {
        Some(format!("has {} bytes, where {TEXT_BYTES} are the most", text.len()))
    } else if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        Some("has a control character".to_owned())
    } else {
        None
    }
}
