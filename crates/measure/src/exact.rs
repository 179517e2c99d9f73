//! Quotients without rounding.
//!
//! A decimal quotient has 28 digits and is not exact: a weighted mean of such quotients depends on the order in which it is
//! summed. [`Exact`] is a fraction in lowest terms, so a mean of means is the same figure however it is reached, and the only
//! rounding is the one on the screen.

mod deferred;
mod divisor;
mod fraction;
mod large;

use std::{
    fmt,
    iter::Sum,
    ops::{Add, Mul, Neg, Sub},
};

pub use deferred::{Deferred, Factor, Term};
use fraction::Fraction;
use large::Parts;
use num_bigint::{BigInt, Sign};
use num_rational::BigRational;
use rust_decimal::Decimal;

use crate::decimal::{self, DecimalError};

/// An exact number: a fraction of whole numbers of any size, in lowest terms, denominator positive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact(Fraction);

impl Exact {
    /// Nothing.
    pub fn zero() -> Self {
        Self(Fraction::ZERO)
    }

    /// One hundred: full compensation, the whole of the weights, the base of an index.
    pub fn hundred() -> Self {
        Self::from(100)
    }

    /// A quotient; `None` when the divisor is zero, since such a measure is undefined rather than zero.
    pub fn quotient(dividend: &Self, divisor: &Self) -> Option<Self> {
        dividend.0.over(&divisor.0).map(Self)
    }

    /// The number that a count of minor units stands for: 1250 with scale 2 is 12.50.
    pub fn from_minor_units(units: impl Into<i128>, scale: u32) -> Self {
        let units = units.into();
        Self(match 10_i128.checked_pow(scale) {
            Some(power) => Fraction::reduced(units, power),
            None => Fraction::large(BigRational::new(units.into(), BigInt::from(10).pow(scale))),
        })
    }

    /// Reads a decimal in the strict grammar of [`decimal::parse`].
    ///
    /// # Errors
    ///
    /// As [`decimal::parse`].
    pub fn parse(text: &str) -> Result<Self, DecimalError> {
        decimal::parse(text).map(Self::from)
    }

    /// The fraction whose whole parts are written in decimal digits, as it travels between services; `None` when a part is not
    /// a whole number, the denominator is not positive, or a part is longer than `most_digits`.
    pub fn from_fraction_text(numerator: &str, denominator: &str, most_digits: usize) -> Option<Self> {
        let well_formed = |text: &str| {
            let digits = text.strip_prefix('-').unwrap_or(text);
            !digits.is_empty() && digits.len() <= most_digits && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !(well_formed(numerator) && well_formed(denominator)) {
            return None;
        }
        if let (Ok(numerator), Ok(denominator)) = (numerator.parse::<i64>(), denominator.parse::<i64>()) {
            return (denominator > 0).then(|| Self(Fraction::of_words(numerator, denominator)));
        }
        let whole = |text: &str| BigInt::parse_bytes(text.as_bytes(), 10);
        let denominator = whole(denominator).filter(|denominator| denominator.sign() == Sign::Plus)?;
        Some(Self(Fraction::large(Parts { numerator: whole(numerator)?, denominator }.reduced())))
    }

    /// The numerator, in lowest terms, in decimal digits.
    pub fn numerator_text(&self) -> String {
        self.0.numerator_text()
    }

    /// The denominator, in lowest terms, in decimal digits.
    pub fn denominator_text(&self) -> String {
        self.0.denominator_text()
    }

    /// Numerator and denominator, where both fit a word.
    pub fn words(&self) -> Option<(i64, i64)> {
        self.0.words()
    }

    /// Whether it is nothing at all.
    pub fn is_zero(&self) -> bool {
        self.0.is_zero()
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.0.is_negative()
    }

    /// Without its sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.is_negative() { -self.clone() } else { self.clone() }
    }

    /// Limited to `[-bound, +bound]`.
    #[must_use]
    pub fn within(&self, bound: &Self) -> Self {
        let bound = bound.abs();
        self.clone().clamp(-bound.clone(), bound)
    }

    /// Rounded half away from zero to `digits` after the point, with exactly that many digits: for showing only.
    pub fn rounded(&self, digits: u32) -> String {
        with_point(&self.0.magnitude_in_digits(digits), self.is_negative(), digits)
    }

    /// Rounded half away from zero, with a decimal comma: for Italian sentences.
    pub fn shown(&self, digits: u32) -> String {
        self.rounded(digits).replace('.', ",")
    }

    /// All its digits, no more than it needs, with a decimal comma: for a cap, a weight or a factor in an Italian sentence, where `12,5` must
    /// not read as 13. A quotient that no decimal equals is rounded half away from zero to 12 digits.
    pub fn in_full(&self) -> String {
        self.decimal_text(12).replace('.', ",")
    }

    /// The shortest decimal text that equals the number, or, when there is none of at most `most_digits` after the point, the
    /// number rounded to that many: what machines read, next to the fraction that is exact.
    pub fn decimal_text(&self, most_digits: u32) -> String {
        if self.0.is_whole() {
            return self.numerator_text();
        }
        let text = self.rounded(most_digits);
        match text.split_once('.') {
            Some(_) => {
                let trimmed = text.trim_end_matches('0').trim_end_matches('.');
                if trimmed == "-0" { "0".to_owned() } else { trimmed.to_owned() }
            }
            None => text,
        }
    }

