//! What is said of one subject, for whoever asks of it in many structures: its code is looked up once, and that of each structure too.

use std::cell::OnceCell;

use super::{
    Facts, Known, Values,
    packing::{Entry, Located},
    said::{Reading, Said},
};
use crate::names::ByAddress;

/// The facts about a subject.
#[derive(Debug)]
pub struct About<'f> {
    facts: &'f Facts,
    found: Option<(&'f str, &'f Said)>,
    /// What lies at rest, read at once for who asks of it in many structures.
    reading: Option<OnceCell<Reading<'f>>>,
}

/// Where structures stand among the facts, each looked up once.
#[derive(Debug)]
pub struct Places<'f, 'c> {
    facts: &'f Facts,
    met: ByAddress<'c, Option<usize>>,
}

impl Facts {
    /// What is said of a subject, for many questions.
    pub fn of_subject(&self, subject: &str) -> About<'_> {
        About { facts: self, found: self.body.subjects.get(subject), reading: None }
    }

    /// Where structures stand, for many questions.
    pub fn places(&self) -> Places<'_, '_> {
        Places { facts: self, met: ByAddress::default() }
    }

    /// The fact about a subject in one structure and exactly those months, given by their indices.
    pub fn get<'a>(&'a self, subject: &str, structure: &str, months: (i32, i32)) -> Option<Known<'a>> {
        self.of_subject(subject).get(structure, months)
    }
}

impl<'f, 'c> Places<'f, 'c> {
    /// What is said of a subject of the same facts in one structure.
    pub fn within<'a>(&mut self, of: &'a About<'f>, structure: &'c str) -> AboutIn<'a, 'f> {
        let Self { facts, met } = self;
        AboutIn { of, number: met.of(structure, || facts.body.structures.number(structure)) }
    }
}

impl<'f> About<'f> {
    /// The same for who asks in so many structures: where these are many of all, what lies at rest is read at once.
    #[must_use]
    pub fn in_many(self, structures: usize) -> Self {
        let are_many = self.found.is_some_and(|(_, said)| said.are_many(structures));
        Self { reading: are_many.then(OnceCell::new), ..self }
    }

    /// What is said in one structure.
    pub fn within(&self, structure: &str) -> AboutIn<'_, 'f> {
        AboutIn { of: self, number: self.found.and_then(|_| self.facts.body.structures.number(structure)) }
    }

    /// The fact in one structure and exactly those months, given by their indices.
    pub fn get(&self, structure: &str, months: (i32, i32)) -> Option<Known<'f>> {
        self.within(structure).get(months)
    }
}

/// The same in one structure.
#[derive(Debug, Clone, Copy)]
pub struct AboutIn<'a, 'f> {
    of: &'a About<'f>,
    number: Option<usize>,
}

impl<'f> AboutIn<'_, 'f> {
    /// The fact about exactly those months, given by their indices.
    pub fn get(&self, months: (i32, i32)) -> Option<Known<'f>> {
        let (subject, _) = self.of.found?;
        let (structure, _) = self.of.facts.body.structures.at(self.number?)?;
        self.of.facts.known(subject, structure, &self.read(months, |located| entry(located, months))?)
    }

    /// Whether there is a fact about exactly those months.
    pub fn has(&self, months: (i32, i32)) -> bool {
        self.read(months, |_| Some(())).is_some()
    }

    /// What the fact about exactly those months says.
    pub fn values(&self, months: (i32, i32)) -> Option<Values> {
        self.read(months, values)
    }

    /// A quantity of the fact about exactly those months; `None` where there is no fact, or the quantity is missing.
    pub fn value(&self, months: (i32, i32), quantity: usize) -> Option<i64> {
        self.read(months, |located| located.value(quantity))
    }

    fn read<T>(&self, months: (i32, i32), read: impl FnOnce(Located<'_>) -> Option<T>) -> Option<T> {
        let (_, said) = self.of.found?;
        said.with(self.number?, months, self.of.reading.as_ref(), read)
    }
}

fn entry(located: Located<'_>, months: (i32, i32)) -> Option<Entry> {
    Some(Entry { months, sequence: located.sequence(), values: located.values()? })
}

fn values(located: Located<'_>) -> Option<Values> {
    located.values()
}
