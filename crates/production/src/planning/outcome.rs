//! Where the year ends if nothing else is done: what no lever covers goes on waiting (*esito atteso*).
//!
//! ```text
//! expected backlog   = target closing backlog + shortage                                           in points
//! expected days      = expected backlog / estimated received x 360
//! expected clearance = (estimated received + opening backlog - expected backlog) / estimated received
//! ```
//!
//! An office has a shortage (*scoperto*), which is what no lever covers, or room (*margine*), and no work is done beyond the load: with room it ends
//! at its target. A structure has the shortages and the room of its offices, and nobody's room covers another's shortage. Its own levers, and
//! those of structures without work, close shortages and then make room; where they cost points, as help given does, they take room and then
//! widen shortages. So shortage less room is what is not covered, at every level. **Decision**.

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
    /// What no lever covers where something is not covered (*scoperto*), in points.
    pub shortage: Measured,
    /// What could be done beyond the load where there is room (*margine*), in points.
    pub room: Measured,
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
        let part = |label: &str, formula: &str, sign: i32| {
            Measured::computed(label, Unit::Points, formula, vec![uncovered.clone()], |numbers| {
                let [uncovered] = numbers else { return Err(missing()) };
                Ok(above_zero(uncovered * &Exact::from(sign)))
            })
        };
        let shortage = part(SHORTAGE, "carico non coperto, se maggiore di zero", 1);
        let room = part(ROOM, "carico non coperto, se minore di zero, senza segno", -1);
        Self::ending([received, opening, target], shortage, room)
    }

    /// That of a structure, from those under it of which it is known, and the points of the levers that are in none of these.
    pub(super) fn of_all(below: &[ProductionPlan], levers: &Exact, name: impl Fn(&str) -> String) -> Self {
        let total = |label: &str, part: fn(&Self) -> &Measured| {
            let known = below.iter().filter(|plan| plan.outcome.is_known());
            let parts = known.map(|plan| flat(part(&plan.outcome), &name(&plan.structure))).collect();
            Measured::sum_of_known(label, Unit::Points, "somma delle strutture", parts)
        };
        let (shortage, room) = (total(SHORTAGE, |outcome| &outcome.shortage), total(ROOM, |outcome| &outcome.room));
        let with_levers = |label: &str, formula: &str, sign: i32| {
            let formula = format!("{formula}, con {} punti di altre leve", levers.in_full());
            Measured::computed(label, Unit::Points, &formula, vec![shortage.clone(), room.clone()], |numbers| {
                let [shortage, room] = numbers else { return Err(missing()) };
                Ok(if sign > 0 { after(shortage, room, levers) } else { after(room, shortage, &-levers.clone()) })
            })
        };
        let formulas =
            ("scoperto - leve, e oltre il margine ciò che costano", "margine - ciò che le leve costano, e oltre lo scoperto ciò che danno");
        let whole = [
            total(RECEIVED, |outcome| &outcome.received),
            total(OPENING, |outcome| &outcome.opening),
            total(TARGET, |outcome| &outcome.target),
        ];
        if levers.is_zero() {
            return Self::ending(whole, shortage, room);
        }
        Self::ending(whole, with_levers(SHORTAGE, formulas.0, 1), with_levers(ROOM, formulas.1, -1))
    }

    /// Whether it can be said.
    pub(super) fn is_known(&self) -> bool {
        self.backlog.value.is_ok()
    }

    fn ending([received, opening, target]: [Measured; 3], shortage: Measured, room: Measured) -> Self {
        let formula = "giacenza finale obiettivo + scoperto";
        let backlog = Measured::computed(BACKLOG, Unit::Points, formula, vec![target.clone(), shortage.clone()], |numbers| {
            let [target, shortage] = numbers else { return Err(missing()) };
            Ok(target + shortage)
        });
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
        Self { received, opening, target, shortage, room, backlog, days, clearance }
    }
}

const RECEIVED: &str = "Pervenuto stimato nell'anno";
const OPENING: &str = "Giacenza iniziale";
const TARGET: &str = "Giacenza finale obiettivo";
const SHORTAGE: &str = "Scoperto";
const ROOM: &str = "Margine";
const BACKLOG: &str = "Giacenza finale attesa";

/// One of two that are set against each other, after some points that lessen it, or below zero fall on it once the other is used up.
fn after(one: &Exact, other: &Exact, points: &Exact) -> Exact {
    if points.is_negative() { one + &above_zero(&-points.clone() - other) } else { above_zero(one - points) }
}

fn above_zero(number: Exact) -> Exact {
    if number.is_negative() { Exact::zero() } else { number }
}

fn missing() -> Missing {
    Missing::NoInput { input: "il piano".into() }
}
