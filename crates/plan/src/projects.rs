//! Improvement projects and what each weighs (*progetti di miglioramento*, nazionali e regionali).

use std::collections::BTreeMap;

use piramide_measure::Exact;

use crate::{
    error::Problem,
    measures::Measures,
    reading::{Findings, Table},
    structures::Structures,
};

pub(crate) const COLUMNS: &[&str] = &["measure", "structure", "weight", "note"];

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// The measure of production that counts its pieces.
    pub measure: String,
    /// Whose it is: it counts for that structure and those under it. A project of the nation is national, any other regional.
    pub structure: String,
    /// Its weight, per cent. National projects sum to 100.
    pub weight: Exact,
    /// Its line in `projects.csv`.
    pub line: u64,
}

/// The projects of a plan, in its order. The table may be missing from a package, and is then empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Projects(Vec<Project>);

impl Projects {
    /// Every project.
    pub fn iter(&self) -> impl Iterator<Item = &Project> {
        self.0.iter()
    }

    pub(crate) fn read(table: &Table, measures: &Measures, structures: &Structures, findings: &mut Findings) -> Self {
        let mut projects = Self::default();
        let mut lines: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in table.rows() {
            let (measure, structure) = (row.required("measure", findings), row.required("structure", findings));
            if measures.get(&measure).is_none_or(|known| known.domain != "production") {
                let problem = Problem::Unknown { what: "measure of production", code: measure.clone(), file: "measures.csv" };
                row.refuse("measure", problem, findings);
            }
            if !structures.contains(&structure) {
                let problem = Problem::Unknown { what: "structure", code: structure.clone(), file: "structures.csv" };
                row.refuse("structure", problem, findings);
            }
            let weight = row.required_number("weight", findings).and_then(|_| row.positive("weight", findings));
            if let Some(first_line) = lines.insert((measure.clone(), structure.clone()), row.line()) {
                row.refuse("measure", Problem::Duplicate { code: format!("project {measure} of {structure}"), first_line }, findings);
            }
            projects.0.push(Project { measure, structure, weight: weight.unwrap_or_else(Exact::zero), line: row.line() });
        }
        let is_root = |code: &str| structures.get(code).is_some_and(|structure| structure.parent.is_none());
        let national: Vec<&Project> = projects.0.iter().filter(|project| is_root(&project.structure)).collect();
        let sum: Exact = national.iter().map(|project| &project.weight).sum();
        if let Some(first) = national.first().filter(|_| sum != Exact::hundred()) {
            let problem = Problem::WeightsSum { parent: first.structure.clone(), sum: sum.decimal_text(4) };
            findings.add(table.file(), first.line, "weight", problem);
        }
        projects
    }
}
