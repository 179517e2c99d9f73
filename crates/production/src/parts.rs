//! Parts of what is recorded of a product (*di cui*): to whom work was handed over, how old what waits is, what was refused or came back, how
//! long some of it took.
//!
//! A part is a fact of its own beside the product's, in the same structure and months. Its subject names the product and the part:
//!
//! | subject | quantity | of which |
//! | --- | --- | --- |
//! | `INCOME_SUPPORT:to:PRV_ASTI` | `transferred_out` | handed over to that structure |
//! | `INCOME_SUPPORT:age:OVER_120` | `closing_backlog` | waiting for as long as that class of the plan says |
//! | `INCOME_SUPPORT:refused` | `completed` | completed with a refusal (*respinto*) |
//! | `INCOME_SUPPORT:reopened` | `received` | come back after it was completed (*riaperto*) |
//! | `INCOME_SUPPORT:timed` | `completed`, `worked_hours` | completed under measurement, and how long that took (*tempo rilevato*) |
//!
//! Parts enter no flow: their product's fact has them already, and they are at most what that says. Who sends how old what waits is takes
//! all of it apart: those parts sum to the product. A measure of the plan may have parts too.

use std::{collections::BTreeMap, sync::Arc};

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use piramide_domain::{Facts, Grade, Incoming, Values, Violation};
use piramide_ledger::Fact;
use piramide_measure::{Exact, Month};
use piramide_plan::Plan;

use crate::facts::{CLOSING_BACKLOG, COLUMNS, COMPLETED, RECEIVED, TRANSFERRED_IN, TRANSFERRED_OUT, WORKED_HOURS};

const SEPARATOR: char = ':';

/// Which part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part<'a> {
    /// Handed over to a structure (*sussidiarietà*).
    HandedTo(&'a str),
    /// Waiting for as long as a class of the plan says (*classe di anzianità*).
    Aged(&'a str),
    /// Completed with a refusal.
    Refused,
    /// Come back after it was completed.
    Reopened,
    /// Completed while the time was measured.
    Timed,
}

impl<'a> Part<'a> {
    /// The product and the part that a subject names; `None` for the subject of a whole.
    pub fn of(subject: &'a str) -> Option<(&'a str, Self)> {
        let (product, rest) = subject.split_once(SEPARATOR)?;
        let part = match (rest, rest.split_once(SEPARATOR)) {
            ("refused", _) => Self::Refused,
            ("reopened", _) => Self::Reopened,
            ("timed", _) => Self::Timed,
            (_, Some(("to", structure))) => Self::HandedTo(structure),
            (_, Some(("age", class))) => Self::Aged(class),
            _ => return None,
        };
        Some((product, part))
    }

    /// The subject of the part of a product.
    pub fn subject(self, product: &str) -> String {
        match self {
            Self::HandedTo(structure) => format!("{product}:to:{structure}"),
            Self::Aged(class) => format!("{product}:age:{class}"),
            Self::Refused => format!("{product}:refused"),
            Self::Reopened => format!("{product}:reopened"),
            Self::Timed => format!("{product}:timed"),
        }
    }

    /// What it is, in Italian, for who reads the name of its product before it: what waits by the class of the plan, work by who took it over.
    pub(crate) fn label(self, plan: &Plan) -> String {
        match self {
            Self::HandedTo(structure) => format!("ceduto a {}", plan.structures().get(structure).map_or(structure, |known| &known.name)),
            Self::Aged(class) => format!("in attesa {}", plan.ages().get(class).map_or(class, |known| &known.label)),
            Self::Refused => "respinto".to_owned(),
            Self::Reopened => "riaperto".to_owned(),
            Self::Timed => "a tempo rilevato".to_owned(),
        }
    }

    /// The quantity that it is a part of, the only one that its fact has but for the hours of what was timed.
    pub fn quantity(self) -> usize {
        match self {
            Self::HandedTo(_) => TRANSFERRED_OUT,
            Self::Aged(_) => CLOSING_BACKLOG,
            Self::Refused | Self::Timed => COMPLETED,
            Self::Reopened => RECEIVED,
        }
    }

    /// Whether a plan knows what the part names.
    pub(crate) fn is_known_to(self, plan: &Plan) -> bool {
        match self {
            Self::HandedTo(structure) => plan.structures().contains(structure),
            Self::Aged(class) => plan.ages().get(class).is_some(),
            Self::Refused | Self::Reopened | Self::Timed => true,
        }
    }
}

/// The subjects of the parts of a product that are in force, with the part of each.
pub(crate) fn in_force<'a>(facts: &'a Facts, product: &str) -> impl Iterator<Item = (&'a str, Part<'a>)> {
    facts.subjects_beginning(&format!("{product}{SEPARATOR}")).filter_map(|subject| Some((subject, Part::of(subject)?.1)))
}

