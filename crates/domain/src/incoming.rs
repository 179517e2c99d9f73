//! A batch that has been read and not yet recorded.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use piramide_contracts::{
    convert,
    ledger::{BatchHeader, FactRow},
};
use piramide_ledger::Fact;
use piramide_measure::{Month, Period, decimal};
use piramide_plan::{Plan, Plans};

use crate::{
    Domain, Quantity,
    refusal::{Grade, Violation},
};

/// A batch that has been read: codes, periods and numbers are right, nothing else is checked yet.
pub struct Incoming<'a> {
    /// Its facts, in the order of the rows.
    pub facts: &'a [Fact],
    /// The plans that were in force.
    pub plans: &'a Plans,
    /// The numbers that its facts have.
    pub quantities: &'static [Quantity],
}

impl<'a> Incoming<'a> {
    /// The plan in force when a fact's months ended.
    pub fn plan_of(&self, fact: &Fact) -> Option<&'a Plan> {
        let month = Month::from_index(fact.last_month)?;
        self.plans.in_force(Period::Month(month)).map(AsRef::as_ref)
    }

    /// A quantity of a fact in minor units; `None` when it is missing.
    pub fn value(&self, fact: &Fact, quantity: usize) -> Option<i64> {
        fact.values.get(quantity).copied().flatten()
    }
}

/// Reads rows into facts as they arrive.
///
/// What is found wrong is every violation: an unknown code, a malformed period or number, a quantity that the domain does not have, named
/// twice, below zero or too precise.
pub(crate) struct Reading<'a, D> {
    domain: &'a D,
    plans: &'a Plans,
    periods: HashMap<String, Read<'a>>,
    facts: Vec<Fact>,
    violations: Vec<Violation>,
}

/// A period that rows have named, and the codes that were found right for it: a batch names few of each, many times.
struct Read<'a> {
    months: (i32, i32),
    in_force: Option<(&'a Plan, Month)>,
    structures: HashSet<String>,
    subjects: HashSet<String>,
}

impl<'a, D: Domain> Reading<'a, D> {
    pub(crate) fn new(domain: &'a D, plans: &'a Plans) -> Self {
        Self { domain, plans, periods: HashMap::new(), facts: Vec::new(), violations: Vec::new() }
    }

    /// The facts that the rows say, or everything that is wrong with them.
    pub(crate) fn finish(self) -> Result<Vec<Fact>, Vec<Violation>> {
        if self.violations.is_empty() { Ok(self.facts) } else { Err(self.violations) }
    }

    /// Reads a row.
    pub(crate) fn row(&mut self, row: FactRow) {
        let Self { domain, plans, periods, facts, violations } = self;
        let before = violations.len();
        let line = u32::try_from(row.line).unwrap_or(0);
        let mut refuse = |grade, column: &str, reason, detail: String| violations.push(Violation::new(grade, line, column, reason, detail));
        if line == 0 {
            refuse(Grade::Malformed, "line", "LINE", format!("line {} is not a line number from 1", row.line));
        }
        let text = row.period.as_ref().map_or("", |period| &period.value);
        let mut months = (0, 0);
        match periods.get_mut(text) {
            Some(read) => {
                months = read.months;
                check_codes(*domain, read, &row, &mut refuse);
            }
            None => {
                if let Some(mut read) = read_period::<D>(plans, &row, &mut refuse) {
                    months = read.months;
                    check_codes(*domain, &mut read, &row, &mut refuse);
                    // A period that is refused is refused in every row that names it.
                    if read.in_force.is_some() {
                        periods.insert(text.to_owned(), read);
                    }
                }
            }
        }
        let values = read_quantities::<D>(&row, &mut refuse);
        if violations.len() == before {
            let FactRow { structure_code: structure, subject_code: subject, .. } = row;
            facts.push(Fact { line, structure, subject, first_month: months.0, last_month: months.1, values });
        }
    }
}

