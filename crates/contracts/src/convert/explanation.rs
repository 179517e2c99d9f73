//! Derivations: a tree in `measure`, a list in which each number names its parent on the wire.

use piramide_measure::{Explanation, Source};

use super::{Invalid, optional_exact, period, provenance};
use crate::types::{self, ExplanationNode, FactSource, IndicatorSource, PlanSource, Source as WireSource, TotalSource, source::Kind};

/// The most numbers in one derivation: a border against messages made to exhaust memory.
const MOST_NODES: usize = 100_000;

/// A derivation as a list, parents before children.
pub fn explanation_nodes(root: &Explanation) -> Vec<ExplanationNode> {
    let mut nodes = Vec::new();
    let mut pending = vec![(None, root)];
    while let Some((parent, current)) = pending.pop() {
        let position = i32::try_from(nodes.len()).ok();
        nodes.push(node(parent, current));
        // Reversed, so that siblings leave the stack in their own order.
        pending.extend(current.inputs.iter().rev().map(|input| (position, input)));
    }
    nodes
}

fn node(parent: Option<i32>, explanation: &Explanation) -> ExplanationNode {
    ExplanationNode {
        parent,
        label: explanation.label.clone(),
        value: explanation.value.as_ref().map(types::Exact::from),
        unit: explanation.unit.code().to_owned(),
        formula: explanation.formula.clone(),
        source: explanation.source.as_ref().map(|source| WireSource { kind: Some(kind(source)) }),
        notes: explanation.notes.clone(),
    }
}

fn kind(source: &Source) -> Kind {
    match source.clone() {
        Source::Fact { batch_id, provenance, structure, subject, period, quantity } => Kind::Fact(FactSource {
            batch_id,
            provenance: types::Provenance::from(provenance).into(),
            structure_code: structure,
            subject_code: subject,
            period: Some(types::Period { value: period }),
            quantity,
        }),
        Source::Total { provenance, structure, subject } => Kind::Total(TotalSource {
            provenance: types::Provenance::from(provenance).into(),
            structure_code: structure,
            subject_code: subject,
        }),
        Source::Plan { version, place } => Kind::Plan(PlanSource { plan_version: version, place }),
        Source::Indicator { code } => Kind::Indicator(IndicatorSource { code }),
    }
}

/// The derivation that a list of numbers stands for.
///
/// # Errors
///
/// When the list is empty or too long, a number does not name an earlier parent, or a field cannot be read.
pub fn explanation(nodes: &[ExplanationNode]) -> Result<Explanation, Invalid> {
    if nodes.len() > MOST_NODES {
        return Err(Invalid::new("nodes", format!("has {} numbers, at most {MOST_NODES} are read", nodes.len())));
    }
    let mut read = Vec::with_capacity(nodes.len());
    for (position, message) in nodes.iter().enumerate() {
        let at = |invalid: Invalid| invalid.within(&format!("nodes.{position}"));
        let parent = message.parent.map(|parent| usize::try_from(parent).ok().filter(|parent| *parent < position));
        match (position, parent) {
            (0, None) | (1.., Some(Some(_))) => read.push((parent.flatten(), number(message).map_err(at)?)),
            _ => return Err(at(Invalid::new("parent", "must name an earlier number, and only the first has none"))),
        }
    }
    // From the last to the first every number already has its own inputs when it joins its parent.
    while let Some((parent, current)) = read.pop() {
        let Some(parent) = parent else {
            return Ok(in_order(current));
        };
        if let Some((_, above)) = read.get_mut(parent) {
            above.inputs.push(in_order(current));
        }
    }
    Err(Invalid::new("nodes", "is empty"))
}

/// Inputs joined their parent last first.
fn in_order(mut explanation: Explanation) -> Explanation {
    explanation.inputs.reverse();
    explanation
}

