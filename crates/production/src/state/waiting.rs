//! What waits (*giacenza*) at a structure: a stock, which each office says when it says it.
//!
//! | rule | why |
//! | --- | --- |
//! | of each office counts what it said last, by the end of the last month of the period of which any office has said anything | the first office that opens a month does not make what waits in all others vanish |
//! | it counts for the structures above it as it stood then | summed over any structures that divide the nation, no office counts twice or never |
//! | what is older than a year does not count, nor what an office said that has ended since | work that went on went on elsewhere |
//! | a structure of which nothing is recorded in the period has nothing to say of it | missing is missing |
//! | the start of the period is read likewise: what each office opened with first, or had said last before | so that the balance holds above offices too |

use std::collections::{BTreeMap, BTreeSet};

use piramide_domain::{Facts, Known};
use piramide_measure::{Month, Period};
use piramide_rollup::Tree;

use super::{Books, Sums};
use crate::facts::{CLOSING_BACKLOG, OPENING_BACKLOG, following};

/// Where sums are kept that make a part of a stock: slots that end with one month, and a structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) slots: Vec<usize>,
    structure: usize,
}

/// Where what waits at a structure is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// What waits in the end.
    pub(crate) closing: Vec<Place>,
    /// What waited at the start: of offices that say so in the period.
    pub(crate) opening: Vec<Place>,
    /// What waited at the start: what offices that say nothing of it in the period had said last before.
    pub(crate) carried: Vec<Place>,
    /// Each office that counts in the end, and the slots in which it says so.
    offices: Vec<Place>,
    /// Each office that says in the period what waited at the start, and the slots in which it does first.
    opened: Vec<Place>,
    /// Each office that says nothing of it in the period, and the slots before it in which it says last what waits.
    carrying: Vec<Place>,
}

/// Offices with the months, given by their indices, of what each says.
pub(crate) type Sayings<'a> = BTreeSet<(&'a str, (i32, i32))>;

/// What offices say that counts in what waits.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counting<'a> {
    /// At the start, of what offices opened with first in the period.
    pub(crate) opening: Sayings<'a>,
    /// At the start, of what the others had said last before.
    pub(crate) carried: Sayings<'a>,
    /// In the end.
    pub(crate) closing: Sayings<'a>,
}

/// Months from the earliest or from the latest on, each with its slots.
type ByMonth = BTreeMap<Month, Vec<usize>>;

impl Books {
    /// Where what waits at a structure is read; `None` where nothing is recorded of it in the period.
    pub fn waiting(&self, period: Period, structure: &str) -> Option<Waiting> {
        let inside = self.slots_in(period);
        self.month_of_backlog(&inside, structure)?;
        let structure = self.index.structures.number(structure)?;
        let says = |slot: &usize| self.index.slots.get(*slot).filter(|slot| slot.closed.contains(&true)).map(|slot| slot.last);
        let end = inside.iter().filter_map(says).max()?;
        let since = Month::new(end.year().checked_sub(1)?, end.number()).and_then(following)?;
        let recent = self.by_last_month(|last| since <= last && last <= end, |slot| inside.contains(&slot) || self.is_a_month(slot));
        let goes_on = |office, month| office == structure || month == end || self.exists(office, end);
        let last = self.said(recent.iter().rev(), CLOSING_BACKLOG, goes_on);
        let mut waiting = Waiting::default();
        for (month, slots) in &recent {
            let says = |office: usize| last.get(office).copied().flatten() == Some(*month);
            waiting.closing.extend(self.places(structure, slots, CLOSING_BACKLOG, &says));
            let offices = self.under(structure, slots).into_iter().filter(|office| says(*office));
            waiting.offices.extend(offices.map(|office| Place { slots: slots.clone(), structure: office }));
        }
        let months = self.by_last_month(|_| true, |slot| inside.contains(&slot));
        let first = self.said(months.iter(), OPENING_BACKLOG, |_, _| true);
        for (month, slots) in &months {
            let says = |office: usize| first.get(office).copied().flatten() == Some(*month);
            waiting.opening.extend(self.places(structure, slots, OPENING_BACKLOG, &says));
            let offices = self.under(structure, slots).into_iter().filter(|office| says(*office));
            waiting.opened.extend(offices.map(|office| Place { slots: slots.clone(), structure: office }));
        }
        let before = || recent.iter().rev().filter(|(month, _)| **month < period.first_month());
        let last_before = self.said(before(), CLOSING_BACKLOG, goes_on);
        for (month, slots) in before() {
            let said = |of: &[Option<Month>], office: usize| of.get(office).copied().flatten();
            let says = |office: usize| said(&first, office).is_none() && said(&last_before, office) == Some(*month);
            waiting.carried.extend(self.places(structure, slots, CLOSING_BACKLOG, &says));
            let offices = self.under(structure, slots).into_iter().filter(|office| says(*office));
            waiting.carrying.extend(offices.map(|office| Place { slots: slots.clone(), structure: office }));
        }
        Some(waiting)
    }

