//! Plans and structures: read by their service when it starts, so asked once for as long as its stream stands.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use piramide_contracts::{
    domains::PUBLIC_VALUE,
    plan::{ListPlansRequest, ListStructuresRequest, ListStructuresResponse, Plan, Structure},
};

use super::{Upstream, ask};
use crate::problem::Problem;

/// The most pages of structures that are asked for: a service that never ends its list is not followed for ever.
const MOST_PAGES: usize = 20;

/// What the service has told of its plans since its stream stands.
#[derive(Default)]
pub(super) struct Shelf(Mutex<Told>);

#[derive(Default)]
struct Told {
    /// The standing of the stream under which it was told.
    standing: u64,
    plans: Option<Arc<[Plan]>>,
    /// By plan, named as it was asked for. There are no more than plans have names, since what is not known is refused.
    structures: BTreeMap<String, Arc<[Structure]>>,
}

impl Shelf {
    /// What was told under this standing of the stream; what was told before it is forgotten.
    fn at(&self, standing: u64) -> MutexGuard<'_, Told> {
        // Nothing panics while it is held, and what is there was told as a whole.
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if told.standing != standing {
            *told = Told { standing, ..Told::default() };
        }
        told
    }
}

impl Upstream {
    /// The plans, oldest validity first.
    pub(crate) async fn list_plans(&self) -> Result<Arc<[Plan]>, Problem> {
        let standing = self.pulses.standing(PUBLIC_VALUE);
        if let Some(plans) = standing.and_then(|standing| self.shelf.at(standing).plans.clone()) {
            return Ok(plans);
        }
        let mut client = self.plans(PUBLIC_VALUE)?;
        let answer = ask(PUBLIC_VALUE, self.budgets.read, ListPlansRequest {}, |request| async move { client.list_plans(request).await });
        let plans: Arc<[Plan]> = answer.await?.plans.into();
        if let Some(standing) = self.still(standing) {
            self.shelf.at(standing).plans = Some(Arc::clone(&plans));
        }
        Ok(plans)
    }

    /// Every structure of a plan, for menus and for what is made ahead.
    pub(crate) async fn all_structures(&self, plan: &str) -> Result<Arc<[Structure]>, Problem> {
        let standing = self.pulses.standing(PUBLIC_VALUE);
        if let Some(structures) = standing.and_then(|standing| self.shelf.at(standing).structures.get(plan).cloned()) {
            return Ok(structures);
        }
        let (mut all, mut token) = (Vec::new(), String::new());
        for _ in 0..MOST_PAGES {
            let page = self.list_structures(plan.to_owned(), 0, token).await?;
            all.extend(page.structures);
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        let all: Arc<[Structure]> = all.into();
        if let Some(standing) = self.still(standing) {
            self.shelf.at(standing).structures.insert(plan.to_owned(), Arc::clone(&all));
        }
        Ok(all)
    }

    /// A page of structures.
    pub(crate) async fn list_structures(
        &self,
        plan: String,
        page_size: i32,
        page_token: String,
    ) -> Result<ListStructuresResponse, Problem> {
        let mut client = self.plans(PUBLIC_VALUE)?;
        let message = ListStructuresRequest { plan, page_size, page_token };
        ask(PUBLIC_VALUE, self.budgets.read, message, |request| async move { client.list_structures(request).await }).await
    }

    /// The standing under which something was asked, if it is the same now that it is answered.
    fn still(&self, standing: Option<u64>) -> Option<u64> {
        standing.filter(|_| self.pulses.standing(PUBLIC_VALUE) == standing)
    }
}
