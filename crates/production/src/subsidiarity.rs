//! Who helps whom, with how many points, planned and done (*sussidiarietà*).
//!
//! Work that is handed over with the name of who takes it ([`crate::parts`]) is summed pair by pair, each piece with the coefficient of its
//! product and month. Above the offices a pair is between the structures right under the one that asks, or between that and the outside;
//! help within one of them is its own affair.

mod derivation;

use std::collections::BTreeMap;

use piramide_domain::{Detail, Measured};
use piramide_measure::{Exact, Explanation, Period, Provenance, Source, Unit};

use self::derivation::Handed;
use crate::{
    asked::Asked,
    state::{Helped, Relation, TRANSFERRED_OUT_POINTS},
};

/// The method whose targets say how much of the year's help is due by a quarter.
const METHOD: &str = "subsidiarity";

/// Help between two structures, planned and done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// How it stands to the structure that asks.
    pub relation: Relation,
    /// Who helps.
    pub helper: String,
    /// Who is helped.
    pub helped: String,
    /// The points planned for the year; `None` for help that the plan does not have.
    pub planned: Option<Exact>,
    /// The points due in the period; `None` where the plan does not say how much of the year's is.
    pub due: Option<Exact>,
    /// The points handed over; `None` when nothing is recorded, which is not zero.
    pub actual: Option<Exact>,
    /// How far the actual is from what is due, in per cent of it, positive when more.
    pub deviation: Option<Exact>,
    /// The least certain provenance that entered.
    pub provenance: Option<Provenance>,
}

/// The help of a structure in a period.
#[derive(Debug, Clone)]
pub struct Subsidiarity {
    /// The pairs: what is given, what is received, then those inside.
    pub pairs: Vec<Pair>,
    /// What is given, as the indicator has it.
    pub given: Measured,
    /// Points handed over by the structure's offices to nobody that is named; `None` when nothing was handed over.
    pub unnamed: Option<Exact>,
}

/// Points of help given (*sussidiarietà prestata*).
///
/// ```text
/// sum over products and months of pieces handed over to a named helper * coefficient
/// ```
///
/// - Unit: points, 0 or more. Of the nation: between the structures right under it, as the plan has them. Of any other structure: what it
///   does for structures outside it.
/// - Rounding: none here. Shown without digits.
/// - Source: technical annex 2021, slide 12; **Decision**: help between offices of one region is not subsidiarity of the nation.
///
/// Missing if nothing is recorded with the name of a helper.
pub fn given(asked: &Asked<'_>, label: &str) -> Measured {
    sum(asked, &asked.help().0, label)
}

fn sum(asked: &Asked<'_>, pairs: &[Helped<'_>], label: &str) -> Measured {
    let plan = asked.query.plan;
    let is_root = plan.structures().root(asked.query.period.last_calendar_month()).is_some_and(|root| root.code == asked.query.structure);
    let counts = if is_root { Relation::Inside } else { Relation::Given };
    let name = |code: &str| plan.structures().get(code).map_or_else(|| code.to_owned(), |structure| structure.name.clone());
    let handed = (asked.query.detail == Detail::Derivation).then(|| Handed::of(asked)).flatten();
    let part = |pair: &Helped<'_>| {
        let value = points(pair.ten_thousandths);
        let source =
            Source::Total { provenance: pair.provenance, structure: pair.helper.to_owned(), subject: format!("to:{}", pair.helped) };
        let label = format!("{} per {}", name(pair.helper), name(pair.helped));
        let taken_apart = handed.as_ref().map(|handed| handed.points(asked, pair, &label));
        let total = || Measured::given(value.clone(), Explanation::given(label.clone(), value.clone(), Unit::Points, source));
        // What is kept is what holds: a derivation that came to anything else would explain another number.
        taken_apart.filter(|apart| apart.value.as_ref() == Ok(&value)).unwrap_or_else(total)
    };
    let parts: Vec<Measured> = pairs.iter().filter(|pair| pair.relation == counts).map(part).collect();
    if parts.is_empty() {
        return Measured::missing(label, Unit::Points, asked.query.no_data());
    }
    Measured::computed(label, Unit::Points, "somma sulle coppie di pezzi ceduti x coefficiente", parts, |numbers| Ok(numbers.iter().sum()))
}

