//! The effective configuration as TOML that could be read again, each value with its origin beside it.

use super::{Origin, Setting};

/// Writes the settings; an unset key is a comment, and so is one that follows from another: it goes on following it when this is read again.
/// What no setting reads stands at the end, by name alone.
pub(super) fn to_toml(settings: &[Setting], unread: &[String]) -> String {
    let mut text = String::from("# Effective configuration; after each value, where it came from. Secrets are masked.\n");
    for setting in settings {
        text.push_str(&line(setting));
        text.push('\n');
    }
    for variable in unread {
        ["# ", variable, " is set, and no setting of this service reads it\n"].into_iter().for_each(|part| text.push_str(part));
    }
    text
}

fn line(Setting { key, values, origin, follows, list }: &Setting) -> String {
    let unset = values.is_empty() && *origin == Origin::Default;
    if unset {
        return format!("# {key} is not set");
    }
    let value = if *list {
        toml::Value::Array(values.iter().map(|value| literal(value)).collect())
    } else {
        values.first().map_or_else(|| literal(""), |value| literal(value))
    };
    match follows {
        Some(other) => format!("# {key} = {value}  follows from {other}, {origin}"),
        None => format!("{key} = {value}  # {origin}"),
    }
}

/// Whole numbers and booleans bare, all else quoted: the loader takes both.
fn literal(text: &str) -> toml::Value {
    let canonical = |number: &i64| number.to_string() == text;
    match (text, text.parse::<i64>().ok().filter(canonical)) {
        ("true", _) => toml::Value::Boolean(true),
        ("false", _) => toml::Value::Boolean(false),
        (_, Some(number)) => toml::Value::Integer(number),
        (_, None) => toml::Value::String(text.to_owned()),
    }
}
