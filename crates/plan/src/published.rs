//! What is printed of the dashboard of quality, year by year (*valori pubblicati*): to stand beside what is computed, and for years of which
//! there are no facts, in its place; nothing is computed from it.

use piramide_measure::Exact;

use crate::{
    dashboard::{Dashboard, DashboardNode},
    error::Problem,
    reading::{Findings, Table, choices},
};

pub(crate) const COLUMNS: &[&str] = &["node", "figure", "year", "value", "source", "note"];

choices! {
    /// What a printed figure is.
    PublishedKind {
        /// Deviation of an index from the budget, per cent (*variazione sul budget*).
        OnBudget = "on_budget",
        /// Deviation of an index from the previous year, per cent (*variazione sull'anno precedente*).
        OnPreviousYear = "on_previous_year",
        /// The measure of an elementary indicator, in its unit.
        Measure = "measure",
    }
}

/// A printed figure of the nation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedFigure {
    /// The node of the dashboard that it speaks of.
    pub node: String,
    /// What it is.
    pub figure: PublishedKind,
    /// Its year.
    pub year: u16,
    /// The figure, as printed.
    pub value: Exact,
    /// Where it is printed, in Italian.
    pub source: String,
    /// What is to be noted, in Italian.
    pub note: String,
    /// Its line in `quality_published.csv`.
    pub line: u64,
}

/// The printed figures of a plan, in its order. The table may be missing from a package, and is then empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Published(Vec<PublishedFigure>);

impl Published {
    /// The figures of a node, in the order of the plan.
    pub fn of(&self, node: &str) -> impl Iterator<Item = &PublishedFigure> {
        self.0.iter().filter(move |figure| figure.node == node)
    }

    pub(crate) fn read(table: &Table, dashboard: &Dashboard, findings: &mut Findings) -> Self {
        let mut published = Self::default();
        for row in table.rows() {
            let node = row.required("node", findings);
            let figure = row.choice("figure", PublishedKind::Measure, findings);
            match dashboard.node(&node) {
                None => row.refuse("node", Problem::Unknown { what: "node", code: node.clone(), file: "quality_areas.csv" }, findings),
                Some(DashboardNode::Area(_)) if figure == PublishedKind::Measure => {
                    let advice = "only an elementary indicator has a measure";
                    row.refuse("figure", Problem::Surplus { text: figure.to_string(), advice }, findings);
                }
                Some(_) => {}
            }
            let year = row.whole("year", findings).and_then(|year| u16::try_from(year).ok()).filter(|year| (1900..=2200).contains(year));
            if year.is_none() {
                row.refuse("year", Problem::Year { text: row.text("year").to_owned() }, findings);
            }
            let value = row.required_number("value", findings);
            let source = row.required("source", findings);
            let (Some(year), Some(value)) = (year, value) else { continue };
            if let Some(first) = published.of(&node).find(|other| other.figure == figure && other.year == year) {
                let problem = Problem::Duplicate { code: format!("{figure} of {node} in {year}"), first_line: first.line };
                row.refuse("year", problem, findings);
                continue;
            }
            published.0.push(PublishedFigure { node, figure, year, value, source, note: row.text("note").to_owned(), line: row.line() });
        }
        published
    }
}
