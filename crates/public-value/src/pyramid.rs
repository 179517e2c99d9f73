//! The aggregation: from answers and a plan to explained nodes.

use std::{collections::BTreeMap, sync::Arc};

use piramide_measure::{
    Direction, Exact, Explanation, Missing, Outcome, Policy, Scale, Source, Unit, Weighted, deviation,
    weighted::{self, Child},
};
use piramide_plan::{Objective, Plan};

/// What a domain answered about an indicator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Its result.
    Outcome(Arc<Outcome>),
    /// Nothing, and why.
    Nothing(Missing),
}

/// The answers by indicator code.
pub type Answers = BTreeMap<String, Answer>;

/// A node of the pyramid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The node above; empty for the index.
    pub parent: String,
    /// What it is: index, group, objective, indicator, project.
    pub kind: String,
    /// Its weight among its siblings, per cent.
    pub weight: Exact,
    /// The indicator that measures it; empty for inner nodes and projects.
    pub indicator: String,
    /// What the plan notes about it.
    pub note: String,
    /// Its result. For an inner node the actual is the score, on a target of 100, and the explanation is its own step alone:
    /// [`Node::explanation`] puts it together with those of the nodes below, for whoever asks.
    pub outcome: Outcome,
    /// The nodes below it, in the order of the plan.
    pub children: Vec<Node>,
}

impl Node {
    /// The node and all below it, parents before children, in the order of the plan.
    pub fn flat(&self) -> Vec<&Self> {
        let mut nodes = vec![self];
        nodes.extend(self.children.iter().flat_map(Self::flat));
        nodes
    }

    /// How its score was reached, with the derivations of all below it.
    pub fn explanation(&self) -> Explanation {
        let mut explanation = self.outcome.explanation.clone();
        explanation.inputs.extend(self.children.iter().map(|child| {
            let weight = format!("peso {}", child.weight.shown(2));
            child.explanation().noted(weight)
        }));
        explanation
    }

    /// The node of that code, if it lies here or below.
    pub fn find(&self, code: &str) -> Option<&Self> {
        self.flat().into_iter().find(|node| node.outcome.code == code)
    }
}

/// The pyramid of a plan (*indice sintetico del valore pubblico*).
///
/// ```text
/// score of an inner node = sum(weight * score) / sum(weight), over its children with a score
/// score of a leaf        = 100 + deviation of its indicator, within the plan's cap
/// coverage               = share of the weight below that was measured
/// ```
///
/// - Unit: index; the objective is always 100. What is missing leaves its weight to its siblings, or counts as the worst where the plan says
///   so, and always lowers the coverage.
/// - Rounding: none here. Shown with 2 digits.
/// - Source: Piano della performance 2021-2023, "Indice sintetico del valore pubblico".
///
/// `None` when the plan has no tree.
pub fn build(plan: &Plan, answers: &Answers) -> Option<Node> {
    plan.objectives().root().map(|root| node(plan, answers, (root, &Exact::hundred()), ""))
}

fn node(plan: &Plan, answers: &Answers, (objective, weight): (&Objective, &Exact), parent: &str) -> Node {
    // Nothing is under what an indicator measures.
    let below = objective.indicator.is_none().then(|| plan.objectives().weighed(&objective.code));
    let children: Vec<Node> = below.into_iter().flatten().map(|child| node(plan, answers, child, &objective.code)).collect();
    let outcome = match &objective.indicator {
        Some(indicator) => leaf(plan, objective, indicator, answers.get(indicator)),
        None if children.is_empty() => unmeasured(plan, objective),
        None => inner(plan, objective, &children),
    };
    Node {
        parent: parent.to_owned(),
        kind: objective.kind.to_string(),
        weight: weight.clone(),
        indicator: objective.indicator.clone().unwrap_or_default(),
        note: objective.note.clone(),
        outcome,
        children,
    }
}

