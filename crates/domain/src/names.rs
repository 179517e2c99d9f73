//! Codes and their numbers: sums kept beside the facts know places by number alone.

use foldhash::{HashMap, HashMapExt};

/// Codes, each with a number from 0 in the order in which it was first named.
#[derive(Debug, Clone, Default)]
pub struct Names {
    codes: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Names {
    /// The codes in their order; one that is named again keeps its number.
    pub fn of<'a>(codes: impl Iterator<Item = &'a str>) -> Self {
        let mut names = Self { codes: Vec::new(), numbers: HashMap::new() };
        for code in codes {
            names.open(code);
        }
        names
    }

    /// The number of a code, which is the next one where it was never named.
    pub fn open(&mut self, code: &str) -> usize {
        if let Some(number) = self.number(code) {
            return number;
        }
        self.numbers.insert(code.to_owned(), self.codes.len());
        self.codes.push(code.to_owned());
        self.codes.len() - 1
    }

    /// The number of a code; `None` when it was never named.
    pub fn number(&self, code: &str) -> Option<usize> {
        self.numbers.get(code).copied()
    }

    /// The code of a number.
    pub fn code(&self, number: usize) -> Option<&str> {
        self.codes.get(number).map(String::as_str)
    }

    /// Every code, by number.
    pub fn codes(&self) -> impl ExactSizeIterator<Item = &str> {
        self.codes.iter().map(String::as_str)
    }
}

/// The number of a code that mostly is the one before: the same text in the same place is not looked up again.
#[derive(Debug, Default)]
pub struct LastNumber<'a>(Option<(&'a str, Option<usize>)>);

impl<'a> LastNumber<'a> {
    /// As [`Names::number`], always of the same names.
    pub fn of(&mut self, names: &Names, code: &'a str) -> Option<usize> {
        match self.0.filter(|(known, _)| std::ptr::eq(*known, code)) {
            Some((_, number)) => number,
            None => self.0.insert((code, names.number(code))).1,
        }
    }
}
