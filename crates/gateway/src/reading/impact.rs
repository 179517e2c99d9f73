//! The impact of products.

use piramide_contracts::{
    convert::{self, Invalid},
    publicvalue::{self, DomainState, GetImpactResponse},
    types,
};
use piramide_measure::{Direction, Exact, Provenance};

/// The impact of products, and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Impact {
    pub(crate) products: Vec<Product>,
    pub(crate) plan_version: String,
    pub(crate) domains: Vec<DomainState>,
}

/// The impact of a product.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Product {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) targets: Index,
    pub(crate) previous_year: Index,
    pub(crate) measures: Vec<Measure>,
}

/// A weighted mean of scores.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Index {
    pub(crate) value: Option<Exact>,
    pub(crate) coverage: Option<Exact>,
}

/// A measure of the impact of a product.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measure {
    pub(crate) dimension: String,
    pub(crate) dimension_label: String,
    pub(crate) label: String,
    pub(crate) indicator: String,
    pub(crate) weight: Option<Exact>,
    pub(crate) unit: String,
    pub(crate) direction: Option<Direction>,
    pub(crate) actual: Option<Exact>,
    pub(crate) target: Option<Exact>,
    pub(crate) score: Option<Exact>,
    pub(crate) previous_year: Option<Exact>,
    pub(crate) change: Option<Exact>,
    pub(crate) provenance: Option<Provenance>,
    pub(crate) missing: String,
    pub(crate) note: String,
}

/// Reads the impact of products.
pub(crate) fn impact(message: GetImpactResponse) -> Result<Impact, Invalid> {
    let read = |(position, message)| product(message).map_err(|invalid| invalid.within(&format!("products.{position}")));
    Ok(Impact {
        products: message.products.into_iter().enumerate().map(read).collect::<Result<_, _>>()?,
        plan_version: message.plan_version,
        domains: message.domains,
    })
}

fn product(message: publicvalue::ProductImpact) -> Result<Product, Invalid> {
    Ok(Product {
        targets: index(message.targets)?,
        previous_year: index(message.previous_year)?,
        measures: message.measures.into_iter().map(measure).collect::<Result<_, _>>()?,
        code: message.product_code,
        label: message.label,
    })
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    convert::optional_exact(field, value)
}

fn index(message: Option<publicvalue::ImpactIndex>) -> Result<Index, Invalid> {
    let Some(message) = message else { return Ok(Index::default()) };
    Ok(Index { value: exact("value", message.value.as_ref())?, coverage: exact("coverage", message.coverage.as_ref())? })
}

fn measure(message: publicvalue::ImpactMeasure) -> Result<Measure, Invalid> {
    Ok(Measure {
        weight: exact("weight", message.weight.as_ref())?,
        direction: super::direction(message.direction)?,
        actual: exact("actual", message.actual.as_ref())?,
        target: exact("target", message.target.as_ref())?,
        score: exact("score", message.score.as_ref())?,
        previous_year: exact("previous_year", message.previous_year.as_ref())?,
        change: exact("change", message.change.as_ref())?,
        provenance: convert::provenance("provenance", message.provenance)?,
        dimension: message.dimension,
        dimension_label: message.dimension_label,
        label: message.label,
        indicator: message.indicator_code,
        unit: message.unit,
        missing: message.missing_reason,
        note: message.note,
    })
}
