//! Splitting a whole into parts that sum to it exactly.

/// Splits a whole in proportion to weights, each part within one of its share: shares are rounded where they end, not one by one, so
/// nothing is lost between them. Without any weight the first part has it all.
pub fn split(whole: i64, weights: &[i64]) -> Vec<i64> {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if total == 0 {
        return weights.iter().enumerate().map(|(part, _)| if part == 0 { whole } else { 0 }).collect();
    }
    let (mut weighed, mut given) = (0i128, 0i128);
    let part = |weight: &i64| {
        weighed += i128::from(*weight);
        let until = (2 * i128::from(whole) * weighed + total).div_euclid(2 * total);
        let part = until - given;
        given = until;
        i64::try_from(part).unwrap_or_default()
    };
    weights.iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_sum_to_the_whole_and_stay_near_their_share() {
        for whole in [0, 1, 7, 1_000_003] {
            let parts = split(whole, &[5, 0, 3, 1, 1]);
            assert_eq!(parts.iter().sum::<i64>(), whole);
            assert_eq!(parts.get(1), Some(&0), "no weight, no part");
            for (part, weight) in parts.iter().zip([5, 0, 3, 1, 1]) {
                assert!((part * 10 - whole * weight).abs() <= 10, "{parts:?}");
            }
        }
        assert_eq!(split(4, &[0, 0]), [4, 0]);
    }
}
