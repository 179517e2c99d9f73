//! Facts: what the ledger keeps, and in which order it gives them back.

use std::{fmt, sync::Arc};

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
    /// One value for each column of the schema.
    pub values: Values,
}

/// The values of a fact, column by column: each is a number or missing, which is not zero. They stand in the fact itself, since a nation has
/// tens of millions of facts.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Values {
    /// Zero where a value is missing.
    amounts: [i64; MAX_COLUMNS],
    /// A bit for each value that is there, the lowest first.
    known: u16,
    /// How many columns there are. More than a fact may have are counted, so that they can be refused, and left out.
    columns: usize,
}

impl Values {
    /// As many columns, each of them missing.
    #[inline]
    pub fn missing(columns: usize) -> Self {
        Self { columns, ..Self::default() }
    }

    /// How many columns there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.columns
    }

    /// Whether there is no column.
    pub fn is_empty(&self) -> bool {
        self.columns == 0
    }

    /// The value in a column; `None` when it is missing.
    #[inline]
    pub fn get(&self, column: usize) -> Option<i64> {
        self.amounts.get(column).filter(|_| self.known >> column & 1 == 1).copied()
    }

    /// Puts a value in a column that there is.
    #[inline]
    pub fn set(&mut self, column: usize, value: Option<i64>) {
        if let Some(amount) = self.amounts.get_mut(column).filter(|_| column < self.columns) {
            *amount = value.unwrap_or_default();
            self.known = self.known & !(1 << column) | u16::from(value.is_some()) << column;
        }
    }

    /// The values, column by column.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Option<i64>> {
        (0..self.columns).map(|column| self.get(column))
    }

    /// The amounts by column, zero where one is missing, and a bit for each that is not, the lowest first.
    #[inline]
    pub fn amounts(&self) -> (&[i64; MAX_COLUMNS], u16) {
        (&self.amounts, self.known)
    }
}

/// As the values that are meant.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl FromIterator<Option<i64>> for Values {
    fn from_iter<I: IntoIterator<Item = Option<i64>>>(values: I) -> Self {
        let mut all = Self::default();
        for value in values {
            all.columns += 1;
            all.set(all.columns - 1, value);
        }
        all
    }
}

impl<const N: usize> From<[Option<i64>; N]> for Values {
    fn from(values: [Option<i64>; N]) -> Self {
        values.into_iter().collect()
    }
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

#[cfg(test)]
mod tests {
    use super::{MAX_COLUMNS, Values};

    #[test]
    fn values_are_what_they_were_made_of() {
        let given = [Some(7), None, Some(0), Some(i64::MIN)];
        let mut values = Values::from(given);
        assert_eq!((values.len(), values.iter().collect::<Vec<_>>()), (4, given.to_vec()));
        assert_eq!((values.get(1), values.get(2), values.get(4)), (None, Some(0), None), "missing is not zero");
        values.set(0, None);
        values.set(1, Some(-1));
        values.set(4, Some(5));
        assert_eq!(values, [None, Some(-1), Some(0), Some(i64::MIN)].into(), "there is no fifth column");
        assert_ne!(values, [None, Some(-1), Some(0), Some(i64::MIN), None].into());
        assert_eq!((values.amounts().0.get(..4), values.amounts().1), (Some([0, -1, 0, i64::MIN].as_slice()), 0b1110));
    }

    #[test]
    fn more_values_than_a_fact_may_have_are_counted() {
        let values: Values = [Some(1); MAX_COLUMNS + 2].into();
        assert_eq!((values.len(), values.get(MAX_COLUMNS - 1), values.get(MAX_COLUMNS)), (MAX_COLUMNS + 2, Some(1), None));
        assert_eq!(values.iter().flatten().count(), MAX_COLUMNS);
    }
}
