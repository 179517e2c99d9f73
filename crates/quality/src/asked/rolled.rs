//! Answers from the sums kept beside the facts.

use std::collections::{BTreeMap, BTreeSet};

use piramide_domain::Query;
use piramide_measure::{Exact, Month, Period, Provenance};
use piramide_plan::{OverMonths, QualityIndicator};

use super::{Cases, Part, months_between};
use crate::state::{self, Books, DENOMINATOR, DUE_HIGH, DUE_LOW, DUE_UNIT, HELD_DENOMINATOR, HELD_NUMERATOR, NUMERATOR, Sums};

/// Digits after the point of a denominator.
const DENOMINATOR_DIGITS: u32 = 4;

/// The months of two years.
const MOST_MONTHS: usize = 24;

/// A question over the sums.
#[derive(Clone)]
pub(super) struct Rolled<'a> {
    query: Query<'a>,
    books: &'a Books,
    structure: usize,
    slots: Vec<Slot>,
}

/// A range of months that lies in the period asked for, or in the one a year before.
#[derive(Clone)]
struct Slot {
    number: usize,
    /// Whether it lies in the period asked for.
    current: bool,
    first: Month,
    last: Month,
}

/// An indicator whose sums are kept.
struct Numbered<'a> {
    code: &'a str,
    number: usize,
    counting: Counting,
}

/// Which slots count.
#[derive(Clone, Copy)]
enum Counting {
    All,
    /// Those that end with the last month of which anything is known, in the period and a year before.
    Ending {
        now: Option<Month>,
        before: Option<Month>,
    },
}

impl Counting {
    fn counts(self, slot: &Slot) -> bool {
        match self {
            Self::All => true,
            Self::Ending { now, before } => Some(slot.last) == if slot.current { now } else { before },
        }
    }
}

/// The sums of a part as they add up.
#[derive(Clone)]
struct Sum {
    now: Sums,
    before: Sums,
    months: u16,
}

impl Sum {
    const EMPTY: Self = Self { now: Sums::EMPTY, before: Sums::EMPTY, months: 0 };

    fn add(&mut self, slot: &Slot, months: u16, cell: &Sums) {
        if !slot.current {
            return self.before.add(cell);
        }
        self.now.add(cell);
        if cell.marks != 0 {
            self.months |= months;
        }
    }
}

impl Slot {
    fn months(&self) -> u16 {
        months_between(self.first.number(), self.last.number())
    }
}

impl<'a> Rolled<'a> {
    /// `None` where the sums do not know the structure, or might not fit.
    pub(super) fn new(query: Query<'a>, books: &'a Books) -> Option<Self> {
        let structure = books.structure(query.structure).filter(|_| books.fit())?;
        let months = |period: Period| (period.first_month(), period.last_month());
        let (now, before) = (months(query.period), query.period.previous_year().map(months));
        let slot = |(number, (first, last))| {
            let lies_in = |months: (Month, Month)| months.0 <= first && last <= months.1;
            let current = lies_in(now);
            (current || before.is_some_and(lies_in)).then_some(Slot { number, current, first, last })
        };
        // Months mostly, of two years: room for them is made once.
        let mut slots = Vec::with_capacity(MOST_MONTHS);
        slots.extend(books.slots().filter_map(slot));
        Some(Self { query, books, structure, slots })
    }

