//! Structures that are compared with each other (*cluster*).

use std::collections::BTreeMap;

use crate::{
    error::Problem,
    reading::{Findings, Table},
    structures::Structures,
};

pub(crate) const COLUMNS: &[&str] = &["purpose", "cluster", "structure"];

/// The clusters of a plan, by purpose: a structure is in at most one for each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clusters {
    by_purpose: BTreeMap<String, BTreeMap<String, String>>,
}

impl Clusters {
    /// What structures are compared for, sorted.
    pub fn purposes(&self) -> impl Iterator<Item = &str> {
        self.by_purpose.keys().map(String::as_str)
    }

    /// The cluster of a structure for a purpose.
    pub fn cluster_of(&self, purpose: &str, structure: &str) -> Option<&str> {
        self.by_purpose.get(purpose)?.get(structure).map(String::as_str)
    }

    /// The clusters of a purpose, in their order.
    pub fn clusters(&self, purpose: &str) -> Vec<&str> {
        let clusters: std::collections::BTreeSet<&str> =
            self.by_purpose.get(purpose).into_iter().flat_map(BTreeMap::values).map(String::as_str).collect();
        clusters.into_iter().collect()
    }

    /// The structures of a cluster, sorted.
    pub fn members(&self, purpose: &str, cluster: &str) -> Vec<&str> {
        let structures = self.by_purpose.get(purpose).into_iter().flatten();
        structures.filter(|(_, of)| *of == cluster).map(|(structure, _)| structure.as_str()).collect()
    }

    pub(crate) fn read(table: &Table, structures: &Structures, findings: &mut Findings) -> Self {
        let mut clusters = Self::default();
        let mut lines: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in table.rows() {
            let (purpose, cluster) = (row.required("purpose", findings), row.required("cluster", findings));
            let structure = row.required("structure", findings);
            if !structures.contains(&structure) {
                let problem = Problem::Unknown { what: "structure", code: structure.clone(), file: "structures.csv" };
                row.refuse("structure", problem, findings);
            }
            if let Some(first_line) = lines.get(&(purpose.clone(), structure.clone())) {
                row.refuse("structure", Problem::TwoClusters { structure, purpose, first_line: *first_line }, findings);
                continue;
            }
            lines.insert((purpose.clone(), structure.clone()), row.line());
            clusters.by_purpose.entry(purpose).or_default().insert(structure, cluster);
        }
        clusters
    }
}
