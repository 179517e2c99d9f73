//! The plan of a structure: that of its offices summed, with its own levers.

use piramide_domain::Measured;
use piramide_measure::{Exact, Explanation, Missing, Month, Period, Source, Unit};
use piramide_plan::Plan;

use super::{AreaLoad, Assumed, Forecast, Outcome, OwnLever, ProductionPlan, flat, frame::Frame, office};
use crate::{asked::Asked, facts::following};

/// The plan of a structure for the year of the question, and of the structures right under it, with what is assumed.
pub fn plans(asked: &Asked<'_>, assumed: Assumed) -> (ProductionPlan, Vec<ProductionPlan>) {
    let frame = &Frame::new(asked.query.plan, asked.query.period.last_calendar_month().year(), assumed);
    let children = children(asked, frame.year);
    if children.is_empty() {
        return (office::plan(asked, frame), Vec::new());
    }
    let below: Vec<ProductionPlan> = children.into_iter().filter_map(|child| of(&asked.of_structure(child), frame)).collect();
    (summed(asked, frame, &below), below)
}

/// The structures right under one that stand there last in the year: those of its end, and those that ended there before.
fn children<'a>(asked: &Asked<'a>, year: u16) -> Vec<&'a str> {
    let structures = asked.query.plan.structures();
    let months = (1..=12).rev().filter_map(|number| Month::new(year, number));
    let last_there = |month: Month| {
        let next = following(month).filter(|next| next.year() == year);
        let there = structures.children(asked.query.structure, month).into_iter().map(|child| child.code.as_str());
        there.filter(move |child| next.is_none_or(|next| structures.at(child, next).is_none())).collect::<Vec<_>>()
    };
    months.flat_map(last_there).collect()
}

/// The plan of a structure under another; `None` when nothing is recorded in it and it has no lever. One with levers alone counts: what it
/// gives others receive, and where both ends are in a sum they cancel out.
fn of(asked: &Asked<'_>, frame: &Frame<'_>) -> Option<ProductionPlan> {
    let children = children(asked, frame.year);
    let has_levers = || !office::own_levers(asked, true).is_empty();
    if children.is_empty() {
        return (office::has_work(asked, frame.year) || has_levers()).then(|| office::plan(asked, frame));
    }
    let below: Vec<ProductionPlan> = children.into_iter().filter_map(|child| of(&asked.of_structure(child), frame)).collect();
    (!below.is_empty() || has_levers()).then(|| summed(asked, frame, &below))
}

/// The sum of plans, and the levers of the structure above them.
fn summed(asked: &Asked<'_>, frame: &Frame<'_>, below: &[ProductionPlan]) -> ProductionPlan {
    let plan = asked.query.plan;
    let name = |code: &str| plan.structures().get(code).map_or_else(|| code.to_owned(), |structure| structure.name.clone());
    let total = |label: &str, unit, part: fn(&ProductionPlan) -> &Measured| {
        let parts = below.iter().map(|plan| flat(part(plan), &name(&plan.structure))).collect();
        Measured::sum_of_known(label, unit, "somma delle strutture", parts)
    };
    let areas = frame.areas.iter().filter_map(|area| {
        let node = area.node;
        let loads: Vec<(&str, &AreaLoad)> = below
            .iter()
            .flat_map(|plan| plan.areas.iter().filter(|load| load.node == node.code).map(|load| (plan.structure.as_str(), load)))
            .collect();
        let sum = |label: &str, part: fn(&AreaLoad) -> &Measured| {
            let parts = loads.iter().map(|(structure, load)| flat(part(load), &name(structure))).collect();
            Measured::sum_of_known(label, Unit::Points, "somma delle strutture", parts)
        };
        (!loads.is_empty()).then(|| AreaLoad {
            node: node.code.clone(),
            received: sum("Pervenuto stimato nell'anno", |load| &load.received),
            opening: sum("Giacenza iniziale", |load| &load.opening),
            target: sum("Giacenza finale obiettivo", |load| &load.target),
            workload: sum(&node.label, |load| &load.workload),
        })
    });
    let areas = areas.collect();
    let workload = total("Carico di lavoro", Unit::Points, |plan| &plan.workload);
    let capacity = total("Capacità", Unit::Points, |plan| &plan.capacity);
    let gap = total("Divario", Unit::Points, |plan| &plan.gap);
    let own_levers = office::own_levers(asked, true);
    let beside: Vec<OwnLever> = own_levers
        .iter()
        .chain(below.iter().filter(|plan| !plan.outcome.is_known()).flat_map(|plan| &plan.levers))
        .filter(|own| own.counts)
        .cloned()
        .collect();
    let outcome = Outcome::of_all(below, &worth(&beside).0, name);
    let below_levers = below.iter().flat_map(|plan| plan.levers.iter().cloned());
    let levers: Vec<OwnLever> = own_levers.into_iter().chain(below_levers).collect();
    let (lever_points, lever_euro) = worth(&levers);
    let uncovered = uncovered(&gap, &levers, plan);
    let forecasts = (1..=4).filter_map(|quarter| forecast_of(quarter, below, &name)).collect();
    ProductionPlan {
        structure: asked.query.structure.to_owned(),
        areas,
        staff_needed: total("FTE necessari", Unit::FullTimeEquivalents, |plan| &plan.staff_needed),
        staff_available: total("FTE disponibili", Unit::FullTimeEquivalents, |plan| &plan.staff_available),
        workload,
        capacity,
        gap,
        levers,
        lever_points,
        lever_euro,
        uncovered,
        outcome,
        forecasts,
        offices: below.iter().map(|plan| plan.offices).sum(),
        offices_without: below.iter().map(|plan| plan.offices_without).sum(),
    }
}

