//! The bands that turn an index of the dashboard of quality into an incentive (*incentivo ordinario e speciale*).

use std::collections::BTreeMap;

use piramide_measure::Exact;

use crate::{
    dashboard::Dashboard,
    error::Problem,
    reading::{Findings, Row, Table, choices},
};

const FILE: &str = "incentives.csv";
pub(crate) const COLUMNS: &[&str] = &["code", "label", "node", "reference", "without_cluster", "note"];
pub(crate) const BAND_COLUMNS: &[&str] = &["incentive", "from", "below", "positive", "above_cluster", "note"];

choices! {
    /// What the index of an incentive is compared with.
    Compared {
        /// The budget of the cluster: the ordinary incentive (*incentivo ordinario*).
        Budget = "budget",
        /// The same period of last year: the special incentive (*incentivo speciale*).
        PreviousYear = "previous_year",
    }
}

choices! {
    /// What the cluster of a structure right under the nation is, which stands above all clusters of offices.
    WithoutCluster {
        /// It has none: what needs the cluster's result is not decided.
        Nobody = "nobody",
        /// All structures right under the nation, together: the nation.
        Nation = "nation",
    }
}

/// An incentive that rests on an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incentive {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// The section or area of the dashboard whose index counts.
    pub node: String,
    /// What that is compared with.
    pub reference: Compared,
    /// Who stands for the cluster of a regional structure.
    pub without_cluster: WithoutCluster,
    /// By last year's index, from the lowest: the first has no beginning, the last no end, and none leaves a gap.
    pub bands: Vec<Band>,
    /// What the source notes about it.
    pub note: String,
    /// Its line in `incentives.csv`.
    pub line: u64,
}

/// What a structure must reach whose index of last year lies in a range. Each way that is named is enough by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// The least index of last year; `None` for the lowest band.
    pub from: Option<Exact>,
    /// Where the next band begins; `None` for the highest.
    pub below: Option<Exact>,
    /// Whether any deviation above zero is enough.
    pub positive: bool,
    /// By how many per cent of it the deviation of the cluster must be passed, 0 to equal it; `None` where that is no way.
    pub above_cluster: Option<Exact>,
    /// What the source notes about it.
    pub note: String,
    /// Its line in `incentive_bands.csv`.
    pub line: u64,
}

impl Band {
    /// Whether an index of last year lies in it: its beginning does, its end belongs to the next.
    pub fn holds(&self, index: &Exact) -> bool {
        self.from.as_ref().is_none_or(|from| from <= index) && self.below.as_ref().is_none_or(|below| index < below)
    }
}

impl Incentive {
    /// The bands that can hold: the one of last year's index, or all of them where that is not known.
    pub fn possible(&self, last_year: Option<&Exact>) -> Vec<&Band> {
        self.bands.iter().filter(|band| last_year.is_none_or(|index| band.holds(index))).collect()
    }
}

/// The incentives of a plan, in its order. The tables may be missing from a package, and are then empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Incentives(Vec<Incentive>);

impl Incentives {
    /// An incentive.
    pub fn get(&self, code: &str) -> Option<&Incentive> {
        self.0.iter().find(|incentive| incentive.code == code)
    }

    /// Every incentive.
    pub fn iter(&self) -> impl Iterator<Item = &Incentive> {
        self.0.iter()
    }

    pub(crate) fn read((incentives, bands): (&Table, &Table), dashboard: &Dashboard, findings: &mut Findings) -> Self {
        let mut read = Self::default();
        let mut lines = BTreeMap::new();
        for row in incentives.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            read.0.push(read_incentive(&row, code, dashboard, findings));
        }
        for row in bands.rows() {
            let code = row.required("incentive", findings);
            let Some(incentive) = read.0.iter_mut().find(|incentive| incentive.code == code) else {
                row.refuse("incentive", Problem::Unknown { what: "incentive", code, file: FILE }, findings);
                continue;
            };
            let band = read_band(&row, incentive.bands.last(), findings);
            incentive.bands.push(band);
        }
        for incentive in &read.0 {
            match incentive.bands.last() {
                None => {
                    let expected = "an incentive with a band in incentive_bands.csv".to_owned();
                    findings.add(FILE, incentive.line, "code", Problem::Gap { text: incentive.code.clone(), expected });
                }
                Some(Band { below: Some(below), line, .. }) => {
                    let problem = Problem::Surplus { text: below.decimal_text(4), advice: "the highest band has no end" };
                    findings.add(bands.file(), *line, "below", problem);
                }
                Some(_) => {}
            }
        }
        read
    }
}

fn read_incentive(row: &Row<'_>, code: String, dashboard: &Dashboard, findings: &mut Findings) -> Incentive {
    let node = row.required("node", findings);
    if dashboard.area(&node).is_none() && !node.is_empty() {
        row.refuse("node", Problem::Unknown { what: "section or area", code: node.clone(), file: "quality_areas.csv" }, findings);
    }
    Incentive {
        code,
        label: row.required("label", findings),
        node,
        reference: row.choice("reference", Compared::PreviousYear, findings),
        without_cluster: row.choice("without_cluster", WithoutCluster::Nobody, findings),
        bands: Vec::new(),
        note: row.text("note").to_owned(),
        line: row.line(),
    }
}

fn read_band(row: &Row<'_>, before: Option<&Band>, findings: &mut Findings) -> Band {
    let (from, below) = (row.number("from", findings), row.number("below", findings));
    let expected = match (before, &from) {
        (None, Some(_)) => Some("nothing: the lowest band has no beginning".to_owned()),
        (Some(before), from) if before.below != *from || from.is_none() => {
            let end = before.below.as_ref().map_or_else(|| "no other band".to_owned(), |below| below.decimal_text(4));
            Some(format!("{end}, where the band before ends,"))
        }
        _ => None,
    };
    if let Some(expected) = expected {
        row.refuse("from", Problem::Gap { text: row.text("from").to_owned(), expected }, findings);
    }
    if let (Some(from), Some(below)) = (&from, &below)
        && below <= from
    {
        row.refuse(
            "below",
            Problem::Gap { text: row.text("below").to_owned(), expected: format!("more than {}", row.text("from")) },
            findings,
        );
    }
    let (positive, above_cluster) = (row.flag("positive", findings), row.number("above_cluster", findings));
    if above_cluster.as_ref().is_some_and(Exact::is_negative) {
        row.refuse(
            "above_cluster",
            Problem::Gap { text: row.text("above_cluster").to_owned(), expected: "0 or more".to_owned() },
            findings,
        );
    }
    if !positive && row.text("above_cluster").is_empty() {
        let advice = "say what is enough: any positive deviation, or how far above the cluster's";
        row.refuse("above_cluster", Problem::Empty { advice }, findings);
    }
    Band { from, below, positive, above_cluster, note: row.text("note").to_owned(), line: row.line() }
}
