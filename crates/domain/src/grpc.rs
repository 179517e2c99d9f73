//! The contracts, served over one host: adapters and nothing else.

mod ledger;
mod scorecard;
mod scorecards;

use std::sync::Arc;

use crate::{Domain, host::Host};

/// Serves a host's contracts.
pub(crate) struct Adapter<D: Domain>(pub(crate) Arc<Host<D>>);

impl<D: Domain> Clone for Adapter<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
