//! Totals that the source declares, so that nothing is lost on the way.

use std::collections::BTreeSet;

use piramide_contracts::ledger::BatchHeader;
use piramide_ledger::{Fact, MAX_COLUMNS};
use piramide_measure::decimal;

use crate::{
    Domain,
    refusal::{Grade, Violation},
};

/// Checks the totals that the source declares against those of the rows.
pub(crate) fn check_totals<D: Domain>(header: &BatchHeader, facts: &[Fact]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut refuse = |column: &str, reason, detail| violations.push(Violation::new(Grade::Unmet, 0, column, reason, detail));
    if let Some(declared) = header.control_rows
        && i64::try_from(facts.len()) != Ok(declared)
    {
        refuse("control_rows", "CONTROL_TOTAL_MISSED", format!("{declared} rows are declared, {} were sent", facts.len()));
    }
    let mut seen = BTreeSet::new();
    let sums = if header.control_totals.is_empty() { [0; MAX_COLUMNS] } else { sums(facts) };
    for total in &header.control_totals {
        let column = format!("control.{}", total.name);
        let text = total.value.as_ref().map_or("", |value| value.value.as_str());
        if !seen.insert(&total.name) {
            refuse(&column, "CONTROL_TOTAL_MISSED", format!("the total of {} is declared twice", total.name));
        }
        let Some((position, quantity)) = D::QUANTITIES.iter().enumerate().find(|(_, quantity)| quantity.name == total.name) else {
            refuse(&column, "QUANTITY_UNKNOWN", format!("\"{}\" is not a quantity of {}", total.name, D::IDENTITY.name));
            continue;
        };
        let declared = match decimal::parse(text) {
            Ok(declared) => declared,
            Err(error) => {
                refuse(&column, "NUMBER_MALFORMED", error.to_string());
                continue;
            }
        };
        let sum = sums.get(position).copied().unwrap_or_default();
        let sum = piramide_measure::Exact::quotient(&sum.into(), &piramide_measure::Exact::power_of_ten(quantity.scale))
            .unwrap_or_else(|| sum.into());
        let declared = piramide_measure::Exact::from(declared);
        if sum != declared {
            let difference = (&sum - &declared).decimal_text(quantity.scale);
            let (declared, sum) = (declared.decimal_text(quantity.scale.max(4)), sum.decimal_text(quantity.scale));
            refuse(
                &column,
                "CONTROL_TOTAL_MISSED",
                format!("{} is declared to sum to {declared}, the rows give {sum}, difference {difference}", total.name),
            );
        }
    }
    violations
}

/// The sum of each column over some facts.
fn sums(facts: &[Fact]) -> [i128; MAX_COLUMNS] {
    let mut sums = [0; MAX_COLUMNS];
    for fact in facts {
        // What is missing is zero here.
        sums.iter_mut().zip(fact.values.amounts().0).for_each(|(sum, amount)| *sum += i128::from(*amount));
    }
    sums
}
