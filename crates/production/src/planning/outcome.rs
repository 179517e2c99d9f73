//! Where the year ends if nothing else is done: what no lever covers goes on waiting (*esito atteso*).
//!
//! ```text
//! expected backlog   = target closing backlog + what no lever covers, where that is above zero     in points
//! expected days      = expected backlog / estimated received x 360
//! expected clearance = (estimated received + opening backlog - expected backlog) / estimated received
//! ```
//!
//! Of a structure it is that of its offices, and its own levers take from what waits until the targets of its offices are reached.
//! **Decision**: no work is done beyond the load, so an office with room ends at its target.

use piramide_domain::Measured;
use piramide_measure::{Exact, Missing, Unit};

use super::{DAYS, ProductionPlan, flat};

/// Where the year ends.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What comes in, of the offices in the figures, in points.
    received: Measured,
    /// What waited when the year began, in points.
    opening: Measured,
    /// What may wait when it ends, in points.
    target: Measured,
    /// What waits when it ends (*giacenza finale attesa*), in points.
    pub backlog: Measured,
    /// The same in days of what comes in (*indice di giacenza atteso*).
    pub days: Measured,
    /// What is done on what comes in, in points (*indice di deflusso atteso*).
    pub clearance: Measured,
}

impl Outcome {
    /// That of an office, of which everything must be known.
    pub(super) fn of_office(received: Measured, opening: Measured, target: Measured, uncovered: &Measured) -> Self {
        let formula = "giacenza finale obiettivo + carico non coperto, se maggiore di zero";
        let backlog = Measured::computed(BACKLOG, Unit::Points, formula, vec![target.clone(), uncovered.clone()], |numbers| {
            let [target, uncovered] = numbers else { return Err(missing()) };
            Ok(if uncovered.is_negative() { target.clone() } else { target + uncovered })
        });
        Self::ending(received, opening, target, backlog)
    }

    /// That of a structure, from those of which something is known, and the points of its own levers.
    pub(super) fn of_all(below: &[ProductionPlan], own_levers: &Exact, name: impl Fn(&str) -> String) -> Self {
        let known = || below.iter().filter(|plan| plan.outcome.backlog.value.is_ok());
        let total = |label: &str, part: fn(&Self) -> &Measured| {
            let parts = known().map(|plan| flat(part(&plan.outcome), &name(&plan.structure))).collect();
            Measured::sum_of_known(label, Unit::Points, "somma delle strutture", parts)
        };
        let target = total(TARGET, |outcome| &outcome.target);
        let mut backlog = total(BACKLOG, |outcome| &outcome.backlog);
        if !own_levers.is_zero() {
            let formula =
                format!("giacenza finale attesa delle sedi - {} punti delle leve proprie, fino all'obiettivo", own_levers.in_full());
            backlog = Measured::computed(BACKLOG, Unit::Points, &formula, vec![backlog, target.clone()], |numbers| {
                let [backlog, target] = numbers else { return Err(missing()) };
                let left = backlog - own_levers;
                Ok(if left < *target { target.clone() } else { left })
            });
        }
        Self::ending(total(RECEIVED, |outcome| &outcome.received), total(OPENING, |outcome| &outcome.opening), target, backlog)
    }

    fn ending(received: Measured, opening: Measured, target: Measured, backlog: Measured) -> Self {
        let by_received = |dividend: &Exact, received: &Exact| {
            Exact::quotient(dividend, received).ok_or_else(|| Missing::ZeroDivisor { divisor: RECEIVED.into() })
        };
        let formula = "giacenza finale attesa / pervenuto stimato x 360";
        let days =
            Measured::computed("Indice di giacenza atteso", Unit::Days, formula, vec![backlog.clone(), received.clone()], |numbers| {
                let [backlog, received] = numbers else { return Err(missing()) };
                by_received(&(backlog * &Exact::from(DAYS)), received)
            });
        let formula = "(pervenuto stimato + giacenza iniziale - giacenza finale attesa) / pervenuto stimato";
        let inputs = vec![received.clone(), opening.clone(), backlog.clone()];
        let clearance = Measured::computed("Indice di deflusso atteso", Unit::Ratio, formula, inputs, |numbers| {
            let [received, opening, backlog] = numbers else { return Err(missing()) };
            by_received(&(&(received + opening) - backlog), received)
        });
        Self { received, opening, target, backlog, days, clearance }
    }
}

const RECEIVED: &str = "Pervenuto stimato nell'anno";
const OPENING: &str = "Giacenza iniziale";
const TARGET: &str = "Giacenza finale obiettivo";
const BACKLOG: &str = "Giacenza finale attesa";

fn missing() -> Missing {
    Missing::NoInput { input: "il piano".into() }
}
