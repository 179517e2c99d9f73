//! What changed between two states of knowledge, and why (*rettifiche tra due chiusure*): quantity by quantity of each fact, adding up to the
//! difference of the flows.
//!
//! What is in force now and came after the earlier knowledge is all that can differ, so nothing of the ledger is read: a fact knows the
//! sequence of its batch. Only what waits is also moved by facts that say what they said. Of each office counts the month in which it says
//! it last (or, at the start of a period, first), and that may be another month now.

use std::collections::BTreeSet;

use piramide_contracts::domains::PRODUCTION;
use piramide_domain::{About, Known};
use piramide_ledger::Closing;
use piramide_measure::Month;
use piramide_plan::Product;

use crate::{
    asked::Asked,
    facts::{CLOSING_BACKLOG, COLUMNS, COMPLETED, OPENING_BACKLOG, STAFF_FTE, WORKED_HOURS},
    parts::{self, Part},
    state::Counting,
};

/// How a quantity changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is of months that were closed when it was recorded (*rettifica*).
    Restated,
    /// It is of months that were open then, and came or was corrected as any other.
    Late,
    /// It says the same, and another month has the word on what waits.
    Displaced,
}

/// What facts are about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject<'a> {
    /// Its code, as facts have it.
    pub code: &'a str,
    /// Its name, in Italian.
    pub label: String,
    /// The product; none for a part of one and for a measure of the plan, which enter no flow.
    product: Option<&'a Product>,
}

impl<'a> Subject<'a> {
    /// A product.
    pub fn of_product(product: &'a Product) -> Self {
        Self { code: &product.code, label: product.label.clone(), product: Some(product) }
    }

    /// What may have changed at a node, in the order of the catalogue, each product with its parts after it: staff under the totals, whose
    /// productivity it moves. Without a node everything, and last the measures of the plan, which lie under none.
    pub fn at_node(asked: &Asked<'a>, node: &str) -> Vec<Self> {
        let plan = asked.query.plan;
        let catalogue = plan.catalogue();
        let products: Vec<&Product> = if node.is_empty() {
            catalogue.iter().filter(|row| catalogue.product(&row.code).is_some()).collect()
        } else {
            catalogue.products_under(node).chain(catalogue.staff_product().filter(|_| catalogue.is_root(node))).collect()
        };
        let measures = plan.measures().of_domain(PRODUCTION.name).filter(|_| node.is_empty());
        let measures = measures.map(|measure| Self { code: &measure.code, label: measure.label.clone(), product: None });
        products.into_iter().map(Self::of_product).chain(measures).flat_map(|whole| whole.with_parts(asked)).collect()
    }

    /// It, and the parts of it that are in force.
    fn with_parts(self, asked: &Asked<'a>) -> Vec<Self> {
        let (code, whole) = (self.code, self.label.clone());
        let part = |(code, part): (&'a str, Part<'a>)| {
            let label = format!("{whole}, di cui {}", part.label(asked.query.plan));
            Self { code, label, product: None }
        };
        std::iter::once(self).chain(parts::in_force(asked.query.facts, code).map(part)).collect()
    }

    /// The product, where flows count its pieces.
    fn flows(&self) -> Option<&'a Product> {
        self.product.filter(|product| product.counts_flow())
    }
}

/// Which quantity of which fact about a subject, and what it counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place<'a> {
    /// The structure it was recorded for.
    pub structure: &'a str,
    /// Its first and last month, by their indices.
    pub months: (i32, i32),
    /// The quantity, as in [`crate::facts`].
    pub quantity: usize,
    /// The quantity of the flow that it counts in: its own, but for a closing backlog that counts in the opening one.
    pub flow_quantity: usize,
}

/// A quantity of a fact that is not what it was, or counts otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Changed<'a> {
    /// Which it is.
    pub place: Place<'a>,
    /// What it said, in minor units; `None` when it was not recorded.
    pub before: Option<i64>,
    /// What it says; `None` when it was taken back.
    pub after: Option<i64>,
    /// What it does to that quantity of the flows, in pieces: the difference, of what flows; of what waits, only where it counts.
    pub effect: i128,
    /// What it does to homogenised production, in ten-thousandths of a point; `None` where it does nothing.
    pub points_effect: Option<i128>,
    /// The fact as it is now.
    pub fact: Known<'a>,
}

impl Changed<'_> {
    /// After less before, what is not recorded counting nothing, in minor units.
    pub fn difference(&self) -> i128 {
        i128::from(self.after.unwrap_or_default()) - i128::from(self.before.unwrap_or_default())
    }

    /// How it changed, where these are the closings of the ledger: those that came before its fact had closed these months, or had not.
    pub fn kind(&self, closings: &[Closing]) -> Kind {
        let (first, last) = self.place.months;
        let had_closed = |closing: &Closing| closing.entry_sequence() < self.fact.sequence && closing.covers(first, last);
        if self.before == self.after {
            Kind::Displaced
        } else if closings.iter().any(had_closed) {
            Kind::Restated
        } else {
            Kind::Late
        }
    }
}

/// One question, asked of an earlier and of a later knowledge.
pub struct Comparison<'a> {
    before: &'a Asked<'a>,
    after: &'a Asked<'a>,
    stocks: (Stocks<'a>, Stocks<'a>),
    /// Where one side counts what waits and the other does not.
    moved: Vec<Place<'a>>,
    /// Where both count what waits from before the period, which is not looked through for what changed.
    carried: Vec<Place<'a>>,
}

impl<'a> Comparison<'a> {
    /// Compares two states of knowledge on the same question, under the same plan.
    pub fn new(before: &'a Asked<'a>, after: &'a Asked<'a>) -> Self {
        let stocks = (Stocks::of(before), Stocks::of(after));
        Self { before, after, moved: stocks.0.moved_to(&stocks.1), carried: stocks.0.carried_in(&stocks.1), stocks }
    }

