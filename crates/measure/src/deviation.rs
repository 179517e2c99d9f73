//! Direction, deviation, cap and score (*scostamento*).

use std::{fmt, str::FromStr};

use crate::{exact::Exact, unit::Unit};

/// Which way is better; part of an indicator's definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// More is better: production, clearance, quality.
    HigherIsBetter,
    /// Less is better: days, backlog, interest paid.
    LowerIsBetter,
}

impl Direction {
    /// The stable name in files and contracts.
    pub fn code(self) -> &'static str {
        match self {
            Self::HigherIsBetter => "higher_is_better",
            Self::LowerIsBetter => "lower_is_better",
        }
    }
}

/// How a distance from a target is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Scale {
    /// In per cent of the target.
    #[default]
    Relative,
    /// In the indicator's own units: the only way when the target is zero.
    Absolute,
}

impl Scale {
    /// The stable name in files and contracts.
    pub fn code(self) -> &'static str {
        match self {
            Self::Relative => "relative",
            Self::Absolute => "absolute",
        }
    }

    /// What a distance from a target counts: hundredths of it, or what the target itself counts.
    pub fn unit(self, of_target: Unit) -> Unit {
        match self {
            Self::Relative => Unit::Percent,
            Self::Absolute => of_target,
        }
    }
}

/// Why a text is not a direction or a scale.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not one of: {choices}")]
pub struct ChoiceError {
    /// What was written.
    pub text: String,
    /// What may be written.
    pub choices: &'static str,
}

impl FromStr for Direction {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        match text {
            "higher_is_better" => Ok(Self::HigherIsBetter),
            "lower_is_better" => Ok(Self::LowerIsBetter),
            _ => Err(ChoiceError { text: text.to_owned(), choices: "higher_is_better, lower_is_better" }),
        }
    }
}

impl FromStr for Scale {
    type Err = ChoiceError;

    fn from_str(text: &str) -> Result<Self, ChoiceError> {
        match text {
            "relative" => Ok(Self::Relative),
            "absolute" => Ok(Self::Absolute),
            _ => Err(ChoiceError { text: text.to_owned(), choices: "relative, absolute" }),
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// Deviation (*scostamento*): how far the actual is from the target, positive when better.
///
/// ```text
/// higher is better: (actual - target) / |target| * 100
/// lower is better:  (target - actual) / |target| * 100
/// absolute scale:   the difference itself, in the indicator's unit
/// ```
///
/// - Unit: per cent of the target, or the indicator's unit on the absolute scale. Any sign, no bound.
/// - Rounding: none here. Shown with 2 digits, half away from zero.
/// - Source: Piano della performance 2021-2023, "Indice sintetico del valore pubblico"; `None` when the target is zero on the
///   relative scale, where a ratio is undefined (plans that allow it are refused).
pub fn deviation(actual: &Exact, target: &Exact, direction: Direction, scale: Scale) -> Option<Exact> {
    let gain = match direction {
        Direction::HigherIsBetter => actual - target,
        Direction::LowerIsBetter => target - actual,
    };
    match scale {
        Scale::Relative => Exact::quotient(&(gain * Exact::hundred()), &target.abs()),
        Scale::Absolute => Some(gain),
    }
}

/// Score (*punteggio*): `100 + deviation`, the deviation limited to `[-cap, +cap]`. The objective is always 100.
pub fn score(deviation: &Exact, cap: Option<&Exact>) -> Exact {
    Exact::hundred() + capped(deviation, cap)
}

/// The deviation limited to `[-cap, +cap]`; unlimited where the plan sets no cap.
pub fn capped(deviation: &Exact, cap: Option<&Exact>) -> Exact {
    cap.map_or_else(|| deviation.clone(), |cap| deviation.within(cap))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(actual: &str, target: &str, direction: Direction, expected: &str) {
        let exact = |text: &str| Exact::parse(text).unwrap();
        let got = deviation(&exact(actual), &exact(target), direction, Scale::Relative).unwrap();
        assert_eq!(got.rounded(2), expected, "{actual} on {target}");
    }

    #[test]
    fn published_deviations() {
        check("117.03", "102", Direction::HigherIsBetter, "14.74");
        check("10820285247", "8264355659", Direction::HigherIsBetter, "30.93");
        check("4091820", "13614449", Direction::LowerIsBetter, "69.95");
        check("-50", "-100", Direction::HigherIsBetter, "50.00");
    }

    #[test]
    fn a_zero_target_needs_the_absolute_scale() {
        let (three, zero) = (Exact::from(3), Exact::zero());
        assert_eq!(deviation(&three, &zero, Direction::LowerIsBetter, Scale::Relative), None);
        assert_eq!(deviation(&three, &zero, Direction::LowerIsBetter, Scale::Absolute), Some(Exact::from(-3)));
    }

    fn exact() -> impl Strategy<Value = Exact> {
        (-1_000_000_000i64..1_000_000_000, 1i64..10_000).prop_map(|(n, d)| Exact::quotient(&Exact::from(n), &Exact::from(d)).unwrap())
    }

    proptest! {
        #[test]
        fn antisymmetric_in_direction(actual in exact(), target in exact()) {
            let higher = deviation(&actual, &target, Direction::HigherIsBetter, Scale::Relative);
            let lower = deviation(&actual, &target, Direction::LowerIsBetter, Scale::Relative);
            prop_assert_eq!(higher, lower.map(|deviation| -deviation));
        }

        #[test]
        fn the_cap_holds(value in exact(), cap in 0i64..200) {
            let cap = Exact::from(cap);
            let score = score(&value, Some(&cap));
            prop_assert!(score >= Exact::hundred() - cap.clone() && score <= Exact::hundred() + cap);
        }

        #[test]
        fn better_never_scores_lower(actual in exact(), gain in exact(), target in exact(), cap in 0i64..200) {
            prop_assume!(!target.is_zero());
            let better = &actual + &gain.abs();
            let cap = Exact::from(cap);
            let scored = |actual: &Exact| score(&deviation(actual, &target, Direction::HigherIsBetter, Scale::Relative).unwrap(), Some(&cap));
            prop_assert!(scored(&better) >= scored(&actual));
        }

        #[test]
        fn no_rounding_before_display(actual in exact(), target in exact()) {
            prop_assume!(!target.is_zero());
            let got = deviation(&actual, &target, Direction::HigherIsBetter, Scale::Relative).unwrap();
            prop_assert_eq!(got * target.abs(), (actual - target) * Exact::hundred());
        }
    }
}
