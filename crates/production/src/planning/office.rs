//! The plan of one office: a structure that has facts of its own.

use piramide_domain::Measured;
use piramide_measure::{Exact, Explanation, Missing, Month, Period, Reference, Source, Unit};
use piramide_plan::{Plan, Product};

use super::{AreaLoad, Forecast, MONTHS, ProductionPlan, estimate};
use crate::{
    asked::Asked,
    facts::OPENING_BACKLOG,
    indicators::productivity,
    state::{CLOSING_POINTS, COMPLETED_POINTS, provenance},
};

/// Days of the institute's year.
const DAYS: i64 = 360;

/// The areas of a plan: the groups right under the totals that have products with flows.
pub fn areas(plan: &Plan) -> Vec<&Product> {
    let catalogue = plan.catalogue();
    let has_flow = |node: &&Product| catalogue.products_under(&node.code).iter().any(|product| product.counts_flow());
    let below = catalogue.roots().into_iter().flat_map(|root| catalogue.children(&root.code));
    below.filter(|node| !node.is_staff()).filter(has_flow).collect()
}

/// Whether anything is recorded of an office this year or last.
pub fn has_work(asked: &Asked<'_>, year: u16) -> bool {
    let years = [Some(year), year.checked_sub(1)].into_iter().flatten();
    years.into_iter().any(|year| !asked.of_period(Period::Year(year)).months_of_work().is_empty())
}

/// The plan of an office for a year.
pub fn plan(asked: &Asked<'_>, year: u16) -> ProductionPlan {
    let areas: Vec<AreaLoad> = areas(asked.query.plan).into_iter().filter_map(|area| load(asked, area, year, 0)).collect();
    let workload = sum("Carico di lavoro", "somma delle aree", areas.iter().map(|area| &area.workload));
    let productivity = productivity_target(asked);
    let staff_needed = Measured::computed(
        "FTE necessari",
        Unit::FullTimeEquivalents,
        "carico / (obiettivo di produttività x 12 mesi)",
        vec![workload.clone(), productivity.clone()],
        |numbers| {
            let [workload, productivity] = numbers else { return Err(asked.query.no_data()) };
            let zero = || Missing::ZeroDivisor { divisor: "Obiettivo di produttività".into() };
            Exact::quotient(workload, &(productivity * &Exact::from(MONTHS))).ok_or_else(zero)
        },
    );
    let staff_available = staff(asked, year);
    let capacity = Measured::computed(
        "Capacità",
        Unit::Points,
        "FTE disponibili x obiettivo di produttività x 12 mesi",
        vec![staff_available.clone(), productivity],
        |numbers| {
            let [staff, productivity] = numbers else { return Err(asked.query.no_data()) };
            Ok(&(staff * productivity) * &Exact::from(MONTHS))
        },
    );
    let gap = super::total::gap(&workload, &capacity);
    let levers = asked.query.plan.levers().of(asked.query.structure);
    let (lever_points, lever_euro) = super::total::worth(&levers);
    let uncovered = super::total::uncovered(&gap, &levers, asked.query.plan);
    let forecasts = (1..=4).filter_map(|quarter| forecast(asked, year, quarter, &workload)).collect();
    ProductionPlan {
        structure: asked.query.structure.to_owned(),
        areas,
        offices: usize::from(uncovered.value.is_ok()),
        offices_without: usize::from(uncovered.value.is_err()),
        workload,
        staff_needed,
        staff_available,
        capacity,
        gap,
        levers,
        lever_points,
        lever_euro,
        uncovered,
        forecasts,
    }
}

/// What has to be done in an area; `None` where the office has nothing to do with it.
fn load(asked: &Asked<'_>, area: &Product, year: u16, quarter: u8) -> Option<AreaLoad> {
    let received = estimate::received(asked, &area.code, year, quarter);
    let opening = opening(asked, area, year);
    if received.value.is_err() && opening.value.is_err() && quarter == 0 && !touches(asked, area, year) {
        return None;
    }
    let target = target(asked, area, &received, &opening);
    let workload = Measured::computed(
        &area.label,
        Unit::Points,
        "pervenuto stimato + giacenza iniziale - giacenza finale obiettivo",
        vec![received.clone(), opening.clone(), target.clone()],
        |numbers| {
            let [received, opening, target] = numbers else { return Err(asked.query.no_data()) };
            Ok(&(received + opening) - target)
        },
    );
    Some(AreaLoad { node: area.code.clone(), received, opening, target, workload })
}

