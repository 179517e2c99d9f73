//! Statements of the IEEP.

use piramide_contracts::{convert, convert::Invalid, finance, types};
use piramide_measure::{Direction, Exact, Provenance};

/// The IEEP of a structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) lines: Vec<Line>,
    pub(crate) total: Judged,
    pub(crate) weighted: Option<Exact>,
    pub(crate) weighted_missing: String,
    pub(crate) structures: Vec<Beside>,
    pub(crate) assignee: String,
    pub(crate) assignees: Vec<finance::Assignee>,
}

/// One item.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) item: String,
    pub(crate) parent: String,
    pub(crate) label: String,
    pub(crate) sign: i32,
    pub(crate) weight: Option<Exact>,
    pub(crate) indicator: String,
    pub(crate) judged: Judged,
    pub(crate) unsquared: Option<Exact>,
    pub(crate) unsquared_count: i32,
    pub(crate) unsquared_places: Vec<Place>,
}

/// An amount against its target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judged {
    pub(crate) actual: Option<Exact>,
    pub(crate) target: Option<Exact>,
    pub(crate) deviation: Option<Exact>,
    pub(crate) realisation: Option<Exact>,
    pub(crate) direction: Direction,
    pub(crate) provenance: Option<Provenance>,
    pub(crate) missing: String,
}

/// Where an item and the items under it disagree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) structure: String,
    pub(crate) period: String,
    pub(crate) recorded: Option<Exact>,
    pub(crate) parts: Option<Exact>,
}

/// A structure beside its siblings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Beside {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) has_children: bool,
    pub(crate) total: Judged,
    pub(crate) weighted: Option<Exact>,
}

/// Reads a statement.
pub(crate) fn statement(message: finance::GetStatementResponse) -> Result<Statement, Invalid> {
    let line = |(position, message)| line(message).map_err(|invalid| invalid.within(&format!("lines.{position}")));
    let beside = |(position, message)| beside(message).map_err(|invalid| invalid.within(&format!("structures.{position}")));
    Ok(Statement {
        lines: message.lines.into_iter().enumerate().map(line).collect::<Result<_, _>>()?,
        total: judged("total", message.total)?,
        weighted: exact("weighted_realisation", message.weighted_realisation.as_ref())?,
        weighted_missing: message.weighted_missing_reason,
        structures: message.structures.into_iter().enumerate().map(beside).collect::<Result<_, _>>()?,
        assignee: message.assignee_label,
        assignees: message.assignees,
    })
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    convert::optional_exact(field, value)
}

fn line(message: finance::StatementLine) -> Result<Line, Invalid> {
    Ok(Line {
        weight: exact("weight", message.weight.as_ref())?,
        judged: judged("judged", message.judged)?,
        unsquared: exact("unsquared", message.unsquared.as_ref())?,
        unsquared_count: message.unsquared_count,
        unsquared_places: message.unsquared_places.into_iter().map(place).collect::<Result<_, _>>()?,
        item: message.item_code,
        parent: message.parent_code,
        label: message.label,
        sign: message.sign,
        indicator: message.indicator_code,
    })
}

pub(super) fn judged(field: &str, message: Option<finance::JudgedAmount>) -> Result<Judged, Invalid> {
    let message = message.ok_or_else(|| Invalid::new(field, "is required"))?;
    let read = || {
        Ok(Judged {
            actual: exact("actual", message.actual.as_ref())?,
            target: exact("target", message.target.as_ref())?,
            deviation: exact("deviation", message.deviation.as_ref())?,
            realisation: exact("realisation", message.realisation.as_ref())?,
            direction: convert::direction("direction", message.direction)?,
            provenance: convert::provenance("provenance", message.provenance)?,
            missing: message.missing_reason.clone(),
        })
    };
    read().map_err(|invalid: Invalid| invalid.within(field))
}

fn place(message: finance::UnsquaredPlace) -> Result<Place, Invalid> {
    Ok(Place {
        recorded: exact("recorded", message.recorded.as_ref())?,
        parts: exact("parts", message.parts.as_ref())?,
        structure: message.structure_code,
        period: message.period.map(|period| period.value).unwrap_or_default(),
    })
}

fn beside(message: finance::StructureStatement) -> Result<Beside, Invalid> {
    Ok(Beside {
        total: judged("total", message.total)?,
        weighted: exact("weighted_realisation", message.weighted_realisation.as_ref())?,
        code: message.structure_code,
        name: message.structure_name,
        has_children: message.has_children,
    })
}
