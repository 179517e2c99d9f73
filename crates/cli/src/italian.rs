//! Numbers and moments as an Italian reads them.

use piramide_contracts::{convert, convert::Invalid, types};
use piramide_measure::Unit;

/// What stands for a missing number.
pub const MISSING: &str = "—";

/// Digits after the comma of deviations, scores, weights and coverage.
const DIGITS: u32 = 2;

/// A number with points between thousands and a decimal comma, from its plain text: -1234.5 is -1.234,5.
pub fn number(plain: &str) -> String {
    let (sign, unsigned) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut grouped = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    fraction.map_or_else(|| format!("{sign}{grouped}"), |fraction| format!("{sign}{grouped},{fraction}"))
}

/// A count.
pub fn count(count: i64) -> String {
    number(&count.to_string())
}

/// A measure with the digits and the symbol of its unit; a dash when missing.
///
/// # Errors
///
/// When the number is not one.
pub fn measure(field: &str, value: Option<&types::Exact>, unit: &str) -> Result<String, Invalid> {
    let Some(value) = convert::optional_exact(field, value)? else {
        return Ok(MISSING.to_owned());
    };
    // A unit of a newer service is shown by its code.
    Ok(match unit.parse::<Unit>() {
        Ok(unit) => format!("{} {}", number(&value.rounded(unit.digits())), unit.symbol()).trim_end().to_owned(),
        Err(_) => format!("{} {unit}", number(&value.rounded(DIGITS))).trim_end().to_owned(),
    })
}

/// A deviation, score, weight or coverage; a dash when missing.
///
/// # Errors
///
/// When the number is not one.
pub fn hundredths(field: &str, value: Option<&types::Exact>) -> Result<String, Invalid> {
    let value = convert::optional_exact(field, value)?;
    Ok(value.map_or_else(|| MISSING.to_owned(), |value| number(&value.rounded(DIGITS))))
}

/// A deviation with what it counts: `69,95 %`, `-3.000,00 €`; a dash when missing. Where the service does not say, it is a bare number.
///
/// # Errors
///
/// When the number is not one.
pub fn deviation(field: &str, value: Option<&types::Exact>, unit: &str) -> Result<String, Invalid> {
    let shown = hundredths(field, value)?;
    // A unit of a newer service is shown by its code.
    let symbol = match unit.parse::<Unit>() {
        Ok(unit) => unit.symbol(),
        Err(_) => unit,
    };
    Ok(if shown == MISSING { shown } else { format!("{shown} {symbol}").trim_end().to_owned() })
}

/// A note of the plan without the marks of emphasis that its authors write.
pub fn note(text: &str) -> String {
    text.replace("**", "")
}

/// A moment: 31/12/2020 23:59 UTC.
pub fn moment(moment: Option<&prost_types::Timestamp>) -> String {
    let Some(text) = moment.map(ToString::to_string) else {
        return MISSING.to_owned();
    };
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    format!("{}/{}/{} {} UTC", part(8..10), part(5..7), part(0..4), part(11..16))
}

#[cfg(test)]
mod tests {
    use piramide_measure::Exact;

    use super::*;

    #[test]
    fn numbers_have_points_between_thousands_and_a_decimal_comma() {
        for (plain, italian) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1.000"),
            ("-123456", "-123.456"),
            ("1234567.89", "1.234.567,89"),
            ("-0.50", "-0,50"),
            ("24876384", "24.876.384"),
        ] {
            assert_eq!(number(plain), italian);
        }
    }

    #[test]
    fn measures_follow_their_unit() {
        let value = types::Exact::from(Exact::parse("10820285247.005").unwrap());
        let shown = |unit: &str| measure("f", Some(&value), unit).unwrap();
        assert_eq!(shown("euro"), "10.820.285.247,01 €");
        assert_eq!(shown("days"), "10.820.285.247 giorni");
        assert_eq!(shown("ratio"), "10.820.285.247,01");
        assert_eq!(shown("furlongs"), "10.820.285.247,01 furlongs");
        assert_eq!(measure("f", None, "euro").unwrap(), MISSING);
        assert!(measure("f", Some(&types::Exact { numerator: "x".into(), denominator: "1".into() }), "euro").is_err());
    }

    #[test]
    fn deviations_say_what_they_count() {
        let value = types::Exact::from(Exact::from(-3000));
        let shown = |unit: &str| deviation("f", Some(&value), unit).unwrap();
        assert_eq!(shown("percent"), "-3.000,00 %");
        assert_eq!(shown("euro"), "-3.000,00 €");
        assert_eq!(shown("days"), "-3.000,00 giorni");
        assert_eq!(shown(""), "-3.000,00");
        assert_eq!(deviation("f", None, "euro").unwrap(), MISSING);
    }

    #[test]
    fn notes_have_no_marks_of_emphasis() {
        assert_eq!(note("**Decisione**: pesi uguali, 2 * 3"), "Decisione: pesi uguali, 2 * 3");
    }

    #[test]
    fn moments_are_day_month_year() {
        let at = prost_types::Timestamp { seconds: 1_609_459_140, nanos: 999 };
        assert_eq!(moment(Some(&at)), "31/12/2020 23:59 UTC");
        assert_eq!(moment(None), MISSING);
    }
}
