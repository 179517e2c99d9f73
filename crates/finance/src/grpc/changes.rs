//! `CompareClosings`: what changed between two closings, and why.

use std::collections::BTreeMap;

use piramide_contracts::{
    convert,
    finance::{ChangedFact, CompareClosingsRequest, CompareClosingsResponse},
    types,
};
use piramide_domain::{Domain, Handle, refusal};
use tonic::{Code, Status};

use crate::{
    Finance,
    asked::Asked,
    changes::{self, Changed},
};

/// The most changed facts listed; their number is told whole.
const MOST_LISTED: usize = 1_000;

/// Answers with the changes.
pub(super) async fn compare(handle: &Handle<Finance>, request: CompareClosingsRequest) -> Result<CompareClosingsResponse, Status> {
    let CompareClosingsRequest { structure_code, period, plan, before, after } = request;
    if before.as_ref().is_none_or(|before| before.at.is_none()) {
        let detail = "name the earlier closing or moment: the later one may be left out, and is then now";
        return Err(refusal::field(Code::InvalidArgument, "before", "CLOSING_REQUIRED", detail));
    }
    // The earlier knowledge first: it is a past state, and holds up nobody who writes.
    let old = handle.ask_by("before", &structure_code, period.as_ref(), &plan, before.as_ref()).await?;
    let (found, plan_version, sequences, labels) = {
        let new = handle.ask_by("after", &structure_code, period.as_ref(), &plan, after.as_ref()).await?;
        let found = changes::changes(&Asked::new(old.query(), old.state()), &Asked::new(new.query(), new.state()));
        let label = |fact: &Changed| Some((fact.subject.clone(), Finance.subject_label(new.plan(), &fact.subject)?.to_owned()));
        let labels: BTreeMap<String, String> = found.facts.iter().filter_map(label).collect();
        (found, new.plan().version().to_owned(), (old.facts().sequence(), new.facts().sequence()), labels)
    };
    let listed = found.facts.iter().take(MOST_LISTED);
    let mut facts = Vec::new();
    for fact in listed {
        let receipt = handle.receipt(&fact.batch_id).await?;
        let (reason, note, recorded_at) =
            receipt.map_or((None, None, None), |receipt| (receipt.reason, receipt.note, Some(receipt.recorded_at)));
        facts.push(ChangedFact {
            subject_code: fact.subject.clone(),
            label: labels.get(&fact.subject).cloned().unwrap_or_default(),
            structure_code: fact.structure.clone(),
            period: Some(types::Period { value: fact.period.clone() }),
            before: fact.before.as_ref().map(types::Exact::from),
            after: fact.after.as_ref().map(types::Exact::from),
            difference: Some((&fact.difference).into()),
            effect: Some((&fact.effect).into()),
            batch_id: fact.batch_id.clone(),
            reason: reason.unwrap_or_default(),
            note: note.unwrap_or_default(),
            recorded_at: recorded_at.map(convert::timestamp),
        });
    }
    Ok(CompareClosingsResponse {
        facts,
        facts_count: i64::try_from(found.facts.len()).unwrap_or(i64::MAX),
        before: found.before.as_ref().map(types::Exact::from),
        after: found.after.as_ref().map(types::Exact::from),
        difference: Some((&found.difference).into()),
        covered: Some((&found.covered).into()),
        plan_version,
        before_sequence: sequences.0,
        sequence: sequences.1,
    })
}
