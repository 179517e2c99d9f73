//! What REST answers: the shapes that are promised, with decimals as strings.

pub(crate) mod accounts;
pub(crate) mod ages;
pub(crate) mod answers;
pub(crate) mod assets;
pub(crate) mod changes;
pub(crate) mod costs;
pub(crate) mod feed;
pub(crate) mod flow;
pub(crate) mod impact;
pub(crate) mod incentives;
pub(crate) mod italian;
pub(crate) mod ledger;
pub(crate) mod link;
pub(crate) mod plan;
pub(crate) mod production_plan;
mod published;
pub(crate) mod quality;
pub(crate) mod reconciliation;
pub(crate) mod restatements;
pub(crate) mod spending;
pub(crate) mod standard_costs;
pub(crate) mod statement;
pub(crate) mod subsidiarity;
pub(crate) mod surveys;

use std::borrow::Cow;

use piramide_contracts::publicvalue::DomainState;
use piramide_measure::{Exact, Provenance};
use serde::Serialize;
use utoipa::ToSchema;

use crate::reading::{self, Origin, Step};

/// Digits after the point of a quotient that no shorter decimal equals, rounded half away from zero: the exact fraction is what services say.
const MOST_DIGITS: u32 = 12;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The elements.
    pub(crate) items: Vec<T>,
    /// Where the next page starts; empty when this is the last.
    pub(crate) next_page_token: String,
}

impl<T> Page<T> {
    /// A list that has one page.
    pub(crate) fn whole(items: Vec<T>) -> Self {
        Self { items, next_page_token: String::new() }
    }
}

/// The figures of a result. Numbers are decimals as strings; null means missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Figures<'a> {
    /// Unit of actual and target: points, percent, days, index.
    unit: Cow<'a, str>,
    /// Which way is better: higher_is_better or lower_is_better; null for a node that only groups others.
    direction: Option<&'static str>,
    /// The measure (consuntivo).
    actual: Option<String>,
    /// The target (obiettivo).
    target: Option<String>,
    /// Deviation (scostamento) from the target, positive when better, before any cap.
    deviation: Option<String>,
    /// What the deviation counts: percent, of the target, or the unit of actual and target where the plan measures the distance in it, as
    /// from a target of zero; null without a deviation.
    deviation_unit: Option<Cow<'a, str>>,
    /// Score (punteggio): 100 plus the capped deviation.
    score: Option<String>,
    /// Per cent of what should have been measured that was (copertura).
    coverage: Option<String>,
    /// The least certain provenance that entered: submitted, published, reconstructed or synthetic; null when no fact did.
    provenance: Option<&'static str>,
    /// Why there is no measure; null when there is one.
    missing_reason: Option<Cow<'a, str>>,
}

/// A result for a structure and period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Indicator {
    /// Dotted code, domain first.
    code: String,
    /// The official name, in Italian.
    label: String,
    #[serde(flatten)]
    figures: Figures<'static>,
    /// The plan that gave method and target.
    plan_version: String,
}

/// Results of one or more domains.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Indicators {
    /// The results, domain by domain, each in the order of the plan.
    pub(crate) items: Vec<Indicator>,
    /// Always empty: the list has one page.
    pub(crate) next_page_token: String,
    /// Domains that did not answer, whose results are therefore not in the list.
    pub(crate) unavailable: Vec<&'static str>,
}

/// A node of the pyramid.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Node<'a> {
    /// Its code.
    code: &'a str,
    /// Its name, in Italian.
    label: &'a str,
    /// What it is: index, group, objective, indicator, project.
    kind: &'a str,
    /// Its weight among its siblings, per cent.
    weight: Option<String>,
    #[serde(flatten)]
    figures: Figures<'a>,
    /// The indicator that measures it; null for inner nodes and projects.
    indicator_code: Option<&'a str>,
    /// What the plan notes about it, in Italian.
    note: Option<&'a str>,
    /// The nodes under it, in the order of the plan.
    #[schema(no_recursion)]
    children: Vec<Node<'a>>,
}

/// The pyramid: its index, which holds every other node, and what it was made from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Pyramid<'a> {
    #[serde(flatten)]
    root: Node<'a>,
    /// The structure.
    structure: &'a str,
    /// The period.
    period: String,
    /// The plan that was applied.
    plan_version: &'a str,
    /// What each domain answered from.
    domains: Vec<Knowledge>,
    /// What the plan says about its own method, in Italian.
    notes: &'a [String],
}

/// What a domain answered from.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Knowledge {
    /// The domain.
    domain: String,
    /// Whether it answered.
    available: bool,
    /// The last ledger sequence that it used.
    sequence: i64,
    /// When that entry was recorded, in UTC; null when the ledger is empty or the domain did not answer.
    recorded_at: Option<String>,
}

/// A result and how it was reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explained {
    #[serde(flatten)]
    result: Indicator,
    /// The structure.
    structure: String,
    /// The period.
    period: String,
    /// The derivation.
    explanation: Explanation,
}

/// One number of a derivation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Explanation {
    /// What the number is, in Italian.
    label: String,
    /// The number; null when it is missing, and the notes say why.
    value: Option<String>,
    /// Its unit.
    unit: String,
    /// The formula over the inputs, in Italian; empty when it is not computed.
    formula: String,
    /// Where it comes from, when it is not computed.
    source: Option<Source>,
    /// What was capped, re-weighted, decided or left out, in Italian.
    notes: Vec<String>,
    /// The numbers that entered the formula.
    #[schema(no_recursion)]
    inputs: Vec<Explanation>,
}

