//! The institute's assets (*patrimonio*): units disposed of, errors of the property database, securities and funds.

use piramide_domain::{Measured, factor};
use piramide_measure::{Direction, Exact, Explanation, Missing, Scale, Source, Unit};
use piramide_plan::{IndicatorDefinition, Securities, Security, SecurityFigure, Structure};

use crate::{asked::Asked, statement::Judged};

/// What the plan counts of the errors that were fixed in the property database (*Ge.M.P.I.*).
pub const ERRORS_FIXED: &str = "PROPERTY_ERRORS_FIXED";

/// What a structure has disposed of and mended, against its targets.
pub struct Property<'a> {
    /// The structure.
    pub structure: &'a Structure,
    /// Whether it has structures under it.
    pub has_children: bool,
    /// Units disposed of (*unità dismesse*).
    pub units: Judged,
    /// Their cadastral value (*valore catastale*), euro.
    pub value: Judged,
    /// The index of both, by the rule that suits the structure better.
    pub index: Judged,
    /// Errors of the property database that were fixed (*errori definiti*).
    pub errors: Judged,
}

/// A class of securities: planned, and recorded.
pub struct Holding<'a> {
    /// The class, with what is planned.
    pub security: &'a Security,
    /// What is held when the year begins: recorded, else as planned.
    pub opening: Measured,
    /// What came in.
    pub increases: Measured,
    /// What went out.
    pub decreases: Measured,
    /// Opening + increases - decreases, where anything is recorded.
    pub closing: Measured,
}

/// The assets of a structure.
pub struct Assets<'a> {
    /// The structure itself; `None` for one that is not of the period.
    pub own: Option<Property<'a>>,
    /// Those right under it that have a target or a measure.
    pub below: Vec<Property<'a>>,
    /// Securities and funds, of the whole institute, in the order of the plan.
    pub holdings: Vec<Holding<'a>>,
    /// All of them together at the end.
    pub closing: Measured,
}

/// Draws up the assets of a structure.
pub fn assets<'a>(query: &Asked<'a>) -> Assets<'a> {
    let (structures, month) = (query.plan.structures(), query.period.last_calendar_month());
    let of = |structure: &'a Structure| property(&query.of_structure(&structure.code), structure);
    let is_there = |property: &Property<'_>| {
        [&property.units, &property.value, &property.errors].iter().any(|judged| judged.actual.is_ok() || judged.target.is_some())
    };
    let holdings: Vec<Holding<'a>> = query.plan.securities().iter().map(|security| holding(query, security)).collect();
    let closing = holdings.iter().map(|holding| holding.closing.clone()).collect();
    Assets {
        own: structures.at(query.structure, month).map(of),
        below: structures.children(query.structure, month).into_iter().map(of).filter(is_there).collect(),
        closing: Measured::sum_of_known("Consistenza dei titoli", Unit::Euro, "somma delle classi", closing),
        holdings,
    }
}

fn property<'a>(query: &Asked<'a>, structure: &'a Structure) -> Property<'a> {
    let indicators = || query.plan.indicators().of_domain("finance");
    let judged = |indicator: Option<&IndicatorDefinition>, measured: Measured| {
        let target = indicator.and_then(|indicator| query.plan.target(&indicator.code, query.structure, query.period));
        Judged::new(&measured, target.map(|reference| (reference.target, reference.scale)), Direction::HigherIsBetter)
    };
    let counted = |measure: &str| {
        let indicator = indicators().find(|indicator| indicator.method == "amount" && indicator.subject == measure);
        judged(indicator, counted(query, measure))
    };
    let rule = indicators().find(|indicator| indicator.method == "disposal");
    let (units, value) = rule.and_then(|rule| rule.subject.split_once('/')).unwrap_or_default();
    let index = rule.map_or_else(
        || {
            Measured::missing(
                "Indice di dismissione",
                Unit::Index,
                Missing::NoInput { input: format!("la regola in {}", query.plan.version()) },
            )
        },
        |rule| disposal(query, rule),
    );
    Property {
        structure,
        has_children: !query.plan.structures().children(&structure.code, query.period.last_calendar_month()).is_empty(),
        units: counted(units),
        value: counted(value),
        index: judged(rule, index),
        errors: counted(ERRORS_FIXED),
    }
}

/// What is recorded of a measure, in its own unit.
fn counted(query: &Asked<'_>, measure: &str) -> Measured {
    let definition = query.plan.measures().get(measure);
    let mut measured = query.total(measure, definition.map_or(measure, |measure| &measure.label));
    if let Some(definition) = definition {
        measured.explanation.unit = definition.unit;
    }
    measured
}

