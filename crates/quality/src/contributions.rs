//! What moved an index (*analisi dei contributi*): which indicators, which areas, which structures, adding up exactly to its distance from
//! 100.

mod effects;

use std::collections::BTreeMap;

use piramide_measure::{Deferred, Exact, Factor};
use piramide_plan::DashboardNode;

use crate::{
    asked::Asked,
    indices::{Against, Index},
};

/// What something contributes to an index, in points of it. The exact sum over many offices is a very long fraction, so it is carried out
/// when somebody wants it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// What comes from doing better or worse than one's own reference.
    pub own: Deferred,
    /// What comes from weighing more or less in the whole than in the reference (*effetto composizione*).
    pub mix: Deferred,
}

impl Effect {
    /// Both together.
    pub fn total(&self) -> Deferred {
        let mut total = self.own.clone();
        total.add(&self.mix);
        total
    }

    fn add(&mut self, other: &Self) {
        self.own.add(&other.own);
        self.mix.add(&other.mix);
    }
}

/// What moved an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contributions<'a> {
    /// Every node under the one asked for, itself included, parents before children. A parent's effect is the sum of its children's.
    pub nodes: Vec<(DashboardNode<'a>, Effect)>,
    /// Every structure right under the one asked for, sorted by code.
    pub structures: Vec<(&'a str, Effect)>,
    /// What no structure can be held to: indicators without a measure that count as the worst.
    pub unattributed: Exact,
}

/// Analysis of the contributions (*analisi dei contributi*).
///
/// ```text
/// index - 100 = sum over indicators of share * deviation within the cap
/// deviation   = sum over structures of own + mix, where with shares s, s' of the cases and ratios r, r', R' (of the structure now, in the
///               reference, and of all in the reference)
///               own = s (r - r') / |R'| * 100        mix = (s - s') (r' - R') / |R'| * 100
/// ```
///
/// A structure without cases in the reference has `R'` as its own; one without cases now takes its mix away. A deviation that is capped is
/// scaled down in all its parts alike. Against the budget nothing is mix, since the reference has the same cases.
///
/// - Unit: points of the index. They add up exactly to the index less 100, by nodes and by structures.
/// - Rounding: none here. Shown with 2 digits.
/// - Source: **Decision**; the sources name no method.
///
/// `None` when the node has no index.
pub fn contributions<'a>(asked: &Asked<'a>, index: &Index<'a>, against: Against) -> Option<Contributions<'a>> {
    index.judged.index.as_ref().ok()?;
    let mut structures: BTreeMap<&'a str, Effect> = BTreeMap::new();
    let mut unattributed = Exact::zero();
    let mut nodes = Vec::new();
    walk(asked, index, against, &mut Found { nodes: &mut nodes, structures: &mut structures, unattributed: &mut unattributed });
    Some(Contributions { nodes, structures: structures.into_iter().collect(), unattributed })
}

/// What has been found on the way.
struct Found<'f, 'a> {
    nodes: &'f mut Vec<(DashboardNode<'a>, Effect)>,
    structures: &'f mut BTreeMap<&'a str, Effect>,
    unattributed: &'f mut Exact,
}

fn walk<'a>(asked: &Asked<'a>, index: &Index<'a>, against: Against, found: &mut Found<'_, 'a>) -> Effect {
    let position = found.nodes.len();
    found.nodes.push((index.node, Effect::default()));
    let mut effect = Effect::default();
    for child in &index.children {
        effect.add(&walk(asked, child, against, found));
    }
    if let DashboardNode::Indicator(indicator) = index.node
        && let Some(distance) = index.deviation()
    {
        let share = Exact::quotient(&index.share, &Exact::hundred()).unwrap_or_else(Exact::zero);
        if index.judged.worst {
            let lost = &share * &distance;
            *found.unattributed = &*found.unattributed + &lost;
            effect.own = Deferred::term(&Factor::new(lost), 1, 1).unwrap_or_default();
        } else if let Some(elementary) = asked.elementary(&indicator.code) {
            for (structure, part) in effects::of_structures(asked, elementary, against, &share) {
                effect.add(&part);
                found.structures.entry(structure).or_default().add(&part);
            }
        }
    }
    if let Some((_, kept)) = found.nodes.get_mut(position) {
        kept.clone_from(&effect);
    }
    effect
}
