//! What each structure contributes to one elementary indicator, in whole numbers while they last.

use piramide_measure::{Direction, Exact, Factor, Scale, Term, deviation};

use crate::{
    asked::{Asked, Cases, Elementary, Part},
    indices::{Against, Compared},
};

/// Ten-thousandths in one: cases are nearly always whole, and then smaller numbers do.
const UNITS: i64 = 10_000;

/// What one structure contributes to one indicator; `None` is nothing.
pub(super) struct PartEffect {
    pub(super) own: Option<Term>,
    pub(super) mix: Option<Term>,
}

/// Own and mix of every structure right under the one asked for, within the cap and as a share of the whole.
pub(super) fn of_structures<'a>(
    asked: &Asked<'a>,
    elementary: &Elementary<'a>,
    against: Against,
    share: &Exact,
) -> Vec<(&'a str, PartEffect)> {
    let Some(whole) = Compared::of(elementary, &elementary.whole, against) else { return Vec::new() };
    let (Some(now), Some(reference)) = (whole.actual.ratio(), whole.reference.ratio()) else { return Vec::new() };
    let indicator = elementary.indicator;
    let Some(unit) = scale(elementary, &reference) else { return Vec::new() };
    let distance = (&now - &reference) * unit.clone();
    let cap = indicator.cap.as_ref().or(asked.query.plan.cap());
    let within = Exact::quotient(&deviation::capped(&distance, cap), &distance).unwrap_or_else(|| Exact::from(1));
    let factor = Factor::new(unit * within * share.clone());
    let parts = asked.parts(&indicator.code);
    let ratios = match against {
        Against::PreviousYear => Ratios::new(&elementary.whole, parts),
        Against::Budget => Ratios { whole: false, now: elementary.whole.held, before: Cases::default() },
    };
    let counts = |part: &&Part<'_>| if against == Against::Budget { part.has_budget } else { part.is_known() };
    let effect = |part: &Part<'a>| {
        let effect = match against {
            Against::PreviousYear => ratios.beside_last_year(part, &factor),
            Against::Budget => ratios.beside_budget(part, elementary, &factor),
        };
        (part.structure, effect)
    };
    parts.iter().filter(counts).map(effect).collect()
}

/// What a distance of one between ratios is worth as a deviation.
fn scale(elementary: &Elementary<'_>, reference: &Exact) -> Option<Exact> {
    let sign = match elementary.indicator.direction {
        Direction::HigherIsBetter => 1,
        Direction::LowerIsBetter => -1,
    };
    match elementary.indicator.scale {
        Scale::Relative => Exact::quotient(&Exact::from(100 * sign), &reference.abs()),
        Scale::Absolute => Some(elementary.factor() * Exact::from(sign)),
    }
}

/// The cases of all structures together, in a unit that divides those of each.
struct Ratios {
    /// Whether those of each are whole.
    whole: bool,
    now: Cases,
    before: Cases,
}

impl Ratios {
    fn new(whole: &Part<'_>, parts: &[Part<'_>]) -> Self {
        let both = |part: &Part<'_>| [part.now.numerator, part.now.denominator, part.before.numerator, part.before.denominator];
        let all_whole = parts.iter().chain([whole]).flat_map(both).all(|amount| wholes(amount) * i128::from(UNITS) == amount);
        Self { whole: all_whole, now: in_units(whole.now, all_whole), before: in_units(whole.before, all_whole) }
    }

    /// `own = d/D (n/d - r)`, `mix = (d/D - d'/D') (r - N'/D')`, where `r` is the structure's own ratio of last year, or that of all.
    fn beside_last_year(&self, part: &Part<'_>, factor: &Factor) -> PartEffect {
        let (now, before) = (in_units(part.now, self.whole), in_units(part.before, self.whole));
        let (all, base) = (self.now.denominator, self.before);
        let reference = if before.denominator == 0 { base } else { before };
        let own = || {
            let gained =
                now.numerator.checked_mul(reference.denominator)?.checked_sub(now.denominator.checked_mul(reference.numerator)?)?;
            factor.term(gained, all.checked_mul(reference.denominator)?)
        };
        let mix = || {
            let share = now.denominator.checked_mul(base.denominator)?.checked_sub(before.denominator.checked_mul(all)?)?;
            let beside = before.numerator.checked_mul(base.denominator)?.checked_sub(base.numerator.checked_mul(before.denominator)?)?;
            let whole = all.checked_mul(base.denominator)?.checked_mul(before.denominator)?.checked_mul(base.denominator)?;
            factor.term(share.checked_mul(beside)?, whole)
        };
        let ratio = |cases: Cases| over(cases.numerator, cases.denominator);
        let long_own = || whole_term(&(over(now.denominator, all)? * (ratio(now)? - ratio(reference)?)), factor);
        let long_mix = || {
            let moved = over(now.denominator, all)? - over(before.denominator, base.denominator)?;
            whole_term(&(moved * (ratio(before)? - ratio(base)?)), factor)
        };
        PartEffect {
            own: if now.denominator == 0 { None } else { own().or_else(long_own) },
            mix: if before.denominator == 0 { None } else { mix().or_else(long_mix) },
        }
    }

    /// `own = (n - due) / D`: the reference has the same cases, so nothing is mix.
    fn beside_budget(&self, part: &Part<'_>, elementary: &Elementary<'_>, factor: &Factor) -> PartEffect {
        let (held, all) = (part.held, self.now.denominator);
        let own = || {
            let ((due, of), (times, _)) = (part.due.words()?, elementary.factor().words()?);
            let unit = i128::from(of) * i128::from(times);
            let gained = held.numerator.checked_mul(unit)?.checked_sub(i128::from(due).checked_mul(UNITS.into())?)?;
            factor.term(gained, all.checked_mul(unit)?)
        };
        let long_own = || {
            let due = Exact::quotient(&part.due, &elementary.factor())?;
            let gained = held.exact().0 - due;
            whole_term(&Exact::quotient(&gained, &self.now.exact().1)?, factor)
        };
        PartEffect { own: own().or_else(long_own), mix: None }
    }
}

/// Cases in units of themselves: whole, or the ten-thousandths that they are kept in.
fn in_units(cases: Cases, whole: bool) -> Cases {
    if whole { Cases { numerator: wholes(cases.numerator), denominator: wholes(cases.denominator), ..cases } } else { cases }
}

/// The wholes in so many ten-thousandths, in a word where they fit it: wide division costs several times as much.
fn wholes(amount: i128) -> i128 {
    i64::try_from(amount).map_or_else(|_| amount / i128::from(UNITS), |amount| i128::from(amount / UNITS))
}

fn over(dividend: i128, divisor: i128) -> Option<Exact> {
    Exact::quotient(&Exact::from(dividend), &Exact::from(divisor))
}

/// The same of numbers that words do not hold.
fn whole_term(value: &Exact, factor: &Factor) -> Option<Term> {
    Factor::new(value * factor.value()).term(1, 1)
}
