//! The responsibility centres: each province and metropolitan branch with its offices, staff, premises and what they cost in the year.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::{about, part, printed::Printed};
use crate::{Settings, chance::Chance, organisation::Organisation, split::split};

/// Printed: staff of the territory on 31 December 2020 ("Lo stato di salute delle risorse umane"), persons.
const STAFF: i64 = 23_877;
/// Total costs of the responsibility centres, in cents. None is printed for 2020; the IEEP of 2021 over its profitability, both printed, is
/// 2.609 thousand million euro.
const COSTS: i64 = 260_000_000_000;
/// How far an elementary cost may be from what is printed for the region, in thousandths.
const NEAR: (i64, i64) = (940, 1_060);
/// Discretionary costs in per cent of the running ones, and net floor in per cent of gross: neither is printed.
const DISCRETIONARY: i64 = 15;
const NET_FLOOR: i64 = 80;
/// The least that maintenance costs where Tabella C prints less for all premises than for their parts, in hundredths of a euro per square metre.
const LEAST_MAINTENANCE: i64 = 300;
/// Beside the elementary costs of Tabella C: what premises cost without light, heating, cleaning and security.
pub(super) const MAINTENANCE: &str = "MAINTENANCE";

/// A province or metropolitan branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Centre {
    /// The region or metropolitan coordination above it.
    pub(super) region: String,
    /// Its offices by number, the seat first.
    pub(super) offices: Vec<usize>,
    /// How much work it has beside others.
    pub(super) size: i64,
    /// Its staff, persons.
    pub(super) staff: i64,
    /// What it completed in the year, in hundredths of a point.
    pub(super) points: i64,
    /// Its total costs, in cents.
    pub(super) costs: i64,
    /// Direct costs, and those of production among them, per ten thousand of the total.
    pub(super) shares: (i64, i64),
    /// Its IEEP for each unit of size, beside others.
    pub(super) yields: i64,
    /// What its elementary costs came to in the year by code, and what each is divided by: cents and hundredths.
    pub(super) elementary: BTreeMap<&'static str, (i64, i64)>,
}

impl Centre {
    /// The office that keeps its accounts.
    pub(super) fn seat(&self) -> usize {
        self.offices.first().copied().unwrap_or_default()
    }

    /// An elementary cost of the year, in cents.
    pub(super) fn cost(&self, code: &str) -> i64 {
        self.elementary.get(code).map_or(0, |(cost, _)| *cost)
    }
}

/// Every centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Centres(Vec<Centre>);

impl Centres {
    pub(super) fn new(organisation: &Organisation, printed: &Printed, points: &[[i64; 12]], settings: Settings) -> Result<Self> {
        let mut hosts: Vec<(&str, Vec<usize>)> = Vec::new();
        for (number, office) in organisation.offices.iter().enumerate() {
            match hosts.last_mut().filter(|(host, _)| *host == office.parent) {
                Some((_, offices)) => offices.push(number),
                None => hosts.push((&office.parent, vec![number])),
            }
        }
        let size =
            |offices: &[usize]| offices.iter().filter_map(|office| organisation.offices.get(*office)).map(|office| office.size).sum();
        let sizes: Vec<i64> = hosts.iter().map(|(_, offices)| size(offices)).collect();
        let mut centres = Vec::new();
        for ((number, (host, offices)), (size, staff)) in hosts.into_iter().enumerate().zip(sizes.iter().zip(split(STAFF, &sizes))) {
            let row = organisation.published.iter().find(|row| row.get(0) == Some(host));
            let region = row.and_then(|row| row.get(3)).with_context(|| format!("{host} has no region"))?.to_owned();
            let done = offices.iter().filter_map(|office| points.get(*office)).flatten().sum();
            let mut chance = Chance::of(settings.seed, b'C', number);
            let target = |code: &str| printed.required(&region, code);
            let (direct, production) = (target("finance.direct_cost_share")?, target("finance.production_cost_share")?);
            let (drawn, apart) = (chance.between(-60, 60), chance.between(-30, 30));
            let per_product = target("COST_TOTAL_PER_PRODUCT")?;
            centres.push(Centre {
                offices,
                size: *size,
                staff,
                points: done,
                costs: 0,
                shares: (direct + drawn, production + drawn + apart),
                yields: part(target("finance.profitability")?, about(per_product, NEAR, &mut chance), 100),
                elementary: elementary(&region, staff, printed, &mut chance)?,
                region,
            });
        }
        let mut centres = Self(centres);
        centres.pass_costs(printed, settings)?;
        Ok(centres)
    }

