//! What users and staff say, as REST answers it.

use piramide_measure::Provenance;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Explanation, said, text};
use crate::reading::surveys as reading;

/// Surveys with their means (customer experience). Numbers are decimals as strings; null means missing, which is not zero.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Surveys {
    /// The surveys that take answers in some month of the period, in the order of the plan.
    pub(crate) items: Vec<Survey>,
    /// Where the next page starts; always empty, as there is one.
    pub(crate) next_page_token: String,
    /// The plan that gave samples, strata, weights and thresholds.
    pub(crate) plan_version: String,
}

/// A survey.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Survey {
    /// Its code.
    code: String,
    /// Its name, in Italian.
    label: String,
    /// How answers come in: round or instant.
    kind: String,
    /// Who answers: users or staff.
    audience: String,
    /// The first month in which answers are taken.
    first_month: String,
    /// The last, inclusive.
    last_month: String,
    /// The fewest answers that are shown together.
    #[schema(format = Int64)]
    fewest: i64,
    /// How many standard errors an interval reaches either way.
    z: Option<String>,
    /// Its samples.
    samples: Vec<SurveySample>,
    /// What the plan notes about it, in Italian.
    note: Option<String>,
}

/// A sample of a survey.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SurveySample {
    /// Its code.
    code: String,
    /// Its name, in Italian.
    label: String,
    /// What the plan notes about it, in Italian.
    note: Option<String>,
    /// Of each factor the mean of the whole sample, then by channel and by stratum where there is more than one.
    means: Vec<SurveyMean>,
}

/// The mean mark of a factor, from 1 to 5.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SurveyMean {
    /// The factor.
    factor: String,
    /// Its name, in Italian.
    label: String,
    /// Whether it is the overall mark.
    overall: bool,
    /// The channel; null for all of them.
    channel: Option<String>,
    /// The name of the channel, in Italian.
    channel_label: Option<String>,
    /// The stratum; null for all of them.
    stratum: Option<String>,
    /// The name of the stratum, in Italian.
    stratum_label: Option<String>,
    /// How many answers count; null without a mean from answers.
    #[schema(format = Int64)]
    answers: Option<i64>,
    /// The same by mark, from 1 to 5; empty without a mean from answers.
    answers_by_mark: Vec<i64>,
    /// The mean of the strata, weighted.
    mean: Option<String>,
    /// The variance of the mean.
    variance: Option<String>,
    /// The lower end of the interval.
    low: Option<String>,
    /// The upper end of the interval.
    high: Option<String>,
    /// The share of the weights of the strata that counts, per cent.
    coverage: Option<String>,
    /// How many strata are not shown, because their answers are too few or would tell those of a neighbour, and do not count.
    #[schema(format = Int32)]
    suppressed_strata: i32,
    /// Whether only the mean is published, and not the answers.
    published_mean: bool,
    /// The least certain provenance that entered.
    provenance: Option<&'static str>,
    /// Why there is no mean; null when there is one.
    missing_reason: Option<String>,
}

/// How the mean of a factor in a sample, and its interval, were reached.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SurveyMeanExplained {
    /// The mean.
    mean: SurveyMean,
    /// How it was reached.
    explanation: Explanation,
    /// How half the width of its interval was reached; null without a mean from answers.
    margin: Option<Explanation>,
    /// The plan that gave strata, weights and thresholds.
    plan_version: String,
}

impl SurveyMeanExplained {
    pub(crate) fn new(explained: reading::Explained, plan_version: String) -> Self {
        Self {
            mean: explained.mean.into(),
            explanation: explained.derivation.into(),
            margin: explained.margin.map(Explanation::from),
            plan_version,
        }
    }
}

impl From<reading::Survey> for Survey {
    fn from(survey: reading::Survey) -> Self {
        Self {
            z: text(survey.z.as_ref()),
            samples: survey.samples.into_iter().map(SurveySample::from).collect(),
            code: survey.code,
            label: survey.label,
            kind: survey.kind,
            audience: survey.audience,
            first_month: survey.first_month,
            last_month: survey.last_month,
            fewest: survey.fewest,
            note: said(survey.note),
        }
    }
}

impl From<reading::Sample> for SurveySample {
    fn from(sample: reading::Sample) -> Self {
        let means = sample.means.into_iter().map(SurveyMean::from).collect();
        Self { code: sample.code, label: sample.label, note: said(sample.note), means }
    }
}

impl From<reading::Mean> for SurveyMean {
    fn from(mean: reading::Mean) -> Self {
        Self {
            answers: mean.answers(),
            mean: text(mean.value.as_ref()),
            variance: text(mean.variance.as_ref()),
            low: text(mean.low.as_ref()),
            high: text(mean.high.as_ref()),
            coverage: text(mean.coverage.as_ref()),
            provenance: mean.provenance.map(Provenance::code),
            factor: mean.factor,
            label: mean.label,
            overall: mean.overall,
            channel: said(mean.channel.0),
            channel_label: said(mean.channel.1),
            stratum: said(mean.stratum.0),
            stratum_label: said(mean.stratum.1),
            answers_by_mark: mean.answers_by_mark,
            suppressed_strata: mean.suppressed_strata,
            published_mean: mean.published,
            missing_reason: said(mean.missing),
        }
    }
}
