//! The dashboard by the method of every plan, as REST answers it.

use serde::Serialize;
use utoipa::ToSchema;

use super::QualityIndex;
use crate::{reading::methods::Method, view::plan::Plan};

/// The dashboard by the method of every plan (metodi a confronto): the same facts, judged by each.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityMethods {
    /// The plans, oldest validity first.
    items: Vec<QualityMethod>,
    /// Where the next page starts; always empty, as there is one.
    next_page_token: String,
}

/// What a plan makes of the facts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QualityMethod {
    /// The plan.
    plan: Plan,
    /// Whether it is another year's: it does not hold at the end of the period.
    another_year: bool,
    /// Its sections, areas and indicators with weights, caps, budgets and indices; empty where it has no dashboard.
    indices: Vec<QualityIndex>,
    /// Why the plan cannot be asked; null when it can.
    missing_reason: Option<String>,
}

impl QualityMethods {
    pub(crate) fn new(methods: Vec<Method>) -> Self {
        let method = |method: Method| {
            let (indices, missing_reason) = match method.indices {
                Ok(indices) => (indices, None),
                Err(reason) => (Vec::new(), Some(reason)),
            };
            let indices = indices.into_iter().map(QualityIndex::from).collect();
            QualityMethod { plan: method.plan.into(), another_year: method.another_year, indices, missing_reason }
        };
        Self { items: methods.into_iter().map(method).collect(), next_page_token: String::new() }
    }
}