    /// The total costs, by what is completed and what that is printed to cost in the region.
    fn pass_costs(&mut self, printed: &Printed, settings: Settings) -> Result<()> {
        let mut chance = Chance::of(settings.seed, b'T', 0);
        let weight = |centre: &Centre| {
            let per_product = printed.required(&centre.region, "COST_TOTAL_PER_PRODUCT")?;
            Ok(part(centre.points, about(per_product, NEAR, &mut chance), 1_000))
        };
        let weights: Vec<i64> = self.0.iter().map(weight).collect::<Result<_>>()?;
        for (centre, costs) in self.0.iter_mut().zip(split(COSTS, &weights)) {
            let printed = |code: &str| printed.required(&centre.region, code);
            let net = part(costs, printed("COST_NET_PER_PRODUCT")?, printed("COST_TOTAL_PER_PRODUCT")?);
            centre.elementary.insert("COST_TOTAL_PER_PRODUCT", (costs, centre.points));
            centre.elementary.insert("COST_NET_PER_PRODUCT", (net, centre.points));
            centre.costs = costs;
        }
        Ok(())
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, Centre> {
        self.0.iter()
    }

    /// Splits a whole among the centres by a figure that is printed for their regions, and by size within a region.
    pub(super) fn split_by(&self, whole: i64, printed: &Printed, code: &str) -> Vec<i64> {
        let regional =
            |centre: &Centre| self.iter().filter(|other| other.region == centre.region).map(|other| other.size).sum::<i64>().max(1);
        let weight = |centre: &Centre| part(printed.of(&centre.region, code) * 1_000, centre.size, regional(centre));
        split(whole, &self.iter().map(weight).collect::<Vec<_>>())
    }

    /// How an amount that every office has by its size leans to where more is brought in: a weight for each office.
    pub(super) fn yields(&self) -> BTreeMap<usize, i64> {
        self.iter().flat_map(|centre| centre.offices.iter().map(|office| (*office, centre.yields))).collect()
    }
}

/// What staff and premises cost in the year, each near what Tabella C prints for the region, and what each is divided by.
fn elementary(region: &str, staff: i64, printed: &Printed, chance: &mut Chance) -> Result<BTreeMap<&'static str, (i64, i64)>> {
    let budget = |code: &str| printed.required(region, code);
    let heads = staff * 100;
    let mut costs = BTreeMap::new();
    let mut per = |code: &'static str, base: i64, value: i64| {
        let cost = about(part(base, value, 100), NEAR, chance);
        costs.insert(code, (cost, base));
        cost
    };
    let running = per("TOC_PER_CAPITA", heads, budget("TOC_PER_CAPITA")?);
    let gross = part(running, 100, budget("TOC_PER_SQM_GROSS")?);
    let net = part(gross, NET_FLOOR, 100);
    let mut parts = |codes: &[&'static str]| -> Result<i64> { codes.iter().map(|code| Ok(per(code, net, budget(code)?))).sum() };
    let cleaning = parts(&["RUNNING_SECURITY_PER_SQM", "CLEANING_PER_SQM", "WATER_HYGIENE_SUPPLIES_PER_SQM"])?;
    let utilities = parts(&["LIGHTING_PER_SQM", "HEATING_PER_SQM"])?;
    let rent = parts(&["RENT_COST_PER_SQM"])?;
    let known = budget("LIGHTING_PER_SQM")? + budget("HEATING_PER_SQM")? + budget("RUNNING_CLEANING_HYGIENE_PER_SQM")?;
    let maintenance = per(MAINTENANCE, net, (budget("PROPERTY_COST_EX_RENT_PER_SQM")? - known).max(LEAST_MAINTENANCE));
    for code in [
        "CONSUMABLES_PER_CAPITA",
        "CONSUMABLES_PER_CAPITA_3Y",
        "HAULAGE_PER_CAPITA",
        "TRAVEL_PER_CAPITA",
        "TRAVEL_01_07_PER_CAPITA",
        "MEAL_VOUCHERS_PER_CAPITA",
    ] {
        per(code, heads, budget(code)?);
    }
    // No unit is printed: read as thousands of euro a head.
    per("OVERTIME_SHIFTS", heads * 1_000, budget("OVERTIME_SHIFTS")?);
    let discretionary = part(running, DISCRETIONARY, 100);
    let legal = about(part(discretionary, budget("LEGAL_COST_SHARE")?, 10_000), NEAR, chance);
    let rent_before = part(rent, 10_000, budget("RENT_TREND")?);
    costs.extend([
        ("TOC_PER_SQM_GROSS", (running, gross)),
        ("RUNNING_CLEANING_HYGIENE_PER_SQM", (cleaning, net)),
        ("PROPERTY_COST_EX_RENT_PER_SQM", (cleaning + utilities + maintenance, net)),
        ("RENT_TREND", (rent, rent_before)),
        ("LEGAL_COST_SHARE", (legal, discretionary)),
    ]);
    Ok(costs)
}
