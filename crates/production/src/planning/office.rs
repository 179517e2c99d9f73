//! The plan of one office: a structure that has facts of its own.

use piramide_domain::Measured;
use piramide_measure::{Exact, Explanation, Missing, Month, Period, Provenance, Reference, Source, Unit, explanation::counted};
use piramide_plan::IndicatorDefinition;

use super::{
    AreaLoad, Assumed, DAYS, Forecast, MONTHS, Outcome, OwnLever, ProductionPlan, estimate,
    frame::{Area, Frame},
};
use crate::{
    asked::Asked,
    facts::OPENING_BACKLOG,
    indicators::productivity,
    state::{CLOSING_POINTS, COMPLETED_POINTS, provenance},
};

/// Whether anything is recorded of an office this year or last.
pub fn has_work(asked: &Asked<'_>, year: u16) -> bool {
    let years = [Some(year), year.checked_sub(1)].into_iter().flatten();
    years.into_iter().any(|year| !asked.of_period(Period::Year(year)).months_of_work().is_empty())
}

/// The plan of an office for a year.
pub fn plan(asked: &Asked<'_>, frame: &Frame<'_>) -> ProductionPlan {
    let year = frame.year;
    let touched = frame.areas.iter().filter(|area| touches(asked, area, year));
    let opened: Vec<(&Area<'_>, Measured)> = touched.map(|area| (area, opening(asked, area, year))).collect();
    let areas = loads(asked, &opened, year, 0, &frame.assumed);
    let workload = sum("Carico di lavoro", "somma delle aree", areas.iter().map(|area| &area.workload));
    let productivity = productivity_target(asked, frame);
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
    let staff_available = frame.assumed.staff(staff(asked, year));
    let months = months_of(asked, year);
    let capacity = Measured::computed(
        "Capacità",
        Unit::Points,
        &format!("FTE disponibili x obiettivo di produttività x {}", counted(months, "mese", "mesi")),
        vec![staff_available.clone(), productivity],
        |numbers| {
            let [staff, productivity] = numbers else { return Err(asked.query.no_data()) };
            Ok(&(staff * productivity) * &Exact::from(months))
        },
    );
    let gap = super::total::gap(&workload, &capacity);
    let levers = own_levers(asked, gap.value.is_ok() || !has_work(asked, year));
    let (lever_points, lever_euro) = super::total::worth(&levers);
    let uncovered = super::total::uncovered(&gap, &levers, asked.query.plan);
    let whole = |label: &str, part: fn(&AreaLoad) -> &Measured| sum(label, "somma delle aree", areas.iter().map(part));
    let outcome = Outcome::of_office(
        whole("Pervenuto stimato nell'anno", |area| &area.received),
        whole("Giacenza iniziale", |area| &area.opening),
        whole("Giacenza finale obiettivo", |area| &area.target),
        &uncovered,
    );
    let forecasts = (1..=4).filter_map(|quarter| forecast(asked, &opened, year, quarter, &workload)).collect();
    ProductionPlan {
        structure: asked.query.structure.to_owned(),
        areas,
        offices: usize::from(uncovered.value.is_ok()),
        offices_without: usize::from(uncovered.value.is_err() && has_work(asked, year)),
        workload,
        staff_needed,
        staff_available,
        capacity,
        gap,
        levers,
        lever_points,
        lever_euro,
        uncovered,
        outcome,
        forecasts,
    }
}

/// The months of the year in which the office exists; all of them where the plan knows of none.
fn months_of(asked: &Asked<'_>, year: u16) -> i64 {
    let exists = |month: &Month| asked.query.plan.structures().at(asked.query.structure, *month).is_some();
    let months = (1..=12).filter_map(|number| Month::new(year, number)).filter(exists).count();
    i64::try_from(months).ok().filter(|months| *months > 0).unwrap_or(MONTHS)
}

/// The levers of a structure itself.
pub(super) fn own_levers(asked: &Asked<'_>, counts: bool) -> Vec<OwnLever> {
    let structure = asked.query.structure;
    let levers = asked.query.plan.levers().of(structure).into_iter();
    levers.map(|lever| OwnLever { structure: structure.to_owned(), lever, counts }).collect()
}

/// What has to be done in each area, by what is known at the end of a quarter.
fn loads(asked: &Asked<'_>, opened: &[(&Area<'_>, Measured)], year: u16, quarter: u8, assumed: &Assumed) -> Vec<AreaLoad> {
    let received = |area: &Area<'_>| assumed.received(&area.node.code, estimate::received(asked, &area.node.code, year, quarter));
    opened.iter().map(|(area, opening)| load(asked, area, received(area), opening.clone())).collect()
}

fn load(asked: &Asked<'_>, area: &Area<'_>, received: Measured, opening: Measured) -> AreaLoad {
    let target = target(asked, area, &received, &opening);
    let workload = Measured::computed(
        &area.node.label,
        Unit::Points,
        "pervenuto stimato + giacenza iniziale - giacenza finale obiettivo",
        vec![received.clone(), opening.clone(), target.clone()],
        |numbers| {
            let [received, opening, target] = numbers else { return Err(asked.query.no_data()) };
            Ok(&(received + opening) - target)
        },
    );
    AreaLoad { node: area.node.code.clone(), received, opening, target, workload }
}

