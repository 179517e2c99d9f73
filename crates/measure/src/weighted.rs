//! Weighted means with coverage (*media ponderata*).

use crate::exact::Exact;

/// What a node does with a child that has no score.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Policy {
    /// The other children take its weight, in proportion; the coverage says how much was measured.
    #[default]
    Reweight,
    /// It counts as the worst score, `100 - cap`.
    Worst {
        /// The cap.
        cap: Exact,
    },
}

/// A child of a node: its weight and, when it has one, its score with the share of it that was measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// Its weight among its siblings, positive. Weights of one node are shares of their own sum.
    pub weight: Exact,
    /// Its result; `None` when nothing under it was measured.
    pub result: Option<Weighted>,
}

/// A score with its coverage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighted {
    /// The weighted mean of the scores.
    pub score: Exact,
    /// Per cent of the weight that was measured, 0 to 100.
    pub coverage: Exact,
}

/// Weighted mean of the children's scores.
///
/// ```text
/// score    = sum(weight * score) / sum(weight), over the children that have a score
/// coverage = sum(weight * coverage) / sum(weight), over all the children, a missing one counting 0
/// ```
///
/// `None` when no child has a score (whatever the policy: a node of which nothing is known has no result) or the weights sum
/// to zero.
pub fn mean(children: &[Child], policy: &Policy) -> Option<Weighted> {
    children.iter().any(|child| child.result.is_some()).then_some(())?;
    let worst = match policy {
        Policy::Reweight => None,
        Policy::Worst { cap } => Some(Exact::hundred() - cap.clone()),
    };
    let (mut sums, mut covers) = (Vec::new(), Vec::new());
    let (mut scored, mut whole) = (Exact::zero(), Exact::zero());
    for Child { weight, result } in children {
        whole = &whole + weight;
        if let Some(result) = result {
            covers.push(weight * &result.coverage);
        }
        if let Some(score) = result.as_ref().map(|result| &result.score).or(worst.as_ref()) {
            sums.push(weight * score);
            scored = &scored + weight;
        }
    }
    // Scores are long fractions, and long fractions are summed together.
    let (sum, covered): (Exact, Exact) = (sums.iter().sum(), covers.iter().sum());
    Some(Weighted { score: Exact::quotient(&sum, &scored)?, coverage: Exact::quotient(&covered, &whole)? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn child(weight: i64, score: Option<i64>) -> Child {
        let result = score.map(|score| Weighted { score: Exact::from(score), coverage: Exact::hundred() });
        Child { weight: Exact::from(weight), result }
    }

    #[test]
    fn a_missing_child_leaves_its_weight_to_the_others() {
        let got = mean(&[child(40, Some(110)), child(30, None), child(30, Some(90))], &Policy::Reweight).unwrap();
        assert_eq!(got.score, Exact::quotient(&Exact::from(40 * 110 + 30 * 90), &Exact::from(70)).unwrap());
        assert_eq!(got.coverage, Exact::from(70));
    }

    #[test]
    fn a_missing_child_may_count_as_the_worst() {
        let got = mean(&[child(50, Some(110)), child(50, None)], &Policy::Worst { cap: Exact::from(50) }).unwrap();
        assert_eq!((got.score, got.coverage), (Exact::from(80), Exact::from(50)));
    }

    #[test]
    fn nothing_measured_is_no_result() {
        assert_eq!(mean(&[child(100, None)], &Policy::Reweight), None);
        assert_eq!(mean(&[child(100, None)], &Policy::Worst { cap: Exact::from(50) }), None);
        assert_eq!(mean(&[], &Policy::Reweight), None);
    }

    fn children() -> impl Strategy<Value = Vec<Child>> {
        prop::collection::vec((1i64..1000, prop::option::of(-500i64..500)), 1..12)
            .prop_map(|children| children.into_iter().map(|(weight, score)| child(weight, score)).collect())
    }

    /// Children, and the same in some other order.
    fn two_orders() -> impl Strategy<Value = (Vec<Child>, Vec<Child>)> {
        children().prop_flat_map(|children| (Just(children.clone()), Just(children).prop_shuffle()))
    }

    proptest! {
        #[test]
        fn a_constant_stays_constant(mut children in children(), constant in -500i64..500) {
            for child in &mut children {
                if let Some(result) = &mut child.result {
                    result.score = Exact::from(constant);
                }
            }
            if let Some(got) = mean(&children, &Policy::Reweight) {
                prop_assert_eq!(got.score, Exact::from(constant));
            }
        }

        #[test]
        fn the_order_of_children_does_not_matter((children, shuffled) in two_orders(), cap in 0i64..200) {
            for policy in [Policy::Reweight, Policy::Worst { cap: Exact::from(cap) }] {
                prop_assert_eq!(mean(&children, &policy), mean(&shuffled, &policy));
            }
        }

        #[test]
        fn reweighting_equals_leaving_the_missing_out(children in children()) {
            let measured: Vec<Child> = children.iter().filter(|child| child.result.is_some()).cloned().collect();
            let scores = |children: &[Child]| mean(children, &Policy::Reweight).map(|got| got.score);
            prop_assert_eq!(scores(&children), scores(&measured));
        }

        #[test]
        fn coverage_and_score_stay_in_bounds(children in children()) {
            if let Some(got) = mean(&children, &Policy::Reweight) {
                prop_assert!(got.coverage > Exact::zero() && got.coverage <= Exact::hundred());
                let scores = || children.iter().filter_map(|child| child.result.as_ref().map(|result| result.score.clone()));
                prop_assert!(got.score >= scores().min().unwrap() && got.score <= scores().max().unwrap());
                let complete = children.iter().all(|child| child.result.is_some());
                prop_assert_eq!(complete, got.coverage == Exact::hundred());
            }
        }
    }
}
