//! What a fact in force says, and what came of it.

use std::borrow::Cow;

use piramide_measure::{Month, Period, Provenance};

use super::{EVENTS_BATCH, Values};

/// Where a fact came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The identifier its sender chose.
    pub id: String,
    /// How certain its facts are.
    pub provenance: Provenance,
}

/// A fact in force.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The structure where the work was done.
    pub structure: &'a str,
    /// The product, measure or item.
    pub subject: &'a str,
    /// First month, inclusive.
    pub first: Month,
    /// Last month, inclusive.
    pub last: Month,
    /// The batch that brought it; of a run of batches of events, the first.
    pub batch: &'a Batch,
    /// The sequence of the batch that brought it.
    pub sequence: i64,
    pub(super) of_events: bool,
    /// What it says.
    pub values: Values,
}

impl Known<'_> {
    /// A quantity in minor units; `None` when it is missing, which is not zero.
    pub fn value(&self, quantity: usize) -> Option<i64> {
        self.values.get(quantity)
    }

    /// The identifier of the batch that brought it.
    pub fn batch_id(&self) -> Cow<'_, str> {
        if self.of_events { format!("{EVENTS_BATCH}{}", self.sequence).into() } else { self.batch.id.as_str().into() }
    }

    /// The period it speaks of. Outside accounting a year has twelve months, and still reads as the year.
    pub fn period(&self) -> Option<Period> {
        let period = Period::spanning(self.first, self.last)?;
        let whole_year = period == Period::YearToDate(self.last) && self.last.number() == 12;
        Some(if whole_year { Period::Year(self.last.year()) } else { period })
    }
}

/// A fact that took its place among those in force: what roll-ups follow.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// What is in force now.
    pub now: Known<'a>,
    /// What was in force under the same key, and how certain it was.
    pub before: Option<(Values, Provenance)>,
}
