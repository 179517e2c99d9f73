//! Figures as an Italian reader sees them, with their state in words, colour and symbol.

use piramide_measure::{Direction, Exact};

use super::plain::{NONE, badge, measured, shown};
use crate::{reading, view::italian};

/// How far below the objective a figure may be and still be near it, in points of deviation. **Decision**: ten, a fifth of the cap.
const NEAR: i32 = 10;

/// The figures of one row.
pub(super) struct Cells {
    pub(super) target: String,
    pub(super) actual: String,
    pub(super) deviation: String,
    pub(super) score: String,
    pub(super) coverage: String,
    pub(super) state: State,
    /// How certain the figure is, where that needs saying: a reader takes a figure for an observation.
    pub(super) badge: Option<&'static str>,
    /// Why there is no measure.
    pub(super) missing: Option<String>,
    /// Which way is better, where it is not up.
    pub(super) lower_is_better: bool,
}

/// How a figure stands against its objective: a class for the colour, a symbol and words for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct State {
    pub(super) class: &'static str,
    pub(super) symbol: &'static str,
    pub(super) text: &'static str,
}

/// A judgement in a sentence, with the mark of the state it tells: never colour alone.
pub(super) struct Verdict {
    pub(super) state: State,
    pub(super) text: String,
}

pub(super) const REACHED: State = State { class: "raggiunto", symbol: "✔", text: "raggiunto" };
const CLOSE: State = State { class: "vicino", symbol: "▼", text: "sotto l'obiettivo" };
pub(super) const FAR: State = State { class: "lontano", symbol: "✖", text: "lontano dall'obiettivo" };
const WITHOUT_TARGET: State = State { class: "neutro", symbol: "●", text: "senza obiettivo" };
const NOT_MEASURED: State = State { class: "neutro", symbol: "○", text: "non misurato" };
const NOT_AVAILABLE: State = State { class: "neutro", symbol: "○", text: "non disponibile" };

impl Cells {
    /// The figures of a result; `silent` says since when its domain does not answer, if it does not.
    pub(super) fn new(figures: &reading::Figures, silent: Option<&str>) -> Self {
        let coverage = figures.coverage.as_ref().map(|coverage| italian::percent(&italian::number(coverage, italian::DIGITS)));
        let deviation = figures.deviation.as_ref().map(|deviation| italian::deviation(deviation, &figures.deviation_unit));
        let missing =
            silent.map(ToOwned::to_owned).or_else(|| (!figures.missing_reason.is_empty()).then(|| figures.missing_reason.clone()));
        Self {
            target: measured(figures.target.as_ref(), &figures.unit),
            actual: measured(figures.actual.as_ref(), &figures.unit),
            deviation: deviation.unwrap_or_else(|| NONE.to_owned()),
            score: shown(figures.score.as_ref(), italian::DIGITS),
            coverage: coverage.unwrap_or_else(|| NONE.to_owned()),
            state: if silent.is_some() && figures.actual.is_none() { NOT_AVAILABLE } else { state(figures) },
            badge: badge(figures.provenance),
            missing: missing.filter(|_| figures.actual.is_none()),
            lower_is_better: figures.direction == Some(Direction::LowerIsBetter),
        }
    }
}

fn state(figures: &reading::Figures) -> State {
    // A node that groups others has no deviation of its own; its score says the same, from 100.
    let against = figures.deviation.clone().or_else(|| figures.score.as_ref().map(|score| score - &Exact::hundred()));
    match against {
        _ if figures.actual.is_none() => NOT_MEASURED,
        None => WITHOUT_TARGET,
        Some(deviation) => standing(&deviation),
    }
}

/// How a figure stands that is so far from its objective.
pub(super) fn standing(deviation: &Exact) -> State {
    if !deviation.is_negative() {
        REACHED
    } else if *deviation >= Exact::from(-NEAR) {
        CLOSE
    } else {
        FAR
    }
}

#[cfg(test)]
mod tests {
    use piramide_measure::Provenance;

    use super::*;

    fn figures(actual: Option<&str>, deviation: Option<&str>, score: Option<&str>) -> reading::Figures {
        let exact = |text: Option<&str>| text.map(|text| Exact::parse(text).unwrap());
        reading::Figures {
            unit: "euro".into(),
            direction: Some(Direction::LowerIsBetter),
            actual: exact(actual),
            target: None,
            deviation: exact(deviation),
            deviation_unit: "euro".into(),
            score: exact(score),
            coverage: Some(Exact::hundred()),
            provenance: Some(Provenance::Synthetic),
            missing_reason: "nessun dato".into(),
        }
    }

    #[track_caller]
    fn check(actual: Option<&str>, deviation: Option<&str>, score: Option<&str>, expected: State) {
        assert_eq!(Cells::new(&figures(actual, deviation, score), None).state, expected);
    }

    #[test]
    fn the_state_is_that_of_the_deviation_or_else_of_the_score() {
        check(Some("1"), Some("0"), None, REACHED);
        check(Some("1"), Some("-0.0001"), None, CLOSE);
        check(Some("1"), Some("-10"), None, CLOSE);
        check(Some("1"), Some("-10.0001"), None, FAR);
        check(Some("1"), None, Some("99"), CLOSE);
        check(Some("1"), None, Some("100"), REACHED);
        check(Some("1"), None, None, WITHOUT_TARGET);
        check(None, None, None, NOT_MEASURED);
    }

    #[test]
    fn a_deviation_in_euro_is_not_taken_for_a_percentage() {
        let from_zero = figures(Some("3000"), Some("-3000"), Some("50"));
        assert_eq!(Cells::new(&from_zero, None).deviation, "-3.000,00\u{a0}€");
        let from_target = reading::Figures { deviation_unit: "percent".into(), ..from_zero };
        assert_eq!(Cells::new(&from_target, None).deviation, "-3.000,00\u{a0}%");
    }

    #[test]
    fn what_is_missing_says_why_and_what_is_there_how_certain_it_is() {
        let cells = Cells::new(&figures(Some("1234.5"), None, None), None);
        assert_eq!((cells.actual.as_str(), cells.target.as_str(), cells.missing), ("1.234,50\u{a0}€", "—", None));
        assert_eq!((cells.badge, cells.coverage.as_str()), (Some("sintetico"), "100,00\u{a0}%"));
        let silent = Cells::new(&figures(None, None, None), Some("non disponibile dal 1/1"));
        assert_eq!((silent.missing.as_deref(), silent.state), (Some("non disponibile dal 1/1"), NOT_AVAILABLE));
        assert_eq!(Cells::new(&figures(None, None, None), None).missing.as_deref(), Some("nessun dato"));
    }
}
