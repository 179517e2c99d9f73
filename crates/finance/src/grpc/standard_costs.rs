//! `GetStandardCosts`: elementary indicators against the cluster, and the synthetic index.

use piramide_contracts::{
    convert,
    finance::{ElementaryCost, Figures, GetStandardCostsRequest, GetStandardCostsResponse, StandardCostIndex},
    types,
};
use piramide_domain::{Detail, Handle, Query, refusal};
use tonic::{Code, Status};

use super::known;
use crate::{
    Finance,
    asked::Asked,
    standard_costs::{CLUSTERS, Elementary, Standard, Values, standard},
};

/// The indicator whose targets the plan prints.
const INDEX: &str = "finance.standard_cost_index";

/// Answers with the standard costs.
pub(super) async fn get(handle: &Handle<Finance>, request: GetStandardCostsRequest) -> Result<GetStandardCostsResponse, Status> {
    let GetStandardCostsRequest { structure_code, period, plan, as_of, figures } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let values = match Figures::try_from(figures) {
        Ok(Figures::Actuals) => Values::Actuals,
        Ok(Figures::Targets) => Values::Budget,
        Ok(Figures::Unspecified) | Err(_) => {
            let detail = "say which figures: those recorded, or the budget of the plan";
            return Err(refusal::field(Code::InvalidArgument, "figures", "FIGURES_UNSPECIFIED", detail));
        }
    };
    let query = question.query();
    let clusters = query.plan.clusters();
    let own = standard(&Asked::of_facts(Query { detail: Detail::Derivation, ..query }), values);
    // A structure in no cluster, such as the nation, is shown all of them side by side.
    let compared: Vec<&str> = if own.cluster.is_empty() {
        clusters.clusters(CLUSTERS).into_iter().flat_map(|cluster| clusters.members(CLUSTERS, cluster)).collect()
    } else {
        clusters.members(CLUSTERS, &own.cluster)
    };
    let peers = compared.into_iter().map(|code| {
        let peer = Asked::new(Query { structure: code, ..query }, question.state());
        index(&peer, &standard(&peer, values))
    });
    Ok(GetStandardCostsResponse {
        index: Some(index(&query, &own)),
        peers: peers.collect(),
        lines: own.elementary.iter().map(line).collect(),
        nodes: convert::explanation_nodes(&own.index.explanation),
        plan_version: query.plan.version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

fn index(query: &Query<'_>, of: &Standard<'_>) -> StandardCostIndex {
    let (value, missing_reason) = known(&of.index.value);
    StandardCostIndex {
        structure_code: query.structure.to_owned(),
        structure_name: query.plan.structures().get(query.structure).map(|structure| structure.name.clone()).unwrap_or_default(),
        cluster: of.cluster.clone(),
        index: value,
        coverage: Some((&of.coverage).into()),
        target: query.plan.target(INDEX, query.structure, query.period).map(|reference| types::Exact::from(reference.target)),
        missing_reason,
        provenance: convert::provenance_number(of.index.explanation.provenance()),
    }
}

fn line(of: &Elementary<'_>) -> ElementaryCost {
    let optional = |value: &Option<piramide_measure::Exact>| value.as_ref().map(types::Exact::from);
    let (value, missing_reason) = known(&of.value.value);
    ElementaryCost {
        code: of.cost.code.clone(),
        label: of.cost.label.clone(),
        unit: of.cost.unit.clone(),
        value,
        mean: optional(&of.mean),
        relative: optional(&of.relative),
        weight: optional(&of.weight),
        contribution: optional(&of.contribution),
        best: of.best.as_ref().map(|(_, value)| value.into()),
        best_structure_code: of.best.as_ref().map(|(structure, _)| structure.clone()).unwrap_or_default(),
        note: of.cost.note.clone(),
        missing_reason,
    }
}
