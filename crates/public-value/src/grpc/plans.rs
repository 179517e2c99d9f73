//! `piramide.plan.v1.PlanService`.

use piramide_contracts::{
    plan::{
        GetStructureRequest, GetStructureResponse, ListPlansRequest, ListPlansResponse, ListStructuresRequest, ListStructuresResponse,
        Plan, Structure, plan_service_server::PlanService,
    },
    types,
};
use tonic::{Request, Response, Status};

use super::{Adapter, refusal};

const LARGEST_PAGE: usize = 1_000;

#[tonic::async_trait]
impl PlanService for Adapter {
    async fn list_plans(&self, _request: Request<ListPlansRequest>) -> Result<Response<ListPlansResponse>, Status> {
        Ok(Response::new(ListPlansResponse { plans: self.plans.iter().map(|plan| wire_plan(plan)).collect() }))
    }

    async fn list_structures(&self, request: Request<ListStructuresRequest>) -> Result<Response<ListStructuresResponse>, Status> {
        let ListStructuresRequest { plan, page_size, page_token } = request.into_inner();
        let plan = self.plans.choose(&plan, None).map_err(|error| refusal::unknown_plan(&error))?;
        let limit = match usize::try_from(page_size) {
            Ok(0) => LARGEST_PAGE,
            Ok(limit) if limit <= LARGEST_PAGE => limit,
            _ => return Err(refusal::malformed_page("page_size", &format!("{page_size} is not between 1 and {LARGEST_PAGE}"))),
        };
        if !page_token.is_empty() && plan.structures().get(&page_token).is_none() {
            return Err(refusal::malformed_page("page_token", "is not a token of an earlier answer"));
        }
        // The token is the last code shown: codes are stable, so pages neither repeat nor skip.
        let shown = usize::from(!page_token.is_empty());
        let from_token = plan.structures().codes().skip_while(|code| shown > 0 && *code != page_token);
        let mut rest = from_token.skip(shown).filter_map(|code| plan.structures().get(code));
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let next_page_token = rest.next().and(page.last()).map(|last| last.code.clone()).unwrap_or_default();
        Ok(Response::new(ListStructuresResponse { structures: page.into_iter().map(wire_structure).collect(), next_page_token }))
    }

    async fn get_structure(&self, request: Request<GetStructureRequest>) -> Result<Response<GetStructureResponse>, Status> {
        let GetStructureRequest { plan, structure_code } = request.into_inner();
        let plan = self.plans.choose(&plan, None).map_err(|error| refusal::unknown_plan(&error))?;
        let structure = plan.structures().get(&structure_code).ok_or_else(|| refusal::unknown_structure(&structure_code, plan))?;
        Ok(Response::new(GetStructureResponse { structure: Some(wire_structure(structure)) }))
    }
}

fn wire_plan(plan: &piramide_plan::Plan) -> Plan {
    let month = |month| Some(types::Period::from(piramide_measure::Period::Month(month)));
    Plan {
        name: plan.name().to_owned(),
        version: plan.version().to_owned(),
        title: plan.title().to_owned(),
        first_month: month(plan.first_month()),
        last_month: month(plan.last_month()),
        notes: plan.notes().to_vec(),
    }
}

fn wire_structure(structure: &piramide_plan::Structure) -> Structure {
    Structure {
        code: structure.code.clone(),
        name: structure.name.clone(),
        kind: structure.kind.to_string(),
        parent_code: structure.parent.clone().unwrap_or_default(),
        istat_code: structure.istat.clone(),
        nuts_code: structure.nuts.clone(),
    }
}
