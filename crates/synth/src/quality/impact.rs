//! What the plan of 2026 asks of the outcome of products beside production's own facts (*impatto*): information and advice, requests made
//! online. Nothing is printed of them: drawn, office by office and month by month, the total being the sum of its two areas.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result};

use super::SEASON;
use crate::{Settings, chance::Chance, organisation::Organisation, package::head, split::split};

/// An area of a measure: how its code ends, national cases of a year, and the share that counts, per cent, in 2019 and 2020.
type Area = (&'static str, i64, [i64; 2]);
/// Code, name and areas of each measure.
const MEASURES: [(&str, &str, [Area; 2]); 2] = [
    (
        "ADVICE_FIRST_CONTACT",
        "Richieste di informazione e consulenza risolte al primo contatto",
        [("BENEFITS", 9_000_000, [61, 66]), ("FLOWS", 3_000_000, [70, 72])],
    ),
    ("DIGITAL_REQUESTS", "Domande presentate per via telematica", [("BENEFITS", 8_000_000, [78, 88]), ("FLOWS", 2_000_000, [90, 94])]),
];
const YEARS: [u16; 2] = [2019, 2020];

/// Numerator and denominator of each office in each month.
type Cells = Vec<[(i64, i64); 12]>;

/// What was measured.
pub struct Impact {
    offices: Vec<String>,
    /// By measure and year.
    measured: Vec<(String, u16, Cells)>,
}

impl Impact {
    /// Draws the measures of both years.
    pub fn new(organisation: &Organisation, settings: Settings) -> Self {
        let mut measured = Vec::new();
        for (place, (measure, _, areas)) in MEASURES.iter().enumerate() {
            for (number, year) in YEARS.into_iter().enumerate() {
                let mut total: Cells = organisation.offices.iter().map(|_| [(0, 0); 12]).collect();
                for (area, (name, cases, shares)) in areas.iter().enumerate() {
                    let share = shares.get(number).copied().unwrap_or_default();
                    let chance = Chance::of(settings.seed, b'i', (place * areas.len() + area) * YEARS.len() + number);
                    let cells = spread(*cases, share, organisation, chance);
                    for (sum, cell) in total.iter_mut().flatten().zip(cells.iter().flatten()) {
                        *sum = (sum.0 + cell.0, sum.1 + cell.1);
                    }
                    measured.push((format!("{measure}_{name}"), year, cells));
                }
                measured.push(((*measure).to_owned(), year, total));
            }
        }
        Self { offices: organisation.offices.iter().map(|office| office.code.clone()).collect(), measured }
    }

    /// Writes the batch of each month; gives back the list of them, and how many facts there are.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn write_facts(&self, folder: &Path, settings: Settings) -> Result<(String, u64)> {
        let (mut list, mut facts) = (String::new(), 0);
        for year in YEARS {
            for month in 0..12 {
                let period = format!("{year}-{:02}", month + 1);
                let name = format!("synth-impact-{}-{}-{period}", settings.seed, settings.thousandths);
                let (mut text, mut rows, mut sums) = (String::from("structure,measure,period,numerator,denominator\n"), 0, (0, 0));
                for (measure, _, cells) in self.measured.iter().filter(|(_, of, _)| *of == year) {
                    for (office, months) in self.offices.iter().zip(cells) {
                        let (numerator, denominator) = months.get(month).copied().unwrap_or_default();
                        if denominator > 0 {
                            writeln!(text, "{office},{measure},{period},{numerator},{denominator}")?;
                            rows += 1;
                            sums = (sums.0 + numerator, sums.1 + denominator);
                        }
                    }
                }
                let path = folder.join(format!("{name}.csv"));
                fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
                list += &super::facts::listed(&name, rows, sums);
                facts += rows;
            }
        }
        Ok((list, facts))
    }
}

fn spread(cases: i64, share: i64, organisation: &Organisation, mut chance: Chance) -> Cells {
    let weights: Vec<i64> = organisation
        .offices
        .iter()
        .flat_map(|office| {
            let size = office.size * chance.between(80, 120);
            SEASON.map(|season| size * season)
        })
        .collect();
    let denominators = split(cases, &weights);
    // What does not count is split, not what does: a part is never more than one above its share, so no office misses more than it has.
    let worse: Vec<i64> = organisation.offices.iter().map(|_| chance.between(900, 1_100)).collect();
    let weights: Vec<i64> =
        denominators.iter().enumerate().map(|(cell, cases)| cases * worse.get(cell / 12).copied().unwrap_or(1_000)).collect();
    let missed = split(cases / 100 * (100 - share), &weights);
    let pairs: Vec<(i64, i64)> = missed.into_iter().zip(denominators).map(|(missed, cases)| (cases - missed, cases)).collect();
    pairs.chunks(12).map(|months| std::array::from_fn(|month| months.get(month).copied().unwrap_or_default())).collect()
}

/// The measures of a table, and those of the impact that it does not have: the plans of the years with facts must know them.
///
/// # Errors
///
/// When the table cannot be read.
pub fn measures(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = head(bytes)?;
    let mut known = Vec::new();
    for row in csv::Reader::from_reader(bytes).records() {
        let row = row?;
        known.push(row.get(0).unwrap_or_default().to_owned());
        writer.write_record(&row)?;
    }
    for (measure, label, areas) in MEASURES {
        let codes = std::iter::once(measure.to_owned()).chain(areas.iter().map(|(name, ..)| format!("{measure}_{name}")));
        for code in codes.filter(|code| !known.contains(code)) {
            writer.write_record([&code, "quality", label, "percent", "sintetica; misura del piano 2026"])?;
        }
    }
    Ok(writer.into_inner()?)
}
