//! The same facts by the method of each plan.

use piramide_contracts::plan::Plan;
use piramide_measure::Period;

use super::quality::{self, Index};
use crate::{app::Shared, problem::Problem, question::Question};

/// What a plan makes of the facts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Method {
    pub(crate) plan: Plan,
    /// Whether it is another year's: it does not hold at the end of the period.
    pub(crate) another_year: bool,
    /// The indices of its dashboard; why there are none, where the plan does not know what is asked.
    pub(crate) indices: Result<Vec<Index>, String>,
    /// The last ledger sequence that was used; 0 where nothing was asked of.
    pub(crate) sequence: i64,
}

/// Asks quality for the indices of the dashboard of every plan, one after the other: each is work for one core.
pub(crate) async fn ask(app: &Shared, question: &Question) -> Result<Vec<Method>, Problem> {
    let mut methods = Vec::new();
    for plan in app.upstream.list_plans().await?.iter() {
        let by_version = Question { plan: plan.version.clone(), ..question.clone() };
        let (indices, sequence) = match app.upstream.get_indices(&by_version, String::new()).await {
            Ok(answer) => {
                let indices = quality::indices(answer.indices);
                let unreadable = |cause| Problem::unreadable(piramide_contracts::domains::QUALITY.name, &cause);
                (Ok(indices.map_err(unreadable)?), answer.sequence)
            }
            Err(problem) if problem.is_unknown() => (Err(problem.detail().to_owned()), 0),
            Err(problem) => return Err(problem),
        };
        methods.push(Method { another_year: is_of_another_year(plan, question.period), plan: plan.clone(), indices, sequence });
    }
    Ok(methods)
}

/// Whether a plan does not hold at the end of a period: another year's method is applied to it.
pub(crate) fn is_of_another_year(plan: &Plan, period: Period) -> bool {
    let month = |message: Option<&piramide_contracts::types::Period>| message.and_then(|month| month.value.parse::<Period>().ok());
    let last = period.last_calendar_month();
    let validity = month(plan.first_month.as_ref()).zip(month(plan.last_month.as_ref()));
    validity.is_some_and(|(begins, ends)| last < begins.first_month() || ends.last_month() < last)
}
