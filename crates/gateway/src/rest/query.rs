//! Parameters of a request, read strictly: what is not known is refused, not ignored.

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::IntoParams;

use crate::{
    problem::Problem,
    question::{Assumption, Question, later},
};

/// The query of a request as `T`, whose unknown fields are denied.
pub(crate) struct Asked<T>(pub(crate) T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = Query::try_from_uri(&parts.uri).map_err(|error| Problem::syntax("QUERY_MALFORMED", error.body_text()))?;
        Ok(Self(query.0))
    }
}

/// A route without parameters.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NoParameters {}

/// What figures are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FigureParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12, 2020-12-ytd or 2020-13.
    #[param(example = "2020")]
    period: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
}

impl FigureParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())
    }
}

/// What figures of which domain are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParameters {
    /// The domain: production, quality, finance, workforce, public_value. Without it, every one that answers.
    pub(super) domain: Option<String>,
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12, 2020-12-ytd or 2020-13.
    #[param(example = "2020")]
    period: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
}

impl ListParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())
    }
}

/// Which flows of work are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FlowParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd.
    #[param(example = "2020")]
    period: String,
    /// A node of the catalogue (product, line or area): it and the nodes right under it. Without it, every node.
    #[param(example = "FLOW_TOTAL")]
    pub(super) node: Option<String>,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
}

impl FlowParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())
    }
}

/// Whose production plan is asked for, and for which year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ProductionPlanParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The year: 2021.
    #[param(example = "2021")]
    period: String,
    /// The plan that sets targets and levers, by name or version. Without it, the one in force in the year.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
}

impl ProductionPlanParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())
    }
}

/// What is assumed of a production plan.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PlanSimulationParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The year: 2021.
    #[param(example = "2021")]
    period: String,
    /// How much more comes in than is estimated, in per cent, -100 to 1000; below zero for less. This or `staff_fte` is required.
    #[param(example = "10")]
    received_percent: Option<String>,
    /// The area of the catalogue in which more comes in. Without it, all.
    area: Option<String>,
    /// How many full-time equivalents more there are; below zero for fewer.
    #[param(example = "-12.5")]
    staff_fte: Option<String>,
    /// The plan that sets targets and levers, by name or version. Without it, the one in force in the year.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
}

impl PlanSimulationParameters {
    pub(super) fn read(self) -> Result<(Question, Assumption), Problem> {
        let Self { structure, period, received_percent, area, staff_fte, plan, as_of } = self;
        let assumed = Assumption { received_percent, area: area.unwrap_or_default(), staff_fte };
        Ok((Question::read(structure, &period, plan, as_of.as_deref())?, assumed))
    }
}

/// Whose statement of the IEEP is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct StatementParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12, 2020-12-ytd or 2020-13.
    #[param(example = "2020")]
    period: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
    /// A central directorate: only the items that the plan assigns to it. Without it, all of them.
    pub(super) assignee: Option<String>,
}

impl StatementParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())
    }
}

/// Whose spending control is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SpendingParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period, of whose year all up to its end counts: 2021, 2021-Q3, 2021-06-ytd.
    #[param(example = "2021-06-ytd")]
    period: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
    /// A chapter whose figures are derived. Without it, none.
    pub(super) chapter: Option<String>,
}

impl SpendingParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())
    }
}

/// Which figures are reconciled.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ReconciliationParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12, 2020-12-ytd or 2020-13.
    #[param(example = "2020")]
    period: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
    /// Which figures: actuals, what is recorded, or targets, those of the plan. Without it: actuals.
    pub(super) figures: Option<String>,
}

impl ReconciliationParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())
    }
}

/// Between which closings changes are looked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ChangesParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12, 2020-12-ytd or 2020-13.
    #[param(example = "2020")]
    period: String,
    /// The earlier closing, or moment (RFC 3339).
    #[param(example = "2020-IV")]
    pub(super) before: String,
    /// The later closing, or moment. Without it, all that is recorded now.
    after: Option<String>,
    /// The same as after, by the name that it has where one knowledge is asked for. Where both are given, after is meant.
    as_of: Option<String>,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
}

impl ChangesParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, later(self.after, self.as_of).as_deref())
    }
}

