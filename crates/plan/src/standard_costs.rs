//! The elementary indicators of standard costs and their budget (*indicatori dei costi standard*, Tabella C).

use std::collections::{BTreeMap, BTreeSet};

use piramide_measure::Exact;

use crate::{
    error::Problem,
    reading::{Findings, Row, Table},
    structures::Structures,
};

pub(crate) const COLUMNS: &[&str] =
    &["code", "label", "unit", "numerator", "numerator_label", "denominator", "denominator_label", "factor", "weight", "note"];
pub(crate) const BUDGET_COLUMNS: &[&str] = &["indicator", "structure", "value"];

/// An elementary indicator: one recorded amount over another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandardCost {
    /// Its code.
    pub code: String,
    /// Its name, in Italian.
    pub label: String,
    /// Its unit, in Italian: euro per mq netto.
    pub unit: String,
    /// What facts of the cost speak of.
    pub numerator: String,
    /// What facts of what it is divided by speak of.
    pub denominator: String,
    /// What the quotient is multiplied by: 1, or 100 for percentages.
    pub factor: Exact,
    /// Its weight in the synthetic index, per cent; `None` where the plan sets none, and then all weigh alike.
    pub weight: Option<Exact>,
    /// What the source notes about it.
    pub note: String,
}

/// The standard costs of a plan. Both tables may be missing from a package, and are then empty.
#[derive(Debug, Clone, Default)]
pub struct StandardCosts {
    rows: Vec<StandardCost>,
    /// The names of the amounts that facts speak of.
    amounts: BTreeMap<String, String>,
    budget: BTreeMap<(String, String), (Exact, u64)>,
}

impl StandardCosts {
    /// The indicators, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = &StandardCost> {
        self.rows.iter()
    }

    /// The name of an amount that some indicator needs.
    pub fn amount_label(&self, code: &str) -> Option<&str> {
        self.amounts.get(code).map(String::as_str)
    }

    /// The budget of an indicator in a structure, and its line.
    pub fn budget(&self, indicator: &str, structure: &str) -> Option<(&Exact, u64)> {
        self.budget.get(&(indicator.to_owned(), structure.to_owned())).map(|(value, line)| (value, *line))
    }

    pub(crate) fn read(costs: &Table, budget: &Table, structures: &Structures, findings: &mut Findings) -> Self {
        let mut read = Self::default();
        let mut lines = BTreeMap::new();
        for row in costs.rows() {
            let Some(code) = row.new_code("code", &mut lines, findings) else { continue };
            let cost = read_cost(&row, code, findings);
            for (column, amount, label) in
                [("numerator_label", &cost.numerator, "numerator_label"), ("denominator_label", &cost.denominator, "denominator_label")]
            {
                let label = row.required(label, findings);
                if let Some(known) = read.amounts.get(amount).filter(|known| **known != label) {
                    let problem =
                        Problem::Surplus { text: format!("{label} for {amount}, called {known} above"), advice: "an amount has one name" };
                    row.refuse(column, problem, findings);
                }
                read.amounts.insert(amount.clone(), label);
            }
            read.rows.push(cost);
        }
        read.refuse_weights(costs, findings);
        let known: BTreeSet<String> = read.rows.iter().map(|cost| cost.code.clone()).collect();
        for row in budget.rows() {
            let (indicator, structure) = (row.required("indicator", findings), row.required("structure", findings));
            if !known.contains(&indicator) {
                let problem = Problem::Unknown { what: "standard cost", code: indicator.clone(), file: "standard_costs.csv" };
                row.refuse("indicator", problem, findings);
            }
            if !structures.contains(&structure) {
                let problem = Problem::Unknown { what: "structure", code: structure.clone(), file: "structures.csv" };
                row.refuse("structure", problem, findings);
            }
            let Some(value) = row.required_number("value", findings) else { continue };
            let key = (indicator, structure);
            if let Some((_, first_line)) = read.budget.get(&key) {
                let problem = Problem::Duplicate { code: format!("the budget of {} for {}", key.0, key.1), first_line: *first_line };
                row.refuse("structure", problem, findings);
                continue;
            }
            read.budget.insert(key, (value, row.line()));
        }
        read
    }

    /// Either no indicator has a weight, or all have and they sum to 100.
    fn refuse_weights(&self, table: &Table, findings: &mut Findings) {
        let weights: Vec<&Exact> = self.rows.iter().filter_map(|cost| cost.weight.as_ref()).collect();
        if weights.is_empty() {
            return;
        }
        if weights.len() < self.rows.len() {
            let advice = "another indicator has a weight, so each must";
            findings.add(table.file(), None, "weight", Problem::Empty { advice });
        }
        let sum: Exact = weights.into_iter().sum();
        if sum != Exact::hundred() {
            let problem = Problem::WeightsSum { parent: "the synthetic index".to_owned(), sum: sum.decimal_text(4) };
            findings.add(table.file(), None, "weight", problem);
        }
    }
}

fn read_cost(row: &Row<'_>, code: String, findings: &mut Findings) -> StandardCost {
    StandardCost {
        code,
        label: row.required("label", findings),
        unit: row.required("unit", findings),
        numerator: row.required("numerator", findings),
        denominator: row.required("denominator", findings),
        factor: row.positive("factor", findings).unwrap_or_else(|| Exact::from(1)),
        weight: row.positive("weight", findings),
        note: row.text("note").to_owned(),
    }
}
