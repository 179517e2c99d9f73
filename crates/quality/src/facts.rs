//! What comes in: numerators and denominators per structure, measure and month, and the checks that only quality can make.

use piramide_domain::{Facts, Grade, Incoming, Quantity, Violation};
use piramide_measure::Unit;

/// What is counted: pieces within a limit, days, marks.
pub const NUMERATOR: usize = 0;
/// What it is counted over: pieces, answers; 1 where only a finished figure is published.
pub const DENOMINATOR: usize = 1;

/// What a fact of quality says, in the order of the constants above.
pub const QUANTITIES: [Quantity; 2] = [
    Quantity { name: "numerator", scale: 4, unit: Unit::Ratio, signed: false, label: "Numeratore" },
    Quantity { name: "denominator", scale: 4, unit: Unit::Ratio, signed: false, label: "Denominatore" },
];

/// The names of the quantities.
pub const COLUMNS: [&str; 2] = ["numerator", "denominator"];

/// Checks a batch: numerator and denominator come together, a denominator is above zero, a share does not exceed its whole, and a
/// mean of marks lies among them.
pub fn check(batch: &Incoming<'_>, _facts: &Facts) -> Vec<Violation> {
    let mut violations = Vec::new();
    for fact in batch.facts {
        let mut refuse =
            |column: &str, reason, detail: String| violations.push(Violation::new(Grade::Unmet, fact.line, column, reason, detail));
        match (batch.value(fact, NUMERATOR), batch.value(fact, DENOMINATOR)) {
            (Some(_), Some(0)) => {
                refuse("denominator", "DENOMINATOR_ZERO", "the denominator is zero: leave the row out where nothing was counted".into());
            }
            (Some(numerator), Some(denominator)) => {
                let unit = batch.plan_of(fact).and_then(|plan| plan.measures().get(&fact.subject)).map(|measure| measure.unit);
                let (part, whole) = (shown(numerator), shown(denominator));
                if unit == Some(Unit::Mark) && !(denominator..=denominator.saturating_mul(5)).contains(&numerator) {
                    let detail = format!("{part} over {whole} is no mean of marks from 1 to 5, as {} is", fact.subject);
                    refuse("numerator", "MARK_OUT_OF_RANGE", detail);
                }
                if unit == Some(Unit::Percent) && numerator > denominator {
                    refuse(
                        "numerator",
                        "PART_EXCEEDS_WHOLE",
                        format!("{part} of {whole} is more than all of it, and {} is a share", fact.subject),
                    );
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
