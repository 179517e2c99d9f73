//! Contract messages from and to `measure` types.
//!
//! Into a message always works. Out of a message is the border of a service: every way the message can be wrong is an
//! [`Invalid`] that names the field.

mod explanation;
mod result;

use piramide_measure::{Direction, Exact, Period, Provenance};

pub use crate::convert::explanation::explanation_nodes;
use crate::types::{self, as_of::At};

/// Most digits in a part of a fraction: far above what any figure needs, so that no message can make a service compute for ever.
const MOST_DIGITS: usize = 4_000;

/// A field of a message that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {cause}")]
pub struct Invalid {
    /// The path of the field: `results.3.actual`.
    pub field: String,
    /// What is wrong with it.
    pub cause: String,
}

impl Invalid {
    /// An invalid field.
    pub fn new(field: impl Into<String>, cause: impl std::fmt::Display) -> Self {
        Self { field: field.into(), cause: format!("{cause}") }
    }

    /// The same, inside another field.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        Self { field: format!("{outer}.{}", self.field), cause: self.cause }
    }
}

impl From<&Exact> for types::Exact {
    fn from(value: &Exact) -> Self {
        Self { numerator: value.numerator_text(), denominator: value.denominator_text() }
    }
}

impl From<Exact> for types::Exact {
    fn from(value: Exact) -> Self {
        Self::from(&value)
    }
}

/// The exact number in a field.
///
/// # Errors
///
/// When a part is not a whole number, is absurdly long, or the denominator is not positive.
pub fn exact(field: &str, message: &types::Exact) -> Result<Exact, Invalid> {
    Exact::from_fraction_text(&message.numerator, &message.denominator, MOST_DIGITS)
        .ok_or_else(|| Invalid::new(field, "is not a fraction of whole numbers with a positive denominator"))
}

/// The exact number in a field that may be absent.
///
/// # Errors
///
/// As [`exact`].
pub fn optional_exact(field: &str, message: Option<&types::Exact>) -> Result<Option<Exact>, Invalid> {
    message.map(|message| exact(field, message)).transpose()
}

impl From<Period> for types::Period {
    fn from(period: Period) -> Self {
        Self { value: period.to_string() }
    }
}

/// The period in a field.
///
/// # Errors
///
/// When it is absent or not in one of the forms of a period.
pub fn period(field: &str, message: Option<&types::Period>) -> Result<Period, Invalid> {
    let message = message.ok_or_else(|| Invalid::new(field, "is required: write 2020, 2020-Q3, 2020-12, 2020-12-ytd or 2020-13"))?;
    message.value.parse().map_err(|error| Invalid::new(field, error))
}

impl From<Provenance> for types::Provenance {
    fn from(provenance: Provenance) -> Self {
        match provenance {
            Provenance::Submitted => Self::Submitted,
            Provenance::Published => Self::Published,
            Provenance::Reconstructed => Self::Reconstructed,
            Provenance::Synthetic => Self::Synthetic,
        }
    }
}

/// The provenance in a field; `None` when unspecified. Numbers that this version does not know are refused, not defaulted.
///
/// # Errors
///
/// When the number stands for no provenance.
pub fn provenance(field: &str, number: i32) -> Result<Option<Provenance>, Invalid> {
    match types::Provenance::try_from(number) {
        Ok(types::Provenance::Unspecified) => Ok(None),
        Ok(types::Provenance::Submitted) => Ok(Some(Provenance::Submitted)),
        Ok(types::Provenance::Published) => Ok(Some(Provenance::Published)),
        Ok(types::Provenance::Reconstructed) => Ok(Some(Provenance::Reconstructed)),
        Ok(types::Provenance::Synthetic) => Ok(Some(Provenance::Synthetic)),
        Err(_) => Err(Invalid::new(field, format!("{number} is not a provenance"))),
    }
}

