//! The facts in force, in memory: a cache of the ledger, rebuilt at start and never trusted over it.
//!
//! Kept by subject, structure and range of months, because that is how indicators ask. A later fact with the same key takes the
//! place of the earlier one; what the earlier said stays in the ledger, and comes back by replaying up to a sequence.

use std::collections::BTreeMap;

use piramide_ledger::{Cursor, Fact, Ledger, LedgerError, Pages, Receipt};
use piramide_measure::{Month, Period, Provenance};

/// Where a fact came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The identifier its sender chose.
    pub id: String,
    /// How certain its facts are.
    pub provenance: Provenance,
}

/// A range of months as the ledger keeps it: indices of the first and the last, inclusive.
type Months = (i32, i32);

/// What is known of one subject in one structure and range of months.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    sequence: i64,
    values: Vec<Option<i64>>,
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
    /// The batch that brought it.
    pub batch: &'a Batch,
    values: &'a [Option<i64>],
}

impl Known<'_> {
    /// A quantity in minor units; `None` when it is missing, which is not zero.
    pub fn value(&self, quantity: usize) -> Option<i64> {
        self.values.get(quantity).copied().flatten()
    }

    /// The period it speaks of. Outside accounting a year has twelve months, and still reads as the year.
    pub fn period(&self) -> Option<Period> {
        let period = Period::spanning(self.first, self.last)?;
        let whole_year = period == Period::YearToDate(self.last) && self.last.number() == 12;
        Some(if whole_year { Period::Year(self.last.year()) } else { period })
    }
}

/// The facts in force at a sequence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    sequence: i64,
    recorded_at: Option<i64>,
    batches: BTreeMap<i64, Batch>,
    entries: BTreeMap<String, BTreeMap<String, BTreeMap<Months, Entry>>>,
}

impl Facts {
    /// The last sequence taken in.
    pub fn sequence(&self) -> i64 {
        self.sequence
    }

    /// When the last batch taken in was recorded, in microseconds since 1970 UTC; `None` before the first.
    pub fn recorded_at(&self) -> Option<i64> {
        self.recorded_at
    }

    /// The facts about a subject, by structure and months.
    pub fn about<'a>(&'a self, subject: &str) -> impl Iterator<Item = Known<'a>> {
        self.entries.get_key_value(subject).into_iter().flat_map(move |(subject, structures)| {
            structures.iter().flat_map(move |(structure, months)| {
                months.iter().filter_map(move |(months, entry)| self.known(subject, structure, *months, entry))
            })
        })
    }

    /// The facts about a subject in one structure, by months.
    pub fn about_in<'a>(&'a self, subject: &str, structure: &str) -> impl Iterator<Item = Known<'a>> {
        self.entries.get_key_value(subject).into_iter().flat_map(move |(subject, structures)| {
            structures.get_key_value(structure).into_iter().flat_map(move |(structure, months)| {
                months.iter().filter_map(move |(months, entry)| self.known(subject, structure, *months, entry))
            })
        })
    }

    fn known<'a>(&'a self, subject: &'a str, structure: &'a str, months: Months, entry: &'a Entry) -> Option<Known<'a>> {
        let batch = self.batches.get(&entry.sequence)?;
        let (first, last) = (Month::from_index(months.0)?, Month::from_index(months.1)?);
        Some(Known { structure, subject, first, last, batch, values: &entry.values })
    }

    /// Takes in a batch: each of its facts takes the place of the one in force under the same key.
    pub fn take(&mut self, sequence: i64, batch: Batch, facts: impl IntoIterator<Item = Fact>) {
        self.batches.insert(sequence, batch);
        self.sequence = self.sequence.max(sequence);
        facts.into_iter().for_each(|fact| self.apply(sequence, fact));
    }

    fn begin(&mut self, receipt: &Receipt) {
        let provenance = match receipt.provenance {
            piramide_ledger::Provenance::Submitted => Provenance::Submitted,
            piramide_ledger::Provenance::Published => Provenance::Published,
            piramide_ledger::Provenance::Reconstructed => Provenance::Reconstructed,
            piramide_ledger::Provenance::Synthetic => Provenance::Synthetic,
        };
        self.batches.insert(receipt.sequence, Batch { id: receipt.batch_id.clone(), provenance });
        self.recorded_at = Some(receipt.recorded_at);
    }

    fn apply(&mut self, sequence: i64, fact: Fact) {
        let entry = Entry { sequence, values: fact.values };
        let structures = self.entries.entry(fact.subject).or_default();
        structures.entry(fact.structure).or_default().insert((fact.first_month, fact.last_month), entry);
    }

    /// Takes in what the ledger recorded after the last sequence taken in, up to and including `through`.
    ///
    /// # Errors
    ///
    /// As the ledger; what was taken in so far stays, and the next call goes on from the last whole batch.
    pub async fn catch_up(&mut self, ledger: &dyn Ledger, through: i64) -> Result<(), LedgerError> {
        const RECEIPTS: u32 = 1_000;
        if through <= self.sequence {
            return Ok(());
        }
        let mut after = self.sequence;
        loop {
            let receipts = ledger.receipts(after, RECEIPTS).await?;
            let Some(last) = receipts.last().map(|receipt| receipt.sequence) else { break };
            receipts.iter().filter(|receipt| receipt.sequence <= through).for_each(|receipt| self.begin(receipt));
            if last >= through {
                break;
            }
            after = last;
        }
        let mut pages = Pages::new(ledger, Cursor::after_sequence(self.sequence), through);
        while let Some(page) = pages.next().await? {
            page.into_iter().for_each(|recorded| self.apply(recorded.sequence, recorded.fact));
        }
        // Closings take a sequence too, so the last batch may lie before it.
        self.sequence = through;
        Ok(())
    }

    /// The facts in force at a sequence, replayed from the beginning.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub async fn replay(ledger: &dyn Ledger, through: i64) -> Result<Self, LedgerError> {
        let mut facts = Self::default();
        facts.catch_up(ledger, through).await?;
        Ok(facts)
    }
}
