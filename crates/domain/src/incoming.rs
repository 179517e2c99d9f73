//! A batch that has been read and not yet recorded.

mod quantities;
mod sound;
mod totals;

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use piramide_contracts::{
    batch::ContentHash,
    columns::{Misshapen, Row, Walk},
    convert,
    ledger::{FactColumns, FactRow},
    types,
};
use piramide_ledger::{Fact, Preparing};
use piramide_measure::{Month, Period};
use piramide_plan::{Plan, Plans};

pub(crate) use self::totals::check_totals;
use self::{
    quantities::{Quantities, check_said, position},
    sound::{Codes, Columns, Named},
};
use crate::{
    Domain, Quantity,
    refusal::{Grade, Violation},
};

/// Violations after which reading ends: the batch is refused anyway, and what is wrong with so many rows is wrong with all.
const MOST_VIOLATIONS: usize = 10_000;
/// Rows for which room is made before they come: what a sender announces is not yet there.
const MOST_EXPECTED: usize = 200_000;

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
        fact.values.get(quantity)
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
    codes: Codes,
    facts: Preparing,
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
    /// Reads into facts of which there are none yet.
    pub(crate) fn new(domain: &'a D, plans: &'a Plans, facts: Preparing) -> Self {
        Self { domain, plans, periods: HashMap::new(), codes: Codes::default(), facts, violations: Vec::new() }
    }

    /// Makes room for the rows that the sender announces, as many as are common.
    pub(crate) fn expect(&mut self, rows: Option<i64>) {
        let rows = rows.and_then(|rows| usize::try_from(rows).ok()).unwrap_or_default();
        self.facts.reserve(rows.min(MOST_EXPECTED));
    }

    /// The facts that the rows say, or everything that is wrong with them.
    pub(crate) fn finish(self) -> Result<Preparing, Vec<Violation>> {
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
            let (structure, subject) = (self.codes.shared(&structure), self.codes.shared(&subject));
            self.facts.add(Fact { line, structure, subject, first_month: months.0, last_month: months.1, values: values.given });
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
        let mut codes = self.codes.of_columns(columns);
        while let Some(row) = walk.next_row().filter(|_| !self.is_hopeless()) {
            hash.update_columns(&row);
            self.row_of_columns(&row, periods.get(row.period.0), &positions, &mut codes);
        }
        Ok(walk.rows())
    }

    fn row_of_columns(&mut self, row: &Row<'_>, period: Option<&types::Period>, positions: &[Option<usize>], codes: &mut Columns) {
        let before = self.violations.len();
        let line = self.line(row.line);
        let months = self.codes.months(codes, row).unwrap_or_else(|| {
            let before = self.violations.len();
            let months = self.months(line, period, row.structure.1, row.subject.1);
            if self.violations.len() == before {
                self.codes.found(codes, row, months);
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
            let Named { structure, subject, places } = self.codes.named(codes, row);
            let fact = Fact { line, structure, subject, first_month: months.0, last_month: months.1, values: values.given };
            let places = self.facts.add_near(fact, places);
            self.codes.put_places(codes, row, places);
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
