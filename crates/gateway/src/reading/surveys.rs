//! What users and staff say.

use piramide_contracts::{
    convert::{self, Invalid},
    quality, types,
};
use piramide_measure::{Exact, Provenance};

use super::Step;

/// A survey with what was answered.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Survey {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) kind: String,
    pub(crate) audience: String,
    pub(crate) first_month: String,
    pub(crate) last_month: String,
    pub(crate) fewest: i64,
    pub(crate) z: Option<Exact>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) note: String,
}

/// A sample with its means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) note: String,
    pub(crate) means: Vec<Mean>,
}

/// The mean mark of a factor.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mean {
    pub(crate) factor: String,
    pub(crate) label: String,
    pub(crate) overall: bool,
    /// Code and name of the channel; empty for all of them.
    pub(crate) channel: (String, String),
    /// Code and name of the stratum; empty for all of them.
    pub(crate) stratum: (String, String),
    pub(crate) answers_by_mark: Vec<i64>,
    pub(crate) value: Option<Exact>,
    pub(crate) variance: Option<Exact>,
    pub(crate) low: Option<Exact>,
    pub(crate) high: Option<Exact>,
    pub(crate) coverage: Option<Exact>,
    pub(crate) suppressed_strata: i32,
    pub(crate) published: bool,
    pub(crate) provenance: Option<Provenance>,
    pub(crate) missing: String,
}

impl Mean {
    /// The answers that count; `None` without a mean from answers.
    pub(crate) fn answers(&self) -> Option<i64> {
        (!self.answers_by_mark.is_empty()).then(|| self.answers_by_mark.iter().fold(0, |sum: i64, count| sum.saturating_add(*count)))
    }
}

/// How a mean was reached.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Explained {
    pub(crate) survey: String,
    pub(crate) sample: String,
    pub(crate) mean: Mean,
    pub(crate) derivation: Step,
    /// How wide the interval is, and why; `None` without a mean from answers.
    pub(crate) margin: Option<Step>,
}

/// Reads surveys.
pub(crate) fn surveys(messages: Vec<quality::Survey>) -> Result<Vec<Survey>, Invalid> {
    let read = |(position, message)| survey(message).map_err(|invalid: Invalid| invalid.within(&format!("surveys.{position}")));
    messages.into_iter().enumerate().map(read).collect()
}

/// Reads how a mean was reached.
pub(crate) fn explained(message: quality::ExplainSurveyMeanResponse) -> Result<Explained, Invalid> {
    let margin = if message.margin_nodes.is_empty() { None } else { Some(super::explanation(message.margin_nodes)?) };
    Ok(Explained {
        survey: message.survey_label,
        sample: message.sample_label,
        mean: mean(message.mean.ok_or_else(|| Invalid::new("mean", "is required"))?)?,
        derivation: super::explanation(message.nodes)?,
        margin,
    })
}

fn survey(message: quality::Survey) -> Result<Survey, Invalid> {
    let month = |month: Option<types::Period>| month.map(|month| month.value).unwrap_or_default();
    Ok(Survey {
        z: exact("z", message.z.as_ref())?,
        samples: message.samples.into_iter().map(sample).collect::<Result<_, _>>()?,
        first_month: month(message.first_month),
        last_month: month(message.last_month),
        code: message.code,
        label: message.label,
        kind: message.kind,
        audience: message.audience,
        fewest: message.fewest,
        note: message.note,
    })
}

fn sample(message: quality::SurveySample) -> Result<Sample, Invalid> {
    let means = message.means.into_iter().map(mean).collect::<Result<_, _>>()?;
    Ok(Sample { code: message.code, label: message.label, note: message.note, means })
}

fn exact(field: &str, value: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    convert::optional_exact(field, value)
}

fn mean(message: quality::SurveyMean) -> Result<Mean, Invalid> {
    Ok(Mean {
        value: exact("mean", message.mean.as_ref())?,
        variance: exact("variance", message.variance.as_ref())?,
        low: exact("low", message.low.as_ref())?,
        high: exact("high", message.high.as_ref())?,
        coverage: exact("coverage", message.coverage.as_ref())?,
        provenance: convert::provenance("provenance", message.provenance)?,
        factor: message.factor_code,
        label: message.factor_label,
        overall: message.overall,
        channel: (message.channel_code, message.channel_label),
        stratum: (message.stratum_code, message.stratum_label),
        answers_by_mark: message.answers_by_mark,
        suppressed_strata: message.suppressed_strata,
        published: message.published_mean,
        missing: message.missing_reason,
    })
}