/// A structure, a product and a range of months.
type Place<'a> = (&'a str, &'a str, (i32, i32));

/// Checks that parts have their quantity and go with their product, as both are in force once the batch is.
pub(crate) fn check(batch: &Incoming<'_>, facts: &Facts) -> Vec<Violation> {
    let mut violations = Vec::new();
    // Each with the first line that speaks of it.
    let mut wholes: HashMap<Place<'_>, (u32, &Fact)> = HashMap::new();
    let mut parts: BTreeMap<Place<'_>, BTreeMap<Part<'_>, Option<i64>>> = BTreeMap::new();
    let mut lines: HashMap<Place<'_>, u32> = HashMap::new();
    let mut aged: HashSet<Place<'_>> = HashSet::new();
    // Most products have no parts, and most batches many facts: those are passed over.
    let mut has_parts: HashMap<&str, bool> = HashMap::new();
    let by_subject: Vec<&[Fact]> = batch.facts.chunk_by(|one, other| Arc::ptr_eq(&one.subject, &other.subject)).collect();
    for same in &by_subject {
        let Some((product, part)) = same.first().and_then(|fact| Part::of(&fact.subject)) else { continue };
        has_parts.insert(product, true);
        for fact in *same {
            check_quantities(batch, fact, part, &mut violations);
            let place = (&*fact.structure, product, (fact.first_month, fact.last_month));
            parts.entry(place).or_default().insert(part, batch.value(fact, part.quantity()));
            if matches!(part, Part::Aged(_)) {
                aged.insert(place);
            }
            lines.entry(place).or_insert(fact.line);
        }
    }
    // A whole that is corrected still has the parts that are in force; a new one has none but those of the batch.
    let mut touched: HashSet<Place<'_>> = parts.keys().copied().collect();
    let mut places = facts.places();
    for same in by_subject {
        let Some(product) = same.first().map(|fact| &*fact.subject) else { continue };
        if *has_parts.entry(product).or_insert_with(|| in_force(facts, product).next().is_some()) {
            let about = facts.of_subject(product).in_many(same.len());
            for fact in same {
                let months = (fact.first_month, fact.last_month);
                let place = (&*fact.structure, product, months);
                wholes.entry(place).and_modify(|(_, last)| *last = fact).or_insert((fact.line, fact));
                if places.within(&about, &fact.structure).has(months) {
                    touched.insert(place);
                }
            }
        }
    }
    // By product, the first and the last month of what is touched: what is in force about others is passed over, however much there is.
    let mut products: BTreeMap<&str, (i32, i32)> = BTreeMap::new();
    for (_, product, months) in &touched {
        let all = products.entry(product).or_insert(*months);
        *all = (all.0.min(months.0), all.1.max(months.1));
    }
    // What is in force and stays: by helper, what others hand over to it.
    let mut handed: HashMap<Place<'_>, i128> = HashMap::new();
    for (product, months) in products {
        let Some(months) = Month::from_index(months.0).zip(Month::from_index(months.1)) else { continue };
        for (subject, part) in in_force(facts, product) {
            for known in facts.about_under(subject, months, |_| true) {
                let months = (known.first.index(), known.last.index());
                let place = (known.structure, product, months);
                let value = known.value(part.quantity());
                if touched.contains(&place) {
                    parts.entry(place).or_default().entry(part).or_insert(value);
                } else if let Part::HandedTo(helper) = part {
                    *handed.entry((helper, product, months)).or_default() += i128::from(value.unwrap_or_default());
                }
            }
        }
    }
    let whole = |place: &Place<'_>| match wholes.get(place) {
        Some((_, fact)) => Some(Values::from(&fact.values)),
        None => facts.get(place.1, place.0, place.2).map(|known| known.values),
    };
    let mut helpers: BTreeMap<Place<'_>, u32> = BTreeMap::new();
    for (place, parts) in &parts {
        let line = lines.get(place).copied().or_else(|| Some(wholes.get(place)?.0)).unwrap_or_default();
        check_sums((place, line), parts, whole(place), aged.contains(place), &mut violations);
        for (part, value) in parts {
            if let (Part::HandedTo(helper), Some(value)) = (part, value) {
                let helper = (*helper, place.1, place.2);
                *handed.entry(helper).or_default() += i128::from(*value);
                helpers.entry(helper).or_insert(line);
            }
        }
    }
    for (helper, line) in helpers {
        let handed = handed.get(&helper).copied().unwrap_or_default();
        let taken = whole(&helper).and_then(|values| values.get(TRANSFERRED_IN)).unwrap_or_default();
        if handed > i128::from(taken) {
            let detail = format!("{}: {handed} pieces are handed over to it, it takes over {taken}", shown(&helper));
            violations.push(Violation::new(Grade::Unmet, line, "transferred_out", "PARTS_MISSED", detail));
        }
    }
    violations
}

