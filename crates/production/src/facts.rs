//! What comes in: pieces and staff per structure, product and month, and the checks that only production can make.

use std::collections::BTreeMap;

use piramide_domain::{Facts, Grade, Incoming, Quantity, Violation};
use piramide_ledger::Fact;
use piramide_measure::{Month, Unit};

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

/// What a fact of production says, in the order of the constants above.
pub const QUANTITIES: [Quantity; 9] = [
    pieces("received", "Pervenuto"),
    pieces("completed", "Definito"),
    pieces("completed_automatically", "Definito in automatico"),
    pieces("cancelled", "Eliminato"),
    pieces("transferred_in", "Ricevuto in sussidiarietà"),
    pieces("transferred_out", "Ceduto in sussidiarietà"),
    pieces("opening_backlog", "Giacenza iniziale"),
    pieces("closing_backlog", "Giacenza finale"),
    Quantity { name: "staff_fte", scale: 2, unit: Unit::FullTimeEquivalents, signed: false, label: "FTE delle aree di produzione" },
];

/// The names of the quantities.
pub const COLUMNS: [&str; 9] = [
    "received",
    "completed",
    "completed_automatically",
    "cancelled",
    "transferred_in",
    "transferred_out",
    "opening_backlog",
    "closing_backlog",
    "staff_fte",
];

/// Checks a batch against itself and what is in force.
pub fn check(batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation> {
    let mut violations = Vec::new();
    let backlogs = Backlogs::of(batch);
    for fact in batch.facts {
        check_kind(batch, fact, &mut violations);
        check_automatic(batch, fact, &mut violations);
        check_balance(batch, fact, &mut violations);
        check_continuity(batch, fact, &backlogs, facts, &mut violations);
    }
    violations
}

/// Staff is recorded on the catalogue's staff product, pieces on every other.
fn check_kind(batch: &Incoming<'_>, fact: &Fact, violations: &mut Vec<Violation>) {
    let product = batch.plan_of(fact).and_then(|plan| plan.catalogue().product(&fact.subject));
    let Some(product) = product else { return };
    for (position, name) in COLUMNS.iter().enumerate().filter(|(position, _)| fact.values.get(*position).is_some_and(Option::is_some)) {
        if product.is_staff() != (position == STAFF_FTE) {
            let detail = format!("{} {} staff, so it has no {name}", product.code, if product.is_staff() { "is" } else { "is not" });
            violations.push(Violation::new(Grade::Unmet, fact.line, name, "QUANTITY_MISPLACED", detail));
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

/// Balance (*quadratura*): `opening + received + in - out - completed - cancelled = closing`. Checked where opening, received, completed
/// and closing are known; transfers and cancellations that are not named did not happen.
fn check_balance(batch: &Incoming<'_>, fact: &Fact, violations: &mut Vec<Violation>) {
    let value = |quantity| batch.value(fact, quantity).map(i128::from);
    let known = (value(OPENING_BACKLOG), value(RECEIVED), value(COMPLETED), value(CLOSING_BACKLOG));
    let (Some(opening), Some(received), Some(completed), Some(closing)) = known else { return };
    let or_none = |quantity| value(quantity).unwrap_or_default();
    let flow = received + or_none(TRANSFERRED_IN) - or_none(TRANSFERRED_OUT) - completed - or_none(CANCELLED);
    let expected = opening + flow;
    if expected != closing {
        let detail = format!(
            "opening {opening} plus net flow {flow} gives {expected} pieces, closing says {closing}, difference {}",
            closing - expected
        );
        violations.push(Violation::new(Grade::Unmet, fact.line, "closing_backlog", "BALANCE_MISSED", detail));
    }
}

/// A structure, a product and a month.
type Place<'a> = (&'a str, &'a str, i32);

/// Opening and closing backlog of single months, as a batch gives them.
struct Backlogs<'a>(BTreeMap<Place<'a>, (Option<i64>, Option<i64>)>);

impl<'a> Backlogs<'a> {
    fn of(batch: &Incoming<'a>) -> Self {
        let single = batch.facts.iter().filter(|fact| fact.first_month == fact.last_month);
        Self(
            single
                .map(|fact| {
                    let key = (fact.structure.as_str(), fact.subject.as_str(), fact.last_month);
                    (key, (batch.value(fact, OPENING_BACKLOG), batch.value(fact, CLOSING_BACKLOG)))
                })
                .collect(),
        )
    }

    /// A backlog at a month: the batch's word where it speaks, otherwise what is in force.
    fn at(&self, fact: &Fact, month: Month, quantity: usize, facts: &Facts) -> Option<i64> {
        match self.0.get(&(fact.structure.as_str(), fact.subject.as_str(), month.index())) {
            Some((opening, closing)) => {
                if quantity == OPENING_BACKLOG {
                    *opening
                } else {
                    *closing
                }
            }
            None => facts
                .about_in(&fact.subject, &fact.structure)
                .find(|known| known.first == month && known.last == month)
                .and_then(|known| known.value(quantity)),
        }
    }
}

/// A month opens with the backlog that the month before closed with.
fn check_continuity(batch: &Incoming<'_>, fact: &Fact, backlogs: &Backlogs<'_>, facts: &Facts, violations: &mut Vec<Violation>) {
    if fact.first_month != fact.last_month {
        return;
    }
    let Some(month) = Month::from_index(fact.first_month) else { return };
    if let (Some(before), Some(opening)) = (month.previous(), batch.value(fact, OPENING_BACKLOG))
        && let Some(closed) = backlogs.at(fact, before, CLOSING_BACKLOG, facts)
        && closed != opening
    {
        let detail = format!(
            "{month} opens with {opening} pieces, {before} closed with {closed}, difference {}",
            i128::from(opening) - i128::from(closed)
        );
        violations.push(Violation::new(Grade::Unmet, fact.line, "opening_backlog", "CONTINUITY_MISSED", detail));
    }
    // A corrected month must still lead into the next, unless the batch corrects that too and is checked there.
    let after = if month.number() == 12 { Month::new(month.year() + 1, 1) } else { Month::new(month.year(), month.number() + 1) };
    let Some(after) = after else { return };
    let corrected = backlogs.0.contains_key(&(fact.structure.as_str(), fact.subject.as_str(), after.index()));
    if let (false, Some(closing), Some(opened)) =
        (corrected, batch.value(fact, CLOSING_BACKLOG), backlogs.at(fact, after, OPENING_BACKLOG, facts))
        && closing != opened
    {
        let detail = format!("{month} closes with {closing} pieces, {after} opened with {opened}: correct {after} in the same batch");
        violations.push(Violation::new(Grade::Unmet, fact.line, "closing_backlog", "CONTINUITY_MISSED", detail));
    }
}