/// Whether the office has any fact of an area this year or last.
fn touches(asked: &Asked<'_>, area: &Product, year: u16) -> bool {
    let years = [Some(year), year.checked_sub(1)].into_iter().flatten();
    years.into_iter().filter_map(|year| Month::new(year, 1).zip(Month::new(year, 12))).any(|(first, last)| {
        asked.sums_between(&area.code, first, last).is_none_or(|sums| provenance(&sums, 0..COMPLETED_POINTS).is_some())
    })
}

/// What waits when the year begins: what last year closed with, and where last year is not known, what the first month opened with.
fn opening(asked: &Asked<'_>, area: &Product, year: u16) -> Measured {
    const LABEL: &str = "Giacenza iniziale";
    let closed = year.checked_sub(1).and_then(|year| Month::new(year, 12));
    if let Some(sums) = closed.and_then(|month| asked.sums_ending_with(&area.code, month))
        && let Some((points, provenance)) = sums.sum(CLOSING_POINTS).zip(provenance(&sums, std::iter::once(CLOSING_POINTS)))
    {
        let source = Source::Total { provenance, structure: asked.query.structure.to_owned(), subject: area.code.clone() };
        let value = Exact::from_minor_units(points, 4);
        return Measured::given(value.clone(), Explanation::given(LABEL, value, Unit::Points, source));
    }
    first_opening(asked, area, year, LABEL)
}

/// What the products of an area waited with in the first month of the year in which the office recorded any.
fn first_opening(asked: &Asked<'_>, area: &Product, year: u16, label: &str) -> Measured {
    let query = &asked.of_period(Period::Year(year)).query;
    let catalogue = query.plan.catalogue();
    let facts = || {
        let products = catalogue.products_under(&area.code).into_iter().filter(|product| product.counts_flow());
        products
            .flat_map(|product| query.facts.about_in(&product.code, query.structure))
            .filter(|fact| fact.first.year() == year && fact.last.year() == year && fact.value(OPENING_BACKLOG).is_some())
    };
    let Some(first) = facts().map(|fact| fact.first).min() else {
        return Measured::missing(label, Unit::Points, Missing::NoInput { input: "la giacenza all'inizio dell'anno".into() });
    };
    let opened = || facts().filter(|fact| fact.first == first);
    let points = opened().filter_map(|fact| {
        let coefficient = catalogue.coefficient_ten_thousandths(fact.subject, fact.last)?;
        Some(i128::from(fact.value(OPENING_BACKLOG)?) * i128::from(coefficient))
    });
    let value = Exact::quotient(&Exact::from(points.sum::<i128>()), &Exact::power_of_ten(4)).unwrap_or_else(Exact::zero);
    let provenance = opened().map(|fact| fact.batch.provenance).max().unwrap_or(piramide_measure::Provenance::Synthetic);
    let source = Source::Total { provenance, structure: query.structure.to_owned(), subject: area.code.clone() };
    Measured::given(value.clone(), Explanation::given(label, value, Unit::Points, source).noted(format!("all'inizio di {first}")))
}

/// What may wait when the year ends.
///
/// **Decision**: as many days of what comes in as the plan's backlog index asks, and never more than waits now (clearance >= 1); where
/// the plan sets no days, what waits now (clearance 1).
fn target(asked: &Asked<'_>, area: &Product, received: &Measured, opening: &Measured) -> Measured {
    const LABEL: &str = "Giacenza finale obiettivo";
    let Some(days) = target_of(asked, "backlog_days", &area.code) else {
        return Measured::computed(LABEL, Unit::Points, "giacenza iniziale (indice di deflusso 1)", vec![opening.clone()], |numbers| {
            numbers.first().cloned().ok_or_else(|| asked.query.no_data())
        });
    };
    let days = Measured::given(days.target.clone(), days.explanation);
    let formula = "giorni obiettivo x pervenuto / 360, al più la giacenza iniziale";
    estimate::rounded(LABEL, formula, vec![days, received.clone(), opening.clone()], |numbers| {
        let [days, received, opening] = numbers else { return None };
        let target = Exact::quotient(&(days * received), &Exact::from(DAYS))?;
        Some(if target < *opening { target } else { opening.clone() })
    })
}

