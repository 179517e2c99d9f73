//! Amounts as they would be posted, and the batches that bring them, one for each month.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result};
use piramide_measure::decimal;

use super::YEAR;
use crate::Settings;

/// An amount of a structure and a subject, both by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Posting {
    structure: usize,
    subject: usize,
    cents: i64,
}

/// All amounts, by year and month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Postings {
    structures: Vec<String>,
    subjects: Vec<String>,
    numbers: BTreeMap<String, usize>,
    months: BTreeMap<(u16, u8), Vec<Posting>>,
}

impl Postings {
    /// Nothing posted yet in some structures.
    pub(super) fn new(structures: Vec<String>) -> Self {
        Self { structures, subjects: Vec::new(), numbers: BTreeMap::new(), months: BTreeMap::new() }
    }

    /// Posts the months of 2020 from January. What a structure does not have is no fact, not a zero.
    pub(super) fn flow(&mut self, structure: usize, subject: &str, months: &[i64]) {
        self.flow_of(YEAR, structure, subject, months);
    }

    /// Posts the months of a year from January.
    pub(super) fn flow_of(&mut self, year: u16, structure: usize, subject: &str, months: &[i64]) {
        for (month, cents) in (1..).zip(months).filter(|(_, cents)| **cents != 0) {
            self.stock(structure, subject, (year, month), *cents);
        }
    }

    /// Posts what stands at the end of a month. That it is nothing is known too.
    pub(super) fn stock(&mut self, structure: usize, subject: &str, month: (u16, u8), cents: i64) {
        let subject = self.number(subject);
        self.months.entry(month).or_default().push(Posting { structure, subject, cents });
    }

    fn number(&mut self, subject: &str) -> usize {
        if let Some(number) = self.numbers.get(subject) {
            return *number;
        }
        self.numbers.insert(subject.to_owned(), self.subjects.len());
        self.subjects.push(subject.to_owned());
        self.subjects.len() - 1
    }

    /// Writes every batch; gives back the list of them, and how many facts there are.
    pub(super) fn write(&self, folder: &Path, settings: Settings) -> Result<(String, u64)> {
        let (mut list, mut facts) = (String::new(), 0);
        for ((year, month), postings) in &self.months {
            let period = format!("{year}-{month:02}");
            let name = format!("synth-finance-{}-{}-{period}", settings.seed, settings.thousandths);
            let path = folder.join(format!("{name}.csv"));
            fs::write(&path, self.rows(&period, postings)?).with_context(|| format!("writing {}", path.display()))?;
            let sum = postings.iter().map(|posting| i128::from(posting.cents)).sum::<i128>();
            let rows = postings.len();
            write!(
                list,
                "[[batch]]\nfile = \"{name}.csv\"\ndomain = \"finance\"\nid = \"{name}\"\nprovenance = \"synthetic\"\n\
                 note = \"Anno ricostruito: dati sintetici, non osservazioni\"\nrows = {rows}\n\n[batch.totals]\namount = \"{}\"\n\n",
                euro(i64::try_from(sum).with_context(|| format!("the sum of {period}"))?)
            )?;
            facts += u64::try_from(rows)?;
        }
        Ok((list, facts))
    }

    fn rows(&self, period: &str, postings: &[Posting]) -> Result<String> {
        let mut text = String::from("structure,item,period,amount\n");
        for Posting { structure, subject, cents } in postings {
            let structure = self.structures.get(*structure).context("a posting without structure")?;
            let subject = self.subjects.get(*subject).context("a posting without subject")?;
            writeln!(text, "{structure},{subject},{period},{}", euro(*cents))?;
        }
        Ok(text)
    }
}

/// Cents as euro.
pub(super) fn euro(cents: i64) -> String {
    decimal::canonical(decimal::from_minor_units(cents, 2))
}
