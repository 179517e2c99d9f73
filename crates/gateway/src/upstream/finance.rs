//! What the gateway asks of finance alone.

use piramide_contracts::{
    domains::FINANCE,
    finance::{
        CompareClosingsRequest, CompareClosingsResponse, Figures, GetAccountsRequest, GetAccountsResponse, GetAssetsRequest,
        GetAssetsResponse, GetCostStatementRequest, GetCostStatementResponse, GetSpendingRequest, GetSpendingResponse,
        GetStandardCostsRequest, GetStandardCostsResponse, GetStatementRequest, GetStatementResponse, ReconcileRequest, ReconcileResponse,
    },
    types::AsOf,
};

use super::{Upstream, ask};
use crate::{problem::Problem, question::Question};

impl Upstream {
    /// The IEEP of a structure, item by item; for an assignee, of its items only.
    pub(crate) async fn get_statement(&self, question: &Question, assignee_code: String) -> Result<GetStatementResponse, Problem> {
        let mut client = self.finance(FINANCE)?;
        let message = GetStatementRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            assignee_code,
        };
        ask(FINANCE, self.budgets.of(question), message, |request| async move { client.get_statement(request).await }).await
    }

    /// The statement of a responsibility centre.
    pub(crate) async fn get_cost_statement(&self, question: &Question) -> Result<GetCostStatementResponse, Problem> {
        let mut client = self.finance(FINANCE)?;
        let message = GetCostStatementRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
        };
        ask(FINANCE, self.budgets.of(question), message, |request| async move { client.get_cost_statement(request).await }).await
    }

    /// What changed since an earlier point of knowledge, up to the question's own.
    pub(crate) async fn compare_closings(&self, question: &Question, before: AsOf) -> Result<CompareClosingsResponse, Problem> {
        let mut client = self.finance(FINANCE)?;
        let message = CompareClosingsRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            before: Some(before),
            after: question.as_of.clone(),
        };
        ask(FINANCE, self.budgets.past, message, |request| async move { client.compare_closings(request).await }).await
    }

    /// Standard costs against the cluster, of what is recorded or of the budget.
    pub(crate) async fn get_standard_costs(&self, question: &Question, figures: Figures) -> Result<GetStandardCostsResponse, Problem> {
        let mut client = self.finance(FINANCE)?;
        let message = GetStandardCostsRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            figures: figures.into(),
        };
        ask(FINANCE, self.budgets.of(question), message, |request| async move { client.get_standard_costs(request).await }).await
    }

    /// What adds up and what does not, of the facts or of the targets.
    pub(crate) async fn reconcile(&self, question: &Question, figures: Figures) -> Result<ReconcileResponse, Problem> {
        let mut client = self.finance(FINANCE)?;
        let message = ReconcileRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            figures: figures.into(),
        };
        ask(FINANCE, self.budgets.of(question), message, |request| async move { client.reconcile(request).await }).await
    }

    /// Transit accounts, and accounts on which money is collected.
    pub(crate) async fn get_accounts(&self, question: &Question) -> Result<GetAccountsResponse, Problem> {
        let mut client = self.finance(FINANCE)?;
        let message = GetAccountsRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
        };
        ask(FINANCE, self.budgets.of(question), message, |request| async move { client.get_accounts(request).await }).await
    }

    /// Property disposed of, its database, securities.
    pub(crate) async fn get_assets(&self, question: &Question) -> Result<GetAssetsResponse, Problem> {
        let mut client = self.finance(FINANCE)?;
        let message = GetAssetsRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
        };
        ask(FINANCE, self.budgets.of(question), message, |request| async move { client.get_assets(request).await }).await
    }

    /// Chapters against forecast and budget; with the derivations of a chapter, where one is named.
    pub(crate) async fn get_spending(&self, question: &Question, chapter_code: String) -> Result<GetSpendingResponse, Problem> {
        let mut client = self.finance(FINANCE)?;
        let message = GetSpendingRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            as_of: question.as_of.clone(),
            chapter_code,
        };
        ask(FINANCE, self.budgets.of(question), message, |request| async move { client.get_spending(request).await }).await
    }
}
