//! The survey of 2020 office by office (*indagine di customer experience*): as many answers as the samples that are printed, such that the
//! weighted mean of every factor is the printed one, exactly.
//!
//! Strata, weights and channels are not printed: classes of age with weights that are whole per cents, and three channels, all synthetic. The
//! mean of each stratum lies some hundredths beside the printed one, so that the weighted distances sum to nothing; its answers by mark are
//! whole numbers with that mean, and are split among offices, channels and months mark by mark.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result, ensure};
use csv::StringRecord;
use piramide_measure::decimal;

use crate::{Settings, chance::Chance, organisation::Organisation, package::copied, split::split};

/// Printed: the means of both samples.
const PUBLISHED: &str = include_str!("../../cli/actuals/2020/quality-published.csv");
/// The survey.
const SURVEY: &str = "CX_2020";
/// Its samples, with the size that is printed ("circa 140.00", read as 140,000, and "circa 50.000") and how the measures of their means end.
const SAMPLES: [(&str, i64); 2] = [("GENERIC", 140_000), ("COVID", 50_000)];
/// Code, name, and share of the population, per cent.
const STRATA: [(&str, &str, i64); 4] =
    [("AGE_18_34", "18-34 anni", 25), ("AGE_35_49", "35-49 anni", 25), ("AGE_50_64", "50-64 anni", 20), ("AGE_65", "65 anni e oltre", 30)];
/// Code, name, share of the answers, and how much kinder than the mean who came that way is.
const CHANNELS: [(&str, &str, i64, i64); 3] =
    [("OFFICE", "Sede", 30, 4), ("CONTACT_CENTER", "Contact Center", 25, -6), ("PORTAL", "Portale web", 45, 0)];
/// When it was held, and the share of the answers that came in.
const MONTHS: [(u8, i64); 2] = [(10, 60), (11, 40)];
const MARKS: usize = 5;

/// The answers of a place about a topic, by mark.
type Answers = [i64; MARKS];

/// The answers of a month.
struct Month {
    number: u8,
    /// Office, subject and answers.
    rows: Vec<(String, String, Answers)>,
}

/// The answers of the year.
pub struct Surveys {
    months: Vec<Month>,
}

impl Surveys {
    /// Splits the printed means among offices.
    ///
    /// # Errors
    ///
    /// When the published table cannot be read, or no answers have a mean.
    pub fn new(organisation: &Organisation, settings: Settings) -> Result<Self> {
        let mut months: Vec<Month> = MONTHS.iter().map(|(number, _)| Month { number: *number, rows: Vec::new() }).collect();
        let mut tilts = Chance::of(settings.seed, b's', 0);
        // How much kinder the users of an office are: the same in every topic.
        let kind: Vec<i64> = organisation.offices.iter().map(|_| tilts.between(-8, 8)).collect();
        for (place, (sample, factor, mean)) in printed()?.into_iter().enumerate() {
            let mut chance = Chance::of(settings.seed, b't', place);
            let size = SAMPLES.iter().find(|(code, _)| *code == sample).map_or(0, |(_, size)| *size);
            for ((stratum, _, weight), beside) in STRATA.into_iter().zip(distances(&mut chance)) {
                let answers =
                    tally(size * weight / 100, mean + beside).with_context(|| format!("{sample} {factor}: {mean} and {beside}"))?;
                put_out(&mut months, organisation, &kind, &answers, |channel| format!("{SURVEY}:{sample}:{stratum}:{channel}:{factor}"));
            }
        }
        Ok(Self { months })
    }

    /// Writes the batch of each month; gives back the list of them, and how many facts there are.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn write_facts(&self, folder: &Path, settings: Settings) -> Result<(String, u64)> {
        let (mut list, mut facts) = (String::new(), 0);
        for month in &self.months {
            let name = format!("synth-surveys-{}-{}-2020-{:02}", settings.seed, settings.thousandths, month.number);
            let mut text = String::from("structure,measure,period,mark_1,mark_2,mark_3,mark_4,mark_5\n");
            let mut sums = [0; MARKS];
            for (office, subject, answers) in &month.rows {
                let cells = answers.map(|count| count.to_string()).join(",");
                writeln!(text, "{office},{subject},2020-{:02},{cells}", month.number)?;
                sums.iter_mut().zip(answers).for_each(|(sum, count)| *sum += count);
            }
            let path = folder.join(format!("{name}.csv"));
            fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
            let rows = month.rows.len();
            write!(
                list,
                "[[batch]]\nfile = \"{name}.csv\"\ndomain = \"quality\"\nid = \"{name}\"\nprovenance = \"synthetic\"\n\
                 note = \"Anno ricostruito: dati sintetici, non osservazioni\"\nrows = {rows}\n\n[batch.totals]\n"
            )?;
            (1..).zip(sums).try_for_each(|(mark, sum)| writeln!(list, "mark_{mark} = \"{sum}\""))?;
            list.push('\n');
            facts += u64::try_from(rows)?;
        }
        Ok((list, facts))
    }
}

