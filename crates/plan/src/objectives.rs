//! The tree of objectives and its weights (*albero della performance*).

use std::collections::BTreeMap;

use piramide_measure::{Exact, Policy};

use crate::{
    error::Problem,
    header,
    indicators::Indicators,
    reading::{Findings, Link, Row, Table, Tree, choices},
};

pub(crate) const COLUMNS: &[&str] = &["code", "parent", "label", "kind", "weighting", "weight", "indicator", "missing", "note"];

choices! {
    /// What a node of the tree is.
    ObjectiveKind {
        /// The synthetic index (*indice sintetico*).
        Index = "index",
        /// A group of objectives: a component, an area, a perspective.
        Group = "group",
        /// An objective (*obiettivo*).
        Objective = "objective",
        /// A leaf that an indicator measures.
        Indicator = "indicator",
        /// A leaf that is done or not, which no indicator measures yet (*progetto*).
        Project = "project",
    }
}

choices! {
    /// How a node weighs what is under it.
    Weighting {
        /// By the weights written beside them, which sum to 100.
        Percent = "percent",
        /// Alike.
        Equal = "equal",
    }
}

/// A node of the tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objective {
    /// Its code.
    pub code: String,
    /// The node above; `None` for the index.
    pub parent: Option<String>,
    /// Its name, in Italian.
    pub label: String,
    /// What it is.
    pub kind: ObjectiveKind,
    /// How it weighs what is under it; `None` for leaves.
    pub weighting: Option<Weighting>,
    /// Its weight among its siblings as written, per cent; `None` where they weigh alike.
    pub weight: Option<Exact>,
    /// The indicator that measures it; `None` for inner nodes and projects.
    pub indicator: Option<String>,
    /// What it does when something under it is missing; `None` for the plan's way.
    pub missing: Option<Policy>,
    /// What the plan notes about it.
    pub note: String,
}

impl Objective {
    fn is_leaf(&self) -> bool {
        matches!(self.kind, ObjectiveKind::Indicator | ObjectiveKind::Project)
    }
}

/// The tree of objectives of a plan.
#[derive(Debug, Clone, Default)]
pub struct Objectives {
    rows: Vec<Objective>,
    positions: BTreeMap<String, usize>,
    /// The positions of the nodes under each, in the order of the plan.
    below: Vec<Vec<usize>>,
    /// The weight of each among its siblings.
    weights: Vec<Exact>,
    tree: Tree,
}

impl Objectives {
    /// The index.
    pub fn root(&self) -> Option<&Objective> {
        self.get(self.tree.roots().first()?)
    }

    /// A node.
    pub fn get(&self, code: &str) -> Option<&Objective> {
        self.rows.get(*self.positions.get(code)?)
    }

