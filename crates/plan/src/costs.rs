//! What the responsibility centres cost, by destination and by nature (*conto economico per centro di responsabilità*).

use std::collections::BTreeMap;

use piramide_measure::{Exact, Month};

use crate::{
    error::Problem,
    items::{Item, Items},
    measures::Measures,
    reading::{Findings, Row, Table},
    structures::Structures,
};

pub(crate) const COLUMNS: &[&str] = &["code", "label", "parent", "nature", "note"];
pub(crate) const ALLOCATION_COLUMNS: &[&str] = &["rule", "label", "source", "receiver", "weight", "driver", "note"];

/// The costs of a plan: a tree by destination, whose leaves have a nature. The table may be missing from a package, and is then empty.
#[derive(Debug, Clone, Default)]
pub struct Costs {
    tree: Items,
    natures: BTreeMap<String, String>,
    allocations: Vec<Allocation>,
}

/// A rule that passes the costs of a structure on to those that it works for (*ribaltamento*).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocation {
    /// Its code.
    pub rule: String,
    /// What it is called and rests on, in Italian.
    pub label: String,
    /// Whose costs are passed on: all that is recorded in it and under it, and what rules before this one have passed on to it.
    pub source: String,
    /// Who receives them, in what proportion.
    pub receivers: Vec<Receiver>,
}

/// Who receives a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    /// The structure.
    pub structure: String,
    /// In what proportion.
    pub key: Key,
    /// Where it stands, as file and line.
    pub place: String,
}

/// In what proportion costs are passed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A weight that the plan fixes.
    Weight(Exact),
    /// A measure of finance: what is recorded of it in the receiver, in the period asked for.
    Driver(String),
}

impl Costs {
    /// The costs by destination: the whole, direct costs and among them those of production, indirect costs, and the accounts under each.
    pub fn tree(&self) -> &Items {
        &self.tree
    }

    /// The nature of an account; `None` for what only groups others.
    pub fn nature(&self, code: &str) -> Option<&str> {
        self.natures.get(code).map(String::as_str)
    }

    /// The natures, each once, in the order of the accounts.
    pub fn natures(&self) -> Vec<&str> {
        let mut natures = Vec::new();
        for nature in self.tree.iter().filter_map(|item| self.nature(&item.code)) {
            if !natures.contains(&nature) {
                natures.push(nature);
            }
        }
        natures
    }

    /// The rules, in the order in which they are applied.
    pub fn allocations(&self) -> &[Allocation] {
        &self.allocations
    }

