//! What the offices brought to and saved for the public purse in 2020: the items of the IEEP, so that every published amount comes out again.

use anyhow::{Context, Result, ensure};
use csv::StringRecord;
use piramide_measure::decimal;

use super::{
    MONTHS,
    centres::Centres,
    part,
    postings::{Postings, euro},
};
use crate::{Settings, chance::Chance, organisation::Organisation, split::split};

/// Printed: the items of the IEEP.
const ITEMS: &str = include_str!("../../../cli/actuals/2020/finance-published.csv");
/// Printed as reference values: litigation, receipts of inspection, value of production.
const BASELINES: &str = include_str!("../../../cli/actuals/2020/finance-baselines.csv");
/// What the value of production is the sum of, as the source defines it and its own figures confirm.
const PRODUCTION_VALUE: (&str, [&str; 5]) = ("PRODUCTION_VALUE", ["FLOWS", "ASSESS_INSPECTION", "ASSESS_DOCUMENT", "ASSESS_DMV", "ECA"]);
/// Items that only offices with inspectors have: agencies and points have none.
const INSPECTION: [&str; 3] = ["ASSESS_INSPECTION", "LESS_BENEFITS", "INSPECTION_RECEIPTS"];
/// Items that the legal offices of the provinces have.
const LEGAL: [&str; 1] = ["LITIGATION_COSTS"];
/// How much of a year is posted in each month: little in August, much in December, the rest in the closing month.
const SEASON: [i64; MONTHS] = [78, 80, 88, 82, 84, 86, 84, 52, 86, 90, 92, 104, 14];
/// How often an office corrects in month 13 what it posted in December, in per cent.
const CORRECTED: i64 = 4;

/// Splits the published amounts among offices and months, and posts them.
pub(super) fn post(postings: &mut Postings, organisation: &Organisation, centres: &Centres, settings: Settings) -> Result<()> {
    let yields = centres.yields();
    let weights: Vec<i64> = (0..)
        .zip(&organisation.offices)
        .map(|(number, office): (usize, _)| part(office.size, yields.get(&number).copied().unwrap_or_default(), 100))
        .collect();
    let mut items: Vec<(String, Vec<[i64; MONTHS]>)> = Vec::new();
    for (place, (code, cents)) in rows(ITEMS)?.into_iter().chain(rows(BASELINES)?).enumerate() {
        let offices = if code == PRODUCTION_VALUE.0 {
            summed(&items, cents, organisation.offices.len())?
        } else {
            among_offices(&code, cents, organisation, &weights, Chance::of(settings.seed, b'f', place))
        };
        for (office, months) in offices.iter().enumerate() {
            postings.flow(office, &code, months);
        }
        items.push((code, offices));
    }
    Ok(())
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

/// Who has an item, how much of it, when: every office by its weight, but what only some of them do.
fn among_offices(code: &str, whole: i64, organisation: &Organisation, weights: &[i64], mut chance: Chance) -> Vec<[i64; MONTHS]> {
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
        .zip(weights)
        .map(|(office, weight)| {
            // Drawn for everyone, so that who has it changes nothing for the others.
            let noise = chance.between(60, 140);
            if has(office, &mut chance) { weight * noise } else { 0 }
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
fn summed(items: &[(String, Vec<[i64; MONTHS]>)], whole: i64, offices: usize) -> Result<Vec<[i64; MONTHS]>> {
    let mut sums = vec![[0; MONTHS]; offices];
    for (_, offices) in items.iter().filter(|(code, _)| PRODUCTION_VALUE.1.contains(&code.as_str())) {
        for (sum, months) in sums.iter_mut().zip(offices) {
            sum.iter_mut().zip(months).for_each(|(sum, cents)| *sum += cents);
        }
    }
    let sum: i64 = sums.iter().flatten().sum();
    ensure!(sum == whole, "the value of production is printed as {}, its items sum to {}", euro(whole), euro(sum));
    Ok(sums)
}
