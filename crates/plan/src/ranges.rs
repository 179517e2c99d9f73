//! From rates to points: the ranges of the production process control (*range del controllo del processo produttivo*).

use piramide_measure::Exact;

use crate::{
    error::Problem,
    measures::Measures,
    reading::{Findings, Table, choices},
};

pub(crate) const COLUMNS: &[&str] = &["measure", "rate", "from", "points", "note"];

choices! {
    /// A rate of a control.
    Rate {
        /// Files regularised, yes or no, on files drawn (*pratiche regolarizzate*).
        Regularised = "regularised",
        /// Files regularised with a yes on files regularised (*pratiche regolarizzate SÌ*).
        Approved = "approved",
    }
}

/// Where a range begins, and what it is worth until the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The least rate, per cent.
    pub from: Exact,
    /// The points that it is worth.
    pub points: Exact,
    /// Its line in `ranges.csv`.
    pub line: u64,
}

/// The ranges of one rate of one control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    /// The measure of production that counts the files of the control.
    pub measure: String,
    /// Which rate.
    pub rate: Rate,
    /// Its steps, from the lowest, which begins at 0.
    pub steps: Vec<Step>,
}

impl Range {
    /// The step that a rate falls in: the last that begins at it or below.
    pub fn step(&self, rate: &Exact) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.from <= *rate)
    }
}

/// The ranges of a plan, in its order. The table may be missing from a package, and is then empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranges(Vec<Range>);

impl Ranges {
    /// Every range.
    pub fn iter(&self) -> impl Iterator<Item = &Range> {
        self.0.iter()
    }

    pub(crate) fn read(table: &Table, measures: &Measures, findings: &mut Findings) -> Self {
        let mut ranges = Self::default();
        for row in table.rows() {
            let measure = row.required("measure", findings);
            if measures.get(&measure).is_none_or(|known| known.domain != "production") {
                let problem = Problem::Unknown { what: "measure of production", code: measure.clone(), file: "measures.csv" };
                row.refuse("measure", problem, findings);
            }
            let rate = row.choice("rate", Rate::Regularised, findings);
            let (from, points) = (row.required_number("from", findings), row.required_number("points", findings));
            let (Some(from), Some(points)) = (from, points) else { continue };
            if points.is_negative() {
                row.refuse("points", Problem::NotPositive { text: row.text("points").to_owned() }, findings);
            }
            let place = ranges.0.iter().position(|range| range.measure == measure && range.rate == rate).unwrap_or_else(|| {
                ranges.0.push(Range { measure, rate, steps: Vec::new() });
                ranges.0.len() - 1
            });
            let Some(range) = ranges.0.get_mut(place) else { continue };
            let expected = match range.steps.last() {
                None if from.is_zero() => None,
                None => Some("0: a rate below the first range would be worth nothing that is said".to_owned()),
                Some(before) if before.from < from && from <= Exact::hundred() => None,
                Some(before) => Some(format!("more than {} and at most 100", before.from.decimal_text(4))),
            };
            if let Some(expected) = expected {
                row.refuse("from", Problem::Gap { text: row.text("from").to_owned(), expected }, findings);
            }
            range.steps.push(Step { from, points, line: row.line() });
        }
        ranges
    }
}
