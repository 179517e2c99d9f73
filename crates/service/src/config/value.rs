//! Kinds of value that the options share: durations and addresses with secrets.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// An address that may hold a password. It shows itself masked everywhere except where it is explicitly exposed.
#[derive(Clone, PartialEq, Eq)]
pub struct MaskedUrl(String);

impl MaskedUrl {
    /// The address as written, password included: for the driver that opens it and nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for MaskedUrl {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for MaskedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

impl fmt::Debug for MaskedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", mask(&self.0))
    }
}

/// What stands where a secret was.
pub(super) const MASK: &str = "***";

/// Parameters whose value is a secret, in the query of a URL or in a `key=value` list.
const SECRET_PARAMETERS: [&str; 3] = ["password=", "secret=", "token="];

/// The text with passwords of URLs and of `password=` parameters replaced by `***`.
pub(super) fn mask(text: &str) -> String {
    let mut masked = mask_user_information(text);
    for parameter in SECRET_PARAMETERS {
        masked = mask_parameter(&masked, parameter);
    }
    masked
}

/// `scheme://user:secret@host` becomes `scheme://user:***@host`. A password with `/` or `@` in it is masked whole.
fn mask_user_information(text: &str) -> String {
    let parts = text
        .split_once("://")
        .and_then(|(scheme, rest)| rest.rsplit_once('@').map(|(user, host)| (scheme, user, host)))
        .and_then(|(scheme, user, host)| user.split_once(':').map(|(name, _)| (scheme, name, host)));
    match parts {
        Some((scheme, name, host)) => format!("{scheme}://{name}:{MASK}@{host}"),
        None => text.to_owned(),
    }
}

fn mask_parameter(text: &str, parameter: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    while let Some(found) = lower.get(from..).and_then(|rest| rest.find(parameter)) {
        let value = from + found + parameter.len();
        let rest = text.get(value..).unwrap_or_default();
        let length = rest.find(|c: char| c == '&' || c.is_whitespace()).unwrap_or(rest.len());
        masked.push_str(text.get(from..value).unwrap_or_default());
        masked.push_str(MASK);
        from = value + length;
    }
    masked.push_str(text.get(from..).unwrap_or_default());
    masked
}

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a whole number followed by ms, s, m or h, such as 250ms or 2s")]
pub struct NotADuration(String);

/// Reads a duration such as `250ms`, `2s`, `5m` or `1h`.
///
/// # Errors
///
/// [`NotADuration`] if the unit is missing or the number is not whole.
pub fn duration(text: &str) -> Result<Duration, NotADuration> {
    let refused = || NotADuration(text.to_owned());
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u32 = number.parse().map_err(|_| refused())?;
    let number = u64::from(number);
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_mins(number)),
        "h" => Ok(Duration::from_hours(number)),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_mask(text: &str, expected: &str) {
        let url: MaskedUrl = text.parse().unwrap();
        assert_eq!(url.to_string(), expected);
        assert_eq!(format!("{url:?}"), format!("{expected:?}"));
        assert_eq!(url.expose(), text);
    }

    #[test]
    fn no_password_is_shown() {
        check_mask("sqlite:production.db", "sqlite:production.db");
        check_mask("postgres://anna@db/piramide", "postgres://anna@db/piramide");
        check_mask("postgres://anna:s3cret@db:5432/piramide", "postgres://anna:***@db:5432/piramide");
        check_mask("postgres://anna:p/w@x@db/piramide", "postgres://anna:***@db/piramide");
        check_mask("postgres://db/p?user=anna&password=s3cret&sslmode=require", "postgres://db/p?user=anna&password=***&sslmode=require");
        check_mask("host=db PASSWORD=s3cret sslpassword=other dbname=p", "host=db PASSWORD=*** sslpassword=*** dbname=p");
    }

    #[track_caller]
    fn check_duration(text: &str, expected: Option<Duration>) {
        assert_eq!(duration(text).ok(), expected, "{text:?}");
    }

    #[test]
    fn durations_need_a_unit() {
        check_duration("250ms", Some(Duration::from_millis(250)));
        check_duration("2s", Some(Duration::from_secs(2)));
        check_duration("5m", Some(Duration::from_mins(5)));
        check_duration("1h", Some(Duration::from_hours(1)));
        for refused in ["", "5", "s", "1.5s", "-1s", "1 s", "2S", "99999999999s", "5è"] {
            check_duration(refused, None);
        }
    }
}
