//! The IEEP and its items.

use piramide_domain::{Known, Measured, Query};
use piramide_measure::Unit;
use piramide_plan::{Item, Plan};

use crate::facts::AMOUNT;

/// Amount of an item of the IEEP (*Indicatore di Efficacia Economico-Finanziaria della Produzione*).
///
/// ```text
/// amounts recorded for the item itself + sum over the items below of sign * amount, where the item itself is not recorded
/// ```
///
/// - Unit: euro, 2 digits. Legal interest enters its section with sign -1; its own amount is positive, and lower is better.
/// - The tree of items, with signs, is the plan's: another year's plan groups the same items in its own sections. An item with *di cui*
///   items below it may be recorded itself, where only it is published. What is recorded of an item in a structure and months is all of
///   it: the items below then add nothing, and the door refuses those that do not sum to it.
/// - Rounding: none, amounts are exact to the cent.
/// - Source: Piano della performance 2021-2023, "I risultati finanziari", and Allegato Tecnico, Tabella B.
///
/// Missing if nothing under it is recorded.
pub fn item(query: &Query<'_>, code: &str, label: &str) -> Measured {
    beside(query, code, label, &[])
}

/// The amount of an item without what `covered` facts of the items above already hold.
fn beside<'a>(query: &Query<'a>, code: &str, label: &str, covered: &[Known<'a>]) -> Measured {
    let own: Vec<Known<'a>> = query.recorded(code).filter(|fact| !covered.iter().any(|above| holds(above, fact))).collect();
    let children = query.plan.items().children(code);
    let recorded = query.total_of(own.clone(), AMOUNT, label);
    if children.is_empty() {
        return recorded;
    }
    let covered: Vec<Known<'a>> = covered.iter().copied().chain(own).collect();
    let mut parts: Vec<Measured> = children.iter().map(|child| signed(query, child, &covered)).collect();
    if parts.iter().all(|part| part.value.is_err()) {
        return recorded;
    }
    parts.push(recorded);
    Measured::sum_of_known(label, Unit::Euro, "somma delle voci, ciascuna con il proprio segno", parts)
}

/// Whether a fact of an item above speaks of the same structure and of months of this one.
fn holds(above: &Known<'_>, fact: &Known<'_>) -> bool {
    above.structure == fact.structure && above.first <= fact.last && fact.first <= above.last
}

/// The code of the indicator that measures an item: `finance.ieep` for the total, `finance.ieep.flows` for an item.
pub fn indicator_code(plan: &Plan, item: &str) -> String {
    let total = plan.items().root().is_some_and(|root| root.code == item);
    if total { "finance.ieep".to_owned() } else { format!("finance.ieep.{}", item.to_lowercase()) }
}

fn signed<'a>(query: &Query<'a>, child: &Item, covered: &[Known<'a>]) -> Measured {
    with_sign(beside(query, &child.code, &child.label, covered), child.sign)
}

/// An amount as it enters what is above it.
pub fn with_sign(amount: Measured, sign: i8) -> Measured {
    if sign >= 0 || amount.value.is_err() {
        return amount;
    }
    let label = format!("{}, con segno meno", amount.explanation.label);
    Measured::computed(&label, Unit::Euro, "- importo", vec![amount], |numbers| Ok(-numbers.iter().sum::<piramide_measure::Exact>()))
}
