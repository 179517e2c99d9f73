//! Fractions in lowest terms: two machine words while they fit, numbers of any size beyond.
//!
//! Nearly every figure of the institute fits two words, and a scorecard adds thousands of them: only the few that do not fit pay for
//! memory of their own. The same number has one form only, so equality compares forms.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

use super::large::{self, Parts};

/// A fraction in lowest terms, denominator positive.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Fraction {
    /// Both parts fit a word.
    Words { numerator: i64, denominator: i64 },
    /// They do not.
    Large(Box<BigRational>),
}

impl Fraction {
    pub(super) const ZERO: Self = Self::Words { numerator: 0, denominator: 1 };

    pub(super) const fn whole(number: i64) -> Self {
        Self::Words { numerator: number, denominator: 1 }
    }

    /// A fraction of words, the denominator positive.
    pub(super) fn of_words(numerator: i64, denominator: i64) -> Self {
        if denominator == 1 {
            return Self::whole(numerator);
        }
        let divisor = common_divisor_of_words(numerator.unsigned_abs(), denominator.unsigned_abs());
        // It divides the denominator, so it is a word with a sign too.
        match i64::try_from(divisor) {
            Ok(divisor) => Self::Words { numerator: numerator / divisor, denominator: denominator / divisor },
            Err(_) => Self::reduced_wide(numerator.into(), denominator.into()),
        }
    }

    /// Any fraction of wide words, the denominator not zero.
    pub(super) fn reduced(numerator: i128, denominator: i128) -> Self {
        match (i64::try_from(numerator), i64::try_from(denominator)) {
            (Ok(numerator), Ok(denominator)) if denominator > 0 => Self::of_words(numerator, denominator),
            _ => Self::reduced_wide(numerator, denominator),
        }
    }

    fn reduced_wide(numerator: i128, denominator: i128) -> Self {
        let divisor = common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        let (Ok(divisor), false) = (i128::try_from(divisor), denominator == i128::MIN || numerator == i128::MIN) else {
            return Self::large(Parts { numerator: numerator.into(), denominator: denominator.into() }.reduced());
        };
        let divisor = if denominator < 0 { -divisor } else { divisor };
        Self::lowest(numerator / divisor, denominator / divisor)
    }

    /// A fraction of any size, in the form that fits it.
    pub(super) fn large(value: BigRational) -> Self {
        match (value.numer().to_i64(), value.denom().to_i64()) {
            (Some(numerator), Some(denominator)) => Self::Words { numerator, denominator },
            _ => Self::Large(Box::new(value)),
        }
    }

    pub(super) fn to_large(&self) -> BigRational {
        match self {
            Self::Words { numerator, denominator } => BigRational::new_raw((*numerator).into(), (*denominator).into()),
            Self::Large(value) => value.as_ref().clone(),
        }
    }

