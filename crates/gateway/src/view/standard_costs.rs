//! Standard costs, as REST answers them.

use piramide_measure::Provenance;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Explanation, said, text};
use crate::reading::standard_costs as reading;

/// The standard costs of a structure (costi standard): 100 is the mean of its cluster, lower is better. Numbers are decimals as strings;
/// null means missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandardCosts {
    /// Its index.
    index: StandardCostIndex,
    /// The indices of its cluster, its own among them; for a structure in no cluster, those of every cluster.
    peers: Vec<StandardCostIndex>,
    /// The elementary indicators, in the order of the plan.
    items: Vec<ElementaryCost>,
    /// How the index was reached.
    explanation: Explanation,
    /// The plan that gave indicators, weights, clusters and budget.
    plan_version: String,
}

/// The synthetic index of a structure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandardCostIndex {
    /// The structure.
    structure: String,
    /// Its name, in Italian.
    name: String,
    /// Its cluster; null for none.
    cluster: Option<String>,
    /// The index.
    index: Option<String>,
    /// The share of the weights that is measured, per cent.
    coverage: Option<String>,
    /// The target that the plan prints.
    target: Option<String>,
    /// The least certain provenance that entered.
    provenance: Option<&'static str>,
    /// Why there is no index; null when there is one.
    missing_reason: Option<String>,
}

/// An elementary indicator of a structure in its cluster.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ElementaryCost {
    /// Its code.
    code: String,
    /// Its name, in Italian.
    label: String,
    /// Its unit, in Italian.
    unit: String,
    /// Its value.
    value: Option<String>,
    /// The simple mean of the cluster.
    mean: Option<String>,
    /// 100 x value / mean.
    relative: Option<String>,
    /// Its weight among the indicators that are measured, per cent.
    weight: Option<String>,
    /// What it adds to the index: the contributions sum to it.
    contribution: Option<String>,
    /// The lowest value of the cluster.
    best: Option<String>,
    /// Whose it is.
    best_structure: Option<String>,
    /// How far the value is above the best, per cent of it.
    above_best: Option<String>,
    /// What the plan notes about it.
    note: Option<String>,
    /// Why there is no value; null when there is one.
    missing_reason: Option<String>,
}

impl StandardCosts {
    pub(crate) fn new(costs: reading::StandardCosts, plan_version: String) -> Self {
        Self {
            index: costs.own.into(),
            peers: costs.peers.into_iter().map(StandardCostIndex::from).collect(),
            items: costs.lines.into_iter().map(ElementaryCost::from).collect(),
            explanation: costs.derivation.into(),
            plan_version,
        }
    }
}

impl From<reading::Index> for StandardCostIndex {
    fn from(index: reading::Index) -> Self {
        Self {
            index: text(index.value.as_ref()),
            coverage: text(index.coverage.as_ref()),
            target: text(index.target.as_ref()),
            provenance: index.provenance.map(Provenance::code),
            missing_reason: said(index.missing),
            structure: index.code,
            name: index.name,
            cluster: said(index.cluster),
        }
    }
}

impl From<reading::Elementary> for ElementaryCost {
    fn from(line: reading::Elementary) -> Self {
        Self {
            above_best: text(line.above_best().as_ref()),
            value: text(line.value.as_ref()),
            mean: text(line.mean.as_ref()),
            relative: text(line.relative.as_ref()),
            weight: text(line.weight.as_ref()),
            contribution: text(line.contribution.as_ref()),
            best: text(line.best.as_ref()),
            best_structure: said(line.best_structure),
            code: line.code,
            label: line.label,
            unit: line.unit,
            note: said(line.note),
            missing_reason: said(line.missing),
        }
    }
}
