//! The IEEP and its items.

use piramide_domain::Measured;
use piramide_plan::Plan;

use super::tree;
use crate::asked::Asked;

/// Amount of an item of the IEEP (*Indicatore di Efficacia Economico-Finanziaria della Produzione*): as [`tree::amount`].
///
/// - Unit: euro, 2 digits. Legal interest enters its section with sign -1; its own amount is positive, and lower is better.
/// - The tree of items, with signs, is the plan's: another year's plan groups the same items in its own sections.
/// - Source: Piano della performance 2021-2023, "I risultati finanziari", and Allegato Tecnico, Tabella B.
///
/// Missing if nothing under it is recorded.
pub fn item(query: &Asked<'_>, code: &str, label: &str) -> Measured {
    tree::amount(query, query.plan.items(), code, label)
}

/// The code of the indicator that measures an item: `finance.ieep` for the total, `finance.ieep.flows` for an item.
pub fn indicator_code(plan: &Plan, item: &str) -> String {
    let total = plan.items().root().is_some_and(|root| root.code == item);
    if total { "finance.ieep".to_owned() } else { format!("finance.ieep.{}", item.to_lowercase()) }
}
