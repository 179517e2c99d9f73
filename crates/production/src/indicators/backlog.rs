//! What waits: the backlog, and how many days of work it is.

use piramide_domain::Measured;
use piramide_measure::{Exact, Missing, Month, Unit};
use piramide_plan::Product;

use super::{points, workload};
use crate::{
    asked::{Asked, Sum},
    facts::{CLOSING_BACKLOG, COMPLETED},
    state::CLOSING_POINTS,
};

/// The days of the institute's year.
const DAYS_OF_THE_YEAR: i64 = 360;

/// Backlog index in days (*indice di giacenza*): how many days of incoming work are waiting.
///
/// ```text
/// backlog in points / (workload in points of the period * 12 / months) * 360
/// ```
///
/// - Unit: days, 0 or more. Lower is better. **Decision**: the backlog is what each office says of the last month of which it says any, and
///   the workload is annualised by 12 / months in which the structure has recorded any work. Both are the structure's and not the
///   product's: a product without a row in a month had nothing received, done or waiting.
/// - Rounding: none here. Shown without digits.
/// - Source: Piano della performance 2021-2023, "Indici di giacenza e deflusso".
///
/// Missing if nothing is recorded, undefined if nothing came in.
pub fn backlog_days(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    let months = asked.months_of_work().len();
    let waiting = backlog_points(asked, node);
    let workload = workload::in_points(asked, node);
    let formula = match months {
        12 => "giacenza / carico di lavoro dell'anno x 360".to_owned(),
        months => format!("giacenza / (carico di lavoro x 12 / {months}) x 360"),
    };
    Measured::computed(label, Unit::Days, &formula, vec![waiting, workload], |numbers| {
        let [waiting, workload] = numbers else { return Err(asked.query.no_data()) };
        let months = i64::try_from(months).unwrap_or(i64::MAX);
        let dividend = waiting * &(Exact::from(DAYS_OF_THE_YEAR) * Exact::from(months));
        let divisor = workload * &Exact::from(12);
        Exact::quotient(&dividend, &divisor).ok_or(Missing::ZeroDivisor { divisor: "Carico di lavoro in punti".into() })
    })
}

/// Backlog (*giacenza*) in points: of each office what waits at the end of the last month of which it says so, by the last month of the period
/// of which any office does.
///
/// - Unit: points, 0 or more, each piece with the coefficient of its office's month. Rounding: none here.
/// - An office that is silent counts as it said last within twelve months, since its work does not vanish when another opens a month; one that
///   has ended since does not.
/// - Source: Piano della performance 2021-2023, "Indici di giacenza e deflusso".
///
/// Missing if nothing is recorded.
pub fn backlog_points(asked: &Asked<'_>, node: &str) -> Measured {
    let sum = Sum {
        label: "Giacenza in punti",
        formula: "somma sui prodotti di giacenza finale x coefficiente",
        unit: Unit::Points,
        scale: 4,
        terms: &[(CLOSING_POINTS, 1)],
        counts: Product::counts_flow,
        waits: true,
    };
    asked
        .sum(node, &sum, |product| points::facts_in_points(&asked.query, product, &asked.said_last(&product.code), &[(CLOSING_BACKLOG, 1)]))
}

/// Disposition time: in how many days today's backlog would be done at the pace of the period.
///
/// ```text
/// closing backlog in pieces / completed pieces * calendar days of the months with work
/// ```
///
/// - Unit: days, 0 or more. Lower is better. For comparison with courts and other bodies: it is not the institute's index, which divides
///   by what comes in, and never stands in its place.
/// - Rounding: none here. Shown without digits.
/// - Source: CEPEJ guidelines; national recovery plan; domain rules, 2.
///
/// Missing if nothing is recorded, undefined if nothing was completed.
pub fn disposition_time(asked: &Asked<'_>, node: &str, label: &str) -> Measured {
    let waiting = workload::waiting(asked, node);
    let completed = workload::pieces(asked, node, COMPLETED, "Definito");
    let days: i64 = asked.months_of_work().into_iter().map(calendar_days).sum();
    let formula = format!("giacenza / definito x {days} giorni");
    Measured::quotient(label, Unit::Days, &formula, waiting, completed, &Exact::from(days))
}

fn calendar_days(month: Month) -> i64 {
    let year = month.year();
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month.number() {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
