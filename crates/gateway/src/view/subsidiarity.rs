//! Who helps whom, as REST answers it.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Explanation, text};
use crate::reading::subsidiarity::{self as reading, Relation};

/// Who helps whom, in points (sussidiarietà). Numbers are decimals as strings; null means missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Subsidiarity {
    /// The pairs: what is given, what is received, then those between the structures right under the one asked for.
    items: Vec<HelpPair>,
    /// Always empty: the pairs are one page.
    next_page_token: String,
    /// What the structure does for others; for the nation, what the structures under it do for each other.
    given: Option<String>,
    /// Handed over without the name of a helper.
    unnamed: Option<String>,
    /// How what is given was reached.
    explanation: Explanation,
    /// The plan that says what is due.
    plan_version: String,
}

/// Help between two structures.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HelpPair {
    /// given, received or inside.
    relation: &'static str,
    /// Who helps.
    helper: String,
    /// Its name, in Italian.
    helper_name: String,
    /// Who is helped.
    helped: String,
    /// Its name, in Italian.
    helped_name: String,
    /// Planned for the year.
    planned: Option<String>,
    /// Due in the period, by the plan's progression.
    due: Option<String>,
    /// Handed over in the period.
    actual: Option<String>,
    /// How far the actual is from what is due, in per cent of it.
    deviation: Option<String>,
    /// The least certain provenance that entered.
    provenance: Option<&'static str>,
}

impl Subsidiarity {
    pub(crate) fn new(help: reading::Subsidiarity, plan_version: String) -> Self {
        Self {
            items: help.pairs.into_iter().map(HelpPair::from).collect(),
            next_page_token: String::new(),
            given: text(help.given.as_ref()),
            unnamed: text(help.unnamed.as_ref()),
            explanation: help.derivation.into(),
            plan_version,
        }
    }
}

impl From<reading::Pair> for HelpPair {
    fn from(pair: reading::Pair) -> Self {
        Self {
            relation: match pair.relation {
                Relation::Given => "given",
                Relation::Received => "received",
                Relation::Inside => "inside",
            },
            planned: text(pair.planned.as_ref()),
            due: text(pair.due.as_ref()),
            actual: text(pair.actual.as_ref()),
            deviation: text(pair.deviation.as_ref()),
            provenance: pair.provenance.map(piramide_measure::Provenance::code),
            helper: pair.helper,
            helper_name: pair.helper_name,
            helped: pair.helped,
            helped_name: pair.helped_name,
        }
    }
}
