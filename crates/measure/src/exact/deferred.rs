//! Sums that are carried out when somebody wants them (*somme differite*).
//!
//! The exact sum of thousands of quotients is a fraction of tens of thousands of digits, of which a page shows two. [`Deferred`] keeps the
//! quotients apart, with a bound on what their sum can be: nearly always the bound decides the digits that are shown, and where it does not
//! the sum is carried out exactly. What is shown is the same either way.

use std::sync::Arc;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::{
    Exact,
    fraction::Fraction,
    large::{self, Parts},
    with_point,
};

/// Binary digits after the point of what bounds are made of.
const DIGITS: u32 = 64;

/// A sum of products of a number and a quotient of whole numbers.
///
/// Two are equal when they are made of the same terms, in the same order.
#[derive(Debug, Clone)]
pub struct Deferred {
    parts: Vec<Part>,
    bounds: Bounds,
}

/// A number in units of 2^-64, and by how many it can be off; `None` where that does not fit.
type Bounds = Option<(i128, u128)>;

/// One product of a number and a quotient of whole numbers, with its bounds.
#[derive(Debug, Clone)]
pub struct Term {
    product: Product,
    bounds: Bounds,
}

/// What a sum is made of.
#[derive(Debug, Clone)]
enum Part {
    Product(Product),
    /// A sum that others are made of too.
    Sum(Arc<[Part]>),
}

/// What many terms are multiplied by, with its own bounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor(Arc<Bounded>);

#[derive(Debug, PartialEq, Eq)]
struct Bounded {
    value: Exact,
    /// The value in units of 2^-64, at most one of them off; `None` where that does not fit.
    units: Option<i128>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Product {
    factor: Factor,
    numerator: i128,
    denominator: i128,
}

impl Default for Deferred {
    fn default() -> Self {
        Self { parts: Vec::new(), bounds: Some((0, 0)) }
    }
}

impl PartialEq for Deferred {
    fn eq(&self, other: &Self) -> bool {
        self.bounds == other.bounds && self.products() == other.products()
    }
}

impl Eq for Deferred {}

impl Factor {
    /// A number that terms are multiplied by.
    pub fn new(value: Exact) -> Self {
        let large = value.0.to_large();
        let units = (large.numer() << DIGITS) / large.denom();
        let units = units.to_i128().filter(|units| units.unsigned_abs() < 1 << 120);
        Self(Arc::new(Bounded { value, units }))
    }

    /// The number.
    pub fn value(&self) -> &Exact {
        &self.0.value
    }

    /// The number times numerator over denominator. `None` when the denominator is zero.
    pub fn term(&self, numerator: i128, denominator: i128) -> Option<Term> {
        let product = || Product { factor: self.clone(), numerator, denominator };
        (denominator != 0).then(|| Term { product: product(), bounds: self.bounds(numerator, denominator) })
    }

    /// Bounds of the product with a quotient.
    fn bounds(&self, numerator: i128, denominator: i128) -> Bounds {
        let units = self.0.units?;
        let (part, whole) = (numerator.unsigned_abs(), denominator.unsigned_abs());
        let shift = part.leading_zeros().min(DIGITS);
        let quotient = (part << shift).checked_div(whole)?;
        let magnitude = product_shifted(units.unsigned_abs(), quotient, shift)?;
        // Each of the three roundings is off by one of its own units at most.
        let off = (quotient >> shift)
            .checked_add(1)?
            .checked_add(((units.unsigned_abs() >> DIGITS) + 2).checked_shl(DIGITS - shift)?)?
            .checked_add(1)?;
        let negative = (units < 0) ^ (numerator < 0) ^ (denominator < 0);
        let value = i128::try_from(magnitude).ok()?;
        Some((if negative { -value } else { value }, off))
    }
}

/// The product of two numbers without their last `shift` binary digits; `None` when it does not fit.
fn product_shifted(a: u128, b: u128, shift: u32) -> Option<u128> {
    const HALF: u32 = 64;
    let low = |value: u128| value & u128::from(u64::MAX);
    let (a_high, a_low, b_high, b_low) = (a >> HALF, low(a), b >> HALF, low(b));
    let bottom = a_low * b_low;
    let (middle, carried) = (a_high * b_low).overflowing_add(a_low * b_high);
    let (lower, carry) = bottom.overflowing_add(middle << HALF);
    let upper = a_high * b_high + (middle >> HALF) + (u128::from(carried) << HALF) + u128::from(carry);
    match shift {
        0 => (upper == 0).then_some(lower),
        _ if upper >> shift == 0 => Some((upper << (u128::BITS - shift)) | (lower >> shift)),
        _ => None,
    }
}

impl Deferred {
    /// Nothing.
    pub fn zero() -> Self {
        Self::default()
    }