fn number(message: &ExplanationNode) -> Result<Explanation, Invalid> {
    let kind = message.source.as_ref().and_then(|source| source.kind.as_ref());
    Ok(Explanation {
        label: message.label.clone(),
        value: optional_exact("value", message.value.as_ref())?,
        unit: message.unit.parse().map_err(|error| Invalid::new("unit", error))?,
        formula: message.formula.clone(),
        source: kind.map(source).transpose()?,
        notes: message.notes.clone(),
        inputs: Vec::new(),
    })
}

fn source(kind: &Kind) -> Result<Source, Invalid> {
    Ok(match kind {
        Kind::Fact(fact) => Source::Fact {
            batch_id: fact.batch_id.clone(),
            provenance: provenance("source.fact.provenance", fact.provenance)?
                .ok_or_else(|| Invalid::new("source.fact.provenance", "is unspecified"))?,
            structure: fact.structure_code.clone(),
            subject: fact.subject_code.clone(),
            period: period("source.fact.period", fact.period.as_ref())?.to_string(),
            quantity: fact.quantity.clone(),
        },
        Kind::Total(total) => Source::Total {
            provenance: provenance("source.total.provenance", total.provenance)?
                .ok_or_else(|| Invalid::new("source.total.provenance", "is unspecified"))?,
            structure: total.structure_code.clone(),
            subject: total.subject_code.clone(),
        },
        Kind::Plan(plan) => Source::Plan { version: plan.plan_version.clone(), place: plan.place.clone() },
        Kind::Indicator(indicator) => Source::Indicator { code: indicator.code.clone() },
    })
}

#[cfg(test)]
mod tests {
    use piramide_measure::{Exact, Provenance, Unit};
    use proptest::prelude::*;

    use super::*;

    fn leaf() -> impl Strategy<Value = Explanation> {
        (any::<i64>(), "[a-z]{1,8}", 0usize..4).prop_map(|(value, text, kind)| {
            let source = match kind {
                0 => Some(Source::Plan { version: "inps-2021@1".into(), place: text.clone() }),
                1 => Some(Source::Indicator { code: text.clone() }),
                2 => Some(Source::Fact {
                    batch_id: text.clone(),
                    provenance: Provenance::Synthetic,
                    structure: "NAZ".into(),
                    subject: text.clone(),
                    period: "2020-12".into(),
                    quantity: "value".into(),
                }),
                _ => None,
            };
            Explanation { source, ..Explanation::computed(text, Some(Exact::from(value)), Unit::Points, "", Vec::new()) }
        })
    }

    fn tree() -> impl Strategy<Value = Explanation> {
        leaf().prop_recursive(4, 40, 5, |inner| {
            (leaf(), prop::collection::vec(inner, 0..5)).prop_map(|(root, inputs)| Explanation { inputs, ..root })
        })
    }

    proptest! {
        #[test]
        fn to_the_wire_and_back_is_the_identity(tree in tree()) {
            let nodes = explanation_nodes(&tree);
            prop_assert_eq!(explanation(&nodes), Ok(tree));
        }
    }

    #[test]
    fn broken_lists_are_refused() {
        let root = Explanation::missing("x", Unit::Points, "why");
        let nodes = explanation_nodes(&Explanation { inputs: vec![root.clone()], ..root });
        let check = |change: fn(&mut Vec<ExplanationNode>), expected: &str| {
            let mut nodes = nodes.clone();
            change(&mut nodes);
            let error = explanation(&nodes).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check(Vec::clear, "empty");
        check(|nodes| nodes[1].parent = Some(1), "earlier");
        check(|nodes| nodes[1].parent = Some(-1), "earlier");
        check(|nodes| nodes[1].parent = None, "earlier");
        check(|nodes| nodes[1].unit = "furlongs".into(), "nodes.1.unit");
        check(|nodes| nodes[0].value = Some(types::Exact { numerator: "1".into(), denominator: "0".into() }), "nodes.0.value");
    }
}
