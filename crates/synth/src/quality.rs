//! Quality in three years, office by office: what each elementary indicator measured nationally, such that the indices printed for 2019 and
//! 2020 come out, and how it spreads over offices and months.
//!
//! National figures are whole numbers chosen so that a measure stands exactly where it must beside its own of 2019. What the Piano does not
//! print (2019, single indicators of a group, budgets) is drawn; the last indicator of a group makes up for the others.

mod facts;
mod figures;
pub mod impact;
mod tables;

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use self::figures::National;
pub use self::tables::BUDGET_HEAD;
use crate::{Settings, chance::Chance, organisation::Organisation, package::table, split::split};

/// The clusters of metropolitan branches and of provinces, from the largest.
const METROPOLITAN: [&str; 2] = ["M2B", "M3B"];
const PROVINCES: [&str; 9] = ["P4A", "P4B", "P4C", "P3A", "P3B", "P3C", "P2A", "P2B", "P2C"];
/// How the months of a year differ.
const SEASON: [i64; 12] = crate::year::SEASON;

/// Numerator and denominator of an office in the months of a year.
type Months = [(i64, i64); 12];

/// One elementary indicator.
struct Elementary {
    code: String,
    national: National,
    /// Each office in 2018, 2019 and 2020.
    offices: Vec<[Months; 3]>,
}

/// What was measured of quality.
pub struct Quality {
    elementary: Vec<Elementary>,
    /// The codes of the offices, in the order of the facts.
    offices: Vec<String>,
    /// The cluster of each office.
    clusters: Vec<&'static str>,
    /// The cluster of each structure that has offices under it.
    by_host: BTreeMap<String, &'static str>,
}

impl Quality {
    /// The indicators of a bundled plan's dashboard, measured in every office that has them.
    ///
    /// # Errors
    ///
    /// When the dashboard does not have the groups whose indices are printed.
    pub fn new(bundled: &BTreeMap<String, Vec<u8>>, organisation: &Organisation, settings: Settings) -> Result<Self> {
        let rows = table(bundled, "quality_indicators.csv")?;
        let listed: Vec<(String, String)> =
            rows.iter().map(|row| (row.get(0).unwrap_or_default().to_owned(), row.get(1).unwrap_or_default().to_owned())).collect();
        let national = figures::national(&listed, settings.seed)?;
        let elementary = national
            .into_iter()
            .enumerate()
            .map(|(number, (code, national))| Elementary {
                offices: spread(&national, organisation, settings.seed, number),
                code,
                national,
            })
            .collect();
        let by_host = clusters(organisation);
        let cluster = |parent: &str| by_host.get(parent).copied().with_context(|| format!("{parent} has no cluster"));
        Ok(Self {
            elementary,
            offices: organisation.offices.iter().map(|office| office.code.clone()).collect(),
            clusters: organisation.offices.iter().map(|office| cluster(&office.parent)).collect::<Result<_>>()?,
            by_host,
        })
    }
}

/// The structures that have offices, in clusters by size.
fn clusters(organisation: &Organisation) -> BTreeMap<String, &'static str> {
    let size = |host: &str| organisation.offices.iter().filter(|office| office.parent == host).map(|office| office.size).sum::<i64>();
    let kind =
        |host: &str| organisation.published.iter().find(|row| row.get(0) == Some(host)).and_then(|row| row.get(2)).unwrap_or_default();
    let (mut branches, mut provinces): (Vec<&str>, Vec<&str>) =
        organisation.hosts().into_iter().partition(|host| kind(host) == "metropolitan_branch");
    let mut found = BTreeMap::new();
    for (hosts, names) in [(&mut branches, &METROPOLITAN[..]), (&mut provinces, &PROVINCES[..])] {
        hosts.sort_by_key(|host| std::cmp::Reverse(size(host)));
        for (place, host) in hosts.iter().enumerate() {
            if let Some(name) = names.get(place * names.len() / hosts.len().max(1)) {
                found.insert((*host).to_owned(), *name);
            }
        }
    }
    found
}

/// A measure over offices and months: cases by size and season, and what is counted of them a little better here and worse there. An office
/// that is better in one year tends to be so in the other.
fn spread(national: &National, organisation: &Organisation, seed: u64, number: usize) -> Vec<[Months; 3]> {
    let mut chance = Chance::of(seed, b'q', number);
    let share = |office: &crate::organisation::Office, chance: &mut Chance| {
        if chance.happens(office.breadth.max(50)) { office.size * chance.between(60, 140) } else { 0 }
    };
    let mut sizes: Vec<i64> = organisation.offices.iter().map(|office| share(office, &mut chance)).collect();
    if sizes.iter().all(|size| *size == 0) {
        sizes.fill(1);
    }
    let (worse, better) = national.room();
    let bent: Vec<i64> = sizes.iter().map(|_| chance.between(worse, better)).collect();
    let noise = i64::from(!national.crowded());
    // A mean in days has no whole to stay under: an office may be much better in one year than in the other.
    let turn = if national.days { 8 } else { 0 };
    let years = [national.before, national.now, national.earlier].map(|(numerator, denominator)| {
        // Offices grow and shrink from one year to the other.
        let grown: Vec<i64> = sizes.iter().map(|size| size * chance.between(85, 115)).collect();
        let cells: Vec<i64> = grown.iter().flat_map(|size| SEASON.map(|season| size * season)).collect();
        let denominators = split(denominator, &cells);
        let turned: Vec<i64> = bent.iter().map(|bent| bent * chance.between(100 - turn, 100 + turn)).collect();
        let weights: Vec<i64> = denominators
            .iter()
            .enumerate()
            .map(|(cell, cases)| cases * turned.get(cell / 12).copied().unwrap_or(1) * chance.between(100 - noise, 100 + noise))
            .collect();
        split(numerator, &weights).into_iter().zip(denominators).collect::<Vec<_>>()
    });
    let [before, now, earlier] = years;
    let months = |cells: &[(i64, i64)]| std::array::from_fn(|month| cells.get(month).copied().unwrap_or_default());
    let chunks = earlier.chunks(12).zip(before.chunks(12)).zip(now.chunks(12));
    chunks.map(|((earlier, before), now)| [months(earlier), months(before), months(now)]).collect()
}