/// The number that stands for a provenance, or for none.
pub fn provenance_number(provenance: Option<Provenance>) -> i32 {
    provenance.map_or(types::Provenance::Unspecified, types::Provenance::from).into()
}

impl From<Direction> for types::Direction {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::HigherIsBetter => Self::HigherIsBetter,
            Direction::LowerIsBetter => Self::LowerIsBetter,
        }
    }
}

/// The direction in a field.
///
/// # Errors
///
/// When it is unspecified or unknown.
pub fn direction(field: &str, number: i32) -> Result<Direction, Invalid> {
    match types::Direction::try_from(number) {
        Ok(types::Direction::HigherIsBetter) => Ok(Direction::HigherIsBetter),
        Ok(types::Direction::LowerIsBetter) => Ok(Direction::LowerIsBetter),
        Ok(types::Direction::Unspecified) | Err(_) => Err(Invalid::new(field, format!("{number} is not a direction"))),
    }
}

/// A point of knowledge as people write it: a moment where the text begins like one, with a date, a `T` (or `t`, or a blank) and a time,
/// else the name of a closing. `2020-T4` and `2020-12-31` are names.
///
/// # Errors
///
/// When the text begins like a moment and is none, or does not say its zone.
pub fn as_of(field: &str, text: &str) -> Result<types::AsOf, Invalid> {
    let begins_like_a_moment = text.len() > 10
        && text.bytes().take(11).enumerate().all(|(position, byte)| match position {
            4 | 7 => byte == b'-',
            10 => matches!(byte, b'T' | b't' | b' '),
            _ => byte.is_ascii_digit(),
        });
    if !begins_like_a_moment {
        return Ok(types::AsOf { at: Some(At::Closing(text.to_owned())) });
    }
    let has_zone = text.get(11..).is_some_and(|clock| clock.ends_with(['Z', 'z']) || clock.contains(['+', '-']));
    let moment = has_zone.then(|| text.parse().ok()).flatten();
    let moment = moment.ok_or_else(|| Invalid::new(field, "is not a moment: write 2021-03-31T12:00:00Z, or the name of a closing"))?;
    Ok(types::AsOf { at: Some(At::Moment(moment)) })
}

/// A moment kept as microseconds since 1970 in UTC.
pub fn timestamp(micros: i64) -> prost_types::Timestamp {
    let nanos = i32::try_from(micros.rem_euclid(1_000_000) * 1_000).unwrap_or_default();
    prost_types::Timestamp { seconds: micros.div_euclid(1_000_000), nanos }
}

/// Microseconds since 1970 in UTC; the nanoseconds below them are dropped, so a moment never moves forward.
pub fn micros(moment: &prost_types::Timestamp) -> i64 {
    moment.seconds.saturating_mul(1_000_000).saturating_add(i64::from(moment.nanos) / 1_000)
}

/// Bytes as hexadecimal digits, as hashes travel.
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use prost_types::Timestamp;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&At>) {
        assert_eq!(as_of("as_of", text).ok().map(|as_of| as_of.at.unwrap()).as_ref(), expected, "{text}");
    }

    #[test]
    fn a_point_of_knowledge_is_a_moment_or_a_closing() {
        let moment = |seconds, nanos| At::Moment(Timestamp { seconds, nanos });
        check("2020-12-31T23:59:59Z", Some(&moment(1_609_459_199, 0)));
        check("2020-12-31t23:59:59z", Some(&moment(1_609_459_199, 0)));
        check("2021-01-01T00:59:59.5+01:00", Some(&moment(1_609_459_199, 500_000_000)));
        for name in ["2020-IV", "2020-T4", "2020-12-31", "2020-12-31-Terza", "Trimestre", "T"] {
            check(name, Some(&At::Closing(name.into())));
        }
        for refused in ["2020-12-31T23:59:59", "2020-12-31T23:59:59 01:00", "2020-13-31T23:59:59Z", "2020-12-31Tnoon", "2020-12-31T"] {
            check(refused, None);
        }
    }
}