/// Whether the office has any fact of an area this year or last.
fn touches(asked: &Asked<'_>, area: &Area<'_>, year: u16) -> bool {
    let years = [Some(year), year.checked_sub(1)].into_iter().flatten();
    years.into_iter().filter_map(|year| Month::new(year, 1).zip(Month::new(year, 12))).any(|(first, last)| {
        asked.sums_between(&area.node.code, first, last).is_none_or(|sums| provenance(&sums, 0..COMPLETED_POINTS).is_some())
    })
}

/// What waits when the year begins: what last year closed with, and where last year is not known, what the first month opened with.
fn opening(asked: &Asked<'_>, area: &Area<'_>, year: u16) -> Measured {
    const LABEL: &str = "Giacenza iniziale";
    let closed = year.checked_sub(1).and_then(|year| Month::new(year, 12));
    if let Some(sums) = closed.and_then(|month| asked.sums_ending_with(&area.node.code, month))
        && let Some((points, provenance)) = sums.sum(CLOSING_POINTS).zip(provenance(&sums, std::iter::once(CLOSING_POINTS)))
    {
        let source = Source::Total { provenance, structure: asked.query.structure.to_owned(), subject: area.node.code.clone() };
        let value = Exact::from_minor_units(points, 4);
        return Measured::given(value.clone(), Explanation::given(LABEL, value, Unit::Points, source));
    }
    first_opening(asked, area, year, LABEL)
}

/// What the products of an area waited with in the first month of the year in which the office recorded any.
fn first_opening(asked: &Asked<'_>, area: &Area<'_>, year: u16, label: &str) -> Measured {
    let (facts, structure, catalogue) = (asked.query.facts, asked.query.structure, asked.query.plan.catalogue());
    let months = asked.opened_first(&area.node.code, year);
    let Some((first, _)) = months.first().copied() else {
        return Measured::missing(label, Unit::Points, Missing::NoInput { input: "la giacenza all'inizio dell'anno".into() });
    };
    // One look for each product and month: offices have tens of thousands of facts in a year, most of them about other months.
    let places =
        area.products.iter().flat_map(|product| months.iter().map(|(first, last)| (product.code.as_str(), first.index(), last.index())));
    let recorded = places.filter_map(|(product, first, last)| facts.get(product, structure, (first, last)));
    let opened: Vec<_> = recorded.filter(|fact| fact.value(OPENING_BACKLOG).is_some()).collect();
    let points = opened.iter().filter_map(|fact| {
        let coefficient = catalogue.coefficient_ten_thousandths(fact.subject, fact.last)?;
        Some(i128::from(fact.value(OPENING_BACKLOG)?) * i128::from(coefficient))
    });
    let value = Exact::quotient(&Exact::from(points.sum::<i128>()), &Exact::power_of_ten(4)).unwrap_or_else(Exact::zero);
    let provenance = opened.iter().map(|fact| fact.batch.provenance).max().unwrap_or(Provenance::Synthetic);
    let source = Source::Total { provenance, structure: structure.to_owned(), subject: area.node.code.clone() };
    Measured::given(value.clone(), Explanation::given(label, value, Unit::Points, source).noted(format!("all'inizio di {first}")))
}

/// What may wait when the year ends.
///
/// **Decision**: as many days of what comes in as the plan's backlog index asks, and never more than waits now (clearance >= 1); where
/// the plan sets no days, what waits now (clearance 1).
fn target(asked: &Asked<'_>, area: &Area<'_>, received: &Measured, opening: &Measured) -> Measured {
    const LABEL: &str = "Giacenza finale obiettivo";
    let Some(days) = area.backlog_days.and_then(|indicator| target_of(asked, indicator)) else {
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

/// The plan's target of an indicator for the year, for the structure or the nearest above it.
fn target_of(asked: &Asked<'_>, indicator: &IndicatorDefinition) -> Option<Reference> {
    let plan = asked.query.plan;
    let (year, at) = (Period::Year(asked.query.period.last_calendar_month().year()), asked.query.period.last_calendar_month());
    let mut structure = Some(asked.query.structure.to_owned());
    while let Some(code) = structure {
        if let Some(target) = plan.target(&indicator.code, &code, year) {
            return Some(target);
        }
        // An office that has ended within the year stood last under its last parent.
        let found = plan.structures().at(&code, at).or_else(|| plan.structures().get(&code));
        structure = found.and_then(|found| found.parent.clone());
    }
    None
}

fn productivity_target(asked: &Asked<'_>, frame: &Frame<'_>) -> Measured {
    const LABEL: &str = "Obiettivo di produttività";
    let plan = asked.query.plan;
    match frame.productivity.and_then(|indicator| target_of(asked, indicator)) {
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
fn forecast(asked: &Asked<'_>, opened: &[(&Area<'_>, Measured)], year: u16, quarter: u8, planned: &Measured) -> Option<Forecast> {
    let last = Month::new(year, quarter * 3)?;
    if asked.of_period(Period::Year(year)).months_of_work().into_iter().max()? < last {
        return None;
    }
    let loads = loads(asked, opened, year, quarter, &Assumed::default());
    let received = sum("Pervenuto stimato nell'anno", "somma delle aree", loads.iter().map(|area| &area.received));
    let workload = sum("Carico di lavoro", "somma delle aree", loads.iter().map(|area| &area.workload));
    let done = loads.iter().map(|area| completed(asked, &area.node, year, last)).collect::<Vec<_>>();
    let completed = Measured::sum_of_known("Definito", Unit::Points, "somma delle aree", done);
    Some(super::total::forecast((quarter, 1), received, workload, completed, planned.clone()))
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
