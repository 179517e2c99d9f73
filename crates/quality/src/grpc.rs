//! `piramide.quality.v1.QualityService`.

mod answers;
mod comparison;
mod dashboard;
mod incentives;
mod surveys;

use piramide_contracts::{
    quality::{
        CompareIndicesRequest, CompareIndicesResponse, ExplainIncentiveRequest, ExplainIncentiveResponse, ExplainIndexRequest,
        ExplainIndexResponse, ExplainSurveyMeanRequest, ExplainSurveyMeanResponse, GetContributionsRequest, GetContributionsResponse,
        GetIncentivesRequest, GetIncentivesResponse, GetIndicesRequest, GetIndicesResponse, GetMeasuresRequest, GetMeasuresResponse,
        GetSurveysRequest, GetSurveysResponse, GetTrendRequest, GetTrendResponse, Measure, RecordAnswersRequest, RecordAnswersResponse,
        quality_service_server::{QualityService, QualityServiceServer},
    },
    types,
};
use piramide_domain::{
    Handle, Recorder,
    events::stream::{self, Answers},
};
use piramide_service::Server;
use tonic::{Request, Response, Status, Streaming};

use crate::{
    Quality,
    facts::{DENOMINATOR, NUMERATOR},
};

/// Adds the contract to a server.
pub(crate) fn serve(server: Server, handle: Handle<Quality>) -> Server {
    let recorder = Recorder::start(handle.clone());
    let service = QualityServiceServer::new(Adapter(handle, recorder));
    let limit = server.message_limit();
    let server =
        server.until_drain("/piramide.quality.v1.QualityService/RecordAnswers").upload("/piramide.quality.v1.QualityService/RecordAnswers");
    server.service(service.max_decoding_message_size(limit).max_encoding_message_size(limit))
}

struct Adapter(Handle<Quality>, Recorder);

#[tonic::async_trait]
impl QualityService for Adapter {
    async fn get_measures(&self, request: Request<GetMeasuresRequest>) -> Result<Response<GetMeasuresResponse>, Status> {
        let request = request.into_inner();
        let question = self.0.ask(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
        let query = question.query();
        let sum = |code: &str, quantity| query.total(code, quantity, code).value.ok().map(types::Exact::from);
        let measures = question.plan().measures().of_domain("quality").map(|measure| Measure {
            measure_code: measure.code.clone(),
            label: measure.label.clone(),
            unit: measure.unit.code().to_owned(),
            numerator: sum(&measure.code, NUMERATOR),
            denominator: sum(&measure.code, DENOMINATOR),
        });
        Ok(Response::new(GetMeasuresResponse {
            measures: measures.collect(),
            plan_version: question.plan().version().to_owned(),
            sequence: question.facts().sequence(),
        }))
    }

    async fn get_indices(&self, request: Request<GetIndicesRequest>) -> Result<Response<GetIndicesResponse>, Status> {
        dashboard::indices(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn explain_index(&self, request: Request<ExplainIndexRequest>) -> Result<Response<ExplainIndexResponse>, Status> {
        dashboard::explain(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn get_contributions(&self, request: Request<GetContributionsRequest>) -> Result<Response<GetContributionsResponse>, Status> {
        dashboard::contributions(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn compare_indices(&self, request: Request<CompareIndicesRequest>) -> Result<Response<CompareIndicesResponse>, Status> {
        comparison::compare(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn get_trend(&self, request: Request<GetTrendRequest>) -> Result<Response<GetTrendResponse>, Status> {
        comparison::trend(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn get_incentives(&self, request: Request<GetIncentivesRequest>) -> Result<Response<GetIncentivesResponse>, Status> {
        incentives::list(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn explain_incentive(&self, request: Request<ExplainIncentiveRequest>) -> Result<Response<ExplainIncentiveResponse>, Status> {
        incentives::explain(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn get_surveys(&self, request: Request<GetSurveysRequest>) -> Result<Response<GetSurveysResponse>, Status> {
        surveys::list(&self.0, request.into_inner()).await.map(Response::new)
    }

    async fn explain_survey_mean(&self, request: Request<ExplainSurveyMeanRequest>) -> Result<Response<ExplainSurveyMeanResponse>, Status> {
        surveys::explain(&self.0, request.into_inner()).await.map(Response::new)
    }

    type RecordAnswersStream = Answers<RecordAnswersResponse>;

    async fn record_answers(
        &self,
        request: Request<Streaming<RecordAnswersRequest>>,
    ) -> Result<Response<Self::RecordAnswersStream>, Status> {
        Ok(Response::new(stream::record(answers::Answers(self.0.clone()), self.1.clone(), request.into_inner())))
    }
}
