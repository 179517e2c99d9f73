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

/// What was found for texts, by where these stand: they stay there, so one that is met again need not be looked up.
#[derive(Debug)]
pub(crate) struct ByAddress<'t, T> {
    last: Option<(&'t str, T)>,
    found: HashMap<(usize, usize), T>,
}

impl<T> Default for ByAddress<'_, T> {
    fn default() -> Self {
        Self { last: None, found: HashMap::new() }
    }
}

impl<'t, T: Copy> ByAddress<'t, T> {
    /// What was found for a text, or is now.
    pub(crate) fn of(&mut self, text: &'t str, find: impl FnOnce() -> T) -> T {
        if let Some((_, found)) = self.last.filter(|(known, _)| std::ptr::eq(*known, text)) {
            return found;
        }
        // Whoever asks of one text alone needs no table.
        let is_first = self.last.is_none();
        let found = if is_first { find() } else { *self.found.entry((text.as_ptr().addr(), text.len())).or_insert_with(find) };
        self.last = Some((text, found));
        found
    }
}

/// The numbers of codes that come again and again: the same text in the same place is looked up once.
#[derive(Debug, Default)]
pub struct Met<'a>(ByAddress<'a, Option<usize>>);

impl<'a> Met<'a> {
    /// As [`Names::number`], always of the same names.
    pub fn number(&mut self, names: &Names, code: &'a str) -> Option<usize> {
        self.0.of(code, || names.number(code))
    }
}