    /// A fraction of wide words that is in lowest terms already, the denominator positive.
    fn lowest(numerator: i128, denominator: i128) -> Self {
        match (i64::try_from(numerator), i64::try_from(denominator)) {
            (Ok(numerator), Ok(denominator)) => Self::Words { numerator, denominator },
            _ => Self::Large(Box::new(BigRational::new_raw(numerator.into(), denominator.into()))),
        }
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Words { numerator: a, denominator: b }, Self::Words { numerator: c, denominator: d }) => {
                Self::sum_of_words((*a, *b), (*c, *d))
            }
            _ => Self::large(large::plus(&self.to_large(), &other.to_large())),
        }
    }

    /// Two fractions share no more with their sum than their denominators share with each other (Knuth, 4.5.1), so common divisors are
    /// looked for in words, and mostly not at all.
    fn sum_of_words((a, b): (i64, i64), (c, d): (i64, i64)) -> Self {
        let wide = |left: i64, right: i64| i128::from(left) * i128::from(right);
        let shared = common_divisor_of_denominators(b, d);
        // Two products of words are below 2^126 each, so their sum fits.
        if shared == 1 {
            return Self::lowest(wide(a, d) + wide(c, b), wide(b, d));
        }
        let sum = wide(a, d / shared) + wide(c, b / shared);
        let rest = match i64::try_from(sum) {
            Ok(sum) => sum % shared,
            Err(_) => i64::try_from(sum % i128::from(shared)).unwrap_or_default(),
        };
        let divisor = common_divisor_of_denominators(shared, rest);
        Self::lowest(sum / i128::from(divisor), wide(b / shared, d / divisor))
    }

    pub(super) fn times(&self, other: &Self) -> Self {
        if let (Self::Words { numerator: a, denominator: b }, Self::Words { numerator: c, denominator: d }) = (self, other) {
            return Self::product_of_words((*a, *b), (*c, *d));
        }
        let other = other.to_large();
        Self::large(large::times(&self.to_large(), (other.numer(), other.denom())))
    }

    /// Each numerator shares divisors with the other denominator alone, and those are words.
    fn product_of_words((a, b): (i64, i64), (c, d): (i64, i64)) -> Self {
        let (first, second) = (common_divisor_of_denominators(d, a), common_divisor_of_denominators(b, c));
        Self::lowest(i128::from(a / first) * i128::from(c / second), i128::from(b / second) * i128::from(d / first))
    }

    /// The sum of many: in words while it fits them, and brought to lowest terms once beyond.
    pub(super) fn sum<'a>(fractions: impl Iterator<Item = &'a Self>) -> Self {
        let mut beyond: Vec<Parts> = Vec::new();
        let mut in_words = Self::ZERO;
        for fraction in fractions {
            match fraction {
                Self::Large(value) => beyond.push(Parts::of(value.as_ref().clone())),
                Self::Words { .. } => match in_words.plus(fraction) {
                    sum @ Self::Words { .. } => in_words = sum,
                    Self::Large(_) => beyond.push(std::mem::replace(&mut in_words, fraction.clone()).into_parts()),
                },
            }
        }
        if beyond.is_empty() {
            return in_words;
        }
        beyond.push(in_words.into_parts());
        Self::large(large::sum(beyond).reduced())
    }

    fn into_parts(self) -> Parts {
        match self {
            Self::Words { numerator, denominator } => Parts { numerator: numerator.into(), denominator: denominator.into() },
            Self::Large(value) => Parts::of(*value),
        }
    }

    /// `None` when the divisor is zero.
    pub(super) fn over(&self, divisor: &Self) -> Option<Self> {
        match (self, divisor) {
            (_, divisor) if divisor.is_zero() => None,
            (Self::Words { numerator: a, denominator: b }, Self::Words { numerator: c, denominator: d }) => match c.checked_abs() {
                Some(divisor) => Some(Self::product_of_words((*a, *b), (d * c.signum(), divisor))),
                None => Some(Self::reduced(i128::from(*a) * i128::from(*d), i128::from(*b) * i128::from(*c))),
            },
            _ => {
                let divisor = divisor.to_large();
                Some(Self::large(large::times(&self.to_large(), (divisor.denom(), divisor.numer()))))
            }
        }
    }

    pub(super) fn negated(&self) -> Self {
        match self {
            Self::Words { numerator, denominator } => Self::lowest(-i128::from(*numerator), (*denominator).into()),
            Self::Large(value) => Self::large(-value.as_ref().clone()),
        }
    }

    pub(super) fn is_whole(&self) -> bool {
        match self {
            Self::Words { denominator, .. } => *denominator == 1,
            Self::Large(value) => value.is_integer(),
        }
    }

    pub(super) fn words(&self) -> Option<(i64, i64)> {
        match self {
            Self::Words { numerator, denominator } => Some((*numerator, *denominator)),
            Self::Large(_) => None,
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    pub(super) fn is_negative(&self) -> bool {
        match self {
            Self::Words { numerator, .. } => *numerator < 0,
            Self::Large(value) => value.is_negative(),
        }
    }

    /// The number times a tenfold power, without its sign, rounded half up to a whole: what rounding half away from zero shows.
    pub(super) fn magnitude_in_digits(&self, digits: u32) -> String {
        if let Self::Words { numerator, denominator } = self
            && let Some(scaled) =
                10_u128.checked_pow(digits).and_then(|power| u128::from(numerator.unsigned_abs()).checked_mul(power)?.checked_mul(2))
        {
            let denominator = u128::from(denominator.unsigned_abs());
            if let Some(sum) = scaled.checked_add(denominator) {
                let magnitude = sum / (denominator * 2);
                // Wide words are written several times slower.
                return u64::try_from(magnitude).map_or_else(|_| magnitude.to_string(), |magnitude| magnitude.to_string());
            }
        }
        let value = self.to_large();
        let scaled = value.numer().abs() * BigInt::from(10).pow(digits) * 2;
        let magnitude: BigInt = (scaled + value.denom()) / (value.denom() * BigInt::from(2));
        magnitude.to_string()
    }

    pub(super) fn numerator_text(&self) -> String {
        match self {
            Self::Words { numerator, .. } => numerator.to_string(),
            Self::Large(value) => value.numer().to_string(),
        }
    }

    pub(super) fn denominator_text(&self) -> String {
        match self {
            Self::Words { denominator, .. } => denominator.to_string(),
            Self::Large(value) => value.denom().to_string(),
        }
    }
}

impl Ord for Fraction {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Words { numerator: a, denominator: b }, Self::Words { numerator: c, denominator: d }) => {
                (i128::from(*a) * i128::from(*d)).cmp(&(i128::from(*c) * i128::from(*b)))
            }
            _ => self.to_large().cmp(&other.to_large()),
        }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Euclid's, in the narrowest words that hold the numbers: division of wide words costs several times as much.
