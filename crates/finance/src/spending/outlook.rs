//! What was expected by now, and where the year ends.

use std::collections::{BTreeMap, BTreeSet};

use piramide_domain::{Known, Measured};
use piramide_measure::{Exact, Missing, Month, Period, Unit, explanation::counted};
use piramide_plan::{Chapter, Round, Spending};

use crate::{asked::Asked, facts::AMOUNT};

/// What a projection rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The year is over: what has been used.
    Final,
    /// What has been used and what the last round expects of the months left (*ultimo forecast*).
    Forecast(Round),
    /// What has been used, as much again for each month left (*pro rata dei mesi*).
    ProRata,
    /// Nothing: it cannot be projected.
    None,
}

/// Where a chapter ends the year.
pub struct Projection {
    /// The amount, in euro.
    pub measured: Measured,
    /// What it rests on.
    pub basis: Basis,
}

/// What was expected to be used by the end of a month, and the round that expected it: the round of its quarter or, where it has not
/// expected every month so far, the last one before it that has.
pub(super) fn expected<'a>(query: &Asked<'a>, chapter: &Chapter, elapsed: Option<Month>) -> (Measured, Option<Round>) {
    let label = format!("{}: forecast", chapter.label);
    let missing = |input: String| (Measured::missing(&label, Unit::Euro, Missing::NoInput { input }), None);
    let Some(elapsed) = elapsed else { return missing("l'utilizzato: nessun mese è registrato".to_owned()) };
    let (first, last) = (query.period.first_month(), elapsed);
    let so_far = |fact: &Known<'a>| fact.last <= last;
    for round in Round::ALL.into_iter().rev().filter(|round| *round <= Round::of(elapsed)) {
        let facts: Vec<Known<'a>> = query.recorded(&Spending::subject(&chapter.code, round.figure())).filter(so_far).collect();
        if covers(&facts, first, last) {
            let label = format!("{}: {}", chapter.label, round.figure().label());
            return (query.total_of(facts, &label), Some(round));
        }
    }
    missing(format!("un forecast che copra tutti i mesi fino a {elapsed}"))
}

/// Where a chapter ends the year.
///
/// ```text
/// year over:          used
/// the last forecast:  used + what the last round expects of the months left, where it expects each of them
/// pro rata:           used * 12 / months elapsed, where no round does
/// ```
///
/// - Unit: euro. Rounding: none, shown with 2 digits.
/// - Months elapse up to the last of which anything used is recorded in the structure, in any chapter: a month without a fact about a
///   chapter is a month in which it spent nothing.
/// - **Decision**: the source asks for no projection. The last round knows best, so its months count before those that have been.
///
/// Missing if nothing used is recorded.
pub(super) fn projection<'a>(query: &Asked<'a>, chapter: &Chapter, elapsed: Option<Month>, actual: &Measured) -> Projection {
    let label = format!("{}: proiezione a fine anno", chapter.label);
    let Some(elapsed) = elapsed.filter(|_| actual.value.is_ok()) else {
        let input = format!("l'utilizzato di {}", chapter.label);
        return Projection { measured: Measured::missing(&label, Unit::Euro, Missing::NoInput { input }), basis: Basis::None };
    };
    if elapsed.number() >= 12 {
        return Projection { measured: actual.clone().labelled(&label).noted("anno concluso: è l'utilizzato"), basis: Basis::Final };
    }
    let year = query.in_period(Period::Year(elapsed.year()));
    let december = Month::new(elapsed.year(), 12).unwrap_or(elapsed);
    let next = Month::from_index(elapsed.index() + 1).unwrap_or(elapsed);
    for round in Round::ALL.into_iter().rev() {
        let left = |fact: &Known<'a>| fact.first > elapsed && fact.last <= december;
        let facts: Vec<Known<'a>> = year.recorded(&Spending::subject(&chapter.code, round.figure())).filter(left).collect();
        if covers(&facts, next, december) {
            let rest = year.total_of(facts, &format!("{}: {} per i mesi che restano", chapter.label, round.figure().label()));
            let parts = vec![actual.clone(), rest];
            let sum = Measured::computed(&label, Unit::Euro, "utilizzato + forecast dei mesi che restano", parts, |numbers| {
                Ok(numbers.iter().sum())
            });
            return Projection { measured: sum, basis: Basis::Forecast(round) };
        }
    }
    let months = elapsed.number();
    let formula = format!("utilizzato x 12 / {}", counted(months, "mese trascorso", "mesi trascorsi"));
    let measured = Measured::computed(&label, Unit::Euro, &formula, vec![actual.clone()], |numbers| {
        let used: Exact = numbers.iter().sum();
        Exact::quotient(&(used * Exact::from(12)), &Exact::from(i64::from(months)))
            .ok_or_else(|| Missing::ZeroDivisor { divisor: "il numero dei mesi trascorsi".to_owned() })
    });
    let note = "nessun forecast copre tutti i mesi che restano: proiezione pro rata";
    Projection { measured: measured.noted(note), basis: Basis::ProRata }
}

/// Whether every structure that some facts speak of has one for each calendar month from the first to the last, and there is one at all.
fn covers(facts: &[Known<'_>], first: Month, last: Month) -> bool {
    let mut months: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    for fact in facts.iter().filter(|fact| fact.value(AMOUNT).is_some()) {
        months.entry(fact.structure).or_default().extend(fact.first.index()..=fact.last.index());
    }
    let calendar = |index: &i32| Month::from_index(*index).is_some_and(|month| month.number() <= 12);
    let wanted: Vec<i32> = (first.index()..=last.index()).filter(calendar).collect();
    !months.is_empty() && months.values().all(|known| wanted.iter().all(|month| known.contains(month)))
}
