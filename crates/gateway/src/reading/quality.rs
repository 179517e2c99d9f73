//! The dashboard of quality.

use piramide_contracts::{
    convert::{self, Invalid},
    quality, types,
};
use piramide_measure::{Direction, Exact, Provenance};

/// A node of the dashboard.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Index {
    pub(crate) node: String,
    pub(crate) parent: String,
    pub(crate) label: String,
    pub(crate) kind: String,
    pub(crate) weight: Option<Exact>,
    pub(crate) elementary: Option<Elementary>,
    pub(crate) budget: Judgement,
    pub(crate) previous_year: Judgement,
    pub(crate) note: String,
    pub(crate) published: Vec<Published>,
}

/// A printed figure of the nation.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Published {
    pub(crate) kind: quality::PublishedKind,
    pub(crate) year: i32,
    pub(crate) value: Exact,
    pub(crate) source: String,
    pub(crate) note: String,
    pub(crate) recomputed: Option<Exact>,
}

/// What was measured of an elementary indicator.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Elementary {
    pub(crate) measure: String,
    pub(crate) unit: String,
    pub(crate) direction: Direction,
    pub(crate) numerator: Option<Exact>,
    pub(crate) denominator: Option<Exact>,
    pub(crate) value: Option<Exact>,
    pub(crate) fewest: Option<Exact>,
    pub(crate) few_cases: bool,
    pub(crate) left_out: bool,
    pub(crate) need: String,
    pub(crate) cap: Option<Exact>,
    /// The lowest and the highest budget of the plan.
    pub(crate) budgets: Option<(Exact, Exact)>,
}

/// An index against a reference.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Judgement {
    pub(crate) reference: Option<Exact>,
    pub(crate) compared: Option<Exact>,
    pub(crate) deviation: Option<Exact>,
    pub(crate) index: Option<Exact>,
    pub(crate) coverage: Option<Exact>,
    pub(crate) share: Option<Exact>,
    pub(crate) missing_reason: String,
    pub(crate) worst: bool,
    pub(crate) provenance: Option<Provenance>,
}

/// What something contributes to an index.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contribution {
    pub(crate) node: String,
    pub(crate) structure: String,
    pub(crate) label: String,
    pub(crate) own: Option<Exact>,
    pub(crate) mix: Option<Exact>,
    pub(crate) total: Option<Exact>,
    pub(crate) value: Option<Exact>,
    pub(crate) reference: Option<Exact>,
}

/// What moved an index.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Contributions {
    pub(crate) index: Index,
    pub(crate) nodes: Vec<Contribution>,
    pub(crate) structures: Vec<Contribution>,
    pub(crate) unattributed: Option<Exact>,
}

/// A structure beside others.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Standing {
    pub(crate) structure: String,
    pub(crate) name: String,
    pub(crate) judgement: Judgement,
    pub(crate) value: Option<Exact>,
    pub(crate) rank: Option<i32>,
    pub(crate) quarter: Option<i32>,
    pub(crate) outlier: bool,
    pub(crate) few_cases: bool,
    pub(crate) months: i32,
    pub(crate) missing_months: bool,
}

/// How indices are distributed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Distribution {
    pub(crate) count: i32,
    pub(crate) lowest: Option<Exact>,
    pub(crate) first_quartile: Option<Exact>,
    pub(crate) median: Option<Exact>,
    pub(crate) third_quartile: Option<Exact>,
    pub(crate) highest: Option<Exact>,
}

/// Structures side by side.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Comparison {
    pub(crate) standings: Vec<Standing>,
    pub(crate) distribution: Option<Distribution>,
    pub(crate) cluster: String,
}

/// An index in one month.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrendPoint {
    pub(crate) month: String,
    pub(crate) budget: Judgement,
    pub(crate) previous_year: Judgement,
    pub(crate) budget_to_date: Judgement,
    pub(crate) previous_year_to_date: Judgement,
    pub(crate) value: Option<Exact>,
    pub(crate) few_cases: bool,
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    convert::optional_exact(field, value)
}

/// Reads the indices of an answer.
pub(crate) fn indices(messages: Vec<quality::Index>) -> Result<Vec<Index>, Invalid> {
    let read = |(position, message)| index(message).map_err(|invalid| invalid.within(&format!("indices.{position}")));
    messages.into_iter().enumerate().map(read).collect()
}

/// Reads an index that must be there.
pub(crate) fn required(message: Option<quality::Index>) -> Result<Index, Invalid> {
    index(message.ok_or_else(|| Invalid::new("index", "is required"))?)
}

fn index(message: quality::Index) -> Result<Index, Invalid> {
    Ok(Index {
        weight: exact("weight", message.weight.as_ref())?,
        elementary: message.elementary.map(elementary).transpose()?,
        budget: present("budget", message.budget)?,
        previous_year: present("previous_year", message.previous_year)?,
        node: message.node_code,
        parent: message.parent_code,
        label: message.label,
        kind: message.kind,
        note: message.note,
        published: message.published.into_iter().map(published).collect::<Result<_, _>>()?,
    })
}

