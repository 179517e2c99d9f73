//! The greatest common divisor of numbers of any size (Lehmer's algorithm; Knuth, The Art of Computer Programming, 4.5.2, algorithm L).
//!
//! Most quotients of Euclid's algorithm follow from the leading bits alone: some thirty of its steps are made in words, then applied to
//! the long numbers at once.

use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};

/// Leading bits that are looked at: sums of such words and of what multiplies them fit a word.
const LEADING: u64 = 62;

/// The greatest common divisor; of nothing and a number, that number.
pub(super) fn common_divisor(a: &BigUint, b: &BigUint) -> BigUint {
    let (mut a, mut b) = if a < b { (b.clone(), a.clone()) } else { (a.clone(), b.clone()) };
    while !b.is_zero() {
        if let (Some(a), Some(b)) = (a.to_u64(), b.to_u64()) {
            return num_integer::gcd(a, b).into();
        }
        (a, b) = if let Some([first, second]) = leading_steps(&a, &b) {
            (first.of(&a, &b), second.of(&a, &b))
        } else {
            let rest = &a % &b;
            (b, rest)
        };
    }
    a
}

/// So many of one number and so many of another, of which one is taken away.
#[derive(Clone, Copy)]
struct Combination {
    of_a: i64,
    of_b: i64,
}

impl Combination {
    fn of(self, a: &BigUint, b: &BigUint) -> BigUint {
        let (first, second) = (a * self.of_a.unsigned_abs(), b * self.of_b.unsigned_abs());
        match (self.of_a < 0, self.of_b < 0) {
            (true, _) => second - first,
            (_, true) => first - second,
            _ => first + second,
        }
    }
}

/// The steps of Euclid's algorithm that the leading bits alone decide; `None` when they decide not even one.
fn leading_steps(a: &BigUint, b: &BigUint) -> Option<[Combination; 2]> {
    let shift = a.bits().saturating_sub(LEADING);
    let (mut x, mut y) = ((a >> shift).to_i64()?, (b >> shift).to_i64()?);
    let (mut first, mut second) = (Combination { of_a: 1, of_b: 0 }, Combination { of_a: 0, of_b: 1 });
    while y + second.of_a != 0 && y + second.of_b != 0 {
        let quotient = (x + first.of_a) / (y + second.of_a);
        if quotient != (x + first.of_b) / (y + second.of_b) {
            break;
        }
        let next = |first: i64, second: i64| Some((second, first.checked_sub(quotient.checked_mul(second)?)?));
        let (Some(of_a), Some(of_b), Some(words)) = (next(first.of_a, second.of_a), next(first.of_b, second.of_b), next(x, y)) else {
            break;
        };
        (first, second) = (Combination { of_a: of_a.0, of_b: of_b.0 }, Combination { of_a: of_a.1, of_b: of_b.1 });
        (x, y) = words;
    }
    (first.of_b != 0).then_some([first, second])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn euclid(mut a: BigUint, mut b: BigUint) -> BigUint {
        while !b.is_zero() {
            (a, b) = (b.clone(), a % b);
        }
        a
    }

    fn number() -> impl Strategy<Value = BigUint> {
        prop_oneof![
            prop::collection::vec(any::<u32>(), 0..40).prop_map(BigUint::new),
            // Long runs of ones and zeros are where leading bits mislead.
            (0u32..900, 0u32..900).prop_map(|(high, low)| (BigUint::from(1u8) << high) - (BigUint::from(1u8) << low.min(high))),
        ]
    }

    proptest! {
        #[test]
        fn it_is_euclids(a in number(), b in number(), shared in number()) {
            prop_assert_eq!(common_divisor(&a, &b), euclid(a.clone(), b.clone()));
            let (a, b) = (&a * &shared, &b * &shared);
            prop_assert_eq!(common_divisor(&a, &b), euclid(a.clone(), b.clone()));
        }
    }

    /// The quotients of neighbours in Fibonacci's sequence are all one: the longest way there is.
    #[test]
    fn the_longest_way_is_gone() {
        let (mut a, mut b) = (BigUint::from(1u8), BigUint::from(1u8));
        for _ in 0..2_000 {
            (a, b) = (b.clone(), a + b);
        }
        assert_eq!(common_divisor(&b, &a), BigUint::from(1u8));
        assert_eq!(common_divisor(&(&b * 7u8), &(&a * 7u8)), BigUint::from(7u8));
    }
}