fn common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        if let (Ok(a), Ok(b)) = (u64::try_from(a), u64::try_from(b)) {
            return common_divisor_of_words(a, b).into();
        }
        (a, b) = (b, a % b);
    }
    a.max(1)
}

/// Bit by bit, once a division has brought the larger near the smaller: mostly one is much longer.
fn common_divisor_of_words(a: u64, b: u64) -> u64 {
    let (smaller, larger) = if a < b { (a, b) } else { (b, a) };
    match smaller {
        0 => larger.max(1),
        1 => 1,
        _ => num_integer::gcd(smaller, larger % smaller),
    }
}

/// The common divisor of a denominator, which is positive, and any word: as a word with a sign, which it fits, since it divides the first.
fn common_divisor_of_denominators(denominator: i64, other: i64) -> i64 {
    common_divisor_of_words(denominator.unsigned_abs(), other.unsigned_abs()).cast_signed()
}

#[cfg(test)]
mod tests {
    use num_traits::Zero;
    use proptest::prelude::*;

    use super::*;

    fn near_the_edges() -> impl Strategy<Value = i64> {
        prop_oneof![any::<i64>(), -1_000i64..1_000, (i64::MAX - 3)..=i64::MAX, i64::MIN..(i64::MIN + 3)]
    }

    fn fractions() -> impl Strategy<Value = (Fraction, BigRational)> {
        let whole = |value: i64| BigInt::from(value);
        (near_the_edges(), near_the_edges().prop_filter("a denominator", |value| *value != 0), any::<bool>()).prop_map(
            move |(numerator, denominator, squared)| {
                let value = BigRational::new(whole(numerator), whole(denominator));
                let value = if squared { &value * &value } else { value };
                (Fraction::large(value.clone()), value)
            },
        )
    }

    proptest! {
        #[test]
        fn words_and_numbers_of_any_size_agree((a, large_a) in fractions(), (b, large_b) in fractions()) {
            prop_assert_eq!(a.plus(&b).to_large(), &large_a + &large_b);
            prop_assert_eq!(a.times(&b).to_large(), &large_a * &large_b);
            prop_assert_eq!(a.over(&b).map(|value| value.to_large()), (!large_b.is_zero()).then(|| &large_a / &large_b));
            prop_assert_eq!(a.negated().to_large(), -large_a.clone());
            prop_assert_eq!(a.cmp(&b), large_a.cmp(&large_b));
            prop_assert_eq!(a == b, large_a == large_b);
            prop_assert_eq!(a.is_zero(), large_a.is_zero());
            prop_assert_eq!(a.is_negative(), large_a.is_negative());
        }

        #[test]
        fn fractions_of_words_are_in_lowest_terms(numerator in near_the_edges(), denominator in 1i64..=i64::MAX) {
            let expected = Fraction::reduced(numerator.into(), denominator.into());
            prop_assert_eq!(Fraction::of_words(numerator, denominator), expected);
            prop_assert_eq!(Fraction::of_words(numerator, 1).is_whole(), true);
        }

        #[test]
        fn what_fits_two_words_is_in_two_words((a, _) in fractions(), (b, _) in fractions()) {
            for result in [a.plus(&b), a.times(&b), a.negated()] {
                let large = result.to_large();
                let fits = large.numer().to_i64().is_some() && large.denom().to_i64().is_some();
                prop_assert_eq!(matches!(result, Fraction::Words { .. }), fits);
            }
        }

        #[test]
        fn digits_agree_in_both_forms((a, large) in fractions(), digits in 0u32..30) {
            let whole = large.numer().abs() * BigInt::from(10).pow(digits) * 2 + large.denom();
            let magnitude: BigInt = whole / (large.denom() * BigInt::from(2));
            prop_assert_eq!(a.magnitude_in_digits(digits), magnitude.to_string());
        }
    }
}
