//! The national figures of each elementary indicator in 2018, 2019 and 2020, and how far the budget lies.

use anyhow::{Result, ensure};

use crate::chance::Chance;

/// A numerator over a denominator.
pub(super) type Fraction = (i64, i64);

/// Indices of areas printed for 2020, as deviations from the year before in hundredths of a point. Source: Piano della performance
/// 2021-2023, "Risultato degli obiettivi specifici di ente".
const PRINTED: [(&str, i64); 6] = [
    ("PUBLIC_PENSIONS_AREA", 1_346),
    ("EMPLOYMENT_END_AREA", 1_975),
    ("CIVIL_INVALIDITY_AREA", 1_468),
    ("APPEALS_AREA", -394),
    ("CUSTOMER_CARE_AREA", 1_703),
    ("SOCIAL_OPINIONS_AREA", 2_005),
];
/// Drawn, since nothing is printed.
const DRAWN: [(&str, i64); 4] = [("INCLUSION", 1_400), ("CREDIT_WELFARE", 1_390), ("MEDICO_LEGAL_AREA", 500), ("LEGAL_AREA", 200)];
/// The synthetic index of the production areas on the year before, and on the budget: printed under "Qualità".
const SYNTHETIC: i64 = 1_181;
const BUDGET: i64 = 321;
/// The synthetic index of 2019 on the year before, printed there too: here every area has it in the mean.
const SYNTHETIC_2019: i64 = 1_026;
/// The area that makes the synthetic index come out.
const LAST_AREA: &str = "INDIVIDUAL_ACCOUNTS";
/// The areas of the synthetic index.
const PRODUCTION_AREAS: i64 = 10;

/// Measures printed for 2020, and for 2019 where that is printed too: value in hundredths, whether in days. Source: "L'andamento di alcuni
/// importanti servizi all'utenza", "Risultato degli obiettivi specifici di ente".
const MEASURES: [(&str, i64, Option<i64>, bool); 7] = [
    ("Q_PRIVATE_PENSIONS_TIME", 1_900, Some(2_300), true),
    ("Q_PUBLIC_PENSIONS_TIME", 2_800, Some(3_800), true),
    ("Q_NASPI_TIME", 2_200, Some(2_600), true),
    ("Q_DURC", 9_596, Some(9_928), false),
    ("Q_COMPANY_3_DAYS", 9_468, Some(9_564), false),
    ("Q_RDC", 9_426, None, false),
    ("Q_FAMILY_SUPPORT", 9_340, None, false),
];

/// Ten-thousandths of a point of deviation in one hundredth: what is summed within a group.
const FINE: i64 = 10_000;
/// A million cases: every drawn ratio is a whole number of them.
const MILLION: i64 = 1_000_000;

/// What an indicator measured in the nation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct National {
    /// In 2018.
    pub(super) earlier: Fraction,
    /// In 2019.
    pub(super) before: Fraction,
    /// In 2020.
    pub(super) now: Fraction,
    /// Whether it is a mean in days; else a share of cases.
    pub(super) days: bool,
    /// How far above the budget it is in 2020, in hundredths of a per cent of it.
    pub(super) over_budget: i64,
}

impl National {
    /// Whether it is a share that leaves little room above.
    pub(super) fn crowded(&self) -> bool {
        !self.days && self.now.0 * 100 > self.now.1 * 88
    }

    /// From the worst to the best office, in thousandths: no share exceeds its whole, wherever the large offices fall.
    pub(super) fn room(&self) -> (i64, i64) {
        match (self.days, self.crowded()) {
            (true, _) => (800, 1_250),
            (false, false) => (940, 1_040),
            (false, true) => (997, 1_002),
        }
    }

    /// How much better it is than in 2019, in ten-thousandths of a hundredth of a per cent.
    fn gain(&self) -> i64 {
        let (now, before) = (self.now, self.before);
        let (now, before) = (i128::from(now.0) * i128::from(before.1), i128::from(before.0) * i128::from(now.1));
        let gain = if self.days { before - now } else { now - before };
        i64::try_from(gain * 10_000 * i128::from(FINE) / before.max(1)).unwrap_or_default()
    }
}