/// Workload less capacity, in points.
pub(super) fn gap(workload: &Measured, capacity: &Measured) -> Measured {
    Measured::computed("Divario", Unit::Points, "carico - capacità", vec![workload.clone(), capacity.clone()], |numbers| {
        let [workload, capacity] = numbers else { return Err(Missing::NoInput { input: "il divario".into() }) };
        Ok(workload - capacity)
    })
}

/// What levers bring and cost.
pub(super) fn worth(levers: &[OwnLever]) -> (Exact, Exact) {
    (levers.iter().map(|own| &own.lever.points).sum(), levers.iter().map(|own| &own.lever.euro).sum())
}

/// What no lever covers: zero or below when the load is covered.
pub(super) fn uncovered(gap: &Measured, levers: &[OwnLever], plan: &Plan) -> Measured {
    let given = levers.iter().filter(|own| own.counts).map(|OwnLever { structure, lever, .. }| {
        let source = Source::Plan { version: plan.version().to_owned(), place: lever.place.clone() };
        Measured::given(
            lever.points.clone(),
            Explanation::given(format!("{structure}: {}", lever.label), lever.points.clone(), Unit::Points, source),
        )
    });
    let inputs = std::iter::once(gap.clone()).chain(given).collect();
    Measured::computed("Carico non coperto", Unit::Points, "divario - punti delle leve", inputs, |numbers| {
        let (gap, levers) = numbers.split_first().ok_or_else(|| Missing::NoInput { input: "il divario".into() })?;
        Ok(gap - &levers.iter().sum())
    })
}

/// What a quarter says of some offices, and of the workload that was planned for them.
pub(super) fn forecast(
    (quarter, offices): (u8, usize),
    received: Measured,
    workload: Measured,
    completed: Measured,
    planned: Measured,
) -> Forecast {
    let remaining =
        Measured::computed("Resta da definire", Unit::Points, "carico - definito", vec![workload.clone(), completed.clone()], |numbers| {
            let [workload, completed] = numbers else { return Err(Missing::NoInput { input: "il definito".into() }) };
            Ok(workload - completed)
        });
    let deviation = Measured::computed(
        "Scostamento dal piano",
        Unit::Percent,
        "(carico della previsione - carico del piano) / carico del piano x 100",
        vec![workload.clone(), planned.clone()],
        |numbers| {
            let [workload, planned] = numbers else { return Err(Missing::NoInput { input: "il carico del piano".into() }) };
            let difference = &(workload - planned) * &Exact::hundred();
            Exact::quotient(&difference, planned).ok_or_else(|| Missing::ZeroDivisor { divisor: "Carico di lavoro".into() })
        },
    );
    Forecast { quarter, offices, planned, received, workload, completed, remaining, deviation }
}

/// The forecast of a quarter, of the offices for which it is over: an office that is late, or idle, does not keep the others from having one.
fn forecast_of(quarter: u8, below: &[ProductionPlan], name: &impl Fn(&str) -> String) -> Option<Forecast> {
    let of_quarter = below.iter().flat_map(|plan| plan.forecasts.iter().map(|forecast| (plan.structure.as_str(), forecast)));
    let of_quarter: Vec<(&str, &Forecast)> = of_quarter.filter(|(_, forecast)| forecast.quarter == quarter).collect();
    let offices = of_quarter.iter().map(|(_, forecast)| forecast.offices).sum();
    let total = |label: &str, part: fn(&Forecast) -> &Measured| {
        let parts = of_quarter.iter().map(|(structure, forecast)| flat(part(forecast), &name(structure))).collect();
        Measured::sum_of_known(label, Unit::Points, "somma delle strutture", parts)
    };
    (!of_quarter.is_empty()).then(|| {
        forecast(
            (quarter, offices),
            total("Pervenuto stimato nell'anno", |forecast| &forecast.received),
            total("Carico di lavoro", |forecast| &forecast.workload),
            total("Definito", |forecast| &forecast.completed),
            total("Carico di lavoro del piano", |forecast| &forecast.planned),
        )
    })
}

/// The period of a plan must be a year.
pub fn year_of(period: Period) -> Option<u16> {
    match period {
        Period::Year(year) => Some(year),
        Period::Month(_) | Period::Quarter { .. } | Period::YearToDate(_) => None,
    }
}
