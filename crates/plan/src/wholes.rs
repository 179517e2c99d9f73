//! Which measures are part of others, and cannot be more (*parti e interi*).

use std::collections::BTreeMap;

use piramide_measure::Unit;

use crate::{
    error::Problem,
    measures::Measures,
    reading::{Findings, Table},
};

pub(crate) const COLUMNS: &[&str] = &["measure", "whole", "note"];

/// A measure that cannot be more than its whole in the same structure and months.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartOf {
    /// The part.
    pub measure: String,
    /// The measure that it is part of; `None` for a share of everything, which is at most 100 per cent.
    pub whole: Option<String>,
    /// Its line in `wholes.csv`.
    pub line: u64,
}

/// The parts of a plan, in its order. The table may be missing from a package, and is then empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wholes(Vec<PartOf>);

impl Wholes {
    /// Every part.
    pub fn iter(&self) -> impl Iterator<Item = &PartOf> {
        self.0.iter()
    }

    /// The parts and their wholes of which a measure is one or the other.
    pub fn with<'a>(&'a self, measure: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.0.iter().filter_map(|part| Some((part.measure.as_str(), part.whole.as_deref()?)));
        pairs.filter(move |(part, whole)| [*part, *whole].contains(&measure))
    }

    /// Whether a measure is a share of everything.
    pub fn is_share(&self, measure: &str) -> bool {
        self.0.iter().any(|part| part.measure == measure && part.whole.is_none())
    }

    pub(crate) fn read(table: &Table, measures: &Measures, findings: &mut Findings) -> Self {
        let mut wholes = Self::default();
        let mut lines: BTreeMap<(String, Option<String>), u64> = BTreeMap::new();
        for row in table.rows() {
            let (measure, whole) = (row.required("measure", findings), row.optional("whole"));
            let known = measures.get(&measure);
            if known.is_none() {
                row.refuse("measure", Problem::Unknown { what: "measure", code: measure.clone(), file: "measures.csv" }, findings);
            }
            if let Some(unit) = known.map(|known| known.unit).filter(|unit| whole.is_none() && *unit != Unit::Percent) {
                let problem = Problem::Choice { text: unit.code().to_owned(), choices: "percent, or a whole".to_owned() };
                row.refuse("measure", problem, findings);
            }
            // Only what is counted alike can be compared, and only by the domain that keeps both.
            let alike = |whole: &String| {
                let kind = |code: &str| measures.get(code).map(|measure| (&measure.domain, measure.unit));
                *whole != measure && kind(whole).is_some_and(|other| kind(&measure).is_none_or(|own| own == other))
            };
            if let Some(whole) = whole.as_ref().filter(|whole| !alike(whole)) {
                let what = "other measure of its domain and unit";
                row.refuse("whole", Problem::Unknown { what, code: whole.clone(), file: "measures.csv" }, findings);
            }
            if let Some(first_line) = lines.insert((measure.clone(), whole.clone()), row.line()) {
                let code = whole.as_ref().map_or_else(|| measure.clone(), |whole| format!("{measure} in {whole}"));
                row.refuse("measure", Problem::Duplicate { code, first_line }, findings);
            }
            wholes.0.push(PartOf { measure, whole, line: row.line() });
        }
        wholes
    }
}
