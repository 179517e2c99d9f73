//! Structures side by side, as REST answers them.

use serde::Serialize;
use utoipa::ToSchema;

use super::QualityJudgement;
use crate::{
    reading::quality as reading,
    view::{said, text},
};

/// A structure beside others, by one index.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityStanding {
    /// The structure.
    structure: String,
    /// Its name, in Italian.
    name: String,
    /// Its index, with what is compared.
    judgement: QualityJudgement,
    /// Its measure, in the indicator's unit; null for sections and areas.
    value: Option<String>,
    /// Its place from the best, from 1; those that are equal share it.
    rank: Option<i32>,
    /// Its quarter from the best, 1 to 4.
    quarter: Option<i32>,
    /// Whether it lies further from the middle half than one and a half times its width.
    outlier: bool,
    /// Whether a measure of it rests on few cases.
    few_cases: bool,
    /// In how many months of the period it has facts.
    months: i32,
    /// Whether another has facts in more months.
    missing_months: bool,
}

/// How indices are distributed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityDistribution {
    /// How many structures have an index.
    count: i32,
    /// The worst.
    lowest: Option<String>,
    /// A quarter of them is below.
    first_quartile: Option<String>,
    /// Half of them is below.
    median: Option<String>,
    /// Three quarters of them are below.
    third_quartile: Option<String>,
    /// The best (best practice).
    highest: Option<String>,
}

/// Structures side by side.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityComparison {
    /// The structures, from the best; those without an index last.
    items: Vec<QualityStanding>,
    /// Always empty: all come in one page.
    next_page_token: String,
    /// How their indices are distributed; null when none has one.
    distribution: Option<QualityDistribution>,
    /// The cluster they share; null for children, and for a structure without a cluster.
    cluster: Option<String>,
    /// The plan that was applied.
    plan_version: String,
}

impl From<reading::Standing> for QualityStanding {
    fn from(standing: reading::Standing) -> Self {
        Self {
            judgement: standing.judgement.into(),
            value: text(standing.value.as_ref()),
            structure: standing.structure,
            name: standing.name,
            rank: standing.rank,
            quarter: standing.quarter,
            outlier: standing.outlier,
            few_cases: standing.few_cases,
            months: standing.months,
            missing_months: standing.missing_months,
        }
    }
}

impl From<reading::Distribution> for QualityDistribution {
    fn from(found: reading::Distribution) -> Self {
        Self {
            count: found.count,
            lowest: text(found.lowest.as_ref()),
            first_quartile: text(found.first_quartile.as_ref()),
            median: text(found.median.as_ref()),
            third_quartile: text(found.third_quartile.as_ref()),
            highest: text(found.highest.as_ref()),
        }
    }
}

impl QualityComparison {
    pub(crate) fn new(found: reading::Comparison, plan_version: String) -> Self {
        Self {
            items: found.standings.into_iter().map(QualityStanding::from).collect(),
            next_page_token: String::new(),
            distribution: found.distribution.map(QualityDistribution::from),
            cluster: said(found.cluster),
            plan_version,
        }
    }
}
