//! What the dashboard of quality is made of (*Cruscotto Qualità*): sections, areas, elementary indicators, and the budgets of the clusters.
//!
//! A section is what one synthetic index speaks of: the production areas, the legal area, the medico-legal area. Under it stand areas,
//! under them elementary indicators. All three tables may be missing from a package, and the dashboard is then empty.

mod areas;
mod budgets;
mod indicators;

use std::collections::{BTreeMap, HashMap};

use piramide_measure::{Exact, Month};

pub use self::{
    areas::QualityArea,
    budgets::Budget,
    indicators::{OverMonths, QualityIndicator, WhenFew},
};
use crate::{
    clusters::Clusters,
    incentives::{self, Incentives},
    measures::Measures,
    published::{self, Published},
    reading::{Findings, Table, Tree},
    structures::Structures,
};

pub(crate) use self::{areas::COLUMNS as AREA_COLUMNS, budgets::COLUMNS as BUDGET_COLUMNS, indicators::COLUMNS as INDICATOR_COLUMNS};

/// A node of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DashboardNode<'a> {
    /// A section or an area.
    Area(&'a QualityArea),
    /// An elementary indicator.
    Indicator(&'a QualityIndicator),
}

impl<'a> DashboardNode<'a> {
    /// Its code.
    pub fn code(self) -> &'a str {
        match self {
            Self::Area(area) => &area.code,
            Self::Indicator(indicator) => &indicator.code,
        }
    }

    /// Its name, in Italian.
    pub fn label(self) -> &'a str {
        match self {
            Self::Area(area) => &area.label,
            Self::Indicator(indicator) => &indicator.label,
        }
    }

    /// The area above it.
    pub fn parent(self) -> Option<&'a str> {
        match self {
            Self::Area(area) => area.parent.as_deref(),
            Self::Indicator(indicator) => Some(&indicator.area),
        }
    }

    /// What the plan notes about it.
    pub fn note(self) -> &'a str {
        match self {
            Self::Area(area) => &area.note,
            Self::Indicator(indicator) => &indicator.note,
        }
    }

    /// Its weight as written.
    fn weight(self) -> Option<&'a Exact> {
        match self {
            Self::Area(area) => area.weight.as_ref(),
            Self::Indicator(indicator) => indicator.weight.as_ref(),
        }
    }
}

/// The dashboard of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dashboard {
    areas: Vec<QualityArea>,
    indicators: Vec<QualityIndicator>,
    positions: HashMap<String, Position>,
    tree: Tree,
    /// Budgets by indicator.
    budgets: BTreeMap<String, budgets::ByHolder>,
    published: Published,
    incentives: Incentives,
}

/// Where a node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    Area(usize),
    Indicator(usize),
}

impl Dashboard {
    /// Whether the plan has none.
    pub fn is_empty(&self) -> bool {
        self.areas.is_empty()
    }

    /// The sections, in the order of the plan.
    pub fn sections(&self) -> impl Iterator<Item = &QualityArea> {
        self.areas.iter().filter(|area| area.parent.is_none())
    }

