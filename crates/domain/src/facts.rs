//! The facts in force, in memory: a cache of the ledger, rebuilt at start and never trusted over it.
//!
//! Kept by subject, structure and range of months, because that is how indicators ask. A later fact with the same key takes the
//! place of the earlier one; what the earlier said stays in the ledger, and comes back by replaying up to a sequence. A domain that asks across
//! subjects has them a second time beside: [`Sheets`].

mod about;
mod asleep;
mod changes;
mod coded;
mod gathering;
mod known;
mod packing;
mod past;
mod progress;
mod rest;
mod runs;
mod said;
mod series;
mod sheets;
mod snapshot;
mod taking;
mod values;

use std::{collections::BTreeSet, ops::Range, sync::Arc};

use piramide_measure::Month;

pub(crate) use self::snapshot::{Fresh, LaidOut, Snapshot, Unusable, off_the_threads};
pub use self::{
    about::{About, AboutIn, Places},
    changes::{Changes, Taken},
    gathering::Gathering,
    known::{Batch, Change, Known},
    values::{Amounts, MOST_QUANTITIES, Values},
};
use self::{
    asleep::Asleep,
    coded::Coded,
    packing::{Entries, Entry, Readings},
    progress::Progress,
    rest::{Block, Bytes},
    runs::{Run, Runs},
    said::Said,
    sheets::Beside,
};
pub use self::{
    sheets::{OPEN_YEARS, Run as SheetRun, Sheet, Sheets},
    snapshot::Snapshots,
};

/// The last batch taken in: up to where in the chain the facts go. What follows it up to the sequence are closings, which bring no facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LastBatch {
    sequence: i64,
    recorded_at: i64,
    chain_hash: [u8; 32],
}

/// Structures that are read one by one are at most one in so many.
const MANY: usize = 8;

/// How the batches of events are called: no sender may use it. The sequence follows.
pub const EVENTS_BATCH: &str = "events-";

/// The facts in force at a sequence.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    sequence: i64,
    last_batch: Option<LastBatch>,
    body: Asleep,
    sheets: Beside,
    /// The bytes that facts take in memory, about.
    weight: usize,
    /// What facts have in common that number structures and subjects alike.
    kin: Arc<()>,
}

/// What facts say.
#[derive(Debug, Clone, Default)]
struct Body {
    batches: Runs,
    /// The structures, and the single months of which each has facts.
    structures: Coded<BTreeSet<i32>>,
    /// The subjects, and for each structure, by its number, what is said of both; the last structures may be left out.
    subjects: Coded<Said>,
}

/// Equal when they say the same, whatever came first.
impl PartialEq for Facts {
    fn eq(&self, other: &Self) -> bool {
        (self.sequence, self.last_batch, &self.body.batches) == (other.sequence, other.last_batch, &other.body.batches)
            && self.body.structures == other.body.structures
            && self.said().eq(other.said())
    }
}

impl Eq for Facts {}

impl Facts {
    /// The last sequence taken in.
    pub fn sequence(&self) -> i64 {
        self.sequence
    }

    /// The sequence of the last batch taken in; 0 before the first. What follows it are closings, which bring no facts.
    pub(crate) fn last_batch(&self) -> i64 {
        self.last_batch.map_or(0, |last| last.sequence)
    }

    /// When the last batch taken in was recorded, in microseconds since 1970 UTC; `None` before the first.
    pub fn recorded_at(&self) -> Option<i64> {
        self.last_batch.map(|last| last.recorded_at)
    }

