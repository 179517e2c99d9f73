//! An elementary index: a measure recomputed from its parts, beside a reference recomputed from its own.

use piramide_measure::{Exact, Missing, Policy, Provenance, deviation, explanation::counted};
use piramide_plan::WhenFew;

use super::{Against, Judged};
use crate::asked::{Asked, Elementary, Part};

/// A numerator and a denominator, exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// What is counted.
    pub numerator: Exact,
    /// What it is counted over.
    pub denominator: Exact,
}

impl Side {
    fn of(parts: (Exact, Exact)) -> Self {
        Self { numerator: parts.0, denominator: parts.1 }
    }

    /// The quotient; `None` over nothing.
    pub fn ratio(&self) -> Option<Exact> {
        Exact::quotient(&self.numerator, &self.denominator)
    }
}

/// What is compared in a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared<'a> {
    /// The structure.
    pub structure: &'a str,
    /// What it recorded.
    pub actual: Side,
    /// What it is compared with.
    pub reference: Side,
}

impl<'a> Compared<'a> {
    /// What is compared of what a structure has recorded; `None` where nothing has a reference.
    ///
    /// ```text
    /// budget         actual: numerator / denominator    reference: budget of its cluster x denominator / denominator
    /// previous year  actual: numerator / denominator    reference: those of the same period of last year
    /// ```
    ///
    /// **Decision**: above an office the budget is what its offices would have reached, had each met the budget of its own cluster, the one
    /// that it stood in that month. So it is recomputed from parts as measures are, and what offices contribute adds up.
    pub fn of(elementary: &Elementary<'_>, part: &Part<'a>, against: Against) -> Option<Self> {
        let structure = part.structure;
        match against {
            Against::PreviousYear => {
                part.is_known().then(|| Self { structure, actual: Side::of(part.now.exact()), reference: Side::of(part.before.exact()) })
            }
            Against::Budget => part.has_budget.then(|| {
                let actual = Side::of(part.held.exact());
                let numerator = Exact::quotient(&part.due, &elementary.factor()).unwrap_or_else(Exact::zero);
                let reference = Side { numerator, denominator: actual.denominator.clone() };
                Self { structure, actual, reference }
            }),
        }
    }
}

/// What is compared in each structure right under the one asked for, sorted by code.
pub fn compared<'a>(asked: &Asked<'a>, elementary: &Elementary<'a>, against: Against) -> Vec<Compared<'a>> {
    asked.parts(&elementary.indicator.code).iter().filter_map(|part| Compared::of(elementary, part, against)).collect()
}

/// The measure and its reference in the indicator's unit, with the cases that have one: what [`Compared`] comes to, in fewer steps. `None`
/// where nothing has a reference.
fn beside(elementary: &Elementary<'_>, against: Against) -> Option<(Exact, Exact, i128)> {
    let whole = &elementary.whole;
    match against {
        Against::PreviousYear => Some((elementary.value(whole.now)?, elementary.value(whole.before)?, whole.now.denominator)),
        Against::Budget if whole.has_budget => {
            let denominator = whole.held.cases();
            Some((elementary.value(whole.held)?, Exact::quotient(&whole.due, &denominator)?, whole.held.denominator))
        }
        Against::Budget => None,
    }
}

/// Per cent of some cases.
fn covered(part: i128, whole: i128) -> Exact {
    if part == whole {
        return Exact::hundred();
    }
    Exact::quotient(&(Exact::from(part) * Exact::hundred()), &Exact::from(whole)).unwrap_or_else(Exact::zero)
}

/// The least certain provenance of the facts that are compared.
pub(super) fn provenance(elementary: &Elementary<'_>, against: Against) -> Option<Provenance> {
    let whole = &elementary.whole;
    match against {
        Against::Budget => whole.held.provenance,
        Against::PreviousYear => whole.now.provenance.max(whole.before.provenance),
    }
}

/// Elementary index (*indice elementare*).
///
/// ```text
/// 100 + deviation(sum of numerators / sum of denominators, the same of the reference), within the cap
/// ```
///
/// - Unit: index. Direction and scale are the indicator's; the cap is its own or the plan's.
/// - Coverage: per cent of the cases that have a reference.
/// - Rounding: none here.
/// - Source: Piano della performance 2021-2023, "Qualità".
///
/// Missing without facts (then the worst, where the plan says so), without a reference, over too few cases where the plan leaves those out,
/// and for an indicator that the institute has still to define.
pub(super) fn judged(asked: &Asked<'_>, elementary: &Elementary<'_>, against: Against) -> Judged {
    let indicator = elementary.indicator;
    if indicator.measure.is_none() {
        return Judged::missing(Missing::Reported { reason: "indicatore da definire dall'istituto".into() });
    }
    let cap = indicator.cap.as_ref().or(asked.query.plan.cap());
    if elementary.whole.now.denominator == 0 {
        let policy = indicator.missing.clone().unwrap_or_else(|| asked.query.plan.missing());
        return match policy {
            // No deviation counts for more than the indicator's own cap, so nothing is worse than that.
            Policy::Worst { cap: any } => {
                let index = Exact::hundred() - cap.cloned().unwrap_or(any);
                Judged { index: Ok(index), worst: true, ..Judged::missing(asked.query.no_data()) }
            }
            Policy::Reweight => Judged::missing(asked.query.no_data()),
        };
    }
    if let Some((cases, fewest)) = elementary.few().filter(|_| indicator.when_few == WhenFew::LeaveOut) {
        let reason = format!("solo {}, meno di {}: il piano lo esclude", counted(cases.shown(0), "caso", "casi"), fewest.shown(0));
        return Judged::missing(Missing::Reported { reason });
    }
    let without = || {
        let input = match against {
            Against::Budget => "l'obiettivo di budget",
            Against::PreviousYear => "il dato dell'anno precedente",
        };
        Judged::missing(Missing::NoInput { input: input.into() })
    };
    let Some((measure, base, referred)) = beside(elementary, against) else { return without() };
    let coverage = covered(referred, elementary.whole.now.denominator);
    let Some(distance) = deviation::deviation(&measure, &base, indicator.direction, indicator.scale) else {
        let zero = Missing::ZeroDivisor { divisor: against.label().to_lowercase() };
        return Judged { actual: Some(measure), reference: Some(base), ..Judged::missing(zero) };
    };
    Judged {
        index: Ok(deviation::score(&distance, cap)),
        actual: Some(measure),
        reference: Some(base),
        deviation: Some(distance),
        coverage,
        worst: false,
    }
}
