//! What comes in: pieces and staff per structure, product and month, and the checks that only production can make.

mod continuity;

use std::{collections::BTreeMap, sync::Arc, thread};

use foldhash::{HashMap, HashMapExt};
use piramide_domain::{AboutIn, Facts, Grade, Incoming, Quantity, Violation};
use piramide_ledger::Fact;
use piramide_measure::{Month, Unit};
use piramide_plan::{Plan, Product};
use piramide_rollup::sheet::threads;

use self::continuity::Backlogs;
use crate::parts::{self, Part};

const fn pieces(name: &'static str, label: &'static str) -> Quantity {
    Quantity { name, scale: 0, unit: Unit::Pieces, signed: false, label }
}

/// Pieces received (*pervenuto*).
pub const RECEIVED: usize = 0;
/// Pieces completed (*definito*).
pub const COMPLETED: usize = 1;
/// Of these, completed automatically (*definito in automatico*).
pub const COMPLETED_AUTOMATICALLY: usize = 2;
/// Pieces cancelled (*eliminato*).
pub const CANCELLED: usize = 3;
/// Pieces taken over from other structures (*sussidiarietà in entrata*).
pub const TRANSFERRED_IN: usize = 4;
/// Pieces handed over to other structures (*sussidiarietà in uscita*).
pub const TRANSFERRED_OUT: usize = 5;
/// Pieces waiting at the start (*giacenza iniziale*).
pub const OPENING_BACKLOG: usize = 6;
/// Pieces waiting at the end (*giacenza finale*).
pub const CLOSING_BACKLOG: usize = 7;
/// Mean staff in the production areas, in full-time equivalents (*FTE delle aree di produzione*).
pub const STAFF_FTE: usize = 8;

/// Hours that pieces took, where that was measured (*tempo rilevato*).
pub const WORKED_HOURS: usize = 9;

/// What a fact of production says, in the order of the constants above.
pub const QUANTITIES: [Quantity; 10] = [
    pieces("received", "Pervenuto"),
    pieces("completed", "Definito"),
    pieces("completed_automatically", "Definito in automatico"),
    pieces("cancelled", "Eliminato"),
    pieces("transferred_in", "Ricevuto in sussidiarietà"),
    pieces("transferred_out", "Ceduto in sussidiarietà"),
    pieces("opening_backlog", "Giacenza iniziale"),
    pieces("closing_backlog", "Giacenza finale"),
    Quantity { name: "staff_fte", scale: 2, unit: Unit::FullTimeEquivalents, signed: false, label: "FTE delle aree di produzione" },
    Quantity { name: "worked_hours", scale: 2, unit: Unit::Hours, signed: false, label: "Tempo rilevato" },
];

/// The names of the quantities.
pub const COLUMNS: [&str; 10] = [
    "received",
    "completed",
    "completed_automatically",
    "cancelled",
    "transferred_in",
    "transferred_out",
    "opening_backlog",
    "closing_backlog",
    "staff_fte",
    "worked_hours",
];

/// The most pieces in one quantity of a fact: more than the institute handles in a year. A number in the wrong column is refused before it leaves
/// sums of other offices and months unsaid, which no longer fit in 64 bits with it. **Decision**.
const MOST_PIECES: i64 = 100_000_000;
/// Facts from which on a batch is checked by every processor.
const MANY: usize = 8_192;

/// Checks a batch against itself and what is in force.
pub fn check(batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation> {
    let backlogs = &Backlogs::of(batch);
    let workers = if batch.facts.len() < MANY { 1 } else { threads() };
    let mut shares = batch.facts.chunks(batch.facts.len().div_ceil(workers).max(1));
    let own = shares.next().unwrap_or_default();
    let (mut violations, transfers, of_parts) = thread::scope(|scope| {
        let others: Vec<_> = shares.map(|rows| scope.spawn(move || check_rows(batch, rows, backlogs, facts))).collect();
        let of_parts = parts::check(batch, facts);
        let (mut violations, mut transfers) = check_rows(batch, own, backlogs, facts);
        for other in others {
            let (found, more) = other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            violations.extend(found);
            transfers.join(more);
        }
        (violations, transfers, of_parts)
    });
    transfers.check(&mut violations);
    violations.extend(of_parts);
    violations
}

/// Checks some rows of a batch each by itself, and gathers what they transfer.
fn check_rows<'a>(batch: &Incoming<'a>, rows: &'a [Fact], backlogs: &Backlogs<'_>, facts: &Facts) -> (Vec<Violation>, Transfers<'a>) {
    let (mut violations, mut transfers) = (Vec::new(), Transfers::default());
    // A batch names few products, many times: what the plan says of each is looked up once.
    let mut subjects: HashMap<(&str, i32), Subject<'_>> = HashMap::new();
    let mut places = facts.places();
    let alike = |one: &Fact, other: &Fact| Arc::ptr_eq(&one.subject, &other.subject) && one.last_month == other.last_month;
    for same in rows.chunk_by(alike) {
        let Some(first) = same.first() else { continue };
        let subject = subjects.entry((&first.subject, first.last_month)).or_insert_with(|| Subject::of(batch, first));
        let about = facts.of_subject(&first.subject).in_many(same.len());
        let is_whole = Part::of(&first.subject).is_none();
        for fact in same {
            let known = places.within(&about, &fact.structure);
            subject.check_kind(batch, fact, &mut violations);
            subject.check_coefficient(fact, &mut violations);
            check_size(batch, fact, &mut violations);
            check_automatic(batch, fact, &mut violations);
            check_balance(batch, fact, &mut violations);
            continuity::check(batch, fact, backlogs, known, &mut violations);
            if is_whole {
                transfers.take(batch, fact, known);
            }
        }
    }
    (violations, transfers)
}

