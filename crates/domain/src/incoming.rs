//! A batch that has been read and not yet recorded.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use piramide_contracts::{
    batch::ContentHash,
    columns::{Misshapen, Number, Row, Walk},
    convert,
    ledger::{BatchHeader, FactColumns, FactRow},
    types,
};
use piramide_ledger::Fact;
use piramide_measure::{Month, Period, decimal};
use piramide_plan::{Plan, Plans};

use crate::{
    Domain, Quantity,
    refusal::{Grade, Violation},
};

/// Violations after which reading ends: the batch is refused anyway, and what is wrong with so many rows is wrong with all.
const MOST_VIOLATIONS: usize = 10_000;

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
        let FactRow { line, structure_code: structure, subject_code: subject, period, quantities } = row;
        let before = self.violations.len();
        let line = self.line(line);
        let months = self.months(line, period.as_ref(), &structure, &subject);
        let mut values = Quantities::<D>::new();
        {
            let mut refuse = refusing(&mut self.violations, line);
            for given in &quantities {
                values.put(&given.name, given.value.as_ref().map_or("", |value| &value.value), &mut refuse);
            }
            check_said::<D>(quantities.is_empty(), &mut refuse);
        }
        if self.violations.len() == before {
            self.facts.push(Fact { line, structure, subject, first_month: months.0, last_month: months.1, values: values.given });
        }
    }

    /// Whether so much is wrong that reading on helps nobody.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.violations.len() >= MOST_VIOLATIONS
    }

    /// Reads rows that come column by column, and takes them into the hash. Ends early when it is hopeless.
    ///
    /// # Errors
    ///
    /// When the columns are no rows.
    pub(crate) fn columns(&mut self, columns: &FactColumns, hash: &mut ContentHash) -> Result<usize, Misshapen> {
        let mut walk = Walk::new(columns)?;
        self.facts.reserve(walk.rows());
        let positions: Vec<Option<usize>> = columns.quantities.iter().map(|column| position::<D>(&column.name, 0)).collect();
        let periods: Vec<types::Period> = columns.periods.iter().map(|period| types::Period { value: period.clone() }).collect();
        let mut sound = Sound::new(columns);
        while let Some(row) = walk.next_row().filter(|_| !self.is_hopeless()) {
            hash.update_columns(&row);
            self.row_of_columns(&row, periods.get(row.period.0), &positions, &mut sound);
        }
        Ok(walk.rows())
    }

    fn row_of_columns(&mut self, row: &Row<'_>, period: Option<&types::Period>, positions: &[Option<usize>], sound: &mut Sound) {
        let before = self.violations.len();
        let line = self.line(row.line);
        let months = sound.months(row).unwrap_or_else(|| {
            let before = self.violations.len();
            let months = self.months(line, period, row.structure.1, row.subject.1);
            if self.violations.len() == before {
                sound.found(row, months);
            }
            months
        });
        let mut values = Quantities::<D>::new();
        {
            let mut refuse = refusing(&mut self.violations, line);
            for number in row.numbers {
                values.put_number(number, positions.get(number.column).copied().flatten(), &mut refuse);
            }
            check_said::<D>(row.numbers.is_empty(), &mut refuse);
        }
        if self.violations.len() == before {
            let (structure, subject) = (row.structure.1.to_owned(), row.subject.1.to_owned());
            self.facts.push(Fact { line, structure, subject, first_month: months.0, last_month: months.1, values: values.given });
        }
    }

    /// The line of a row; 0 where it is none.
    fn line(&mut self, given: i32) -> u32 {
        let line = u32::try_from(given).unwrap_or(0);
        if line == 0 {
            refusing(&mut self.violations, 0)(Grade::Malformed, "line", "LINE", format!("line {given} is not a line number from 1"));
        }
        line
    }

    /// The months of a row, once period and codes are checked.
    fn months(&mut self, line: u32, period: Option<&types::Period>, structure: &str, subject: &str) -> (i32, i32) {
        let Self { domain, plans, periods, violations, .. } = self;
        let mut refuse = refusing(violations, line);
        let text = period.map_or("", |period| &period.value);
        if let Some(read) = periods.get_mut(text) {
            check_codes(*domain, read, structure, subject, &mut refuse);
            return read.months;
        }
        let Some(mut read) = read_period::<D>(plans, period, &mut refuse) else { return (0, 0) };
        check_codes(*domain, &mut read, structure, subject, &mut refuse);
        let months = read.months;
        // A period that is refused is refused in every row that names it.
        if read.in_force.is_some() {
            periods.insert(text.to_owned(), read);
        }
        months
    }
}

/// What was found right of the codes and periods of some columns, by their places.
struct Sound {
    periods: Vec<Option<(i32, i32)>>,
    structures: Vec<bool>,
    subjects: Vec<bool>,
    /// The period for which that was found: rows mostly have one.
    period: usize,
}

impl Sound {
    fn new(columns: &FactColumns) -> Self {
        let FactColumns { periods, structures, subjects, .. } = columns;
        Self {
            periods: vec![None; periods.len()],
            structures: vec![false; structures.len()],
            subjects: vec![false; subjects.len()],
            period: 0,
        }
    }

