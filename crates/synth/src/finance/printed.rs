//! What the plan of 2021 prints for regions and metropolitan coordinations: the nearest there is to an actual of 2020.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use piramide_measure::decimal;

use crate::package::table;

/// Figures of a region, in hundredths, by their codes: targets by indicator, budgets of Tabella C by elementary indicator.
type Figures = BTreeMap<String, i64>;

/// The figures of every region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Printed(BTreeMap<String, Figures>);

impl Printed {
    /// Reads the tables of a bundled plan.
    pub(super) fn new(bundled: &BTreeMap<String, Vec<u8>>) -> Result<Self> {
        let mut printed = Self(BTreeMap::new());
        let hundredths = |text: &str| decimal::parse_minor_units(text, 2);
        for row in table(bundled, "standard_cost_budgets.csv")? {
            let value = row.get(2).unwrap_or_default();
            printed.note(&row, hundredths(value).with_context(|| format!("{value} in Tabella C"))?);
        }
        for row in table(bundled, "targets.csv")? {
            let is_year = row.get(2) == Some("year") && row.get(3) == Some("absolute");
            if is_year && row.get(0).is_some_and(|code| code.starts_with("finance.")) {
                let value = row.get(4).unwrap_or_default();
                printed.note(&row, hundredths(value).with_context(|| format!("the target {value}"))?);
            }
        }
        Ok(printed)
    }

    fn note(&mut self, row: &csv::StringRecord, hundredths: i64) {
        let (code, structure) = (row.get(0).unwrap_or_default(), row.get(1).unwrap_or_default());
        self.0.entry(structure.to_owned()).or_default().insert(code.to_owned(), hundredths);
    }

    /// A figure of a region, in hundredths; nothing where none is printed.
    pub(super) fn of(&self, region: &str, code: &str) -> i64 {
        self.0.get(region).and_then(|figures| figures.get(code)).copied().unwrap_or_default()
    }

    /// A figure that every region has.
    pub(super) fn required(&self, region: &str, code: &str) -> Result<i64> {
        self.0.get(region).and_then(|figures| figures.get(code)).copied().with_context(|| format!("no {code} is printed for {region}"))
    }
}
