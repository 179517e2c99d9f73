//! What each cluster must reach (*obiettivi di budget*), indicator by indicator.

use std::collections::BTreeMap;

use piramide_measure::{Exact, Scale};

use super::{Around, Dashboard, DashboardNode};
use crate::{
    error::Problem,
    reading::{Findings, Row, Table},
};

pub(crate) const COLUMNS: &[&str] = &["indicator", "cluster", "structure", "value", "note"];

/// What a cluster or a structure must reach, in the unit of the indicator's measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// The value.
    pub value: Exact,
    /// What the source notes about it.
    pub note: String,
    /// Its line in `quality_budgets.csv`.
    pub line: u64,
}

/// The budgets of an indicator.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ByHolder {
    clusters: BTreeMap<String, Budget>,
    structures: BTreeMap<String, Budget>,
}

impl ByHolder {
    pub(super) fn of_cluster(&self, cluster: &str) -> Option<&Budget> {
        self.clusters.get(cluster)
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Exact> {
        self.clusters.values().chain(self.structures.values()).map(|budget| &budget.value)
    }

    pub(super) fn of_structure(&self, structure: &str) -> Option<&Budget> {
        self.structures.get(structure)
    }
}

pub(super) fn read(table: &Table, around: &Around<'_>, dashboard: &mut Dashboard, findings: &mut Findings) {
    for row in table.rows() {
        let indicator = row.required("indicator", findings);
        check_indicator(&row, &indicator, dashboard, findings);
        let purpose = dashboard.section_of(&indicator).map(|section| section.clusters.clone()).unwrap_or_default();
        let budget = Budget {
            value: row.required_number("value", findings).unwrap_or_else(Exact::zero),
            note: row.text("note").to_owned(),
            line: row.line(),
        };
        let by_holder = dashboard.budgets.entry(indicator.clone()).or_default();
        let (column, holder, known) = match (row.optional("cluster"), row.optional("structure")) {
            (Some(cluster), None) => {
                if around.clusters.members(&purpose, &cluster).is_empty() {
                    row.refuse("cluster", Problem::Unknown { what: "cluster", code: cluster.clone(), file: "clusters.csv" }, findings);
                }
                ("cluster", cluster, &mut by_holder.clusters)
            }
            (None, Some(structure)) => {
                if !around.structures.contains(&structure) {
                    let problem = Problem::Unknown { what: "structure", code: structure.clone(), file: "structures.csv" };
                    row.refuse("structure", problem, findings);
                }
                ("structure", structure, &mut by_holder.structures)
            }
            (Some(_), Some(structure)) => {
                let advice = "a budget is that of a cluster or of a structure, not of both";
                row.refuse("structure", Problem::Surplus { text: structure, advice }, findings);
                continue;
            }
            (None, None) => {
                row.refuse("cluster", Problem::Empty { advice: "say whose budget it is, a cluster's or a structure's" }, findings);
                continue;
            }
        };
        if let Some(first) = known.get(&holder) {
            let problem = Problem::Duplicate { code: format!("the budget of {indicator} for {holder}"), first_line: first.line };
            row.refuse(column, problem, findings);
            continue;
        }
        known.insert(holder, budget);
    }
}

fn check_indicator(row: &Row<'_>, code: &str, dashboard: &Dashboard, findings: &mut Findings) {
    match dashboard.node(code) {
        Some(DashboardNode::Indicator(indicator)) if indicator.measure.is_none() => {
            let advice = "an indicator without a measure has no budget";
            row.refuse("indicator", Problem::Surplus { text: code.to_owned(), advice }, findings);
        }
        Some(DashboardNode::Indicator(indicator)) => {
            let zero = row.number("value", findings).is_some_and(|value| value.is_zero());
            if zero && indicator.scale == Scale::Relative {
                row.refuse("value", Problem::ZeroTarget, findings);
            }
        }
        Some(DashboardNode::Area(_)) | None => {
            let problem = Problem::Unknown { what: "indicator", code: code.to_owned(), file: super::indicators::FILE };
            row.refuse("indicator", problem, findings);
        }
    }
}
