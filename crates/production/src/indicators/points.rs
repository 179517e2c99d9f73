//! Homogenised points and the realisation of the production plan.

use std::collections::BTreeSet;

use piramide_domain::{Known, Measured, Query};
use piramide_measure::{Exact, Explanation, Missing, Month, Source, Unit, decimal};
use piramide_plan::Product;

use super::targets;
use crate::{
    asked::{Asked, Sum},
    facts::COMPLETED,
    state::{NET_PRODUCTION, PRODUCTION},
};

/// Homogenised production (*produzione omogeneizzata, lorda*): completed work in hours of a standard worker.
///
/// ```text
/// sum over the products of the node of completed * coefficient
/// ```
///
/// - Unit: points, 0 or more; one point is one hour. Each month counts with the coefficient in force in that month.
/// - The catalogue's root is that of the production areas, net of inspection (*al netto della vigilanza ispettiva*); an area has everything
///   in it.
/// - Rounding: none here. Shown without digits.
/// - Source: Piano della performance 2021-2023, "Produzione".
///
/// Missing if no product of the node has a fact in the period.
pub fn homogenised_points(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    let net = asked.query.plan.catalogue().is_root(node);
    let sum = Sum {
        label,
        formula: "somma sui prodotti di definito x coefficiente di omogeneizzazione",
        unit: Unit::Points,
        scale: 4,
        terms: if net { &[(NET_PRODUCTION, 1)] } else { &[(PRODUCTION, 1)] },
        counts: if net { Product::counts_net_points } else { Product::counts_points },
        waits: false,
    };
    let total = asked.sum(node, &sum, |product| in_points(&asked.query, product, &[(COMPLETED, 1)]));
    if net { total.noted("al netto della vigilanza ispettiva") } else { total }
}

/// Plan realisation (*realizzazione del piano di produzione*).
///
/// ```text
/// homogenised points / planned points * 100
/// ```
///
/// - Unit: per cent; 100 means as planned. A realisation, not a deviation: 121 % is 21 % above the plan.
/// - Rounding: none here. Shown with 2 digits.
/// - Source: Piano della performance 2021-2023, "Produzione", which prints it without digits.
///
/// Missing if the points are, or if the plan sets none for the node.
pub fn plan_realisation(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    const LABEL: &str = "Punti programmati";
    let planned = match targets::of(&asked.query, "homogenised_points", node) {
        Some((_, reference)) => Measured::given(reference.target, reference.explanation).labelled(LABEL),
        None => Measured::missing(LABEL, Unit::Points, Missing::NoInput { input: format!("i punti programmati di {node} nel piano") }),
    };
    let done = homogenised_points(asked, node, "Punti realizzati");
    Measured::quotient(label, Unit::Percent, "punti realizzati / punti programmati x 100", done, planned, &Exact::hundred())
}

/// A product's pieces in points, each month with the coefficient in force in it: several quantities, each with its sign, in all months of
/// the period.
pub(super) fn in_points(query: &Query<'_>, product: &Product, quantities: &[(usize, i8)]) -> Measured {
    facts_in_points(query, product, &query.recorded(&product.code).collect::<Vec<_>>(), quantities)
}

/// The same of some facts about a product or its parts.
pub(super) fn facts_in_points(query: &Query<'_>, product: &Product, facts: &[Known<'_>], quantities: &[(usize, i8)]) -> Measured {
    let label = &product.label;
    let mut points = Exact::zero();
    let mut coefficients = BTreeSet::new();
    for fact in facts {
        let known =
            quantities.iter().filter_map(|(quantity, sign)| fact.value(*quantity).map(|pieces| i128::from(pieces) * i128::from(*sign)));
        let pieces: Vec<i128> = known.collect();
        if pieces.is_empty() {
            continue;
        }
        let Some(coefficient) = query.plan.catalogue().coefficient(&product.code, fact.last) else {
            return Measured::missing(
                label,
                Unit::Points,
                Missing::NoInput { input: format!("il coefficiente di {} nel mese {}", product.code, fact.last) },
            );
        };
        points = points + Exact::from(pieces.into_iter().sum::<i128>()) * Exact::from(coefficient);
        coefficients.insert(coefficient);
    }
    if coefficients.is_empty() {
        return Measured::missing(label, Unit::Points, query.no_data());
    }
    let pieces = quantities.iter().filter_map(|(quantity, _)| {
        let name = query.quantities.get(*quantity)?.label;
        let total = query.total_of(facts.to_vec(), *quantity, name);
        total.value.is_ok().then_some(total.explanation)
    });
    let coefficients = coefficients.into_iter().map(|coefficient| {
        let place = format!("coefficients.csv, {}: {}", product.code, decimal::canonical(coefficient));
        let source = Source::Plan { version: query.plan.version().to_owned(), place };
        Explanation::given("Coefficiente di omogeneizzazione", Exact::from(coefficient), Unit::Ratio, source)
    });
    let inputs = pieces.chain(coefficients).collect();
    let explanation =
        Explanation::computed(label, Some(points.clone()), Unit::Points, "pezzi x coefficiente di omogeneizzazione del mese", inputs);
    Measured::given(points, explanation)
}

/// The coefficient of a product in a month (*coefficiente di omogeneizzazione*), with its place in the plan.
pub(crate) fn coefficient(query: &Query<'_>, product: &Product, month: Month) -> Measured {
    const LABEL: &str = "Coefficiente di omogeneizzazione";
    match query.plan.catalogue().coefficient(&product.code, month) {
        None => Measured::missing(
            LABEL,
            Unit::Ratio,
            Missing::NoInput { input: format!("il coefficiente di {} nel mese {month}", product.code) },
        ),
        Some(coefficient) => {
            let place = format!("coefficients.csv, {}: {}", product.code, decimal::canonical(coefficient));
            let source = Source::Plan { version: query.plan.version().to_owned(), place };
            let value = Exact::from(coefficient);
            Measured::given(value.clone(), Explanation::given(LABEL, value, Unit::Ratio, source))
        }
    }
}