/// What the plan of a month says of the subject of a fact.
enum Subject<'a> {
    /// A product or the staff; of a product without a coefficient yet, the plan that lacks it and the month.
    Product { product: &'a Product, without_coefficient: Option<(&'a Plan, Month)> },
    /// A measure of the plan.
    Measure,
    /// A part, or nothing that the plan knows.
    Other,
}

impl<'a> Subject<'a> {
    fn of(batch: &Incoming<'a>, fact: &Fact) -> Self {
        let (Some(plan), Some(month)) = (batch.plan_of(fact), Month::from_index(fact.last_month)) else { return Self::Other };
        let catalogue = plan.catalogue();
        match catalogue.product(&fact.subject) {
            Some(product) => {
                let lacks = !product.is_staff() && catalogue.coefficient(&fact.subject, month).is_none();
                Self::Product { product, without_coefficient: lacks.then_some((plan, month)) }
            }
            None if plan.measures().get(&fact.subject).is_some() => Self::Measure,
            None => Self::Other,
        }
    }

    /// Staff is recorded on the catalogue's staff product, pieces on every other.
    fn check_kind(&self, batch: &Incoming<'_>, fact: &Fact, violations: &mut Vec<Violation>) {
        let product = match self {
            Self::Product { product, .. } => product,
            Self::Measure => return check_measure(batch, fact, violations),
            Self::Other => return,
        };
        for (position, name) in COLUMNS.iter().enumerate() {
            if batch.value(fact, position).is_none() {
                continue;
            }
            let detail = if position == WORKED_HOURS {
                format!("time is measured on some of the pieces: send {name} with {}", Part::Timed.subject(&product.code))
            } else if product.is_staff() != (position == STAFF_FTE) {
                format!("{} {} staff, so it has no {name}", product.code, if product.is_staff() { "is" } else { "is not" })
            } else {
                continue;
            };
            violations.push(Violation::new(Grade::Unmet, fact.line, name, "QUANTITY_MISPLACED", detail));
        }
    }

    /// A product without a coefficient in the month of its fact would have pieces and no points.
    fn check_coefficient(&self, fact: &Fact, violations: &mut Vec<Violation>) {
        if let Self::Product { without_coefficient: Some((plan, month)), .. } = self {
            let detail = format!("{} has no coefficient yet in {month}, under {}", fact.subject, plan.version());
            violations.push(Violation::new(Grade::Unmet, fact.line, "product", "COEFFICIENT_MISSING", detail));
        }
    }
}

/// What one structure takes over another hands over: nationally transfers in equal transfers out, product by product and month by month.
/// A batch therefore brings both ends of a transfer; corrections count by what they change.
#[derive(Default)]
struct Transfers<'a>(BTreeMap<(&'a str, (i32, i32)), Effect>);

/// What a batch changes for a product in a range of months: pieces in, pieces out, and the first row that speaks of them.
#[derive(Default)]
struct Effect {
    taken: i128,
    handed: i128,
    line: u32,
}

impl<'a> Transfers<'a> {
    fn take(&mut self, batch: &Incoming<'a>, fact: &'a Fact, known: AboutIn<'_, '_>) {
        let months = (fact.first_month, fact.last_month);
        let before = known.values(months);
        let step = |quantity| {
            let now = batch.value(fact, quantity).unwrap_or_default();
            i128::from(now) - i128::from(before.and_then(|before| before.get(quantity)).unwrap_or_default())
        };
        let (taken, handed) = (step(TRANSFERRED_IN), step(TRANSFERRED_OUT));
        if taken != 0 || handed != 0 {
            let effect = self.0.entry((&fact.subject, months)).or_default();
            effect.taken += taken;
            effect.handed += handed;
            effect.line = if effect.line == 0 { fact.line } else { effect.line };
        }
    }

