//! An elementary index: a measure recomputed from its parts, beside a reference recomputed from its own.

use piramide_measure::{Exact, Missing, Policy, Provenance, deviation};
use piramide_plan::{Budget, WhenFew};

use super::{Against, Judged};
use crate::asked::{Asked, Cases, Elementary, Office};

/// A numerator and a denominator, exact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// What is counted.
    pub numerator: Exact,
    /// What it is counted over.
    pub denominator: Exact,
}

impl Side {
    /// Nothing counted over nothing.
    pub fn empty() -> Self {
        Self { numerator: Exact::zero(), denominator: Exact::zero() }
    }

    fn of(parts: (Exact, Exact)) -> Self {
        Self { numerator: parts.0, denominator: parts.1 }
    }

    /// Both together.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self { numerator: &self.numerator + &other.numerator, denominator: &self.denominator + &other.denominator }
    }

    /// The quotient; `None` over nothing.
    pub fn ratio(&self) -> Option<Exact> {
        Exact::quotient(&self.numerator, &self.denominator)
    }
}

/// What is compared in a structure right under the one asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared<'a> {
    /// The structure.
    pub structure: &'a str,
    /// What it recorded.
    pub actual: Side,
    /// What it is compared with.
    pub reference: Side,
}

/// The actuals and the references of all structures together.
pub fn together(all: &[Compared<'_>]) -> (Side, Side) {
    let nothing = (Side::empty(), Side::empty());
    all.iter().fold(nothing, |(actual, reference), part| (actual.plus(&part.actual), reference.plus(&part.reference)))
}

/// What is compared in each structure right under the one asked for, sorted by code.
///
/// ```text
/// budget         actual: numerator / denominator    reference: budget of its cluster x denominator / denominator
/// previous year  actual: numerator / denominator    reference: those of the same period of last year
/// ```
///
/// **Decision**: above an office the budget is what its offices would have reached, had each met the budget of its own cluster. So it is
/// recomputed from parts as measures are, and what offices contribute adds up.
pub fn compared<'a>(elementary: &Elementary<'a>, against: Against) -> Vec<Compared<'a>> {
    let mut sums: Vec<Sums<'_>> = Vec::new();
    for office in elementary.offices.iter().filter(|office| has_reference(office, against)) {
        match sums.last_mut() {
            Some(sum) if sum.structure == office.child => sum.add(office),
            _ => {
                let mut sum = Sums { structure: office.child, now: Cases::default(), before: Cases::default(), held: Vec::new() };
                sum.add(office);
                sums.push(sum);
            }
        }
    }
    sums.into_iter().map(|sum| sum.compared(elementary, against)).collect()
}

/// Whether an office has something to be compared with.
fn has_reference(office: &Office<'_>, against: Against) -> bool {
    against == Against::PreviousYear || office.budget.is_some()
}

/// Sums over offices, in whole numbers while they last.
struct Sums<'a> {
    structure: &'a str,
    now: Cases,
    before: Cases,
    /// How many cases are held to each budget: there are few.
    held: Vec<(&'a Budget, Cases)>,
}

impl<'a> Sums<'a> {
    fn add(&mut self, office: &Office<'a>) {
        self.now = self.now.plus(office.now);
        self.before = self.before.plus(office.before);
        let Some(budget) = office.budget else { return };
        match self.held.iter_mut().find(|(known, _)| known.line == budget.line) {
            Some((_, cases)) => *cases = cases.plus(office.now),
            None => self.held.push((budget, office.now)),
        }
    }

    fn compared(self, elementary: &Elementary<'_>, against: Against) -> Compared<'a> {
        let actual = Side::of(self.now.exact());
        let reference = match against {
            Against::PreviousYear => Side::of(self.before.exact()),
            Against::Budget => {
                let due = |(budget, cases): &(&Budget, Cases)| budget.value.clone() * cases.exact().1;
                let all: Exact = self.held.iter().map(due).sum();
                let numerator = Exact::quotient(&all, &elementary.factor()).unwrap_or_else(Exact::zero);
                Side { numerator, denominator: actual.denominator.clone() }
            }
        };
        Compared { structure: self.structure, actual, reference }
    }
}

/// The least certain provenance of the facts that are compared.
pub(super) fn provenance(elementary: &Elementary<'_>, against: Against) -> Option<Provenance> {
    let offices = elementary.offices.iter();
    let compared = offices.filter(|office| has_reference(office, against));
    compared
        .flat_map(|office| [office.now.provenance, office.before.provenance.filter(|_| against == Against::PreviousYear)])
        .max()
        .flatten()
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
    if elementary.now().denominator == 0 {
        let policy = indicator.missing.clone().unwrap_or_else(|| asked.query.plan.missing());
        return match policy {
            Policy::Worst { cap } => Judged { index: Ok(Exact::hundred() - cap), worst: true, ..Judged::missing(asked.query.no_data()) },
            Policy::Reweight => Judged::missing(asked.query.no_data()),
        };
    }
    if let Some((cases, fewest)) = elementary.few().filter(|_| indicator.when_few == WhenFew::LeaveOut) {
        let reason = format!("solo {} casi, meno di {}: il piano lo esclude", cases.shown(0), fewest.shown(0));
        return Judged::missing(Missing::Reported { reason });
    }
    let (actual, reference) = together(&compared(elementary, against));
    let without = || {
        let input = match against {
            Against::Budget => "l'obiettivo di budget",
            Against::PreviousYear => "il dato dell'anno precedente",
        };
        Judged::missing(Missing::NoInput { input: input.into() })
    };
    let (Some(measure), Some(base)) = (actual.ratio(), reference.ratio()) else { return without() };
    let (measure, base) = (measure * elementary.factor(), base * elementary.factor());
    let (_, cases) = elementary.now().exact();
    let coverage = Exact::quotient(&(actual.denominator * Exact::hundred()), &cases).unwrap_or_else(Exact::zero);
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
