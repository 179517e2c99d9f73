//! How old what waits is (*anzianità della giacenza*): by class, as a share, and weighted.

use piramide_domain::{Known, Measured};
use piramide_measure::{Exact, Explanation, Missing, Month, Source, Unit};
use piramide_plan::{Age, Product};

use super::{points, workload};
use crate::{
    asked::Asked,
    facts::CLOSING_BACKLOG,
    parts::{self, Part},
};

/// What waits in one class of age.
#[derive(Debug, Clone)]
pub struct InClass<'a> {
    /// The class.
    pub age: &'a Age,
    /// Pieces.
    pub pieces: Measured,
    /// Points.
    pub points: Measured,
    /// The last month of which any office says how many; none where nobody does.
    pub month: Option<Month>,
}

/// What waits at a node of the catalogue, from the youngest class to the oldest (*giacenza per classe di anzianità*): of each office and product
/// as it was taken apart last, by the last month of which the office says what waits. Single events do not say how old what they move is.
///
/// - Units: pieces; points with the coefficient of the month in which it was taken apart. Rounding: none. A class of which nothing is recorded
///   is missing.
/// - Source: domain rules, 2: a good clearance ratio can hide old cases.
pub fn by_class<'a>(asked: &Asked<'a>, node: &str) -> Vec<InClass<'a>> {
    let products: Vec<_> = taken_apart(asked, node).into_iter().map(|product| (product, last_taken_apart(asked, product))).collect();
    let in_class = |age: &'a Age| {
        let mut month = None;
        let (pieces, points): (Vec<Measured>, Vec<Measured>) = products
            .iter()
            .map(|(product, facts)| {
                let subject = Part::Aged(&age.code).subject(&product.code);
                let facts: Vec<_> = facts.iter().filter(|fact| fact.subject == subject).copied().collect();
                month = facts.iter().map(|fact| fact.last).max().max(month);
                let points = points::facts_in_points(&asked.query, product, &facts, &[(CLOSING_BACKLOG, 1)]);
                (asked.query.total_of(facts, CLOSING_BACKLOG, &product.label), points)
            })
            .filter(|(pieces, _)| pieces.value.is_ok())
            .unzip();
        let sum = |parts: Vec<Measured>, unit| {
            if parts.is_empty() {
                return Measured::missing(&age.label, unit, asked.query.no_data());
            }
            Measured::sum_of_known(&age.label, unit, "somma sui prodotti", parts)
        };
        InClass { age, pieces: sum(pieces, Unit::Pieces), points: sum(points, Unit::Points), month }
    };
    asked.query.plan.ages().iter().map(in_class).collect()
}

/// Share of what waits, in points, in a class of age and all older ones.
///
/// ```text
/// points waiting in the class and the older ones / points waiting in any class * 100
/// ```
///
/// - Unit: per cent, 0 to 100. Lower is better; a guard beside the clearance ratio, without weight. Rounding: none here.
/// - Source: domain rules, 2.
///
/// Missing if no age is recorded, undefined if nothing waits.
pub fn old_backlog_share(asked: &Asked<'_>, node: &str, class: &str, label: &str) -> Measured {
    let classes = by_class(asked, node);
    let all: Vec<Measured> = classes.iter().map(|class| class.points.clone()).collect();
    let all = Measured::sum_of_known("Giacenza con anzianità nota", Unit::Points, "somma delle classi", all);
    if all.value.is_err() {
        return Measured::missing(label, Unit::Percent, asked.query.no_data());
    }
    let from = classes.iter().position(|known| known.age.code == class).unwrap_or(classes.len());
    let old: Vec<Measured> = classes.into_iter().skip(from).map(|class| class.points).filter(|points| points.value.is_ok()).collect();
    // Classes without a fact, where others have some, are classes in which nothing waits.
    let old = Measured::computed("Giacenza più vecchia", Unit::Points, "somma delle classi più vecchie", old, |numbers| {
        Ok(numbers.iter().sum())
    });
    Measured::quotient(label, Unit::Percent, "giacenza più vecchia / giacenza x 100", old, all, &Exact::hundred())
}

