//! What facts of quality and workforce speak of, and the amounts of finance outside the tree of items (*misure*).

use std::collections::{BTreeMap, HashMap};

use piramide_measure::Unit;

use crate::{
    error::Problem,
    indicators::DOMAINS,
    items::Items,
    reading::{Findings, Row, Table},
};

pub(crate) const COLUMNS: &[&str] = &["code", "domain", "label", "unit", "note"];

/// The subject of a fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// Its code, the same in every plan.
    pub code: String,
    /// The domain that keeps its facts.
    pub domain: String,
    /// Its name, in Italian.
    pub label: String,
    /// Its unit.
    pub unit: Unit,
    /// What the source notes about it.
    pub note: String,
}

/// The measures of a plan.
#[derive(Debug, Clone, Default)]
pub struct Measures {
    rows: Vec<Measure>,
    positions: HashMap<String, usize>,
}

impl Measures {
    /// A measure.
    pub fn get(&self, code: &str) -> Option<&Measure> {
        self.rows.get(*self.positions.get(code)?)
    }

    /// The measures of a domain, in the order of the plan.
    pub fn of_domain<'a>(&'a self, domain: &'a str) -> impl Iterator<Item = &'a Measure> {
        self.rows.iter().filter(move |measure| measure.domain == domain)
    }

    /// Every measure, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = &Measure> {
        self.rows.iter()
    }

    pub(crate) fn read(table: &Table, items: &Items, findings: &mut Findings) -> Self {
        let mut measures = Self::default();
        let mut lines = BTreeMap::new();
        for row in table.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            let measure = read_measure(&row, code, findings);
            if measure.domain == "finance" && items.get(&measure.code).is_some() {
                row.refuse("code", Problem::Clash { code: measure.code.clone() }, findings);
            }
            measures.positions.insert(measure.code.clone(), measures.rows.len());
            measures.rows.push(measure);
        }
        measures
    }
}

fn read_measure(row: &Row<'_>, code: String, findings: &mut Findings) -> Measure {
    let domain = row.text("domain");
    if !DOMAINS.contains(&domain) {
        row.refuse("domain", Problem::Choice { text: domain.to_owned(), choices: DOMAINS.join(", ") }, findings);
    }
    Measure {
        code,
        domain: domain.to_owned(),
        label: row.required("label", findings),
        unit: read_unit(row, findings),
        note: row.text("note").to_owned(),
    }
}

/// The unit of a row.
pub(crate) fn read_unit(row: &Row<'_>, findings: &mut Findings) -> Unit {
    let text = row.text("unit");
    text.parse().unwrap_or_else(|_| {
        let choices = Unit::ALL.iter().map(|unit| unit.code()).collect::<Vec<_>>().join(", ");
        row.refuse("unit", Problem::Choice { text: text.to_owned(), choices }, findings);
        Unit::Items
    })
}