    /// Every node, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = &Objective> {
        self.rows.iter()
    }

    /// The nodes directly under one, in the order of the plan.
    pub fn children(&self, code: &str) -> Vec<&Objective> {
        self.weighed(code).map(|(child, _)| child).collect()
    }

    /// The nodes directly under one with their weights among each other, per cent, in the order of the plan.
    pub fn weighed(&self, code: &str) -> impl Iterator<Item = (&Objective, &Exact)> {
        let below = self.positions.get(code).and_then(|position| self.below.get(*position));
        below.into_iter().flatten().filter_map(|child| self.rows.get(*child).zip(self.weights.get(*child)))
    }

    /// Weight of a node among its siblings, per cent: as written, or an equal share. The index weighs 100; what is not there, nothing.
    pub fn effective_weight(&self, code: &str) -> Exact {
        self.positions.get(code).and_then(|position| self.weights.get(*position)).cloned().unwrap_or_else(Exact::zero)
    }

    pub(crate) fn read(table: &Table, indicators: &Indicators, cap: Option<&Exact>, findings: &mut Findings) -> Self {
        let mut objectives = Self::default();
        let mut lines = BTreeMap::new();
        for row in table.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            objectives.positions.insert(code.clone(), objectives.rows.len());
            objectives.rows.push(read_objective(&row, code, indicators, cap, findings));
        }
        let line = |code: &str| lines.get(code).copied().unwrap_or_default();
        let links: Vec<Link<'_>> =
            objectives.rows.iter().map(|node| Link { code: &node.code, parent: node.parent.as_deref(), line: line(&node.code) }).collect();
        objectives.tree = Tree::grow(table.file(), "objective", &links, findings);
        if objectives.tree.roots().len() != 1 {
            findings.add(table.file(), None, "parent", Problem::Roots { found: objectives.tree.roots().to_vec() });
        }
        objectives.below = objectives.rows.iter().map(|node| objectives.positions_below(&node.code)).collect();
        objectives.weights = objectives.rows.iter().map(|node| objectives.weight(node)).collect();
        objectives.refuse_misplaced(table, &line, findings);
        objectives.refuse_weights(table, &line, findings);
        objectives
    }

    fn positions_below(&self, code: &str) -> Vec<usize> {
        self.tree.children(code).iter().filter_map(|child| self.positions.get(child).copied()).collect()
    }

    fn weight(&self, node: &Objective) -> Exact {
        let Some(parent) = &node.parent else { return Exact::hundred() };
        let siblings = i64::try_from(self.tree.children(parent).len()).unwrap_or(i64::MAX);
        node.weight.clone().or_else(|| Exact::quotient(&Exact::hundred(), &Exact::from(siblings))).unwrap_or_else(Exact::zero)
    }

    fn refuse_misplaced(&self, table: &Table, line: &dyn Fn(&str) -> u64, findings: &mut Findings) {
        for node in &self.rows {
            let parent = node.parent.as_deref().and_then(|parent| self.get(parent));
            if let Some(parent) = parent.filter(|parent| parent.is_leaf()) {
                let advice = "indicators and projects are leaves";
                let problem = Problem::ParentIsLeaf { code: node.code.clone(), parent: parent.code.clone(), advice };
                findings.add(table.file(), line(&node.code), "parent", problem);
            }
            if !node.is_leaf() && self.tree.children(&node.code).is_empty() {
                findings.add(table.file(), line(&node.code), "kind", Problem::WithoutChildren { code: node.code.clone() });
            }
        }
    }

    fn refuse_weights(&self, table: &Table, line: &dyn Fn(&str) -> u64, findings: &mut Findings) {
        for root in self.tree.roots().iter().filter_map(|root| self.get(root)) {
            if let Some(weight) = &root.weight {
                let problem = Problem::Surplus { text: weight.decimal_text(4), advice: "the index has no siblings to be weighed with" };
                findings.add(table.file(), line(&root.code), "weight", problem);
            }
        }
        for (parent, children) in self.tree.parents() {
            let children: Vec<&Objective> = children.iter().filter_map(|child| self.get(child)).collect();
            match self.get(parent).and_then(|parent| parent.weighting) {
                Some(Weighting::Equal) => {
                    for (child, weight) in children.iter().filter_map(|child| Some((child, child.weight.as_ref()?))) {
                        let problem = Problem::Surplus { text: weight.decimal_text(4), advice: "the node above weighs its children alike" };
                        findings.add(table.file(), line(&child.code), "weight", problem);
                    }
                }
                Some(Weighting::Percent) => {
                    for child in children.iter().filter(|child| child.weight.is_none()) {
                        let problem = Problem::Empty { advice: "the node above weighs its children by per cent" };
                        findings.add(table.file(), line(&child.code), "weight", problem);
                    }
                    let sum: Exact = children.iter().filter_map(|child| child.weight.as_ref()).sum();
                    if sum != Exact::hundred() {
                        let problem = Problem::WeightsSum { parent: parent.clone(), sum: sum.decimal_text(4) };
                        findings.add(table.file(), line(parent), "weighting", problem);
                    }
                }
                None => {}
            }
        }
    }
}

fn read_objective(row: &Row<'_>, code: String, indicators: &Indicators, cap: Option<&Exact>, findings: &mut Findings) -> Objective {
    let kind = row.choice("kind", ObjectiveKind::Group, findings);
    let indicator = row.optional("indicator");
    let mut node = Objective {
        code,
        parent: row.optional("parent"),
        label: row.required("label", findings),
        kind,
        weighting: None,
        weight: row.positive("weight", findings),
        indicator,
        missing: None,
        note: row.text("note").to_owned(),
    };
    if node.is_leaf() {
        row.must_be_empty("weighting", "a leaf has nothing under it to weigh", findings);
        row.must_be_empty("missing", "a leaf has nothing under it that could be missing", findings);
    } else {
        node.weighting = Some(row.choice("weighting", Weighting::Equal, findings));
        node.missing = row
            .optional("missing")
            .and_then(|word| header::policy(&word, cap).map_err(|problem| row.refuse("missing", problem, findings)).ok());
    }
    match (kind, &node.indicator) {
        (ObjectiveKind::Indicator, None) => {
            row.refuse("indicator", Problem::Empty { advice: "say what measures it, or make it a project" }, findings);
        }
        (ObjectiveKind::Indicator, Some(code)) if indicators.get(code).is_none() => {
            let problem = Problem::Unknown { what: "indicator", code: code.clone(), file: "indicators.csv" };
            row.refuse("indicator", problem, findings);
        }
        (ObjectiveKind::Indicator, Some(_)) => {}
        (ObjectiveKind::Index | ObjectiveKind::Group | ObjectiveKind::Objective | ObjectiveKind::Project, _) => {
            row.must_be_empty("indicator", "only a leaf of kind indicator is measured by one", findings);
        }
    }
    node
}
