//! The incentives that rest on the dashboard: adapter over [`incentives`](crate::incentives).

use piramide_contracts::{
    convert,
    quality::{
        ExplainIncentiveRequest, ExplainIncentiveResponse, GetIncentivesRequest, GetIncentivesResponse, Incentive, IncentiveBand,
        IncentiveOutcome, Reference,
    },
    types,
};
use piramide_domain::{Detail, Handle, Query, refusal};
use piramide_measure::{Exact, Missing};
use tonic::{Code, Status};

use super::dashboard::judgement;
use crate::{
    Quality,
    incentives::{self, Judged, Outcome},
    indices::Against,
};

/// Answers with every incentive of the plan.
pub(super) async fn list(handle: &Handle<Quality>, request: GetIncentivesRequest) -> Result<GetIncentivesResponse, Status> {
    let GetIncentivesRequest { structure_code, period, plan, as_of } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let plan = question.plan();
    let (query, books) = (Query { detail: Detail::Figure, ..question.query() }, question.state().under(plan));
    let incentives = plan.incentives().iter().filter_map(|incentive| incentives::judge(query, books, incentive));
    Ok(GetIncentivesResponse {
        incentives: incentives.map(|judged| message(&judged)).collect(),
        plan_version: plan.version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

/// Answers with why one is reached or not.
pub(super) async fn explain(handle: &Handle<Quality>, request: ExplainIncentiveRequest) -> Result<ExplainIncentiveResponse, Status> {
    let ExplainIncentiveRequest { structure_code, period, plan, as_of, incentive_code } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let plan = question.plan();
    let (query, books) = (Query { detail: Detail::Derivation, ..question.query() }, question.state().under(plan));
    let unknown = || {
        let detail = format!("\"{incentive_code}\" is not an incentive of {}", plan.version());
        refusal::field(Code::NotFound, "incentive_code", "INCENTIVE_UNKNOWN", detail)
    };
    let incentive = plan.incentives().get(&incentive_code).ok_or_else(unknown)?;
    let judged = incentives::judge(query, books, incentive).ok_or_else(unknown)?;
    Ok(ExplainIncentiveResponse {
        incentive: Some(message(&judged)),
        nodes: convert::explanation_nodes(&incentives::derivation(&judged)),
        plan_version: plan.version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

fn message(judged: &Judged<'_>) -> Incentive {
    let (plan, incentive) = (judged.asked.query.plan, judged.incentive);
    let against = Against::of(incentive.reference);
    let distance = |index: &Exact| index - &Exact::hundred();
    let reason = |missing: Option<&Missing>| missing.map(ToString::to_string).unwrap_or_default();
    let last_year = judged.last_year.as_ref().map(|(_, index)| &index.judged.index);
    let cluster = judged.cluster.as_ref();
    let possible = incentive.possible(last_year.and_then(|index| index.as_ref().ok()));
    let (outcome, undecided) = match &judged.verdict.outcome {
        Outcome::Reached => (IncentiveOutcome::Reached, None),
        Outcome::Missed => (IncentiveOutcome::Missed, None),
        Outcome::Undecided(missing) => (IncentiveOutcome::Undecided, Some(missing)),
    };
    let needed = judged.verdict.needed.as_ref();
    let margin = judged.index.deviation().zip(needed).map(|(own, needed)| own - needed.deviation.clone());
    Incentive {
        incentive_code: incentive.code.clone(),
        label: incentive.label.clone(),
        node_code: incentive.node.clone(),
        node_label: plan.dashboard().node(&incentive.node).map(|node| node.label().to_owned()).unwrap_or_default(),
        reference: match against {
            Against::Budget => Reference::Budget,
            Against::PreviousYear => Reference::PreviousYear,
        }
        .into(),
        judgement: Some(judgement(&judged.index.judged, judged.index.provenance(&judged.asked, against))),
        last_year_index: last_year.and_then(|index| index.as_ref().ok()).map(types::Exact::from),
        last_year_missing_reason: reason(last_year.and_then(|index| index.as_ref().err())),
        cluster_label: cluster.map(|cluster| cluster.label.clone()).unwrap_or_default(),
        cluster_deviation: cluster.and_then(|cluster| cluster.index.as_ref().ok()).map(|index| types::Exact::from(&distance(index))),
        cluster_missing_reason: reason(cluster.and_then(|cluster| cluster.index.as_ref().err())),
        bands: incentive
            .bands
            .iter()
            .map(|band| IncentiveBand {
                from: band.from.as_ref().map(types::Exact::from),
                below: band.below.as_ref().map(types::Exact::from),
                positive: band.positive,
                above_cluster: band.above_cluster.as_ref().map(types::Exact::from),
                possible: possible.contains(&band),
                note: band.note.clone(),
            })
            .collect(),
        outcome: outcome.into(),
        needed: needed.map(|needed| types::Exact::from(&needed.deviation)),
        must_exceed: needed.is_some_and(|needed| needed.exceed),
        margin: margin.as_ref().map(types::Exact::from),
        missing_reason: reason(undecided),
        note: incentive.note.clone(),
        provenance: convert::provenance_number(judged.provenance()),
    }
}
