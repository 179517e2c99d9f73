//! The contracts, served over one hub: adapters and nothing else.

mod impact;
mod plans;
mod pyramid;
mod refusal;
mod scorecard;
mod scorecards;

use std::sync::Arc;

use piramide_contracts::{domains::Domain, publicvalue::HeardOf, types::AsOf};
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
    /// What the caller has heard of the domains that may be answered for from memory.
    pub(crate) heard_of: Vec<HeardOf>,
}

impl Question<'_> {
    /// The least that must be known of a domain; `None` when it must be asked.
    pub(crate) fn heard_of(&self, domain: Domain) -> Option<i64> {
        let heard = self.heard_of.iter().find(|heard| heard.domain == domain.name)?;
        self.as_of.is_none().then_some(heard.sequence)
    }

    /// The same question, for a caller who has heard of the domains.
    #[must_use]
    pub(crate) fn having_heard(self, heard_of: Vec<HeardOf>) -> Self {
        Self { heard_of, ..self }
    }
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
        Ok(Question { plan, structure, period, as_of, heard_of: Vec::new() })
    }

    /// Asks the domains and aggregates.
    pub(crate) async fn build(&self, question: &Question<'_>) -> Result<(Node, Vec<DomainState>), Status> {
        let indicators = question.plan.objectives().iter().filter_map(|objective| objective.indicator.as_deref());
        let (answers, domains) = self.upstream.ask(question, indicators).await?;
        let node = build(question.plan, &answers).ok_or_else(|| refusal::no_tree(question.plan))?;
        Ok((node, domains))
    }
}