    /// The sums it reads.
    pub(super) fn books(&self) -> &'a Books {
        self.books
    }

    /// Whether the sums of an indicator are kept; of one that has no measure there is nothing to keep.
    pub(super) fn has(&self, indicator: &QualityIndicator) -> bool {
        indicator.measure.is_none() || self.books.indicator(&indicator.code).is_some()
    }

    /// What is recorded of some indicators in the structure asked for, by code; of those that have no measure, nothing.
    pub(super) fn wholes(&self, indicators: &[&'a QualityIndicator]) -> BTreeMap<&'a str, Part<'a>> {
        let numbered = self.numbered(indicators);
        let sums = self.sums(self.structure, &numbered, |_| true);
        let part = |(numbered, sum): (&Numbered<'a>, Sum)| (numbered.code, self.part(self.query.structure, numbered.number, &sum));
        numbered.iter().zip(sums).map(part).collect()
    }

    /// What is recorded of some indicators in each structure right under it, and of itself, sorted by code.
    pub(super) fn parts(&self, indicators: &[&'a QualityIndicator]) -> BTreeMap<&'a str, Vec<Part<'a>>> {
        let numbered = self.numbered(indicators);
        let below: BTreeSet<usize> = self.slots.iter().flat_map(|slot| self.books.children(slot.number, self.structure)).copied().collect();
        let mut structures: Vec<(&'a str, usize)> =
            std::iter::once(self.structure).chain(below).filter_map(|number| Some((self.books.code(number)?, number))).collect();
        structures.sort_unstable();
        let mut parts: Vec<Vec<Part<'a>>> = numbered.iter().map(|_| Vec::with_capacity(structures.len())).collect();
        for (code, structure) in structures {
            let sums = if structure == self.structure {
                let mut sums = vec![Sum::EMPTY; numbered.len()];
                self.add_facts(structure, &numbered, &self.slots.iter().collect::<Vec<_>>(), &mut sums);
                sums
            } else {
                self.sums(structure, &numbered, |slot| self.books.children(slot.number, self.structure).contains(&structure))
            };
            for ((Numbered { number, .. }, sum), parts) in numbered.iter().zip(sums).zip(&mut parts) {
                if sum.now.marks != 0 || sum.before.marks != 0 {
                    parts.push(self.part(code, *number, &sum));
                }
            }
        }
        numbered.iter().map(|numbered| numbered.code).zip(parts).collect()
    }

    fn numbered(&self, indicators: &[&'a QualityIndicator]) -> Vec<Numbered<'a>> {
        let numbered = |indicator: &&'a QualityIndicator| {
            let number = self.books.indicator(&indicator.code)?;
            Some(Numbered { code: &indicator.code, number, counting: self.counting(indicator, number) })
        };
        indicators.iter().filter_map(numbered).collect()
    }

    /// The slots that count, of the period and a year before: all, or those that end with the last month of which anything is known.
    fn counting(&self, indicator: &QualityIndicator, number: usize) -> Counting {
        if indicator.over_months == OverMonths::Sum {
            return Counting::All;
        }
        let known =
            |slot: &&Slot| self.books.cases(self.query.facts, slot.number, self.structure, number).is_some_and(|cell| cell.marks != 0);
        let last = |current| self.slots.iter().filter(|slot| slot.current == current).filter(known).map(|slot| slot.last).max();
        Counting::Ending { now: last(true), before: last(false) }
    }

    /// What is recorded of some indicators in a structure and all under it, over the slots in which it stands where it is asked for.
    fn sums(&self, structure: usize, numbered: &[Numbered<'a>], stands: impl Fn(&Slot) -> bool) -> Vec<Sum> {
        let mut sums = vec![Sum::EMPTY; numbered.len()];
        let mut without = Vec::new();
        for slot in self.slots.iter().filter(|slot| stands(slot)) {
            let Some(row) = self.books.row(slot.number, structure) else {
                without.push(slot);
                continue;
            };
            let months = slot.months();
            for (Numbered { number, counting, .. }, sum) in numbered.iter().zip(&mut sums) {
                if let Some(cell) = row.get(*number).filter(|_| counting.counts(slot)) {
                    sum.add(slot, months, cell);
                }
            }
        }
        // No sums are kept where nothing stands under it: its own facts are all there is.
        self.add_facts(structure, numbered, &without, &mut sums);
        sums
    }

    /// Adds what a structure has recorded itself in some slots.
    fn add_facts(&self, structure: usize, numbered: &[Numbered<'a>], slots: &[&Slot], sums: &mut [Sum]) {
        let Some(since) = slots.iter().map(|slot| slot.first).min() else { return };
        for (Numbered { number, counting, .. }, sum) in numbered.iter().zip(sums) {
            // Facts come in the order of their months, and slots mostly stand in it: the next is mostly the one after the last.
            let mut next = 0;
            self.books.own_facts(self.query.facts, structure, *number, since).for_each(|fact| {
                let (before, after) = slots.split_at_checked(next).unwrap_or((slots, &[]));
                let mut found = after.iter().zip(next..).chain(before.iter().zip(0..));
                if let Some((slot, place)) = found.find(|(slot, _)| (slot.first, slot.last) == (fact.first, fact.last)) {
                    next = place + 1;
                    if counting.counts(slot) {
                        sum.add(slot, slot.months(), &self.books.cases_of(&fact, slot.number, structure, *number));
                    }
                }
            });
        }
    }

    fn part(&self, structure: &'a str, number: usize, sum: &Sum) -> Part<'a> {
        let digits = DENOMINATOR_DIGITS + self.books.digits_due(number);
        let held_before: Option<Provenance> = state::provenance(&sum.before, HELD_DENOMINATOR);
        let held = cases(&sum.now, HELD_NUMERATOR, HELD_DENOMINATOR);
        Part {
            structure,
            now: cases(&sum.now, NUMERATOR, DENOMINATOR),
            before: cases(&sum.before, NUMERATOR, DENOMINATOR),
            has_budget: held.provenance.is_some() || held_before.is_some(),
            held,
            due: Exact::from_minor_units(units(&sum.now, DUE_HIGH) * DUE_UNIT + units(&sum.now, DUE_LOW), digits),
            months: sum.months,
        }
    }
}

fn cases(sums: &Sums, numerator: usize, denominator: usize) -> Cases {
    let part = |measure| units(sums, measure);
    Cases { numerator: part(numerator), denominator: part(denominator), provenance: state::provenance(sums, denominator) }
}

fn units(sums: &Sums, measure: usize) -> i128 {
    sums.sum(measure).map_or(0, i128::from)
}
