//! The impact of products, as REST answers it.

use piramide_measure::{Direction, Provenance};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Knowledge, said, text};
use crate::reading::impact as reading;

/// The impact of products (impatto). Numbers are decimals as strings; null means missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Impact {
    /// The products, in the order of the plan; none where the plan does not measure it.
    items: Vec<ProductImpact>,
    /// Where the next page starts; always empty, as there is one.
    next_page_token: String,
    /// The plan that says what is measured.
    plan_version: String,
    /// What each domain answered from.
    domains: Vec<Knowledge>,
}

/// The impact of a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProductImpact {
    /// The product: a row of the catalogue, or an outcome product.
    product: String,
    /// Its name, in Italian.
    label: String,
    /// Against the targets of the plan.
    targets: ImpactIndex,
    /// Against the same period a year before.
    previous_year: ImpactIndex,
    /// What it is measured by.
    measures: Vec<ImpactMeasure>,
}

/// The weighted mean of the scores of a product's measures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImpactIndex {
    /// The index; 100 is the target, or the year before.
    index: Option<String>,
    /// The share of the weight that has a score, per cent.
    coverage: Option<String>,
}

/// A measure of the impact of a product.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImpactMeasure {
    /// In which respect: response, information, digitalisation, automation.
    dimension: String,
    /// The name of that, in Italian.
    dimension_label: String,
    /// Its name, in Italian.
    label: String,
    /// The indicator, which explains itself; null while the institute has still to define one.
    indicator: Option<String>,
    /// Its weight in the product, per cent.
    weight: Option<String>,
    /// Its unit; null when missing.
    unit: Option<String>,
    /// Which way is better; null when missing.
    direction: Option<&'static str>,
    /// The measure (consuntivo).
    actual: Option<String>,
    /// The target (obiettivo).
    target: Option<String>,
    /// The score against the target.
    score: Option<String>,
    /// The measure in the same period a year before.
    previous_year: Option<String>,
    /// How far the period is from the year before, per cent, positive when better.
    change: Option<String>,
    /// The least certain provenance that entered.
    provenance: Option<&'static str>,
    /// Why there is no measure; null when there is one.
    missing_reason: Option<String>,
    /// What the plan notes about it, in Italian.
    note: Option<String>,
}

impl From<reading::Impact> for Impact {
    fn from(impact: reading::Impact) -> Self {
        Self {
            items: impact.products.into_iter().map(ProductImpact::from).collect(),
            next_page_token: String::new(),
            plan_version: impact.plan_version,
            domains: impact.domains.into_iter().map(Knowledge::from).collect(),
        }
    }
}

impl From<reading::Product> for ProductImpact {
    fn from(product: reading::Product) -> Self {
        Self {
            targets: product.targets.into(),
            previous_year: product.previous_year.into(),
            measures: product.measures.into_iter().map(ImpactMeasure::from).collect(),
            product: product.code,
            label: product.label,
        }
    }
}

impl From<reading::Index> for ImpactIndex {
    fn from(index: reading::Index) -> Self {
        Self { index: text(index.value.as_ref()), coverage: text(index.coverage.as_ref()) }
    }
}

impl From<reading::Measure> for ImpactMeasure {
    fn from(measure: reading::Measure) -> Self {
        Self {
            weight: text(measure.weight.as_ref()),
            direction: measure.direction.map(Direction::code),
            actual: text(measure.actual.as_ref()),
            target: text(measure.target.as_ref()),
            score: text(measure.score.as_ref()),
            previous_year: text(measure.previous_year.as_ref()),
            change: text(measure.change.as_ref()),
            provenance: measure.provenance.map(Provenance::code),
            dimension: measure.dimension,
            dimension_label: measure.dimension_label,
            label: measure.label,
            indicator: said(measure.indicator),
            unit: said(measure.unit),
            missing_reason: said(measure.missing),
            note: said(measure.note),
        }
    }
}
