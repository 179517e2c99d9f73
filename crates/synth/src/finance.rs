//! What the offices brought to and saved for the public purse in 2020: the items of the IEEP office by office and month by month, month 13
//! included, to the cent, so that every published amount comes out again.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, Result, ensure};
use csv::StringRecord;
use piramide_measure::decimal;

use crate::{Settings, chance::Chance, organisation::Organisation, split::split};

/// Printed: the items of the IEEP.
const ITEMS: &str = include_str!("../../cli/actuals/2020/finance-published.csv");
/// Printed as reference values: litigation, receipts of inspection, value of production.
const BASELINES: &str = include_str!("../../cli/actuals/2020/finance-baselines.csv");
/// What the value of production is the sum of, as the source defines it and its own figures confirm.
const PRODUCTION_VALUE: (&str, [&str; 5]) = ("PRODUCTION_VALUE", ["FLOWS", "ASSESS_INSPECTION", "ASSESS_DOCUMENT", "ASSESS_DMV", "ECA"]);
/// Items that only offices with inspectors have: agencies and points have none.
const INSPECTION: [&str; 3] = ["ASSESS_INSPECTION", "LESS_BENEFITS", "INSPECTION_RECEIPTS"];
/// Items that the legal offices of the provinces have.
const LEGAL: [&str; 1] = ["LITIGATION_COSTS"];
/// Months of accounting.
const MONTHS: usize = 13;
/// How much of a year is posted in each month: little in August, much in December, the rest in the closing month.
const SEASON: [i64; MONTHS] = [78, 80, 88, 82, 84, 86, 84, 52, 86, 90, 92, 104, 14];
/// How often an office corrects in month 13 what it posted in December, in per cent.
const CORRECTED: i64 = 4;

/// An amount of every office in every month, in cents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its code.
    pub code: String,
    /// Office by office.
    pub offices: Vec<[i64; MONTHS]>,
}

/// The amounts of a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finance {
    /// The offices, in the order of the items' amounts.
    pub offices: Vec<String>,
    /// Item by item.
    pub items: Vec<Item>,
}

impl Finance {
    /// Splits the published amounts among offices and months.
    ///
    /// # Errors
    ///
    /// When the published tables cannot be read, or the value of production is not the sum of its items.
    pub fn new(organisation: &Organisation, settings: Settings) -> Result<Self> {
        let mut items: Vec<Item> = Vec::new();
        let published = rows(ITEMS)?.into_iter().chain(rows(BASELINES)?);
        for (place, (code, cents)) in published.enumerate() {
            let offices = if code == PRODUCTION_VALUE.0 {
                summed(&items, cents, organisation.offices.len())?
            } else {
                among_offices(&code, cents, organisation, Chance::of(settings.seed, b'f', place))
            };
            items.push(Item { code, offices });
        }
        Ok(Self { offices: organisation.offices.iter().map(|office| office.code.clone()).collect(), items })
    }

    /// Writes every batch, one for each month; gives back the list of them, and how many facts there are.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn write_facts(&self, folder: &Path, settings: Settings) -> Result<(String, u64)> {
        let (mut list, mut facts) = (String::new(), 0);
        for month in 0..MONTHS {
            let name = format!("synth-finance-{}-{}-2020-{:02}", settings.seed, settings.thousandths, month + 1);
            let (text, rows, sum) = self.month(month)?;
            let path = folder.join(format!("{name}.csv"));
            fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
            write!(
                list,
                "[[batch]]\nfile = \"{name}.csv\"\ndomain = \"finance\"\nid = \"{name}\"\nprovenance = \"synthetic\"\n\
                 note = \"Anno ricostruito: dati sintetici, non osservazioni\"\nrows = {rows}\n\n[batch.totals]\namount = \"{}\"\n\n",
                euro(sum)
            )?;
            facts += rows;
        }
        Ok((list, facts))
    }

    /// The rows of a month, how many, and their sum in cents. What an office does not have is no row, not a zero.
    fn month(&self, month: usize) -> Result<(String, u64, i64)> {
        let mut text = String::from("structure,item,period,amount\n");
        let (mut rows, mut sum) = (0, 0);
        for item in &self.items {
            for (office, months) in self.offices.iter().zip(&item.offices) {
                let cents = months.get(month).copied().unwrap_or_default();
                if cents != 0 {
                    writeln!(text, "{office},{},2020-{:02},{}", item.code, month + 1, euro(cents))?;
                    rows += 1;
                    sum += cents;
                }
            }
        }
        Ok((text, rows, sum))
    }
}

