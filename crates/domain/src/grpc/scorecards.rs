//! `GetScorecards`: the results of many structures, some at a time.

use std::pin::Pin;

use piramide_contracts::{
    convert,
    scorecard::{GetScorecardsRequest, GetScorecardsResponse, StructureScorecard},
};
use piramide_plan::IndicatorDefinition;
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Code, Status};

use super::scorecard::{results, wanted};
use crate::{Domain, Handle, refusal, resolve};

/// Structures in an answer: what is recorded meanwhile waits until they are measured.
const AT_ONCE: usize = 16;
/// The most structures that may be named.
const MOST_STRUCTURES: usize = 1_000;

/// The answers.
pub(super) type Scorecards = Pin<Box<dyn Stream<Item = Result<GetScorecardsResponse, Status>> + Send>>;

/// Refuses what can be refused before anything is measured, and measures as fast as the answers are read.
pub(super) fn open<D: Domain>(handle: Handle<D>, request: GetScorecardsRequest) -> Result<Scorecards, Status> {
    let period = resolve::period(request.period.as_ref())?;
    let plan = handle.0.plan(&request.plan, Some(period))?.clone();
    let indicators = wanted::<D>(&plan, &request.indicator_codes)?;
    let indicators: Vec<String> = indicators.into_iter().map(|indicator| indicator.code.clone()).collect();
    let mut structures = request.structure_codes.clone();
    if structures.len() > MOST_STRUCTURES {
        let detail = format!("{} structures are named: up to {MOST_STRUCTURES} can be, and none means all", structures.len());
        return Err(refusal::field(Code::InvalidArgument, "structure_codes", "SIZE", detail));
    }
    structures.iter().try_for_each(|code| resolve::structure(&plan, code))?;
    if structures.is_empty() {
        structures.extend(plan.structures().codes().map(str::to_owned));
    }
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        for some in structures.chunks(AT_ONCE) {
            let answer = measure(&handle, &request, &indicators, some).await;
            let ended = answer.is_err();
            // Whoever asked may have gone: nobody else wants the rest.
            if sender.send(answer).await.is_err() || ended {
                return;
            }
        }
    });
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

/// Measures some structures, all from the same knowledge.
async fn measure<D: Domain>(
    handle: &Handle<D>,
    request: &GetScorecardsRequest,
    indicators: &[String],
    structures: &[String],
) -> Result<GetScorecardsResponse, Status> {
    let first = structures.first().map(String::as_str).unwrap_or_default();
    let mut question = handle.ask(first, request.period.as_ref(), &request.plan, request.as_of.as_ref()).await?;
    let definitions = question.plan.indicators();
    let indicators: Vec<&IndicatorDefinition> = indicators.iter().filter_map(|code| definitions.get(code)).collect();
    let mut scorecards = Vec::with_capacity(structures.len());
    for structure in structures {
        structure.clone_into(&mut question.structure);
        scorecards.push(StructureScorecard { structure_code: structure.clone(), results: results(&handle.0, &question, &indicators) });
    }
    Ok(GetScorecardsResponse {
        scorecards,
        plan_version: question.plan.version().to_owned(),
        sequence: question.facts().sequence(),
        recorded_at: question.facts().recorded_at().map(convert::timestamp),
    })
}