    /// Adds a product; nothing when its numerator is zero.
    pub fn take(&mut self, term: &Term) {
        if term.product.numerator != 0 {
            self.parts.push(Part::Product(term.product.clone()));
            self.widen(term.bounds);
        }
    }

    /// Adds another sum.
    pub fn add(&mut self, other: &Self) {
        self.parts.extend_from_slice(&other.parts);
        self.widen(other.bounds);
    }

    /// The same sum, of which other sums can be made without its products being copied.
    #[must_use]
    pub fn shared(mut self) -> Self {
        if self.parts.len() > 1 {
            self.parts = vec![Part::Sum(self.parts.into())];
        }
        self
    }

    fn widen(&mut self, bounds: Bounds) {
        self.bounds = self.bounds.zip(bounds).and_then(|((value, off), (more, by))| Some((value.checked_add(more)?, off.checked_add(by)?)));
    }

    /// How many terms it has.
    pub fn terms(&self) -> usize {
        self.products().len()
    }

    fn products(&self) -> Vec<&Product> {
        fn gather<'a>(parts: &'a [Part], found: &mut Vec<&'a Product>) {
            for part in parts {
                match part {
                    Part::Product(product) => found.push(product),
                    Part::Sum(parts) => gather(parts, found),
                }
            }
        }
        let mut found = Vec::new();
        gather(&self.parts, &mut found);
        found
    }

    /// Whether it is nothing at all.
    pub fn is_zero(&self) -> bool {
        self.parts.is_empty() || self.exact().is_zero()
    }

    /// The sum, carried out.
    pub fn exact(&self) -> Exact {
        let parts = self.products().into_iter().map(|product| {
            let (numerator, denominator) = product.factor.0.value.0.to_large().into_raw();
            Parts { numerator: numerator * BigInt::from(product.numerator), denominator: denominator * BigInt::from(product.denominator) }
        });
        Exact(Fraction::large(large::sum(parts.collect()).reduced()))
    }

    /// Rounded half away from zero to `digits` after the point, as [`Exact::rounded`].
    pub fn rounded(&self, digits: u32) -> String {
        self.decided(digits)
            .map_or_else(|| self.exact().rounded(digits), |units| with_point(&units.unsigned_abs().to_string(), units < 0, digits))
    }

