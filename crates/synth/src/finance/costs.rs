//! What the responsibility centres cost by destination and nature, and the elementary costs of Tabella C.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};

use super::{
    MONTHS,
    centres::{Centre, Centres},
    part,
    postings::Postings,
};
use crate::{Settings, chance::Chance, organisation::Organisation, package::table, split::split};

/// How much of a cost is posted in each month.
const SEASON: [i64; MONTHS] = [96, 96, 98, 98, 98, 104, 98, 92, 98, 98, 100, 130, 10];
/// Services that centres share and no chapter of theirs shows (information technology above all), in per cent of total costs.
const SHARED_SERVICES: i64 = 9;
/// Elementary costs that are services.
const SERVICES: [&str; 2] = ["CONSUMABLES_PER_CAPITA", "HAULAGE_PER_CAPITA"];

/// Posts what every office costs, and the points that this is divided by.
pub(super) fn post(
    postings: &mut Postings,
    organisation: &Organisation,
    centres: &Centres,
    points: &[[i64; 12]],
    settings: Settings,
) -> Result<()> {
    for (office, months) in points.iter().enumerate() {
        postings.flow(office, "COST_POINTS", months);
    }
    for (number, centre) in centres.iter().enumerate() {
        let mut chance = Chance::of(settings.seed, b'A', number);
        let sizes: Vec<i64> =
            centre.offices.iter().map(|office| organisation.offices.get(*office).map_or(0, |office| office.size)).collect();
        for (account, amount) in accounts(centre)? {
            for (office, amount) in centre.offices.iter().zip(split(amount, &sizes)) {
                postings.flow(*office, account, &by_month(amount, &SEASON, &mut chance));
            }
        }
    }
    Ok(())
}

/// The months of an amount.
pub(super) fn by_month<const COUNT: usize>(amount: i64, season: &[i64; COUNT], chance: &mut Chance) -> Vec<i64> {
    split(amount, &season.map(|weight| weight * chance.between(92, 108)))
}

/// The accounts of a centre, in cents: natures by what premises, lawyers and supplies cost, staff for the rest.
fn accounts(centre: &Centre) -> Result<Vec<(&'static str, i64)>> {
    let (direct, production) = centre.shares;
    let (direct, production) = (part(centre.costs, direct, 10_000), part(centre.costs, production, 10_000));
    let wholes = [production, direct - production, centre.costs - direct];
    let premises = centre.cost("PROPERTY_COST_EX_RENT_PER_SQM") + centre.cost("RENT_COST_PER_SQM");
    let services = SERVICES.iter().map(|code| centre.cost(code)).sum::<i64>() + part(centre.costs, SHARED_SERVICES, 100);
    let (premises, services) = (split(premises, &wholes), split(services, &wholes));
    let [production, other, _] = wholes;
    let legal = split(centre.cost("LEGAL_COST_SHARE"), &[production, other]);
    let names = [
        ["PRODUCTION_STAFF", "PRODUCTION_SERVICES", "PRODUCTION_PREMISES", "PRODUCTION_LEGAL"],
        ["OTHER_STAFF", "OTHER_SERVICES", "OTHER_PREMISES", "OTHER_LEGAL"],
        ["INDIRECT_STAFF", "INDIRECT_SERVICES", "INDIRECT_PREMISES", ""],
    ];
    let mut accounts = Vec::new();
    for (place, (whole, names)) in wholes.into_iter().zip(names).enumerate() {
        let of = |amounts: &[i64]| amounts.get(place).copied().unwrap_or_default();
        let (premises, services, legal) = (of(&premises), of(&services), of(&legal));
        let staff = whole - premises - services - legal;
        ensure!(staff > 0, "{}: {} leaves nothing for the staff", centre.region, super::postings::euro(whole));
        accounts.extend(names.into_iter().zip([staff, services, premises, legal]).filter(|(name, _)| !name.is_empty()));
    }
    Ok(accounts)
}

/// Posts the elementary costs of every centre at its seat, and what they are divided by: both in twelfths, so that a part of the year
/// compares as the year does.
pub(super) fn post_elementary(postings: &mut Postings, centres: &Centres, later: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    let definitions = table(later, "standard_costs.csv")?;
    for centre in centres.iter() {
        let mut bases = BTreeSet::new();
        for row in &definitions {
            let (code, cost, base) = (row.get(0).unwrap_or_default(), row.get(3).unwrap_or_default(), row.get(5).unwrap_or_default());
            let (amount, divisor) = *centre.elementary.get(code).with_context(|| format!("nothing is known of {code}"))?;
            postings.flow(centre.seat(), cost, &split(amount, &[1; 12]));
            if bases.insert(base) {
                postings.flow(centre.seat(), base, &split(divisor, &[1; 12]));
            }
        }
    }
    Ok(())
}
