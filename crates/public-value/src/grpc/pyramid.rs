//! `piramide.publicvalue.v1.PublicValueService`.

use piramide_contracts::{
    convert,
    publicvalue::{
        DomainState, GetImpactRequest, GetImpactResponse, GetPyramidRequest, GetPyramidResponse, PyramidNode,
        public_value_service_server::PublicValueService,
    },
    types,
};
use piramide_measure::Exact;
use tonic::{Request, Response, Status};

use super::{Adapter, impact};
use crate::{pyramid::Node, upstream};

#[tonic::async_trait]
impl PublicValueService for Adapter {
    async fn get_pyramid(&self, request: Request<GetPyramidRequest>) -> Result<Response<GetPyramidResponse>, Status> {
        let request = request.into_inner();
        let question = self.question(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.clone())?;
        let question = question.having_heard(request.heard_of);
        let (root, domains) = self.build(&question).await?;
        Ok(Response::new(GetPyramidResponse {
            nodes: nodes(root),
            plan_version: question.plan.version().to_owned(),
            domains: domains.iter().map(domain).collect(),
            notes: question.plan.notes().to_vec(),
        }))
    }

    async fn get_impact(&self, request: Request<GetImpactRequest>) -> Result<Response<GetImpactResponse>, Status> {
        impact::get(self, request.into_inner()).await.map(Response::new)
    }
}

/// The node and all below it, parents before children, in the order of the plan.
fn nodes(root: Node) -> Vec<PyramidNode> {
    let (mut nodes, mut waiting) = (Vec::new(), vec![root]);
    while let Some(mut next) = waiting.pop() {
        waiting.extend(std::mem::take(&mut next.children).into_iter().rev());
        nodes.push(node(next));
    }
    nodes
}

/// Texts move from one to the other: a pyramid has a thousand of them.
fn node(from: Node) -> PyramidNode {
    let fraction = |value: Option<Exact>| value.map(types::Exact::from);
    let outcome = from.outcome;
    let (actual, missing_reason) = match outcome.actual {
        Ok(actual) => (Some(actual.into()), String::new()),
        Err(missing) => (None, missing.to_string()),
    };
    PyramidNode {
        code: outcome.code,
        parent_code: from.parent,
        label: outcome.label,
        kind: from.kind,
        weight: Some(from.weight.into()),
        indicator_code: from.indicator,
        unit: outcome.unit.code().to_owned(),
        direction: types::Direction::from(outcome.direction).into(),
        actual,
        target: fraction(outcome.target),
        deviation: fraction(outcome.deviation),
        score: fraction(outcome.score),
        coverage: Some(outcome.coverage.into()),
        provenance: convert::provenance_number(outcome.provenance),
        missing_reason,
        note: from.note,
        deviation_unit: outcome.deviation_unit.map(|unit| unit.code().to_owned()).unwrap_or_default(),
    }
}

pub(super) fn domain(from: &upstream::DomainState) -> DomainState {
    DomainState { domain: from.domain.to_owned(), available: from.available, sequence: from.sequence, recorded_at: from.recorded_at }
}
