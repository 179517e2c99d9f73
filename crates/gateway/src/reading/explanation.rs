//! Derivations.

use piramide_contracts::{
    convert::{self, Invalid},
    types::{ExplanationNode, source::Kind},
};
use piramide_measure::{Exact, Provenance};

use super::tree;

/// One number of a derivation with those that entered it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) label: String,
    pub(crate) value: Option<Exact>,
    pub(crate) unit: String,
    pub(crate) formula: String,
    pub(crate) origin: Option<Origin>,
    pub(crate) notes: Vec<String>,
    pub(crate) inputs: Vec<Step>,
}

/// Where a number that is not computed comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Origin {
    /// A fact of a ledger.
    Fact { batch_id: String, provenance: Option<Provenance>, structure: String, subject: String, period: String, quantity: String },
    /// A sum of facts that is not taken apart here.
    Total { provenance: Option<Provenance>, structure: String, subject: String },
    /// A value of the plan.
    Plan { plan_version: String, place: String },
    /// A result that explains itself.
    Indicator { code: String },
}

/// Reads a derivation.
pub(crate) fn explanation(nodes: Vec<ExplanationNode>) -> Result<Step, Invalid> {
    let mut list = Vec::with_capacity(nodes.len());
    for (position, message) in nodes.into_iter().enumerate() {
        // A negative parent is none of the positions, which the tree refuses.
        let parent = message.parent.map(|parent| usize::try_from(parent).unwrap_or(usize::MAX));
        list.push((parent, step(message).map_err(|invalid| invalid.within(&format!("nodes.{position}")))?));
    }
    tree::nest(list, |step| &mut step.inputs)
}

fn step(message: ExplanationNode) -> Result<Step, Invalid> {
    let origin = match message.source.and_then(|source| source.kind) {
        None => None,
        Some(Kind::Fact(fact)) => Some(Origin::Fact {
            batch_id: fact.batch_id,
            provenance: convert::provenance("source.fact.provenance", fact.provenance)?,
            structure: fact.structure_code,
            subject: fact.subject_code,
            period: fact.period.map(|period| period.value).unwrap_or_default(),
            quantity: fact.quantity,
        }),
        Some(Kind::Total(total)) => Some(Origin::Total {
            provenance: convert::provenance("source.total.provenance", total.provenance)?,
            structure: total.structure_code,
            subject: total.subject_code,
        }),
        Some(Kind::Plan(plan)) => Some(Origin::Plan { plan_version: plan.plan_version, place: plan.place }),
        Some(Kind::Indicator(indicator)) => Some(Origin::Indicator { code: indicator.code }),
    };
    Ok(Step {
        label: message.label,
        value: convert::optional_exact("value", message.value.as_ref())?,
        unit: message.unit,
        formula: message.formula,
        origin,
        notes: message.notes,
        inputs: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use piramide_contracts::{convert::explanation_nodes, types};
    use piramide_measure::{Explanation, Source, Unit};
    use proptest::prelude::*;

    use super::*;

    fn source() -> impl Strategy<Value = Source> {
        let provenance =
            prop::sample::select(vec![Provenance::Submitted, Provenance::Published, Provenance::Reconstructed, Provenance::Synthetic]);
        (provenance, "[a-z]{1,8}", 0usize..4).prop_map(|(provenance, text, kind)| match kind {
            0 => Source::Plan { version: "inps-2021@1".into(), place: text },
            1 => Source::Indicator { code: text },
            2 => Source::Total { provenance, structure: "NAZ".into(), subject: text },
            _ => Source::Fact {
                batch_id: text.clone(),
                provenance,
                structure: "NAZ".into(),
                subject: text,
                period: "2020-12".into(),
                quantity: "value".into(),
            },
        })
    }

    fn leaf() -> impl Strategy<Value = Explanation> {
        let value = prop::option::of((any::<i64>(), 1i64..1_000));
        (value, "[a-z]{1,8}", prop::option::of(source()), prop::collection::vec("[a-z]{1,8}", 0..3)).prop_map(
            |(value, text, source, notes)| {
                let value = value.and_then(|(above, below)| Exact::quotient(&Exact::from(above), &Exact::from(below)));
                Explanation { source, notes, ..Explanation::computed(text, value, Unit::Points, "a + b", Vec::new()) }
            },
        )
    }

    fn derivation() -> impl Strategy<Value = Explanation> {
        leaf().prop_recursive(4, 40, 5, |inner| {
            (leaf(), prop::collection::vec(inner, 0..5)).prop_map(|(root, inputs)| Explanation { inputs, ..root })
        })
    }

    /// What should be read of a derivation that was sent.
    fn expected(sent: &Explanation) -> Step {
        let origin = |source: &Source| match source.clone() {
            Source::Fact { batch_id, provenance, structure, subject, period, quantity } => {
                Origin::Fact { batch_id, provenance: Some(provenance), structure, subject, period, quantity }
            }
            Source::Total { provenance, structure, subject } => Origin::Total { provenance: Some(provenance), structure, subject },
            Source::Plan { version, place } => Origin::Plan { plan_version: version, place },
            Source::Indicator { code } => Origin::Indicator { code },
        };
        Step {
            label: sent.label.clone(),
            value: sent.value.clone(),
            unit: sent.unit.code().to_owned(),
            formula: sent.formula.clone(),
            origin: sent.source.as_ref().map(origin),
            notes: sent.notes.clone(),
            inputs: sent.inputs.iter().map(expected).collect(),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_sent_is_read(sent in derivation()) {
            prop_assert_eq!(explanation(explanation_nodes(&sent)), Ok(expected(&sent)));
        }
    }

    #[test]
    fn what_is_no_derivation_is_refused() {
        let root = Explanation::missing("x", Unit::Points, "why");
        let nodes = explanation_nodes(&Explanation { inputs: vec![root.clone()], ..root });
        let check = |change: fn(&mut Vec<ExplanationNode>), field: &str| {
            let mut nodes = nodes.clone();
            change(&mut nodes);
            assert_eq!(explanation(nodes).unwrap_err().field, field);
        };
        check(Vec::clear, "nodes");
        check(|nodes| nodes[1].parent = Some(1), "nodes.1.parent");
        check(|nodes| nodes[1].parent = Some(-1), "nodes.1.parent");
        check(|nodes| nodes[1].parent = None, "nodes.1.parent");
        check(|nodes| nodes[0].value = Some(types::Exact { numerator: "1".into(), denominator: "0".into() }), "nodes.0.value");
    }
}
