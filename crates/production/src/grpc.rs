//! `piramide.production.v1.ProductionService`.

mod ages;
mod changes;
mod compare;
mod events;
mod flow;
mod moment;
mod plan;
mod subsidiarity;

use piramide_contracts::{
    convert,
    production::{
        CompareClosingsRequest, CompareClosingsResponse, CompareFlowsRequest, CompareFlowsResponse, FlowEffect, GetBacklogAgesRequest,
        GetBacklogAgesResponse, GetFlowsRequest, GetFlowsResponse, GetProductionPlanRequest, GetProductionPlanResponse,
        GetSubsidiarityRequest, GetSubsidiarityResponse, ProposedCoefficient, RecordEventsRequest, RecordEventsResponse,
        SimulateCoefficientsRequest, SimulateCoefficientsResponse, SimulateProductionPlanRequest, SimulateProductionPlanResponse,
        production_service_server::{ProductionService, ProductionServiceServer},
    },
};
use piramide_domain::{
    Handle, Recorder,
    events::stream::{self, Answers},
    refusal,
};
use piramide_measure::{Period, decimal};
use piramide_plan::{Product, catalogue::COEFFICIENT_SCALE};
use piramide_service::Server;
use tonic::{Code, Request, Response, Status, Streaming};

use self::flow::flow;
use crate::{
    Production,
    asked::Asked,
    simulation::{Overlay, Proposal, SimulationError},
};

/// Adds the contract to a server.
pub(crate) fn serve(server: Server, handle: Handle<Production>) -> Server {
    let recorder = Recorder::start(handle.clone());
    let service = ProductionServiceServer::new(Adapter { handle, recorder });
    let limit = server.message_limit();
    let server = server
        .until_drain("/piramide.production.v1.ProductionService/RecordEvents")
        .upload("/piramide.production.v1.ProductionService/RecordEvents");
    server.service(service.max_decoding_message_size(limit).max_encoding_message_size(limit))
}

struct Adapter {
    handle: Handle<Production>,
    recorder: Recorder,
}