    /// Every fact, by subject, structure and months.
    pub fn iter(&self) -> impl Iterator<Item = Known<'_>> {
        self.body.subjects.iter().flat_map(|(subject, said)| self.known_of(subject, said))
    }

    /// Whether anything is said of a subject.
    pub fn speaks_of(&self, subject: &str) -> bool {
        self.body.subjects.get(subject).is_some_and(|(_, said)| !said.is_empty())
    }

    /// The facts about a subject, by structure and months.
    pub fn about<'a>(&'a self, subject: &str) -> impl Iterator<Item = Known<'a>> {
        self.body.subjects.get(subject).into_iter().flat_map(|(subject, said)| self.known_of(subject, said))
    }

    /// The same in some structures only, between two months, inclusive: the others are passed over.
    pub fn about_under<'a>(
        &'a self,
        subject: &str,
        (first, last): (Month, Month),
        wanted: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = Known<'a>> {
        let found = self.body.subjects.get(subject).filter(|(_, said)| !said.ends_before(first.index()));
        let found = found.into_iter().flat_map(move |(subject, said)| {
            let spoken_of = self.body.structures.order().iter().copied().filter(|number| said.has(*number));
            let structures = spoken_of.filter_map(|number| Some((number, self.body.structures.at(number)?.0)));
            let wanted: Vec<(usize, &str)> = structures.filter(|(_, code)| wanted(code)).collect();
            // A few are read one by one, many with all others at once.
            let reading = (wanted.len() * MANY > said.len()).then(|| said.read());
            let packed = move |number| reading.as_ref().map_or_else(|| said.packed(number), |reading| reading.packed(number));
            wanted.into_iter().map(move |(number, structure)| (subject, structure, packed(number)))
        });
        let up_to = move |entry: &Entry| entry.months.0 <= last.index();
        let inside = move |entry: &Entry| first.index() <= entry.months.0 && entry.months.1 <= last.index();
        found.flat_map(move |(subject, structure, series)| {
            let entries = Entries::since(series, first.index()).take_while(up_to).filter(inside);
            self.known_of_entries(subject, structure, entries)
        })
    }

    /// What is said about a subject, structure by structure, as `read` makes it of months, given by their indices, and quantities: for whoever
    /// reads everything and does not ask where it comes from.
    pub fn said_of<'a, T, F>(&'a self, subject: &str, read: F) -> impl Iterator<Item = (&'a str, impl Iterator<Item = T>)>
    where
        F: Fn((i32, i32), &Values) -> T + Clone,
    {
        let said = self.body.subjects.get(subject).into_iter().flat_map(|(_, said)| self.by_structure(said));
        said.map(move |(structure, series)| (structure, Readings::of(series, read.clone())))
    }

    /// The subjects of facts that begin with a text, in their order.
    pub fn subjects_beginning<'a>(&'a self, beginning: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let wanted = beginning.to_owned();
        self.body.subjects.from(beginning).map(|(subject, _)| subject).take_while(move |subject| subject.starts_with(&wanted))
    }

    /// The facts about a subject in one structure, by months.
    pub fn about_in<'a>(&'a self, subject: &str, structure: &str) -> impl Iterator<Item = Known<'a>> {
        let found = self.place(subject, structure).into_iter();
        found.flat_map(move |(subject, structure, said, number)| self.known_in(subject, structure, said.packed(number)))
    }

    /// The same where they do not end before a month.
    pub fn about_in_since<'a>(&'a self, subject: &str, structure: &str, since: Month) -> impl Iterator<Item = Known<'a>> {
        let found = self.place(subject, structure).into_iter();
        found.flat_map(move |(subject, structure, said, number)| {
            self.known_of_entries(subject, structure, Entries::since(said.packed(number), since.index()))
        })
    }

    /// The same where they speak of several months.
    pub fn spanning_in<'a>(&'a self, subject: &str, structure: &str) -> impl Iterator<Item = Known<'a>> {
        let found = self.place(subject, structure).filter(|(_, _, said, number)| said.spans(*number)).into_iter();
        let known = found.flat_map(move |(subject, structure, said, number)| self.known_in(subject, structure, said.packed(number)));
        known.filter(|known| known.first != known.last)
    }

    /// The facts in one structure, whatever the subject, of which something is known before a month: for each subject the last single
    /// month.
    pub fn last_before<'a>(&'a self, structure: &str, month: Month) -> impl Iterator<Item = Known<'a>> {
        let number = self.body.structures.number(structure);
        self.body.subjects.iter().filter_map(move |(subject, said)| {
            let last = said.last_before(number?, month.index())?;
            self.known(subject, self.body.structures.at(number?)?.0, &last)
        })
    }

    /// The fact about a subject in one structure of the last single month before one.
    pub fn last_of<'a>(&'a self, subject: &str, structure: &str, month: Month) -> Option<Known<'a>> {
        let (subject, structure, said, number) = self.place(subject, structure)?;
        self.known(subject, structure, &said.last_before(number, month.index())?)
    }

    /// Whether a structure has a fact of exactly that month, of whatever subject, that says something: subjects are looked at until one does.
    pub fn says_in(&self, structure: &str, month: Month, says: impl Fn(&str, &Values) -> bool) -> bool {
        let index = month.index();
        let Some((_, months)) = self.body.structures.get(structure) else { return false };
        let number = self.body.structures.number(structure).filter(|_| months.contains(&index));
        number.is_some_and(|number| {
            let mut subjects = self.body.subjects.iter();
            subjects.any(|(subject, said)| {
                said.with(number, (index, index), None, |located| located.values().filter(|values| says(subject, values))).is_some()
            })
        })
    }

    /// The last single month of which a structure has facts.
    pub fn last_month(&self, structure: &str) -> Option<Month> {
        Month::from_index(*self.body.structures.get(structure)?.1.last()?)
    }

    /// What is said of a subject, and the number of a structure.
    fn place<'a>(&'a self, subject: &str, structure: &str) -> Option<(&'a str, &'a str, &'a Said, usize)> {
        let (subject, said) = self.body.subjects.get(subject)?;
        let number = self.body.structures.number(structure)?;
        Some((subject, self.body.structures.at(number)?.0, said, number))
    }

    /// Everything that is said, by subject and structure.
    fn said(&self) -> impl Iterator<Item = (&str, &str, Bytes<'_>)> {
        self.body
            .subjects
            .iter()
            .flat_map(|(subject, said)| self.by_structure(said).map(move |(structure, series)| (subject, structure, series)))
    }

    /// What is said of a subject, by structure.
    fn by_structure<'a>(&'a self, said: &'a Said) -> impl Iterator<Item = (&'a str, Bytes<'a>)> {
        let (order, reading) = (self.body.structures.order().iter(), said.read());
        let found = order.filter_map(move |number| Some((self.body.structures.at(*number)?.0, reading.packed(*number))));
        found.filter(|(_, series)| !series.as_ref().is_empty())
    }

    fn known_of<'a>(&'a self, subject: &'a str, said: &'a Said) -> impl Iterator<Item = Known<'a>> {
        self.by_structure(said).flat_map(move |(structure, series)| self.known_in(subject, structure, series))
    }

    fn known_in<'a>(&'a self, subject: &'a str, structure: &'a str, series: Bytes<'a>) -> impl Iterator<Item = Known<'a>> {
        self.known_of_entries(subject, structure, Entries::of(series))
    }

    fn known_of_entries<'a>(
        &'a self,
        subject: &'a str,
        structure: &'a str,
        entries: impl Iterator<Item = Entry> + 'a,
    ) -> impl Iterator<Item = Known<'a>> {
        // A batch mostly brings several months.
        let mut last: Option<(i64, &'a Run)> = None;
        entries.filter_map(move |entry| {
            let (_, run) = match last.filter(|(sequence, _)| *sequence == entry.sequence) {
                Some(same) => same,
                None => *last.insert((entry.sequence, self.run(entry.sequence)?)),
            };
            Self::known_of_run(run, subject, structure, &entry)
        })
    }

    fn run(&self, sequence: i64) -> Option<&Run> {
        self.body.batches.of(sequence)
    }

    fn known<'a>(&'a self, subject: &'a str, structure: &'a str, entry: &Entry) -> Option<Known<'a>> {
        Self::known_of_run(self.run(entry.sequence)?, subject, structure, entry)
    }

    fn known_of_run<'a>(Run { batch, of_events }: &'a Run, subject: &'a str, structure: &'a str, entry: &Entry) -> Option<Known<'a>> {
        let (first, last) = (Month::from_index(entry.months.0)?, Month::from_index(entry.months.1)?);
        Some(Known { structure, subject, first, last, batch, sequence: entry.sequence, of_events: *of_events, values: entry.values })
    }

    /// The bytes that facts take in a file.
    fn at_rest(&self) -> usize {
        self.body.subjects.in_order_of_number().map(|(_, said)| said.at_rest()).sum()
    }

    /// The bytes that facts take in memory, about: those that came in since they were last laid down.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// Lets the facts of some subjects, by their numbers, lie where a snapshot of these facts has them, but for what has come in since.
    pub(crate) fn lay_down(&mut self, laid: &LaidOut, subjects: Range<usize>) {
        // Other facts may number things otherwise.
        if !Arc::ptr_eq(&self.kin, &laid.kin) {
            return;
        }
        for number in subjects {
            let Some((said, laid_out)) = self.body.subjects.at_mut(number).zip(laid.subjects.get(number)) else { continue };
            let block = Block { rest: laid.rest.clone(), start: laid_out.start, length: laid_out.length };
            let weight = said.lay_down(block, &laid_out.places, laid.sequence);
            self.weight = self.weight.saturating_add_signed(weight);
        }
    }
}
