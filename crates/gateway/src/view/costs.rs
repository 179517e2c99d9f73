//! Statements of responsibility centres, as REST answers them.

use piramide_measure::Provenance;
use serde::Serialize;
use utoipa::ToSchema;

use super::{said, statement::JudgedAmount, text};
use crate::reading::costs as reading;

/// The statement of a responsibility centre (conto economico per CdR). Euro, ratios and weights are decimals as strings; null means
/// missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostStatement {
    /// The structure asked for.
    whole: CostTotal,
    /// Its costs by destination, in the order of the plan.
    items: Vec<CostLine>,
    /// Its costs by nature.
    natures: Vec<NatureCost>,
    /// The points that production answers to the same question.
    points: CostPoints,
    /// The structures right under it: their full costs sum to its own.
    below: Vec<CostTotal>,
    /// What the rules of the plan pass on to, from and within it.
    passed: Vec<PassedCost>,
    /// Rules that pass nothing on.
    undone: Vec<UndoneRule>,
    /// The plan that gave accounts, targets and rules.
    plan_version: String,
}

/// What a structure costs, in all.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostTotal {
    /// The structure.
    structure: String,
    /// Its name, in Italian.
    name: String,
    /// Whether it has structures under it.
    has_children: bool,
    /// The cluster that it is compared in.
    cluster: Option<String>,
    /// What is recorded in it and under it (costi propri).
    own: Option<String>,
    /// What others pass on to it (costi ricevuti).
    received: Option<String>,
    /// What it passes on to others (costi ribaltati).
    given: Option<String>,
    /// Own + received - given (costo pieno).
    full: Option<String>,
    /// Its ratios, on own costs.
    ratios: Vec<CostRatio>,
    /// The least certain provenance that entered the own costs.
    provenance: Option<&'static str>,
    /// Why there are no own costs; null when there are.
    missing_reason: Option<String>,
}

/// A ratio against its target.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostRatio {
    /// The indicator, which explains itself.
    indicator: String,
    /// Its name, in Italian.
    label: String,
    /// Its unit.
    unit: String,
    #[serde(flatten)]
    judged: JudgedAmount,
}

/// An account, or what groups accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostLine {
    /// The account.
    account: String,
    /// What it enters; null for the whole.
    parent: Option<String>,
    /// Its name, in Italian.
    label: String,
    /// Its nature; null for what groups accounts.
    nature: Option<String>,
    /// What is recorded.
    amount: Option<String>,
}

/// The costs of one nature.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NatureCost {
    /// The nature, in Italian.
    nature: String,
    /// What is recorded account by account.
    amount: Option<String>,
}

/// The homogenised points of the structure (punti omogeneizzati), as production answers, and what they cost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CostPoints {
    /// The points of the period.
    actual: Option<String>,
    /// Own costs per point.
    cost_per_point: Option<String>,
    /// Full costs per point.
    full_cost_per_point: Option<String>,
    /// The least certain provenance of the points.
    provenance: Option<&'static str>,
    /// The plan that gave the coefficients.
    plan_version: Option<String>,
    /// The last sequence of production's ledger that was used.
    sequence: i64,
    /// Why there are no points; null when there are.
    missing_reason: Option<String>,
}

/// One part of what a rule passes on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PassedCost {
    /// The rule.
    rule: String,
    /// What it is called and rests on, in Italian.
    label: String,
    /// Whose costs are passed on.
    source: String,
    /// Who receives this part.
    receiver: String,
    /// The driver; null where the plan fixes the weight.
    driver: Option<String>,
    /// The weight of the receiver.
    weight: Option<String>,
    /// All that the rule passes on: its parts sum to it to the cent.
    whole: Option<String>,
    /// This part.
    amount: Option<String>,
    /// Where the rule stands in the plan.
    place: String,
}

/// A rule that passes nothing on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UndoneRule {
    /// What it is called, in Italian.
    label: String,
    /// Why, in Italian.
    reason: String,
}

impl CostStatement {
    pub(crate) fn new(statement: reading::CostStatement, points: &reading::Points, plan_version: String) -> Self {
        let nature = |(nature, amount): (String, Option<_>)| NatureCost { nature, amount: text(amount.as_ref()) };
        let per_point = |cost: &Option<_>| text(points.cost_per_point(cost.as_ref()).as_ref());
        Self {
            points: CostPoints {
                actual: text(points.actual.as_ref()),
                cost_per_point: per_point(&statement.whole.own),
                full_cost_per_point: per_point(&statement.whole.full),
                provenance: points.provenance.map(Provenance::code),
                plan_version: said(points.plan_version.clone()),
                sequence: points.sequence,
                missing_reason: said(points.missing.clone()),
            },
            whole: statement.whole.into(),
            items: statement.lines.into_iter().map(CostLine::from).collect(),
            natures: statement.natures.into_iter().map(nature).collect(),
            below: statement.below.into_iter().map(CostTotal::from).collect(),
            passed: statement.passed.into_iter().map(PassedCost::from).collect(),
            undone: statement.undone.into_iter().map(|rule| UndoneRule { label: rule.label, reason: rule.reason }).collect(),
            plan_version,
        }
    }
}

impl From<reading::CostTotal> for CostTotal {
    fn from(total: reading::CostTotal) -> Self {
        Self {
            own: text(total.own.as_ref()),
            received: text(total.received.as_ref()),
            given: text(total.given.as_ref()),
            full: text(total.full.as_ref()),
            ratios: total.ratios.into_iter().map(CostRatio::from).collect(),
            provenance: total.provenance.map(Provenance::code),
            missing_reason: said(total.missing),
            structure: total.code,
            name: total.name,
            has_children: total.has_children,
            cluster: said(total.cluster),
        }
    }
}

impl From<reading::Ratio> for CostRatio {
    fn from(ratio: reading::Ratio) -> Self {
        Self { indicator: ratio.indicator, label: ratio.label, unit: ratio.unit, judged: ratio.judged.into() }
    }
}

impl From<reading::CostLine> for CostLine {
    fn from(line: reading::CostLine) -> Self {
        Self {
            amount: text(line.amount.as_ref()),
            account: line.account,
            parent: said(line.parent),
            label: line.label,
            nature: said(line.nature),
        }
    }
}

impl From<reading::Passed> for PassedCost {
    fn from(passed: reading::Passed) -> Self {
        Self {
            weight: text(passed.weight.as_ref()),
            whole: text(passed.whole.as_ref()),
            amount: text(passed.amount.as_ref()),
            rule: passed.rule,
            label: passed.label,
            source: passed.source,
            receiver: passed.receiver,
            driver: said(passed.driver),
            place: passed.place,
        }
    }
}
