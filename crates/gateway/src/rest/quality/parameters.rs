//! What of the dashboard can be asked.

use piramide_contracts::quality::{Beside, Reference};
use serde::Deserialize;
use utoipa::IntoParams;

use super::reference;
use crate::{problem::Problem, question::Question};

/// Which indices of the dashboard are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::rest) struct IndexParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    pub(in crate::rest) structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd.
    #[param(example = "2020")]
    pub(super) period: String,
    /// A section, area or indicator of the dashboard: it and all below it. Without it, every section.
    #[param(example = "PRODUCTION")]
    pub(super) node: Option<String>,
    /// The plan, by name or version. Without it, the one in force in the period.
    pub(super) plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    pub(super) as_of: Option<String>,
}

/// Which index is asked about, and against what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::rest) struct JudgementParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    pub(in crate::rest) structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd.
    #[param(example = "2020")]
    pub(super) period: String,
    /// A section, area or indicator of the dashboard.
    #[param(example = "PRODUCTION")]
    node: String,
    /// What it is compared with: budget or previous_year.
    #[param(example = "budget")]
    reference: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    pub(super) plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    pub(super) as_of: Option<String>,
}

/// Which index is asked for month by month.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::rest) struct TrendParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    pub(super) structure: String,
    /// The period whose months are wanted: 2020, 2020-Q3 or 2020-12-ytd.
    #[param(example = "2020")]
    pub(super) period: String,
    /// A section, area or indicator of the dashboard.
    #[param(example = "PRODUCTION")]
    pub(super) node: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    pub(super) plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    pub(super) as_of: Option<String>,
}

/// Which structures are compared, by which index.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::rest) struct StandingParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "PRV_TORINO")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd.
    #[param(example = "2020")]
    period: String,
    /// A section, area or indicator of the dashboard.
    #[param(example = "PRODUCTION")]
    node: String,
    /// What it is compared with: budget or previous_year.
    #[param(example = "budget")]
    reference: String,
    /// Which structures stand beside it: children, those right under it, or peers, those of its cluster.
    #[param(example = "peers")]
    scope: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
}

impl StandingParameters {
    pub(super) fn question(self) -> Result<(Question, String, Reference, Beside), Problem> {
        let reference = reference(&self.reference)?;
        let beside = match self.scope.as_str() {
            "children" => Beside::Children,
            "peers" => Beside::Peers,
            other => return Err(Problem::parameter("scope", format!("\"{other}\" is neither children nor peers"))),
        };
        Ok((Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())?, self.node, reference, beside))
    }
}

impl JudgementParameters {
    pub(super) fn question(self) -> Result<(Question, String, Reference), Problem> {
        let reference = reference(&self.reference)?;
        Ok((Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())?, self.node, reference))
    }
}
