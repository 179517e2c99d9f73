//! When an event happened, and to which month it belongs.

use std::sync::LazyLock;

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};
use piramide_domain::events::Refused;
use piramide_measure::Month;

/// Civil time of Italy by its rule, the same since 1996: an hour ahead of UTC, two from the last Sunday of March to the last of October, both
/// at one o'clock UTC. A rule needs no table that the machine may not have; whoever changes the law changes this line.
static ROME: LazyLock<TimeZone> = LazyLock::new(|| TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap_or(TimeZone::UTC));

/// A moment of seconds and nanoseconds in microseconds, and the month it belongs to, which is that of Italy's civil time.
///
/// The sender says how far civil time was ahead of UTC. **Decision**: where that is not Italy's it is taken all the same, as of a system that
/// keeps UTC, unless it names another month than Italy's: then either the moment or the difference is not what the sender means.
///
/// # Errors
///
/// `MOMENT_MALFORMED` for a moment that is missing, in no month of a plan, or in another month; `MOMENT_AHEAD` after `latest`, in microseconds.
pub(super) fn read(moment: Option<(i64, i32)>, offset_minutes: i32, latest: i64) -> Result<(i64, Month), Refused> {
    let malformed = |detail: String| Refused::new("moment", "MOMENT_MALFORMED", detail);
    let (seconds, nanos) = moment.ok_or_else(|| malformed("is required".to_owned()))?;
    if !(-840..=840).contains(&offset_minutes) {
        let detail = format!("{offset_minutes} minutes is no difference of civil time from UTC");
        return Err(Refused::new("utc_offset_minutes", "MOMENT_MALFORMED", detail));
    }
    let timestamp = Timestamp::new(seconds, nanos).map_err(|error| malformed(error.to_string()))?;
    let offset = Offset::from_seconds(offset_minutes * 60).map_err(|error| malformed(error.to_string()))?;
    let lost = || malformed(format!("{timestamp} lies in no month of a plan"));
    let said = month(timestamp, offset).ok_or_else(lost)?;
    let rome = ROME.to_offset(timestamp);
    let month = if rome == offset { said } else { month(timestamp, rome).ok_or_else(lost)? };
    if month != said {
        let detail = format!(
            "{timestamp} is in {month} in Italy, {} minutes ahead of UTC, and with {offset_minutes} minutes it would be in {said}",
            rome.seconds() / 60
        );
        return Err(Refused::new("utc_offset_minutes", "MOMENT_MALFORMED", detail));
    }
    if timestamp.as_microsecond() > latest {
        return Err(Refused::new("moment", "MOMENT_AHEAD", format!("{timestamp} lies ahead: send events once they have happened")));
    }
    Ok((timestamp.as_microsecond(), month))
}

fn month(timestamp: Timestamp, offset: Offset) -> Option<Month> {
    let civil = offset.to_datetime(timestamp);
    let (year, month) = u16::try_from(civil.year()).ok().zip(u8::try_from(civil.month()).ok())?;
    Month::new(year, month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(moment: &str, offset: i32, expected: Result<&str, &str>) {
        let timestamp: Timestamp = moment.parse().unwrap();
        let found = read(Some((timestamp.as_second(), timestamp.subsec_nanosecond())), offset, i64::MAX);
        match (found, expected) {
            (Ok((micros, month)), Ok(expected)) => {
                assert_eq!((micros, month.to_string().as_str()), (timestamp.as_microsecond(), expected), "{moment} {offset}");
            }
            (Err(refused), Err(expected)) => assert!(refused.detail.contains(expected), "{moment} {offset}: {refused}"),
            (found, expected) => panic!("{moment} {offset}: {found:?} in the place of {expected:?}"),
        }
    }

    #[test]
    fn a_moment_belongs_to_the_month_of_italy() {
        // The last millisecond of a year, and the first of the next.
        check("2021-12-31T23:59:59.999+01:00", 60, Ok("2021-12"));
        check("2022-01-01T00:00:00+01:00", 60, Ok("2022-01"));
        // A leap day, and the day after February in other years.
        check("2024-02-29T00:00:00+01:00", 60, Ok("2024-02"));
        check("2024-02-29T23:59:59.999+01:00", 60, Ok("2024-02"));
        check("2024-03-01T00:00:00+01:00", 60, Ok("2024-03"));
        check("2021-02-28T23:59:59.999+01:00", 60, Ok("2021-02"));
        // The hour that there is not, and the hour that there is twice.
        check("2021-03-28T01:59:59.999+01:00", 60, Ok("2021-03"));
        check("2021-03-28T03:00:00+02:00", 120, Ok("2021-03"));
        check("2021-10-31T02:30:00+02:00", 120, Ok("2021-10"));
        check("2021-10-31T02:30:00+01:00", 60, Ok("2021-10"));
        // A year in which summer time ends on the last day of a month, and one in which it begins on it.
        check("2021-10-31T23:59:59.999+01:00", 60, Ok("2021-10"));
        check("2024-03-31T23:30:00+02:00", 120, Ok("2024-03"));
        // Systems that keep UTC, or winter time all year.
        check("2021-06-15T12:00:00Z", 0, Ok("2021-06"));
        check("2021-06-15T12:00:00+01:00", 60, Ok("2021-06"));
    }

    #[test]
    fn a_difference_that_names_another_month_is_refused() {
        check("2021-02-28T23:30:00Z", 0, Err("is in 2021-03 in Italy, 60 minutes ahead of UTC, and with 0 minutes it would be in 2021-02"));
        check("2021-07-31T22:30:00Z", 60, Err("in 2021-08 in Italy, 120 minutes"));
        check("2021-12-31T23:00:00Z", 0, Err("in 2022-01"));
        check("2021-01-01T00:30:00+14:00", 840, Err("in 2020-12 in Italy"));
        check("2021-01-31T12:00:00-14:00", -840, Err("in 2021-02 in Italy"));
        check("2021-01-31T12:00:00Z", 841, Err("no difference"));
    }

    #[test]
    fn summer_time_is_from_the_last_sunday_of_march_to_the_last_of_october() {
        let offset = |text: &str| ROME.to_offset(text.parse().unwrap()).seconds() / 3_600;
        for (last_of_winter, last_of_summer) in [
            ("2018-03-25T00:59:59Z", "2018-10-28T00:59:59Z"),
            ("2021-03-28T00:59:59Z", "2021-10-31T00:59:59Z"),
            ("2024-03-31T00:59:59Z", "2024-10-27T00:59:59Z"),
            ("2026-03-29T00:59:59Z", "2026-10-25T00:59:59Z"),
        ] {
            let next = |text: &str| text.replace("00:59:59", "01:00:00");
            assert_eq!((offset(last_of_winter), offset(&next(last_of_winter))), (1, 2), "{last_of_winter}");
            assert_eq!((offset(last_of_summer), offset(&next(last_of_summer))), (2, 1), "{last_of_summer}");
        }
    }
}
