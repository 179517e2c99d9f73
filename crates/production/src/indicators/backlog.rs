//! The backlog index.

use piramide_domain::{Measured, Query};
use piramide_measure::{Exact, Missing, Unit};

use super::{points, workload};
use crate::facts::CLOSING_BACKLOG;

/// The days of the institute's year.
const DAYS_OF_THE_YEAR: i64 = 360;

/// Backlog index in days (*indice di giacenza*): how many days of incoming work are waiting.
///
/// ```text
/// backlog in points / (workload in points of the period * 12 / months) * 360
/// ```
///
/// - Unit: days, 0 or more. Lower is better. The backlog is that of the last month with facts. **Decision**: within the year the
///   workload is annualised by 12 / months with facts.
/// - Rounding: none here. Shown without digits.
/// - Source: Piano della performance 2021-2023, "Indici di giacenza e deflusso".
///
/// Missing if nothing is recorded, undefined if nothing came in.
pub fn backlog_days(query: &Query<'_>, node: &str, label: &str) -> Measured {
    let products: Vec<_> = workload::flow_products(query, node).collect();
    let last = products.iter().filter_map(|product| query.last_month_with(&product.code, CLOSING_BACKLOG)).max();
    let months = products.iter().map(|product| query.months_with(&product.code)).max().unwrap_or_default();
    // Without a month there is no backlog, and every product says so for itself.
    let waiting = products.iter().map(|product| points::in_points(query, product, &[(CLOSING_BACKLOG, 1)], last)).collect();
    let waiting =
        Measured::sum_of_known("Giacenza in punti", Unit::Points, "somma sui prodotti di giacenza finale x coefficiente", waiting);
    let workload = workload::in_points(query, node);
    let formula = match months {
        12 => "giacenza / carico di lavoro dell'anno x 360".to_owned(),
        months => format!("giacenza / (carico di lavoro x 12 / {months}) x 360"),
    };
    Measured::computed(label, Unit::Days, &formula, vec![waiting, workload], |numbers| {
        let [waiting, workload] = numbers else { return Err(query.no_data()) };
        let dividend = waiting * &Exact::from(DAYS_OF_THE_YEAR * i64::from(months));
        let divisor = workload * &Exact::from(12);
        Exact::quotient(&dividend, &divisor).ok_or(Missing::ZeroDivisor { divisor: "Carico di lavoro in punti".into() })
    })
}