/// The rows of a published table: an item and what it sums to, in cents.
fn rows(table: &str) -> Result<Vec<(String, i64)>> {
    let read = |row: StringRecord| {
        let code = row.get(1).unwrap_or_default().to_owned();
        ensure!(!code.is_empty(), "a row without item");
        let cents = decimal::parse_minor_units(row.get(3).unwrap_or_default(), 2).with_context(|| format!("the amount of {code}"))?;
        Ok((code, cents))
    };
    csv::Reader::from_reader(table.as_bytes()).into_records().map(|row| read(row?)).collect()
}

/// Who has an item, how much of it, when: every office by its size, but what only some of them do.
fn among_offices(code: &str, whole: i64, organisation: &Organisation, mut chance: Chance) -> Vec<[i64; MONTHS]> {
    // A seat has the widest work of its province.
    let is_seat = |office: &crate::organisation::Office| office.code.ends_with("_SE");
    let has = |office: &crate::organisation::Office, chance: &mut Chance| {
        let happens = chance.happens(office.breadth);
        let only_some = INSPECTION.contains(&code) && !is_seat(office) && office.kind != "complex_agency";
        let only_seats = LEGAL.contains(&code) && !is_seat(office);
        is_seat(office) || (happens && !only_some && !only_seats)
    };
    let sizes: Vec<i64> = organisation
        .offices
        .iter()
        .map(|office| {
            // Drawn for everyone, so that who has it changes nothing for the others.
            let noise = chance.between(60, 140);
            if has(office, &mut chance) { office.size * noise } else { 0 }
        })
        .collect();
    let by_office = split(whole, &sizes);
    by_office.into_iter().map(|amount| by_month(amount, &mut chance)).collect()
}

/// The months of an office's amount. Now and then what December had too much is taken back in month 13.
fn by_month(amount: i64, chance: &mut Chance) -> [i64; MONTHS] {
    let weights = SEASON.map(|season| season * chance.between(70, 130));
    let parts = split(amount, &weights);
    let mut months: [i64; MONTHS] = std::array::from_fn(|month| parts.get(month).copied().unwrap_or_default());
    if chance.happens(CORRECTED)
        && let [.., december, closing] = months.as_mut_slice()
    {
        let taken_back = *closing + *december / 20;
        *december += taken_back;
        *closing -= taken_back;
    }
    months
}

/// The value of production of every office: the sum of its items, which must come to what is printed.
fn summed(items: &[Item], whole: i64, offices: usize) -> Result<Vec<[i64; MONTHS]>> {
    let mut sums = vec![[0; MONTHS]; offices];
    for item in items.iter().filter(|item| PRODUCTION_VALUE.1.contains(&item.code.as_str())) {
        for (sum, months) in sums.iter_mut().zip(&item.offices) {
            sum.iter_mut().zip(months).for_each(|(sum, cents)| *sum += cents);
        }
    }
    let sum: i64 = sums.iter().flatten().sum();
    ensure!(sum == whole, "the value of production is printed as {}, its items sum to {}", euro(whole), euro(sum));
    Ok(sums)
}

/// Cents as euro.
fn euro(cents: i64) -> String {
    decimal::canonical(decimal::from_minor_units(cents, 2))
}
