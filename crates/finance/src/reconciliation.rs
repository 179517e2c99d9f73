//! What adds up and what does not (*quadratura*): the facts of the IEEP and of the costs item by item, those of accounts age by age, and the
//! plan's targets item by item and structure by structure.

use std::collections::BTreeSet;

use piramide_measure::{
    Exact,
    reconciliation::{CellId, Rounding, Table},
};
use piramide_plan::{AccountFigure, Accounts, Item};

use crate::{asked::Asked, facts::AMOUNT, indicators::ieep};

/// The facts as a table: in each structure and months, an item of the IEEP or of the costs that is recorded is the sum of the items under it,
/// and the balance of an account the sum of what is open of every age. Amounts are exact to the cent, so nothing is rounding. Where the
/// parts are not all recorded, the sum counts as incomplete.
pub fn actuals(query: &Asked<'_>) -> Table {
    let plan = query.plan;
    let mut table = Table::new(Rounding::None);
    for items in [plan.items(), plan.costs().tree()] {
        for item in items.iter() {
            let parts: Vec<_> = items.children(&item.code).iter().map(|child| (child.code.clone(), child.sign)).collect();
            write(&mut table, query, &item.code, &parts);
        }
    }
    let accounts = plan.accounts();
    for account in accounts.groups().iter().flat_map(|group| accounts.of_group(&group.code)) {
        let open: Vec<_> = accounts.ages().iter().map(|age| (Accounts::open_subject(&account.code, &age.code), 1)).collect();
        open.iter().for_each(|(subject, _)| write(&mut table, query, subject, &[]));
        write(&mut table, query, &Accounts::subject(&account.code, AccountFigure::Balance), &open);
    }
    table
}

/// Writes what is recorded of a subject, which is to be the sum of its parts, each with its sign.
fn write(table: &mut Table, query: &Asked<'_>, subject: &str, parts: &[(String, i8)]) {
    for known in query.recorded(subject) {
        let Some(cents) = known.value(AMOUNT) else { continue };
        let period = known.period().map_or_else(String::new, |period| period.to_string());
        let place = format!("{} {period}", known.structure);
        table.write(CellId::new(subject, &place), Exact::from_minor_units(cents, 2), 2);
        let parts = parts.iter().map(|(part, sign)| (CellId::new(part, &place), *sign)).collect();
        table.rule(CellId::new(subject, &place), parts);
    }
}

/// The targets as a table: in the structure and those right under it each item is the sum of the items under it, and each item of the
/// structure is the sum of that item over those under it. Targets are printed rounded, so a unit for each part is rounding.
pub fn targets(query: &Asked<'_>) -> Table {
    let (items, month) = (query.plan.items(), query.period.last_calendar_month());
    let below: Vec<&str> = query.plan.structures().children(query.structure, month).into_iter().map(|child| child.code.as_str()).collect();
    let mut table = Table::new(Rounding::UnitPerPart);
    let mut planned: BTreeSet<&str> = BTreeSet::new();
    for structure in below.iter().copied().chain([query.structure]) {
        for item in items.iter() {
            let Some(target) = target(query, item, structure) else { continue };
            planned.insert(structure);
            let written = target.decimal_text(2);
            let digits = written.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            table.write(CellId::new(&item.code, structure), target, u32::try_from(digits).unwrap_or_default());
        }
    }
    // A structure without any target, such as a central unit, is no part of a sum.
    for structure in &planned {
        for item in items.iter() {
            let children = items.children(&item.code);
            let parts = children.iter().map(|child| (CellId::new(&child.code, *structure), child.sign)).collect();
            table.rule(CellId::new(&item.code, *structure), parts);
        }
    }
    for item in items.iter().filter(|_| planned.contains(query.structure)) {
        let parts = below.iter().filter(|child| planned.contains(*child)).map(|child| (CellId::new(&item.code, *child), 1)).collect();
        table.rule(CellId::new(&item.code, query.structure), parts);
    }
    table
}

fn target(query: &Asked<'_>, item: &Item, structure: &str) -> Option<Exact> {
    Some(query.plan.target(&ieep::indicator_code(query.plan, &item.code), structure, query.period)?.target)
}
