//! `GetScorecards`: the pyramids of many structures, one after the other.

use std::pin::Pin;

use piramide_contracts::scorecard::{GetScorecardRequest, GetScorecardsRequest, GetScorecardsResponse, StructureScorecard};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::Status;

use super::{Adapter, refusal, scorecard::refuse_unknown};

/// The most structures that may be named.
const MOST_STRUCTURES: usize = 1_000;

/// The answers.
pub(super) type Scorecards = Pin<Box<dyn Stream<Item = Result<GetScorecardsResponse, Status>> + Send>>;

/// Refuses what can be refused before any domain is asked, and asks as fast as the answers are read.
pub(super) fn open(adapter: Adapter, request: GetScorecardsRequest) -> Result<Scorecards, Status> {
    let period = piramide_contracts::convert::period("period", request.period.as_ref()).map_err(refusal::malformed_period)?;
    let plan = adapter.plans.choose(&request.plan, Some(period)).map_err(|error| refusal::unknown_plan(&error))?.clone();
    refuse_unknown(&plan, &request.indicator_codes)?;
    if request.structure_codes.len() > MOST_STRUCTURES {
        return Err(refusal::too_many_structures(request.structure_codes.len(), MOST_STRUCTURES));
    }
    if let Some(unknown) = request.structure_codes.iter().find(|code| plan.structures().get(code).is_none()) {
        return Err(refusal::unknown_structure(unknown, &plan));
    }
    let mut structures = request.structure_codes.clone();
    if structures.is_empty() {
        structures.extend(plan.structures().codes().map(str::to_owned));
    }
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for structure_code in structures {
            let asked = GetScorecardRequest {
                structure_code: structure_code.clone(),
                period: request.period.clone(),
                plan: request.plan.clone(),
                as_of: request.as_of.clone(),
                indicator_codes: request.indicator_codes.clone(),
            };
            let answer = adapter.measure(&asked).await.map(|measured| GetScorecardsResponse {
                scorecards: vec![StructureScorecard { structure_code, results: measured.results }],
                plan_version: measured.plan_version,
                sequence: measured.sequence,
                recorded_at: measured.recorded_at,
            });
            let ended = answer.is_err();
            // Whoever asked may have gone: nobody else wants the rest.
            if sender.send(answer).await.is_err() || ended {
                return;
            }
        }
    });
    Ok(Box::pin(ReceiverStream::new(receiver)))
}
