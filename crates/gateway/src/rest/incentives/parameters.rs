//! What of incentives can be asked.

use serde::Deserialize;
use utoipa::IntoParams;

/// Whose incentives are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::rest) struct IncentiveParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "REG_LAZIO")]
    pub(super) structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd.
    #[param(example = "2020")]
    pub(super) period: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    pub(super) plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    pub(super) as_of: Option<String>,
}

/// Which incentive is to be explained.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::rest) struct ReasonParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "REG_LAZIO")]
    pub(super) structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd.
    #[param(example = "2020")]
    pub(super) period: String,
    /// The incentive.
    #[param(example = "SPECIAL")]
    pub(super) incentive: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    pub(super) plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    pub(super) as_of: Option<String>,
}
