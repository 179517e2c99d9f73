//! Derivations: a tree in `measure`, a list in which each number names its parent on the wire.

use piramide_measure::{Explanation, Source};

use crate::types::{self, ExplanationNode, FactSource, IndicatorSource, PlanSource, Source as WireSource, TotalSource, source::Kind};

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
