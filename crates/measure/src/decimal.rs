//! The one grammar of numbers that come in, and the one rounding of numbers that are shown.
//!
//! Decimals cross every border as text. The grammar is strict because numbers written in another dialect (a decimal comma, an
//! exponent, a thousands separator) would otherwise be read as something else without anyone noticing.

use rust_decimal::{Decimal, RoundingStrategy};

/// Most digits a number may have: what 96 bits hold with certainty.
pub const MAX_DIGITS: usize = 28;

/// Why a text is not a number of this system.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Nothing was written.
    #[error("the number is empty")]
    Empty,
    /// The text does not follow the grammar.
    #[error("\"{text}\" is not a number: write an optional minus, digits, and at most one point with digits after it")]
    Malformed {
        /// What was written.
        text: String,
    },
    /// The text reads like an Italian decimal.
    #[error("\"{text}\" looks like an Italian decimal: write {suggestion}, or declare Italian numbers")]
    ItalianDecimal {
        /// What was written.
        text: String,
        /// The same number in this grammar.
        suggestion: String,
    },
    /// More digits than can be kept.
    #[error("\"{text}\" has {digits} digits, at most {MAX_DIGITS} can be kept")]
    TooLong {
        /// What was written.
        text: String,
        /// How many digits it has.
        digits: usize,
    },
    /// More digits after the point than the quantity has.
    #[error("\"{text}\" has {digits} digits after the point, at most {allowed} are allowed here")]
    TooPrecise {
        /// What was written.
        text: String,
        /// Digits after the point.
        digits: usize,
        /// Digits allowed.
        allowed: u32,
    },
    /// The number in minor units does not fit 64 bits.
    #[error("\"{text}\" is out of range: with {scale} digits after the point it must fit 64 bits")]
    OutOfRange {
        /// What was written.
        text: String,
        /// Digits after the point of the quantity.
        scale: u32,
    },
}

/// Reads a number: `-?[0-9]+(\.[0-9]+)?`, ASCII digits only, at most [`MAX_DIGITS`] of them. Minus zero is zero.
///
/// # Errors
///
/// A [`DecimalError`] that says what is wrong; an Italian decimal gets a suggestion.
pub fn parse(text: &str) -> Result<Decimal, DecimalError> {
    if text.is_empty() {
        return Err(DecimalError::Empty);
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits_only = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits_only(whole) || fraction.is_some_and(|fraction| !digits_only(fraction)) {
        return Err(match italian(text) {
            Some(suggestion) => DecimalError::ItalianDecimal { text: shortened(text), suggestion },
            None => DecimalError::Malformed { text: shortened(text) },
        });
    }
    let digits = whole.trim_start_matches('0').len() + fraction.map_or(0, str::len);
    if digits > MAX_DIGITS {
        return Err(DecimalError::TooLong { text: shortened(text), digits });
    }
    // The grammar is checked above; the library's own parser then cannot meet anything it reads differently.
    let value: Decimal = text.parse().map_err(|_| DecimalError::Malformed { text: shortened(text) })?;
    Ok(if value.is_zero() { Decimal::ZERO } else { value })
}

/// Reads a number as an Italian writes it: `1.234,56`. Points must separate groups of three digits.
///
/// # Errors
///
/// As [`parse`], about the text as written.
pub fn parse_italian(text: &str) -> Result<Decimal, DecimalError> {
    match italian(text) {
        Some(plain) => parse(&plain),
        None if text.is_empty() => Err(DecimalError::Empty),
        None => Err(DecimalError::Malformed { text: shortened(text) }),
    }
}

/// Reads a number as a count of minor units: `12.5` with scale 2 is 1250.
///
/// # Errors
///
/// As [`parse`]; also when there are more than `scale` significant digits after the point, or the result misses 64 bits.
pub fn parse_minor_units(text: &str, scale: u32) -> Result<i64, DecimalError> {
    match plain_minor_units(text, scale) {
        Some(units) => Ok(units),
        None => minor_units(parse(text)?, scale),
    }
}

/// What nearly all numbers are, read from their digits: short enough for 64 bits whatever the digits, and no more of them after the point
/// than the scale has. Anything else, right or wrong, is for the decimal to say.
fn plain_minor_units(text: &str, scale: u32) -> Option<i64> {
    /// With so many nines it still fits.
    const MOST: usize = 18;
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let zeros = usize::try_from(scale).ok()?.checked_sub(fraction.len())?;
    if whole.is_empty() || unsigned.ends_with('.') || whole.len() + fraction.len() + zeros > MOST {
        return None;
    }
    let mut units: i64 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        units = units * 10 + i64::from(digit);
    }
    units *= 10i64.pow(u32::try_from(zeros).ok()?);
    Some(if unsigned.len() < text.len() { -units } else { units })
}

/// A decimal as a count of minor units: 12.5 with scale 2 is 1250.
///
/// # Errors
///
/// When there are more than `scale` significant digits after the point, or the result misses 64 bits.
pub fn minor_units(value: Decimal, scale: u32) -> Result<i64, DecimalError> {
    let normal = value.normalize();
    if normal.scale() > scale {
        return Err(DecimalError::TooPrecise { text: value.to_string(), digits: normal.scale() as usize, allowed: scale });
    }
    let out_of_range = || DecimalError::OutOfRange { text: value.to_string(), scale };
    let factor = 10i128.checked_pow(scale - normal.scale()).ok_or_else(out_of_range)?;
    let units = normal.mantissa().checked_mul(factor).ok_or_else(out_of_range)?;
    i64::try_from(units).map_err(|_| out_of_range())
}

