//! What changed in production between two closings, as REST answers it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{flow::Effect, said, text};
use crate::reading::restatements as reading;

/// What changed in production between two closings (rettifiche). Numbers are decimals as strings, pieces of flows whole numbers; null means
/// not recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Restatements {
    /// A page of the quantities that are not what they were, or count otherwise, by product, structure, period and quantity. Over all pages and
    /// kinds the effects of each flow quantity sum to the difference of the flows.
    items: Vec<ChangedQuantity>,
    /// Where the next page starts; empty when this is the last.
    next_page_token: String,
    /// How many were restated, whatever kind was asked for; null but on the first page, as the two that follow.
    restated_count: Option<i64>,
    /// How many came later for months that were open.
    late_count: Option<i64>,
    /// How many say the same and count otherwise.
    displaced_count: Option<i64>,
    /// The flows that differ, in the order of the catalogue; only on the first page.
    flows: Vec<Effect>,
    /// When the last batch of the later knowledge was recorded, in UTC: as `after` it gives the same knowledge again.
    known_at: Option<String>,
    /// The plan that was applied.
    plan_version: String,
}

/// A quantity of a fact that is not what it was, or counts otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedQuantity {
    /// The product; the staff of the production areas is one too. Or a part of one, as facts name it (INCOME_SUPPORT:age:OVER_120), or a measure
    /// of the plan: these enter no flow.
    product: String,
    /// Its name, in Italian; of a part that of the product, and which part it is.
    label: String,
    /// The structure it was recorded for.
    structure: String,
    /// The period it was recorded for; of what waits it may lie before the period asked for.
    period: String,
    /// The quantity: received, closing_backlog, staff_fte.
    quantity: String,
    /// What it said.
    before: Option<String>,
    /// What it says.
    after: Option<String>,
    /// After less before.
    difference: Option<String>,
    /// The quantity of the flows that it counts in: its own, but for a closing backlog of before the period, which is an opening backlog too.
    flow_quantity: String,
    /// What it does to that, in pieces: of what waits only where an office says it first or last.
    effect: i64,
    /// What it does to homogenised production, in points; null where it does nothing.
    points_effect: Option<String>,
    /// restated, of months that were closed; late, of months that were open; displaced, where it says the same and another month has the word.
    kind: &'static str,
    /// The batch that brought what it says now.
    batch_id: String,
    /// The system where that comes from.
    origin: Option<String>,
    /// Why, as its sender said; null for a fact that needed none.
    reason: Option<String>,
    /// What its sender noted.
    note: Option<String>,
    /// When that batch was recorded, in UTC.
    recorded_at: Option<String>,
}

impl Restatements {
    pub(crate) fn new(found: reading::Restatements, plan_version: String) -> Self {
        let count = |read: fn(reading::Counts) -> i64| found.counts.map(read);
        Self {
            restated_count: count(|counts| counts.restated),
            late_count: count(|counts| counts.late),
            displaced_count: count(|counts| counts.displaced),
            items: found.changes.into_iter().map(ChangedQuantity::from).collect(),
            next_page_token: found.next_page_token,
            flows: found.flows.into_iter().map(|(before, after)| Effect { before: before.into(), after: after.into() }).collect(),
            known_at: found.known_at.map(|moment| moment.to_string()),
            plan_version,
        }
    }
}

impl From<reading::Changed> for ChangedQuantity {
    fn from(changed: reading::Changed) -> Self {
        Self {
            before: text(changed.before.as_ref()),
            after: text(changed.after.as_ref()),
            difference: text(changed.difference.as_ref()),
            points_effect: text(changed.points_effect.as_ref()),
            kind: changed.kind.code(),
            origin: said(changed.origin),
            reason: said(changed.reason),
            note: said(changed.note),
            recorded_at: changed.recorded_at.map(|moment| moment.to_string()),
            product: changed.product,
            label: changed.label,
            structure: changed.structure,
            period: changed.period,
            quantity: changed.quantity,
            flow_quantity: changed.flow_quantity,
            effect: changed.effect,
            batch_id: changed.batch_id,
        }
    }
}
