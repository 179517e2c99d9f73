//! Months, month 13, quarters, years and year to date (*periodo*).
//!
//! A period is a range of months. Accounting closes the year in a 13th month, which comes after December and before January:
//! it belongs to the year, and to no quarter.

use std::{fmt, str::FromStr};

/// Why a text is not a period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\" is not a period: write 2020, 2020-Q3, 2020-12, 2020-12-ytd or, for accounting, 2020-13")]
pub struct PeriodError {
    /// What was written.
    pub text: String,
}

/// A month of a year; number 13 is the closing month of accounting (*mese 13*).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: u16,
    number: u8,
}

impl Month {
    /// A month; `None` unless the year is 1900 to 2199 and the number 1 to 13.
    pub fn new(year: u16, number: u8) -> Option<Self> {
        ((1900..2200).contains(&year) && (1..=13).contains(&number)).then_some(Self { year, number })
    }

    /// The year it belongs to.
    pub fn year(self) -> u16 {
        self.year
    }

    /// 1 to 12, or 13 for the closing month of accounting.
    pub fn number(self) -> u8 {
        self.number
    }

    /// A number that grows by one from month to month, month 13 included: how stores keep a month.
    pub fn index(self) -> i32 {
        i32::from(self.year) * 13 + i32::from(self.number) - 1
    }

    /// The month with that [index](Self::index).
    pub fn from_index(index: i32) -> Option<Self> {
        let year = u16::try_from(index.div_euclid(13)).ok()?;
        let number = u8::try_from(index.rem_euclid(13) + 1).ok()?;
        Self::new(year, number)
    }

    /// The calendar month before: December comes before January, month 13 is skipped. Month 13 itself follows December.
    pub fn previous(self) -> Option<Self> {
        match self.number {
            1 => Self::new(self.year - 1, 12),
            number => Self::new(self.year, number - 1),
        }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:04}-{:02}", self.year, self.number)
    }
}

/// A range of months that the institute reports on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// One month, or month 13 alone: `2020-12`, `2020-13`.
    Month(Month),
    /// Three months, numbered 1 to 4: `2020-Q3`.
    Quarter {
        /// The year.
        year: u16,
        /// 1 to 4.
        quarter: u8,
    },
    /// From January to that month: `2020-09-ytd`. With month 13 it equals the year.
    YearToDate(Month),
    /// The whole year with its month 13: `2020`.
    Year(u16),
}

impl Period {
    /// The first month.
    pub fn first_month(self) -> Month {
        match self {
            Self::Month(month) => month,
            Self::Quarter { year, quarter } => Month { year, number: quarter * 3 - 2 },
            Self::YearToDate(month) => Month { year: month.year, number: 1 },
            Self::Year(year) => Month { year, number: 1 },
        }
    }

    /// The last month, inclusive.
    pub fn last_month(self) -> Month {
        match self {
            Self::Month(month) | Self::YearToDate(month) => month,
            Self::Quarter { year, quarter } => Month { year, number: quarter * 3 },
            Self::Year(year) => Month { year, number: 13 },
        }
    }

    /// The last calendar month: a year ends in December, where stocks such as staff and backlog are read.
    pub fn last_calendar_month(self) -> Month {
        let last = self.last_month();
        Month { number: last.number.min(12), ..last }
    }

    /// The year it lies in.
    pub fn year(self) -> u16 {
        self.first_month().year
    }

    /// How many calendar months it spans; month 13 adds none.
    pub fn calendar_months(self) -> u8 {
        match self {
            Self::Month(month) => u8::from(month.number <= 12),
            Self::Quarter { .. } => 3,
            Self::YearToDate(month) => month.number.min(12),
            Self::Year(_) => 12,
        }
    }

    /// Whether every month of `other` lies in it.
    pub fn contains(self, other: Self) -> bool {
        self.first_month() <= other.first_month() && other.last_month() <= self.last_month()
    }

    /// Whether they share a month.
    pub fn overlaps(self, other: Self) -> bool {
        self.first_month() <= other.last_month() && other.first_month() <= self.last_month()
    }

