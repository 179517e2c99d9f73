//! What is said of one subject, for whoever asks of it in many structures: its code is looked up once.

use super::{Facts, Known, said::Said};

/// The facts about a subject.
#[derive(Debug, Clone, Copy)]
pub struct About<'f> {
    facts: &'f Facts,
    found: Option<(&'f str, &'f Said)>,
}

impl Facts {
    /// What is said of a subject, for many questions.
    pub fn of_subject(&self, subject: &str) -> About<'_> {
        About { facts: self, found: self.body.subjects.get(subject) }
    }

    /// The fact about a subject in one structure and exactly those months, given by their indices.
    pub fn get<'a>(&'a self, subject: &str, structure: &str, months: (i32, i32)) -> Option<Known<'a>> {
        self.of_subject(subject).get(structure, months)
    }
}

impl<'f> About<'f> {
    /// The fact in one structure and exactly those months, given by their indices.
    pub fn get(&self, structure: &str, months: (i32, i32)) -> Option<Known<'f>> {
        let (subject, said) = self.found?;
        let number = self.facts.body.structures.number(structure)?;
        let entry = said.get(number, months)?;
        self.facts.known(subject, self.facts.body.structures.at(number)?.0, &entry)
    }
}