/// The index of the disposal plan (*piano di dismissione del patrimonio da reddito*).
///
/// ```text
/// u = units / target * 100, v = value / target * 100
/// index = the higher of (w * u + (100 - w) * v) / 100 and ((100 - w) * u + w * v) / 100
/// ```
///
/// - The subject names both measures, `DISPOSAL_UNITS/DISPOSAL_VALUE`; `w` is the parameter, 70.
/// - Unit: index, 100 is as asked for, higher is better. Rounding: none. Shown with 2 digits.
/// - Source: Piano della performance 2021-2023, Allegato Tecnico, "Piano di dismissione del Patrimonio da Reddito": 70 % of the objective on
///   units and 30 % of that on value, or the other way round.
///
/// Missing if either measure or either target is.
pub fn disposal(query: &Asked<'_>, indicator: &IndicatorDefinition) -> Measured {
    let label = indicator.label.as_str();
    let missing = |input: String| Measured::missing(label, Unit::Index, Missing::NoInput { input });
    let weight = factor::of(indicator).filter(|weight| *weight <= Exact::hundred());
    let (Some((units, value)), Some(weight)) = (indicator.subject.split_once('/'), weight) else {
        return missing(format!("la coppia di misure e il peso di {}", indicator.code));
    };
    let realised = |measure: &str| {
        let target = query
            .plan
            .indicators()
            .of_domain("finance")
            .find(|other| other.method == "amount" && other.subject == measure)
            .and_then(|other| query.plan.target(&other.code, query.structure, query.period));
        let name = query.plan.measures().get(measure).map_or(measure, |measure| &measure.label);
        let target = match target {
            Some(reference) => Measured::given(reference.target, reference.explanation),
            None => {
                Measured::missing(name, Unit::Items, Missing::NoInput { input: format!("l'obiettivo di {name} per {}", query.structure) })
            }
        };
        let label = format!("{name}: realizzazione");
        Measured::quotient(&label, Unit::Percent, "consuntivo / obiettivo x 100", counted(query, measure), target, &Exact::hundred())
    };
    let rest = &Exact::hundred() - &weight;
    let formula = format!("il più alto tra {0} % unità + {1} % valore e {1} % unità + {0} % valore", weight.shown(2), rest.shown(2));
    let mut rule = "";
    let measured = Measured::computed(label, Unit::Index, &formula, vec![realised(units), realised(value)], |numbers| {
        let [units, value] = numbers else { return Err(Missing::NoInput { input: indicator.subject.clone() }) };
        let mixed = |units: &Exact, value: &Exact| Exact::quotient(&(&(&weight * units) + &(&rest * value)), &Exact::hundred());
        let (Some(first), Some(second)) = (mixed(units, value), mixed(value, units)) else {
            return Err(Missing::NoInput { input: indicator.subject.clone() });
        };
        rule = if first >= second { "pesano di più le unità" } else { "pesa di più il valore" };
        Ok(first.max(second))
    });
    if measured.value.is_ok() { measured.noted(rule) } else { measured }
}

/// A class of securities as recorded in the period.
fn holding<'a>(query: &Asked<'a>, security: &'a Security) -> Holding<'a> {
    let recorded = |figure: SecurityFigure| {
        let label = format!("{}: {}", security.label, figure.label());
        query.total(&Securities::subject(&security.code, figure), &label)
    };
    let (opening, increases, decreases) =
        (recorded(SecurityFigure::Opening), recorded(SecurityFigure::Increases), recorded(SecurityFigure::Decreases));
    let moved = [&opening, &increases, &decreases].iter().any(|measured| measured.value.is_ok());
    let opening = if opening.value.is_ok() { opening } else { planned(query, security) };
    let label = format!("{}: consistenza finale", security.label);
    let closing = if moved {
        // A class that was not bought has no increases: what nothing is recorded of moved nothing.
        let parts: Vec<Measured> = std::iter::once(opening.clone())
            .chain(increases.value.is_ok().then(|| increases.clone()))
            .chain(decreases.value.is_ok().then(|| crate::indicators::tree::with_sign(decreases.clone(), -1)))
            .collect();
        Measured::computed(&label, Unit::Euro, "consistenza iniziale + aumenti - diminuzioni", parts, |numbers| Ok(numbers.iter().sum()))
    } else {
        Measured::missing(&label, Unit::Euro, query.no_data())
    };
    Holding { security, opening, increases, decreases, closing }
}

/// What the plan says is held when the year begins.
fn planned(query: &Asked<'_>, security: &Security) -> Measured {
    let source = Source::Plan { version: query.plan.version().to_owned(), place: security.place.clone() };
    let label = format!("{}: consistenza iniziale, dal piano", security.label);
    Measured::given(security.opening.clone(), Explanation::given(label, security.opening.clone(), Unit::Euro, source))
}

/// A planned amount against what is recorded: the deviation in euro.
pub fn against_plan(measured: &Measured, planned: &Exact) -> Judged {
    Judged::new(measured, Some((planned.clone(), Scale::Absolute)), Direction::HigherIsBetter)
}