    /// The months of a row of which everything is known to be right.
    fn months(&self, row: &Row<'_>) -> Option<(i32, i32)> {
        let known = |list: &[bool], place: usize| list.get(place).copied().unwrap_or_default();
        let right = row.period.0 == self.period && known(&self.structures, row.structure.0) && known(&self.subjects, row.subject.0);
        if right { *self.periods.get(row.period.0)? } else { None }
    }

    fn found(&mut self, row: &Row<'_>, months: (i32, i32)) {
        if row.period.0 != self.period {
            self.period = row.period.0;
            self.structures.fill(false);
            self.subjects.fill(false);
        }
        if let Some(period) = self.periods.get_mut(row.period.0) {
            *period = Some(months);
        }
        for (list, place) in [(&mut self.structures, row.structure.0), (&mut self.subjects, row.subject.0)] {
            if let Some(known) = list.get_mut(place) {
                *known = true;
            }
        }
    }
}

/// Adds violations of a line.
fn refusing(violations: &mut Vec<Violation>, line: u32) -> impl FnMut(Grade, &str, &'static str, String) {
    move |grade, column: &str, reason, detail: String| violations.push(Violation::new(grade, line, column, reason, detail))
}

/// The months of a period, and the plan in force in them.
fn read_period<'a, D: Domain>(
    plans: &'a Plans,
    period: Option<&types::Period>,
    refuse: &mut impl FnMut(Grade, &str, &'static str, String),
) -> Option<Read<'a>> {
    let period = convert::period("period", period);
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
fn check_codes<D: Domain>(
    domain: &D,
    read: &mut Read<'_>,
    structure: &str,
    subject: &str,
    refuse: &mut impl FnMut(Grade, &str, &'static str, String),
) {
    let Some((plan, at)) = read.in_force else { return };
    if !read.structures.contains(structure) {
        match structure_fault(plan, structure, at) {
            Some((reason, detail)) => refuse(Grade::Unknown, "structure", reason, detail),
            None => drop(read.structures.insert(structure.to_owned())),
        }
    }
    if !read.subjects.contains(subject) {
        match domain.subject_fault(plan, subject) {
            Some((reason, detail)) => refuse(Grade::Unknown, D::IDENTITY.subject.unwrap_or("subject"), reason, detail),
            None => drop(read.subjects.insert(subject.to_owned())),
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

/// The quantities of a row as they are read.
struct Quantities<D> {
    given: Vec<Option<i64>>,
    /// Rows mostly name the quantities in the domain's own order: the search goes on from the last one found.
    expected: usize,
    domain: std::marker::PhantomData<D>,
}

impl<D: Domain> Quantities<D> {
    fn new() -> Self {
        Self { given: vec![None; D::QUANTITIES.len()], expected: 0, domain: std::marker::PhantomData }
    }

    /// Reads a quantity.
    fn put(&mut self, name: &str, text: &str, refuse: &mut impl FnMut(Grade, &str, &'static str, String)) {
        let found = position::<D>(name, self.expected);
        self.expected = found.map_or(self.expected, |position| position + 1);
        let Some((quantity, slot)) = found.and_then(|position| D::QUANTITIES.get(position).zip(self.given.get_mut(position))) else {
            let detail = format!("\"{name}\" is not a quantity of {}, which has {}", D::IDENTITY.name, D::COLUMNS.join(", "));
            return refuse(Grade::Malformed, name, "QUANTITY_UNKNOWN", detail);
        };
        match decimal::parse_minor_units(text, quantity.scale) {
            Ok(value) if value < 0 && !quantity.signed => {
                refuse(Grade::Malformed, name, "NUMBER_NEGATIVE", format!("{text} is below zero, {name} cannot be"));
            }
            Ok(value) => {
                if slot.replace(value).is_some() {
                    refuse(Grade::Malformed, name, "QUANTITY_REPEATED", format!("{name} stands twice in the row"));
                }
            }
            Err(error) => refuse(Grade::Malformed, name, "NUMBER_MALFORMED", error.to_string()),
        }
    }

    /// Takes a quantity that came as a number; one that is not plainly right is read as text, so that it is refused alike.
    fn put_number(&mut self, number: &Number<'_>, position: Option<usize>, refuse: &mut impl FnMut(Grade, &str, &'static str, String)) {
        let found = position.and_then(|position| D::QUANTITIES.get(position).zip(self.given.get_mut(position)));
        match found {
            Some((quantity, slot @ None)) if number.digits == quantity.scale && (number.value >= 0 || quantity.signed) => {
                *slot = Some(number.value);
            }
            _ => self.put(number.name, &number.text(), refuse),
        }
    }
}

/// A row says something.
fn check_said<D: Domain>(nothing: bool, refuse: &mut impl FnMut(Grade, &str, &'static str, String)) {
    if nothing {
        refuse(Grade::Malformed, "", "ROW_EMPTY", format!("no quantity is given: name at least one of {}", D::COLUMNS.join(", ")));
    }
}

/// Where a quantity stands among those of the domain, sought from a place on.
fn position<D: Domain>(name: &str, from: usize) -> Option<usize> {
    let mut positions = (from..D::QUANTITIES.len()).chain(0..from);
    positions.find(|position| D::QUANTITIES.get(*position).is_some_and(|quantity| quantity.name == name))
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
