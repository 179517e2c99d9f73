//! The offices under each province, which the Piano does not publish.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use csv::StringRecord;

use crate::{Settings, chance::Chance, split::split};

/// Offices of the institute.
const OFFICES: i64 = 450;
/// Kinds of office: kind and code, Italian name, how many of 450 besides one seat in each province, and size.
const KINDS: [(&str, &str, &str, i64, i64); 3] =
    [("complex_agency", "AC", "Agenzia complessa", 40, 250), ("agency", "AG", "Agenzia", 272, 100), ("point", "PI", "Punto INPS", 22, 15)];
/// The size of a province's own seat.
const SEAT: i64 = 400;

/// An office with facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Office {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// The structure above it.
    pub parent: String,
    /// How much work it has beside others.
    pub size: i64,
    /// How likely it has any one product, in per cent.
    pub breadth: i64,
}

/// The organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// The structures of the bundled plan.
    pub published: Vec<StringRecord>,
    /// The offices under some of them.
    pub offices: Vec<Office>,
}

impl Organisation {
    /// Offices under provinces and metropolitan branches, as many as the scale says.
    ///
    /// # Errors
    ///
    /// When the bundled plan has no provinces.
    pub fn new(published: Vec<StringRecord>, settings: Settings) -> Result<Self> {
        let hosts: Vec<&StringRecord> =
            published.iter().filter(|row| matches!(row.get(2), Some("province" | "metropolitan_branch"))).collect();
        ensure!(!hosts.is_empty(), "the plan has no provinces");
        let wanted = (OFFICES * i64::from(settings.thousandths) / 1_000).max(4);
        // A small year has few provinces with all kinds of offices, rather than all provinces with one.
        let step = (hosts.len() * 3).div_ceil(usize::try_from(wanted).unwrap_or(usize::MAX)).max(1);
        let hosts: Vec<&StringRecord> = hosts.into_iter().step_by(step).collect();
        let weights: Vec<i64> = (0..hosts.len()).map(|host| Chance::of(settings.seed, b'h', host).between(40, 400)).collect();
        let others = wanted - i64::try_from(hosts.len()).unwrap_or_default();
        let by_kind = split(others.max(0), &KINDS.map(|(_, _, _, count, _)| count));
        let spread: Vec<Vec<i64>> = by_kind.iter().map(|count| split(*count, &weights)).collect();
        let mut offices = Vec::new();
        for (place, (host, weight)) in hosts.iter().zip(&weights).enumerate() {
            let (parent, name) = (host.get(0).unwrap_or_default(), host.get(1).unwrap_or_default());
            let mut chance = Chance::of(settings.seed, b'o', place);
            let mut open = |code: String, name: String, kind, size: i64, breadth| {
                let size = (size * weight * chance.between(60, 140) / 100).max(1);
                offices.push(Office { code, name, kind, parent: parent.to_owned(), size, breadth });
            };
            open(format!("{parent}_SE"), format!("Sede di {name} (sintetica)"), "agency", SEAT, 95);
            for ((kind, code, title, _, size), count) in
                KINDS.iter().zip(spread.iter().map(|counts| counts.get(place).copied().unwrap_or_default()))
            {
                let breadth = match *kind {
                    "complex_agency" => 80,
                    "agency" => 45,
                    _ => 12,
                };
                for number in 1..=count {
                    open(format!("{parent}_{code}{number:02}"), format!("{title} {number} di {name} (sintetica)"), kind, *size, breadth);
                }
            }
        }
        Ok(Self { published, offices })
    }

    /// The structures that have offices under them.
    pub fn hosts(&self) -> BTreeSet<&str> {
        self.offices.iter().map(|office| office.parent.as_str()).collect()
    }
}
