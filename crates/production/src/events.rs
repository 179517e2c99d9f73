//! What a piece of work does to the facts of its structure: the flow of its month, and the backlog from there on.
//!
//! | what | rule |
//! | --- | --- |
//! | help (*sussidiarietà*) | a piece handed over is also a part of what was handed over, named after who took it |
//! | flow | the pieces are added to the quantity of their kind, in the month of the event |
//! | backlog (*giacenza*) | the month's closing follows, so the balance holds; the months after it follow as long as each opens with what the one before closed with |
//! | a structure's first event of a month of which nothing says what waits | the month opens with the backlog that each of its products closed with last: what waits does not vanish because nothing happened to it |
//! | the first event of a product in a month that is open | the product opens with the backlog that it closed with last, if it has no row in that month |
//! | a backlog that was never counted | stays missing: events alone do not say what waited before the first of them. A batch of facts says it once |
//! | a monthly total that comes later | takes the place of what the events said, as a correction with its reason |

use piramide_domain::{
    Draft, Values,
    events::{Refused, Touched},
};
use piramide_ledger::Event;
use piramide_measure::Month;

use crate::{
    facts::{
        CANCELLED, CLOSING_BACKLOG, COLUMNS, COMPLETED, COMPLETED_AUTOMATICALLY, OPENING_BACKLOG, RECEIVED, TRANSFERRED_IN,
        TRANSFERRED_OUT, following,
    },
    parts::Part,
};

/// What happened to a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It came in (*pervenuto*).
    Received,
    /// It was completed by a person (*definito*).
    Completed,
    /// It was completed by a program (*definito in automatico*).
    CompletedAutomatically,
    /// It was cancelled (*eliminato*).
    Cancelled,
    /// It was handed over to another structure (*sussidiarietà*).
    Transferred,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Received, Self::Completed, Self::CompletedAutomatically, Self::Cancelled, Self::Transferred];

    /// Its name in files and in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Completed => "completed",
            Self::CompletedAutomatically => "completed_automatically",
            Self::Cancelled => "cancelled",
            Self::Transferred => "transferred",
        }
    }

    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The quantities that it adds to where it happened, and its sign in the backlog there.
    fn effect(self) -> (&'static [usize], i64) {
        match self {
            Self::Received => (&[RECEIVED], 1),
            Self::Completed => (&[COMPLETED], -1),
            Self::CompletedAutomatically => (&[COMPLETED, COMPLETED_AUTOMATICALLY], -1),
            Self::Cancelled => (&[CANCELLED], -1),
            Self::Transferred => (&[TRANSFERRED_OUT], -1),
        }
    }
}

/// What follows from an event.
///
/// # Errors
///
/// When pieces are taken back without a reason, a quantity or a backlog would fall below zero or not fit, more would be completed automatically
/// than at all, or the month is none.
pub fn fold<'a>(draft: &Draft<'a>, event: &'a Event, corrects: bool) -> Result<Vec<Touched<'a>>, Refused> {
    let kind = Kind::parse(&event.kind);
    let kind = kind.ok_or_else(|| Refused::new("kind", "KIND_UNKNOWN", format!("\"{}\" is no kind of event", event.kind)))?;
    let month = Month::from_index(event.month).filter(|month| month.number() <= 12);
    let month = month.ok_or_else(|| Refused::new("moment", "MOMENT_MALFORMED", format!("{} is no month", event.month)))?;
    if event.amount < 0 && !corrects {
        let detail = format!("{} pieces take back what was recorded: give a reason", event.amount);
        return Err(Refused::new("pieces", "REASON_MISSING", detail));
    }
    let (quantities, sign) = kind.effect();
    let mut touched = End { structure: &event.structure, quantities, sign }.fold(draft, event, month)?;
    if let Some(other) = &event.counterpart {
        touched.extend(End { structure: other, quantities: &[TRANSFERRED_IN], sign: 1 }.fold(draft, event, month)?);
        touched.push(handed_over(draft, event, other, month)?);
    }
    Ok(touched)
}

/// To whom it was handed over: a part of what the structure handed over.
fn handed_over<'a>(draft: &Draft<'a>, event: &'a Event, to: &str, month: Month) -> Result<Touched<'a>, Refused> {
    let subject = Part::HandedTo(to).subject(&event.subject);
    let values = draft.get(&event.structure, &subject, month).unwrap_or_default();
    let sum = add(values.get(TRANSFERRED_OUT).unwrap_or_default(), event.amount).filter(|sum| *sum >= 0);
    let sum = sum.ok_or_else(|| below_zero(event, &event.structure, month, TRANSFERRED_OUT, &values))?;
    let values = values.with(TRANSFERRED_OUT, Some(sum));
    Ok(Touched { structure: &event.structure, subject: subject.into(), month, values })
}

/// An event as one structure sees it.
struct End<'a> {
    structure: &'a str,
    quantities: &'static [usize],
    sign: i64,
}