    /// What the bounds decide: the rounded number, in units of its last digit.
    fn decided(&self, digits: u32) -> Option<i128> {
        let (value, off) = self.bounds?;
        let off = i128::try_from(off).ok()?;
        let rounded = |value: i128| {
            let scaled = value.unsigned_abs().checked_mul(10_u128.checked_pow(digits)?)?.checked_add(1 << (DIGITS - 1))?;
            let magnitude = i128::try_from(scaled >> DIGITS).ok()?;
            Some(if value < 0 { -magnitude } else { magnitude })
        };
        let (lowest, highest) = (rounded(value.checked_sub(off)?)?, rounded(value.checked_add(off)?)?);
        (lowest == highest).then_some(lowest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn over(dividend: i64, divisor: i64) -> Exact {
        Exact::quotient(&Exact::from(dividend), &Exact::from(divisor)).unwrap()
    }

    #[test]
    fn what_bounds_do_not_decide_is_carried_out() {
        // A half is no other digit's business: nothing but the sum itself tells on which side it lies.
        let term = |factor, numerator, denominator| {
            let mut sum = Deferred::zero();
            sum.take(&Factor::new(factor).term(numerator, denominator).unwrap());
            sum
        };
        let half = term(over(1, 1), 1, 2);
        assert_eq!((half.decided(0), half.rounded(0).as_str(), half.rounded(1).as_str()), (None, "1", "0.5"));
        let huge = term(Exact::power_of_ten(30), i128::MAX, 3);
        assert_eq!((huge.decided(2), huge.rounded(2)), (None, huge.exact().rounded(2)));
        assert!(Factor::new(over(1, 3)).term(1, 0).is_none());
        assert!(term(over(1, 3), 0, 1).is_zero());
    }

    fn numbers() -> impl Strategy<Value = i128> {
        prop_oneof![-1_000i128..1_000, any::<i64>().prop_map(i128::from), any::<i128>()]
    }

    fn terms() -> impl Strategy<Value = Vec<(Exact, i128, i128)>> {
        let factor = prop_oneof![(-2_000i64..2_000, 1i64..2_000), (any::<i64>(), 1i64..1_000), (any::<i64>(), 1i64..i64::MAX)];
        let factor = factor.prop_map(|(dividend, divisor)| over(dividend, divisor));
        prop::collection::vec((factor, numbers(), numbers().prop_filter("a denominator", |number| *number != 0)), 0..12)
    }

    proptest! {
        #[test]
        fn it_is_the_sum(terms in terms(), digits in 0u32..12) {
            let (mut deferred, mut sum) = (Deferred::zero(), Exact::zero());
            for (factor, numerator, denominator) in &terms {
                deferred.take(&Factor::new(factor.clone()).term(*numerator, *denominator).unwrap());
                sum = sum + factor * &Exact::quotient(&Exact::from(*numerator), &Exact::from(*denominator)).unwrap();
            }
            prop_assert_eq!(deferred.rounded(digits), sum.rounded(digits));
            prop_assert_eq!(deferred.is_zero(), sum.is_zero());
            prop_assert_eq!(deferred.exact(), sum);
        }

        #[test]
        fn sums_of_shared_sums_are_the_same(terms in terms(), cut in 0usize..12, digits in 0u32..12) {
            let sum = |terms: &[(Exact, i128, i128)]| {
                let mut sum = Deferred::zero();
                for (factor, numerator, denominator) in terms {
                    sum.take(&Factor::new(factor.clone()).term(*numerator, *denominator).unwrap());
                }
                sum
            };
            let (before, after) = terms.split_at(cut.min(terms.len()));
            let mut together = sum(before).shared();
            together.add(&sum(after).shared());
            let together = together.shared();
            let whole = sum(&terms);
            prop_assert_eq!(together.terms(), whole.terms());
            prop_assert_eq!(together.rounded(digits), whole.rounded(digits));
            prop_assert_eq!(together.exact(), whole.exact());
            prop_assert_eq!(together, whole);
        }

        /// Terms of the size that offices have are decided: nothing is carried out for what a page shows.
        #[test]
        fn usual_terms_are_decided(terms in prop::collection::vec((1i64..10_000, 1_000i64..10_000, any::<u32>(), 1u32..), 1..40)) {
            let mut deferred = Deferred::zero();
            for (dividend, divisor, numerator, denominator) in terms {
                deferred.take(&Factor::new(over(dividend, divisor)).term(numerator.into(), denominator.into()).unwrap());
            }
            let sum = deferred.exact();
            let near = (sum.clone() * Exact::from(2_000_000)).rounded(6);
            prop_assume!(!near.ends_with(".000000"));
            prop_assert!(deferred.decided(6).is_some() || sum > Exact::power_of_ten(12));
        }
    }
}