/// A leaf has its indicator's result under its own name.
fn leaf(plan: &Plan, objective: &Objective, indicator: &str, answer: Option<&Answer>) -> Outcome {
    let nothing = |missing: Missing| {
        let definition = plan.indicators().get(indicator);
        let unit = definition.map_or(Unit::Index, |definition| definition.unit);
        Outcome {
            direction: definition.map_or(Direction::HigherIsBetter, |definition| definition.direction),
            explanation: Explanation {
                source: Some(Source::Indicator { code: indicator.to_owned() }),
                ..Explanation::missing(&objective.label, unit, missing.to_string())
            },
            unit,
            ..without_result(plan, objective, missing)
        }
    };
    match answer {
        Some(Answer::Outcome(outcome)) if outcome.plan_version != plan.version() => nothing(Missing::Reported {
            reason: format!(
                "{indicator} was answered under {}, not {}: services run different plans",
                outcome.plan_version,
                plan.version()
            ),
        }),
        Some(Answer::Outcome(outcome)) => {
            // Without a score (no measure, or no target) nothing of the leaf's weight is measured.
            let coverage = if outcome.score.is_some() { outcome.coverage.clone() } else { Exact::zero() };
            let unjudged = outcome.actual.is_ok() && outcome.score.is_none();
            let explanation = Explanation { value: outcome.score.clone(), unit: Unit::Index, ..outcome.explanation.clone() };
            let explanation = match &outcome.actual {
                Err(missing) => explanation.noted(missing.to_string()),
                Ok(_) if unjudged => explanation.noted("senza obiettivo nel piano: il peso passa agli altri nodi"),
                Ok(_) => explanation,
            };
            Outcome {
                code: objective.code.clone(),
                label: objective.label.clone(),
                unit: outcome.unit,
                direction: outcome.direction,
                actual: outcome.actual.clone(),
                target: outcome.target.clone(),
                deviation: outcome.deviation.clone(),
                deviation_unit: outcome.deviation_unit,
                score: outcome.score.clone(),
                coverage,
                provenance: outcome.provenance,
                plan_version: outcome.plan_version.clone(),
                explanation,
            }
        }
        Some(Answer::Nothing(missing)) => nothing(missing.clone()),
        None => nothing(Missing::NoInput { input: indicator.to_owned() }),
    }
}

/// A project, or a leaf that nothing measures.
fn unmeasured(plan: &Plan, objective: &Objective) -> Outcome {
    without_result(plan, objective, Missing::Reported { reason: "nessuna misura di avanzamento registrata".into() })
}

fn without_result(plan: &Plan, objective: &Objective, missing: Missing) -> Outcome {
    Outcome {
        code: objective.code.clone(),
        label: objective.label.clone(),
        unit: Unit::Index,
        direction: Direction::HigherIsBetter,
        target: None,
        deviation: None,
        deviation_unit: None,
        score: None,
        coverage: Exact::zero(),
        provenance: None,
        plan_version: plan.version().to_owned(),
        explanation: Explanation::missing(&objective.label, Unit::Index, missing.to_string()),
        actual: Err(missing),
    }
}

fn inner(plan: &Plan, objective: &Objective, children: &[Node]) -> Outcome {
    let policy = objective.missing.clone().unwrap_or_else(|| plan.missing());
    let weighed: Vec<Child> = children
        .iter()
        .map(|child| {
            let result = child.outcome.score.clone().map(|score| Weighted { score, coverage: child.outcome.coverage.clone() });
            Child { weight: child.weight.clone(), result }
        })
        .collect();
    let provenance = children.iter().filter(|child| child.outcome.score.is_some()).filter_map(|child| child.outcome.provenance).max();
    let Some(Weighted { score, coverage }) = weighted::mean(&weighed, &policy) else {
        let missing = Missing::Reported { reason: "nessuno dei nodi sottostanti ha una misura".into() };
        return Outcome { target: Some(Exact::hundred()), ..without_result(plan, objective, missing) };
    };
    let formula = "media dei punteggi sottostanti con i pesi del piano";
    let explanation = Explanation::computed(&objective.label, Some(score.clone()), Unit::Index, formula, Vec::new());
    Outcome {
        code: objective.code.clone(),
        label: objective.label.clone(),
        unit: Unit::Index,
        direction: Direction::HigherIsBetter,
        actual: Ok(score.clone()),
        target: Some(Exact::hundred()),
        deviation: deviation::deviation(&score, &Exact::hundred(), Direction::HigherIsBetter, Scale::Relative),
        deviation_unit: Some(Scale::Relative.unit(Unit::Index)),
        score: Some(score),
        explanation: explained_coverage(explanation, &coverage, &policy, children),
        coverage,
        provenance,
        plan_version: plan.version().to_owned(),
    }
}

fn explained_coverage(explanation: Explanation, coverage: &Exact, policy: &Policy, children: &[Node]) -> Explanation {
    if *coverage == Exact::hundred() {
        return explanation;
    }
    let explanation = explanation.noted(format!("copertura {} %: il resto del peso non ha misura", coverage.shown(2)));
    let without: Vec<&str> =
        children.iter().filter(|child| child.outcome.score.is_none()).map(|child| child.outcome.label.as_str()).collect();
    if without.is_empty() {
        return explanation;
    }
    explanation.noted(match policy {
        Policy::Reweight => format!("senza misura, il peso passa agli altri: {}", without.join("; ")),
        Policy::Worst { cap } => format!("senza misura, contano come -{}: {}", cap.in_full(), without.join("; ")),
    })
}