    /// What changed of a subject, in the order of its places.
    pub fn of_subject(&self, subject: &Subject<'a>) -> Vec<Changed<'a>> {
        let waits = subject.flows().is_some();
        let [moved, carried] = [&self.moved, &self.carried].map(|places| if waits { places.as_slice() } else { &[] });
        let asks = moved.len() + carried.len();
        let sides = [self.before, self.after].map(|asked| asked.query.facts.of_subject(subject.code).in_many(asks));
        let since = self.before.query.facts.sequence();
        let is_new = |place: &&Place<'a>| sides[1].get(place.structure, place.months).is_some_and(|fact| fact.sequence > since);
        let mut places: BTreeSet<Place<'a>> = moved.iter().chain(carried.iter().filter(is_new)).copied().collect();
        for fact in self.after.query.recorded(subject.code).filter(|fact| fact.sequence > since) {
            let place = |quantity| Place::of(&fact, quantity);
            places.extend((0..COLUMNS.len()).map(place).filter(|place| said(&sides[0], place) != fact.value(place.quantity)));
        }
        places.into_iter().filter_map(|place| self.changed(subject, place, &sides)).collect()
    }

    fn changed(&self, subject: &Subject<'a>, place: Place<'a>, sides: &[About<'a>; 2]) -> Option<Changed<'a>> {
        let fact = sides[1].get(place.structure, place.months)?;
        let (before, after) = (said(&sides[0], &place), fact.value(place.quantity));
        let counts = |stocks: &Stocks<'_>, value: Option<i64>| {
            if subject.flows().is_some() && stocks.count(&place) { i128::from(value.unwrap_or_default()) } else { 0 }
        };
        let effect = counts(&self.stocks.1, after) - counts(&self.stocks.0, before);
        let product = subject.product.filter(|product| place.quantity == COMPLETED && product.counts_points());
        let points_effect = product.and_then(|product| {
            let coefficient = self.after.query.plan.catalogue().coefficient_ten_thousandths(&product.code, fact.last)?;
            Some((i128::from(after.unwrap_or_default()) - i128::from(before.unwrap_or_default())) * i128::from(coefficient))
        });
        let changed = Changed { place, before, after, effect, points_effect, fact };
        (before != after || effect != 0).then_some(changed)
    }
}

impl<'a> Place<'a> {
    fn of(fact: &Known<'a>, quantity: usize) -> Self {
        Self { structure: fact.structure, months: (fact.first.index(), fact.last.index()), quantity, flow_quantity: quantity }
    }
}

/// What a side says of a quantity.
fn said(side: &About<'_>, place: &Place<'_>) -> Option<i64> {
    side.within(place.structure).value(place.months, place.quantity)
}

/// What offices say that counts in what waits.
struct Stocks<'a> {
    counting: Counting<'a>,
    /// The first month of the period.
    first: Month,
}

impl<'a> Stocks<'a> {
    fn of(asked: &Asked<'a>) -> Self {
        Self { counting: asked.counting(), first: asked.query.period.first_month() }
    }

    /// Whether a quantity counts where it says it does. What flows always does.
    fn count(&self, place: &Place<'_>) -> bool {
        let said = &(place.structure, place.months);
        match (place.quantity, place.flow_quantity) {
            (CLOSING_BACKLOG, OPENING_BACKLOG) => self.counting.carried.contains(said),
            (CLOSING_BACKLOG, _) => self.counting.closing.contains(said),
            (OPENING_BACKLOG, _) => self.counting.opening.contains(said),
            (STAFF_FTE | WORKED_HOURS, _) => false,
            _ => true,
        }
    }

    /// Whether it was said before the period.
    fn is_before(&self, (_, months): &SaidIn<'_>) -> bool {
        months.1 < self.first.index()
    }

    /// What waits where it counts on one of two sides and not on the other.
    fn moved_to(&self, other: &Self) -> Vec<Place<'a>> {
        let (here, there) = (&self.counting, &other.counting);
        let opening = here.opening.symmetric_difference(&there.opening).map(|said| opened(*said));
        let carried = here.carried.symmetric_difference(&there.carried).map(|said| carried(*said));
        let closing = here.closing.symmetric_difference(&there.closing).map(|said| closed(*said));
        opening.chain(carried).chain(closing).collect()
    }

    /// What waits from before the period where it counts on both sides.
    fn carried_in(&self, other: &Self) -> Vec<Place<'a>> {
        let (here, there) = (&self.counting, &other.counting);
        let carried = here.carried.intersection(&there.carried).map(|said| carried(*said));
        let closing = here.closing.intersection(&there.closing).filter(|said| self.is_before(said)).map(|said| closed(*said));
        carried.chain(closing).collect()
    }
}

/// A structure and the months of a fact that says what waits.
type SaidIn<'a> = (&'a str, (i32, i32));

/// What it says of the start, which counts there.
fn opened((structure, months): SaidIn<'_>) -> Place<'_> {
    Place { structure, months, quantity: OPENING_BACKLOG, flow_quantity: OPENING_BACKLOG }
}

/// What it says of the end, which counts at the start of the period after it.
fn carried((structure, months): SaidIn<'_>) -> Place<'_> {
    Place { structure, months, quantity: CLOSING_BACKLOG, flow_quantity: OPENING_BACKLOG }
}

/// What it says of the end, which counts there.
fn closed((structure, months): SaidIn<'_>) -> Place<'_> {
    Place { structure, months, quantity: CLOSING_BACKLOG, flow_quantity: CLOSING_BACKLOG }
}
