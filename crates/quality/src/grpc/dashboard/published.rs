//! What is printed of a node, beside what the facts give for the same year.

use piramide_contracts::{
    quality::{PublishedFigure, PublishedKind},
    types,
};
use piramide_measure::{Exact, Period};
use piramide_plan::{self as plan, DashboardNode};

use crate::{
    asked::Asked,
    indices::{self, Against},
};

/// The printed figures of a node, for the nation alone: nothing is printed of the structures under it.
pub(super) fn figures<'a>(asked: &Asked<'a>, node: DashboardNode<'a>) -> Vec<PublishedFigure> {
    let query = asked.query;
    let nation = query.plan.structures().root(query.period.last_calendar_month());
    if nation.is_none_or(|nation| nation.code != query.structure) {
        return Vec::new();
    }
    query.plan.published().of(node.code()).map(|printed| figure(asked, node.code(), printed)).collect()
}

fn figure<'a>(asked: &Asked<'a>, node: &'a str, printed: &plan::PublishedFigure) -> PublishedFigure {
    let year = asked.in_period(Period::Year(printed.year), node);
    let (kind, recomputed) = match printed.figure {
        plan::PublishedKind::OnBudget => {
            // The budgets of a plan are those of its own year.
            let own_year = asked.query.plan.in_force(Period::Year(printed.year));
            (PublishedKind::OnBudget, own_year.then(|| whole(&year, node, Against::Budget)).flatten())
        }
        plan::PublishedKind::OnPreviousYear => (PublishedKind::OnPreviousYear, whole(&year, node, Against::PreviousYear)),
        plan::PublishedKind::Measure => {
            (PublishedKind::Measure, year.elementary(node).and_then(|elementary| elementary.value(elementary.whole.now)))
        }
    };
    PublishedFigure {
        kind: kind.into(),
        year: i32::from(printed.year),
        value: Some((&printed.value).into()),
        source: printed.source.clone(),
        note: printed.note.clone(),
        recomputed: recomputed.as_ref().map(types::Exact::from),
        line: i64::try_from(printed.line).unwrap_or_default(),
    }
}

/// The deviation of an index of which everything is measured: part of it would stand beside the whole that is printed.
fn whole<'a>(asked: &Asked<'a>, node: &'a str, against: Against) -> Option<Exact> {
    let index = indices::index(asked, node, against)?;
    index.deviation().filter(|_| index.judged.coverage == Exact::hundred())
}
