//! Productivity.

use piramide_domain::Measured;
use piramide_measure::{Exact, Missing, Unit, explanation::counted};
use piramide_plan::Product;

use super::points;
use crate::{
    asked::{Asked, Sum},
    facts::STAFF_FTE,
    state::STAFF_MONTHS,
};

/// Productivity (*indice di produttività*): points per head per month.
///
/// ```text
/// homogenised points of the production areas, net of inspection / mean staff in full-time equivalents / months
/// ```
///
/// - Unit: points per head per month, 0 or more. Higher is better.
/// - The months are those with points. The mean staff is that of the months with staff, each counting once; a fact about several months is
///   their mean. Where some months have points and no staff yet, the mean stands for them too, and a note says so.
/// - Rounding: none here. Shown with 2 digits.
/// - Source: Piano della performance 2021-2023, "Produttività"; measurement system, 8.1.
///
/// Missing if points or staff are, undefined if the staff is zero.
pub fn productivity(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    let points = points::homogenised_points(asked, node, "Punti delle aree di produzione");
    let (worked, staffed) = (asked.months_of_production(), asked.months_of_staff());
    let months = i64::try_from(worked.len()).unwrap_or(i64::MAX);
    let without = worked.iter().filter(|month| !staffed.contains(month)).count();
    let staff = staff(asked);
    let staff = if without > 0 && staff.value.is_ok() { staff.noted(format!("mesi con punti e senza FTE: {without}")) } else { staff };
    let formula = format!("punti / FTE medi / {}", counted(months, "mese", "mesi"));
    Measured::computed(label, Unit::PointsPerHeadPerMonth, &formula, vec![points, staff], |numbers| {
        let [points, staff] = numbers else { return Err(asked.query.no_data()) };
        Exact::quotient(points, &(staff * &Exact::from(months))).ok_or(Missing::ZeroDivisor { divisor: "FTE medi".into() })
    })
}

/// The mean staff of the months with facts, in full-time equivalents.
///
/// - Unit: full-time equivalents, 0 or more. Rounding: none here. Source and mean: as [`productivity`].
///
/// Missing if no staff is recorded.
pub fn staff(asked: &Asked<'_>) -> Measured {
    mean_staff(asked, i64::try_from(asked.months_of_staff().len()).unwrap_or(i64::MAX))
}

fn mean_staff(asked: &Asked<'_>, months: i64) -> Measured {
    const LABEL: &str = "FTE medi delle aree di produzione";
    let query = &asked.query;
    let Some(product) = query.plan.catalogue().staff_product() else {
        return Measured::missing(LABEL, Unit::FullTimeEquivalents, Missing::NoInput { input: "il personale nel catalogo".into() });
    };
    // Staff is a stock: each fact weighs as many months as it speaks of.
    let calendar_months = |first: i32, last: i32| (first..=last).filter(|index| index.rem_euclid(13) < 12).count();
    let head_months = |product: &Product| {
        let recorded = query.total(&product.code, STAFF_FTE, LABEL);
        let weighed = query.recorded(&product.code).filter_map(|fact| {
            let months = i64::try_from(calendar_months(fact.first.index(), fact.last.index())).ok()?;
            fact.value(STAFF_FTE).map(|hundredths| Exact::from_minor_units(hundredths, 2) * Exact::from(months))
        });
        let total: Exact = weighed.sum();
        Measured::computed("FTE per mese, sommati sui mesi", Unit::FullTimeEquivalents, "FTE x mesi di cui parlano", vec![recorded], |_| {
            Ok(total)
        })
    };
    let sum = Sum {
        label: "FTE per mese, sommati sui mesi",
        formula: "somma",
        unit: Unit::FullTimeEquivalents,
        scale: 2,
        terms: &[(STAFF_MONTHS, 1)],
        counts: Product::is_staff,
        waits: false,
    };
    let total = asked.staff(&product.code, &sum, || head_months(product));
    Measured::computed(LABEL, Unit::FullTimeEquivalents, "media sui mesi con dati", vec![total], |numbers| {
        Exact::quotient(&numbers.iter().sum(), &Exact::from(months)).ok_or_else(|| query.no_data())
    })
}
