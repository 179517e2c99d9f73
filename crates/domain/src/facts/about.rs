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

/// The same in one structure, whose code is looked up once too.
#[derive(Debug, Clone, Copy)]
pub struct AboutIn<'f> {
    of: About<'f>,
    structure: Option<(&'f str, usize)>,
}

impl<'f> About<'f> {
    /// What is said in one structure.
    pub fn within(self, structure: &str) -> AboutIn<'f> {
        let structures = &self.facts.body.structures;
        let number = self.found.and_then(|_| structures.number(structure));
        AboutIn { of: self, structure: number.and_then(|number| Some((structures.at(number)?.0, number))) }
    }

    /// The fact in one structure and exactly those months, given by their indices.
    pub fn get(self, structure: &str, months: (i32, i32)) -> Option<Known<'f>> {
        self.within(structure).get(months)
    }
}

impl<'f> AboutIn<'f> {
    /// The fact about exactly those months, given by their indices.
    pub fn get(&self, months: (i32, i32)) -> Option<Known<'f>> {
        let ((subject, said), (structure, number)) = self.of.found.zip(self.structure)?;
        self.of.facts.known(subject, structure, &said.get(number, months)?)
    }
}