/// Between which closings changes of production are looked for, and which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct RestatementParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd.
    #[param(example = "2020")]
    period: String,
    /// A node of the catalogue (product, line or area): it and the nodes right under it. Without it, every node.
    #[param(example = "FLOW_TOTAL")]
    pub(super) node: Option<String>,
    /// Whether only the totals are compared where no node is named: true or false. Without it, every node is. What changed is told all the same.
    pub(super) totals_only: Option<bool>,
    /// The earlier closing, or moment (RFC 3339).
    #[param(example = "2020-IV")]
    pub(super) before: String,
    /// The later closing, or moment. Without it, all that is recorded now, of which each page is of its own moment.
    after: Option<String>,
    /// The same as after, by the name that it has where one knowledge is asked for. Where both are given, after is meant.
    as_of: Option<String>,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// Only what changed so: restated, of months that were closed; late, of months that were open; displaced, what says the same and counts
    /// otherwise. Without it, all.
    pub(super) kind: Option<String>,
    /// The most to answer, 1 to 1000. Without it, 100.
    #[param(minimum = 1, maximum = 1000)]
    pub(super) page_size: Option<i32>,
    /// Where the last page ended.
    pub(super) page_token: Option<String>,
}

impl RestatementParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, later(self.after, self.as_of).as_deref())
    }
}

/// How a table that is sent should add up.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TableParameters {
    /// The column that is the sum of the other columns of numbers. Without it, columns are not summed.
    pub(super) total: Option<String>,
    /// Whether the numbers may be rounded: unit_per_part, a sum may miss by a unit of its last digit for each part, or none. Without it:
    /// unit_per_part.
    pub(super) rounding: Option<String>,
}

/// Which coefficient is thought about, and where its effect is looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct SimulationParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd.
    #[param(example = "2020")]
    period: String,
    /// The product.
    #[param(example = "INCOME_SUPPORT")]
    pub(super) product: String,
    /// The first month in which the coefficient would hold.
    #[param(example = "2020-06")]
    pub(super) first_month: String,
    /// Hours of work for a piece, at most 4 digits after the point.
    #[param(example = "0.7500")]
    pub(super) coefficient: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
}

impl SimulationParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())
    }
}

/// Which structures are compared, and on what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ComparisonParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd.
    #[param(example = "2020")]
    period: String,
    /// The node of the catalogue (product, line or area).
    #[param(example = "FLOW_TOTAL")]
    pub(super) node: String,
    /// Which structures stand beside it: children, those right under it, or peers, those of its cluster.
    #[param(example = "children")]
    pub(super) scope: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
}

impl ComparisonParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())
    }
}

/// Where it is asked how old what waits is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AgeParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd.
    #[param(example = "2020")]
    period: String,
    /// A node of the catalogue: product, line or area.
    #[param(example = "FLOW_TOTAL")]
    pub(super) node: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
}

impl AgeParameters {
    pub(super) fn question(self) -> Result<Question, Problem> {
        Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())
    }
}

/// Which plan's organisation is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PlanParameters {
    /// The plan, by name or version. Without it, the newest.
    pub(super) plan: Option<String>,
}

/// The size of a page that a caller asks for; 0, which leaves it to the service, where it does not say.
pub(super) fn page_size(asked: Option<i32>) -> Result<i32, Problem> {
    match asked {
        Some(size) if !(1..=1_000).contains(&size) => {
            Err(Problem::parameter("page_size", format!("{size} is out of range: write 1 to 1000")))
        }
        asked => Ok(asked.unwrap_or_default()),
    }
}

/// Which page of a domain's feeds is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FeedParameters {
    /// The most to answer, 1 to 1000. Without it, 100.
    #[param(minimum = 1, maximum = 1000)]
    pub(super) page_size: Option<i32>,
    /// Where the last page ended.
    pub(super) page_token: Option<String>,
}

/// Which page of which plan's organisation is asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct StructureParameters {
    /// The plan, by name or version. Without it, the newest.
    pub(super) plan: Option<String>,
    /// The most to answer, 1 to 1000. Without it, 1000.
    #[param(minimum = 1, maximum = 1000)]
    pub(super) page_size: Option<i32>,
    /// Where the last page ended.
    pub(super) page_token: Option<String>,
}
