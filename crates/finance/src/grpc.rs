//! `piramide.finance.v1.FinanceService`.

use piramide_contracts::{
    finance::{
        GetStatementRequest, GetStatementResponse, StatementLine,
        finance_service_server::{FinanceService, FinanceServiceServer},
    },
    types,
};
use piramide_domain::{Handle, Query};
use piramide_plan::Item;
use piramide_service::Server;
use tonic::{Request, Response, Status};

use crate::{Finance, indicators::ieep};

/// Adds the contract to a server.
pub(crate) fn serve(server: Server, handle: Handle<Finance>) -> Server {
    let service = FinanceServiceServer::new(Adapter(handle));
    let limit = server.message_limit();
    server.service(service.max_decoding_message_size(limit).max_encoding_message_size(limit))
}

struct Adapter(Handle<Finance>);

#[tonic::async_trait]
impl FinanceService for Adapter {
    async fn get_statement(&self, request: Request<GetStatementRequest>) -> Result<Response<GetStatementResponse>, Status> {
        let request = request.into_inner();
        let question = self.0.ask(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
        let query = question.query();
        Ok(Response::new(GetStatementResponse {
            lines: question.plan().items().iter().map(|item| line(&query, item)).collect(),
            plan_version: question.plan().version().to_owned(),
            sequence: question.facts().sequence(),
        }))
    }
}

fn line(query: &Query<'_>, item: &Item) -> StatementLine {
    let target = query.plan.target(&ieep::indicator_code(query.plan, &item.code), query.structure, query.period);
    StatementLine {
        item_code: item.code.clone(),
        parent_code: item.parent.clone().unwrap_or_default(),
        label: item.label.clone(),
        sign: i32::from(item.sign),
        amount: ieep::item(query, &item.code, &item.label).value.ok().map(types::Exact::from),
        target: target.map(|reference| types::Exact::from(reference.target)),
        weight: item.weight.as_ref().map(types::Exact::from),
    }
}