/// The months of a row, and the plan in force in them.
fn read_period<'a, D: Domain>(
    plans: &'a Plans,
    row: &FactRow,
    refuse: &mut impl FnMut(Grade, &str, &'static str, String),
) -> Option<Read<'a>> {
    let period = convert::period("period", row.period.as_ref());
    let period = period.map_err(|error| refuse(Grade::Malformed, "period", "PERIOD_MALFORMED", error.cause)).ok()?;
    if let Period::Month(month) = period
        && month.number() == 13
        && !D::MONTH_13
    {
        refuse(Grade::Malformed, "period", "PERIOD_MALFORMED", format!("{month} is a month of accounting only"));
        return None;
    }
    let last = if D::MONTH_13 { period.last_month() } else { period.last_calendar_month() };
    let in_force = plans.in_force(period).map(|plan| (plan.as_ref(), period.last_calendar_month()));
    if in_force.is_none() {
        refuse(Grade::Unknown, "period", "NO_PLAN", format!("no plan is in force in {period}, so nothing can be recorded for it"));
    }
    Some(Read { months: (period.first_month().index(), last.index()), in_force, structures: HashSet::new(), subjects: HashSet::new() })
}

/// Checks the codes of a row against the plan in force.
fn check_codes<D: Domain>(domain: &D, read: &mut Read<'_>, row: &FactRow, refuse: &mut impl FnMut(Grade, &str, &'static str, String)) {
    let Some((plan, at)) = read.in_force else { return };
    if !read.structures.contains(&row.structure_code) {
        match structure_fault(plan, &row.structure_code, at) {
            Some((reason, detail)) => refuse(Grade::Unknown, "structure", reason, detail),
            None => drop(read.structures.insert(row.structure_code.clone())),
        }
    }
    if !read.subjects.contains(&row.subject_code) {
        match domain.subject_fault(plan, &row.subject_code) {
            Some((reason, detail)) => refuse(Grade::Unknown, D::IDENTITY.subject.unwrap_or("subject"), reason, detail),
            None => drop(read.subjects.insert(row.subject_code.clone())),
        }
    }
}

/// Why a structure takes no facts in a month: reason and detail. Facts belong to the leaf where the work was done.
pub(crate) fn structure_fault(plan: &Plan, structure: &str, at: Month) -> Option<(&'static str, String)> {
    let structures = plan.structures();
    if structures.get(structure).is_none() {
        return Some(("STRUCTURE_UNKNOWN", format!("\"{structure}\" is not a structure of {}", plan.version())));
    }
    if structures.at(structure, at).is_none() {
        return Some((
            "STRUCTURE_NOT_VALID",
            format!("{structure} is no structure of {} in {at}: it began later or has ended", plan.version()),
        ));
    }
    structures.children(structure, at).into_iter().next().map(|child| {
        let detail =
            format!("{structure} has structures under it, such as {}: facts belong to the leaf where the work was done", child.code);
        ("STRUCTURE_NOT_A_LEAF", detail)
    })
}

fn read_quantities<D: Domain>(row: &FactRow, refuse: &mut impl FnMut(Grade, &str, &'static str, String)) -> Vec<Option<i64>> {
    let mut values = vec![None; D::QUANTITIES.len()];
    // Rows mostly name the quantities in the domain's own order: the search goes on from the last one found.
    let mut expected = 0;
    for given in &row.quantities {
        let mut positions = (expected..D::QUANTITIES.len()).chain(0..expected);
        let found = positions.find(|position| D::QUANTITIES.get(*position).is_some_and(|quantity| quantity.name == given.name));
        expected = found.map_or(expected, |position| position + 1);
        let Some((quantity, slot)) = found.and_then(|position| D::QUANTITIES.get(position).zip(values.get_mut(position))) else {
            let detail = format!("\"{}\" is not a quantity of {}, which has {}", given.name, D::IDENTITY.name, D::COLUMNS.join(", "));
            refuse(Grade::Malformed, &given.name, "QUANTITY_UNKNOWN", detail);
            continue;
        };
        let text = given.value.as_ref().map_or("", |value| value.value.as_str());
        match decimal::parse_minor_units(text, quantity.scale) {
            Ok(value) if value < 0 && !quantity.signed => {
                refuse(Grade::Malformed, &given.name, "NUMBER_NEGATIVE", format!("{text} is below zero, {} cannot be", given.name));
            }
            Ok(value) => {
                if slot.replace(value).is_some() {
                    refuse(Grade::Malformed, &given.name, "QUANTITY_REPEATED", format!("{} stands twice in the row", given.name));
                }
            }
            Err(error) => refuse(Grade::Malformed, &given.name, "NUMBER_MALFORMED", error.to_string()),
        }
    }
    if row.quantities.is_empty() {
        refuse(Grade::Malformed, "", "ROW_EMPTY", format!("no quantity is given: name at least one of {}", D::COLUMNS.join(", ")));
    }
    values
}

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
        let sum: i128 = facts.iter().filter_map(|fact| fact.values.get(position).copied().flatten()).map(i128::from).sum();
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
