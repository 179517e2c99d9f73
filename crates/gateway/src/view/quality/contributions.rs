//! What moved an index, as REST answers it.

use serde::Serialize;
use utoipa::ToSchema;

use super::QualityIndex;
use crate::{reading::quality as reading, view::text};

/// What something contributes to an index, in points of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityContribution {
    /// The node of the dashboard, or the structure.
    code: String,
    /// Its name, in Italian.
    label: String,
    /// What comes from doing better or worse than one's own reference.
    own: Option<String>,
    /// What comes from weighing more or less in the whole (effetto composizione).
    mix: Option<String>,
    /// Both together.
    total: Option<String>,
    /// For a structure at an indicator, its measure.
    value: Option<String>,
    /// For a structure at an indicator, what it is compared with.
    reference: Option<String>,
}

/// What moved an index.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityContributions {
    /// The index.
    index: QualityIndex,
    /// What each node under it contributes: indicators sum to the index less 100, and so do areas.
    nodes: Vec<QualityContribution>,
    /// What each structure right under the one asked for contributes; with what is not attributed they sum to the same.
    structures: Vec<QualityContribution>,
    /// What no structure can be held to.
    unattributed: Option<String>,
    /// The plan that was applied.
    plan_version: String,
}

impl From<reading::Contribution> for QualityContribution {
    fn from(part: reading::Contribution) -> Self {
        Self {
            own: text(part.own.as_ref()),
            mix: text(part.mix.as_ref()),
            total: text(part.total.as_ref()),
            value: text(part.value.as_ref()),
            reference: text(part.reference.as_ref()),
            code: if part.structure.is_empty() { part.node } else { part.structure },
            label: part.label,
        }
    }
}

impl QualityContributions {
    pub(crate) fn new(found: reading::Contributions, plan_version: String) -> Self {
        Self {
            index: found.index.into(),
            nodes: found.nodes.into_iter().map(QualityContribution::from).collect(),
            structures: found.structures.into_iter().map(QualityContribution::from).collect(),
            unattributed: text(found.unattributed.as_ref()),
            plan_version,
        }
    }
}