    /// `at` is the month in whose organisation receivers must not overlap their source.
    pub(crate) fn read(
        (costs, allocations): (&Table, &Table),
        (items, measures): (&Items, &Measures),
        (structures, at): (&Structures, Option<Month>),
        findings: &mut Findings,
    ) -> Self {
        let mut read = Self::default();
        let mut lines = BTreeMap::new();
        let mut rows = Vec::new();
        for row in costs.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            if items.get(&code).is_some() {
                row.refuse("code", Problem::Clash { code: code.clone() }, findings);
            }
            if let Some(nature) = row.optional("nature") {
                read.natures.insert(code.clone(), nature);
            }
            let item = Item { code, label: row.required("label", findings), parent: row.optional("parent"), sign: 1, weight: None };
            rows.push((item, row.line()));
        }
        if !rows.is_empty() {
            read.tree = Items::grow(costs.file(), rows, findings);
            read.refuse_natures(costs, &lines, findings);
        }
        read.read_allocations(allocations, measures, (structures, at), findings);
        read
    }

    /// An account has a nature, and what groups accounts has none.
    fn refuse_natures(&self, table: &Table, lines: &BTreeMap<String, u64>, findings: &mut Findings) {
        for item in self.tree.iter() {
            let line = lines.get(&item.code).copied().unwrap_or_default();
            let groups = !self.tree.children(&item.code).is_empty();
            match (groups, self.nature(&item.code)) {
                (true, Some(nature)) => {
                    let advice = "only accounts, with nothing under them, have a nature";
                    findings.add(table.file(), line, "nature", Problem::Surplus { text: nature.to_owned(), advice });
                }
                (false, None) => findings.add(table.file(), line, "nature", Problem::Empty { advice: "every account has one" }),
                (true, None) | (false, Some(_)) => {}
            }
        }
    }

    fn read_allocations(
        &mut self,
        table: &Table,
        measures: &Measures,
        (structures, at): (&Structures, Option<Month>),
        findings: &mut Findings,
    ) {
        for row in table.rows() {
            let (rule, label) = (row.required("rule", findings), row.required("label", findings));
            let (source, receiver) = (row.required("source", findings), row.required("receiver", findings));
            for (column, code) in [("source", &source), ("receiver", &receiver)] {
                if !structures.contains(code) {
                    row.refuse(column, Problem::Unknown { what: "structure", code: code.clone(), file: "structures.csv" }, findings);
                }
            }
            let weight = row.positive("weight", findings);
            let driver = row.optional("driver");
            let key = match (weight, driver) {
                (Some(_), Some(driver)) => {
                    let advice = "a receiver has a weight or a driver, not both";
                    row.refuse("driver", Problem::Surplus { text: driver.clone(), advice }, findings);
                    Key::Driver(driver)
                }
                (None, Some(driver)) => {
                    if measures.get(&driver).is_none_or(|measure| measure.domain != "finance") {
                        let problem = Problem::Unknown { what: "measure of finance", code: driver.clone(), file: "measures.csv" };
                        row.refuse("driver", problem, findings);
                    }
                    Key::Driver(driver)
                }
                (Some(weight), None) => Key::Weight(weight),
                (None, None) => {
                    row.refuse("weight", Problem::Empty { advice: "write a weight, or the measure that is the driver" }, findings);
                    continue;
                }
            };
            self.refuse_circles(&row, &rule, &source, &receiver, (structures, at), findings);
            let place = format!("{}:{}", table.file(), row.line());
            let part = Receiver { structure: receiver, key, place };
            match self.allocations.iter_mut().find(|known| known.rule == rule) {
                None => self.allocations.push(Allocation { rule, label, source, receivers: vec![part] }),
                Some(known) => {
                    let advice = "every row of a rule has the same label and source";
                    for (column, text, expected) in [("label", &label, &known.label), ("source", &source, &known.source)] {
                        if text != expected {
                            row.refuse(column, Problem::Surplus { text: text.clone(), advice }, findings);
                        }
                    }
                    if known.receivers.iter().any(|other| other.structure == part.structure) {
                        let code = format!("{} among the receivers of {}", part.structure, known.rule);
                        row.refuse("receiver", Problem::Duplicate { code, first_line: row.line() }, findings);
                    }
                    known.receivers.push(part);
                }
            }
        }
    }

    /// Costs go down the steps and never back: nobody receives who is, holds or lies under the source, or has already passed on.
    fn refuse_circles(
        &self,
        row: &Row<'_>,
        rule: &str,
        source: &str,
        receiver: &str,
        (structures, at): (&Structures, Option<Month>),
        findings: &mut Findings,
    ) {
        let overlap = at.is_some_and(|at| structures.lies_under(receiver, source, at) || structures.lies_under(source, receiver, at));
        let gave = |allocation: &Allocation| allocation.rule != rule && allocation.source == receiver;
        let problem = if source == receiver || overlap {
            Some("a structure passes nothing on to itself, nor to what is above or under it")
        } else if self.allocations.iter().any(gave) {
            Some("it has passed its costs on by an earlier rule: order the rules as steps downwards")
        } else {
            None
        };
        if let Some(advice) = problem {
            row.refuse("receiver", Problem::Surplus { text: receiver.to_owned(), advice }, findings);
        }
    }
}
