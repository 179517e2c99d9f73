//! `piramide.production.v1.ProductionService`.

use piramide_contracts::production::{
    Flow, GetFlowsRequest, GetFlowsResponse,
    production_service_server::{ProductionService, ProductionServiceServer},
};
use piramide_domain::{Handle, Query};
use piramide_plan::Product;
use piramide_service::Server;
use tonic::{Request, Response, Status};

use crate::{
    Production,
    facts::{CANCELLED, CLOSING_BACKLOG, COMPLETED, COMPLETED_AUTOMATICALLY, OPENING_BACKLOG, RECEIVED, TRANSFERRED_IN, TRANSFERRED_OUT},
};

/// Adds the contract to a server.
pub(crate) fn serve(server: Server, handle: Handle<Production>) -> Server {
    let service = ProductionServiceServer::new(Adapter(handle));
    let limit = server.message_limit();
    server.service(service.max_decoding_message_size(limit).max_encoding_message_size(limit))
}

struct Adapter(Handle<Production>);

#[tonic::async_trait]
impl ProductionService for Adapter {
    async fn get_flows(&self, request: Request<GetFlowsRequest>) -> Result<Response<GetFlowsResponse>, Status> {
        let request = request.into_inner();
        let question = self.0.ask(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
        let query = question.query();
        Ok(Response::new(GetFlowsResponse {
            flows: question.plan().catalogue().iter().filter(|node| !node.is_staff()).map(|node| flow(&query, node)).collect(),
            plan_version: question.plan().version().to_owned(),
            sequence: question.facts().sequence(),
        }))
    }
}

/// Where in the period a quantity is read: flows over all of it, stocks at one end.
#[derive(Clone, Copy)]
enum Read {
    Whole,
    Start,
    End,
}

fn flow(query: &Query<'_>, node: &Product) -> Flow {
    let sum = |quantity, read| pieces(query, &node.code, quantity, read);
    Flow {
        node_code: node.code.clone(),
        parent_code: node.parent.clone().unwrap_or_default(),
        label: node.label.clone(),
        received: sum(RECEIVED, Read::Whole),
        completed: sum(COMPLETED, Read::Whole),
        completed_automatically: sum(COMPLETED_AUTOMATICALLY, Read::Whole),
        cancelled: sum(CANCELLED, Read::Whole),
        transferred_in: sum(TRANSFERRED_IN, Read::Whole),
        transferred_out: sum(TRANSFERRED_OUT, Read::Whole),
        opening_backlog: sum(OPENING_BACKLOG, Read::Start),
        closing_backlog: sum(CLOSING_BACKLOG, Read::End),
    }
}

/// The sum over the products under a node; `None` when none of them has a fact.
fn pieces(query: &Query<'_>, node: &str, quantity: usize, read: Read) -> Option<i64> {
    let products = query.plan.catalogue().products_under(node);
    let known: Vec<i64> = products
        .into_iter()
        .flat_map(|product| {
            let facts: Vec<_> = query.recorded(&product.code).filter(|fact| fact.value(quantity).is_some()).collect();
            let first = facts.iter().map(|fact| fact.first).min();
            let last = facts.iter().map(|fact| fact.last).max();
            facts.into_iter().filter_map(move |fact| match read {
                Read::Whole => fact.value(quantity),
                Read::Start => fact.value(quantity).filter(|_| Some(fact.first) == first),
                Read::End => fact.value(quantity).filter(|_| Some(fact.last) == last),
            })
        })
        .collect();
    known.into_iter().try_fold(None, |sum: Option<i64>, value| sum.unwrap_or_default().checked_add(value).map(Some)).flatten()
}
