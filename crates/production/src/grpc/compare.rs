//! `CompareFlows`: the flow of a node in a structure beside others.

use piramide_contracts::production::{CompareFlowsRequest, CompareFlowsResponse, Presence, Scope, StructureFlow};
use piramide_domain::{Handle, Query, refusal};
use piramide_plan::Product;
use tonic::{Code, Status};

use super::{flow::flow, node};
use crate::{Production, asked::Asked};

/// Answers with the flow of the structure asked for, then of those beside it.
pub(super) async fn get(handle: &Handle<Production>, request: CompareFlowsRequest) -> Result<CompareFlowsResponse, Status> {
    let question = handle.ask(&request.structure_code, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
    let asked = Asked::new(question.query(), question.state());
    let node = node(&asked, &request.node_code)?;
    let (cluster, others) = beside(&asked.query, request.scope())?;
    let structures = std::iter::once((asked.query.structure, Presence::Unspecified)).chain(others);
    let flow_of = |(structure, presence)| structure_flow(&asked.of_structure(structure), node, presence);
    let flows = structures.map(flow_of).collect::<Result<_, _>>()?;
    Ok(CompareFlowsResponse { flows, cluster, plan_version: question.plan().version().to_owned(), sequence: question.facts().sequence() })
}

/// A structure that stands beside another, and how it was under it.
type Beside<'a> = (&'a str, Presence);

/// The structures that stand beside the one asked for, with the cluster they share.
fn beside<'a>(query: &Query<'a>, scope: Scope) -> Result<(String, Vec<Beside<'a>>), Status> {
    let (plan, asked) = (query.plan, query.structure);
    match scope {
        Scope::Unspecified => {
            Err(refusal::field(Code::InvalidArgument, "scope", "SCOPE_MISSING", "say which structures to compare: children or peers"))
        }
        Scope::Children => {
            let months = (query.period.first_month(), query.period.last_calendar_month());
            let children = plan.structures().ever_children(asked, months);
            Ok((String::new(), children.into_iter().map(|child| (child, presence(query, child))).collect()))
        }
        Scope::Peers => {
            let clusters = plan.clusters();
            // The clusters of production first; a plan that has none compares as its other clusters do.
            let mut purposes: Vec<&str> = clusters.purposes().collect();
            purposes.sort_by_key(|purpose| *purpose != "production");
            let found = purposes.into_iter().find_map(|purpose| Some((purpose, clusters.cluster_of(purpose, asked)?)));
            let Some((purpose, cluster)) = found else { return Ok(Default::default()) };
            let peers = clusters.members(purpose, cluster).into_iter().filter(|member| *member != asked);
            Ok((format!("{purpose} {cluster}"), peers.map(|peer| (peer, Presence::Unspecified)).collect()))
        }
    }
}

/// How a structure was under the one asked for.
fn presence(query: &Query<'_>, child: &str) -> Presence {
    let (structures, end) = (query.plan.structures(), query.period.last_calendar_month());
    if structures.ever_leaves(child, query.structure, (query.period.first_month(), end)) {
        Presence::Moved
    } else if structures.at(child, end).is_none() {
        Presence::Ended
    } else {
        Presence::Whole
    }
}

fn structure_flow(asked: &Asked<'_>, node: &Product, presence: Presence) -> Result<StructureFlow, Status> {
    let (structures, code) = (asked.query.plan.structures(), asked.query.structure);
    Ok(StructureFlow {
        structure_code: code.to_owned(),
        structure_name: structures.get(code).map(|structure| structure.name.clone()).unwrap_or_default(),
        has_children: !structures.children(code, asked.query.period.last_calendar_month()).is_empty(),
        flow: Some(flow(asked, node)?),
        presence: presence.into(),
    })
}
