//! What moved an index (*analisi dei contributi*): which indicators, which areas, which structures, adding up exactly to its distance from
//! 100.

mod effects;

use piramide_measure::{Deferred, Exact, Factor};
use piramide_plan::DashboardNode;

use self::effects::PartEffect;
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

    fn take(&mut self, part: &PartEffect) {
        part.own.iter().for_each(|term| self.own.take(term));
        part.mix.iter().for_each(|term| self.mix.take(term));
    }

    /// Itself, for others to be made of.
    fn shared(self) -> Self {
        Self { own: self.own.shared(), mix: self.mix.shared() }
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
    let mut found = Found { nodes: Vec::new(), structures: Vec::new(), unattributed: Exact::zero() };
    walk(asked, index, against, &mut found);
    let Found { nodes, structures, unattributed } = found;
    Some(Contributions { nodes, structures, unattributed })
}

/// What has been found on the way.
struct Found<'a> {
    nodes: Vec<(DashboardNode<'a>, Effect)>,
    /// Sorted by code.
    structures: Vec<(&'a str, Effect)>,
    unattributed: Exact,
}

impl<'a> Found<'a> {
    /// The effect of a structure. Indicators mostly have the same structures in the same order, so it is looked for first where it stood in
    /// the list of another.
    fn structure(&mut self, likely: usize, code: &'a str) -> Option<&mut Effect> {
        let there = self.structures.get(likely).is_some_and(|(known, _)| *known == code);
        let place = if there { Ok(likely) } else { self.structures.binary_search_by_key(&code, |(known, _)| known) };
        let place = place.unwrap_or_else(|place| {
            self.structures.insert(place, (code, Effect::default()));
            place
        });
        self.structures.get_mut(place).map(|(_, effect)| effect)
    }
}

fn walk<'a>(asked: &Asked<'a>, index: &Index<'a>, against: Against, found: &mut Found<'a>) -> Effect {
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
            found.unattributed = &found.unattributed + &lost;
            Factor::new(lost).term(1, 1).iter().for_each(|term| effect.own.take(term));
        } else if let Some(elementary) = asked.elementary(&indicator.code) {
            for (place, (structure, part)) in effects::of_structures(asked, elementary, against, &share).into_iter().enumerate() {
                effect.take(&part);
                if let Some(known) = found.structure(place, structure) {
                    known.take(&part);
                }
            }
        }
    }
    let effect = effect.shared();
    if let Some((_, kept)) = found.nodes.get_mut(position) {
        kept.clone_from(&effect);
    }
    effect
}
