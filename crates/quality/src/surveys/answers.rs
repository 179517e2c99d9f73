//! What a single answer does to the facts: one more of its mark, for its topic, structure and month.
//!
//! Nothing else is kept of it: neither who gave it nor the day, only where it was counted and the number by which its origin knows it, so
//! that what is sent twice counts once.

use std::borrow::Cow;

use piramide_domain::{
    Draft,
    events::{Refused, Touched},
};
use piramide_ledger::Event;
use piramide_measure::Month;

use crate::facts::{COLUMNS, MARKS};

/// The name of a mark in the ledger.
pub fn kind(mark: i32) -> Option<&'static str> {
    let position = usize::try_from(mark).ok()?.checked_sub(1)?;
    COLUMNS.get(*MARKS.get(position)?).copied()
}

/// What follows from an answer.
///
/// # Errors
///
/// When it gives no mark from 1 to 5, takes answers back without a reason or more than there are, or the month is none.
pub fn fold<'a>(draft: &Draft<'a>, event: &'a Event, corrects: bool) -> Result<Vec<Touched<'a>>, Refused> {
    let mark = MARKS.into_iter().find(|mark| COLUMNS.get(*mark) == Some(&event.kind.as_str()));
    let mark = mark.ok_or_else(|| Refused::new("mark", "MARK_OUT_OF_RANGE", format!("\"{}\" is no mark from 1 to 5", event.kind)))?;
    let month = Month::from_index(event.month).filter(|month| month.number() <= 12);
    let month = month.ok_or_else(|| Refused::new("month", "PERIOD_MALFORMED", format!("{} is no month", event.month)))?;
    if event.amount < 0 && !corrects {
        let detail = format!("{} answers take back what was recorded: give a reason", event.amount);
        return Err(Refused::new("answers", "REASON_MISSING", detail));
    }
    let mut values = draft.get(&event.structure, &event.subject, month).unwrap_or_default();
    for other in MARKS {
        values = values.with(other, Some(values.get(other).unwrap_or_default()));
    }
    let known = values.get(mark).unwrap_or_default();
    let sum = known.checked_add(event.amount).filter(|sum| *sum >= 0).ok_or_else(|| {
        let Event { structure, subject, amount, kind, .. } = event;
        let detail = format!("{structure} {subject}: {known} {kind} in {month} and {amount} of this answer give no count of answers");
        Refused::new("answers", "QUANTITY_MISSED", detail)
    })?;
    let values = values.with(mark, Some(sum));
    Ok(vec![Touched { structure: &event.structure, subject: Cow::Borrowed(&event.subject), month, values }])
}
