//! The derivation that every result carries (*spiegazione*).

use std::fmt;

use crate::{exact::Exact, provenance::Provenance, unit::Unit};

/// Where a number that is not computed comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A fact of a ledger.
    Fact {
        /// The batch that brought it.
        batch_id: String,
        /// How certain it is.
        provenance: Provenance,
        /// The structure it was recorded for.
        structure: String,
        /// What it speaks of: a product, an indicator, an item, a measure.
        subject: String,
        /// The period it was recorded for.
        period: String,
        /// Which of its quantities.
        quantity: String,
    },
    /// A sum of facts, kept as they come and not taken apart here.
    Total {
        /// The least certain provenance of its facts.
        provenance: Provenance,
        /// The structure it is the total of.
        structure: String,
        /// The product, group of products, measure or item.
        subject: String,
    },
    /// A value of the plan.
    Plan {
        /// The plan's version.
        version: String,
        /// Where in the plan, as file and key.
        place: String,
    },
    /// A result of another service, which explains itself.
    Indicator {
        /// Its code.
        code: String,
    },
}

/// One number and how it was reached: a formula over inputs that explain themselves, down to facts and plan values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// What the number is, in Italian, as a reader sees it.
    pub label: String,
    /// The number; `None` when it is missing, the notes then say why.
    pub value: Option<Exact>,
    /// Its unit.
    pub unit: Unit,
    /// The formula over the inputs, in words; empty for a number that is not computed.
    pub formula: String,
    /// Where it comes from, when it is not computed.
    pub source: Option<Source>,
    /// What was capped, re-weighted, decided or left out.
    pub notes: Vec<String>,
    /// The numbers that entered the formula.
    pub inputs: Vec<Explanation>,
}

impl Explanation {
    /// A computed number.
    pub fn computed(label: impl Into<String>, value: Option<Exact>, unit: Unit, formula: impl Into<String>, inputs: Vec<Self>) -> Self {
        Self { label: label.into(), value, unit, formula: formula.into(), source: None, notes: Vec::new(), inputs }
    }

    /// A number that comes from somewhere.
    pub fn given(label: impl Into<String>, value: Exact, unit: Unit, source: Source) -> Self {
        Self {
            label: label.into(),
            value: Some(value),
            unit,
            formula: String::new(),
            source: Some(source),
            notes: Vec::new(),
            inputs: Vec::new(),
        }
    }

    /// A number that is not there, and why.
    pub fn missing(label: impl Into<String>, unit: Unit, why: impl Into<String>) -> Self {
        Self { label: label.into(), value: None, unit, formula: String::new(), source: None, notes: vec![why.into()], inputs: Vec::new() }
    }

    /// The same with one more note.
    #[must_use]
    pub fn noted(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The least certain provenance of the facts under it; `None` when no fact entered.
    pub fn provenance(&self) -> Option<Provenance> {
        let own = match &self.source {
            Some(Source::Fact { provenance, .. } | Source::Total { provenance, .. }) => Some(*provenance),
            Some(Source::Plan { .. } | Source::Indicator { .. }) | None => None,
        };
        self.inputs.iter().map(Self::provenance).fold(own, Option::max)
    }
}

/// A number as it is written, with what is counted in the singular or in the plural: `1 caso`, `1.234 casi`, `0,5 ore`.
pub fn counted(number: impl fmt::Display, one: &str, several: &str) -> String {
    let number = number.to_string();
    let noun = if number == "1" { one } else { several };
    format!("{number} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_alone_is_singular() {
        let cases = |number: &str| counted(number, "caso", "casi");
        assert_eq!(["1", "0", "2", "1.234", "1,5", "11"].map(cases), ["1 caso", "0 casi", "2 casi", "1.234 casi", "1,5 casi", "11 casi"]);
        assert_eq!(counted(1, "mese", "mesi"), "1 mese");
    }
}