#[tonic::async_trait]
impl ProductionService for Adapter {
    async fn get_flows(&self, request: Request<GetFlowsRequest>) -> Result<Response<GetFlowsResponse>, Status> {
        let request = request.into_inner();
        let question = self.handle.ask(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
        let asked = Asked::new(question.query(), question.state());
        let nodes = nodes(&asked, &request.node_code)?;
        Ok(Response::new(GetFlowsResponse {
            flows: nodes.into_iter().map(|node| flow(&asked, node)).collect::<Result<_, _>>()?,
            plan_version: question.plan().version().to_owned(),
            sequence: question.facts().sequence(),
        }))
    }

    async fn compare_flows(&self, request: Request<CompareFlowsRequest>) -> Result<Response<CompareFlowsResponse>, Status> {
        compare::get(&self.handle, request.into_inner()).await.map(Response::new)
    }

    async fn get_production_plan(&self, request: Request<GetProductionPlanRequest>) -> Result<Response<GetProductionPlanResponse>, Status> {
        plan::get(&self.handle, request.into_inner()).await.map(Response::new)
    }

    async fn simulate_production_plan(
        &self,
        request: Request<SimulateProductionPlanRequest>,
    ) -> Result<Response<SimulateProductionPlanResponse>, Status> {
        plan::simulate(&self.handle, request.into_inner()).await.map(Response::new)
    }

    async fn get_subsidiarity(&self, request: Request<GetSubsidiarityRequest>) -> Result<Response<GetSubsidiarityResponse>, Status> {
        subsidiarity::get(&self.handle, request.into_inner()).await.map(Response::new)
    }

    async fn get_backlog_ages(&self, request: Request<GetBacklogAgesRequest>) -> Result<Response<GetBacklogAgesResponse>, Status> {
        ages::get(&self.handle, request.into_inner()).await.map(Response::new)
    }

    async fn compare_closings(&self, request: Request<CompareClosingsRequest>) -> Result<Response<CompareClosingsResponse>, Status> {
        changes::compare(&self.handle, request.into_inner()).await.map(Response::new)
    }

    type RecordEventsStream = Answers<RecordEventsResponse>;

    async fn record_events(&self, request: Request<Streaming<RecordEventsRequest>>) -> Result<Response<Self::RecordEventsStream>, Status> {
        let contract = events::WorkEvents::new(self.handle.clone());
        Ok(Response::new(stream::record(contract, self.recorder.clone(), request.into_inner())))
    }

    async fn simulate_coefficients(
        &self,
        request: Request<SimulateCoefficientsRequest>,
    ) -> Result<Response<SimulateCoefficientsResponse>, Status> {
        let request = request.into_inner();
        let proposals = proposals(&request.proposals)?;
        let question = self.handle.ask(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
        let asked = Asked::new(question.query(), question.state());
        let overlay = Overlay::new(&asked, &proposals).map_err(|error| {
            let code = if matches!(error, SimulationError::TooLarge { .. }) { Code::OutOfRange } else { Code::InvalidArgument };
            refusal::field(code, "proposals", "PROPOSAL_REFUSED", error.to_string())
        })?;
        let simulated = asked.simulated(&overlay);
        let named = |node: &&Product| proposals.iter().any(|proposal| proposal.product == node.code);
        let catalogue = question.plan().catalogue();
        let grouped = |node: &&Product| {
            catalogue.products_of_outcome(&node.code).is_some_and(|products| products.iter().any(|product| overlay.touches(product)))
        };
        let in_tree = catalogue.iter().filter(|node| overlay.touches(&node.code) || named(node));
        let touched = in_tree.chain(catalogue.outcomes().filter(grouped));
        let effect = |node| Ok(FlowEffect { before: Some(flow(&asked, node)?), after: Some(flow(&simulated, node)?) });
        let effects = touched.map(effect).collect::<Result<_, Status>>()?;
        let (plan_version, sequence) = (question.plan().version().to_owned(), question.facts().sequence());
        Ok(Response::new(SimulateCoefficientsResponse { effects, plan_version, sequence }))
    }
}

/// A node of the catalogue.
fn node<'a>(asked: &Asked<'a>, code: &str) -> Result<&'a Product, Status> {
    asked.query.plan.catalogue().node(code).filter(|node| !node.is_staff()).ok_or_else(|| {
        let detail = format!("\"{code}\" is not a node of the catalogue of {}", asked.query.plan.version());
        refusal::field(Code::NotFound, "node_code", "NODE_UNKNOWN", detail)
    })
}

/// The most proposals of one simulation: more than a revision of the whole catalogue has.
const MOST_PROPOSALS: usize = 1_000;

/// The proposals of a request.
fn proposals(given: &[ProposedCoefficient]) -> Result<Vec<Proposal>, Status> {
    let refused = |field: &str, detail: String| refusal::field(Code::InvalidArgument, field, "PROPOSAL_REFUSED", detail);
    if given.is_empty() || given.len() > MOST_PROPOSALS {
        return Err(refused("proposals", format!("has {} proposals: give 1 to {MOST_PROPOSALS}", given.len())));
    }
    let read = |(place, proposal): (usize, &ProposedCoefficient)| {
        let field = |name: &str| format!("proposals.{place}.{name}");
        let period = convert::period(&field("first_month"), proposal.first_month.as_ref());
        let period = period.map_err(|invalid| refused(&invalid.field, invalid.cause))?;
        let Period::Month(first) = period else {
            return Err(refused(&field("first_month"), format!("{period} is not a month")));
        };
        let text = proposal.coefficient.as_ref().map_or("", |coefficient| coefficient.value.as_str());
        let coefficient =
            decimal::parse_minor_units(text, COEFFICIENT_SCALE).map_err(|error| refused(&field("coefficient"), error.to_string()))?;
        Ok(Proposal { product: proposal.product_code.clone(), first, coefficient })
    };
    given.iter().enumerate().map(read).collect()
}

/// The nodes asked for: all, or one and those right under it.
fn nodes<'a>(asked: &Asked<'a>, code: &str) -> Result<Vec<&'a Product>, Status> {
    let catalogue = asked.query.plan.catalogue();
    if code.is_empty() {
        return Ok(catalogue.iter().filter(|node| !node.is_staff()).chain(catalogue.outcomes()).collect());
    }
    let node = node(asked, code)?;
    Ok(std::iter::once(node).chain(catalogue.children(code).into_iter().filter(|child| !child.is_staff())).collect())
}
