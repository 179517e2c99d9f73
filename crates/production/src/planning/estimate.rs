//! What comes in this year, from history (*stima del pervenuto*).
//!
//! | known | estimate |
//! | --- | --- |
//! | nothing of the year yet | last year, times last year's trend over the year before where both are whole |
//! | the first quarters | what came in, and for the months to come those of last year times the trend of the year so far |
//! | the first quarters, and nothing of last year | what came in, as if it went on: x 12 / months |
//! | the first quarters, and the office has ended with them | what came in: the rest comes in where its work went on |
//! | the whole year | what came in |
//!
//! The trend is what came in on what came in in the same months of last year.

use piramide_domain::Measured;
use piramide_measure::{Exact, Explanation, Missing, Month, Period, Source, Unit, explanation::counted};

use crate::{
    asked::Asked,
    facts::following,
    planning::MONTHS,
    state::{RECEIVED_POINTS, provenance},
};

/// What comes in at a node in the year, by what is known at the end of a quarter; quarter 0 is before the year begins.
///
/// - Unit: points, 0 or more, rounded to 4 digits.
///
/// Missing when the structure has no history to estimate from, or the quarter is not over.
pub fn received(asked: &Asked<'_>, node: &str, year: u16, quarter: u8) -> Measured {
    const LABEL: &str = "Pervenuto stimato nell'anno";
    if quarter == 0 {
        return before(asked, node, year, LABEL);
    }
    let last = quarter * 3;
    let so_far = came_in(asked, node, months(year, 1, last), &format!("Pervenuto nei primi {last} mesi"));
    let next = Month::new(year, last).and_then(following).filter(|next| next.year() == year);
    let goes_on = next.is_some_and(|next| asked.query.plan.structures().at(asked.query.structure, next).is_some());
    if !goes_on {
        return rounded(LABEL, "pervenuto dell'anno", vec![so_far], |numbers| numbers.first().cloned());
    }
    let Some(previous) = year.checked_sub(1) else { return so_far };
    let same = came_in(asked, node, months(previous, 1, last), "Pervenuto negli stessi mesi dell'anno precedente");
    let rest = came_in(asked, node, months(previous, last + 1, 12), "Pervenuto nei mesi restanti dell'anno precedente");
    if same.value.is_err() && rest.value.is_err() {
        let formula = format!("pervenuto x 12 / {last}");
        return rounded(LABEL, &formula, vec![so_far], |numbers| {
            Exact::quotient(&(numbers.first()? * &Exact::from(MONTHS)), &Exact::from(i32::from(last)))
        });
    }
    let none = |measured: Measured| if measured.value.is_err() { nothing(&measured) } else { measured };
    let formula = "pervenuto + mesi restanti dell'anno precedente x pervenuto / stessi mesi dell'anno precedente";
    rounded(LABEL, formula, vec![so_far, none(same), none(rest)], |numbers| {
        let [so_far, same, rest] = numbers else { return None };
        // What did not exist last year has no trend: the months to come are last year's.
        let trend = Exact::quotient(so_far, same).unwrap_or_else(|| Exact::from(1));
        Some(so_far + &(rest * &trend))
    })
}

/// Before the year begins.
fn before(asked: &Asked<'_>, node: &str, year: u16, label: &str) -> Measured {
    let Some((last, earlier)) = year.checked_sub(1).zip(year.checked_sub(2)) else {
        return Measured::missing(label, Unit::Points, Missing::NoInput { input: "la storia".into() });
    };
    let whole = |year| asked.of_period(Period::Year(year)).months_of_work().len();
    let came = came_in(asked, node, months(last, 1, 12), "Pervenuto dell'anno precedente");
    match (whole(last), whole(earlier)) {
        (12, 12) => {
            let came_earlier = came_in(asked, node, months(earlier, 1, 12), "Pervenuto di due anni prima");
            let came_earlier = if came_earlier.value.is_err() { nothing(&came_earlier) } else { came_earlier };
            rounded(label, "anno precedente x anno precedente / due anni prima", vec![came, came_earlier], |numbers| {
                let [came, earlier] = numbers else { return None };
                Some(came * &Exact::quotient(came, earlier).unwrap_or_else(|| Exact::from(1)))
            })
        }
        (12, _) => rounded(label, "anno precedente", vec![came], |numbers| numbers.first().cloned()),
        (known, _) => {
            let formula = format!("anno precedente x 12 / {}", counted(known, "mese con dati", "mesi con dati"));
            rounded(label, &formula, vec![came], |numbers| {
                Exact::quotient(&(numbers.first()? * &Exact::from(MONTHS)), &Exact::from(i64::try_from(known).ok()?))
            })
        }
    }
}

/// A year's months from one to another.
fn months(year: u16, first: u8, last: u8) -> Option<(Month, Month)> {
    Month::new(year, first).zip(Month::new(year, last))
}

/// What came in at a node in some months, from the sums kept.
fn came_in(asked: &Asked<'_>, node: &str, months: Option<(Month, Month)>, label: &str) -> Measured {
    let structure = asked.query.structure;
    let no_data = || {
        let period = months.map_or_else(String::new, |(first, last)| format!("{first} - {last}"));
        Measured::missing(label, Unit::Points, Missing::NoData { structure: structure.to_owned(), period })
    };
    let Some((first, last)) = months else { return no_data() };
    let Some(sums) = asked.sums_between(node, first, last) else {
        return Measured::missing(label, Unit::Points, Missing::NoInput { input: format!("una somma di {node} che entri in 64 bit") });
    };
    let Some((points, provenance)) = sums.sum(RECEIVED_POINTS).zip(provenance(&sums, std::iter::once(RECEIVED_POINTS))) else {
        return no_data();
    };
    let value = Exact::from_minor_units(points, 4);
    let source = Source::Total { provenance, structure: structure.to_owned(), subject: node.to_owned() };
    Measured::given(value.clone(), Explanation::given(label, value, Unit::Points, source))
}

/// No work recorded where others are: nothing came in.
fn nothing(missing: &Measured) -> Measured {
    let mut explanation = missing.explanation.clone();
    explanation.value = Some(Exact::zero());
    Measured::given(Exact::zero(), explanation.noted("nessun fatto: nulla è pervenuto"))
}

/// An estimate, to the precision of a point.
pub(crate) fn rounded(label: &str, formula: &str, inputs: Vec<Measured>, compute: impl FnOnce(&[Exact]) -> Option<Exact>) -> Measured {
    let formula = format!("{formula}, ai decimillesimi di punto");
    Measured::computed(label, Unit::Points, &formula, inputs, |numbers| {
        let value = compute(numbers).ok_or_else(|| Missing::NoInput { input: label.to_owned() })?;
        Exact::parse(&value.rounded(4)).map_err(|error| Missing::Reported { reason: error.to_string() })
    })
}