    /// The sums kept at a node at some places; `None` when they might not fit.
    pub(crate) fn read_at(&self, facts: &Facts, places: &[Place], node: &str) -> Option<Sums> {
        let mut parts = places.iter().map(|place| self.read(facts, &place.slots, self.index.structures.code(place.structure)?, node));
        parts.try_fold(Sums::EMPTY, |sums, part| sums.checked_sum(&part?))
    }

    /// The sums kept at a node in each slot of some places, with the month that chooses its coefficients; `None` when they might not fit.
    pub(crate) fn each_at(&self, facts: &Facts, places: &[Place], node: &str) -> Option<Vec<(Month, Sums)>> {
        let each = places.iter().flat_map(|place| place.slots.iter().map(move |slot| (place.structure, *slot)));
        each.map(|(structure, slot)| {
            Some((self.last_month(slot)?, self.read(facts, &[slot], self.index.structures.code(structure)?, node)?))
        })
        .collect()
    }

    /// What the offices that count in the end say of a subject then.
    pub(crate) fn said_last<'a>(&self, facts: &'a Facts, waiting: &Waiting, subject: &str) -> Vec<Known<'a>> {
        let slots = waiting.offices.iter().flat_map(|office| office.slots.iter().map(move |slot| (office.structure, *slot)));
        let said = slots.filter_map(|(office, slot)| {
            let months = self.index.slots.get(slot).map(|slot| (slot.first.index(), slot.last.index()))?;
            facts.get(subject, self.index.structures.code(office)?, months)
        });
        said.collect()
    }

    /// The months of the facts in which a structure first says, from one month to another, what a node opened with: those that begin earliest.
    pub(crate) fn opened_first(&self, facts: &Facts, (first, last): (Month, Month), structure: &str, node: &str) -> Vec<(Month, Month)> {
        let mut by_first = ByMonth::new();
        for slot in self.slots_between(first, last) {
            by_first.entry(self.index.slots.get(slot).map_or(first, |slot| slot.first)).or_default().push(slot);
        }
        let says = |slot: &usize| self.read(facts, &[*slot], structure, node).is_none_or(|sums| sums.mark(OPENING_BACKLOG) != 0);
        let mut opened = by_first.into_values().map(|mut slots| {
            slots.retain(says);
            slots
        });
        let slots = opened.find(|slots| !slots.is_empty()).unwrap_or_default();
        slots.into_iter().filter_map(|slot| self.index.slots.get(slot).map(|slot| (slot.first, slot.last))).collect()
    }

    /// The offices that count in the end, each with the last month of which it says what waits.
    pub(crate) fn offices_of(&self, waiting: &Waiting) -> Vec<(&str, Month)> {
        let known = |office: &Place| Some((self.index.structures.code(office.structure)?, self.last_month(*office.slots.first()?)?));
        waiting.offices.iter().filter_map(known).collect()
    }

    /// What offices say that counts in what waits.
    pub(crate) fn counting(&self, waiting: &Waiting) -> Counting<'_> {
        let of = |offices: &[Place]| {
            let each = offices.iter().flat_map(|office| office.slots.iter().map(move |slot| (office.structure, *slot)));
            let named = each.filter_map(|(office, slot)| Some((self.index.structures.code(office)?, self.index.slots.get(slot)?)));
            named.map(|(office, slot)| (office, (slot.first.index(), slot.last.index()))).collect()
        };
        Counting { opening: of(&waiting.opened), carried: of(&waiting.carrying), closing: of(&waiting.offices) }
    }

    /// The slots of some months, by the last of each.
    fn by_last_month(&self, months: impl Fn(Month) -> bool, counts: impl Fn(usize) -> bool) -> ByMonth {
        let mut found = ByMonth::new();
        for (number, slot) in self.index.slots.iter().enumerate().filter(|(number, slot)| months(slot.last) && counts(*number)) {
            found.entry(slot.last).or_default().push(number);
        }
        found
    }

    fn is_a_month(&self, slot: usize) -> bool {
        self.index.slots.get(slot).is_some_and(|slot| slot.first == slot.last)
    }

    fn exists(&self, structure: usize, at: Month) -> bool {
        self.index.structures.code(structure).is_some_and(|code| self.index.plan.structures().at(code, at).is_some())
    }

    /// By office, the first of some months in which it says what waits, if it counts there.
    fn said<'m>(
        &self,
        months: impl Iterator<Item = (&'m Month, &'m Vec<usize>)>,
        quantity: usize,
        counts: impl Fn(usize, Month) -> bool,
    ) -> Vec<Option<Month>> {
        let mut said = vec![None; self.index.structures.codes().len()];
        for (month, slots) in months {
            for slot in slots.iter().filter_map(|slot| self.index.slots.get(*slot)) {
                for (office, (known, _)) in
                    said.iter_mut().zip(slot.says(quantity)).enumerate().filter(|(_, (known, says))| known.is_none() && **says)
                {
                    *known = counts(office, *month).then_some(*month);
                }
            }
        }
        said
    }

    /// A structure and all under it, in slots that end with one month.
    fn under(&self, structure: usize, slots: &[usize]) -> Vec<usize> {
        self.tree(slots).map_or_else(Vec::new, |tree| tree.under(structure))
    }

    /// The structures as they stand in slots that end with one month.
    fn tree(&self, slots: &[usize]) -> Option<&Tree> {
        Some(self.index.slots.get(*slots.first()?)?.structures.as_ref())
    }

    /// The fewest places at which sums are kept of the offices under a structure that count, and of no other.
    fn places(&self, structure: usize, slots: &[usize], quantity: usize, counts: &impl Fn(usize) -> bool) -> Vec<Place> {
        let Some(tree) = self.tree(slots) else { return Vec::new() };
        let slot = || slots.iter().filter_map(|slot| self.index.slots.get(*slot));
        // By structure, how many offices there and below count, and how many say anything.
        let mut offices: Vec<(usize, usize)> = vec![(0, 0); tree.len()];
        for office in tree.under(structure) {
            if !slot().any(|slot| slot.says(quantity).get(office) == Some(&true)) {
                continue;
            }
            for above in tree.path(office) {
                if let Some((counting, all)) = offices.get_mut(above) {
                    *counting += usize::from(counts(office));
                    *all += 1;
                }
                if above == structure {
                    break;
                }
            }
        }
        let (mut places, mut looked_at) = (Vec::new(), vec![structure]);
        while let Some(next) = looked_at.pop() {
            match offices.get(next) {
                None | Some((0, _)) => {}
                Some((counting, all)) if counting == all => places.push(Place { slots: slots.to_vec(), structure: next }),
                Some(_) => looked_at.extend(tree.children(next)),
            }
        }
        places
    }
}
