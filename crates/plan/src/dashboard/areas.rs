//! Sections and areas, and the shape of the whole tree.

use std::collections::BTreeMap;

use piramide_measure::Exact;

use super::{Around, Dashboard, DashboardNode, Position};
use crate::{
    error::Problem,
    reading::{Findings, Link, Row, Table, Tree},
};

const FILE: &str = "quality_areas.csv";
pub(crate) const COLUMNS: &[&str] = &["code", "parent", "label", "weight", "clusters", "indicators", "note"];

/// A section (without a parent) or an area of the dashboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityArea {
    /// Its code.
    pub code: String,
    /// The section or area above it.
    pub parent: Option<String>,
    /// Its name, in Italian.
    pub label: String,
    /// Its weight among its siblings, per cent; `None` where they all weigh alike.
    pub weight: Option<Exact>,
    /// For a section, the purpose of the clusters that its offices are compared in; empty without clusters.
    pub clusters: String,
    /// How many indicators the source says it has.
    pub stated: Option<usize>,
    /// What the source notes about it.
    pub note: String,
    /// Its line in `quality_areas.csv`.
    pub line: u64,
}

pub(super) fn read(table: &Table, around: &Around<'_>, dashboard: &mut Dashboard, findings: &mut Findings) {
    let mut lines = BTreeMap::new();
    for row in table.rows() {
        let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
        let area = read_area(&row, code, around, findings);
        dashboard.positions.insert(area.code.clone(), Position::Area(dashboard.areas.len()));
        dashboard.areas.push(area);
    }
}

fn read_area(row: &Row<'_>, code: String, around: &Around<'_>, findings: &mut Findings) -> QualityArea {
    let parent = row.optional("parent");
    let clusters = row.text("clusters").to_owned();
    if parent.is_some() {
        row.must_be_empty("clusters", "a section says for all its areas in which clusters offices are compared", findings);
    } else {
        row.must_be_empty("weight", "a section has no siblings to be weighed with", findings);
        if !clusters.is_empty() && around.clusters.purposes().all(|purpose| purpose != clusters) {
            row.refuse("clusters", Problem::Unknown { what: "purpose", code: clusters.clone(), file: "clusters.csv" }, findings);
        }
    }
    QualityArea {
        code,
        parent,
        label: row.required("label", findings),
        weight: row.positive("weight", findings),
        clusters,
        stated: row.count("indicators", findings),
        note: row.text("note").to_owned(),
        line: row.line(),
    }
}

/// Grows the tree over areas and indicators, and notes what is wrong with its shape and its weights.
pub(super) fn check(dashboard: &mut Dashboard, findings: &mut Findings) {
    let areas = dashboard.areas.iter().map(|area| Link { code: &area.code, parent: area.parent.as_deref(), line: area.line });
    let indicators = dashboard.indicators.iter().map(|one| Link { code: &one.code, parent: Some(&one.area), line: one.line });
    // Indicators have noted areas that are not there themselves; what hangs in the air would be noted here a second time.
    let known = |link: &Link<'_>| link.parent.is_none_or(|parent| dashboard.positions.contains_key(parent));
    let links: Vec<Link<'_>> = areas.chain(indicators.filter(known)).collect();
    dashboard.tree = Tree::grow(FILE, "area", &links, findings);
    for area in &dashboard.areas {
        let children = dashboard.children(&area.code);
        let below = children.iter().filter(|child| matches!(child, DashboardNode::Area(_))).count();
        if children.is_empty() {
            findings.add(FILE, area.line, "code", Problem::WithoutChildren { code: area.code.clone() });
        } else if below > 0 && below < children.len() {
            let problem = Problem::ParentIsLeaf {
                code: children.last().map(|child| child.code().to_owned()).unwrap_or_default(),
                parent: area.code.clone(),
                advice: "an area has areas or indicators under it, not both",
            };
            findings.add(FILE, area.line, "code", problem);
        }
        check_weights(area, &children, findings);
        if dashboard.section_of(&area.code).is_none() {
            continue;
        }
        let found = dashboard.indicators_under(&area.code).len();
        if let Some(stated) = area.stated.filter(|stated| *stated != found) {
            findings.add(FILE, area.line, "indicators", Problem::IndicatorsCount { code: area.code.clone(), stated, found });
        }
    }
}

fn check_weights(parent: &QualityArea, children: &[DashboardNode<'_>], findings: &mut Findings) {
    let weights: Vec<&Exact> = children.iter().filter_map(|child| child.weight()).collect();
    if weights.is_empty() {
        return;
    }
    for child in children.iter().filter(|child| child.weight().is_none()) {
        let (file, line) = match child {
            DashboardNode::Area(area) => (FILE, area.line),
            DashboardNode::Indicator(indicator) => (super::indicators::FILE, indicator.line),
        };
        findings.add(file, line, "weight", Problem::Empty { advice: "its siblings have weights: give one to all or to none" });
    }
    let sum: Exact = weights.into_iter().sum();
    if sum != Exact::hundred() {
        findings.add(FILE, parent.line, "code", Problem::WeightsSum { parent: parent.code.clone(), sum: sum.decimal_text(4) });
    }
}
