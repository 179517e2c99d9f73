//! Watched accounts: balances month by month with the age of what is open, and what was collected in two years.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::{
    YEAR, about,
    centres::{Centre, Centres},
    costs::by_month,
    part,
    postings::Postings,
    printed::Printed,
};
use crate::{Settings, chance::Chance, package::table, split::split};

/// Balances at the end of 2019: account, euro a head.
const BALANCES: [(&str, i64); 3] = [("GPA00037", 420), ("GPA52002", 150), ("GPA10099", 260)];
/// What a balance comes to in a year, in thousandths of where it began.
const CLEARED: (i64, i64) = (800, 1_030);
/// How open items share out among the classes of age, from the youngest.
const AGES: [i64; 5] = [38, 25, 17, 12, 8];
/// What nobody can work on, in thousandths of the balance.
const UNWORKABLE: (i64, i64) = (0, 70);
/// How much is collected in each month.
const SEASON: [i64; 13] = [70, 78, 84, 80, 84, 90, 88, 46, 86, 94, 96, 120, 12];
/// Collected in 2020: group, account, and its share of the group.
const COLLECTED: [(&str, &str, i64); 11] = [
    ("LEGAL_FEES", "GPA52021", 52),
    ("LEGAL_FEES", "GPA52121", 6),
    ("LEGAL_FEES", "GPA24024", 24),
    ("LEGAL_FEES", "GPA24023", 14),
    ("LEGAL_FEES", "GPA24122", 4),
    ("CREDIT_RECOVERY", "GPA52092", 24),
    ("CREDIT_RECOVERY", "GPA52093", 22),
    ("CREDIT_RECOVERY", "GPA54021", 38),
    ("CREDIT_RECOVERY", "PTO24030", 9),
    ("CREDIT_RECOVERY", "PAR52020", 5),
    ("CREDIT_RECOVERY", "PTY24133", 2),
];
/// Legal fees of 2020, in cents: of the size of the target of 2021, for which what was collected in 2020 is the base.
const LEGAL_FEES: i64 = 1_187_000_000;
/// Recovered credits of 2020, euro a head.
const RECOVERED: i64 = 5_400;
/// What was collected in 2019, in thousandths of 2020.
const BEFORE: (i64, i64) = (860, 1_040);

/// Posts the accounts of every centre at its seat.
pub(super) fn post(
    postings: &mut Postings,
    centres: &Centres,
    printed: &Printed,
    later: &BTreeMap<String, Vec<u8>>,
    settings: Settings,
) -> Result<()> {
    let ages: Vec<String> = table(later, "account_ages.csv")?.iter().map(|row| row.get(0).unwrap_or_default().to_owned()).collect();
    let legal_fees = centres.split_by(LEGAL_FEES, printed, "finance.legal_fees");
    for (number, (centre, legal_fees)) in centres.iter().zip(legal_fees).enumerate() {
        let mut chance = Chance::of(settings.seed, b'B', number);
        for (account, each) in BALANCES {
            post_balances(postings, centre, account, about(centre.staff * each * 100, (600, 1_400), &mut chance), &ages, &mut chance)?;
        }
        let recovered = about(centre.staff * RECOVERED * 100, (700, 1_300), &mut chance);
        for (group, whole) in [("LEGAL_FEES", legal_fees), ("CREDIT_RECOVERY", recovered)] {
            let accounts: Vec<(&str, i64)> =
                COLLECTED.iter().filter(|(of, ..)| *of == group).map(|(_, account, share)| (*account, *share)).collect();
            let shares: Vec<i64> = accounts.iter().map(|(_, share)| share * chance.between(70, 130)).collect();
            for ((account, _), collected) in accounts.iter().zip(split(whole, &shares)) {
                let subject = format!("{account}.collected");
                let before = about(collected, BEFORE, &mut chance);
                for (year, collected) in [(YEAR - 1, before), (YEAR, collected)] {
                    postings.flow_of(year, centre.seat(), &subject, &by_month(collected, &SEASON, &mut chance));
                }
            }
        }
    }
    Ok(())
}

/// The balances of an account from the end of 2019 on, what is open by age, and what nobody can work on.
fn post_balances(
    postings: &mut Postings,
    centre: &Centre,
    account: &str,
    opening: i64,
    ages: &[String],
    chance: &mut Chance,
) -> Result<()> {
    let closing = about(opening, CLEARED, chance);
    let months = std::iter::once((YEAR - 1, 12)).chain((1..=12).map(|month| (YEAR, month)));
    for (place, month) in (0..).zip(months) {
        let straight = opening + part(closing - opening, place, 12);
        let balance = if (1..12).contains(&place) { about(straight, (940, 1_060), chance) } else { straight };
        let weights: Vec<i64> = AGES.iter().map(|weight| weight * chance.between(70, 130)).collect();
        postings.stock(centre.seat(), &format!("{account}.balance"), month, balance);
        for (age, open) in (0..).zip(split(balance, &weights)) {
            let age: &String = ages.get::<usize>(age).with_context(|| format!("{} classes of age, not {}", ages.len(), AGES.len()))?;
            postings.stock(centre.seat(), &format!("{account}.open.{age}"), month, open);
        }
        let unworkable = part(balance, chance.between(UNWORKABLE.0, UNWORKABLE.1), 1_000);
        postings.stock(centre.seat(), &format!("{account}.unworkable"), month, unworkable);
    }
    Ok(())
}
