//! Every question that the gateway puts to a service.

use piramide_contracts::{
    batch,
    convert::Invalid,
    domains::{Domain, PRODUCTION, PUBLIC_VALUE},
    ledger::{
        BatchHeader, ClosePeriodRequest, Closing, FactRow, GetBatchRequest, ListClosingsRequest, ListFeedsRequest, ListFeedsResponse,
        Receipt, VerifyChainRequest, VerifyChainResponse,
    },
    plan::{GetStructureRequest, Structure},
    production::{
        CompareFlowsRequest, CompareFlowsResponse, GetBacklogAgesRequest, GetBacklogAgesResponse, GetFlowsRequest, GetFlowsResponse,
        GetProductionPlanRequest, GetProductionPlanResponse, GetSubsidiarityRequest, GetSubsidiarityResponse, ProposedCoefficient, Scope,
        SimulateCoefficientsRequest, SimulateCoefficientsResponse, SimulateProductionPlanRequest, SimulateProductionPlanResponse,
    },
    publicvalue::{GetImpactRequest, GetImpactResponse, GetPyramidRequest, GetPyramidResponse, HeardOf},
    scorecard::{ExplainIndicatorRequest, ExplainIndicatorResponse, GetScorecardRequest, GetScorecardResponse},
    types,
};

use super::{Upstream, ask};
use crate::{
    problem::Problem,
    question::{Assumption, Question},
};

