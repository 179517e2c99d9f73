//! The amount of an item of a tree: of the IEEP, or of the costs.

use piramide_domain::{Known, Measured};
use piramide_measure::{Exact, Unit};
use piramide_plan::{Item, Items};

use crate::asked::Asked;

/// Amount of an item of a tree.
///
/// ```text
/// amounts recorded for the item itself + sum over the items below of sign * amount, where the item itself is not recorded
/// ```
///
/// - Unit: euro, 2 digits. Rounding: none, amounts are exact to the cent.
/// - An item with items below it may be recorded itself, where only it is known. What is recorded of an item in a structure and months is
///   all of it: the items below then add nothing, and the door refuses those that do not sum to it.
///
/// Missing if nothing under it is recorded.
pub fn amount(query: &Asked<'_>, items: &Items, code: &str, label: &str) -> Measured {
    // The sums kept beside the facts follow this very definition.
    query.kept_amount(code, label).unwrap_or_else(|| beside(query, items, code, label, &[]))
}

/// The amount of an item without what `covered` facts of the items above already hold.
fn beside<'a>(query: &Asked<'a>, items: &Items, code: &str, label: &str, covered: &[Known<'a>]) -> Measured {
    let own: Vec<Known<'a>> = query.recorded(code).filter(|fact| !covered.iter().any(|above| holds(above, fact))).collect();
    let children = items.children(code);
    let recorded = query.total_of(own.clone(), label);
    if children.is_empty() {
        return recorded;
    }
    let covered: Vec<Known<'a>> = covered.iter().copied().chain(own).collect();
    let mut parts: Vec<Measured> = children.iter().map(|child| signed(query, items, child, &covered)).collect();
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

fn signed<'a>(query: &Asked<'a>, items: &Items, child: &Item, covered: &[Known<'a>]) -> Measured {
    with_sign(beside(query, items, &child.code, &child.label, covered), child.sign)
}

/// An amount as it enters what is above it.
pub fn with_sign(amount: Measured, sign: i8) -> Measured {
    if sign >= 0 || amount.value.is_err() {
        return amount;
    }
    let label = format!("{}, con segno meno", amount.explanation.label);
    Measured::computed(&label, Unit::Euro, "- importo", vec![amount], |numbers| Ok(-numbers.iter().sum::<Exact>()))
}
