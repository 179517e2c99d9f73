//! What each structure contributes to one elementary indicator, in whole numbers while they last.

use piramide_measure::{Deferred, Direction, Exact, Factor, Scale, deviation};

use super::Effect;
use crate::{
    asked::{Asked, Cases, Elementary, Part},
    indices::{Against, Compared},
};

/// Ten-thousandths in one: cases are nearly always whole, and then smaller numbers do.
const UNITS: i128 = 10_000;

/// Own and mix of every structure right under the one asked for, within the cap and as a share of the whole.
pub(super) fn of_structures<'a>(asked: &Asked<'a>, elementary: &Elementary<'a>, against: Against, share: &Exact) -> Vec<(&'a str, Effect)> {
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
        Against::Budget => Ratios { unit: 1, now: elementary.whole.held, before: Cases::default() },
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
    unit: i128,
    now: Cases,
    before: Cases,
}

impl Ratios {
    fn new(whole: &Part<'_>, parts: &[Part<'_>]) -> Self {
        let both = |part: &Part<'_>| [part.now.numerator, part.now.denominator, part.before.numerator, part.before.denominator];
        let whole_units = parts.iter().chain([whole]).flat_map(both).all(|amount| divided(amount, UNITS) * UNITS == amount);
        let unit = if whole_units { UNITS } else { 1 };
        Self { unit, now: of_unit(whole.now, unit), before: of_unit(whole.before, unit) }
    }

    /// `own = d/D (n/d - r)`, `mix = (d/D - d'/D') (r - N'/D')`, where `r` is the structure's own ratio of last year, or that of all.
    fn beside_last_year(&self, part: &Part<'_>, factor: &Factor) -> Effect {
        let (now, before) = (of_unit(part.now, self.unit), of_unit(part.before, self.unit));
        let (all, base) = (self.now.denominator, self.before);
        let reference = if before.denominator == 0 { base } else { before };
        let own = || {
            let gained =
                now.numerator.checked_mul(reference.denominator)?.checked_sub(now.denominator.checked_mul(reference.numerator)?)?;
            Deferred::term(factor, gained, all.checked_mul(reference.denominator)?)
        };
        let mix = || {
            let share = now.denominator.checked_mul(base.denominator)?.checked_sub(before.denominator.checked_mul(all)?)?;
            let beside = before.numerator.checked_mul(base.denominator)?.checked_sub(base.numerator.checked_mul(before.denominator)?)?;
            let whole = all.checked_mul(base.denominator)?.checked_mul(before.denominator)?.checked_mul(base.denominator)?;
            Deferred::term(factor, share.checked_mul(beside)?, whole)
        };
        let ratio = |cases: Cases| over(cases.numerator, cases.denominator);
        let long_own = || whole_term(&(over(now.denominator, all)? * (ratio(now)? - ratio(reference)?)), factor);
        let long_mix = || {
            let moved = over(now.denominator, all)? - over(before.denominator, base.denominator)?;
            whole_term(&(moved * (ratio(before)? - ratio(base)?)), factor)
        };
        Effect {
            own: if now.denominator == 0 { Deferred::zero() } else { own().or_else(long_own).unwrap_or_default() },
            mix: if before.denominator == 0 { Deferred::zero() } else { mix().or_else(long_mix).unwrap_or_default() },
        }
    }

    /// `own = (n - due) / D`: the reference has the same cases, so nothing is mix.
    fn beside_budget(&self, part: &Part<'_>, elementary: &Elementary<'_>, factor: &Factor) -> Effect {
        let (held, all) = (part.held, self.now.denominator);
        let own = || {
            let ((due, of), (times, _)) = (part.due.words()?, elementary.factor().words()?);
            let unit = i128::from(of) * i128::from(times);
            let gained = held.numerator.checked_mul(unit)?.checked_sub(i128::from(due).checked_mul(UNITS)?)?;
            Deferred::term(factor, gained, all.checked_mul(unit)?)
        };
        let long_own = || {
            let due = Exact::quotient(&part.due, &elementary.factor())?;
            let gained = held.exact().0 - due;
            whole_term(&Exact::quotient(&gained, &self.now.exact().1)?, factor)
        };
        let own = own().or_else(long_own);
        Effect { own: own.unwrap_or_default(), mix: Deferred::zero() }
    }
}

fn of_unit(cases: Cases, unit: i128) -> Cases {
    Cases { numerator: divided(cases.numerator, unit), denominator: divided(cases.denominator, unit), ..cases }
}

/// A quotient without its rest, in a word where the numbers fit it: wide division costs several times as much.
fn divided(amount: i128, unit: i128) -> i128 {
    let in_words = || i64::try_from(amount).ok()?.checked_div(i64::try_from(unit).ok()?).map(i128::from);
    in_words().unwrap_or(amount / unit)
}

fn over(dividend: i128, divisor: i128) -> Option<Exact> {
    Exact::quotient(&Exact::from(dividend), &Exact::from(divisor))
}

/// The same of numbers that words do not hold.
fn whole_term(value: &Exact, factor: &Factor) -> Option<Deferred> {
    Deferred::term(&Factor::new(value * factor.value()), 1, 1)
}
