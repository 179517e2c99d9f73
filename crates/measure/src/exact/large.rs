//! Fractions of numbers of any size.

use num_bigint::{BigInt, BigUint, Sign};
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::divisor::common_divisor;

/// A fraction that need not be in lowest terms, denominator not zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) numerator: BigInt,
    pub(super) denominator: BigInt,
}

impl Parts {
    pub(super) fn of(value: BigRational) -> Self {
        let (numerator, denominator) = value.into_raw();
        Self { numerator, denominator }
    }

    fn plus(self, other: Self) -> Self {
        if self.denominator == other.denominator {
            return Self { numerator: self.numerator + other.numerator, denominator: self.denominator };
        }
        let numerator = self.numerator * &other.denominator + other.numerator * &self.denominator;
        Self { numerator, denominator: self.denominator * other.denominator }
    }

    /// In lowest terms, denominator positive.
    pub(super) fn reduced(self) -> BigRational {
        let Self { mut numerator, mut denominator } = self;
        if denominator.sign() == Sign::Minus {
            (numerator, denominator) = (-numerator, -denominator);
        }
        let divisor = BigInt::from(common_divisor(numerator.magnitude(), denominator.magnitude()));
        if divisor.is_one() {
            return BigRational::new_raw(numerator, denominator);
        }
        BigRational::new_raw(numerator / &divisor, denominator / divisor)
    }
}

/// The sum of fractions, brought to lowest terms once: halves are summed apart, so that long numbers meet few times.
pub(super) fn sum(mut parts: Vec<Parts>) -> Parts {
    match parts.len() {
        0 => Parts { numerator: BigInt::zero(), denominator: BigInt::one() },
        1 => parts.swap_remove(0),
        more => {
            let rest = parts.split_off(more / 2);
            sum(parts).plus(sum(rest))
        }
    }
}

/// The sum of two fractions in lowest terms (Knuth, 4.5.1).
pub(super) fn plus(one: &BigRational, other: &BigRational) -> BigRational {
    let ((a, b), (c, d)) = ((one.numer(), one.denom()), (other.numer(), other.denom()));
    let shared = BigInt::from(common_divisor(b.magnitude(), d.magnitude()));
    if shared.is_one() {
        return BigRational::new_raw(a * d + c * b, b * d);
    }
    let (b, d) = (b / &shared, d / &shared);
    let numerator = a * &d + c * &b;
    if numerator.is_zero() {
        return BigRational::zero();
    }
    // What can still be divided out divides what was shared.
    let divisor = BigInt::from(common_divisor(numerator.magnitude(), shared.magnitude()));
    BigRational::new_raw(numerator / &divisor, b * d * (shared / divisor))
}

/// The product of a fraction in lowest terms and another, given by its parts, also in lowest terms; the second part is not zero.
pub(super) fn times(one: &BigRational, (c, d): (&BigInt, &BigInt)) -> BigRational {
    let (a, b) = (one.numer(), one.denom());
    let across = |left: &BigUint, right: &BigUint| BigInt::from(common_divisor(left, right));
    let (first, second) = (across(a.magnitude(), d.magnitude()), across(c.magnitude(), b.magnitude()));
    let (numerator, denominator) = ((a / &first) * (c / &second), (b / second) * (d / first));
    if denominator.is_negative() { BigRational::new_raw(-numerator, -denominator) } else { BigRational::new_raw(numerator, denominator) }
}