    /// A node.
    pub fn node(&self, code: &str) -> Option<DashboardNode<'_>> {
        match *self.positions.get(code)? {
            Position::Area(position) => self.areas.get(position).map(DashboardNode::Area),
            Position::Indicator(position) => self.indicators.get(position).map(DashboardNode::Indicator),
        }
    }

    /// A section or an area.
    pub fn area(&self, code: &str) -> Option<&QualityArea> {
        if let DashboardNode::Area(area) = self.node(code)? { Some(area) } else { None }
    }

    /// The nodes directly under one, in the order of the plan.
    pub fn children(&self, code: &str) -> Vec<DashboardNode<'_>> {
        self.tree.children(code).iter().filter_map(|child| self.node(child)).collect()
    }

    /// The elementary indicators, in the order of the plan.
    pub fn indicators(&self) -> impl Iterator<Item = &QualityIndicator> {
        self.indicators.iter()
    }

    /// The elementary indicators under a node, or the node itself when it is one, in the order of the plan.
    pub fn indicators_under<'a>(&'a self, code: &'a str) -> Vec<&'a QualityIndicator> {
        if let Some(DashboardNode::Indicator(indicator)) = self.node(code) {
            return vec![indicator];
        }
        let nodes = self.tree.descendants(code).filter_map(|code| self.node(code));
        nodes.filter_map(|node| if let DashboardNode::Indicator(indicator) = node { Some(indicator) } else { None }).collect()
    }

    /// The section in which a node stands.
    pub fn section_of(&self, code: &str) -> Option<&QualityArea> {
        let mut at = self.node(code)?;
        // No path is longer than there are nodes, unless it leads back to itself: such a table is refused, but first it is read.
        for _ in 0..self.positions.len() {
            match (at, at.parent()) {
                (_, Some(parent)) => at = self.node(parent)?,
                (DashboardNode::Area(area), None) => return Some(area),
                (DashboardNode::Indicator(_), None) => return None,
            }
        }
        None
    }

    /// Weight of a node among its siblings, per cent: as written, or an equal share. A section weighs 100; what is not there, nothing.
    pub fn weight(&self, code: &str) -> Exact {
        self.node(code).map_or_else(Exact::zero, |node| self.weight_of(node))
    }

    /// The same of a node that is at hand.
    pub fn weight_of(&self, node: DashboardNode<'_>) -> Exact {
        let Some(parent) = node.parent() else { return Exact::hundred() };
        let equal_share = || {
            let siblings = i64::try_from(self.tree.children(parent).len()).unwrap_or(i64::MAX);
            Exact::quotient(&Exact::hundred(), &Exact::from(siblings))
        };
        node.weight().cloned().or_else(equal_share).unwrap_or_else(Exact::zero)
    }

    /// Whose budgets an office can be held to in a section, the nearest first: its own, that of its cluster, then the same of each structure
    /// above it.
    ///
    /// **Decision**: clusters are written for provinces and branches, facts stand at the offices under them, so an office is held to the
    /// cluster of the structure it belongs to.
    pub fn holders<'a>(&self, node: &str, office: &'a str, at: Month, around: (&'a Structures, &'a Clusters)) -> Vec<Holder<'a>> {
        let (structures, clusters) = around;
        let purpose = self.section_of(node).map_or("", |section| section.clusters.as_str());
        let above = structures.ancestors(office, at).map(|structure| structure.code.as_str());
        let holder = |structure: &'a str| Holder { structure, cluster: clusters.cluster_of(purpose, structure) };
        std::iter::once(office).chain(above).map(holder).collect()
    }

    /// The budget (*obiettivo di budget*) for an indicator of the nearest holder that has one.
    pub fn budget(&self, indicator: &str, holders: &[Holder<'_>]) -> Option<&Budget> {
        let budgets = self.budgets.get(indicator)?;
        holders.iter().find_map(|holder| budgets.of_structure(holder.structure).or_else(|| budgets.of_cluster(holder.cluster?)))
    }

    /// The lowest and the highest budget of an indicator, over all clusters and structures; `None` where the plan sets none.
    pub fn budgets(&self, indicator: &str) -> Option<(&Exact, &Exact)> {
        let values = || self.budgets_of(indicator);
        values().min().zip(values().max())
    }

    /// Every budget of an indicator, of clusters and structures.
    pub fn budgets_of(&self, indicator: &str) -> impl Iterator<Item = &Exact> {
        self.budgets.get(indicator).into_iter().flat_map(budgets::ByHolder::values)
    }

    /// What is printed of its indices and measures.
    pub fn published(&self) -> &Published {
        &self.published
    }

    /// The bands that turn its indices into incentives.
    pub fn incentives(&self) -> &Incentives {
        &self.incentives
    }

    pub(crate) fn read(tables: &Tables, around: &Around<'_>, findings: &mut Findings) -> Self {
        let mut dashboard = Self::default();
        areas::read(&tables.areas, around, &mut dashboard, findings);
        indicators::read(&tables.indicators, around, &mut dashboard, findings);
        areas::check(&mut dashboard, findings);
        budgets::read(&tables.budgets, around, &mut dashboard, findings);
        dashboard.published = Published::read(&tables.published, &dashboard, findings);
        dashboard.incentives = Incentives::read((&tables.incentives, &tables.bands), &dashboard, findings);
        dashboard
    }
}

/// Who a budget can be written for: a structure, and the cluster it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder<'a> {
    /// The structure.
    pub structure: &'a str,
    /// Its cluster, in the clusters of the section.
    pub cluster: Option<&'a str>,
}

/// The tables of the dashboard.
pub(crate) struct Tables {
    areas: Table,
    indicators: Table,
    budgets: Table,
    published: Table,
    incentives: Table,
    bands: Table,
}

impl Tables {
    /// Has each table read by its name and columns.
    pub(crate) fn of(mut table: impl FnMut(&'static str, &'static [&'static str]) -> Table) -> Self {
        Self {
            areas: table("quality_areas.csv", AREA_COLUMNS),
            indicators: table("quality_indicators.csv", INDICATOR_COLUMNS),
            budgets: table("quality_budgets.csv", BUDGET_COLUMNS),
            published: table("quality_published.csv", published::COLUMNS),
            incentives: table("incentives.csv", incentives::COLUMNS),
            bands: table("incentive_bands.csv", incentives::BAND_COLUMNS),
        }
    }
}

/// What of the plan the dashboard speaks of.
pub(crate) struct Around<'a> {
    pub(crate) structures: &'a Structures,
    pub(crate) clusters: &'a Clusters,
    pub(crate) measures: &'a Measures,
    /// The cap of the plan.
    pub(crate) cap: Option<&'a Exact>,
}
