//! What changed between two closings, as REST answers it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{said, text};
use crate::reading::changes as reading;

/// What changed between two closings (rettifiche), fact by fact. Euro are decimals as strings; null means not recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changes {
    /// The facts that are not what they were, by item, structure and period.
    items: Vec<ChangedFact>,
    /// How many there are, listed or not.
    items_count: i64,
    /// The IEEP before.
    before: Option<String>,
    /// The IEEP after.
    after: Option<String>,
    /// After less before: the effects of all facts and what is covered sum to it.
    difference: Option<String>,
    /// What the effects miss of the difference: parts under an item that is recorded itself, and so count in it already.
    covered: Option<String>,
    /// The plan that was applied.
    plan_version: String,
}

/// A fact that is not what it was.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChangedFact {
    /// The item, account or measure.
    subject: String,
    /// Its name, in Italian.
    label: String,
    /// The structure it was recorded for.
    structure: String,
    /// The period it was recorded for.
    period: String,
    /// What it said.
    before: Option<String>,
    /// What it says.
    after: Option<String>,
    /// After less before.
    difference: Option<String>,
    /// What it does to the IEEP; zero outside the IEEP.
    effect: Option<String>,
    /// The batch that brought it.
    batch_id: String,
    /// Why, as its sender said; null for a fact that is new.
    reason: Option<String>,
    /// What its sender noted.
    note: Option<String>,
    /// When it was recorded, in UTC.
    recorded_at: Option<String>,
}

impl Changes {
    pub(crate) fn new(changes: reading::Changes, plan_version: String) -> Self {
        Self {
            items: changes.facts.into_iter().map(ChangedFact::from).collect(),
            items_count: changes.facts_count,
            before: text(changes.before.as_ref()),
            after: text(changes.after.as_ref()),
            difference: text(changes.difference.as_ref()),
            covered: text(changes.covered.as_ref()),
            plan_version,
        }
    }
}

impl From<reading::Changed> for ChangedFact {
    fn from(changed: reading::Changed) -> Self {
        Self {
            before: text(changed.before.as_ref()),
            after: text(changed.after.as_ref()),
            difference: text(changed.difference.as_ref()),
            effect: text(changed.effect.as_ref()),
            reason: said(changed.reason),
            note: said(changed.note),
            recorded_at: changed.recorded_at.map(|moment| moment.to_string()),
            subject: changed.subject,
            label: changed.label,
            structure: changed.structure,
            period: changed.period,
            batch_id: changed.batch_id,
        }
    }
}
