//! What is printed of a node, beside what the facts give for the same year.

use piramide_contracts::{
    quality::{PublishedFigure, PublishedKind},
    types,
};
use piramide_measure::{Exact, Period};
use piramide_plan::{self as plan, DashboardNode, OverMonths};

use crate::{
    asked::Asked,
    indices::{self, Against},
};

/// The months of a year.
const MONTHS: u32 = 12;

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
            let measured = year.elementary(node).and_then(|elementary| elementary.value(elementary.whole.now));
            (PublishedKind::Measure, measured.filter(|_| is_of_every_month(&year)))
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

/// The deviation of an index of which everything is measured, in every month: part of it would stand beside the whole that is printed.
fn whole<'a>(asked: &Asked<'a>, node: &'a str, against: Against) -> Option<Exact> {
    let index = indices::index(asked, node, against)?;
    let before = asked.query.period.previous_year().filter(|_| against == Against::PreviousYear);
    let every_month = is_of_every_month(asked) && before.is_none_or(|before| is_of_every_month(&asked.in_period(before, node)));
    index.deviation().filter(|_| every_month && index.judged.coverage == Exact::hundred())
}

/// Whether the facts of a year speak of each of its months; what waits is only counted in the last. Whether every office has recorded is not
/// known: a plan does not say who must.
fn is_of_every_month(asked: &Asked<'_>) -> bool {
    let mut measured = asked.all().filter(|elementary| elementary.indicator.measure.is_some());
    measured.all(|elementary| elementary.indicator.over_months == OverMonths::Last || elementary.whole.months.count_ones() == MONTHS)
}
