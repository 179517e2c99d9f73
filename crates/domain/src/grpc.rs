//! The contracts, served over one host: adapters and nothing else.

mod ledger;
mod scorecard;

use std::sync::Arc;

use crate::host::Host;

/// Serves a host's contracts.
pub(crate) struct Adapter<D>(pub(crate) Arc<Host<D>>);

impl<D> Clone for Adapter<D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}
