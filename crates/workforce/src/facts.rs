//! What comes in: counts of people, days and devices per structure, measure and month, and the checks that only workforce can make.
//!
//! Counts only: nothing here speaks of one person.

use std::collections::BTreeMap;

use piramide_domain::{Facts, Grade, Incoming, Quantity, Violation};
use piramide_measure::Unit;
use piramide_plan::Plan;

/// The count or share.
pub const VALUE: usize = 0;

/// What a fact of workforce says.
pub const QUANTITIES: [Quantity; 1] = [Quantity { name: "value", scale: 2, unit: Unit::Items, signed: false, label: "Valore" }];

/// The names of the quantities.
pub const COLUMNS: [&str; 1] = ["value"];

/// A whole in hundredths of a per cent, as shares are kept.
const WHOLE_AS_PERCENT: i64 = 10_000;

/// Checks a batch by what the plan says is part of what: a part does not exceed its whole, within the batch and with what is in force; a
/// share does not exceed 100.
pub fn check(batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation> {
    let given: BTreeMap<_, _> = batch
        .facts
        .iter()
        .filter_map(|fact| Some(((&*fact.structure, &*fact.subject, fact.first_month, fact.last_month), batch.value(fact, VALUE)?)))
        .collect();
    let mut violations = Vec::new();
    for fact in batch.facts {
        let Some(wholes) = batch.plan_of(fact).map(Plan::wholes) else { continue };
        let known = |subject: &str| {
            let recorded = || {
                let same_months =
                    |known: &piramide_domain::Known<'_>| (known.first.index(), known.last.index()) == (fact.first_month, fact.last_month);
                facts.about_in(subject, &fact.structure).find(same_months).and_then(|known| known.value(VALUE))
            };
            given.get(&(&*fact.structure, subject, fact.first_month, fact.last_month)).copied().or_else(recorded)
        };
        for (part, whole) in wholes.with(&fact.subject) {
            if let (Some(part_value), Some(whole_value)) = (known(part), known(whole))
                && part_value > whole_value
            {
                let detail = format!("{part} {} is more than {whole} {}", shown(part_value), shown(whole_value));
                violations.push(Violation::new(Grade::Unmet, fact.line, "value", "PART_EXCEEDS_WHOLE", detail));
            }
        }
        if wholes.is_share(&fact.subject) && batch.value(fact, VALUE).is_some_and(|value| value > WHOLE_AS_PERCENT) {
            let detail = format!("{} is a share, at most 100", fact.subject);
            violations.push(Violation::new(Grade::Unmet, fact.line, "value", "PART_EXCEEDS_WHOLE", detail));
        }
    }
    violations
}

fn shown(hundredths: i64) -> String {
    piramide_measure::decimal::canonical(piramide_measure::decimal::from_minor_units(hundredths, 2))
}
