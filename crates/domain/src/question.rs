//! A question as it comes over the wire, resolved: which plan, which structure, which period, which facts.

use std::sync::Arc;

use piramide_contracts::types::{self, AsOf, as_of::At};
use piramide_ledger::{Closing, Receipt};
use piramide_measure::{Month, Period};
use piramide_plan::{Plan, Plans};
use tonic::Status;

use crate::{
    Detail, Domain, Facts, Query,
    host::{Host, View},
    incoming, refusal, resolve,
};

/// A domain at work, for the contracts that are its own.
pub struct Handle<D: Domain>(pub(crate) Arc<Host<D>>);

impl<D: Domain> Clone for Handle<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: Domain> Handle<D> {
    /// The plans.
    pub fn plans(&self) -> &Plans {
        &self.0.plans
    }

    /// Why a structure and a subject take no facts in a month: field, reason and detail of the first fault.
    pub fn place_fault(&self, structure: &str, subject: &str, month: Month) -> Option<(&'static str, &'static str, String)> {
        let Some(plan) = self.0.plans.in_force(Period::Month(month)) else {
            return Some(("moment", "NO_PLAN", format!("no plan is in force in {month}, so nothing can be recorded for it")));
        };
        let structure = incoming::structure_fault(plan, structure, month).map(|(reason, detail)| ("structure_code", reason, detail));
        structure.or_else(|| {
            let column = D::IDENTITY.subject.unwrap_or("subject");
            self.0.domain.subject_fault(plan, subject).map(|(reason, detail)| (column, reason, detail))
        })
    }

    /// The receipt of a batch, with its reason; `None` when there is none of that name.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub async fn receipt(&self, batch_id: &str) -> Result<Option<Receipt>, Status> {
        self.0.ledger.receipt(batch_id).await.map_err(refusal::of_ledger)
    }

    /// The closings that are recorded, in their order.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub async fn closings(&self) -> Result<Vec<Closing>, Status> {
        self.0.ledger.closings().await.map_err(refusal::of_ledger)
    }

    /// Resolves a question.
    ///
    /// # Errors
    ///
    /// As `ScorecardService.GetScorecard`: `INVALID_ARGUMENT` for a malformed period, `NOT_FOUND` for an unknown plan, structure or closing.
    pub async fn ask(
        &self,
        structure: &str,
        period: Option<&types::Period>,
        plan: &str,
        as_of: Option<&AsOf>,
    ) -> Result<Question<'_, D>, Status> {
        self.ask_by("as_of", structure, period, plan, as_of).await
    }

    /// The same, where the request names the knowledge by another field.
    ///
    /// # Errors
    ///
    /// As [`Self::ask`].
    pub async fn ask_by(
        &self,
        field: &str,
        structure: &str,
        period: Option<&types::Period>,
        plan: &str,
        as_of: Option<&AsOf>,
    ) -> Result<Question<'_, D>, Status> {
        let period = resolve::period(period)?;
        let plan = self.0.plan(plan, Some(period))?;
        resolve::structure(plan, structure)?;
        let at_a_moment = as_of.is_some_and(|as_of| matches!(as_of.at, Some(At::Moment(_))));
        Ok(Question { plan, period, structure: structure.to_owned(), at_a_moment, knowledge: self.0.view(field, as_of).await? })
    }
}

/// A resolved question.
pub struct Question<'a, D: Domain> {
    pub(crate) plan: &'a Arc<Plan>,
    pub(crate) period: Period,
    pub(crate) structure: String,
    /// Whether the facts are those of a moment that the caller chose, and not all there are or those of a closing.
    pub(crate) at_a_moment: bool,
    knowledge: View<'a, D::State>,
}

impl<D: Domain> Question<'_, D> {
    /// The plan that answers.
    pub fn plan(&self) -> &Arc<Plan> {
        self.plan
    }

    /// The facts that answer.
    pub fn facts(&self) -> &Facts {
        self.knowledge.facts()
    }

    /// What the domain keeps beside them.
    pub fn state(&self) -> &D::State {
        self.knowledge.state()
    }

    /// The question as formulas take it.
    pub fn query(&self) -> Query<'_> {
        Query {
            plan: self.plan,
            facts: self.knowledge.facts(),
            structure: &self.structure,
            period: self.period,
            quantities: D::QUANTITIES,
            detail: Detail::Figure,
        }
    }
}
