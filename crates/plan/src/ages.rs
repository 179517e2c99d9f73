//! How old what waits is: the classes in which it is counted, and what each weighs (*classi di anzianità della giacenza*).

use std::collections::BTreeMap;

use piramide_measure::Exact;

use crate::{
    error::Problem,
    reading::{Findings, Table},
};

pub(crate) const COLUMNS: &[&str] = &["code", "label", "first_day", "last_day", "weight", "note"];

/// A class of age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Age {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// The fewest days that it waits.
    pub first_day: u32,
    /// The most days, inclusive; `None` for the oldest class.
    pub last_day: Option<u32>,
    /// What a piece of it weighs in a weighted backlog; `None` where the plan does not say.
    pub weight: Option<Exact>,
    /// Its line in `ages.csv`.
    pub line: u64,
}

/// The classes of a plan, from the youngest. The table may be missing from a package, and is then empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ages(Vec<Age>);

impl Ages {
    /// A class.
    pub fn get(&self, code: &str) -> Option<&Age> {
        self.0.iter().find(|age| age.code == code)
    }

    /// The classes, from the youngest.
    pub fn iter(&self) -> impl Iterator<Item = &Age> {
        self.0.iter()
    }

    pub(crate) fn read(table: &Table, findings: &mut Findings) -> Self {
        let mut ages = Self::default();
        let mut lines = BTreeMap::new();
        // The day on which the next class begins; `None` after the oldest.
        let mut next = Some(0);
        for row in table.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            let first_day = row.whole("first_day", findings);
            let last_day = if row.text("last_day").is_empty() { None } else { row.whole("last_day", findings) };
            let label = row.required("label", findings);
            let weight = row.positive("weight", findings);
            let Some(first_day) = first_day else { continue };
            if Some(first_day) != next {
                let expected = next.map_or_else(|| "nothing: the class before has no last day".to_owned(), |day: u32| day.to_string());
                row.refuse("first_day", Problem::Gap { text: first_day.to_string(), expected }, findings);
            }
            if let Some(last) = last_day.filter(|last| *last < first_day) {
                row.refuse("last_day", Problem::Gap { text: last.to_string(), expected: format!("{first_day} or more") }, findings);
            }
            next = last_day.and_then(|day| day.checked_add(1));
            ages.0.push(Age { code, label, first_day, last_day, weight, line: row.line() });
        }
        if let (Some(oldest), Some(_)) = (ages.0.last(), next) {
            let advice = "the oldest class has none, or what waits longer would be in no class";
            findings.add(
                table.file(),
                oldest.line,
                "last_day",
                Problem::Surplus { text: oldest.last_day.unwrap_or_default().to_string(), advice },
            );
        }
        ages
    }
}
