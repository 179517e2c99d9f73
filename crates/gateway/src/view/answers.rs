//! Single answers to surveys, as REST takes them.

use piramide_contracts::quality::{RecordAnswersResponse, RefusedAnswer as Refused};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Some answers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAnswers {
    /// The system that collects them, 1 to 100 characters.
    #[schema(example = "totem")]
    pub(crate) origin: String,
    /// How certain they are: submitted, published, reconstructed or synthetic.
    #[schema(example = "submitted")]
    pub(crate) provenance: String,
    /// Why they correct, or come after a closing.
    pub(crate) reason: Option<String>,
    /// The answers, 1 to 5,000.
    pub(crate) answers: Vec<NewAnswer>,
}

/// A mark that somebody gave, or several equal ones. It names nobody, and no day.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAnswer {
    /// Its number at its origin, above zero; never used again, and drawn so that it leads to nobody.
    pub(crate) number: i64,
    /// The survey.
    #[schema(example = "INSTANT_2026")]
    pub(crate) survey: String,
    /// The sample of who answers.
    #[schema(example = "USERS")]
    pub(crate) sample: String,
    /// The stratum of who answers.
    #[schema(example = "ALL")]
    pub(crate) stratum: String,
    /// Where the user met the institute.
    #[schema(example = "OFFICE")]
    pub(crate) channel: String,
    /// What the mark is given for: a factor, or the overall mark.
    #[schema(example = "OVERALL")]
    pub(crate) factor: String,
    /// The structure that is judged: a leaf of the organisation.
    #[schema(example = "PRV_ASTI")]
    pub(crate) structure: String,
    /// The month, over or current, in which the survey takes answers.
    #[schema(example = "2026-03")]
    pub(crate) month: String,
    /// The mark, 1 to 5.
    #[schema(example = 4)]
    pub(crate) mark: i32,
    /// How many such answers, 1 without it. Below zero takes back what an earlier answer said too much, and needs a reason.
    #[serde(default = "one")]
    #[schema(example = 1)]
    pub(crate) answers: i64,
}

const fn one() -> i64 {
    1
}

/// What became of the answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordedAnswers {
    /// Recorded now.
    accepted: i64,
    /// Recorded before.
    duplicates: i64,
    /// Not recorded.
    refused: Vec<RefusedAnswer>,
    /// The sequence of the ledger that has all that is not refused.
    sequence: i64,
}

/// An answer that is not recorded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RefusedAnswer {
    /// Its number.
    number: i64,
    /// The field that is at fault.
    field: String,
    /// The stable reason: MARK_OUT_OF_RANGE, STRATUM_UNKNOWN, SURVEY_NOT_OPEN, PERIOD_CLOSED.
    reason: String,
    /// What is wrong, with the numbers.
    detail: String,
}

/// A field by its name here: codes go without saying so.
pub(crate) fn field(name: &str) -> String {
    name.strip_suffix("_code").unwrap_or(name).to_owned()
}

impl From<RecordAnswersResponse> for RecordedAnswers {
    fn from(recorded: RecordAnswersResponse) -> Self {
        let refused = |one: Refused| RefusedAnswer { number: one.number, field: field(&one.field), reason: one.reason, detail: one.detail };
        Self {
            accepted: recorded.accepted,
            duplicates: recorded.duplicates,
            refused: recorded.refused.into_iter().map(refused).collect(),
            sequence: recorded.sequence,
        }
    }
}
