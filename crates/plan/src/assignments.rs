//! The items of which a central directorate answers for (*Prospettiva Finanza delle strutture centrali*).

use std::collections::BTreeMap;

use crate::{
    error::Problem,
    items::Items,
    reading::{Findings, Table},
};

pub(crate) const COLUMNS: &[&str] = &["assignee", "label", "item", "note"];

/// A central directorate or coordination with the items of the IEEP that it answers for, all over the nation. Whoever is not named here
/// answers for the whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Its code, that of the structure where the organisation has one.
    pub assignee: String,
    /// Its name, in Italian.
    pub label: String,
    /// Its items, in the order of the plan; none lies under another.
    pub items: Vec<String>,
}

/// Who answers for which items. The table may be missing from a package, and is then empty.
#[derive(Debug, Clone, Default)]
pub struct Assignments {
    rows: Vec<Assignment>,
}

impl Assignments {
    /// The items of one assignee.
    pub fn of(&self, assignee: &str) -> Option<&Assignment> {
        self.rows.iter().find(|assignment| assignment.assignee == assignee)
    }

    /// Every assignee, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = &Assignment> {
        self.rows.iter()
    }

    pub(crate) fn read(table: &Table, items: &Items, findings: &mut Findings) -> Self {
        let mut read = Self::default();
        let mut lines: BTreeMap<(String, String), u64> = BTreeMap::new();
        for row in table.rows() {
            let (assignee, label) = (row.required("assignee", findings), row.required("label", findings));
            let item = row.required("item", findings);
            if items.get(&item).is_none() {
                row.refuse("item", Problem::Unknown { what: "item", code: item.clone(), file: "items.csv" }, findings);
            }
            if let Some(first_line) = lines.insert((assignee.clone(), item.clone()), row.line()) {
                row.refuse("item", Problem::Duplicate { code: format!("{item} of {assignee}"), first_line }, findings);
                continue;
            }
            match read.rows.iter_mut().find(|known| known.assignee == assignee) {
                Some(known) => {
                    if known.label != label {
                        let advice = "each assignee has one name: write the same in every row";
                        row.refuse("label", Problem::Surplus { text: label, advice }, findings);
                    }
                    let overlaps = |other: &String| items.lies_under(&item, other) || items.lies_under(other, &item);
                    if let Some(other) = known.items.iter().find(|other| overlaps(other)) {
                        let problem = Problem::Surplus {
                            text: format!("{item} beside {other}"),
                            advice: "one is part of the other and would count twice",
                        };
                        row.refuse("item", problem, findings);
                    }
                    known.items.push(item);
                }
                None => read.rows.push(Assignment { assignee, label, items: vec![item] }),
            }
        }
        read
    }
}
