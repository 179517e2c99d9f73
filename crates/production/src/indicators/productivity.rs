//! Productivity.

use piramide_domain::{Measured, Query};
use piramide_measure::{Exact, Missing, Unit};

use super::points;
use crate::facts::STAFF_FTE;

/// Productivity (*indice di produttività*): points per head per month.
///
/// ```text
/// homogenised points of the production areas, net of inspection / mean staff in full-time equivalents / months
/// ```
///
/// - Unit: points per head per month, 0 or more. Higher is better.
/// - The mean staff is that of the months with facts, each month counting once; a fact about several months is their mean.
/// - Rounding: none here. Shown with 2 digits.
/// - Source: Piano della performance 2021-2023, "Produttività"; measurement system, 8.1.
///
/// Missing if points or staff are, undefined if the staff is zero.
pub fn productivity(query: &Query<'_>, node: &str, label: &str) -> Measured {
    let points = points::homogenised_points(query, node, "Punti delle aree di produzione");
    let staff = mean_staff(query);
    let months = i64::from(staff_months(query));
    let formula = format!("punti / FTE medi / {months} mesi");
    Measured::computed(label, Unit::PointsPerHeadPerMonth, &formula, vec![points, staff], |numbers| {
        let [points, staff] = numbers else { return Err(query.no_data()) };
        Exact::quotient(points, &(staff * &Exact::from(months))).ok_or(Missing::ZeroDivisor { divisor: "FTE medi".into() })
    })
}

fn staff_product<'a>(query: &Query<'a>) -> Option<&'a str> {
    query.plan.catalogue().staff_product().map(|product| product.code.as_str())
}

fn staff_months(query: &Query<'_>) -> u8 {
    staff_product(query).map_or(0, |product| query.months_with(product))
}

fn mean_staff(query: &Query<'_>) -> Measured {
    const LABEL: &str = "FTE medi delle aree di produzione";
    let Some(product) = staff_product(query) else {
        return Measured::missing(LABEL, Unit::FullTimeEquivalents, Missing::NoInput { input: "il personale nel catalogo".into() });
    };
    let recorded = query.total(product, STAFF_FTE, LABEL);
    // Staff is a stock: each fact weighs as many months as it speaks of.
    let calendar_months = |first: i32, last: i32| (first..=last).filter(|index| index.rem_euclid(13) < 12).count();
    let head_months: Exact = query
        .recorded(product)
        .filter_map(|fact| {
            let months = i64::try_from(calendar_months(fact.first.index(), fact.last.index())).ok()?;
            fact.value(STAFF_FTE).map(|hundredths| Exact::from_minor_units(hundredths, 2) * Exact::from(months))
        })
        .sum();
    let months = i64::from(query.months_with(product));
    Measured::computed(LABEL, Unit::FullTimeEquivalents, "media sui mesi con dati", vec![recorded], |_| {
        Exact::quotient(&head_months, &Exact::from(months)).ok_or_else(|| query.no_data())
    })
}
