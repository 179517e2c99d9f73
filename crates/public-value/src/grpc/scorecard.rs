//! `piramide.scorecard.v1.ScorecardService`: every node of the pyramid is an indicator.

use std::pin::Pin;

use piramide_contracts::{
    convert,
    scorecard::{
        ExplainIndicatorRequest, ExplainIndicatorResponse, GetScorecardRequest, GetScorecardResponse, GetScorecardsRequest, Indicator,
        IndicatorResult, ListIndicatorsRequest, ListIndicatorsResponse, WatchRequest, WatchResponse,
        scorecard_service_server::ScorecardService,
    },
    types,
};
use piramide_measure::Unit;
use piramide_plan::Plan;
use tokio_stream::{Stream, StreamExt, wrappers::WatchStream};
use tonic::{Request, Response, Status};

use super::{Adapter, refusal};

#[tonic::async_trait]
impl ScorecardService for Adapter {
    async fn list_indicators(&self, request: Request<ListIndicatorsRequest>) -> Result<Response<ListIndicatorsResponse>, Status> {
        let plan = self.plans.choose(&request.get_ref().plan, None).map_err(|error| refusal::unknown_plan(&error))?;
        let indicators = plan.objectives().iter().map(|objective| {
            let definition = objective.indicator.as_ref().and_then(|indicator| plan.indicators().get(indicator));
            let direction = definition.map_or(piramide_measure::Direction::HigherIsBetter, |definition| definition.direction);
            Indicator {
                code: objective.code.clone(),
                label: objective.label.clone(),
                unit: definition.map_or(Unit::Index, |definition| definition.unit).code().to_owned(),
                direction: types::Direction::from(direction).into(),
            }
        });
        Ok(Response::new(ListIndicatorsResponse { indicators: indicators.collect() }))
    }

    async fn get_scorecard(&self, request: Request<GetScorecardRequest>) -> Result<Response<GetScorecardResponse>, Status> {
        self.measure(&request.into_inner()).await.map(Response::new)
    }

    type GetScorecardsStream = super::scorecards::Scorecards;

    async fn get_scorecards(&self, request: Request<GetScorecardsRequest>) -> Result<Response<Self::GetScorecardsStream>, Status> {
        super::scorecards::open(self.clone(), request.into_inner()).map(Response::new)
    }

    async fn explain_indicator(&self, request: Request<ExplainIndicatorRequest>) -> Result<Response<ExplainIndicatorResponse>, Status> {
        let request = request.into_inner();
        let question = self.question(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.clone())?;
        refuse_unknown(question.plan, std::slice::from_ref(&request.indicator_code))?;
        let (root, _) = self.build(&question).await?;
        let node = root.find(&request.indicator_code).ok_or_else(|| refusal::unknown_indicator(&request.indicator_code, question.plan))?;
        let nodes = convert::explanation_nodes(&node.explanation());
        Ok(Response::new(ExplainIndicatorResponse { result: Some((&node.outcome).into()), nodes }))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchResponse, Status>> + Send>>;

    async fn watch(&self, _request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let changes = WatchStream::new(self.upstream.changes());
        let domain = piramide_contracts::domains::PUBLIC_VALUE.name;
        Ok(Response::new(Box::pin(changes.map(move |sequence| Ok(WatchResponse { sequence, domain: domain.to_owned() })))))
    }
}

impl Adapter {
    /// The results of the nodes that are asked for, or of all of them.
    pub(super) async fn measure(&self, request: &GetScorecardRequest) -> Result<GetScorecardResponse, Status> {
        let question = self.question(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.clone())?;
        refuse_unknown(question.plan, &request.indicator_codes)?;
        let (root, domains) = self.build(&question).await?;
        let wanted = |code: &String| request.indicator_codes.is_empty() || request.indicator_codes.contains(code);
        let results =
            root.flat().into_iter().filter(|node| wanted(&node.outcome.code)).map(|node| IndicatorResult::from(&node.outcome)).collect();
        // The pyramid keeps no ledger: its sequence is how much the domains have recorded together.
        let sequence = domains.iter().map(|domain| domain.sequence).sum();
        let recorded_at = domains.into_iter().filter_map(|domain| domain.recorded_at).max_by_key(convert::micros);
        Ok(GetScorecardResponse { results, plan_version: question.plan.version().to_owned(), sequence, recorded_at })
    }
}

/// Refuses the first code that is no node of the plan.
pub(super) fn refuse_unknown(plan: &Plan, codes: &[String]) -> Result<(), Status> {
    match codes.iter().find(|code| plan.objectives().get(code).is_none()) {
        Some(unknown) => Err(refusal::unknown_indicator(unknown, plan)),
        None => Ok(()),
    }
}
