//! The plan of a structure: that of its offices summed, with its own levers.

use piramide_domain::Measured;
use piramide_measure::{Exact, Explanation, Missing, Period, Source, Unit};
use piramide_plan::Plan;

use super::{AreaLoad, Forecast, OwnLever, ProductionPlan, flat, frame::Frame, office};
use crate::asked::Asked;

/// The plan of a structure for the year of the question, and of the structures right under it.
pub fn plans(asked: &Asked<'_>) -> (ProductionPlan, Vec<ProductionPlan>) {
    let at = asked.query.period.last_calendar_month();
    let frame = &Frame::new(asked.query.plan, at.year());
    let children = asked.query.plan.structures().children(asked.query.structure, at);
    if children.is_empty() {
        return (office::plan(asked, frame), Vec::new());
    }
    let below: Vec<ProductionPlan> = children.iter().filter_map(|child| of(&asked.of_structure(&child.code), frame)).collect();
    (summed(asked, frame, &below), below)
}

/// The plan of a structure under another; `None` when nothing is recorded in it and it has no lever. One with levers alone counts: what it
/// gives others receive, and where both ends are in a sum they cancel out.
fn of(asked: &Asked<'_>, frame: &Frame<'_>) -> Option<ProductionPlan> {
    let at = asked.query.period.last_calendar_month();
    let children = asked.query.plan.structures().children(asked.query.structure, at);
    if children.is_empty() {
        let counts = office::has_work(asked, frame.year) || !office::own_levers(asked).is_empty();
        return counts.then(|| office::plan(asked, frame));
    }
    let below: Vec<ProductionPlan> = children.iter().filter_map(|child| of(&asked.of_structure(&child.code), frame)).collect();
    (!below.is_empty() || !office::own_levers(asked).is_empty()).then(|| summed(asked, frame, &below))
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
    let gap = gap(&workload, &capacity);
    let below_levers = below.iter().flat_map(|plan| plan.levers.iter().cloned());
    let levers: Vec<OwnLever> = office::own_levers(asked).into_iter().chain(below_levers).collect();
    let (lever_points, lever_euro) = worth(&levers);
    let uncovered = uncovered(&gap, &levers, plan);
    let forecasts = (1..=4).filter_map(|quarter| forecast_of(quarter, below, &workload, &name)).collect();
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
    let given = levers.iter().map(|OwnLever { structure, lever }| {
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

/// What a quarter says of a workload that was planned.
pub(super) fn forecast(quarter: u8, received: Measured, workload: Measured, completed: Measured, planned: &Measured) -> Forecast {
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
    Forecast { quarter, received, workload, completed, remaining, deviation }
}

/// The forecast of a quarter, once it is over for every office that has a plan.
fn forecast_of(quarter: u8, below: &[ProductionPlan], planned: &Measured, name: &impl Fn(&str) -> String) -> Option<Forecast> {
    let of_quarter: Option<Vec<(&str, &Forecast)>> = below
        .iter()
        .filter(|plan| plan.offices + plan.offices_without > 0)
        .map(|plan| plan.forecasts.iter().find(|forecast| forecast.quarter == quarter).map(|forecast| (plan.structure.as_str(), forecast)))
        .collect();
    let of_quarter = of_quarter.filter(|forecasts| !forecasts.is_empty())?;
    let total = |label: &str, part: fn(&Forecast) -> &Measured| {
        let parts = of_quarter.iter().map(|(structure, forecast)| flat(part(forecast), &name(structure))).collect();
        Measured::sum_of_known(label, Unit::Points, "somma delle strutture", parts)
    };
    Some(forecast(
        quarter,
        total("Pervenuto stimato nell'anno", |forecast| &forecast.received),
        total("Carico di lavoro", |forecast| &forecast.workload),
        total("Definito", |forecast| &forecast.completed),
        planned,
    ))
}

/// The period of a plan must be a year.
pub fn year_of(period: Period) -> Option<u16> {
    match period {
        Period::Year(year) => Some(year),
        Period::Month(_) | Period::Quarter { .. } | Period::YearToDate(_) => None,
    }
}
