//! What if coefficients changed? The effect on every figure before anyone approves it.
//!
//! A proposal holds from its month until the next coefficient of the plan or of the proposals; months before it stay as they are, as
//! they would if it were approved. Nothing is recorded: points are taken again from the sums kept, product by product and month by month.

use std::collections::BTreeMap;

use piramide_measure::Month;

use crate::{
    asked::Asked,
    state::{COMPLETED_POINTS, MEASURES, NET_PRODUCTION, RECEIVED_POINTS, Sums},
};

/// The largest coefficient that anyone could mean: a year of somebody's work for one piece.
pub const LARGEST: i64 = 2_000 * 10_000;

/// The largest effect at one node and slot: even over a century of months it fits in half of what a sum can be.
const MOST_EFFECT: u64 = i64::MAX.unsigned_abs() / 4_096;

/// A coefficient that is thought about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The product.
    pub product: String,
    /// The first month in which it would hold.
    pub first: Month,
    /// Ten-thousandths of an hour, above zero and at most [`LARGEST`].
    pub coefficient: i64,
}

/// Why a simulation is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SimulationError {
    /// The catalogue has no such product.
    #[error("\"{product}\" is not a product of {plan}: groups and staff have no coefficient")]
    NotAProduct {
        /// What was named.
        product: String,
        /// The plan's version.
        plan: String,
    },
    /// Two proposals for one product and month.
    #[error("{product} is proposed twice from {first}")]
    Twice {
        /// The product.
        product: String,
        /// The month.
        first: Month,
    },
    /// A coefficient that is none.
    #[error("{coefficient} ten-thousandths of an hour is not above zero and at most {LARGEST}")]
    Coefficient {
        /// What was proposed.
        coefficient: i64,
    },
    /// The points would not fit in 64 bits.
    #[error("the points of {product} may not fit in 64 bits")]
    TooLarge {
        /// The product.
        product: String,
    },
}

/// What proposals add to the sums kept, for one structure: by node of the catalogue, and by slot or, without one, to what waits.
#[derive(Debug, Clone, Default)]
pub struct Overlay(BTreeMap<String, BTreeMap<Option<usize>, Sums>>);

impl Overlay {
    /// The effect of proposals on what was asked.
    ///
    /// # Errors
    ///
    /// [`SimulationError`], for the first proposal that cannot be meant.
    pub fn new(asked: &Asked<'_>, proposals: &[Proposal]) -> Result<Self, SimulationError> {
        let mut overlay = Self::default();
        for (product, proposed) in by_product(asked, proposals)? {
            let mut dated: BTreeMap<Month, i64> = asked.query.plan.catalogue().coefficients(product).collect();
            dated.extend(proposed);
            overlay.add(asked, product, &dated).ok_or_else(|| SimulationError::TooLarge { product: product.to_owned() })?;
        }
        Ok(overlay)
    }

    /// Adds the effect of one product's coefficients at the product and at every node above it; `None` when it does not fit.
    fn add(&mut self, asked: &Asked<'_>, product: &str, dated: &BTreeMap<Month, i64>) -> Option<()> {
        let catalogue = asked.query.plan.catalogue();
        let flows =
            asked.slots_with_months().into_iter().map(|(slot, month)| Some((Some(slot), month, asked.sums_of_slot(product, slot)?)));
        let waiting = asked.waiting_by_slot(product)?.into_iter().map(|(month, sums)| Some((None, month, sums)));
        for each in flows.chain(waiting) {
            let (slot, month, sums) = each?;
            let now = catalogue.coefficient_ten_thousandths(product, month);
            let then = dated.range(..=month).next_back().map(|(_, coefficient)| *coefficient);
            let (Some(now), Some(then)) = (now, then) else { continue };
            if now == then {
                continue;
            }
            let mut effect = Sums { sums: [0; MEASURES], marks: sums.marks };
            for measure in RECEIVED_POINTS..=NET_PRODUCTION {
                let points = sums.sums.get(measure)?;
                // Points of one product in one slot are pieces times one coefficient: the division leaves nothing.
                let pieces = points.checked_div(now)?;
                *effect.sums.get_mut(measure)? = pieces.checked_mul(then.checked_sub(now)?)?;
            }
            let mut node = Some(product);
            while let Some(code) = node {
                let known = self.0.entry(code.to_owned()).or_default().entry(slot).or_insert(Sums::EMPTY);
                for measure in RECEIVED_POINTS..=NET_PRODUCTION {
                    let sum = known.sums.get_mut(measure)?;
                    *sum = sum.checked_add(*effect.sums.get(measure)?).filter(|sum| sum.unsigned_abs() <= MOST_EFFECT)?;
                }
                node = catalogue.node(code)?.parent.as_deref();
            }
        }
        Some(())
    }

    /// Adds the effect at a node in a slot to the sums kept there.
    pub(crate) fn apply(&self, slot: Option<usize>, node: &str, sums: &mut Sums) {
        if let Some(effect) = self.0.get(node).and_then(|slots| slots.get(&slot)) {
            sums.add(&Sums { marks: 0, ..*effect });
        }
    }

    /// Whether a node, product or group, is touched.
    pub fn touches(&self, node: &str) -> bool {
        self.0.contains_key(node)
    }
}

/// The proposals of each product, by month.
fn by_product<'p>(asked: &Asked<'_>, proposals: &'p [Proposal]) -> Result<BTreeMap<&'p str, BTreeMap<Month, i64>>, SimulationError> {
    let plan = asked.query.plan;
    let mut by_product: BTreeMap<&str, BTreeMap<Month, i64>> = BTreeMap::new();
    for Proposal { product, first, coefficient } in proposals {
        if plan.catalogue().product(product).is_none_or(piramide_plan::Product::is_staff) {
            return Err(SimulationError::NotAProduct { product: product.clone(), plan: plan.version().to_owned() });
        }
        if !(1..=LARGEST).contains(coefficient) {
            return Err(SimulationError::Coefficient { coefficient: *coefficient });
        }
        if by_product.entry(product).or_default().insert(*first, *coefficient).is_some() {
            return Err(SimulationError::Twice { product: product.clone(), first: *first });
        }
    }
    Ok(by_product)
}

const _: () = assert!(RECEIVED_POINTS < COMPLETED_POINTS && COMPLETED_POINTS < NET_PRODUCTION, "the measures in points stand together");
