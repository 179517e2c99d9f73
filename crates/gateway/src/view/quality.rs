//! The dashboard of quality, as REST answers it.

use piramide_measure::Provenance;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Explanation, plan::Plan, published::QualityPublished, text};
use crate::reading::{Step, methods::Method, quality as reading};

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

/// The dashboard by the method of every plan (metodi a confronto): the same facts, judged by each.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityMethods {
    /// The plans, oldest validity first.
    items: Vec<QualityMethod>,
    /// Where the next page starts; always empty, as there is one.
    next_page_token: String,
}

/// What a plan makes of the facts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityMethod {
    /// The plan.
    plan: Plan,
    /// Whether it is another year's: it does not hold at the end of the period.
    another_year: bool,
    /// Its sections, areas and indicators with weights, caps, budgets and indices; empty where it has no dashboard.
    indices: Vec<QualityIndex>,
    /// Why the plan cannot be asked; null when it can.
    missing_reason: Option<String>,
}

impl QualityMethods {
    pub(crate) fn new(methods: Vec<Method>) -> Self {
        let method = |method: Method| {
            let (indices, missing_reason) = match method.indices {
                Ok(indices) => (indices, None),
                Err(reason) => (Vec::new(), Some(reason)),
            };
            let indices = indices.into_iter().map(QualityIndex::from).collect();
            QualityMethod { plan: method.plan.into(), another_year: method.another_year, indices, missing_reason }
        };
        Self { items: methods.into_iter().map(method).collect(), next_page_token: String::new() }
    }
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

/// What something contributes to an index, in points of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityContribution {
    /// The node of the dashboard, or the structure.
    code: String,
    /// Its name, in Italian.
    label: String,
    /// What comes from doing better or worse than one's own reference.
    own: Option<String>,
    /// What comes from weighing more or less in the whole (effetto composizione).
    mix: Option<String>,
    /// Both together.
    total: Option<String>,
    /// For a structure at an indicator, its measure.
    value: Option<String>,
    /// For a structure at an indicator, what it is compared with.
    reference: Option<String>,
}

/// What moved an index.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityContributions {
    /// The index.
    index: QualityIndex,
    /// What each node under it contributes: indicators sum to the index less 100, and so do areas.
    nodes: Vec<QualityContribution>,
    /// What each structure right under the one asked for contributes; with what is not attributed they sum to the same.
    structures: Vec<QualityContribution>,
    /// What no structure can be held to.
    unattributed: Option<String>,
    /// The plan that was applied.
    plan_version: String,
}

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

/// An index in one month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityTrendPoint {
    /// The month.
    month: String,
    /// The index of that month alone, against the budget.
    budget: QualityJudgement,
    /// The same against the same month of last year.
    previous_year: QualityJudgement,
    /// The index from January to that month, against the budget.
    budget_to_date: QualityJudgement,
    /// The same against the same months of last year.
    previous_year_to_date: QualityJudgement,
    /// The measure of the month, in the indicator's unit; null for sections and areas.
    value: Option<String>,
    /// Whether a measure of the month rests on few cases.
    few_cases: bool,
}

/// An index month by month.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityTrend {
    /// The months, in order.
    pub(crate) items: Vec<QualityTrendPoint>,
    /// Always empty: all come in one page.
    pub(crate) next_page_token: String,
    /// The plan that was applied.
    pub(crate) plan_version: String,
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

impl From<reading::Index> for QualityIndex {
    fn from(index: reading::Index) -> Self {
        Self {
            weight: text(index.weight.as_ref()),
            elementary: index.elementary.map(QualityElementary::from),
            budget: index.budget.into(),
            previous_year: index.previous_year.into(),
            node: index.node,
            parent: filled(index.parent),
            label: index.label,
            kind: index.kind,
            note: filled(index.note),
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
            measure: filled(elementary.measure),
            unit: elementary.unit,
            need: filled(elementary.need),
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
            missing_reason: filled(judgement.missing_reason),
        }
    }
}

impl From<reading::Contribution> for QualityContribution {
    fn from(part: reading::Contribution) -> Self {
        Self {
            own: text(part.own.as_ref()),
            mix: text(part.mix.as_ref()),
            total: text(part.total.as_ref()),
            value: text(part.value.as_ref()),
            reference: text(part.reference.as_ref()),
            code: if part.structure.is_empty() { part.node } else { part.structure },
            label: part.label,
        }
    }
}

impl QualityExplained {
    pub(crate) fn new(index: reading::Index, derivation: Step, plan_version: String) -> Self {
        Self { index: index.into(), explanation: derivation.into(), plan_version }
    }
}

impl QualityContributions {
    pub(crate) fn new(found: reading::Contributions, plan_version: String) -> Self {
        Self {
            index: found.index.into(),
            nodes: found.nodes.into_iter().map(QualityContribution::from).collect(),
            structures: found.structures.into_iter().map(QualityContribution::from).collect(),
            unattributed: text(found.unattributed.as_ref()),
            plan_version,
        }
    }
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
            cluster: filled(found.cluster),
            plan_version,
        }
    }
}

impl From<reading::TrendPoint> for QualityTrendPoint {
    fn from(point: reading::TrendPoint) -> Self {
        Self {
            month: point.month,
            budget: point.budget.into(),
            previous_year: point.previous_year.into(),
            budget_to_date: point.budget_to_date.into(),
            previous_year_to_date: point.previous_year_to_date.into(),
            value: text(point.value.as_ref()),
            few_cases: point.few_cases,
        }
    }
}
