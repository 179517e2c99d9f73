//! `piramide.production.v1.ProductionService`.

mod ages;
mod changes;
mod events;
mod moment;
mod plan;
mod subsidiarity;

use piramide_contracts::{
    convert,
    production::{
        CompareClosingsRequest, CompareClosingsResponse, CompareFlowsRequest, CompareFlowsResponse, Flow, FlowEffect,
        GetBacklogAgesRequest, GetBacklogAgesResponse, GetFlowsRequest, GetFlowsResponse, GetProductionPlanRequest,
        GetProductionPlanResponse, GetSubsidiarityRequest, GetSubsidiarityResponse, ProposedCoefficient, RecordEventsRequest,
        RecordEventsResponse, Scope, SimulateCoefficientsRequest, SimulateCoefficientsResponse, SimulateProductionPlanRequest,
        SimulateProductionPlanResponse, StructureFlow,
        production_service_server::{ProductionService, ProductionServiceServer},
    },
    types,
};
use piramide_domain::{
    Handle, Measured, Query, Recorder,
    events::stream::{self, Answers},
    refusal,
};
use piramide_measure::{Period, decimal};
use piramide_plan::{Product, catalogue::COEFFICIENT_SCALE};
use piramide_service::Server;
use tonic::{Code, Request, Response, Status, Streaming};

use crate::{
    Production,
    asked::Asked,
    facts::{CANCELLED, CLOSING_BACKLOG, COMPLETED, COMPLETED_AUTOMATICALLY, OPENING_BACKLOG, RECEIVED, TRANSFERRED_IN, TRANSFERRED_OUT},
    indicators::{automation, backlog, clearance, points, productivity},
    simulation::{Overlay, Proposal, SimulationError},
    state::{self, MEASURES, STAFF_MONTHS, Sums},
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
        let request = request.into_inner();
        let question = self.handle.ask(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
        let asked = Asked::new(question.query(), question.state());
        let node = node(&asked, &request.node_code)?;
        let (cluster, others) = beside(&asked.query, request.scope())?;
        let structures = std::iter::once(asked.query.structure).chain(others);
        let flows = structures.map(|structure| structure_flow(&asked.of_structure(structure), node)).collect::<Result<_, _>>()?;
        let (plan_version, sequence) = (question.plan().version().to_owned(), question.facts().sequence());
        Ok(Response::new(CompareFlowsResponse { flows, cluster, plan_version, sequence }))
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

/// The structures that stand beside the one asked for, with the cluster they share.
fn beside<'a>(query: &Query<'a>, scope: Scope) -> Result<(String, Vec<&'a str>), Status> {
    let (plan, asked) = (query.plan, query.structure);
    match scope {
        Scope::Unspecified => {
            Err(refusal::field(Code::InvalidArgument, "scope", "SCOPE_MISSING", "say which structures to compare: children or peers"))
        }
        Scope::Children => {
            let children = plan.structures().children(asked, query.period.last_calendar_month());
            Ok((String::new(), children.into_iter().map(|child| child.code.as_str()).collect()))
        }
        Scope::Peers => {
            let clusters = plan.clusters();
            // The clusters of production first; a plan that has none compares as its other clusters do.
            let mut purposes: Vec<&str> = clusters.purposes().collect();
            purposes.sort_by_key(|purpose| *purpose != "production");
            let found = purposes.into_iter().find_map(|purpose| Some((purpose, clusters.cluster_of(purpose, asked)?)));
            let Some((purpose, cluster)) = found else { return Ok(Default::default()) };
            let peers = clusters.members(purpose, cluster).into_iter().filter(|member| *member != asked);
            Ok((format!("{purpose} {cluster}"), peers.collect()))
        }
    }
}

fn structure_flow(asked: &Asked<'_>, node: &Product) -> Result<StructureFlow, Status> {
    let (structures, code) = (asked.query.plan.structures(), asked.query.structure);
    Ok(StructureFlow {
        structure_code: code.to_owned(),
        structure_name: structures.get(code).map(|structure| structure.name.clone()).unwrap_or_default(),
        has_children: !structures.children(code, asked.query.period.last_calendar_month()).is_empty(),
        flow: Some(flow(asked, node)?),
    })
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

fn flow(asked: &Asked<'_>, node: &Product) -> Result<Flow, Status> {
    let fits = |sums: Option<Sums>| sums.ok_or_else(|| too_large(&node.code));
    let (whole, end) = (fits(asked.sums(&node.code))?, fits(asked.sums_waiting(&node.code))?);
    let start = fits(asked.sums_at_start(&node.code))?;
    let value = |measured: Measured| measured.value.ok().map(|value| types::Exact::from(&value));
    let catalogue = asked.query.plan.catalogue();
    let is_total = catalogue.is_root(&node.code);
    let above = node.parent.as_deref().and_then(|parent| catalogue.node(parent));
    let provenance = state::provenance(&whole, (0..MEASURES).filter(|measure| *measure != STAFF_MONTHS));
    Ok(Flow {
        node_code: node.code.clone(),
        parent_code: node.parent.clone().unwrap_or_default(),
        parent_label: above.map(|above| above.label.clone()).unwrap_or_default(),
        label: node.label.clone(),
        received: whole.sum(RECEIVED),
        completed: whole.sum(COMPLETED),
        completed_automatically: whole.sum(COMPLETED_AUTOMATICALLY),
        cancelled: whole.sum(CANCELLED),
        transferred_in: whole.sum(TRANSFERRED_IN),
        transferred_out: whole.sum(TRANSFERRED_OUT),
        opening_backlog: start.sum(OPENING_BACKLOG),
        closing_backlog: end.sum(CLOSING_BACKLOG),
        homogenised_points: value(points::homogenised_points(asked, &node.code, &node.label)),
        clearance_ratio: value(clearance::clearance_ratio(asked, &node.code, &node.label)),
        clearance_ratio_points: value(clearance::clearance_ratio_points(asked, &node.code, &node.label)),
        backlog_points: value(backlog::backlog_points(asked, &node.code)),
        backlog_days: value(backlog::backlog_days(asked, &node.code, &node.label)),
        disposition_days: value(backlog::disposition_time(asked, &node.code, &node.label)),
        automation_share: value(automation::automation_share(asked, &node.code, &node.label)),
        provenance: provenance.map_or(types::Provenance::Unspecified, Into::into).into(),
        productivity: is_total.then(|| value(productivity::productivity(asked, &node.code, &node.label))).flatten(),
        plan_realisation: value(points::plan_realisation(asked, &node.code, &node.label)),
        has_children: !catalogue.children(&node.code).is_empty(),
        is_outcome: catalogue.products_of_outcome(&node.code).is_some(),
    })
}

/// Pieces cross the wire in 64 bits.
fn too_large(node: &str) -> Status {
    refusal::field(Code::OutOfRange, "node_code", "SUM_TOO_LARGE", format!("the pieces of {node} may not fit in 64 bits"))
}
