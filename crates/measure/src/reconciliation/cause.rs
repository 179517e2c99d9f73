//! The likeliest cause of sums that do not hold.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cell, CellId, Rule, Table, signed};
use crate::exact::Exact;

/// How a cell came to be wrong, from the weakest guess to the strongest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// Nothing that would explain it.
    Unexplained,
    /// More stands in the whole than in its parts, as if one of them were not in the table.
    PartMissing,
    /// No slip of the pen, but the only cell that makes all its sums hold when it is read otherwise.
    OnlyFit,
    /// One digit is another.
    OneDigit,
    /// The whole has a part twice.
    CountedTwice {
        /// The part.
        part: CellId,
    },
    /// The whole leaves a part out.
    LeftOut {
        /// The part.
        part: CellId,
    },
    /// The sign is the other one.
    OppositeSign,
    /// Two digits that stand side by side have changed places.
    DigitsSwapped,
}

/// A cell that is likely wrong, and what it would say if it were right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The cell.
    pub cell: CellId,
    /// What it says.
    pub written: Exact,
    /// What it would say.
    pub corrected: Exact,
    /// Digits after the point, as it is written.
    pub digits: u32,
    /// How it came to be wrong.
    pub slip: Slip,
    /// How many broken sums hold once it is corrected.
    pub settles: usize,
}

impl Cause {
    /// The cause in one Italian sentence.
    pub fn sentence(&self) -> String {
        let (cell, written, corrected) = (&self.cell, self.written.shown(self.digits), self.corrected.shown(self.digits));
        match &self.slip {
            Slip::DigitsSwapped => format!("{cell}: due cifre scambiate, scritto {written} al posto di {corrected}"),
            Slip::OppositeSign => format!("{cell}: segno opposto, scritto {written} al posto di {corrected}"),
            Slip::LeftOut { part } => format!("{cell}: il totale non comprende {part}, scritto {written} al posto di {corrected}"),
            Slip::CountedTwice { part } => {
                format!("{cell}: il totale comprende due volte {part}, scritto {written} al posto di {corrected}")
            }
            Slip::OneDigit => format!("{cell}: una cifra diversa, scritto {written} al posto di {corrected}"),
            Slip::OnlyFit => {
                format!("{cell}: è il solo valore che, letto {corrected} invece di {written}, fa quadrare {} somme", self.settles)
            }
            Slip::PartMissing => {
                let missing = (&self.written - &self.corrected).shown(self.digits);
                format!("{cell}: manca una voce di {missing}, oppure il totale scritto {written} è {corrected}")
            }
            Slip::Unexplained => format!("{cell}: scritto {written}, le parti danno {corrected}; nessuna causa riconoscibile"),
        }
    }
}

/// A way to read a cell otherwise.
struct Reading {
    cell: CellId,
    value: Exact,
    slip: Slip,
    /// Broken sums that would hold.
    settled: BTreeSet<usize>,
    /// The same less sums that hold and would break.
    gain: usize,
    is_whole: bool,
}

/// The likeliest causes of the broken rules, and which of them explains which rule: one cell after the other, each time the one that
/// settles most, and of those the one with the plainest slip.
pub(super) fn likeliest(table: &Table, broken: BTreeSet<usize>) -> (Vec<Cause>, BTreeMap<usize, usize>) {
    let (mut table, mut open) = (table.clone(), broken);
    let mut of_cell: BTreeMap<CellId, Vec<usize>> = BTreeMap::new();
    for (position, rule) in table.rules.iter().enumerate() {
        for id in rule.parts.iter().map(|(id, _)| id).chain([&rule.whole]) {
            of_cell.entry(id.clone()).or_default().push(position);
        }
    }
    let (mut causes, mut explained) = (Vec::new(), BTreeMap::new());
    while !open.is_empty() {
        let mut readings: Vec<Reading> = open
            .iter()
            .filter_map(|position| Some((*position, table.rules.get(*position)?)))
            .flat_map(|(_, rule)| readings(&table, rule))
            .collect();
        for reading in &mut readings {
            weigh(reading, &table, &open, of_cell.get(&reading.cell).map_or(&[], Vec::as_slice));
        }
        // The first of equals stays: rules come in the order of the table, and the whole before its parts.
        let best = readings
            .into_iter()
            .filter(|reading| !reading.settled.is_empty())
            .reduce(|best, next| if next.rank() > best.rank() { next } else { best });
        let Some(best) = best else { break };
        let Some(cell) = table.cells.get_mut(&best.cell) else { break };
        let cause = Cause {
            written: std::mem::replace(&mut cell.value, best.value.clone()),
            corrected: best.value,
            digits: cell.digits,
            slip: best.slip,
            settles: best.settled.len(),
            cell: best.cell,
        };
        for position in best.settled {
            open.remove(&position);
            explained.insert(position, causes.len());
        }
        causes.push(cause);
    }
    (causes, explained)
}

impl Reading {
    fn rank(&self) -> (usize, &Slip, bool) {
        (self.gain, &self.slip, self.is_whole)
    }
}

