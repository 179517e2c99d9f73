//! `GetSubsidiarity`: who helps whom.

use piramide_contracts::{
    convert,
    production::{GetSubsidiarityRequest, GetSubsidiarityResponse, HelpPair, HelpRelation},
    types,
};
use piramide_domain::Handle;
use piramide_measure::Exact;
use piramide_plan::Plan;
use tonic::Status;

use crate::{
    Production,
    asked::Asked,
    state::Relation,
    subsidiarity::{self, Pair},
};

/// Answers with the help of a structure.
pub(super) async fn get(handle: &Handle<Production>, request: GetSubsidiarityRequest) -> Result<GetSubsidiarityResponse, Status> {
    let GetSubsidiarityRequest { structure_code, period, plan, as_of } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let help = subsidiarity::of(&Asked::new(question.query(), question.state()), "Sussidiarietà: punti prestati");
    Ok(GetSubsidiarityResponse {
        pairs: help.pairs.iter().map(|each| pair(each, question.plan())).collect(),
        given: help.given.value.as_ref().ok().map(Into::into),
        unnamed: help.unnamed.as_ref().map(Into::into),
        nodes: convert::explanation_nodes(&help.given.explanation),
        plan_version: question.plan().version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

fn pair(pair: &Pair, plan: &Plan) -> HelpPair {
    let exact = |value: &Option<Exact>| value.as_ref().map(types::Exact::from);
    let name = |code: &str| plan.structures().get(code).map(|structure| structure.name.clone()).unwrap_or_default();
    let relation = match pair.relation {
        Relation::Given => HelpRelation::Given,
        Relation::Received => HelpRelation::Received,
        Relation::Inside => HelpRelation::Inside,
    };
    HelpPair {
        relation: relation.into(),
        helper_name: name(&pair.helper),
        helper_code: pair.helper.clone(),
        helped_name: name(&pair.helped),
        helped_code: pair.helped.clone(),
        planned: exact(&pair.planned),
        due: exact(&pair.due),
        actual: exact(&pair.actual),
        deviation: exact(&pair.deviation),
        provenance: convert::provenance_number(pair.provenance),
    }
}
