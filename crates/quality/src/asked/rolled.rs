//! Answers from the sums kept beside the facts.

use std::collections::{BTreeMap, BTreeSet};

use piramide_domain::Query;
use piramide_measure::{Exact, Provenance};
use piramide_plan::{OverMonths, QualityIndicator};

use super::{Cases, Part, months_between};
use crate::state::{self, Books, DENOMINATOR, DUE_HIGH, DUE_LOW, DUE_UNIT, HELD_DENOMINATOR, HELD_NUMERATOR, NUMERATOR, Sums};

/// Digits after the point of a denominator.
const DENOMINATOR_DIGITS: u32 = 4;

/// A question over the sums.
#[derive(Clone)]
pub(super) struct Rolled<'a> {
    query: Query<'a>,
    books: &'a Books,
    structure: usize,
    now: Vec<usize>,
    before: Vec<usize>,
}

/// The sums of a part as they add up.
struct Sum {
    now: Sums,
    before: Sums,
    months: u16,
}

impl<'a> Rolled<'a> {
    /// `None` where the sums do not know the structure, or might not fit.
    pub(super) fn new(query: Query<'a>, books: &'a Books) -> Option<Self> {
        let now = books.slots_in(query.period);
        let before = query.period.previous_year().map(|period| books.slots_in(period)).unwrap_or_default();
        let structure = books.structure(query.structure).filter(|_| books.fit())?;
        Some(Self { query, books, structure, now, before })
    }

    /// The sums it reads.
    pub(super) fn books(&self) -> &'a Books {
        self.books
    }

    /// Whether the sums of an indicator are kept; of one that has no measure there is nothing to keep.
    pub(super) fn has(&self, indicator: &QualityIndicator) -> bool {
        indicator.measure.is_none() || self.books.indicator(&indicator.code).is_some()
    }

    /// What is recorded in the structure asked for.
    pub(super) fn whole(&self, indicator: &'a QualityIndicator) -> Part<'a> {
        let code = self.query.structure;
        let Some(number) = self.books.indicator(&indicator.code) else { return Part::empty(code) };
        let mut sum = Sum::new();
        let [now, before] = self.counting(indicator, number);
        now.into_iter().for_each(|slot| self.add(&mut sum, slot, true, &self.at(slot, self.structure, number)));
        before.into_iter().for_each(|slot| self.add(&mut sum, slot, false, &self.at(slot, self.structure, number)));
        self.part(code, number, &sum)
    }

    /// What is recorded of some indicators in each structure right under it, and of itself.
    pub(super) fn parts(&self, indicators: impl Iterator<Item = &'a QualityIndicator>) -> BTreeMap<&'a str, Vec<Part<'a>>> {
        let numbered = |indicator: &'a QualityIndicator| {
            let number = self.books.indicator(&indicator.code)?;
            Some((indicator.code.as_str(), number, self.counting(indicator, number)))
        };
        let indicators: Vec<(&'a str, usize, [Vec<usize>; 2])> = indicators.filter_map(numbered).collect();
        let both = || self.now.iter().map(|slot| (*slot, true)).chain(self.before.iter().map(|slot| (*slot, false)));
        let below: BTreeSet<usize> = both().flat_map(|(slot, _)| self.books.children(slot, self.structure)).copied().collect();
        let structures: Vec<usize> = std::iter::once(self.structure).chain(below).collect();
        let mut sums: Vec<Sum> = indicators.iter().flat_map(|_| structures.iter().map(|_| Sum::new())).collect();
        for (slot, current) in both() {
            let children = self.books.children(slot, self.structure);
            for (place, structure) in structures.iter().enumerate() {
                let own = *structure == self.structure;
                if !own && !children.contains(structure) {
                    continue;
                }
                let row = if own { None } else { self.books.row(slot, *structure) };
                for ((_, number, [now, before]), sums) in indicators.iter().zip(sums.chunks_exact_mut(structures.len())) {
                    let counting = if current { now } else { before };
                    let Some(sum) = sums.get_mut(place).filter(|_| counting.binary_search(&slot).is_ok()) else { continue };
                    match row.and_then(|row| row.get(*number)) {
                        Some(cell) => self.add(sum, slot, current, cell),
                        None if own => {
                            let cell = self.books.own_cases(self.query.facts, slot, *structure, *number);
                            cell.iter().for_each(|cell| self.add(sum, slot, current, cell));
                        }
                        None => self.add(sum, slot, current, &self.at(slot, *structure, *number)),
                    }
                }
            }
        }
        let parts = indicators.iter().zip(sums.chunks_exact(structures.len())).map(|((code, number, _), sums)| {
            let known = structures.iter().zip(sums).filter(|(_, sum)| sum.now.marks != 0 || sum.before.marks != 0);
            let part = |(structure, sum): (&usize, &Sum)| Some(self.part(self.books.code(*structure)?, *number, sum));
            let mut parts: Vec<Part<'a>> = known.filter_map(part).collect();
            parts.sort_unstable_by_key(|part| part.structure);
            (*code, parts)
        });
        parts.collect()
    }

    /// The slots that count, of the period and a year before: all, or those that end with the last month of which anything is known.
    fn counting(&self, indicator: &QualityIndicator, number: usize) -> [Vec<usize>; 2] {
        [&self.now, &self.before].map(|slots| {
            if indicator.over_months == OverMonths::Sum {
                return slots.clone();
            }
            let known = |slot: &&usize| self.at(**slot, self.structure, number).marks != 0;
            let end = |slot: &usize| self.books.months(*slot).map(|(_, last)| last);
            let last = slots.iter().filter(known).filter_map(end).max();
            slots.iter().copied().filter(|slot| last.is_some() && end(slot) == last).collect()
        })
    }

    fn at(&self, slot: usize, structure: usize, number: usize) -> Sums {
        self.books.cases(self.query.facts, slot, structure, number).unwrap_or(Sums::EMPTY)
    }

    fn add(&self, sum: &mut Sum, slot: usize, current: bool, cell: &Sums) {
        if !current {
            return sum.before.add(cell);
        }
        sum.now.add(cell);
        if let (Some((first, last)), true) = (self.books.months(slot), cell.marks != 0) {
            sum.months |= months_between(first.number(), last.number());
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

impl Sum {
    fn new() -> Self {
        Self { now: Sums::EMPTY, before: Sums::EMPTY, months: 0 }
    }
}

fn cases(sums: &Sums, numerator: usize, denominator: usize) -> Cases {
    let part = |measure| units(sums, measure);
    Cases { numerator: part(numerator), denominator: part(denominator), provenance: state::provenance(sums, denominator) }
}

fn units(sums: &Sums, measure: usize) -> i128 {
    sums.sum(measure).map_or(0, i128::from)
}