/// The figures of every indicator, given with its area.
///
/// # Errors
///
/// When an area whose index is printed has no indicators.
pub(super) fn national(listed: &[(String, String)], seed: u64) -> Result<Vec<(String, National)>> {
    let mut all: Vec<Option<National>> = vec![None; listed.len()];
    let within =
        |area: &str| -> Vec<usize> { listed.iter().enumerate().filter(|(_, (_, of))| of == area).map(|(position, _)| position).collect() };
    let (mut sum_of_areas, mut last_place) = (0, 0);
    for (place, area) in areas(listed).into_iter().enumerate() {
        let members = within(area);
        let known = PRINTED.iter().chain(&DRAWN).find(|(code, _)| *code == area).map(|(_, deviation)| *deviation);
        if known.is_none() && area == LAST_AREA {
            last_place = place;
            continue;
        }
        fill(&mut all, listed, &members, &Wanted { gain: known.map(|known| known * FINE), over_budget: over_budget(place) }, seed);
        sum_of_areas += if in_production(area) { mean(&all, &members) } else { 0 };
    }
    let last = within(LAST_AREA);
    ensure!(!last.is_empty(), "{LAST_AREA} has no indicators");
    let left = Some(SYNTHETIC * FINE * PRODUCTION_AREAS - sum_of_areas);
    fill(&mut all, listed, &last, &Wanted { gain: left, over_budget: over_budget(last_place) }, seed);
    for (area, _) in PRINTED {
        ensure!(!within(area).is_empty(), "{area} has no indicators, and its index is printed");
    }
    for area in areas(listed) {
        before_2019(&mut all, &within(area), seed);
    }
    Ok(listed.iter().zip(all).filter_map(|((code, _), national)| Some((code.clone(), national?))).collect())
}

/// What the indicators of one area measured in 2018, such that the mean of their gains in 2019 is the printed one: pairs balance, and an odd
/// one has the mean.
fn before_2019(all: &mut [Option<National>], members: &[usize], seed: u64) {
    let mut swing = 0;
    for (place, member) in members.iter().enumerate() {
        let mut chance = Chance::of(seed, b'p', *member);
        let last_alone = place + 1 == members.len() && members.len() % 2 == 1;
        let beside = if last_alone { 0 } else { sign(place) * swing_of(&mut swing, place, &mut chance) };
        if let Some(Some(national)) = all.get_mut(*member) {
            national.earlier = year_before(national.before, SYNTHETIC_2019 * FINE + beside, national.days);
        }
    }
}

/// What was measured a year before, when the gain since then is known.
fn year_before((numerator, cases): Fraction, gain: i64, days: bool) -> Fraction {
    let scale = i128::from(10_000 * FINE);
    let ratio = (if days { scale - i128::from(gain) } else { scale + i128::from(gain) }).max(1);
    let earlier = (2 * i128::from(numerator) * scale + ratio) / (2 * ratio);
    (i64::try_from(earlier).unwrap_or_default(), cases)
}

/// What the indicators of an area must come to.
struct Wanted {
    /// Their mean gain, in ten-thousandths of a hundredth of a per cent; `None` where each is printed.
    gain: Option<i64>,
    /// How far above the budget they are in the mean, in hundredths of a per cent.
    over_budget: i64,
}

/// Areas lie above and below the mean in turn, so that those of production, an even number, have the printed mean.
fn over_budget(place: usize) -> i64 {
    BUDGET + sign(place) * 180
}

fn in_production(area: &str) -> bool {
    !matches!(area, "MEDICO_LEGAL_AREA" | "SOCIAL_OPINIONS_AREA" | "LEGAL_AREA")
}

/// The areas, each once, in the order of the table.
fn areas(listed: &[(String, String)]) -> Vec<&str> {
    let mut areas: Vec<&str> = Vec::new();
    for (_, area) in listed {
        if !areas.contains(&area.as_str()) {
            areas.push(area);
        }
    }
    areas
}

