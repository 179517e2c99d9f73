//! What comes in: amounts in euro per structure, item and month, month 13 included, and the checks that only finance can make.

use std::collections::BTreeMap;

use piramide_domain::{Facts, Grade, Incoming, Quantity, Violation};
use piramide_measure::{Unit, decimal};

/// The amount (*importo*).
pub const AMOUNT: usize = 0;

/// What a fact of finance says.
pub const QUANTITIES: [Quantity; 1] = [Quantity { name: "amount", scale: 2, unit: Unit::Euro, signed: true, label: "Importo" }];

/// The names of the quantities.
pub const COLUMNS: [&str; 1] = ["amount"];

/// Where an amount stands: structure, item, months.
type Place<'a> = (&'a str, &'a str, (i32, i32));

/// Checks a batch: where a parent and its children are both given for the same structure and months, the children must sum to it
/// (*voci "di cui"*), within the batch and with what is in force.
pub fn check(batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation> {
    let given: BTreeMap<Place<'_>, i64> = batch
        .facts
        .iter()
        .filter_map(|fact| {
            Some(((fact.structure.as_str(), fact.subject.as_str(), (fact.first_month, fact.last_month)), batch.value(fact, AMOUNT)?))
        })
        .collect();
    let mut violations = Vec::new();
    for fact in batch.facts {
        let Some(plan) = batch.plan_of(fact) else { continue };
        let months = (fact.first_month, fact.last_month);
        let amount = |item: &str| {
            let recorded = || facts.about_in(item, &fact.structure).find(|known| (known.first.index(), known.last.index()) == months);
            given.get(&(fact.structure.as_str(), item, months)).copied().or_else(|| recorded().and_then(|known| known.value(AMOUNT)))
        };
        let items = plan.items();
        // The family that the fact belongs to: itself as a parent, and its own parent.
        let parents = [Some(fact.subject.as_str()), items.get(&fact.subject).and_then(|item| item.parent.as_deref())];
        for parent in parents.into_iter().flatten() {
            let children = items.children(parent);
            let signed: Option<Vec<i128>> =
                children.iter().map(|child| amount(&child.code).map(|cents| i128::from(cents) * i128::from(child.sign))).collect();
            let (Some(whole), Some(parts)) = (amount(parent), signed.filter(|parts| !parts.is_empty())) else { continue };
            let sum: i128 = parts.iter().sum();
            if i128::from(whole) != sum {
                let detail = format!(
                    "the items of {parent} sum to {}, {parent} says {}, difference {}",
                    euro(sum),
                    euro(i128::from(whole)),
                    euro(i128::from(whole) - sum)
                );
                violations.push(Violation::new(Grade::Unmet, fact.line, "amount", "CHILDREN_MISS_PARENT", detail));
            }
        }
    }
    violations
}

fn euro(cents: i128) -> String {
    i64::try_from(cents).map_or_else(|_| format!("{cents} cents"), |cents| decimal::canonical(decimal::from_minor_units(cents, 2)))
}