    /// Square root, rounded up: the least number with `digits` after the point whose square is not below this one. `None` below zero, where
    /// there is no root.
    ///
    /// A root is seldom a fraction, so this is the one figure that cannot be kept exact; how far it is rounded is said by who asks for it.
    pub fn root_above(&self, digits: u32) -> Option<Self> {
        let scale = BigInt::from(10).pow(digits);
        let (numerator, denominator) = self.0.to_large().into_raw();
        let scaled = numerator * &scale * &scale;
        // Rounded up first: a whole number's square reaches the quotient where it reaches the next whole number.
        let least = if scaled.sign() == Sign::Minus { return None } else { (scaled + &denominator - 1_u8) / denominator };
        let below = least.sqrt();
        let root = if &below * &below == least { below } else { below + 1_u8 };
        Some(Self(Fraction::large(BigRational::new(root, scale))))
    }

    /// A tenfold power: 2 gives one hundred.
    pub fn power_of_ten(exponent: u32) -> Self {
        Self(match 10_i64.checked_pow(exponent) {
            Some(power) => Fraction::whole(power),
            None => Fraction::large(BigRational::from(BigInt::from(10).pow(exponent))),
        })
    }
}

/// A whole number of units of the last digit, written with its point; nothing has no sign.
fn with_point(units: &str, negative: bool, digits: u32) -> String {
    let digits = usize::try_from(digits).unwrap_or(0);
    let before = units.len().saturating_sub(digits);
    let (whole, fraction) = units.split_at(before);
    let mut text = String::with_capacity(units.len().max(digits + 1) + 2);
    if negative && units != "0" {
        text.push('-');
    }
    text.push_str(if whole.is_empty() { "0" } else { whole });
    if digits > 0 {
        text.push('.');
        text.extend(std::iter::repeat_n('0', digits - fraction.len()));
        text.push_str(fraction);
    }
    text
}

impl From<i64> for Exact {
    fn from(value: i64) -> Self {
        Self(Fraction::whole(value))
    }
}

impl From<i128> for Exact {
    fn from(value: i128) -> Self {
        Self(Fraction::reduced(value, 1))
    }
}

impl From<i32> for Exact {
    fn from(value: i32) -> Self {
        Self::from(i64::from(value))
    }
}

impl From<Decimal> for Exact {
    fn from(value: Decimal) -> Self {
        // A decimal has at most 28 digits after the point, and 10^28 fits.
        Self(Fraction::reduced(value.mantissa(), 10_i128.pow(value.scale())))
    }
}

impl Add for Exact {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.plus(&other.0))
    }
}

impl<'a> Add<&'a Exact> for &'a Exact {
    type Output = Exact;
    fn add(self, other: Self) -> Exact {
        Exact(self.0.plus(&other.0))
    }
}

impl Sub for Exact {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.plus(&other.0.negated()))
    }
}

impl<'a> Sub<&'a Exact> for &'a Exact {
    type Output = Exact;
    fn sub(self, other: Self) -> Exact {
        Exact(self.0.plus(&other.0.negated()))
    }
}

impl Mul for Exact {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self(self.0.times(&other.0))
    }
}

impl<'a> Mul<&'a Exact> for &'a Exact {
    type Output = Exact;
    fn mul(self, other: Self) -> Exact {
        Exact(self.0.times(&other.0))
    }
}

impl Neg for Exact {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.negated())
    }
}

impl Sum for Exact {
    fn sum<I: Iterator<Item = Self>>(values: I) -> Self {
        values.collect::<Vec<_>>().iter().sum()
    }
}

impl<'a> Sum<&'a Exact> for Exact {
    fn sum<I: Iterator<Item = &'a Exact>>(values: I) -> Self {
        Self(Fraction::sum(values.map(|value| &value.0)))
    }
}