fn published(message: quality::PublishedFigure) -> Result<Published, Invalid> {
    let unknown = || Invalid::new("published.kind", "is not known");
    Ok(Published {
        kind: Some(message.kind()).filter(|kind| *kind != quality::PublishedKind::Unspecified).ok_or_else(unknown)?,
        year: message.year,
        value: exact("published.value", message.value.as_ref())?.ok_or_else(|| Invalid::new("published.value", "is required"))?,
        recomputed: exact("published.recomputed", message.recomputed.as_ref())?,
        source: message.source,
        note: message.note,
    })
}

pub(super) fn present(field: &str, message: Option<quality::Judgement>) -> Result<Judgement, Invalid> {
    judgement(&message.ok_or_else(|| Invalid::new(field, "is required"))?).map_err(|invalid| invalid.within(field))
}

fn elementary(message: quality::Elementary) -> Result<Elementary, Invalid> {
    Ok(Elementary {
        direction: convert::direction("direction", message.direction)?,
        numerator: exact("numerator", message.numerator.as_ref())?,
        denominator: exact("denominator", message.denominator.as_ref())?,
        value: exact("value", message.value.as_ref())?,
        fewest: exact("fewest", message.fewest.as_ref())?,
        cap: exact("cap", message.cap.as_ref())?,
        budgets: exact("lowest_budget", message.lowest_budget.as_ref())?.zip(exact("highest_budget", message.highest_budget.as_ref())?),
        few_cases: message.few_cases,
        left_out: message.left_out,
        measure: message.measure_code,
        unit: message.unit,
        need: message.need,
    })
}

fn judgement(message: &quality::Judgement) -> Result<Judgement, Invalid> {
    Ok(Judgement {
        reference: exact("reference", message.reference.as_ref())?,
        compared: exact("compared", message.compared.as_ref())?,
        deviation: exact("deviation", message.deviation.as_ref())?,
        index: exact("index", message.index.as_ref())?,
        coverage: exact("coverage", message.coverage.as_ref())?,
        share: exact("share", message.share.as_ref())?,
        provenance: convert::provenance("provenance", message.provenance)?,
        missing_reason: message.missing_reason.clone(),
        worst: message.worst,
    })
}

/// Reads what moved an index.
pub(crate) fn contributions(message: quality::GetContributionsResponse) -> Result<Contributions, Invalid> {
    let list = |field: &str, messages: Vec<quality::Contribution>| {
        let read = |(position, message)| contribution(message).map_err(|invalid: Invalid| invalid.within(&format!("{field}.{position}")));
        messages.into_iter().enumerate().map(read).collect::<Result<Vec<_>, Invalid>>()
    };
    Ok(Contributions {
        index: required(message.index)?,
        nodes: list("nodes", message.nodes)?,
        structures: list("structures", message.structures)?,
        unattributed: exact("unattributed", message.unattributed.as_ref())?,
    })
}

fn contribution(message: quality::Contribution) -> Result<Contribution, Invalid> {
    Ok(Contribution {
        own: exact("own", message.own.as_ref())?,
        mix: exact("mix", message.mix.as_ref())?,
        total: exact("total", message.total.as_ref())?,
        value: exact("value", message.value.as_ref())?,
        reference: exact("reference", message.reference.as_ref())?,
        node: message.node_code,
        structure: message.structure_code,
        label: message.label,
    })
}

/// Reads structures side by side.
pub(crate) fn comparison(message: quality::CompareIndicesResponse) -> Result<Comparison, Invalid> {
    let read = |(position, message)| standing(message).map_err(|invalid: Invalid| invalid.within(&format!("standings.{position}")));
    Ok(Comparison {
        standings: message.standings.into_iter().enumerate().map(read).collect::<Result<_, _>>()?,
        distribution: message.distribution.as_ref().map(distribution).transpose()?,
        cluster: message.cluster,
    })
}

fn standing(message: quality::Standing) -> Result<Standing, Invalid> {
    Ok(Standing {
        judgement: present("judgement", message.judgement)?,
        value: exact("value", message.value.as_ref())?,
        structure: message.structure_code,
        name: message.structure_name,
        rank: message.rank,
        quarter: message.quarter,
        outlier: message.outlier,
        few_cases: message.few_cases,
        months: message.months,
        missing_months: message.missing_months,
    })
}

fn distribution(message: &quality::Distribution) -> Result<Distribution, Invalid> {
    Ok(Distribution {
        count: message.count,
        lowest: exact("lowest", message.lowest.as_ref())?,
        first_quartile: exact("first_quartile", message.first_quartile.as_ref())?,
        median: exact("median", message.median.as_ref())?,
        third_quartile: exact("third_quartile", message.third_quartile.as_ref())?,
        highest: exact("highest", message.highest.as_ref())?,
    })
}

/// Reads an index month by month.
pub(crate) fn trend(messages: Vec<quality::TrendPoint>) -> Result<Vec<TrendPoint>, Invalid> {
    let read = |message: quality::TrendPoint| {
        Ok(TrendPoint {
            month: convert::period("month", message.month.as_ref())?.to_string(),
            budget: present("budget", message.budget)?,
            previous_year: present("previous_year", message.previous_year)?,
            budget_to_date: present("budget_to_date", message.budget_to_date)?,
            previous_year_to_date: present("previous_year_to_date", message.previous_year_to_date)?,
            value: exact("value", message.value.as_ref())?,
            few_cases: message.few_cases,
        })
    };
    let at = |(position, message)| read(message).map_err(|invalid: Invalid| invalid.within(&format!("points.{position}")));
    messages.into_iter().enumerate().map(at).collect()
}
