//! Checks of a batch: by itself before any transaction, then against what is recorded, inside it. All reasons are given together.

use crate::keys::Codes;
use crate::preparing::Prepared;
use crate::{Closing, Event, Fact, LedgerError, NewBatch, NewClosing, Reason, Schema, Violation};

/// Longest code in bytes: a PostgreSQL index entry of two of them stays within its page.
const CODE_BYTES: usize = 200;
/// Longest free text in bytes.
const TEXT_BYTES: usize = 4_000;
/// Violations that are spelled out; the rest is counted.
const LISTED: usize = 100;

/// Events come from a domain that has read them, so one that cannot be stored fails the batch.
pub(crate) fn check_event(event: &Event) -> Result<(), LedgerError> {
    let codes = [("event origin", &event.origin), ("event kind", &event.kind), ("event structure", &event.structure)];
    let more = [("event subject", Some(&event.subject)), ("event counterpart", event.counterpart.as_ref())];
    let codes = codes.into_iter().map(|(field, code)| (field, Some(code))).chain(more);
    codes.filter_map(|(field, code)| Some((field, code?))).try_for_each(|(field, code)| malformed(field, code_fault(code)))
}

/// The caller's view of the ledger must be the newest.
pub(crate) fn check_head(expected: i64, actual: i64) -> Result<(), LedgerError> {
    if expected == actual { Ok(()) } else { Err(LedgerError::HeadMoved { expected, actual }) }
}

/// Checks the texts of a batch.
pub(crate) fn check_texts(batch: &NewBatch) -> Result<(), LedgerError> {
    for (field, text) in [("batch id", &batch.id), ("origin", &batch.origin)] {
        malformed(field, code_fault(text))?;
    }
    for (field, text) in [("reason", &batch.reason), ("note", &batch.note)] {
        malformed(field, text.as_deref().and_then(text_fault))?;
    }
    Ok(())
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
        Self { corrects, has_events, closings, violations: prepared.violations().clone(), superseded: 0 }
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
pub(crate) struct Violations {
    total: u64,
    kept: Vec<Violation>,
}

impl Violations {
    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.total == 0
    }

    pub(crate) fn add(&mut self, fact: &Fact, reason: Reason) {
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

/// Checks a fact by itself. Its codes are not looked at where they are known to be sound.
pub(crate) fn check_form(schema: &Schema, fact: &Fact, are_codes_sound: bool, violations: &mut Violations) {
    if fact.values.len() != schema.columns.len() {
        violations.add(fact, Reason::Values { found: fact.values.len(), expected: schema.columns.len() });
    }
    let codes = [("structure", &fact.structure), ("subject", &fact.subject)];
    for (field, code) in codes.into_iter().filter(|_| !are_codes_sound) {
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
pub(crate) fn check_overlaps(facts: &[Fact], codes: &Codes, violations: &mut Violations) {
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
pub(crate) fn code_fault(code: &str) -> Option<String> {
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