/// The plan's year target of the indicator of a method at a node, for the structure or the nearest above it.
fn target_of(asked: &Asked<'_>, method: &str, node: &str) -> Option<Reference> {
    let plan = asked.query.plan;
    let indicator = plan.indicators().of_domain("production").find(|one| one.method == method && one.subject == node)?;
    let (year, at) = (Period::Year(asked.query.period.last_calendar_month().year()), asked.query.period.last_calendar_month());
    let mut structure = Some(asked.query.structure.to_owned());
    while let Some(code) = structure {
        if let Some(target) = plan.target(&indicator.code, &code, year) {
            return Some(target);
        }
        structure = plan.structures().at(&code, at).and_then(|found| found.parent.clone());
    }
    None
}

fn productivity_target(asked: &Asked<'_>) -> Measured {
    const LABEL: &str = "Obiettivo di produttività";
    let plan = asked.query.plan;
    let totals = plan.catalogue().roots();
    let target = totals.iter().find_map(|root| target_of(asked, "productivity", &root.code));
    match target {
        Some(target) => Measured::given(target.target.clone(), target.explanation).labelled(LABEL),
        None => Measured::missing(
            LABEL,
            Unit::PointsPerHeadPerMonth,
            Missing::NoInput { input: format!("l'obiettivo di produttività nel piano {}", plan.version()) },
        ),
    }
}

/// The staff there is: the mean of the year so far, and before it that of the last month known of last year.
fn staff(asked: &Asked<'_>, year: u16) -> Measured {
    const LABEL: &str = "FTE disponibili";
    let this_year = asked.of_period(Period::Year(year));
    if !this_year.months_of_staff().is_empty() {
        return productivity::staff(&this_year).labelled(LABEL).noted("media dell'anno fin qui");
    }
    let last_year = year.checked_sub(1).map(|year| asked.of_period(Period::Year(year)));
    let last = last_year.and_then(|asked| asked.months_of_staff().into_iter().max());
    let asked_month = last.map(|month| asked.of_period(Period::Month(month)));
    match asked_month {
        Some(month) => productivity::staff(&month).labelled(LABEL).noted("ultimo mese noto dell'anno precedente"),
        None => Measured::missing(LABEL, Unit::FullTimeEquivalents, asked.query.no_data()),
    }
}

/// What a quarter says; `None` until it is over for this office.
fn forecast(asked: &Asked<'_>, year: u16, quarter: u8, planned: &Measured) -> Option<Forecast> {
    let last = Month::new(year, quarter * 3)?;
    if asked.of_period(Period::Year(year)).months_of_work().into_iter().max()? < last {
        return None;
    }
    let loads: Vec<AreaLoad> = areas(asked.query.plan)
        .into_iter()
        .filter(|area| touches(asked, area, year))
        .filter_map(|area| load(asked, area, year, quarter))
        .collect();
    let received = sum("Pervenuto stimato nell'anno", "somma delle aree", loads.iter().map(|area| &area.received));
    let workload = sum("Carico di lavoro", "somma delle aree", loads.iter().map(|area| &area.workload));
    let done = loads.iter().map(|area| completed(asked, &area.node, year, last)).collect::<Vec<_>>();
    let completed = Measured::sum_of_known("Definito", Unit::Points, "somma delle aree", done);
    Some(super::total::forecast(quarter, received, workload, completed, planned))
}

fn completed(asked: &Asked<'_>, node: &str, year: u16, last: Month) -> Measured {
    let missing = || Measured::missing("Definito", Unit::Points, asked.query.no_data());
    let sums = Month::new(year, 1).and_then(|first| asked.sums_between(node, first, last));
    let Some(sums) = sums else { return missing() };
    let Some((points, provenance)) = sums.sum(COMPLETED_POINTS).zip(provenance(&sums, std::iter::once(COMPLETED_POINTS))) else {
        return missing();
    };
    let value = Exact::from_minor_units(points, 4);
    let source = Source::Total { provenance, structure: asked.query.structure.to_owned(), subject: node.to_owned() };
    Measured::given(value.clone(), Explanation::given("Definito", value, Unit::Points, source))
}

/// A sum of which every part must be known.
fn sum<'m>(label: &str, formula: &str, parts: impl Iterator<Item = &'m Measured>) -> Measured {
    let parts: Vec<Measured> = parts.cloned().collect();
    if parts.is_empty() {
        return Measured::missing(label, Unit::Points, Missing::NoInput { input: "un'area con lavorazioni".into() });
    }
    Measured::computed(label, Unit::Points, formula, parts, |numbers| Ok(numbers.iter().sum()))
}
