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
