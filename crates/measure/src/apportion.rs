//! Dividing a whole number of units among several so that nothing is lost (*ripartizione*).

use crate::exact::Exact;

/// Divides whole units in proportion to weights by the largest remainder: each gets the whole units of its share, and the units that
/// remain go one each to the largest fractions, the first of equals first. The parts always sum to the whole.
///
/// - Unit: whatever is divided, cents for money. Each part is within one unit of its exact share, on its own side of zero.
/// - Rounding: this is one, and the only one that keeps the sum.
///
/// `None` when no weight is above zero, or one is below: then there is no proportion.
pub fn largest_remainder(whole: i64, weights: &[Exact]) -> Option<Vec<i64>> {
    if weights.iter().any(Exact::is_negative) {
        return None;
    }
    let total: Exact = weights.iter().sum();
    let size = Exact::from(i128::from(whole).abs());
    let mut parts = Vec::with_capacity(weights.len());
    for (position, weight) in weights.iter().enumerate() {
        let share = Exact::quotient(&(&size * weight), &total)?;
        let units = whole_units(&share)?;
        parts.push((position, units, &share - &Exact::from(units)));
    }
    let given: i128 = parts.iter().map(|(_, units, _)| units).sum();
    let mut left = i128::from(whole).abs() - given;
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let fraction = |position: &usize| parts.get(*position).map(|(_, _, fraction)| fraction.clone());
    // A stable sort: of equal fractions the first stays first.
    order.sort_by_key(|position| std::cmp::Reverse(fraction(position)));
    let mut units: Vec<i128> = parts.iter().map(|(_, units, _)| *units).collect();
    for position in order {
        if left == 0 {
            break;
        }
        if let Some(part) = units.get_mut(position) {
            *part += 1;
            left -= 1;
        }
    }
    units.into_iter().map(|part| i64::try_from(if whole < 0 { -part } else { part }).ok()).collect()
}

/// The whole units of a share that is not below zero.
fn whole_units(share: &Exact) -> Option<i128> {
    let nearest: i128 = share.rounded(0).parse().ok()?;
    Some(if Exact::from(nearest) > *share { nearest - 1 } else { nearest })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn weights(numbers: &[i64]) -> Vec<Exact> {
        numbers.iter().map(|number| Exact::from(*number)).collect()
    }

    #[test]
    fn the_remainder_goes_to_the_largest_fractions() {
        assert_eq!(largest_remainder(100, &weights(&[1, 1, 1])), Some(vec![34, 33, 33]), "the first of equals first");
        assert_eq!(
            largest_remainder(10, &weights(&[6, 5, 9])),
            Some(vec![3, 3, 4]),
            "3, 2.5 and 4.5: one unit is left, for the first half"
        );
        assert_eq!(largest_remainder(-100, &weights(&[1, 2])), Some(vec![-33, -67]));
        assert_eq!(largest_remainder(5, &weights(&[0, 7])), Some(vec![0, 5]));
        assert_eq!(largest_remainder(5, &weights(&[0, 0])), None);
        assert_eq!(largest_remainder(5, &weights(&[3, -1])), None);
        assert_eq!(largest_remainder(0, &weights(&[1])), Some(vec![0]));
        assert_eq!(largest_remainder(i64::MIN, &weights(&[1])), Some(vec![i64::MIN]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Nothing is lost, and nobody is more than a unit from their share.
        #[test]
        fn the_parts_sum_to_the_whole(whole in any::<i64>(), numbers in prop::collection::vec((0i64..1_000_000_000, 1i64..1_000), 1..40)) {
            let weights: Vec<Exact> =
                numbers.iter().map(|(number, by)| Exact::quotient(&Exact::from(*number), &Exact::from(*by)).unwrap()).collect();
            let total: Exact = weights.iter().sum();
            prop_assume!(!total.is_zero());
            let parts = largest_remainder(whole, &weights).unwrap();
            prop_assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), i128::from(whole));
            for (part, weight) in parts.iter().zip(&weights) {
                let share = Exact::quotient(&(Exact::from(whole) * weight.clone()), &total).unwrap();
                prop_assert!((Exact::from(*part) - share).abs() < Exact::from(1));
            }
        }
    }
}