    /// The same period one year before.
    pub fn previous_year(self) -> Option<Self> {
        let earlier = |month: Month| Month::new(month.year - 1, month.number);
        match self {
            Self::Month(month) => earlier(month).map(Self::Month),
            Self::YearToDate(month) => earlier(month).map(Self::YearToDate),
            Self::Quarter { year, quarter } => Month::new(year - 1, 1).map(|_| Self::Quarter { year: year - 1, quarter }),
            Self::Year(year) => Month::new(year - 1, 1).map(|_| Self::Year(year - 1)),
        }
    }

    /// The narrowest period whose months are exactly those from `first` to `last`, if the institute reports on it.
    pub fn spanning(first: Month, last: Month) -> Option<Self> {
        if first == last {
            return Some(Self::Month(first));
        }
        if first.year != last.year {
            return None;
        }
        let year = first.year;
        match (first.number, last.number) {
            (1, 13) => Some(Self::Year(year)),
            (start, end) if end <= 12 && start + 2 == end && end % 3 == 0 => Some(Self::Quarter { year, quarter: end / 3 }),
            (1, _) => Some(Self::YearToDate(last)),
            _ => None,
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Self, PeriodError> {
        read(text).ok_or_else(|| PeriodError { text: text.chars().take(40).collect() })
    }
}

fn read(text: &str) -> Option<Period> {
    let number = |digits: &str, length: usize| -> Option<u16> {
        (digits.len() == length && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
    };
    let mut parts = text.split('-');
    let year = number(parts.next()?, 4)?;
    Month::new(year, 1)?;
    let period = match (parts.next(), parts.next()) {
        (None, _) => Period::Year(year),
        (Some(part), None) => match part.strip_prefix('Q') {
            Some(quarter) => {
                Period::Quarter { year, quarter: u8::try_from(number(quarter, 1)?).ok().filter(|quarter| (1..=4).contains(quarter))? }
            }
            None => Period::Month(Month::new(year, u8::try_from(number(part, 2)?).ok()?)?),
        },
        (Some(part), Some("ytd")) => Period::YearToDate(Month::new(year, u8::try_from(number(part, 2)?).ok()?)?),
        _ => return None,
    };
    parts.next().is_none().then_some(period)
}

impl fmt::Display for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Month(month) => month.fmt(formatter),
            Self::Quarter { year, quarter } => write!(formatter, "{year:04}-Q{quarter}"),
            Self::YearToDate(month) => write!(formatter, "{month}-ytd"),
            Self::Year(year) => write!(formatter, "{year:04}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for text in ["2020", "2020-Q3", "2020-12", "2020-12-ytd", "2020-13"] {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in [
            "",
            "20",
            "2020-",
            "2020-0",
            "2020-00",
            "2020-14",
            "2020-Q0",
            "2020-Q5",
            "2020-12-YTD",
            "2020-12-ytd-",
            "2020-1",
            "1492",
            "2020-Q3-ytd",
            "２０２０",
            "2020 ",
        ] {
            assert!(text.parse::<Period>().is_err(), "{text}");
        }
    }

    #[test]
    fn month_13_belongs_to_the_year_and_to_no_quarter() {
        let closing: Period = "2020-13".parse().unwrap();
        assert!(Period::Year(2020).contains(closing));
        assert!(!"2020-Q4".parse::<Period>().unwrap().contains(closing));
        assert!(!"2020-12-ytd".parse::<Period>().unwrap().contains(closing));
        assert_eq!(Month::new(2021, 1).unwrap().previous(), Month::new(2020, 12));
        assert_eq!(Period::Year(2020).last_calendar_month().to_string(), "2020-12");
    }

    proptest! {
        #[test]
        fn an_index_names_one_month(year in 1900u16..2200, number in 1u8..=13) {
            let month = Month::new(year, number).unwrap();
            prop_assert_eq!(Month::from_index(month.index()), Some(month));
            prop_assert_eq!(Period::spanning(month, month), Some(Period::Month(month)));
        }

        #[test]
        fn containing_is_ordered(year in 1901u16..2199, quarter in 1u8..=4) {
            let whole = Period::Year(year);
            let part = Period::Quarter { year, quarter };
            prop_assert!(whole.contains(part) && whole.overlaps(part) && !part.contains(whole));
            prop_assert!(!whole.previous_year().unwrap().overlaps(part));
            prop_assert_eq!(Period::spanning(part.first_month(), part.last_month()), Some(part));
        }
    }
}