/// Every cell of a broken rule, read so that the rule holds.
fn readings(table: &Table, rule: &Rule) -> Vec<Reading> {
    let Some((written, summed)) = table.both_sides(rule) else { return Vec::new() };
    let difference = &written - &summed;
    let tolerance = table.tolerance(rule);
    let reading = |id: &CellId, value: Exact, is_whole| {
        let cell = table.cells.get(id)?;
        let slip = slip(table, rule, cell, &value, is_whole, &difference, &tolerance);
        Some(Reading { cell: id.clone(), value, slip, settled: BTreeSet::new(), gain: 0, is_whole })
    };
    let whole = reading(&rule.whole, summed.clone(), true);
    let part = |(id, sign): &(CellId, i8)| {
        let value = &table.cells.get(id)?.value + &signed(&difference, *sign);
        reading(id, value, false)
    };
    whole.into_iter().chain(rule.parts.iter().filter_map(part)).collect()
}

/// Which broken rules a reading settles, and how many that hold it would break.
fn weigh(reading: &mut Reading, table: &Table, open: &BTreeSet<usize>, of_cell: &[usize]) {
    let mut tried = Table { cells: BTreeMap::new(), rules: Vec::new(), rounding: table.rounding };
    let rules: Vec<(usize, &Rule)> = of_cell.iter().filter_map(|position| Some((*position, table.rules.get(*position)?))).collect();
    for id in rules.iter().flat_map(|(_, rule)| rule.parts.iter().map(|(id, _)| id).chain([&rule.whole])) {
        if let Some(cell) = table.cells.get(id) {
            let value = if *id == reading.cell { reading.value.clone() } else { cell.value.clone() };
            tried.write(id.clone(), value, cell.digits);
        }
    }
    let mut spoiled = 0;
    for (position, rule) in rules {
        match (open.contains(&position), tried.holds(rule)) {
            (true, true) => {
                reading.settled.insert(position);
            }
            (false, false) => spoiled += 1,
            (true, false) | (false, true) => {}
        }
    }
    reading.gain = reading.settled.len().saturating_sub(spoiled);
    if reading.slip <= Slip::PartMissing && reading.gain > 1 {
        reading.slip = Slip::OnlyFit;
    }
}

/// How a cell would have come to say what it says, were `value` right.
fn slip(table: &Table, rule: &Rule, cell: &Cell, value: &Exact, is_whole: bool, difference: &Exact, tolerance: &Exact) -> Slip {
    let close = |reading: &Exact| (reading - value).abs() <= *tolerance;
    if swapped(cell).iter().any(close) {
        return Slip::DigitsSwapped;
    }
    if !cell.value.is_zero() && close(&-cell.value.clone()) {
        return Slip::OppositeSign;
    }
    if is_whole && let Some(slip) = left_out_or_twice(table, rule, difference, tolerance) {
        return slip;
    }
    // Of many parts one or another always differs in a digit: only of the whole it says something.
    if is_whole && one_digit(cell, value) {
        return Slip::OneDigit;
    }
    let mut amounts = rule.parts.iter().filter_map(|(id, sign)| Some(signed(&table.cells.get(id)?.value, *sign)));
    if is_whole && !difference.is_negative() && amounts.all(|amount| !amount.is_negative()) {
        return Slip::PartMissing;
    }
    Slip::Unexplained
}

/// Whether the whole misses by one of its parts: by one only, and one that is far larger than the rounding, since else it proves nothing.
fn left_out_or_twice(table: &Table, rule: &Rule, difference: &Exact, tolerance: &Exact) -> Option<Slip> {
    let mut found = rule.parts.iter().filter_map(|(id, sign)| {
        let amount = signed(&table.cells.get(id)?.value, *sign);
        let room = Exact::from(10) * tolerance.clone();
        let matches = |gap: Exact| gap.is_zero() || (gap.abs() <= *tolerance && amount.abs() >= room);
        match (amount.is_zero(), matches(difference + &amount), matches(difference - &amount)) {
            (true, _, _) | (_, false, false) => None,
            (_, true, _) => Some(Slip::LeftOut { part: id.clone() }),
            (_, false, true) => Some(Slip::CountedTwice { part: id.clone() }),
        }
    });
    found.next().filter(|_| found.next().is_none())
}

/// What a cell would say with two neighbouring digits in each other's place.
fn swapped(cell: &Cell) -> Vec<Exact> {
    let text = cell.value.rounded(cell.digits);
    let digits: Vec<usize> = text.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_digit()).map(|(position, _)| position).collect();
    let swap = |pair: &[usize]| {
        let &[left, right] = pair else { return None };
        let mut bytes = text.clone().into_bytes();
        if bytes.get(left) == bytes.get(right) {
            return None;
        }
        bytes.swap(left, right);
        Exact::parse(std::str::from_utf8(&bytes).ok()?).ok()
    };
    digits.windows(2).filter_map(swap).collect()
}

/// Whether two numbers, written alike, differ in one digit only.
fn one_digit(cell: &Cell, value: &Exact) -> bool {
    let (written, other) = (cell.value.rounded(cell.digits), value.rounded(cell.digits));
    written.len() == other.len() && written.bytes().zip(other.bytes()).filter(|(left, right)| left != right).count() == 1
}
