//! Statements of the IEEP, as REST answers them.

use piramide_measure::Provenance;
use serde::Serialize;
use utoipa::ToSchema;

use super::text;
use crate::reading::statement as reading;

/// The IEEP of a structure (prospetto dell'IEEP). Amounts in euro and percentages are decimals as strings; null means missing, which is
/// not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Statement {
    /// The items, in the order of the plan.
    items: Vec<StatementLine>,
    /// The euro sum (somma in euro): of the whole, or of the items of the assignee, each with its sign in the whole.
    total: JudgedAmount,
    /// The weighted realisation (realizzazione ponderata) of the sections, per cent: another result than that of the euro sum.
    weighted_realisation: Option<String>,
    /// Why there is none; null when there is one.
    weighted_missing_reason: Option<String>,
    /// The structures right under the one asked for.
    structures: Vec<StructureStatement>,
    /// The central directorate asked for, by name; null for all items.
    assignee: Option<String>,
    /// The central directorates that the plan assigns items to.
    assignees: Vec<Assignee>,
    /// The plan that gave items and targets.
    plan_version: String,
}

/// One item of the IEEP.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementLine {
    /// The item.
    item: String,
    /// The item that it enters; null for the whole.
    parent: Option<String>,
    /// Its name, in Italian.
    label: String,
    /// How it enters its parent: 1 adds, -1 subtracts.
    sign: i32,
    /// Its weight among the sections, per cent.
    weight: Option<String>,
    /// The indicator that explains it.
    indicator: Option<String>,
    #[serde(flatten)]
    judged: JudgedAmount,
    /// What is recorded of the item less what is recorded of the items under it, where they disagree; null when everything squares.
    unsquared: Option<String>,
    /// In how many structures and periods they disagree.
    unsquared_count: i32,
    /// The first of them.
    unsquared_places: Vec<UnsquaredPlace>,
}

/// An amount against its target.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JudgedAmount {
    /// The amount (consuntivo).
    actual: Option<String>,
    /// The target (obiettivo).
    target: Option<String>,
    /// The deviation (scostamento), positive when better: per cent of the target; in the unit of what is judged, euro for amounts, where
    /// there is no realisation.
    deviation: Option<String>,
    /// Realisation (realizzazione), per cent: 100 + deviation.
    realisation: Option<String>,
    /// Which way is better: higher_is_better or lower_is_better.
    direction: &'static str,
    /// The least certain provenance that entered.
    provenance: Option<&'static str>,
    /// Why there is no amount; null when there is one.
    missing_reason: Option<String>,
}

/// A structure and period where an item and the items under it disagree.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UnsquaredPlace {
    /// The structure.
    structure: String,
    /// The period.
    period: String,
    /// What is recorded of the item.
    recorded: Option<String>,
    /// What the items under it sum to.
    parts: Option<String>,
}

/// A structure beside its siblings.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StructureStatement {
    /// The structure.
    structure: String,
    /// Its name, in Italian.
    name: String,
    /// Whether it has structures under it.
    has_children: bool,
    /// The euro sum of its items.
    total: JudgedAmount,
    /// The weighted realisation of its sections, per cent.
    weighted_realisation: Option<String>,
}

/// A central directorate that answers for some of the items.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Assignee {
    /// Its code.
    code: String,
    /// Its name, in Italian.
    label: String,
}

impl Statement {
    pub(crate) fn new(statement: reading::Statement, plan_version: String) -> Self {
        Self {
            items: statement.lines.into_iter().map(StatementLine::from).collect(),
            total: statement.total.into(),
            weighted_realisation: text(statement.weighted.as_ref()),
            weighted_missing_reason: super::said(statement.weighted_missing),
            structures: statement.structures.into_iter().map(StructureStatement::from).collect(),
            assignee: super::said(statement.assignee),
            assignees: statement.assignees.into_iter().map(|assignee| Assignee { code: assignee.code, label: assignee.label }).collect(),
            plan_version,
        }
    }
}

impl From<reading::Line> for StatementLine {
    fn from(line: reading::Line) -> Self {
        Self {
            weight: text(line.weight.as_ref()),
            judged: line.judged.into(),
            unsquared: text(line.unsquared.as_ref()),
            unsquared_count: line.unsquared_count,
            unsquared_places: line.unsquared_places.into_iter().map(UnsquaredPlace::from).collect(),
            item: line.item,
            parent: super::said(line.parent),
            label: line.label,
            sign: line.sign,
            indicator: super::said(line.indicator),
        }
    }
}

impl From<reading::Judged> for JudgedAmount {
    fn from(judged: reading::Judged) -> Self {
        Self {
            actual: text(judged.actual.as_ref()),
            target: text(judged.target.as_ref()),
            deviation: text(judged.deviation.as_ref()),
            realisation: text(judged.realisation.as_ref()),
            direction: judged.direction.code(),
            provenance: judged.provenance.map(Provenance::code),
            missing_reason: super::said(judged.missing),
        }
    }
}

impl From<reading::Place> for UnsquaredPlace {
    fn from(place: reading::Place) -> Self {
        Self {
            recorded: text(place.recorded.as_ref()),
            parts: text(place.parts.as_ref()),
            structure: place.structure,
            period: place.period,
        }
    }
}

impl From<reading::Beside> for StructureStatement {
    fn from(beside: reading::Beside) -> Self {
        Self {
            total: beside.total.into(),
            weighted_realisation: text(beside.weighted.as_ref()),
            structure: beside.code,
            name: beside.name,
            has_children: beside.has_children,
        }
    }
}
