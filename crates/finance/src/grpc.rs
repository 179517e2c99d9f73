//! `piramide.finance.v1.FinanceService`.

mod accounts;
mod assets;
mod changes;
mod costs;
mod reconcile;
mod spending;
mod standard_costs;

use piramide_contracts::{
    convert,
    finance::{
        CompareClosingsRequest, CompareClosingsResponse, GetAccountsRequest, GetAccountsResponse, GetAssetsRequest, GetAssetsResponse,
        GetCostStatementRequest, GetCostStatementResponse, GetSpendingRequest, GetSpendingResponse, GetStandardCostsRequest,
        GetStandardCostsResponse, GetStatementRequest, GetStatementResponse, ReconcileRequest, ReconcileResponse, StatementLine,
        StructureStatement, UnsquaredPlace,
        finance_service_server::{FinanceService, FinanceServiceServer},
    },
    types,
};
use piramide_domain::{Handle, at_length, refusal};
use piramide_measure::{Exact, Missing};
use piramide_plan::Plan;
use piramide_service::Server;
use tonic::{Code, Request, Response, Status};

use crate::{
    Finance,
    asked::Asked,
    statement::{self, Beside, Gap, Judged, Line},
};

/// The most places at which a line says that it does not square; the line's own figure counts all of them.
const MOST_PLACES: usize = 20;

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
        let GetStatementRequest { structure_code, period, plan, as_of, assignee_code } = request.into_inner();
        let question = self.0.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
        let plan = question.plan();
        let assignment = match assignee_code.as_str() {
            "" => None,
            code => Some(plan.assignments().of(code).ok_or_else(|| unknown_assignee(plan, code))?),
        };
        let (query, state) = (question.query(), question.state());
        let made = at_length(|| Asked::make_sums(&query, state, plan));
        let query = Asked::with_sums(query, state, made.as_ref());
        let drawn = statement::statement(&query, assignment);
        let (weighted, weighted_missing_reason) = known(&drawn.weighted.value);
        Ok(Response::new(GetStatementResponse {
            lines: drawn.lines.iter().map(line).collect(),
            plan_version: plan.version().to_owned(),
            sequence: question.facts().sequence(),
            total: Some(judged(&drawn.total)),
            weighted_realisation: weighted,
            weighted_missing_reason,
            assignee_label: assignment.map(|assignment| assignment.label.clone()).unwrap_or_default(),
            structures: drawn.below.iter().map(structure).collect(),
            assignees: plan.assignments().iter().map(assignee).collect(),
        }))
    }

    async fn get_cost_statement(&self, request: Request<GetCostStatementRequest>) -> Result<Response<GetCostStatementResponse>, Status> {
        Ok(Response::new(costs::get(&self.0, request.into_inner()).await?))
    }

    async fn get_standard_costs(&self, request: Request<GetStandardCostsRequest>) -> Result<Response<GetStandardCostsResponse>, Status> {
        Ok(Response::new(standard_costs::get(&self.0, request.into_inner()).await?))
    }

    async fn compare_closings(&self, request: Request<CompareClosingsRequest>) -> Result<Response<CompareClosingsResponse>, Status> {
        Ok(Response::new(changes::compare(&self.0, request.into_inner()).await?))
    }

    async fn get_spending(&self, request: Request<GetSpendingRequest>) -> Result<Response<GetSpendingResponse>, Status> {
        Ok(Response::new(spending::get(&self.0, request.into_inner()).await?))
    }

    async fn get_accounts(&self, request: Request<GetAccountsRequest>) -> Result<Response<GetAccountsResponse>, Status> {
        Ok(Response::new(accounts::get(&self.0, request.into_inner()).await?))
    }

    async fn get_assets(&self, request: Request<GetAssetsRequest>) -> Result<Response<GetAssetsResponse>, Status> {
        Ok(Response::new(assets::get(&self.0, request.into_inner()).await?))
    }

    async fn reconcile(&self, request: Request<ReconcileRequest>) -> Result<Response<ReconcileResponse>, Status> {
        Ok(Response::new(reconcile::reconcile(&self.0, request.into_inner()).await?))
    }
}

fn unknown_assignee(plan: &Plan, code: &str) -> Status {
    let known: Vec<&str> = plan.assignments().iter().map(|assignment| assignment.assignee.as_str()).collect();
    let known = if known.is_empty() { "no items to anyone".to_owned() } else { format!("items to {}", known.join(", ")) };
    let detail = format!("{} assigns {known}; not to \"{code}\"", plan.version());
    refusal::field(Code::NotFound, "assignee_code", "ASSIGNEE_UNKNOWN", detail)
}

fn assignee(assignment: &piramide_plan::Assignment) -> piramide_contracts::finance::Assignee {
    piramide_contracts::finance::Assignee { code: assignment.assignee.clone(), label: assignment.label.clone() }
}

/// A number, or why it is missing.
fn known(value: &Result<Exact, Missing>) -> (Option<types::Exact>, String) {
    (value.as_ref().ok().map(types::Exact::from), value.as_ref().err().map(ToString::to_string).unwrap_or_default())
}

fn judged(of: &Judged) -> piramide_contracts::finance::JudgedAmount {
    let (actual, missing_reason) = known(&of.actual);
    piramide_contracts::finance::JudgedAmount {
        actual,
        target: of.target.as_ref().map(types::Exact::from),
        deviation: of.deviation.as_ref().map(types::Exact::from),
        realisation: of.realisation.as_ref().map(types::Exact::from),
        direction: types::Direction::from(of.direction).into(),
        provenance: convert::provenance_number(of.provenance),
        missing_reason,
    }
}

fn line(of: &Line<'_>) -> StatementLine {
    let amounts = judged(&of.judged);
    StatementLine {
        item_code: of.item.code.clone(),
        parent_code: of.item.parent.clone().unwrap_or_default(),
        label: of.item.label.clone(),
        sign: i32::from(of.item.sign),
        amount: amounts.actual.clone(),
        target: amounts.target.clone(),
        weight: of.item.weight.as_ref().map(types::Exact::from),
        judged: Some(amounts),
        indicator_code: of.indicator.clone(),
        unsquared: (!of.gaps.is_empty()).then(|| types::Exact::from(of.gaps.iter().map(|gap| &gap.recorded - &gap.parts).sum::<Exact>())),
        unsquared_places: of.gaps.iter().take(MOST_PLACES).map(place).collect(),
        unsquared_count: i32::try_from(of.gaps.len()).unwrap_or(i32::MAX),
    }
}

fn place(gap: &Gap) -> UnsquaredPlace {
    UnsquaredPlace {
        structure_code: gap.structure.clone(),
        period: Some(gap.period.into()),
        recorded: Some((&gap.recorded).into()),
        parts: Some((&gap.parts).into()),
    }
}

fn structure(of: &Beside<'_>) -> StructureStatement {
    StructureStatement {
        structure_code: of.structure.code.clone(),
        structure_name: of.structure.name.clone(),
        has_children: of.has_children,
        total: Some(judged(&of.total)),
        weighted_realisation: known(&of.weighted).0,
    }
}