/// A part has the quantity of which it is a part, and what was timed the hours as well.
fn check_quantities(batch: &Incoming<'_>, fact: &Fact, part: Part<'_>, violations: &mut Vec<Violation>) {
    let own = COLUMNS.get(part.quantity()).copied().unwrap_or_default();
    for (quantity, name) in COLUMNS.iter().enumerate() {
        let has = quantity == part.quantity() || (quantity == WORKED_HOURS && part == Part::Timed);
        if !has && batch.value(fact, quantity).is_some() {
            let detail = format!("{} is a part of {own}, so it has no {name}", fact.subject);
            violations.push(Violation::new(Grade::Unmet, fact.line, name, "QUANTITY_MISPLACED", detail));
        }
    }
    if part != Part::Timed {
        return;
    }
    let (pieces, hours) = (batch.value(fact, COMPLETED), batch.value(fact, WORKED_HOURS));
    if pieces.is_none() || hours.is_none() || (pieces == Some(0)) != (hours == Some(0)) {
        let said = |value: Option<i64>, digits| {
            value.map_or_else(|| "no".to_owned(), |units| Exact::from_minor_units(units, digits).decimal_text(digits))
        };
        let (pieces, hours) = (said(pieces, 0), said(hours, 2));
        let detail = format!("{} has {pieces} pieces and {hours} hours: time is measured on pieces, and pieces take time", fact.subject);
        violations.push(Violation::new(Grade::Unmet, fact.line, "worked_hours", "TIME_WITHOUT_PIECES", detail));
    }
}

/// Parts are at most their whole, and what was timed is, whatever else became of it; `all_aged` says that the batch takes all that waits
/// apart.
fn check_sums(
    (place, line): (&Place<'_>, u32),
    parts: &BTreeMap<Part<'_>, Option<i64>>,
    whole: Option<Values>,
    all_aged: bool,
    violations: &mut Vec<Violation>,
) {
    let kinds = [(TRANSFERRED_OUT, false), (CLOSING_BACKLOG, false), (COMPLETED, false), (COMPLETED, true), (RECEIVED, false)];
    for (quantity, timed) in kinds {
        let of_kind = |part: &Part<'_>| part.quantity() == quantity && (*part == Part::Timed) == timed;
        let known = parts.iter().filter(|(part, _)| of_kind(part)).filter_map(|(_, value)| *value).map(i128::from);
        let Some(sum) = known.reduce(|sum, value| sum + value) else { continue };
        let name = COLUMNS.get(quantity).copied().unwrap_or_default();
        let place = shown(place);
        let (reason, detail) = match whole.and_then(|values| values.get(quantity)).map(i128::from) {
            None => ("PARTS_WITHOUT_WHOLE", format!("{place}: parts of {name} sum to {sum}, and nothing says how much the whole is")),
            Some(whole) if sum > whole || (sum < whole && all_aged && quantity == CLOSING_BACKLOG) => {
                ("PARTS_MISSED", format!("{place}: parts of {name} sum to {sum}, the whole is {whole}, difference {}", sum - whole))
            }
            Some(_) => continue,
        };
        violations.push(Violation::new(Grade::Unmet, line, name, reason, detail));
    }
}

fn shown((structure, product, (first, last)): &Place<'_>) -> String {
    let month = |index: &i32| Month::from_index(*index).map_or_else(String::new, |month| month.to_string());
    let months = if first == last { month(first) } else { format!("{} to {}", month(first), month(last)) };
    format!("{structure} {product}, {months}")
}