/// Weighted backlog (*giacenza ponderata*): what waits, the older the heavier.
///
/// ```text
/// sum over the classes of age of pieces waiting * weight of the class
/// ```
///
/// - Unit: as the plan says, 0 or more. Lower is better. Rounding: none here.
/// - Source: technical annex 2021, slide 13 (appeals, *ricorsi amministrativi*); the weights, of internal message 1135/2018, are not printed:
///   they are those of the plan's `ages.csv`.
///
/// Missing if no age is recorded, or pieces wait in a class without weight.
pub fn weighted_backlog(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    let weighed = |class: InClass<'_>| {
        let age = class.age;
        let Some(weight) = &age.weight else {
            let input = format!("il peso della classe «{}» nel piano (ages.csv), da definire dall'istituto", age.label);
            let known = class.pieces.value.is_ok_and(|pieces| !pieces.is_zero());
            return known.then(|| Measured::missing(&age.label, Unit::Items, Missing::NoInput { input }));
        };
        class.pieces.value.is_ok().then(|| {
            let place = Source::Plan { version: asked.query.plan.version().to_owned(), place: format!("ages.csv:{}", age.line) };
            let weight = Measured::given(weight.clone(), Explanation::given("Peso", weight.clone(), Unit::Ratio, place));
            Measured::computed(&age.label, Unit::Items, "pezzi x peso", vec![class.pieces, weight], |numbers| {
                let [pieces, weight] = numbers else { return Err(asked.query.no_data()) };
                Ok(pieces * weight)
            })
        })
    };
    let parts: Vec<Measured> = by_class(asked, node).into_iter().filter_map(weighed).collect();
    if parts.is_empty() {
        return Measured::missing(label, Unit::Items, asked.query.no_data());
    }
    Measured::computed(label, Unit::Items, "somma sulle classi di pezzi x peso", parts, |numbers| Ok(numbers.iter().sum()))
}

/// All pieces waiting at a node, whatever their age.
pub fn all(asked: &Asked<'_>, node: &str) -> Measured {
    workload::waiting(asked, node)
}

/// The last month of which any office says how old what waits is, or, where none does, of which anything is recorded of what waits.
pub fn month(asked: &Asked<'_>, classes: &[InClass<'_>]) -> Month {
    let said = classes.iter().filter_map(|class| class.month).max();
    said.or_else(|| asked.month_of_backlog()).unwrap_or_else(|| asked.query.period.last_calendar_month())
}

/// The flow products of a node of which any part is recorded anywhere: a glance, where a catalogue has thousands.
fn taken_apart<'a>(asked: &Asked<'a>, node: &str) -> Vec<&'a Product> {
    let is_aged = |product: &&Product| parts::in_force(asked.query.facts, &product.code).any(|(_, part)| matches!(part, Part::Aged(_)));
    let products = asked.query.plan.catalogue().products_under(node);
    products.filter(|product| product.counts_flow()).filter(is_aged).collect()
}

/// What the classes of a product say, office by office, of the last month in which the office took it apart.
fn last_taken_apart<'a>(asked: &Asked<'a>, product: &Product) -> Vec<Known<'a>> {
    let (facts, ages) = (asked.query.facts, asked.query.plan.ages());
    let classes: Vec<String> = ages.iter().map(|age| Part::Aged(&age.code).subject(&product.code)).collect();
    let of_office = |(office, month): (&'a str, Month)| {
        let said = classes.iter().flat_map(|class| facts.about_in(class, office));
        let said: Vec<Known<'a>> = said.filter(|fact| fact.last <= month && fact.value(CLOSING_BACKLOG).is_some()).collect();
        let last = said.iter().map(|fact| fact.last).max();
        said.into_iter().filter(move |fact| Some(fact.last) == last)
    };
    asked.offices_waiting().into_iter().flat_map(of_office).collect()
}
