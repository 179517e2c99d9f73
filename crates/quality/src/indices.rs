//! The indices of the dashboard: elementary, of an area, synthetic (*indice sintetico di qualità*), against the budget and against last
//! year.

mod derivation;
mod elementary;

use piramide_measure::{
    Exact, Missing, Policy, Provenance,
    weighted::{self, Child, Weighted},
};
use piramide_plan::DashboardNode;

pub use self::{
    derivation::{derivation, figure},
    elementary::{Compared, Side, compared},
};
use crate::asked::Asked;

/// What the dashboard compares with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Against {
    /// The budget of the cluster (*obiettivo di budget*): the ordinary incentive.
    Budget,
    /// The same period of last year (*anno precedente*): the special incentive.
    PreviousYear,
}

impl Against {
    /// Both references.
    pub const ALL: [Self; 2] = [Self::Budget, Self::PreviousYear];

    /// What a reader sees, in Italian.
    pub fn label(self) -> &'static str {
        match self {
            Self::Budget => "Obiettivo di budget",
            Self::PreviousYear => "Anno precedente",
        }
    }
}

/// A node of the dashboard judged against a reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The measure that is compared: of the offices that have a reference. `None` for an area, or without any.
    pub actual: Option<Exact>,
    /// What it is compared with, in the same unit.
    pub reference: Option<Exact>,
    /// How far it is from it, positive when better: before any cap for an indicator, from 100 for an area.
    pub deviation: Option<Exact>,
    /// 100 plus the deviation within the cap; for an area the weighted mean of those under it.
    pub index: Result<Exact, Missing>,
    /// Per cent of what should have been judged that was.
    pub coverage: Exact,
    /// Whether the index is the worst that the plan allows, since nothing was measured.
    pub worst: bool,
}

impl Judged {
    fn missing(missing: Missing) -> Self {
        Self { actual: None, reference: None, deviation: None, index: Err(missing), coverage: Exact::zero(), worst: false }
    }
}

/// A node of the dashboard with its index and those under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index<'a> {
    /// The node.
    pub node: DashboardNode<'a>,
    /// Its weight among its siblings, per cent, as the plan says.
    pub weight: Exact,
    /// Per cent of the node asked for that it carries, once what is missing has left its weight to its siblings.
    pub share: Exact,
    /// Its index.
    pub judged: Judged,
    /// Those under it, in the order of the plan.
    pub children: Vec<Index<'a>>,
}

impl<'a> Index<'a> {
    /// Itself and every node below, parents before children.
    pub fn flat(&self) -> Vec<&Self> {
        let mut found = vec![self];
        found.extend(self.children.iter().flat_map(Self::flat));
        found
    }

    /// How far the index is from 100; `None` when there is no index.
    pub fn deviation(&self) -> Option<Exact> {
        self.judged.index.as_ref().ok().map(|index| index - &Exact::hundred())
    }

    /// The least certain provenance of the facts that entered; `None` when none did.
    pub fn provenance(&self, asked: &Asked<'a>, against: Against) -> Option<Provenance> {
        self.judged.index.as_ref().ok()?;
        let below = self.children.iter().map(|child| child.provenance(asked, against)).max().flatten();
        let DashboardNode::Indicator(indicator) = self.node else { return below };
        asked.elementary(&indicator.code).and_then(|elementary| elementary::provenance(elementary, against))
    }

    /// Gives every node the share of the whole that it carries.
    fn spread(&mut self, share: Exact) {
        let whole: Exact = self.children.iter().filter(|child| child.judged.index.is_ok()).map(|child| &child.weight).sum();
        for child in &mut self.children {
            let own = if child.judged.index.is_ok() { &child.weight * &share } else { Exact::zero() };
            child.spread(Exact::quotient(&own, &whole).unwrap_or_else(Exact::zero));
        }
        self.share = share;
    }
}

/// The index of a node of the dashboard and of all below it.
///
/// ```text
/// elementary  100 + deviation of the measure from its reference, within the cap
/// area        sum(weight * index) / sum(weight), over the children that have an index
/// synthetic   the same over the areas of a section
/// ```
///
/// - Unit: index; 100 is the reference, above is a better service. What is missing leaves its weight to its siblings, or counts as the worst
///   where the plan says so, and lowers the coverage.
/// - Rounding: none here. Shown with 2 digits, as deviation from 100.
/// - Source: Piano della performance 2021-2023, "Qualità"; "Obiettivi di Qualità ed Efficacia".
///
/// `None` when the plan's dashboard has no such node.
pub fn index<'a>(asked: &Asked<'a>, node: &str, against: Against) -> Option<Index<'a>> {
    let mut index = built(asked, asked.query.plan.dashboard().node(node)?, against);
    index.spread(if index.judged.index.is_ok() { Exact::hundred() } else { Exact::zero() });
    Some(index)
}

fn built<'a>(asked: &Asked<'a>, node: DashboardNode<'a>, against: Against) -> Index<'a> {
    let dashboard = asked.query.plan.dashboard();
    let (judged, children) = match node {
        DashboardNode::Indicator(indicator) => {
            let judged = asked.elementary(&indicator.code).map(|elementary| elementary::judged(asked, elementary, against));
            (judged.unwrap_or_else(|| Judged::missing(asked.query.no_data())), Vec::new())
        }
        DashboardNode::Area(area) => {
            let children: Vec<Index<'a>> = dashboard.children(&area.code).into_iter().map(|child| built(asked, child, against)).collect();
            (mean(asked, &children), children)
        }
    };
    Index { node, weight: dashboard.weight_of(node), share: Exact::zero(), judged, children }
}

fn mean(asked: &Asked<'_>, children: &[Index<'_>]) -> Judged {
    // An area of which nothing was measured has no index, even where each missing indicator counts as the worst.
    if children.iter().all(|child| child.judged.worst || child.judged.index.is_err()) {
        let mut reasons = children.iter().map(|child| child.judged.index.as_ref().err());
        let first = reasons.next().flatten();
        let shared = first.filter(|first| reasons.all(|reason| reason == Some(first)));
        return Judged::missing(shared.cloned().unwrap_or_else(|| asked.query.no_data()));
    }
    let weighed: Vec<Child> = children
        .iter()
        .map(|child| {
            let result = child.judged.index.as_ref().ok();
            let result = result.map(|score| Weighted { score: score.clone(), coverage: child.judged.coverage.clone() });
            Child { weight: child.weight.clone(), result }
        })
        .collect();
    match weighted::mean(&weighed, &Policy::Reweight) {
        Some(Weighted { score, coverage }) => {
            Judged { actual: None, reference: None, deviation: Some(&score - &Exact::hundred()), index: Ok(score), coverage, worst: false }
        }
        None => Judged::missing(asked.query.no_data()),
    }
}
