//! `piramide.scorecard.v1.ScorecardService`.

use piramide_contracts::{
    convert,
    scorecard::{
        ExplainIndicatorRequest, ExplainIndicatorResponse, GetScorecardRequest, GetScorecardResponse, GetScorecardsRequest, Indicator,
        IndicatorResult, ListIndicatorsRequest, ListIndicatorsResponse, WatchRequest, WatchResponse,
        scorecard_service_server::ScorecardService,
    },
    types,
};
use piramide_plan::{IndicatorDefinition, Plan};
use tokio_stream::{Stream, StreamExt, wrappers::WatchStream};
use tonic::{Code, Request, Response, Status};

use super::Adapter;
use crate::{Detail, Domain, Handle, Question, host::Host, refusal};

#[async_trait::async_trait]
impl<D: Domain> ScorecardService for Adapter<D> {
    async fn list_indicators(&self, request: Request<ListIndicatorsRequest>) -> Result<Response<ListIndicatorsResponse>, Status> {
        let plan = self.0.plan(&request.get_ref().plan, None)?;
        let indicators = plan.indicators().of_domain(D::IDENTITY.name).map(indicator).collect();
        Ok(Response::new(ListIndicatorsResponse { indicators }))
    }

    async fn get_scorecard(&self, request: Request<GetScorecardRequest>) -> Result<Response<GetScorecardResponse>, Status> {
        let request = request.into_inner();
        let handle = Handle(self.0.clone());
        let question = handle.ask(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
        let wanted = wanted::<D>(question.plan, &request.indicator_codes)?;
        Ok(Response::new(GetScorecardResponse {
            results: results(&self.0, &question, &wanted),
            plan_version: question.plan.version().to_owned(),
            sequence: question.facts().sequence(),
            recorded_at: question.facts().recorded_at().map(convert::timestamp),
        }))
    }

    type GetScorecardsStream = super::scorecards::Scorecards;

    async fn get_scorecards(&self, request: Request<GetScorecardsRequest>) -> Result<Response<Self::GetScorecardsStream>, Status> {
        super::scorecards::open(Handle(self.0.clone()), request.into_inner()).map(Response::new)
    }

    async fn explain_indicator(&self, request: Request<ExplainIndicatorRequest>) -> Result<Response<ExplainIndicatorResponse>, Status> {
        let request = request.into_inner();
        let handle = Handle(self.0.clone());
        let question = handle.ask(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
        let outcome = self.0.outcome(&question, defined::<D>(question.plan, &request.indicator_code)?, Detail::Derivation);
        let nodes = convert::explanation_nodes(&outcome.explanation);
        Ok(Response::new(ExplainIndicatorResponse { result: Some((&outcome).into()), nodes }))
    }

    type WatchStream = std::pin::Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

    async fn watch(&self, _request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let changes = WatchStream::new(self.0.changes());
        Ok(Response::new(Box::pin(changes.map(|sequence| Ok(WatchResponse { sequence, domain: D::IDENTITY.name.to_owned() })))))
    }
}

fn indicator(definition: &IndicatorDefinition) -> Indicator {
    Indicator {
        code: definition.code.clone(),
        label: definition.label.clone(),
        unit: definition.unit.code().to_owned(),
        direction: types::Direction::from(definition.direction).into(),
    }
}

/// The results of a structure.
pub(super) fn results<D: Domain>(host: &Host<D>, question: &Question<'_, D>, wanted: &[&IndicatorDefinition]) -> Vec<IndicatorResult> {
    wanted.iter().map(|indicator| IndicatorResult::from(&host.outcome(question, indicator, Detail::Figure))).collect()
}

/// The indicators of those codes, or all of the domain.
pub(super) fn wanted<'a, D: Domain>(plan: &'a Plan, codes: &[String]) -> Result<Vec<&'a IndicatorDefinition>, Status> {
    if codes.is_empty() {
        return Ok(plan.indicators().of_domain(D::IDENTITY.name).collect());
    }
    codes.iter().map(|code| defined::<D>(plan, code)).collect()
}

fn defined<'a, D: Domain>(plan: &'a Plan, code: &str) -> Result<&'a IndicatorDefinition, Status> {
    let ours = code.split('.').next() == Some(D::IDENTITY.name);
    let found = plan.indicators().get(code).filter(|_| ours);
    let unknown = || {
        let detail = format!("\"{code}\" is not an indicator of {} in {}", D::IDENTITY.name, plan.version());
        refusal::field(Code::NotFound, "indicator_code", "INDICATOR_UNKNOWN", detail)
    };
    found.ok_or_else(unknown)
}
