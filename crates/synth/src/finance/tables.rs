//! What the plan of the reconstructed year takes over from the plan of the year after, so that its facts can be recorded: chapters with
//! their tolerances, standard costs, and the measures and indicators of accounts and assets. No target and no budget.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::package::{copied, table};

/// Tables that only the plan of 2021 prints.
const TAKEN: [&str; 3] = ["spend_chapters.csv", "spend_rules.csv", "standard_costs.csv"];
/// Measures of finance that only it has.
const MEASURES: [&str; 2] = ["TRANSIT_1005", "PROPERTY_ERRORS_FIXED"];
/// What its indicators of finance measure, that the plan of 2020 has none for.
const METHODS: [&str; 6] = ["standard_cost_index", "balances", "balance_over_previous", "collected", "collected_over_previous", "disposal"];
/// What the plan says of it.
pub(crate) const NOTE: &str = "Capitoli di spesa, tolleranze, costi standard, conti e patrimonio sono quelli del piano 2021: per il 2020 il Piano non ne stampa, e i loro importi sono generati.";

/// The tables of the plan of the year after.
pub struct Tables<'a>(&'a BTreeMap<String, Vec<u8>>);

impl<'a> Tables<'a> {
    /// Takes from a bundled plan.
    pub fn new(later: &'a BTreeMap<String, Vec<u8>>) -> Self {
        Self(later)
    }

    /// The tables that are taken over whole.
    pub fn taken(&self) -> impl Iterator<Item = (&str, &[u8])> {
        TAKEN.into_iter().filter_map(|name| Some((name, self.0.get(name)?.as_slice())))
    }

    /// A table of measures with those of finance that it lacks.
    ///
    /// # Errors
    ///
    /// When a table cannot be read.
    pub fn measures(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        self.with(bytes, "measures.csv", |row| MEASURES.iter().any(|code| row.get(0) == Some(*code)))
    }

    /// A table of indicators with those of finance that it lacks.
    ///
    /// # Errors
    ///
    /// When a table cannot be read.
    pub fn indicators(&self, bytes: &[u8]) -> Result<Vec<u8>> {
        self.with(bytes, "indicators.csv", |row| {
            let measures_fixed = row.get(4) == Some("amount") && MEASURES.iter().any(|code| row.get(5) == Some(*code));
            row.get(0).is_some_and(|code| code.starts_with("finance."))
                && (measures_fixed || METHODS.iter().any(|method| row.get(4) == Some(*method)))
        })
    }

    fn with(&self, bytes: &[u8], name: &str, wanted: impl Fn(&csv::StringRecord) -> bool) -> Result<Vec<u8>> {
        let mut writer = copied(bytes)?;
        for row in table(self.0, name)?.iter().filter(|row| wanted(row)) {
            writer.write_record(row)?;
        }
        Ok(writer.into_inner()?)
    }
}
