//! Numbers as people type them into a form.

use piramide_measure::decimal;

use crate::problem::Problem;

/// A number with a decimal comma or a decimal point, as services read it; nothing where the field is empty. `1.000` is a thousand to an Italian
/// and one to a program, so it is neither.
///
/// # Errors
///
/// When it is no number, or could be two.
pub(super) fn number(name: &str, text: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    match (decimal::parse_italian(text), decimal::parse(text)) {
        (Ok(italian), Ok(plain)) if italian != plain => {
            let (italian, plain) = (decimal::canonical(italian), decimal::canonical(plain));
            let detail =
                format!("\"{text}\" may be {italian} or {plain}: write it without points between thousands, and decimals after a comma");
            Err(Problem::parameter(name, detail))
        }
        (Ok(number), _) | (Err(_), Ok(number)) => Ok(Some(decimal::canonical(number))),
        (Err(_), Err(error)) => Err(Problem::parameter(name, error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let read = number("staff_fte", Some(text));
        assert_eq!(read.ok().flatten().as_deref(), expected, "{text}");
    }

    #[test]
    fn a_number_has_a_comma_or_a_point_and_one_meaning() {
        for (text, expected) in
            [("12", "12"), (" -12,5 ", "-12.5"), ("12.5", "12.5"), ("1.234,5", "1234.5"), ("0.7500", "0.75"), ("1000", "1000")]
        {
            check(text, Some(expected));
        }
        for text in ["1.000", "-1.000", "1.234.567,", "dieci", "1,2,3"] {
            check(text, None);
            assert!(number("staff_fte", Some(text)).is_err(), "{text} is refused, not ignored");
        }
        assert!(matches!(number("staff_fte", Some("  ")), Ok(None)) && matches!(number("staff_fte", None), Ok(None)));
    }
}
