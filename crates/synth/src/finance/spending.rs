//! Chapters: what every centre was assigned, what four rounds expected, what it bound, used and paid; and what was left on the transit
//! account of the running costs.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::{
    MONTHS, YEAR, about,
    centres::{Centre, Centres, MAINTENANCE},
    costs::by_month,
    part,
    postings::Postings,
};
use crate::{Settings, chance::Chance, package::table, split::split};

/// What a chapter has used: a share of an elementary cost in per cent, or euro a head.
#[derive(Clone, Copy)]
enum Used {
    Of(&'static str, i64),
    EachHead(i64),
    /// Works that a centre has or has not: how many in a hundred have them, and euro a head.
    Works(i64, i64),
}

/// What every chapter of the list has used. What Tabella C counts is all in some chapter.
const CHAPTERS: [(&str, Used); 23] = [
    ("4U1102002", Used::Of("OVERTIME_SHIFTS", 100)),
    ("4U1102005", Used::Of("TRAVEL_PER_CAPITA", 100)),
    ("4U1102028", Used::Of("MEAL_VOUCHERS_PER_CAPITA", 100)),
    ("4U1104052", Used::EachHead(32)),
    ("4U1206063", Used::EachHead(6)),
    ("5U1104001", Used::EachHead(11)),
    ("5U1104005", Used::Of("CONSUMABLES_PER_CAPITA", 64)),
    ("5U1104009", Used::EachHead(85)),
    ("5U1104012", Used::Of("LIGHTING_PER_SQM", 100)),
    ("5U1104013", Used::Of("HEATING_PER_SQM", 100)),
    ("5U1104014", Used::Of("RUNNING_CLEANING_HYGIENE_PER_SQM", 100)),
    ("5U1104015", Used::Of("RENT_COST_PER_SQM", 46)),
    ("5U1104016", Used::Of(MAINTENANCE, 58)),
    ("5U1104018", Used::Of("HAULAGE_PER_CAPITA", 100)),
    ("5U1104040", Used::Of("CONSUMABLES_PER_CAPITA", 36)),
    ("5U1104057", Used::Of("RENT_COST_PER_SQM", 22)),
    ("5U1104072", Used::Of(MAINTENANCE, 42)),
    ("5U1210001", Used::Of("LEGAL_COST_SHARE", 100)),
    ("8F1104015", Used::Of("RENT_COST_PER_SQM", 32)),
    ("5U2112010", Used::Works(55, 310)),
    ("5U2112011", Used::Works(25, 120)),
    ("5U2112013", Used::Works(20, 140)),
    ("5U2112014", Used::Works(40, 95)),
];
/// How much of a year is used, bound and paid in each month.
const USED: [i64; MONTHS] = [62, 74, 82, 80, 84, 88, 82, 58, 88, 92, 98, 124, 9];
const BOUND: [i64; 12] = [280, 90, 80, 70, 70, 70, 60, 30, 70, 70, 60, 50];
const PAID: [i64; MONTHS] = [20, 60, 72, 80, 78, 82, 86, 70, 62, 84, 90, 110, 40];
/// How far each round is from what is used, in thousandths: the later, the nearer.
const ROUNDS: [(i64, i64); 4] = [(950, 1_110), (960, 1_090), (970, 1_070), (972, 1_040)];
/// How often, in per cent, a chapter uses more than its last forecasts see, and what these see of it.
const MISSED: (i64, (i64, i64)) = (6, (890, 945));
/// What is assigned for what will be used, bound and paid for what was, in thousandths.
const ASSIGNED: (i64, i64) = (1_000, 1_160);
const BOUND_FOR_USED: (i64, i64) = (1_000, 1_020);
const PAID_OF_USED: (i64, i64) = (870, 990);
/// How often the assignment is changed in July, in per cent.
const CHANGED: i64 = 20;
/// What lies on the transit account within the year in ten-thousandths of the running costs so far; how often, in per cent, and how much of
/// it in thousandths still lies there in December.
const LYING: (i64, i64) = (60, 330);
const LEFT: (i64, (i64, i64)) = (8, (30, 180));

/// Posts the chapters of every centre at its seat.
pub(super) fn post(postings: &mut Postings, centres: &Centres, later: &BTreeMap<String, Vec<u8>>, settings: Settings) -> Result<()> {
    let chapters = table(later, "spend_chapters.csv")?;
    for (number, centre) in centres.iter().enumerate() {
        let mut chance = Chance::of(settings.seed, b'S', number);
        let mut running = vec![0; 12];
        for row in &chapters {
            let (chapter, runs) = (row.get(0).unwrap_or_default(), row.get(4) == Some("true"));
            let known = CHAPTERS.iter().find(|(code, _)| *code == chapter);
            let (_, used) = known.with_context(|| format!("nobody knows what chapter {chapter} uses"))?;
            let used = year(*used, centre, &mut chance);
            if used > 0 {
                let months = post_chapter(postings, centre.seat(), chapter, used, &mut chance);
                if runs {
                    running.iter_mut().zip(months).for_each(|(sum, month)| *sum += month);
                }
            }
        }
        post_transit(postings, centre.seat(), &running, &mut chance);
    }
    Ok(())
}

/// What a centre has used in the year, in cents.
fn year(used: Used, centre: &Centre, chance: &mut Chance) -> i64 {
    match used {
        Used::Of(code, share) => part(centre.cost(code), share, 100),
        Used::EachHead(euro) => about(centre.staff * euro * 100, (800, 1_200), chance),
        Used::Works(often, euro) => {
            // Drawn for everyone, so that who has it changes nothing for the others.
            let (happens, amount) = (chance.happens(often), about(centre.staff * euro * 100, (400, 1_600), chance));
            if happens { amount } else { 0 }
        }
    }
}

/// Posts every figure of a chapter; gives back what was used in each month.
fn post_chapter(postings: &mut Postings, seat: usize, chapter: &str, used: i64, chance: &mut Chance) -> Vec<i64> {
    let of = |figure: &str| format!("{chapter}.{figure}");
    let months = by_month(used, &USED, chance);
    postings.flow(seat, &of("actual"), &months);
    let missed = chance.happens(MISSED.0);
    for (round, (figure, near)) in ["forecast_1", "forecast_2", "forecast_3", "forecast_4"].iter().zip(ROUNDS).enumerate() {
        let near = if missed && round > 1 { MISSED.1 } else { near };
        // Nobody forecasts month 13: what it closes was expected in December.
        let expected: Vec<i64> = about_months(&months, near, chance);
        postings.flow(seat, &of(figure), &expected);
    }
    // Assigned in whole hundreds of euro.
    let assigned = about(used, ASSIGNED, chance) / 10_000 * 10_000 + 10_000;
    let change = if chance.happens(CHANGED) { assigned / 20 / 10_000 * 10_000 } else { 0 };
    let mut assignment = [0; 12];
    if let [january, .., july, _, _, _, _, _] = assignment.as_mut_slice() {
        (*january, *july) = (assigned - change, change);
    }
    postings.flow(seat, &of("assigned"), &assignment);
    postings.flow(seat, &of("committed"), &by_month(about(used, BOUND_FOR_USED, chance), &BOUND, chance));
    postings.flow(seat, &of("paid"), &by_month(about(used, PAID_OF_USED, chance), &PAID, chance));
    months
}

/// What a round expects of each of twelve months.
fn about_months(used: &[i64], near: (i64, i64), chance: &mut Chance) -> Vec<i64> {
    let whole = about(used.iter().sum(), near, chance);
    let (calendar, closing) = used.split_at_checked(12).unwrap_or((used, &[]));
    let closing: i64 = closing.iter().sum();
    let weights: Vec<i64> =
        (1..).zip(calendar).map(|(month, cents)| if month == 12 { cents + closing } else { *cents } * chance.between(97, 103)).collect();
    split(whole, &weights)
}

/// Posts what lies on the transit account at the end of each month: nothing in December, but for a few.
fn post_transit(postings: &mut Postings, seat: usize, running: &[i64], chance: &mut Chance) {
    let mut so_far = 0;
    for (month, used) in (1..).zip(running) {
        so_far += used;
        let lies = part(so_far, chance.between(LYING.0, LYING.1), 10_000);
        let left = if chance.happens(LEFT.0) { about(lies, LEFT.1, chance) } else { 0 };
        postings.stock(seat, "TRANSIT_1005", (YEAR, month), if month == 12 { left } else { lies });
    }
}
