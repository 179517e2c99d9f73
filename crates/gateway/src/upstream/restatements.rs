//! What the gateway asks production of what changed between two closings.

use piramide_contracts::{
    domains::PRODUCTION,
    production::{ChangeKind, CompareClosingsRequest, CompareClosingsResponse},
    types::AsOf,
};

use super::{Upstream, ask};
use crate::{problem::Problem, question::Question};

/// Which changes of production are wanted.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// A node of the catalogue; empty for all.
    pub(crate) node: String,
    /// Whether of all nodes the totals alone are told.
    pub(crate) totals_only: bool,
    /// How they changed; unspecified for all.
    pub(crate) kind: ChangeKind,
    /// The most of a page; 0 leaves the choice.
    pub(crate) page_size: i32,
    /// Where the last page ended; empty for the first.
    pub(crate) page_token: String,
}

impl Upstream {
    /// What changed in production since an earlier point of knowledge, up to the question's own.
    pub(crate) async fn restatements(&self, question: &Question, before: AsOf, wanted: Wanted) -> Result<CompareClosingsResponse, Problem> {
        let mut client = self.production(PRODUCTION)?;
        let message = CompareClosingsRequest {
            structure_code: question.structure.clone(),
            period: Some(question.period.into()),
            plan: question.plan.clone(),
            node_code: wanted.node,
            before: Some(before),
            after: question.as_of.clone(),
            kind: wanted.kind.into(),
            page_size: wanted.page_size,
            page_token: wanted.page_token,
            totals_only: wanted.totals_only,
        };
        ask(PRODUCTION, self.budgets.past, message, |request| async move { client.compare_closings(request).await }).await
    }
}
