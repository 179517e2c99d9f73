//! The dashboard of quality, as REST answers it.

mod comparison;
mod contributions;
mod methods;
mod trend;

use piramide_measure::Provenance;
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use self::{
    comparison::QualityComparison,
    contributions::QualityContributions,
    methods::QualityMethods,
    trend::{QualityTrend, QualityTrendPoint},
};
use super::{Explanation, published::QualityPublished, said, text};
use crate::reading::{Step, quality as reading};

/// A node of the dashboard of quality (cruscotto qualità): a section, an area or an elementary indicator. Numbers are decimals as strings;
/// null means missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityIndex {
    /// Its code.
    node: String,
    /// The node above it; null for a section.
    parent: Option<String>,
    /// Its name, in Italian.
    label: String,
    /// What it is: section, area or indicator.
    kind: String,
    /// Its weight among its siblings, per cent.
    weight: Option<String>,
    /// What was measured; null for sections and areas.
    elementary: Option<QualityElementary>,
    /// Against the budget of the cluster (obiettivo di budget).
    budget: QualityJudgement,
    /// Against the same period of last year (anno precedente).
    previous_year: QualityJudgement,
    /// What the plan notes about it, in Italian.
    note: Option<String>,
    /// What is printed of it, year by year: the nation's, and given for the nation alone.
    published: Vec<QualityPublished>,
}

/// What was measured of an elementary indicator.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityElementary {
    /// The measure; null for an indicator that the institute has still to define.
    measure: Option<String>,
    /// Its unit.
    unit: String,
    /// Which way is better: higher_is_better or lower_is_better.
    direction: &'static str,
    /// Sum of the numerators.
    numerator: Option<String>,
    /// Sum of the denominators: how many cases.
    denominator: Option<String>,
    /// The measure, in its unit.
    value: Option<String>,
    /// The least number of cases that means something.
    fewest: Option<String>,
    /// Whether there are fewer.
    few_cases: bool,
    /// Whether so few are left out, as the plan says.
    left_out: bool,
    /// The social need behind it (bisogno sociale), in Italian.
    need: Option<String>,
    /// The most of a deviation that counts, either way; null where deviations are not limited.
    cap: Option<String>,
    /// The lowest budget that the plan sets for it, over clusters and structures; null where it sets none.
    lowest_budget: Option<String>,
    /// The highest.
    highest_budget: Option<String>,
}

/// An index against a reference.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityJudgement {
    /// What is compared with, in the indicator's unit.
    reference: Option<String>,
    /// The measure that is compared: of the structures that have a reference.
    compared: Option<String>,
    /// How far it is, positive when better: before any cap for an indicator, from 100 for an area.
    deviation: Option<String>,
    /// 100 plus the deviation within the cap; the weighted mean of those below for an area.
    index: Option<String>,
    /// Per cent of what should have been judged that was (copertura).
    coverage: Option<String>,
    /// Per cent of the section that the node carries, once what is missing has left its weight to its siblings.
    share: Option<String>,
    /// Why there is no index; null when there is one.
    missing_reason: Option<String>,
    /// Whether it is the worst that the plan allows, since nothing was measured.
    worst: bool,
    /// The least certain provenance that entered.
    provenance: Option<&'static str>,
}

/// The dashboard of a structure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityIndices {
    /// The nodes, parents before children, in the order of the plan.
    pub(crate) items: Vec<QualityIndex>,
    /// Always empty: all come in one page.
    pub(crate) next_page_token: String,
    /// The plan that was applied.
    pub(crate) plan_version: String,
}

/// An index with its derivation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityExplained {
    /// The index.
    index: QualityIndex,
    /// How it was reached.
    explanation: Explanation,
    /// The plan that was applied.
    plan_version: String,
}

impl From<reading::Index> for QualityIndex {
    fn from(index: reading::Index) -> Self {
        Self {
            weight: text(index.weight.as_ref()),
            elementary: index.elementary.map(QualityElementary::from),
            budget: index.budget.into(),
            previous_year: index.previous_year.into(),
            node: index.node,
            parent: said(index.parent),
            label: index.label,
            kind: index.kind,
            note: said(index.note),
            published: index.published.into_iter().map(QualityPublished::from).collect(),
        }
    }
}

impl From<reading::Elementary> for QualityElementary {
    fn from(elementary: reading::Elementary) -> Self {
        Self {
            direction: elementary.direction.code(),
            numerator: text(elementary.numerator.as_ref()),
            denominator: text(elementary.denominator.as_ref()),
            value: text(elementary.value.as_ref()),
            fewest: text(elementary.fewest.as_ref()),
            few_cases: elementary.few_cases,
            left_out: elementary.left_out,
            measure: said(elementary.measure),
            unit: elementary.unit,
            need: said(elementary.need),
            cap: text(elementary.cap.as_ref()),
            lowest_budget: text(elementary.budgets.as_ref().map(|(lowest, _)| lowest)),
            highest_budget: text(elementary.budgets.as_ref().map(|(_, highest)| highest)),
        }
    }
}

impl From<reading::Judgement> for QualityJudgement {
    fn from(judgement: reading::Judgement) -> Self {
        Self {
            reference: text(judgement.reference.as_ref()),
            compared: text(judgement.compared.as_ref()),
            deviation: text(judgement.deviation.as_ref()),
            index: text(judgement.index.as_ref()),
            coverage: text(judgement.coverage.as_ref()),
            share: text(judgement.share.as_ref()),
            worst: judgement.worst,
            provenance: judgement.provenance.map(Provenance::code),
            missing_reason: said(judgement.missing_reason),
        }
    }
}

impl QualityExplained {
    pub(crate) fn new(index: reading::Index, derivation: Step, plan_version: String) -> Self {
        Self { index: index.into(), explanation: derivation.into(), plan_version }
    }
}
