//! What moved an index (*analisi dei contributi*): which indicators, which areas, which structures, adding up exactly to its distance from
//! 100.

use std::collections::BTreeMap;

use piramide_measure::{Direction, Exact, Scale, deviation};
use piramide_plan::DashboardNode;

use crate::{
    asked::{Asked, Elementary},
    indices::{Against, Compared, Index, Side, compared, together},
};

/// What something contributes to an index, in points of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// What comes from doing better or worse than one's own reference.
    pub own: Exact,
    /// What comes from weighing more or less in the whole than in the reference (*effetto composizione*).
    pub mix: Exact,
}

impl Effect {
    /// Nothing.
    pub fn none() -> Self {
        Self { own: Exact::zero(), mix: Exact::zero() }
    }

    /// Both together.
    pub fn total(&self) -> Exact {
        &self.own + &self.mix
    }

    fn add(&mut self, other: &Self) {
        self.own = &self.own + &other.own;
        self.mix = &self.mix + &other.mix;
    }

    fn times(&self, factor: &Exact) -> Self {
        Self { own: &self.own * factor, mix: &self.mix * factor }
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
    found.nodes.push((index.node, Effect::none()));
    let mut effect = Effect::none();
    for child in &index.children {
        effect.add(&walk(asked, child, against, found));
    }
    if let DashboardNode::Indicator(indicator) = index.node
        && let Some(distance) = index.deviation()
    {
        let share = Exact::quotient(&index.share, &Exact::hundred()).unwrap_or_else(Exact::zero);
        if index.judged.worst {
            effect.own = &share * &distance;
            *found.unattributed = &*found.unattributed + &effect.own;
        } else if let Some(elementary) = asked.elementary(&indicator.code) {
            for (structure, part) in parts(asked, elementary, against) {
                let part = part.times(&share);
                effect.add(&part);
                found.structures.entry(structure).or_insert_with(Effect::none).add(&part);
            }
        }
    }
    if let Some((_, kept)) = found.nodes.get_mut(position) {
        *kept = effect.clone();
    }
    effect
}

/// What each structure contributes to the deviation of an elementary indicator, within the cap.
fn parts<'a>(asked: &Asked<'a>, elementary: &Elementary<'a>, against: Against) -> Vec<(&'a str, Effect)> {
    let parts = compared(elementary, against);
    let (all, base) = together(&parts);
    let (Some(now), Some(reference)) = (all.ratio(), base.ratio()) else { return Vec::new() };
    let indicator = elementary.indicator;
    let Some(unit) = scale(elementary, &reference) else { return Vec::new() };
    let distance = (&now - &reference) * unit.clone();
    let cap = indicator.cap.as_ref().or(asked.query.plan.cap());
    let within = Exact::quotient(&deviation::capped(&distance, cap), &distance).unwrap_or_else(|| Exact::from(1));
    let factor = unit * within;
    let share = |part: &Side, whole: &Side| Exact::quotient(&part.denominator, &whole.denominator).unwrap_or_else(Exact::zero);
    let effect = |part: &Compared<'a>| {
        let Compared { structure, actual, reference: own } = part;
        let (share_now, share_then) = (share(actual, &all), share(own, &base));
        let then = own.ratio();
        let was = then.clone().unwrap_or_else(|| reference.clone());
        let gain = actual.ratio().map_or_else(Exact::zero, |is| share_now.clone() * (is - was.clone()));
        let moved = if then.is_some() { (share_now - share_then) * (was - reference.clone()) } else { Exact::zero() };
        (*structure, Effect { own: gain * factor.clone(), mix: moved * factor.clone() })
    };
    parts.iter().map(effect).collect()
}

/// What a distance of one between ratios is worth as a deviation.
fn scale(elementary: &Elementary<'_>, reference: &Exact) -> Option<Exact> {
    let sign = match elementary.indicator.direction {
        Direction::HigherIsBetter => 1,
        Direction::LowerIsBetter => -1,
    };
    match elementary.indicator.scale {
        Scale::Relative => Exact::quotient(&Exact::from(100 * sign), &reference.abs()),
        Scale::Absolute => Some(elementary.factor() * Exact::from(sign)),
    }
}
