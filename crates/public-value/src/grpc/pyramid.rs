//! `piramide.publicvalue.v1.PublicValueService`.

use piramide_contracts::{
    convert,
    publicvalue::{
        DomainState, GetImpactRequest, GetImpactResponse, GetPyramidRequest, GetPyramidResponse, PyramidNode,
        public_value_service_server::PublicValueService,
    },
    types,
};
use piramide_measure::{Exact, Missing};
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
            nodes: root.flat().into_iter().map(node).collect(),
            plan_version: question.plan.version().to_owned(),
            domains: domains.iter().map(domain).collect(),
            notes: question.plan.notes().to_vec(),
        }))
    }

    async fn get_impact(&self, request: Request<GetImpactRequest>) -> Result<Response<GetImpactResponse>, Status> {
        impact::get(self, request.into_inner()).await.map(Response::new)
    }
}

fn node(from: &Node) -> PyramidNode {
    let fraction = |value: &Option<Exact>| value.as_ref().map(types::Exact::from);
    let outcome = &from.outcome;
    PyramidNode {
        code: outcome.code.clone(),
        parent_code: from.parent.clone(),
        label: outcome.label.clone(),
        kind: from.kind.clone(),
        weight: Some((&from.weight).into()),
        indicator_code: from.indicator.clone(),
        unit: outcome.unit.code().to_owned(),
        direction: types::Direction::from(outcome.direction).into(),
        actual: outcome.actual.as_ref().ok().map(types::Exact::from),
        target: fraction(&outcome.target),
        deviation: fraction(&outcome.deviation),
        score: fraction(&outcome.score),
        coverage: Some((&outcome.coverage).into()),
        provenance: convert::provenance_number(outcome.provenance),
        missing_reason: outcome.actual.as_ref().err().map(Missing::to_string).unwrap_or_default(),
        note: from.note.clone(),
    }
}

pub(super) fn domain(from: &upstream::DomainState) -> DomainState {
    DomainState { domain: from.domain.to_owned(), available: from.available, sequence: from.sequence, recorded_at: from.recorded_at }
}
