//! Facts: what the ledger keeps, and in which order it gives them back.

use std::sync::Arc;

use crate::SchemaError;

/// Most value columns a fact may have.
pub const MAX_COLUMNS: usize = 16;

/// What the facts of one domain look like. The ledger stores integers and does not know what they count: the scale
/// (pieces, ten-thousandths of a point, euro cents) is the domain's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// Name of the domain, `[a-z][a-z0-9_]*`: part of every hash, and of the table names on PostgreSQL.
    pub domain: &'static str,
    /// Names of the values of a fact, in order, 1 to 16 of them, each `[a-z][a-z0-9_]*`. A later version of a domain may add names at the end: a
    /// store gains the columns when it is opened, and what was recorded before keeps its hashes.
    pub columns: &'static [&'static str],
}

impl Schema {
    /// The schema as it was when it had only its first columns.
    pub(crate) fn first(&self, columns: usize) -> Self {
        Self { domain: self.domain, columns: self.columns.get(..columns).unwrap_or(self.columns) }
    }

    /// Checks names and number of the columns.
    pub(crate) fn check(&self) -> Result<(), SchemaError> {
        let well_formed = |name: &str| {
            (1..=40).contains(&name.len())
                && name.starts_with(|c: char| c.is_ascii_lowercase())
                && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if let Some(name) = std::iter::once(&self.domain).chain(self.columns).find(|name| !well_formed(name)) {
            return Err(SchemaError::Name { name });
        }
        if !(1..=MAX_COLUMNS).contains(&self.columns.len()) {
            return Err(SchemaError::Columns { count: self.columns.len() });
        }
        let mut names = self.columns.to_vec();
        names.sort_unstable();
        match names.windows(2).find_map(|pair| pair.first().filter(|first| pair.last() == Some(first))) {
            Some(name) => Err(SchemaError::Repeated { name }),
            None => Ok(()),
        }
    }
}

/// One statement about one structure, one subject (a product, an account, a profile) and one range of months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Place in the batch, such as the row of the file. Unique in the batch; facts are stored in this order.
    pub line: u32,
    /// Code of the structure. Shared, since the facts of a batch name few codes many times.
    pub structure: Arc<str>,
    /// Code of what the fact is about.
    pub subject: Arc<str>,
    /// First month, inclusive. Months are opaque growing numbers (13 in an accounting year).
    pub first_month: i32,
    /// Last month, inclusive.
    pub last_month: i32,
    /// One value for each column of the schema. `None` is missing, which is not zero.
    pub values: Vec<Option<i64>>,
}

impl Fact {
    /// What the fact is about, without what it says.
    pub fn key(&self) -> Key {
        Key {
            structure: self.structure.to_string(),
            subject: self.subject.to_string(),
            first_month: self.first_month,
            last_month: self.last_month,
        }
    }
}

/// What a fact is about. Of two facts with the same key the later recorded one is in force.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Code of the structure.
    pub structure: String,
    /// Code of what the fact is about.
    pub subject: String,
    /// First month, inclusive.
    pub first_month: i32,
    /// Last month, inclusive.
    pub last_month: i32,
}

/// A fact, and the batch that brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedFact {
    /// Sequence of its batch.
    pub sequence: i64,
    /// The fact as it was submitted.
    pub fact: Fact,
}

/// A place between two facts of the ledger, in the order (sequence, line).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// Sequence of the last fact already seen.
    pub sequence: i64,
    /// Its line.
    pub line: u32,
}

impl Cursor {
    /// Before every fact.
    pub const START: Self = Self { sequence: 0, line: 0 };

    /// After the last fact of that batch, before the next one's.
    pub fn after_sequence(sequence: i64) -> Self {
        Self { sequence, line: u32::MAX }
    }

    /// Just after that fact.
    pub fn after(fact: &RecordedFact) -> Self {
        Self { sequence: fact.sequence, line: fact.fact.line }
    }
}