/// Sample, factor and mean in hundredths of everything that is printed.
fn printed() -> Result<Vec<(&'static str, String, i64)>> {
    let mut found = Vec::new();
    let columns = csv::Reader::from_reader(PUBLISHED.as_bytes()).headers()?.clone();
    let place = |name: &str| columns.iter().position(|column| column == name).with_context(|| format!("no column {name}"));
    let (measure, numerator, denominator) = (place("measure")?, place("numerator")?, place("denominator")?);
    for row in csv::Reader::from_reader(PUBLISHED.as_bytes()).into_records() {
        let row = row?;
        let cell = |place| row.get(place).unwrap_or_default();
        let Some(topic) = cell(measure).strip_prefix("CX_") else { continue };
        let Some((sample, factor)) = SAMPLES.iter().find_map(|(sample, _)| Some((*sample, topic.strip_suffix(sample)?.strip_suffix('_')?)))
        else {
            continue;
        };
        ensure!(cell(denominator) == "1", "{topic} is printed over {}", cell(denominator));
        found.push((sample, factor.to_owned(), decimal::parse_minor_units(cell(numerator), 2)?));
    }
    ensure!(found.len() == 10, "{} means are printed, of five factors in two samples", found.len());
    Ok(found)
}

/// How far the mean of each stratum lies from the printed one, in hundredths: weighted by the shares they sum to nothing.
fn distances(chance: &mut Chance) -> [i64; 4] {
    let (pair, part) = (chance.between(2, 12), chance.between(1, 4));
    // 25 and 25 per cent weigh alike; 20 x 3 is 30 x 2.
    [pair, -pair, 3 * part, -2 * part]
}

/// Answers by mark with exactly that mean, in hundredths; `None` where so many answers cannot have it in the shape of a hill.
fn tally(answers: i64, mean: i64) -> Option<Answers> {
    let sum = (answers * mean % 100 == 0).then_some(answers * mean / 100)?;
    // A high mean has more of the highest, or too few twos would be left to balance it.
    let (lowest, highest) = (answers * 8 / 100, answers * (mean - 100) / 1_600 + answers * (mean - 350).max(0) / 200);
    let (rest, rest_sum) = (answers - lowest - highest, sum - lowest - 5 * highest);
    // What lies between 2 and 4 comes to a whole number of fours when its sum is even.
    let mut middle = rest * 40 / 100;
    if (rest_sum - 3 * middle) % 2 != 0 {
        middle += 1;
    }
    let sides = rest - middle;
    let fours = (rest_sum - 3 * middle - 2 * sides) / 2;
    let found = [lowest, sides - fours, middle, fours, highest];
    found.iter().all(|count| *count >= 0).then_some(found)
}

/// Splits answers among offices, channels and months, mark by mark: kinder users give more of the higher ones.
fn put_out(months: &mut [Month], organisation: &Organisation, kind: &[i64], answers: &Answers, subject: impl Fn(&str) -> String) {
    let weights = |mark: i64| {
        organisation.offices.iter().zip(kind).flat_map(move |(office, kind)| {
            CHANNELS.iter().flat_map(move |(_, _, share, kinder)| {
                let tilt = 100 + (kind + kinder) * (mark - 3);
                MONTHS.iter().map(move |(_, part)| office.size * share * part * tilt)
            })
        })
    };
    let by_mark: Vec<Vec<i64>> = (1..).zip(answers).map(|(mark, count)| split(*count, &weights(mark).collect::<Vec<_>>())).collect();
    let mut cells = 0..;
    for office in &organisation.offices {
        for (channel, ..) in CHANNELS {
            for month in months.iter_mut() {
                let Some(cell) = cells.next() else { return };
                let mut counts = [0; MARKS];
                counts.iter_mut().zip(&by_mark).for_each(|(count, parts)| *count = parts.get::<usize>(cell).copied().unwrap_or_default());
                // Where nobody answered there is no row.
                if counts.iter().any(|count| *count > 0) {
                    month.rows.push((office.code.clone(), subject(channel), counts));
                }
            }
        }
    }
}

/// Whether a package asks this survey.
pub fn is_asked(surveys: &[StringRecord]) -> bool {
    surveys.iter().any(|row| row.get(0) == Some(SURVEY))
}

/// The items of a bundled plan, and the channels.
///
/// # Errors
///
/// When the table cannot be read.
pub fn items(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = copied(bytes)?;
    for (channel, label, ..) in CHANNELS {
        writer.write_record([SURVEY, "channel", channel, &format!("{label} (sintetico)")])?;
    }
    Ok(writer.into_inner()?)
}

/// The strata, which no plan prints.
///
/// # Errors
///
/// When the table cannot be written.
pub fn strata() -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["survey", "sample", "code", "label", "weight", "population", "note"])?;
    for (sample, _) in SAMPLES {
        for (stratum, label, weight) in STRATA {
            writer.write_record([SURVEY, sample, stratum, label, &weight.to_string(), "", "sintetico"])?;
        }
    }
    Ok(writer.into_inner()?)
}

/// The subject of the indicator that a plan computes from the survey; `None` for another indicator.
pub fn subject(indicator: &str) -> Option<String> {
    let (factor, sample) = indicator.strip_prefix("quality.customer_experience.")?.split_once('.')?;
    Some(format!("{SURVEY}:{}:{}", sample.to_uppercase(), factor.to_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_exactly_the_mean_that_is_asked() {
        for mean in 280..=380 {
            for answers in [10_000, 28_000, 35_000] {
                let found = tally(answers, mean).unwrap_or_else(|| panic!("no answers for {mean}"));
                assert_eq!(found.iter().sum::<i64>(), answers);
                assert_eq!((1..).zip(found).map(|(mark, count): (i64, i64)| mark * count).sum::<i64>() * 100, answers * mean);
            }
        }
        assert_eq!(tally(7, 333), None, "seven answers have no such mean");
    }

    #[test]
    fn distances_of_strata_weigh_nothing_together() {
        let mut chance = Chance::of(1, b't', 1);
        for _ in 0..100 {
            let sum: i64 = STRATA.iter().zip(distances(&mut chance)).map(|((_, _, weight), beside)| weight * beside).sum();
            assert_eq!(sum, 0);
        }
    }
}
