//! `Reconcile`: what adds up and what does not.

use piramide_contracts::finance::{Figures, LikelyCause, Miss, ReconcileRequest, ReconcileResponse};
use piramide_domain::{Handle, refusal};
use piramide_measure::reconciliation::{self, Cause};
use tonic::{Code, Status};

use crate::{Finance, asked::Asked, reconciliation as tables};

/// The most sums listed of a kind; their number is told whole.
const MOST_LISTED: usize = 500;

/// Answers with the report.
pub(super) async fn reconcile(handle: &Handle<Finance>, request: ReconcileRequest) -> Result<ReconcileResponse, Status> {
    let ReconcileRequest { structure_code, period, plan, as_of, figures } = request;
    let question = handle.ask(&structure_code, period.as_ref(), &plan, as_of.as_ref()).await?;
    let query = Asked::new(question.query(), question.state());
    let table = match Figures::try_from(figures) {
        Ok(Figures::Actuals) => tables::actuals(&query),
        Ok(Figures::Targets) => tables::targets(&query),
        Ok(Figures::Unspecified) | Err(_) => {
            let detail = "say which figures: those recorded, or the targets of the plan";
            return Err(refusal::field(Code::InvalidArgument, "figures", "FIGURES_UNSPECIFIED", detail));
        }
    };
    let report = table.reconcile();
    let misses = |misses: &[reconciliation::Miss]| misses.iter().take(MOST_LISTED).map(miss).collect();
    Ok(ReconcileResponse {
        holding: count(report.holding),
        incomplete: count(report.incomplete),
        rounded: misses(&report.rounded),
        broken: misses(&report.broken),
        causes: report.causes.iter().map(cause).collect(),
        rounded_count: count(report.rounded.len()),
        broken_count: count(report.broken.len()),
        plan_version: question.plan().version().to_owned(),
        sequence: question.facts().sequence(),
    })
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn miss(of: &reconciliation::Miss) -> Miss {
    Miss {
        item_code: of.rule.whole.row.clone(),
        place: of.rule.whole.column.clone(),
        written: Some((&of.written).into()),
        summed: Some((&of.summed).into()),
        difference: Some((&of.difference).into()),
        tolerance: Some((&of.tolerance).into()),
        parts: i32::try_from(of.rule.parts.len()).unwrap_or(i32::MAX),
        cause: of.cause.map(|position| i32::try_from(position).unwrap_or(i32::MAX)),
    }
}

fn cause(of: &Cause) -> LikelyCause {
    LikelyCause {
        item_code: of.cell.row.clone(),
        place: of.cell.column.clone(),
        written: Some((&of.written).into()),
        corrected: Some((&of.corrected).into()),
        settles: i32::try_from(of.settles).unwrap_or(i32::MAX),
        sentence: of.sentence(),
    }
}