fn mean(all: &[Option<National>], members: &[usize]) -> i64 {
    let gains = members.iter().filter_map(|member| all.get(*member).copied().flatten()).map(|national| national.gain());
    gains.sum::<i64>() / i64::try_from(members.len()).unwrap_or(1).max(1)
}

/// The indicators of one area, whose gains have the given mean where one is asked for: drawn in pairs that balance, the last one makes it up.
fn fill(all: &mut [Option<National>], listed: &[(String, String)], members: &[usize], wanted: &Wanted, seed: u64) {
    let count = i64::try_from(members.len()).unwrap_or_default();
    let target = wanted.gain.unwrap_or_default();
    let (mut left, mut swing) = (target * count, 0);
    for (place, member) in members.iter().enumerate() {
        let mut chance = Chance::of(seed, b'n', *member);
        let Some((code, _)) = listed.get(*member) else { continue };
        let over_budget = wanted.over_budget + if count % 2 == 0 || place + 1 < members.len() { sign(place) * 240 } else { 0 };
        let printed = MEASURES.iter().find(|(known, ..)| known == code);
        let last = place + 1 == members.len();
        let free = target + if last { 0 } else { sign(place) * swing_of(&mut swing, place, &mut chance) };
        let gain = if last && wanted.gain.is_some() { left } else { free };
        let national = match printed {
            Some((_, now, Some(before), days)) => exactly(*now, *before, *days, over_budget, &mut chance),
            Some((_, now, None, days)) => from_now(*now, gain, *days, over_budget, &mut chance),
            None => from_before(gain, chance.happens(50), over_budget, &mut chance),
        };
        left -= national.gain();
        if let Some(slot) = all.get_mut(*member) {
            *slot = Some(national);
        }
    }
}

fn sign(place: usize) -> i64 {
    if place.is_multiple_of(2) { 1 } else { -1 }
}

/// Each pair swings as far to one side as to the other.
fn swing_of(swing: &mut i64, place: usize, chance: &mut Chance) -> i64 {
    if place.is_multiple_of(2) {
        *swing = chance.between(20, 600) * FINE;
    }
    *swing
}

/// Both years are printed.
fn exactly(now: i64, before: i64, days: bool, over_budget: i64, chance: &mut Chance) -> National {
    let parts = |value: i64, chance: &mut Chance| {
        let cases = chance.between(1, 3) * MILLION;
        (cases / if days { 100 } else { 10_000 } * value, cases)
    };
    let before = parts(before, chance);
    National { earlier: before, before, now: parts(now, chance), days, over_budget }
}

/// 2020 is printed, 2019 follows from the gain.
fn from_now(now: i64, gain: i64, days: bool, over_budget: i64, chance: &mut Chance) -> National {
    let mut national = exactly(now, now, days, over_budget, chance);
    let scale = i128::from(10_000 * FINE);
    let ratio = if days { scale - i128::from(gain) } else { scale + i128::from(gain) };
    let (numerator, cases) = national.before;
    national.before = (i64::try_from(i128::from(numerator) * scale / ratio.max(1)).unwrap_or_default(), cases);
    national
}

/// Nothing is printed: 2019 is drawn, 2020 follows from the gain.
fn from_before(gain: i64, days: bool, over_budget: i64, chance: &mut Chance) -> National {
    let value = if days { chance.between(15, 60) * 100 } else { chance.between(60, 70) * 100 };
    let mut national = exactly(value, value, days, over_budget, chance);
    let scale = i128::from(10_000 * FINE);
    let ratio = if days { scale - i128::from(gain) } else { scale + i128::from(gain) };
    let (numerator, cases) = national.now;
    // Half up: the last of a group makes up for the others to the nearest case.
    national.now = (i64::try_from((2 * i128::from(numerator) * ratio + scale) / (2 * scale)).unwrap_or_default(), cases);
    national
}