impl fmt::Debug for Exact {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.denominator_text().as_str() {
            "1" => write!(formatter, "{}", self.0.numerator_text()),
            denominator => write!(formatter, "{}/{denominator}", self.0.numerator_text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rounds_half_away_from_zero_with_fixed_digits() {
        let eighth = Exact::quotient(&Exact::from(1), &Exact::from(8)).unwrap();
        assert_eq!(eighth.rounded(2), "0.13");
        assert_eq!((-eighth.clone()).rounded(2), "-0.13");
        assert_eq!(eighth.shown(2), "0,13");
        assert_eq!(eighth.rounded(0), "0");
        assert_eq!((-eighth.clone()).rounded(0), "0");
        assert_eq!(Exact::from(1000).rounded(0), "1000");
        assert_eq!(Exact::from(1000).decimal_text(4), "1000");
        assert_eq!(eighth.decimal_text(12), "0.125");
        assert_eq!(Exact::quotient(&Exact::from(2), &Exact::from(3)).unwrap().decimal_text(4), "0.6667");
    }

    #[test]
    fn in_full_keeps_every_digit_and_has_a_comma() {
        let third = Exact::quotient(&Exact::from(-1), &Exact::from(3)).unwrap();
        for (number, text) in [
            (Exact::parse("12.50").unwrap(), "12,5"),
            (Exact::from(-50), "-50"),
            (Exact::parse("0.000001").unwrap(), "0,000001"),
            (third, "-0,333333333333"),
        ] {
            assert_eq!(number.in_full(), text);
        }
    }

    #[test]
    fn a_root_is_rounded_up_and_there_is_none_below_zero() {
        let check = |text: &str, digits, root: &str| {
            assert_eq!(Exact::parse(text).unwrap().root_above(digits), Some(Exact::parse(root).unwrap()), "{text}");
        };
        check("0", 6, "0");
        check("4", 6, "2");
        check("2.25", 1, "1.5");
        check("2", 6, "1.414214");
        check("0.0000000000001", 6, "0.000001");
        assert_eq!(Exact::from(-1).root_above(6), None);
    }

    #[test]
    fn a_quotient_by_zero_is_undefined() {
        assert_eq!(Exact::quotient(&Exact::from(5), &Exact::zero()), None);
    }

    #[test]
    fn fraction_texts_are_checked() {
        assert_eq!(Exact::from_fraction_text("-6", "4", 10), Some(Exact::quotient(&Exact::from(-3), &Exact::from(2)).unwrap()));
        for (numerator, denominator) in [("1", "0"), ("1", "-2"), ("", "1"), ("1.0", "1"), ("12345678901", "1"), ("--1", "1")] {
            assert_eq!(Exact::from_fraction_text(numerator, denominator, 10), None, "{numerator}/{denominator}");
        }
        let beyond_words = "-123456789012345678901234567890";
        for denominator in ["0", "-2", "-123456789012345678901234567890"] {
            assert_eq!(Exact::from_fraction_text(beyond_words, denominator, 40), None, "{denominator}");
        }
        assert_eq!(Exact::from_fraction_text(beyond_words, "123456789012345678901234567890", 40), Some(Exact::from(-1)));
        assert_eq!(Exact::from_fraction_text(beyond_words, "10", 40).unwrap().rounded(1), "-12345678901234567890123456789.0");
    }

    #[test]
    fn powers_of_ten_beyond_words_are_exact() {
        for scale in [0, 18, 19, 38, 39, 60] {
            let smallest = Exact::from_minor_units(1, scale);
            assert_eq!(smallest.clone() * Exact::power_of_ten(scale), Exact::from(1), "scale {scale}");
            assert_eq!(smallest.denominator_text(), format!("1{}", "0".repeat(scale as usize)));
        }
        assert_eq!(Exact::from(Decimal::MIN).numerator_text(), Decimal::MIN.to_string());
        assert_eq!(Exact::from(i128::MIN).numerator_text(), i128::MIN.to_string());
    }

    /// Numerators with denominators.
    type Quotients = Vec<(i64, i64)>;

    /// Some, and the same in some other order.
    fn two_orders() -> impl Strategy<Value = (Quotients, Quotients)> {
        let values = prop::collection::vec((-1_000_000i64..1_000_000, 1i64..5_000), 1..20);
        values.prop_flat_map(|values| (Just(values.clone()), Just(values).prop_shuffle()))
    }

    proptest! {
        #[test]
        fn sums_do_not_depend_on_the_order((values, shuffled) in two_orders()) {
            let sum = |values: &[(i64, i64)]| -> Exact {
                values.iter().map(|&(numerator, denominator)| Exact::quotient(&Exact::from(numerator), &Exact::from(denominator)).unwrap()).sum()
            };
            prop_assert_eq!(sum(&values), sum(&shuffled));
        }

        #[test]
        fn a_root_is_the_least_that_reaches(numerator in any::<u32>(), denominator in 1i64..1_000_000, digits in 0u32..9) {
            let value = Exact::quotient(&Exact::from(i64::from(numerator)), &Exact::from(denominator)).unwrap();
            let root = value.root_above(digits).unwrap();
            prop_assert!(&root * &root >= value);
            let less = &root - &Exact::from_minor_units(1, digits);
            prop_assert!(less.is_negative() || &less * &less < value);
        }

        #[test]
        fn text_and_back_is_the_identity(numerator in any::<i64>(), denominator in 1i64..i64::MAX) {
            let value = Exact::quotient(&Exact::from(numerator), &Exact::from(denominator)).unwrap();
            prop_assert_eq!(Exact::from_fraction_text(&value.numerator_text(), &value.denominator_text(), 40), Some(value));
        }

        #[test]
        fn rounding_moves_by_half_a_unit_at_most(numerator in -1_000_000i64..1_000_000, denominator in 1i64..1_000_000, digits in 0u32..6) {
            let value = Exact::quotient(&Exact::from(numerator), &Exact::from(denominator)).unwrap();
            let shown = Exact::parse(&value.rounded(digits)).unwrap();
            let gap = (&shown - &value).abs() * Exact::from(2) * Exact::power_of_ten(digits);
            prop_assert!(gap <= Exact::from(1));
        }
    }
}
