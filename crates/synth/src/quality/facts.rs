//! The batches of facts: one for each month of the three years.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result};

use super::Quality;
use crate::Settings;

impl Quality {
    /// Writes every batch; gives back the list of them, and how many facts there are.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn write_facts(&self, folder: &Path, settings: Settings) -> Result<(String, u64)> {
        let (mut list, mut facts) = (String::new(), 0);
        for (place, year) in [2018, 2019, 2020].into_iter().enumerate() {
            for month in 0..12 {
                let name = format!("synth-quality-{}-{}-{year}-{:02}", settings.seed, settings.thousandths, month + 1);
                let (text, rows, sums) = self.month(place, month, &format!("{year}-{:02}", month + 1))?;
                let path = folder.join(format!("{name}.csv"));
                fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
                list += &listed(&name, rows, sums);
                facts += rows;
            }
        }
        Ok((list, facts))
    }

    /// The rows of a month, how many, and their sums.
    fn month(&self, year: usize, month: usize, period: &str) -> Result<(String, u64, (i64, i64))> {
        let mut text = String::from("structure,measure,period,numerator,denominator\n");
        let (mut rows, mut sums) = (0, (0, 0));
        for elementary in &self.elementary {
            for (office, years) in self.offices.iter().zip(&elementary.offices) {
                let cell = years.get(year).and_then(|months| months.get(month)).copied().unwrap_or_default();
                let (numerator, denominator) = cell;
                if denominator == 0 {
                    continue;
                }
                writeln!(text, "{office},{},{period},{numerator},{denominator}", elementary.code)?;
                rows += 1;
                sums = (sums.0 + numerator, sums.1 + denominator);
            }
        }
        Ok((text, rows, sums))
    }
}

/// A batch of measures in the list of batches.
pub(super) fn listed(name: &str, rows: u64, sums: (i64, i64)) -> String {
    format!(
        "[[batch]]\nfile = \"{name}.csv\"\ndomain = \"quality\"\nid = \"{name}\"\nprovenance = \"synthetic\"\n\
         note = \"Anno ricostruito: dati sintetici, non osservazioni\"\nrows = {rows}\n\n\
         [batch.totals]\nnumerator = \"{}\"\ndenominator = \"{}\"\n\n",
        sums.0, sums.1
    )
}
