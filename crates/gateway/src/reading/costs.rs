//! Statements of responsibility centres, with the points that production alone knows.

use piramide_contracts::{convert, convert::Invalid, finance, scorecard::GetScorecardResponse, types};
use piramide_measure::{Exact, Provenance};

use super::statement::{Judged, judged};

/// The statement of a structure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CostStatement {
    pub(crate) whole: CostTotal,
    pub(crate) lines: Vec<CostLine>,
    pub(crate) natures: Vec<(String, Option<Exact>)>,
    pub(crate) below: Vec<CostTotal>,
    pub(crate) passed: Vec<Passed>,
    pub(crate) undone: Vec<finance::UndoneRule>,
}

/// What a structure costs, in all.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CostTotal {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) has_children: bool,
    pub(crate) own: Option<Exact>,
    pub(crate) received: Option<Exact>,
    pub(crate) given: Option<Exact>,
    pub(crate) full: Option<Exact>,
    pub(crate) ratios: Vec<Ratio>,
    pub(crate) missing: String,
    pub(crate) provenance: Option<Provenance>,
    pub(crate) cluster: String,
}

/// A ratio against its target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ratio {
    pub(crate) indicator: String,
    pub(crate) label: String,
    pub(crate) unit: String,
    pub(crate) judged: Judged,
}

/// An account.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CostLine {
    pub(crate) account: String,
    pub(crate) parent: String,
    pub(crate) label: String,
    pub(crate) nature: String,
    pub(crate) amount: Option<Exact>,
}

/// One part of what a rule passes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Passed {
    pub(crate) rule: String,
    pub(crate) label: String,
    pub(crate) source: String,
    pub(crate) receiver: String,
    pub(crate) driver: String,
    pub(crate) weight: Option<Exact>,
    pub(crate) whole: Option<Exact>,
    pub(crate) amount: Option<Exact>,
    pub(crate) place: String,
}

/// The homogenised points that production answers, and what it answered from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Points {
    pub(crate) actual: Option<Exact>,
    pub(crate) provenance: Option<Provenance>,
    pub(crate) plan_version: String,
    pub(crate) sequence: i64,
    /// Why there are none.
    pub(crate) missing: String,
}

impl Points {
    /// No points, and why.
    pub(crate) fn missing(why: String) -> Self {
        Self { actual: None, provenance: None, plan_version: String::new(), sequence: 0, missing: why }
    }

    /// What a cost is worth per point; `None` where either is missing or there are no points.
    pub(crate) fn cost_per_point(&self, cost: Option<&Exact>) -> Option<Exact> {
        Exact::quotient(cost?, self.actual.as_ref()?)
    }
}

/// Reads the points of production.
pub(crate) fn points(answer: GetScorecardResponse) -> Result<Points, Invalid> {
    let (plan_version, sequence) = (answer.plan_version, answer.sequence);
    let result = answer.results.into_iter().next().ok_or_else(|| Invalid::new("results", "is empty"))?;
    let figures = super::indicator(result)?.figures;
    Ok(Points { actual: figures.actual, provenance: figures.provenance, plan_version, sequence, missing: figures.missing_reason })
}

/// Reads a statement.
pub(crate) fn statement(message: finance::GetCostStatementResponse) -> Result<CostStatement, Invalid> {
    let nature = |nature: finance::NatureCost| Ok((nature.nature, exact("natures", nature.amount.as_ref())?));
    Ok(CostStatement {
        whole: total(message.whole.ok_or_else(|| Invalid::new("whole", "is required"))?)?,
        lines: message.lines.into_iter().map(line).collect::<Result<_, _>>()?,
        natures: message.natures.into_iter().map(nature).collect::<Result<_, Invalid>>()?,
        below: message.below.into_iter().map(total).collect::<Result<_, _>>()?,
        passed: message.passed.into_iter().map(passed).collect::<Result<_, _>>()?,
        undone: message.undone,
    })
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    convert::optional_exact(field, value)
}

fn total(message: finance::CostTotal) -> Result<CostTotal, Invalid> {
    Ok(CostTotal {
        own: exact("own", message.own.as_ref())?,
        received: exact("received", message.received.as_ref())?,
        given: exact("given", message.given.as_ref())?,
        full: exact("full", message.full.as_ref())?,
        ratios: message.ratios.into_iter().map(ratio).collect::<Result<_, _>>()?,
        provenance: convert::provenance("provenance", message.provenance)?,
        code: message.structure_code,
        name: message.structure_name,
        has_children: message.has_children,
        missing: message.missing_reason,
        cluster: message.cluster,
    })
}

fn ratio(message: finance::CostRatio) -> Result<Ratio, Invalid> {
    Ok(Ratio { judged: judged("ratio", message.judged)?, indicator: message.indicator_code, label: message.label, unit: message.unit })
}

fn line(message: finance::CostLine) -> Result<CostLine, Invalid> {
    Ok(CostLine {
        amount: exact("amount", message.amount.as_ref())?,
        account: message.account_code,
        parent: message.parent_code,
        label: message.label,
        nature: message.nature,
    })
}

fn passed(message: finance::PassedCost) -> Result<Passed, Invalid> {
    Ok(Passed {
        weight: exact("weight", message.weight.as_ref())?,
        whole: exact("whole", message.whole.as_ref())?,
        amount: exact("amount", message.amount.as_ref())?,
        rule: message.rule_code,
        label: message.label,
        source: message.source_code,
        receiver: message.receiver_code,
        driver: message.driver_code,
        place: message.place,
    })
}
