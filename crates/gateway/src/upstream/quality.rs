//! What is asked of quality alone.

use piramide_contracts::{
    domains::QUALITY,
    quality::{
        Beside, CompareIndicesRequest, CompareIndicesResponse, ExplainIncentiveRequest, ExplainIncentiveResponse, ExplainIndexRequest,
        ExplainIndexResponse, ExplainSurveyMeanRequest, ExplainSurveyMeanResponse, GetContributionsRequest, GetContributionsResponse,
        GetIncentivesRequest, GetIncentivesResponse, GetIndicesRequest, GetIndicesResponse, GetSurveysRequest, GetSurveysResponse,
        GetTrendRequest, GetTrendResponse, RecordAnswersRequest, RecordAnswersResponse, Reference,
    },
};

use tonic::{Response, Status};

use super::{Upstream, ask};
use crate::{problem::Problem, question::Question};

impl Upstream {
    /// The indices of a node of the dashboard and of all below it; without a node, of every section.
    pub(crate) async fn get_indices(&self, question: &Question, node: String) -> Result<GetIndicesResponse, Problem> {
        let mut client = self.quality(QUALITY)?;
        let message = GetIndicesRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            node_code: node,
        };
        ask(QUALITY, self.budgets.of(question), message, |request| async move { client.get_indices(request).await }).await
    }

    /// How an index was reached.
    pub(crate) async fn explain_index(
        &self,
        question: &Question,
        node: String,
        reference: Reference,
    ) -> Result<ExplainIndexResponse, Problem> {
        let mut client = self.quality(QUALITY)?;
        let message = ExplainIndexRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            node_code: node,
            reference: reference.into(),
        };
        ask(QUALITY, self.budgets.of(question), message, |request| async move { client.explain_index(request).await }).await
    }

    /// What moved an index.
    pub(crate) async fn get_contributions(
        &self,
        question: &Question,
        node: String,
        reference: Reference,
    ) -> Result<GetContributionsResponse, Problem> {
        let mut client = self.quality(QUALITY)?;
        let message = GetContributionsRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            node_code: node,
            reference: reference.into(),
        };
        ask(QUALITY, self.budgets.of(question), message, |request| async move { client.get_contributions(request).await }).await
    }

    /// The incentives that rest on the indices.
    pub(crate) async fn get_incentives(&self, question: &Question) -> Result<GetIncentivesResponse, Problem> {
        let mut client = self.quality(QUALITY)?;
        let message = GetIncentivesRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
        };
        ask(QUALITY, self.budgets.of(question), message, |request| async move { client.get_incentives(request).await }).await
    }

    /// Why an incentive is reached or not.
    pub(crate) async fn explain_incentive(&self, question: &Question, incentive: String) -> Result<ExplainIncentiveResponse, Problem> {
        let mut client = self.quality(QUALITY)?;
        let message = ExplainIncentiveRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            incentive_code: incentive,
        };
        ask(QUALITY, self.budgets.of(question), message, |request| async move { client.explain_incentive(request).await }).await
    }

    /// How a structure stands beside others.
    pub(crate) async fn compare_indices(
        &self,
        question: &Question,
        node: String,
        reference: Reference,
        beside: Beside,
    ) -> Result<CompareIndicesResponse, Problem> {
        let mut client = self.quality(QUALITY)?;
        let message = CompareIndicesRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            node_code: node,
            reference: reference.into(),
            beside: beside.into(),
        };
        ask(QUALITY, self.budgets.of(question), message, |request| async move { client.compare_indices(request).await }).await
    }

    /// An index month by month.
    pub(crate) async fn get_trend(&self, question: &Question, node: String) -> Result<GetTrendResponse, Problem> {
        let mut client = self.quality(QUALITY)?;
        let message = GetTrendRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            node_code: node,
        };
        ask(QUALITY, self.budgets.of(question), message, |request| async move { client.get_trend(request).await }).await
    }

    /// What users and staff say: one survey, or all of them without a code.
    pub(crate) async fn get_surveys(&self, question: &Question, survey: String) -> Result<GetSurveysResponse, Problem> {
        let mut client = self.quality(QUALITY)?;
        let message = GetSurveysRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            survey_code: survey,
        };
        ask(QUALITY, self.budgets.of(question), message, |request| async move { client.get_surveys(request).await }).await
    }

    /// Records single answers: one chunk, answered once it is durable.
    pub(crate) async fn record_answers(&self, chunk: RecordAnswersRequest) -> Result<RecordAnswersResponse, Problem> {
        let mut client = self.quality(QUALITY)?;
        let record = |request| async move {
            let mut settled = client.record_answers(request).await?.into_inner();
            let recorded = settled.message().await?;
            recorded.map(Response::new).ok_or_else(|| Status::unavailable("the stream ended before the answers were recorded"))
        };
        ask(QUALITY, self.budgets.write, tokio_stream::iter([chunk]), record).await
    }

    /// How the mean of a factor was reached, by survey, sample and factor.
    pub(crate) async fn explain_survey_mean(&self, question: &Question, codes: [String; 3]) -> Result<ExplainSurveyMeanResponse, Problem> {
        let mut client = self.quality(QUALITY)?;
        let [survey_code, sample_code, factor_code] = codes;
        let message = ExplainSurveyMeanRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            survey_code,
            sample_code,
            factor_code,
        };
        ask(QUALITY, self.budgets.of(question), message, |request| async move { client.explain_survey_mean(request).await }).await
    }
}