/// The decimal that a count of minor units stands for: 1250 with scale 2 is 12.50.
pub fn from_minor_units(units: i64, scale: u32) -> Decimal {
    Decimal::try_from_i128_with_scale(i128::from(units), scale.min(MAX_DIGITS_SCALE)).unwrap_or_default()
}

/// The largest scale the decimal type keeps.
const MAX_DIGITS_SCALE: u32 = 28;

/// The canonical text of a decimal: no trailing zeros after the point, no minus zero.
pub fn canonical(value: Decimal) -> String {
    let normal = value.normalize();
    if normal.is_zero() { "0".to_owned() } else { normal.to_string() }
}

/// Rounds half away from zero to `digits` after the point: the only rounding of this system, used when a figure is shown.
pub fn round(value: Decimal, digits: u32) -> Decimal {
    value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// The plain form of a number in Italian dress, if it is one.
fn italian(text: &str) -> Option<String> {
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_once(',').map_or((unsigned, ""), |(whole, fraction)| (whole, fraction));
    if unsigned.contains(',') && (fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let mut groups = whole.split('.');
    let first = groups.next()?;
    let all_digits = |group: &str| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit());
    let rest: Vec<&str> = groups.collect();
    if !all_digits(first) || (!rest.is_empty() && first.len() > 3) || rest.iter().any(|group| group.len() != 3 || !all_digits(group)) {
        return None;
    }
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{first}{}{point}{fraction}", rest.concat()))
}

/// A text short enough for an error message.
fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let got = parse(text).map(canonical).map_err(|error| error.to_string());
        match (got, expected) {
            (Ok(got), Ok(expected)) => assert_eq!(got, expected),
            (Err(got), Err(expected)) => assert!(got.contains(expected), "{got}"),
            (got, expected) => panic!("{text:?}: {got:?} against {expected:?}"),
        }
    }

    #[test]
    fn one_strict_grammar() {
        check("0", Ok("0"));
        check("-0", Ok("0"));
        check("-0.00", Ok("0"));
        check("12.50", Ok("12.5"));
        check("0007", Ok("7"));
        check("9999999999999999999999999999", Ok("9999999999999999999999999999"));
        check("", Err("empty"));
        check("1e3", Err("not a number"));
        check("NaN", Err("not a number"));
        check("+1", Err("not a number"));
        check(".5", Err("not a number"));
        check("5.", Err("not a number"));
        check(" 5", Err("not a number"));
        check("1_000", Err("not a number"));
        check("٣", Err("not a number"));
        check("12,5", Err("write 12.5"));
        check("1.234,56", Err("write 1234.56"));
        check("99999999999999999999999999999", Err("29 digits"));
        check("1.00000000000000000000000000000trailing", Err("not a number"));
    }

    #[test]
    fn italian_numbers_only_where_declared() {
        assert_eq!(parse_italian("1.234,56").map(canonical), Ok("1234.56".to_owned()));
        assert_eq!(parse_italian("-12").map(canonical), Ok("-12".to_owned()));
        assert!(parse_italian("12.34").is_err());
        assert!(parse_italian("1.2345").is_err());
        assert!(parse_italian("1,").is_err());
    }

    #[test]
    fn minor_units_refuse_what_they_cannot_hold() {
        assert_eq!(parse_minor_units("12.5", 2), Ok(1250));
        assert_eq!(parse_minor_units("12.500", 2), Ok(1250));
        assert!(matches!(parse_minor_units("12.555", 2), Err(DecimalError::TooPrecise { digits: 3, allowed: 2, .. })));
        assert!(matches!(parse_minor_units("92233720368547758.08", 2), Err(DecimalError::OutOfRange { .. })));
        assert_eq!(parse_minor_units("-92233720368547758.08", 2), Ok(i64::MIN));
        assert_eq!(canonical(from_minor_units(-1250, 2)), "-12.5");
    }

    /// Whatever is read from the digits alone is what the decimal says.
    #[test]
    fn minor_units_are_those_of_the_decimal() {
        let wholes =
            ["", "0", "7", "007", "-0", "-12", "-", "--1", "+1", "123456789012", "9223372036854", "9223372036854775807", "1,5", "1 "];
        let fractions = ["", ".", ".0", ".5", ".50", ".05", ".1234", ".12345", ".000000", ".5.", ".-5", ".5,"];
        for text in wholes.iter().flat_map(|whole| fractions.iter().map(move |fraction| format!("{whole}{fraction}"))) {
            for scale in [0, 1, 2, 4, 18, 28] {
                let expected = parse(&text).and_then(|value| minor_units(value, scale));
                assert_eq!(parse_minor_units(&text, scale), expected, "{text:?} with {scale}");
            }
        }
        assert_eq!(plain_minor_units("-12.5", 4), Some(-125_000));
    }

    #[test]
    fn halves_go_away_from_zero() {
        for (text, digits, expected) in
            [("0.5", 0, "1"), ("-0.5", 0, "-1"), ("1.005", 2, "1.01"), ("-1.005", 2, "-1.01"), ("2.5", 0, "3"), ("1.0049", 2, "1")]
        {
            assert_eq!(canonical(round(parse(text).unwrap(), digits)), expected, "{text}");
        }
    }
}
