//! What users and staff say: adapter over [`surveys`](crate::surveys).

use piramide_contracts::{
    convert,
    quality::{
        ExplainSurveyMeanRequest, ExplainSurveyMeanResponse, GetSurveysRequest, GetSurveysResponse, Survey, SurveyMean, SurveySample,
    },
    types::{self, AsOf, as_of::At},
};
use piramide_domain::{Detail, Handle, Query, refusal};
use piramide_measure::Month;
use piramide_plan::{self as plan, SurveyItem, SurveyItemKind};
use tonic::{Code, Status};

use crate::{
    Quality,
    state::Books,
    surveys::{
        derivation,
        results::{Asked, Part},
    },
};

/// Answers with the surveys that take answers in the period.
pub(super) async fn list(handle: &Handle<Quality>, request: GetSurveysRequest) -> Result<GetSurveysResponse, Status> {
    let GetSurveysRequest { structure_code, period, plan, as_of, survey_code } = request;
    refuse_moment(as_of.as_ref())?;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let (query, books) = (question.query(), question.state().under(question.plan()));
    let (first, last) = (query.period.first_month(), query.period.last_calendar_month());
    let surveys: Vec<&plan::Survey> = if survey_code.is_empty() {
        query.plan.surveys().iter().filter(|survey| survey.is_open(first, last)).collect()
    } else {
        vec![known(query.plan, &survey_code)?]
    };
    Ok(GetSurveysResponse {
        surveys: surveys.into_iter().map(|found| survey(query, books, found)).collect(),
        plan_version: query.plan.version().to_owned(),
        sequence: query.facts.sequence(),
    })
}

/// Answers with how a mean was reached.
pub(super) async fn explain(handle: &Handle<Quality>, request: ExplainSurveyMeanRequest) -> Result<ExplainSurveyMeanResponse, Status> {
    let ExplainSurveyMeanRequest { structure_code, period, plan, as_of, survey_code, sample_code, factor_code } = request;
    refuse_moment(as_of.as_ref())?;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let query = Query { detail: Detail::Derivation, ..question.query() };
    let survey = known(query.plan, &survey_code)?;
    let lost = |field: &str, reason, code: &str, what: &str| {
        refusal::field(Code::NotFound, field, reason, format!("\"{code}\" is not a {what} of {survey_code}"))
    };
    let sample = survey.sample(&sample_code).ok_or_else(|| lost("sample_code", "SAMPLE_UNKNOWN", &sample_code, "sample"))?;
    let factor = survey.factors().find(|factor| factor.code == factor_code);
    let factor = factor.ok_or_else(|| lost("factor_code", "FACTOR_UNKNOWN", &factor_code, "factor"))?;
    let asked = Asked::over(query, question.state().under(query.plan), survey, sample);
    let margin = derivation::margin(&asked, factor);
    Ok(ExplainSurveyMeanResponse {
        survey_label: survey.label.clone(),
        sample_label: sample.label.clone(),
        mean: Some(mean(&asked, factor, Part::Whole)),
        nodes: convert::explanation_nodes(&derivation::mean(&asked, factor)),
        margin_nodes: margin.map(|margin| convert::explanation_nodes(&margin)).unwrap_or_default(),
        plan_version: query.plan.version().to_owned(),
        sequence: query.facts.sequence(),
    })
}

/// What was known at two moments may differ by the answer of a single person, and what a closing froze by what came in between closings.
fn refuse_moment(as_of: Option<&AsOf>) -> Result<(), Status> {
    match as_of.and_then(|as_of| as_of.at.as_ref()) {
        Some(At::Moment(_)) => {
            let detail = "surveys are not told as of a moment, since two moments may differ by a single answer: ask for what is known now, or name a closing";
            Err(refusal::field(Code::InvalidArgument, "as_of", "SURVEY_AT_A_MOMENT", detail))
        }
        Some(At::Closing(_)) | None => Ok(()),
    }
}

