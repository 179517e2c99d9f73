//! What comes in: numerators and denominators per structure, measure and month, and the checks that only quality can make.

use piramide_domain::{Facts, Grade, Incoming, Quantity, Violation};
use piramide_measure::Unit;

use crate::surveys::{self, Topic};

/// What is counted: pieces within a limit, days, marks.
pub const NUMERATOR: usize = 0;
/// What it is counted over: pieces, answers; 1 where only a finished figure is published.
pub const DENOMINATOR: usize = 1;

/// Answers that give the lowest mark; the four columns after it count those of the marks above.
pub const MARKS: [usize; 5] = [2, 3, 4, 5, 6];

const fn answers(name: &'static str, label: &'static str) -> Quantity {
    Quantity { name, scale: 0, unit: Unit::Items, signed: false, label }
}

/// What a fact of quality says, in the order of the constants above: of a measure its numerator and denominator, of a topic of a survey its
/// answers by mark.
pub const QUANTITIES: [Quantity; 7] = [
    Quantity { name: "numerator", scale: 4, unit: Unit::Ratio, signed: false, label: "Numeratore" },
    Quantity { name: "denominator", scale: 4, unit: Unit::Ratio, signed: false, label: "Denominatore" },
    answers("mark_1", "Risposte con voto 1"),
    answers("mark_2", "Risposte con voto 2"),
    answers("mark_3", "Risposte con voto 3"),
    answers("mark_4", "Risposte con voto 4"),
    answers("mark_5", "Risposte con voto 5"),
];

/// The names of the quantities.
pub const COLUMNS: [&str; 7] = ["numerator", "denominator", "mark_1", "mark_2", "mark_3", "mark_4", "mark_5"];

/// Checks a batch: numerator and denominator come together, a denominator is above zero, a share does not exceed its whole, and a
/// mean of marks lies among them; answers to surveys are checked by [`surveys::check`].
pub fn check(batch: &Incoming<'_>, _facts: &Facts) -> Vec<Violation> {
    let mut violations = Vec::new();
    for fact in batch.facts {
        if let Some(topic) = Topic::of(&fact.subject) {
            surveys::check(batch, fact, topic, &mut violations);
            continue;
        }
        let mut refuse =
            |column: &str, reason, detail: String| violations.push(Violation::new(Grade::Unmet, fact.line, column, reason, detail));
        for quantity in MARKS.into_iter().filter(|quantity| batch.value(fact, *quantity).is_some()) {
            let name = COLUMNS.get(quantity).copied().unwrap_or_default();
            refuse(name, "QUANTITY_MISPLACED", format!("{} is a measure, and answers are counted by topic of a survey", fact.subject));
        }
        match (batch.value(fact, NUMERATOR), batch.value(fact, DENOMINATOR)) {
            (Some(_), Some(0)) => {
                refuse("denominator", "DENOMINATOR_ZERO", "the denominator is zero: leave the row out where nothing was counted".into());
            }
            (Some(numerator), Some(denominator)) => {
                let unit = batch.plan_of(fact).and_then(|plan| plan.measures().get(&fact.subject)).map(|measure| measure.unit);
                let both = || (shown(numerator), shown(denominator));
                if unit == Some(Unit::Mark) && !(denominator..=denominator.saturating_mul(5)).contains(&numerator) {
                    let (part, whole) = both();
                    let detail = format!("{part} over {whole} is no mean of marks from 1 to 5, as {} is", fact.subject);
                    refuse("numerator", "MARK_OUT_OF_RANGE", detail);
                }
                if unit == Some(Unit::Percent) && numerator > denominator {
                    let (part, whole) = both();
                    let detail = format!("{part} of {whole} is more than all of it, and {} is a share", fact.subject);
                    refuse("numerator", "PART_EXCEEDS_WHOLE", detail);
                }
            }
            _ => refuse("", "QUANTITY_MISSING", "numerator and denominator come together".into()),
        }
    }
    violations
}

fn shown(ten_thousandths: i64) -> String {
    piramide_measure::decimal::canonical(piramide_measure::decimal::from_minor_units(ten_thousandths, 4))
}
