//! The contracts, served over one hub: adapters and nothing else.

mod impact;
mod plans;
mod pyramid;
mod refusal;
mod scorecard;

use std::sync::Arc;

use piramide_contracts::types::AsOf;
use piramide_measure::Period;
use piramide_plan::{Plan, Plans};
use tonic::Status;

use crate::{
    pyramid::{Node, build},
    upstream::{DomainState, Upstream},
};

/// Serves the pyramid.
#[derive(Clone)]
pub(crate) struct Adapter {
    pub(crate) plans: Arc<Plans>,
    pub(crate) upstream: Arc<Upstream>,
}

/// A structure and a period, under a plan.
pub(crate) struct Question<'a> {
    pub(crate) plan: &'a Arc<Plan>,
    pub(crate) structure: &'a str,
    pub(crate) period: Period,
    pub(crate) as_of: Option<AsOf>,
}

impl Adapter {
    /// Reads what every question has, and refuses what this service alone can refuse.
    pub(crate) fn question<'a>(
        &'a self,
        structure: &'a str,
        period: Option<&piramide_contracts::types::Period>,
        plan: &str,
        as_of: Option<AsOf>,
    ) -> Result<Question<'a>, Status> {
        let period = piramide_contracts::convert::period("period", period).map_err(refusal::malformed_period)?;
        let plan = self.plans.choose(plan, Some(period)).map_err(|error| refusal::unknown_plan(&error))?;
        if plan.structures().get(structure).is_none() {
            return Err(refusal::unknown_structure(structure, plan));
        }
        Ok(Question { plan, structure, period, as_of })
    }

    /// Asks the domains and aggregates.
    pub(crate) async fn build(&self, question: &Question<'_>) -> Result<(Node, Vec<DomainState>), Status> {
        let indicators = question.plan.objectives().iter().filter_map(|objective| objective.indicator.as_deref());
        let (answers, domains) = self.upstream.ask(question, indicators).await?;
        let node = build(question.plan, &answers).ok_or_else(|| refusal::no_tree(question.plan))?;
        Ok((node, domains))
    }
}