fn known<'a>(plan: &'a plan::Plan, code: &str) -> Result<&'a plan::Survey, Status> {
    plan.surveys().get(code).ok_or_else(|| {
        let detail = format!("\"{code}\" is not a survey of {}", plan.version());
        refusal::field(Code::NotFound, "survey_code", "SURVEY_UNKNOWN", detail)
    })
}

fn survey(query: Query<'_>, books: Option<&Books>, found: &plan::Survey) -> Survey {
    let month = |month: Month| Some(types::Period { value: month.to_string() });
    Survey {
        code: found.code.clone(),
        label: found.label.clone(),
        kind: found.kind.code().to_owned(),
        audience: found.audience.code().to_owned(),
        first_month: month(found.first_month),
        last_month: month(found.last_month),
        fewest: found.fewest.into(),
        z: Some((&found.z).into()),
        samples: found.samples.iter().map(|one| sample(&Asked::over(query, books, found, one))).collect(),
        note: found.note.clone(),
    }
}

/// A sample: every factor together, then by channel and by stratum where there is more than one to tell apart.
fn sample(asked: &Asked<'_>) -> SurveySample {
    let channels: Vec<&SurveyItem> = asked.channels().collect();
    let channels = channels.iter().filter(|_| channels.len() > 1).map(|channel| Part::Channel(&channel.code));
    let strata = &asked.sample.strata;
    let strata = strata.iter().filter(|_| strata.len() > 1).map(|stratum| Part::Stratum(&stratum.code));
    let parts: Vec<Part<'_>> = std::iter::once(Part::Whole).chain(channels).chain(strata).collect();
    let means = parts.into_iter().flat_map(|part| asked.survey.factors().map(move |factor| mean(asked, factor, part)));
    SurveySample {
        code: asked.sample.code.clone(),
        label: asked.sample.label.clone(),
        note: asked.sample.note.clone(),
        means: means.collect(),
    }
}

fn mean(asked: &Asked<'_>, factor: &SurveyItem, part: Part<'_>) -> SurveyMean {
    let about = about(asked, factor, part);
    match asked.estimate(&factor.code, part) {
        Ok(estimate) => SurveyMean {
            answers_by_mark: estimate.tally().counts.map(|count| i64::try_from(count).unwrap_or(i64::MAX)).to_vec(),
            mean: Some((&estimate.mean).into()),
            variance: Some((&estimate.variance).into()),
            low: Some((&estimate.low()).into()),
            high: Some((&estimate.high()).into()),
            coverage: Some((&estimate.coverage).into()),
            suppressed_strata: i32::try_from(estimate.suppressed).unwrap_or(i32::MAX),
            provenance: convert::provenance_number(estimate.provenance()),
            ..about
        },
        Err(silent) => {
            let published = if part == Part::Whole { asked.published(factor) } else { None };
            let Some(published) = published else { return SurveyMean { missing_reason: asked.missing(silent).to_string(), ..about } };
            SurveyMean {
                mean: published.value.as_ref().ok().map(Into::into),
                published_mean: true,
                provenance: convert::provenance_number(published.explanation.provenance()),
                missing_reason: published.value.as_ref().err().map(ToString::to_string).unwrap_or_default(),
                ..about
            }
        }
    }
}

/// What a mean is about.
fn about(asked: &Asked<'_>, factor: &SurveyItem, part: Part<'_>) -> SurveyMean {
    let named = SurveyMean {
        factor_code: factor.code.clone(),
        factor_label: factor.label.clone(),
        overall: factor.kind == SurveyItemKind::Overall,
        ..SurveyMean::default()
    };
    match part {
        Part::Whole => named,
        Part::Channel(code) => {
            let label = asked.survey.channels().find(|channel| channel.code == code).map(|channel| channel.label.clone());
            SurveyMean { channel_code: code.to_owned(), channel_label: label.unwrap_or_default(), ..named }
        }
        Part::Stratum(code) => {
            let label = asked.sample.stratum(code).map(|stratum| stratum.label.clone());
            SurveyMean { stratum_code: code.to_owned(), stratum_label: label.unwrap_or_default(), ..named }
        }
    }
}