    /// Takes in what later rows transfer.
    fn join(&mut self, later: Self) {
        for (key, Effect { taken, handed, line }) in later.0 {
            let effect = self.0.entry(key).or_default();
            effect.taken += taken;
            effect.handed += handed;
            effect.line = if effect.line == 0 { line } else { effect.line };
        }
    }

    fn check(self, violations: &mut Vec<Violation>) {
        for ((product, months), Effect { taken, handed, line }) in self.0 {
            if taken != handed {
                let month = |index| Month::from_index(index).map_or_else(String::new, |month| month.to_string());
                let when = if months.0 == months.1 { month(months.1) } else { format!("{} to {}", month(months.0), month(months.1)) };
                let detail = format!(
                    "{product}, {when}: the batch takes over {taken} pieces and hands over {handed}, difference {}: send both ends of each transfer in one batch",
                    taken - handed
                );
                violations.push(Violation::new(Grade::Unmet, line, "transferred_in", "TRANSFERS_MISSED", detail));
            }
        }
    }
}

/// A measure counts what came in and what was done; it has no backlog and no staff.
fn check_measure(batch: &Incoming<'_>, fact: &Fact, violations: &mut Vec<Violation>) {
    for (quantity, name) in COLUMNS.iter().enumerate() {
        if !matches!(quantity, RECEIVED | COMPLETED) && batch.value(fact, quantity).is_some() {
            let detail = format!("{} is a measure, which has received and completed pieces, so it has no {name}", fact.subject);
            violations.push(Violation::new(Grade::Unmet, fact.line, name, "QUANTITY_MISPLACED", detail));
        }
    }
    if let (Some(received), Some(completed)) = (batch.value(fact, RECEIVED), batch.value(fact, COMPLETED))
        && completed > received
    {
        let detail = format!("{completed} pieces of {} completed are more than the {received} received", fact.subject);
        violations.push(Violation::new(Grade::Unmet, fact.line, "completed", "PART_EXCEEDS_WHOLE", detail));
    }
}

fn check_size(batch: &Incoming<'_>, fact: &Fact, violations: &mut Vec<Violation>) {
    for (position, quantity) in QUANTITIES.iter().enumerate().filter(|(_, quantity)| quantity.unit == Unit::Pieces) {
        if let Some(pieces) = batch.value(fact, position).filter(|pieces| *pieces > MOST_PIECES) {
            let detail = format!("{pieces} pieces of {} are more than the {MOST_PIECES} that one row may have", fact.subject);
            violations.push(Violation::new(Grade::Malformed, fact.line, quantity.name, "PIECES_TOO_MANY", detail));
        }
    }
}

fn check_automatic(batch: &Incoming<'_>, fact: &Fact, violations: &mut Vec<Violation>) {
    if let (Some(all), Some(automatic)) = (batch.value(fact, COMPLETED), batch.value(fact, COMPLETED_AUTOMATICALLY))
        && automatic > all
    {
        let detail = format!("{automatic} pieces completed automatically are more than the {all} completed");
        violations.push(Violation::new(Grade::Unmet, fact.line, "completed_automatically", "PART_EXCEEDS_WHOLE", detail));
    }
}

/// Balance (*quadratura*): `opening + received + in - out - completed - cancelled = closing`. Checked where a row says what waited at the start and
/// at the end: a flow that it does not name did not happen.
fn check_balance(batch: &Incoming<'_>, fact: &Fact, violations: &mut Vec<Violation>) {
    let value = |quantity| batch.value(fact, quantity).map(i128::from);
    let (Some(opening), Some(closing)) = (value(OPENING_BACKLOG), value(CLOSING_BACKLOG)) else { return };
    let or_none = |quantity| value(quantity).unwrap_or_default();
    let flow = or_none(RECEIVED) + or_none(TRANSFERRED_IN) - or_none(TRANSFERRED_OUT) - or_none(COMPLETED) - or_none(CANCELLED);
    let expected = opening + flow;
    if expected != closing {
        let detail = format!(
            "opening {opening} plus net flow {flow} gives {expected} pieces, closing says {closing}, difference {}",
            closing - expected
        );
        violations.push(Violation::new(Grade::Unmet, fact.line, "closing_backlog", "BALANCE_MISSED", detail));
    }
}

/// The month after; accounting's thirteenth is none of production.
pub(crate) fn following(month: Month) -> Option<Month> {
    if month.number() >= 12 { Month::new(month.year() + 1, 1) } else { Month::new(month.year(), month.number() + 1) }
}