/// Where a number that is not computed comes from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Source {
    /// A fact of a ledger.
    Fact {
        /// The batch that brought it.
        batch_id: String,
        /// How certain it is.
        provenance: Option<&'static str>,
        /// The structure it was recorded for.
        structure: String,
        /// The product, measure or item.
        subject: String,
        /// The period it was recorded for.
        period: String,
        /// Which of its quantities.
        quantity: String,
    },
    /// A sum of facts that is not taken apart here.
    Total {
        /// The least certain provenance of its facts.
        provenance: Option<&'static str>,
        /// The structure it is the total of.
        structure: String,
        /// The product, group of products, measure or item.
        subject: String,
    },
    /// A value of the plan.
    Plan {
        /// The plan's version.
        plan_version: String,
        /// The file and line.
        place: String,
    },
    /// A result that can be asked to explain itself.
    Indicator {
        /// Its code.
        code: String,
    },
}

fn text(number: Option<&Exact>) -> Option<String> {
    number.map(|number| number.decimal_text(MOST_DIGITS))
}

/// A text, or null in the place of an empty one.
fn said(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

impl<'a> Figures<'a> {
    fn new(figures: &reading::Figures, unit: Cow<'a, str>, deviation_unit: Cow<'a, str>, missing_reason: Cow<'a, str>) -> Self {
        let said = |text: Cow<'a, str>| Some(text).filter(|text| !text.is_empty());
        Self {
            unit,
            direction: figures.direction.map(piramide_measure::Direction::code),
            actual: text(figures.actual.as_ref()),
            target: text(figures.target.as_ref()),
            deviation: text(figures.deviation.as_ref()),
            deviation_unit: said(deviation_unit),
            score: text(figures.score.as_ref()),
            coverage: text(figures.coverage.as_ref()),
            provenance: figures.provenance.map(Provenance::code),
            missing_reason: said(missing_reason),
        }
    }
}

impl<'a> From<&'a reading::Figures> for Figures<'a> {
    fn from(figures: &'a reading::Figures) -> Self {
        Self::new(figures, (&figures.unit).into(), (&figures.deviation_unit).into(), (&figures.missing_reason).into())
    }
}

impl From<reading::Figures> for Figures<'static> {
    fn from(mut figures: reading::Figures) -> Self {
        let [unit, deviation_unit, missing_reason] =
            [&mut figures.unit, &mut figures.deviation_unit, &mut figures.missing_reason].map(|text| std::mem::take(text).into());
        Self::new(&figures, unit, deviation_unit, missing_reason)
    }
}

impl From<reading::Indicator> for Indicator {
    fn from(result: reading::Indicator) -> Self {
        Self { code: result.code, label: result.label, figures: result.figures.into(), plan_version: result.plan_version }
    }
}

impl<'a> From<&'a reading::Node> for Node<'a> {
    fn from(node: &'a reading::Node) -> Self {
        let said = |text: &'a str| (!text.is_empty()).then_some(text);
        Self {
            code: &node.code,
            label: &node.label,
            kind: &node.kind,
            weight: text(node.weight.as_ref()),
            figures: (&node.figures).into(),
            indicator_code: said(&node.indicator_code),
            note: said(&node.note),
            children: node.children.iter().map(Self::from).collect(),
        }
    }
}

impl From<DomainState> for Knowledge {
    fn from(state: DomainState) -> Self {
        let recorded_at = state.recorded_at.map(|moment| moment.to_string());
        Self { domain: state.domain, available: state.available, sequence: state.sequence, recorded_at }
    }
}

impl<'a> Pyramid<'a> {
    /// The pyramid that answers a question.
    pub(crate) fn new(pyramid: &'a reading::Pyramid, structure: &'a str, period: String) -> Self {
        Self {
            root: (&pyramid.root).into(),
            structure,
            period,
            plan_version: &pyramid.plan_version,
            domains: pyramid.domains.iter().cloned().map(Knowledge::from).collect(),
            notes: &pyramid.notes,
        }
    }
}

impl Explained {
    /// The result that answers a question, with its derivation.
    pub(crate) fn new(result: reading::Indicator, derivation: Step, structure: &str, period: String) -> Self {
        Self { result: result.into(), structure: structure.to_owned(), period, explanation: derivation.into() }
    }
}

impl From<Step> for Explanation {
    fn from(step: Step) -> Self {
        Self {
            label: step.label,
            value: text(step.value.as_ref()),
            unit: step.unit,
            formula: step.formula,
            source: step.origin.map(Source::from),
            notes: step.notes,
            inputs: step.inputs.into_iter().map(Self::from).collect(),
        }
    }
}

impl From<Origin> for Source {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Fact { batch_id, provenance, structure, subject, period, quantity } => {
                Self::Fact { batch_id, provenance: provenance.map(Provenance::code), structure, subject, period, quantity }
            }
            Origin::Total { provenance, structure, subject } => {
                Self::Total { provenance: provenance.map(Provenance::code), structure, subject }
            }
            Origin::Plan { plan_version, place } => Self::Plan { plan_version, place },
            Origin::Indicator { code } => Self::Indicator { code },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_whole_and_a_quotient_without_one_has_twelve_digits() {
        let shown =
            |numerator: i64, denominator: i64| text(Exact::quotient(&Exact::from(numerator), &Exact::from(denominator)).as_ref()).unwrap();
        assert_eq!(shown(1, 3), "0.333333333333");
        assert_eq!(shown(-2, 3), "-0.666666666667", "half away from zero");
        assert_eq!(shown(1, 4096), "0.000244140625", "twelve digits are all it has");
    }
}
