//! Whether a table adds up, and if not, why not (*quadratura*).
//!
//! A table is cells and rules; a rule says that one cell is the sum of others. What adds up, what misses by no more than the rounding
//! of its parts, and what does not add up are told apart; for the last the likeliest cause is looked for: the one cell that, read
//! otherwise, makes most of the broken sums hold.

mod cause;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

pub use self::cause::{Cause, Slip};
use crate::exact::Exact;

/// Which cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CellId {
    /// Its row.
    pub row: String,
    /// Its column; empty in a table of one column.
    pub column: String,
}

impl CellId {
    /// A cell.
    pub fn new(row: impl Into<String>, column: impl Into<String>) -> Self {
        Self { row: row.into(), column: column.into() }
    }
}

impl fmt::Display for CellId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.column.is_empty() { formatter.write_str(&self.row) } else { write!(formatter, "{} ({})", self.row, self.column) }
    }
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The number.
    pub value: Exact,
    /// Digits after the point, as it is written.
    pub digits: u32,
}

/// One cell is the sum of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The sum.
    pub whole: CellId,
    /// What is added, or with `-1` taken away.
    pub parts: Vec<(CellId, i8)>,
}

/// Whether the numbers of a table may have been rounded before they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// No: a sum holds exactly or not at all.
    None,
    /// Yes: a sum may miss by a unit of its last digit for each part.
    UnitPerPart,
}

/// A table with its rules.
#[derive(Debug, Clone)]
pub struct Table {
    cells: BTreeMap<CellId, Cell>,
    rules: Vec<Rule>,
    rounding: Rounding,
}

/// A sum that was checked and missed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The rule.
    pub rule: Rule,
    /// What the table says.
    pub written: Exact,
    /// What the parts sum to.
    pub summed: Exact,
    /// Written less summed.
    pub difference: Exact,
    /// The most that rounding explains.
    pub tolerance: Exact,
    /// The position of its likeliest cause in the report; `None` where rounding explains it.
    pub cause: Option<usize>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Sums that hold exactly.
    pub holding: usize,
    /// Sums of which a cell is missing: nobody can tell.
    pub incomplete: usize,
    /// Sums that miss within rounding: shown, not errors.
    pub rounded: Vec<Miss>,
    /// Sums that do not hold.
    pub broken: Vec<Miss>,
    /// The likeliest causes, that which explains most sums first.
    pub causes: Vec<Cause>,
}

impl Report {
    /// How many sums were looked at.
    pub fn checked(&self) -> usize {
        self.holding + self.rounded.len() + self.broken.len()
    }
}

impl Table {
    /// An empty table.
    pub fn new(rounding: Rounding) -> Self {
        Self { cells: BTreeMap::new(), rules: Vec::new(), rounding }
    }

    /// Writes a number into a cell; gives back what stood there.
    pub fn write(&mut self, id: CellId, value: Exact, digits: u32) -> Option<Cell> {
        self.cells.insert(id, Cell { value, digits })
    }

    /// Adds a rule. One without parts says nothing and is left out.
    pub fn rule(&mut self, whole: CellId, parts: Vec<(CellId, i8)>) {
        if !parts.is_empty() {
            self.rules.push(Rule { whole, parts });
        }
    }

    /// Looks at every rule.
    pub fn reconcile(&self) -> Report {
        let mut report = Report::default();
        let mut broken = BTreeSet::new();
        let mut misses = Vec::new();
        for (position, rule) in self.rules.iter().enumerate() {
            let Some((written, summed)) = self.both_sides(rule) else {
                report.incomplete += 1;
                continue;
            };
            let difference = &written - &summed;
            let tolerance = self.tolerance(rule);
            if difference.is_zero() {
                report.holding += 1;
                continue;
            }
            let miss = Miss { rule: rule.clone(), written, summed, difference, tolerance, cause: None };
            if miss.difference.abs() <= miss.tolerance {
                report.rounded.push(miss);
            } else {
                broken.insert(position);
                misses.push((position, miss));
            }
        }
        let (causes, explained) = cause::likeliest(self, broken);
        report.causes = causes;
        report.broken = misses.into_iter().map(|(position, miss)| Miss { cause: explained.get(&position).copied(), ..miss }).collect();
        report
    }

    /// What a rule's whole says and what its parts sum to; `None` when a cell is missing.
    fn both_sides(&self, rule: &Rule) -> Option<(Exact, Exact)> {
        let written = self.cells.get(&rule.whole)?.value.clone();
        let parts: Option<Vec<Exact>> = rule.parts.iter().map(|(id, sign)| Some(signed(&self.cells.get(id)?.value, *sign))).collect();
        Some((written, parts?.iter().sum()))
    }

    fn holds(&self, rule: &Rule) -> bool {
        self.both_sides(rule).is_none_or(|(written, summed)| (&written - &summed).abs() <= self.tolerance(rule))
    }

    /// The most that rounding explains: a unit of the coarsest last digit for each part.
    fn tolerance(&self, rule: &Rule) -> Exact {
        let ids = rule.parts.iter().map(|(id, _)| id).chain([&rule.whole]);
        let digits = ids.filter_map(|id| self.cells.get(id)).map(|cell| cell.digits).min().unwrap_or_default();
        match self.rounding {
            Rounding::None => Exact::zero(),
            Rounding::UnitPerPart => {
                let parts = Exact::from(i64::try_from(rule.parts.len()).unwrap_or(i64::MAX));
                Exact::quotient(&parts, &Exact::power_of_ten(digits)).unwrap_or_else(Exact::zero)
            }
        }
    }
}

fn signed(value: &Exact, sign: i8) -> Exact {
    if sign < 0 { -value.clone() } else { value.clone() }
}

#[cfg(test)]
mod tests;
