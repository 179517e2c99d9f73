//! What of surveys can be asked.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::{problem::Problem, question::Question};

/// Which surveys are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::rest) struct SurveyParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd. Surveys that take answers in some of its months.
    #[param(example = "2020")]
    period: String,
    /// One survey. Without it, all of them.
    #[param(example = "CX_2020")]
    survey: Option<String>,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
}

/// Which mean is to be explained.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::rest) struct MeanParameters {
    /// The code of the structure: NAZ, REG_LAZIO, PRV_TORINO.
    #[param(example = "NAZ")]
    structure: String,
    /// The period: 2020, 2020-Q3, 2020-12 or 2020-12-ytd.
    #[param(example = "2020")]
    period: String,
    /// The survey.
    #[param(example = "CX_2020")]
    survey: String,
    /// Its sample.
    #[param(example = "GENERIC")]
    sample: String,
    /// The factor, or the overall mark.
    #[param(example = "OVERALL")]
    factor: String,
    /// The plan, by name or version. Without it, the one in force in the period.
    plan: Option<String>,
    /// The knowledge to use: a moment (RFC 3339) or the name of a closing. Without it, all that is recorded.
    as_of: Option<String>,
}

impl SurveyParameters {
    /// The question, and the survey; empty for all of them.
    pub(super) fn question(self) -> Result<(Question, String), Problem> {
        Ok((Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())?, self.survey.unwrap_or_default()))
    }
}

impl MeanParameters {
    /// The question; survey, sample and factor.
    pub(super) fn question(self) -> Result<(Question, [String; 3]), Problem> {
        let question = Question::read(self.structure, &self.period, self.plan, self.as_of.as_deref())?;
        Ok((question, [self.survey, self.sample, self.factor]))
    }
}