impl Upstream {
    /// The pyramid, at least as new as what was heard of the domains.
    pub(crate) async fn get_pyramid(&self, question: &Question, heard_of: Vec<HeardOf>) -> Result<GetPyramidResponse, Problem> {
        let mut client = self.public_value(PUBLIC_VALUE)?;
        let message = GetPyramidRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            heard_of,
        };
        ask(PUBLIC_VALUE, self.budgets.of(question), message, |request| async move { client.get_pyramid(request).await }).await
    }

    /// The impact of products, at least as new as what was heard of the domains.
    pub(crate) async fn get_impact(&self, question: &Question, heard_of: Vec<HeardOf>) -> Result<GetImpactResponse, Problem> {
        let mut client = self.public_value(PUBLIC_VALUE)?;
        let message = GetImpactRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            heard_of,
        };
        ask(PUBLIC_VALUE, self.budgets.of(question), message, |request| async move { client.get_impact(request).await }).await
    }

    /// A domain's results: all of them, or those of the codes.
    pub(crate) async fn get_scorecard(
        &self,
        domain: Domain,
        question: &Question,
        codes: Vec<String>,
    ) -> Result<GetScorecardResponse, Problem> {
        let mut client = self.scorecard(domain)?;
        let message = GetScorecardRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            indicator_codes: codes,
        };
        ask(domain, self.budgets.of(question), message, |request| async move { client.get_scorecard(request).await }).await
    }

    /// The flow of work at a node of the catalogue and at the nodes right under it; without a node, at all of them.
    pub(crate) async fn get_flows(&self, question: &Question, node: String) -> Result<GetFlowsResponse, Problem> {
        let mut client = self.production(PRODUCTION)?;
        let message = GetFlowsRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            node_code: node,
        };
        ask(PRODUCTION, self.budgets.of(question), message, |request| async move { client.get_flows(request).await }).await
    }

    /// The flow of work at a node for a structure and those beside it.
    pub(crate) async fn compare_flows(&self, question: &Question, node: String, scope: Scope) -> Result<CompareFlowsResponse, Problem> {
        let mut client = self.production(PRODUCTION)?;
        let message = CompareFlowsRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            node_code: node,
            scope: scope.into(),
        };
        ask(PRODUCTION, self.budgets.of(question), message, |request| async move { client.compare_flows(request).await }).await
    }

    /// The flows that other coefficients would touch, as they are and as they would be.
    pub(crate) async fn simulate_coefficients(
        &self,
        question: &Question,
        proposals: Vec<ProposedCoefficient>,
    ) -> Result<SimulateCoefficientsResponse, Problem> {
        let mut client = self.production(PRODUCTION)?;
        let message = SimulateCoefficientsRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            proposals,
        };
        ask(PRODUCTION, self.budgets.of(question), message, |request| async move { client.simulate_coefficients(request).await }).await
    }

    /// The production plan of a structure for a year.
    pub(crate) async fn get_production_plan(&self, question: &Question) -> Result<GetProductionPlanResponse, Problem> {
        let mut client = self.production(PRODUCTION)?;
        let message = GetProductionPlanRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
        };
        ask(PRODUCTION, self.budgets.of(question), message, |request| async move { client.get_production_plan(request).await }).await
    }

    /// The production plan of a structure as it is and as it would be.
    pub(crate) async fn simulate_production_plan(
        &self,
        question: &Question,
        assumed: Assumption,
    ) -> Result<SimulateProductionPlanResponse, Problem> {
        let mut client = self.production(PRODUCTION)?;
        let decimal = |value: Option<String>| value.map(|value| types::Decimal { value });
        let message = SimulateProductionPlanRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            received_percent: decimal(assumed.received_percent),
            node_code: assumed.area,
            staff_fte: decimal(assumed.staff_fte),
        };
        ask(PRODUCTION, self.budgets.of(question), message, |request| async move { client.simulate_production_plan(request).await }).await
    }

    /// Who helps whom.
    pub(crate) async fn get_subsidiarity(&self, question: &Question) -> Result<GetSubsidiarityResponse, Problem> {
        let mut client = self.production(PRODUCTION)?;
        let message = GetSubsidiarityRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
        };
        ask(PRODUCTION, self.budgets.of(question), message, |request| async move { client.get_subsidiarity(request).await }).await
    }

    /// How old what waits at a node is.
    pub(crate) async fn get_backlog_ages(&self, question: &Question, node: String) -> Result<GetBacklogAgesResponse, Problem> {
        let mut client = self.production(PRODUCTION)?;
        let message = GetBacklogAgesRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            node_code: node,
        };
        ask(PRODUCTION, self.budgets.of(question), message, |request| async move { client.get_backlog_ages(request).await }).await
    }

    /// An indicator's result and its derivation.
    pub(crate) async fn explain(&self, domain: Domain, question: &Question, code: &str) -> Result<ExplainIndicatorResponse, Problem> {
        let mut client = self.scorecard(domain)?;
        let message = ExplainIndicatorRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            indicator_code: code.to_owned(),
        };
        ask(domain, self.budgets.of(question), message, |request| async move { client.explain_indicator(request).await }).await
    }

    /// One structure.
    pub(crate) async fn get_structure(&self, plan: String, code: String) -> Result<Structure, Problem> {
        let mut client = self.plans(PUBLIC_VALUE)?;
        let message = GetStructureRequest { plan, structure_code: code };
        let answer = ask(PUBLIC_VALUE, self.budgets.read, message, |request| async move { client.get_structure(request).await });
        present(PUBLIC_VALUE, "structure", answer.await?.structure)
    }

    /// Submits a batch and answers its receipt and whether it had been recorded before. A `large` one may take longer.
    pub(crate) async fn submit(
        &self,
        domain: Domain,
        header: BatchHeader,
        rows: Vec<FactRow>,
        large: bool,
    ) -> Result<(Receipt, bool), Problem> {
        let mut client = self.ledger(domain)?;
        let budget = if large { self.budgets.upload } else { self.budgets.write };
        let messages = tokio_stream::iter(batch::messages(header, &rows));
        let answer = ask(domain, budget, messages, |request| async move { client.submit_batch(request).await }).await?;
        Ok((present(domain, "receipt", answer.receipt)?, answer.replayed))
    }

    /// The receipt of a batch.
    pub(crate) async fn get_batch(&self, domain: Domain, batch_id: String) -> Result<Receipt, Problem> {
        let mut client = self.ledger(domain)?;
        let answer = ask(domain, self.budgets.read, GetBatchRequest { batch_id }, |request| async move { client.get_batch(request).await });
        present(domain, "receipt", answer.await?.receipt)
    }

    /// Closes a period.
    pub(crate) async fn close_period(&self, domain: Domain, closing: ClosePeriodRequest) -> Result<Closing, Problem> {
        let mut client = self.ledger(domain)?;
        let answer = ask(domain, self.budgets.write, closing, |request| async move { client.close_period(request).await });
        present(domain, "closing", answer.await?.closing)
    }

    /// The closings of a domain.
    pub(crate) async fn list_closings(&self, domain: Domain) -> Result<Vec<Closing>, Problem> {
        let mut client = self.ledger(domain)?;
        let answer = ask(domain, self.budgets.read, ListClosingsRequest {}, |request| async move { client.list_closings(request).await });
        Ok(answer.await?.closings)
    }

    /// What each system that sends events to a domain has sent: reads them all, so it has the time of a large submission.
    pub(crate) async fn list_feeds(&self, domain: Domain, page_size: i32, page_token: String) -> Result<ListFeedsResponse, Problem> {
        let mut client = self.ledger(domain)?;
        let message = ListFeedsRequest { page_size, page_token };
        ask(domain, self.budgets.upload, message, |request| async move { client.list_feeds(request).await }).await
    }

    /// Recomputes the chain of a domain's ledger: slow on a large one, so it has the time of a large submission.
    pub(crate) async fn verify_chain(&self, domain: Domain) -> Result<VerifyChainResponse, Problem> {
        let mut client = self.ledger(domain)?;
        ask(domain, self.budgets.upload, VerifyChainRequest {}, |request| async move { client.verify_chain(request).await }).await
    }
}

fn present<T>(domain: Domain, field: &str, value: Option<T>) -> Result<T, Problem> {
    value.ok_or_else(|| Problem::unreadable(domain.name, &Invalid::new(field, "is required")))
}