/// The help of a structure in the period of the question, beside the plan's.
pub fn of(asked: &Asked<'_>, label: &str) -> Subsidiarity {
    let (recorded, attributed) = asked.help();
    let share = due(asked);
    let mut pairs: BTreeMap<(Relation, &str, &str), Pair> = BTreeMap::new();
    let blank = |relation, helper: &str, helped: &str| Pair {
        relation,
        helper: helper.to_owned(),
        helped: helped.to_owned(),
        planned: None,
        due: None,
        actual: None,
        deviation: None,
        provenance: None,
    };
    for help in asked.query.plan.levers().subsidiarity() {
        let Some(relation) = relation(asked, &help.helper, &help.helped) else { continue };
        let pair = pairs.entry((relation, &help.helper, &help.helped)).or_insert_with(|| blank(relation, &help.helper, &help.helped));
        pair.planned = Some(help.points.clone());
        pair.due = share.as_ref().map(|share| &help.points * share);
    }
    for Helped { relation, helper, helped, ten_thousandths, provenance } in &recorded {
        let pair = pairs.entry((*relation, helper, helped)).or_insert_with(|| blank(*relation, helper, helped));
        pair.actual = Some(points(*ten_thousandths));
        pair.provenance = Some(*provenance);
    }
    for pair in pairs.values_mut() {
        let judged = pair.actual.as_ref().zip(pair.due.as_ref());
        pair.deviation = judged.and_then(|(actual, due)| Exact::quotient(&((actual - due) * Exact::hundred()), due));
    }
    let given = sum(asked, &recorded, label);
    Subsidiarity { pairs: pairs.into_values().collect(), given, unnamed: unnamed(asked, attributed) }
}

/// How a planned pair stands to the structure; `None` when it is none of its affair, or finer than what is shown.
fn relation(asked: &Asked<'_>, helper: &str, helped: &str) -> Option<Relation> {
    let (structure, at) = (asked.query.structure, asked.query.period.last_calendar_month());
    let is_child = |code: &str| asked.query.plan.structures().at(code, at).is_some_and(|found| found.parent.as_deref() == Some(structure));
    if helper == structure {
        Some(Relation::Given)
    } else if helped == structure {
        Some(Relation::Received)
    } else {
        (is_child(helper) && is_child(helped)).then_some(Relation::Inside)
    }
}

/// How much of the year's help is due by the end of the period: what the nation's target is of its year's (2021: 20, 50, 70, 100 %).
fn due(asked: &Asked<'_>) -> Option<Exact> {
    let (plan, period) = (asked.query.plan, asked.query.period);
    let whole = match period {
        Period::Year(_) => true,
        Period::YearToDate(month) => month.number() >= 12,
        Period::Month(_) | Period::Quarter { .. } => false,
    };
    if whole {
        return Some(Exact::from(1));
    }
    let indicator = plan.indicators().of_domain("production").find(|indicator| indicator.method == METHOD)?;
    let root = plan.structures().root(period.last_calendar_month())?;
    let target = |period| plan.target(&indicator.code, &root.code, period).map(|reference| reference.target);
    Exact::quotient(&target(period)?, &target(Period::Year(period.year()))?)
}

/// What the offices handed over, less what names its helper.
fn unnamed(asked: &Asked<'_>, attributed: i128) -> Option<Exact> {
    let roots = asked.query.plan.catalogue().roots();
    let handed: Vec<i64> =
        roots.iter().filter_map(|root| asked.sums(&root.code)).filter_map(|sums| sums.sum(TRANSFERRED_OUT_POINTS)).collect();
    let handed = handed.into_iter().map(i128::from).reduce(|sum, points| sum + points)?;
    Some(points(handed - attributed))
}

fn points(ten_thousandths: i128) -> Exact {
    Exact::quotient(&Exact::from(ten_thousandths), &Exact::power_of_ten(4)).unwrap_or_else(Exact::zero)
}
