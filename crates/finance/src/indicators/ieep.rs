//! The IEEP and its items.

use piramide_domain::{Measured, Query};
use piramide_measure::Unit;
use piramide_plan::{Item, Plan};

use crate::facts::AMOUNT;

/// Amount of an item of the IEEP (*Indicatore di Efficacia Economico-Finanziaria della Produzione*).
///
/// ```text
/// recorded amount, or where none is recorded: sum over the items below of sign * amount
/// ```
///
/// - Unit: euro, 2 digits. Legal interest enters its section with sign -1; its own amount is positive, and lower is better.
/// - The tree of items, with signs, is the plan's: another year's plan groups the same items in its own sections. An item with *di cui*
///   items below it may be recorded itself, where only it is published; recorded at both levels they must agree.
/// - Rounding: none, amounts are exact to the cent.
/// - Source: Piano della performance 2021-2023, "I risultati finanziari", and Allegato Tecnico, Tabella B.
///
/// Missing if nothing under it is recorded.
pub fn item(query: &Query<'_>, code: &str, label: &str) -> Measured {
    let children = query.plan.items().children(code);
    let below: Vec<Measured> = children.iter().map(|child| signed(query, child)).collect();
    let own = query.total(code, AMOUNT, label);
    if below.iter().all(|part| part.value.is_err()) {
        return own;
    }
    let sum = Measured::sum_of_known(label, Unit::Euro, "somma delle voci, ciascuna con il proprio segno", below);
    // Where both levels are recorded the door has already squared them, so either is the figure.
    sum
}

/// The code of the indicator that measures an item: `finance.ieep` for the total, `finance.ieep.flows` for an item.
pub fn indicator_code(plan: &Plan, item: &str) -> String {
    let total = plan.items().root().is_some_and(|root| root.code == item);
    if total { "finance.ieep".to_owned() } else { format!("finance.ieep.{}", item.to_lowercase()) }
}

fn signed(query: &Query<'_>, child: &Item) -> Measured {
    let amount = item(query, &child.code, &child.label);
    if child.sign >= 0 || amount.value.is_err() {
        return amount;
    }
    let label = format!("{}, con segno meno", child.label);
    Measured::computed(&label, Unit::Euro, "- importo", vec![amount], |numbers| Ok(-numbers.iter().sum::<piramide_measure::Exact>()))
}
