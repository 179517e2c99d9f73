//! What changed in production between two closings.

use std::collections::BTreeMap;

use piramide_contracts::{
    convert,
    convert::Invalid,
    production::{self, ChangeKind, ChangingBatch},
};
use piramide_measure::Exact;
use prost_types::Timestamp;

use super::flow::{Flow, flow};

/// What changed, a page of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Restatements {
    /// The flows that differ, before and after.
    pub(crate) flows: Vec<(Flow, Flow)>,
    pub(crate) changes: Vec<Changed>,
    pub(crate) next_page_token: String,
    /// How many there are of each kind; told with the first page.
    pub(crate) counts: Option<Counts>,
    pub(crate) known_at: Option<Timestamp>,
}

/// How many quantities changed in each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) restated: i64,
    pub(crate) late: i64,
    pub(crate) displaced: i64,
}

/// How a quantity changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Restated,
    Late,
    Displaced,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Restated, Self::Late, Self::Displaced];

    /// The stable text form.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Restated => "restated",
            Self::Late => "late",
            Self::Displaced => "displaced",
        }
    }

    /// Reads the text form.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

impl From<Kind> for ChangeKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Restated => Self::Restated,
            Kind::Late => Self::Late,
            Kind::Displaced => Self::Displaced,
        }
    }
}

/// A quantity of a fact that is not what it was, or counts otherwise.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Changed {
    pub(crate) product: String,
    pub(crate) label: String,
    pub(crate) structure: String,
    pub(crate) period: String,
    pub(crate) quantity: String,
    pub(crate) before: Option<Exact>,
    pub(crate) after: Option<Exact>,
    pub(crate) difference: Option<Exact>,
    pub(crate) flow_quantity: String,
    pub(crate) effect: i64,
    pub(crate) points_effect: Option<Exact>,
    pub(crate) kind: Kind,
    pub(crate) batch_id: String,
    pub(crate) origin: String,
    pub(crate) reason: String,
    pub(crate) note: String,
    pub(crate) recorded_at: Option<Timestamp>,
}

/// Reads what changed.
pub(crate) fn restatements(message: production::CompareClosingsResponse) -> Result<Restatements, Invalid> {
    let side = |side: Option<production::Flow>| flow(side.ok_or_else(|| Invalid::new("flow", "is required"))?);
    let effect = |(position, effect): (usize, production::FlowEffect)| {
        let read = || Ok((side(effect.before)?, side(effect.after)?));
        read().map_err(|invalid: Invalid| invalid.within(&format!("effects.{position}")))
    };
    let batches: BTreeMap<String, ChangingBatch> = message.batches.into_iter().map(|batch| (batch.batch_id.clone(), batch)).collect();
    let read = |(position, message)| changed(message, &batches).map_err(|invalid| invalid.within(&format!("changes.{position}")));
    let counts = || Some(Counts { restated: message.restated_count?, late: message.late_count?, displaced: message.displaced_count? });
    Ok(Restatements {
        counts: counts(),
        flows: message.effects.into_iter().enumerate().map(effect).collect::<Result<_, _>>()?,
        changes: message.changes.into_iter().enumerate().map(read).collect::<Result<_, _>>()?,
        next_page_token: message.next_page_token,
        known_at: message.known_at,
    })
}

fn changed(message: production::ChangedQuantity, batches: &BTreeMap<String, ChangingBatch>) -> Result<Changed, Invalid> {
    let batch = batches.get(&message.batch_id).cloned().unwrap_or_default();
    let kind = match message.kind() {
        ChangeKind::Restated => Kind::Restated,
        ChangeKind::Late => Kind::Late,
        ChangeKind::Displaced => Kind::Displaced,
        ChangeKind::Unspecified => return Err(Invalid::new("kind", format!("{} is not a kind of change", message.kind))),
    };
    Ok(Changed {
        before: convert::optional_exact("before", message.before.as_ref())?,
        after: convert::optional_exact("after", message.after.as_ref())?,
        difference: convert::optional_exact("difference", message.difference.as_ref())?,
        points_effect: convert::optional_exact("points_effect", message.points_effect.as_ref())?,
        kind,
        product: message.product_code,
        label: message.label,
        structure: message.structure_code,
        period: message.period.map(|period| period.value).unwrap_or_default(),
        quantity: message.quantity,
        flow_quantity: message.flow_quantity,
        effect: message.effect,
        batch_id: message.batch_id,
        origin: batch.origin,
        reason: batch.reason,
        note: batch.note,
        recorded_at: batch.recorded_at,
    })
}
