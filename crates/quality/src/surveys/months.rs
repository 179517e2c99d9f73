//! Which ranges of months are told, so that nothing too small comes out of two of them.
//!
//! The year to date in March less that in February is March. So the months of a year are taken together in blocks, each with no answers or no
//! fewer than the threshold in everything that is told apart, and a period is told where it begins and ends with a block: whatever is added
//! to and taken from what is told is made of whole blocks.

use std::collections::BTreeSet;

use piramide_measure::Period;

/// Months of a year, month 13 included.
pub const MONTHS: usize = 13;

/// What is counted in each month of a year; a fact about several months stands in their last.
pub type ByMonth = [i128; MONTHS];

/// Both together.
pub fn plus(mut one: ByMonth, other: ByMonth) -> ByMonth {
    one.iter_mut().zip(other).for_each(|(sum, more)| *sum += more);
    one
}

/// The months of a year, taken together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocks {
    /// Where one ends: after so many months.
    ends: BTreeSet<usize>,
}

impl Blocks {
    /// The smallest blocks, from January on, in which each of `columns` has nothing or at least `fewest`. None ends after a month of `inside`:
    /// there a fact about several months goes on. What is too few in the last months joins the block before.
    ///
    /// Blocks hide what is asked for only if each column has nothing or enough over the whole year. **Decision**: the sources name no rule.
    pub fn of(columns: &[ByMonth], inside: &BTreeSet<usize>, fewest: i128) -> Self {
        let sum = |column: &ByMonth, from: usize, to: usize| column.iter().take(to).skip(from).sum::<i128>();
        let is_enough = |from: usize, to: usize| columns.iter().all(|column| !(1..fewest).contains(&sum(column, from, to)));
        let last = columns.iter().filter_map(|column| column.iter().rposition(|count| *count != 0)).max().map_or(0, |month| month + 1);
        let mut ends = vec![0];
        let end = |ends: &[usize]| ends.last().copied().unwrap_or_default();
        for months in 1..last {
            if !inside.contains(&months) && is_enough(end(&ends), months) {
                ends.push(months);
            }
        }
        while end(&ends) > 0 && !is_enough(end(&ends), last) {
            ends.pop();
        }
        Self { ends: ends.into_iter().chain(last..=MONTHS).collect() }
    }

    /// Where blocks of both end.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self { ends: self.ends.intersection(&other.ends).copied().collect() }
    }

    /// Whether every period that `other` tells is told.
    pub fn tell_all_of(&self, other: &Self) -> bool {
        self.ends.is_superset(&other.ends)
    }

    /// Whether a period begins and ends with a block.
    pub fn tell(&self, period: Period) -> bool {
        let (first, last) = (usize::from(period.first_month().number()), usize::from(period.last_month().number()));
        self.ends.contains(&(first - 1)) && self.ends.contains(&last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(columns: &[&[i128]], inside: &[usize], expected: &[usize]) {
        let columns: Vec<ByMonth> = columns
            .iter()
            .map(|counts| {
                let mut column = [0; MONTHS];
                column[..counts.len()].copy_from_slice(counts);
                column
            })
            .collect();
        let blocks = Blocks::of(&columns, &inside.iter().copied().collect(), 10);
        assert_eq!(blocks.ends.into_iter().take_while(|months| *months < 7).collect::<Vec<_>>(), expected, "{columns:?}");
    }

    #[test]
    fn months_with_few_answers_join_those_before_the_next_end() {
        check(&[], &[], &[0, 1, 2, 3, 4, 5, 6]);
        check(&[&[10, 0, 12, 30]], &[], &[0, 1, 2, 3, 4, 5, 6]);
        check(&[&[3, 20, 20]], &[], &[0, 2, 3, 4, 5, 6]);
        check(&[&[3, 3, 3, 3, 30, 10]], &[], &[0, 4, 5, 6]);
        // The last have nobody after them to join, and months without answers are told for what they are.
        check(&[&[20, 20, 3]], &[], &[0, 1, 3, 4, 5, 6]);
        check(&[&[20, 0, 3]], &[], &[0, 3, 4, 5, 6]);
        check(&[&[3]], &[], &[0, 1, 2, 3, 4, 5, 6]);
        // All that is told apart has enough in each.
        check(&[&[20, 20, 20], &[20, 3, 20]], &[], &[0, 1, 3, 4, 5, 6]);
        check(&[&[20, 20, 20], &[0, 0, 20]], &[], &[0, 1, 2, 3, 4, 5, 6]);
        // A fact about the first quarter beside single months.
        check(&[&[20, 20, 20, 20]], &[1, 2], &[0, 3, 4, 5, 6]);
    }

    #[test]
    fn a_period_is_told_where_it_begins_and_ends_with_a_block() {
        let mut column = [0; MONTHS];
        column[..4].copy_from_slice(&[20, 20, 3, 20]);
        let blocks = Blocks::of(&[column], &BTreeSet::new(), 10);
        let told = |period: &str| blocks.tell(period.parse().unwrap());
        for period in ["2021", "2021-01", "2021-02", "2021-02-ytd", "2021-04-ytd", "2021-Q3", "2021-07", "2021-13"] {
            assert!(told(period), "{period}");
        }
        for period in ["2021-03", "2021-04", "2021-03-ytd", "2021-Q1", "2021-Q2"] {
            assert!(!told(period), "{period}");
        }
    }
}