impl<'a> End<'a> {
    fn fold(&self, draft: &Draft<'a>, event: &'a Event, month: Month) -> Result<Vec<Touched<'a>>, Refused> {
        let Self { structure, quantities, sign } = *self;
        let subject = event.subject.as_str();
        let row = draft.get(structure, subject, month);
        let is_open = row.is_some() || draft.is_open(structure, month, says_what_waits);
        let mut touched = if is_open { Vec::new() } else { opened(draft, structure, month) };
        let place = touched.iter().position(|opened| opened.subject == subject);
        let mut values = match place {
            Some(place) => touched.swap_remove(place).values,
            None => row.unwrap_or_else(|| carried(draft, structure, subject, month)),
        };
        for quantity in quantities {
            let sum = add(values.get(*quantity).unwrap_or_default(), event.amount);
            let sum = sum.filter(|sum| *sum >= 0).ok_or_else(|| below_zero(event, structure, month, *quantity, &values))?;
            values = values.with(*quantity, Some(sum));
        }
        check_automatic(event, structure, month, &values)?;
        let step = event.amount.saturating_mul(sign);
        let mut closed = values.get(CLOSING_BACKLOG);
        if let Some(closing) = closed {
            values = values.with(CLOSING_BACKLOG, Some(waiting(event, structure, month, closing, step)?));
        }
        touched.push(Touched { structure, subject: subject.into(), month, values });
        // What was continuous stays continuous; a month without facts stands for one in which nothing happened.
        let last = draft.last_month(structure);
        let mut at = month;
        while let (Some(closing), Some(next)) = (closed, following(at).filter(|next| Some(*next) <= last)) {
            at = next;
            let Some(values) = draft.get(structure, subject, at) else { continue };
            if values.get(OPENING_BACKLOG) != Some(closing) {
                break;
            }
            let moved = values.with(OPENING_BACKLOG, Some(waiting(event, structure, at, closing, step)?));
            closed = values.get(CLOSING_BACKLOG);
            let moved = match closed {
                Some(closing) => moved.with(CLOSING_BACKLOG, Some(waiting(event, structure, at, closing, step)?)),
                None => moved,
            };
            touched.push(Touched { structure, subject: subject.into(), month: at, values: moved });
        }
        Ok(touched)
    }
}

/// A month that opens for a structure: each product with what it closed with last.
fn opened<'a>(draft: &Draft<'a>, structure: &'a str, month: Month) -> Vec<Touched<'a>> {
    let wholes = draft.last_before(structure, month).filter(|last| Part::of(&last.subject).is_none());
    let without_row = wholes.filter(|last| draft.get(structure, &last.subject, month).is_none());
    let carried = without_row.filter_map(|last| Some(Touched { month, values: waiting_still(&last.values)?, ..last }));
    carried.filter(|opened| draft.in_the_way(structure, &opened.subject, month).is_none()).collect()
}

/// What a product opens a month with that has no row in it: nothing but what it closed with last, which may never have been counted.
fn carried(draft: &Draft<'_>, structure: &str, subject: &str, month: Month) -> Values {
    draft.last_of(structure, subject, month).and_then(|last| waiting_still(&last)).unwrap_or_default()
}

/// A month in which nothing happens to what waited at the end of another.
fn waiting_still(last: &Values) -> Option<Values> {
    let waiting = last.get(CLOSING_BACKLOG);
    Some(Values::default().with(OPENING_BACKLOG, Some(waiting?)).with(CLOSING_BACKLOG, waiting))
}

/// Whether a fact says of a whole product what waits of it: staff, measures and parts leave a month as closed as it was.
fn says_what_waits(subject: &str, values: &Values) -> bool {
    values.get(CLOSING_BACKLOG).is_some() && Part::of(subject).is_none()
}

fn add(one: i64, other: i64) -> Option<i64> {
    one.checked_add(other)
}

/// A backlog moved by an event.
fn waiting(event: &Event, structure: &str, month: Month, backlog: i64, step: i64) -> Result<i64, Refused> {
    add(backlog, step).filter(|moved| *moved >= 0).ok_or_else(|| {
        let Event { kind, subject, amount, .. } = event;
        let detail = format!(
            "{structure} {subject}: {backlog} pieces wait in {month}, so {amount} {kind} would leave {}",
            i128::from(backlog) + i128::from(step)
        );
        Refused::new("pieces", "BACKLOG_MISSED", detail)
    })
}

/// What is taken back of all that was completed must not leave less than was completed automatically.
fn check_automatic(event: &Event, structure: &str, month: Month, values: &Values) -> Result<(), Refused> {
    match (values.get(COMPLETED), values.get(COMPLETED_AUTOMATICALLY)) {
        (Some(all), Some(automatic)) if automatic > all => {
            let Event { kind, subject, amount, .. } = event;
            let detail = format!(
                "{structure} {subject}: {amount} {kind} would leave {all} completed in {month}, and {automatic} of them completed automatically"
            );
            Err(Refused::new("pieces", "PART_EXCEEDS_WHOLE", detail))
        }
        _ => Ok(()),
    }
}

fn below_zero(event: &Event, structure: &str, month: Month, quantity: usize, values: &Values) -> Refused {
    let name = COLUMNS.get(quantity).copied().unwrap_or_default();
    let known = values.get(quantity).unwrap_or_default();
    let detail =
        format!("{structure} {}: {known} {name} in {month} and {} of this event give no count of pieces", event.subject, event.amount);
    Refused::new("pieces", "QUANTITY_MISSED", detail)
}
