//! Plans and structures.

use piramide_contracts::plan;
use serde::Serialize;
use utoipa::ToSchema;

use super::said;

/// A structure of the organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Structure {
    /// Its stable code: NAZ, REG_LAZIO, PRV_TORINO.
    code: String,
    /// Its official name.
    name: String,
    /// Its kind: nation, region, province.
    kind: String,
    /// The structure above it; null for the nation.
    parent_code: Option<String>,
    /// The code of the national statistics institute.
    istat_code: Option<String>,
    /// The European territorial code.
    nuts_code: Option<String>,
}

/// A plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plan {
    /// Its name: inps-2021.
    name: String,
    /// Its version: the name and the first digits of its content's hash.
    version: String,
    /// Its title, in Italian.
    title: String,
    /// The first month it is in force.
    first_month: Option<String>,
    /// The last month it is in force, inclusive.
    last_month: Option<String>,
    /// What was decided or aggregated in it, in Italian.
    notes: Vec<String>,
}

impl From<plan::Structure> for Structure {
    fn from(structure: plan::Structure) -> Self {
        Self {
            code: structure.code,
            name: structure.name,
            kind: structure.kind,
            parent_code: said(structure.parent_code),
            istat_code: said(structure.istat_code),
            nuts_code: said(structure.nuts_code),
        }
    }
}

impl From<plan::Plan> for Plan {
    fn from(plan: plan::Plan) -> Self {
        Self {
            name: plan.name,
            version: plan.version,
            title: plan.title,
            first_month: plan.first_month.map(|month| month.value),
            last_month: plan.last_month.map(|month| month.value),
            notes: plan.notes,
        }
    }
}
