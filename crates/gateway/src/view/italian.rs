//! Numbers and moments as an Italian reader writes them: 1.234,56 and 23/11/2026 22:05.

use piramide_measure::{Exact, Provenance, Unit};
use prost_types::Timestamp;

/// Digits after the comma of percentages, scores and deviations.
pub(crate) const DIGITS: u32 = 2;

/// A number with so many digits after the comma, rounded half away from zero.
pub(crate) fn number(value: &Exact, digits: u32) -> String {
    dress(&value.rounded(digits))
}

/// A number with no more digits after the comma than it needs, and two at most: `40`, `12,5`.
pub(crate) fn short(value: &Exact) -> String {
    dress(&value.decimal_text(DIGITS))
}

/// A number with its sign, as a difference is written: `+7,08`, `-1,20`, `0,00`.
pub(crate) fn signed(value: &Exact) -> String {
    signed_with(value, DIGITS)
}

/// The same with so many digits: `+7`, `-1`.
pub(crate) fn signed_with(value: &Exact, digits: u32) -> String {
    let text = number(value, digits);
    let is_zero = !text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    if value.is_negative() || is_zero { text } else { format!("+{text}") }
}

/// A deviation with its sign and what it counts: `+7,08 %`, `-3.000,00 €`. Without a unit it is a bare number.
pub(crate) fn deviation(value: &Exact, unit: &str) -> String {
    // A unit of a newer service is shown by its code.
    let symbol = match unit.parse::<Unit>() {
        Ok(unit) => unit.symbol(),
        Err(_) => unit,
    };
    with_symbol(signed(value), symbol)
}

/// A number as its unit is shown, with the unit's symbol: `124,00 punti pro capite al mese`. A unit that this version does not know
/// is shown by its code.
pub(crate) fn measured(value: &Exact, unit: &str) -> String {
    let (digits, symbol) = unit.parse::<Unit>().map_or((DIGITS, unit), |unit| (unit.digits(), unit.symbol()));
    with_symbol(number(value, digits), symbol)
}

/// No break between the number and its unit.
fn with_symbol(text: String, symbol: &str) -> String {
    if symbol.is_empty() { text } else { format!("{text}\u{a0}{symbol}") }
}

/// A number that is already written, per cent: `12,5 %`, with no break between the two.
pub(crate) fn percent(number: &str) -> String {
    format!("{number}\u{a0}%")
}

/// A count: `1.234`.
pub(crate) fn count(number: impl Into<i64>) -> String {
    dress(&number.into().to_string())
}

/// A count with what is counted, named in the singular and in the plural: `1 sede`, `1.234 sedi`.
pub(crate) fn counted(number: impl Into<i64>, one: &str, several: &str) -> String {
    piramide_measure::explanation::counted(count(number), one, several)
}

/// A moment to the minute, in UTC: the services' one time zone, named so that nobody takes it for another.
pub(crate) fn moment(moment: &Timestamp) -> String {
    let text = moment.to_string();
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
    format!("{}/{}/{} {} UTC", part(8..10), part(5..7), part(0..4), part(11..16))
}

/// A note of the plan without the marks of emphasis that its authors write.
pub(crate) fn note(text: &str) -> String {
    text.replace("**", "")
}

/// A provenance, as a reader is told.
pub(crate) fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Submitted => "trasmesso",
        Provenance::Published => "pubblicato",
        Provenance::Reconstructed => "ricostruito",
        Provenance::Synthetic => "sintetico",
    }
}

/// What a fact says, by the name of its column. One that this version does not know is shown by its name.
pub(crate) fn quantity(name: &str) -> &str {
    match name {
        "received" => "pervenuto",
        "completed" => "definito",
        "completed_automatically" => "definito in automatico",
        "cancelled" => "eliminato",
        "transferred_in" => "ricevuto in sussidiarietà",
        "transferred_out" => "ceduto in sussidiarietà",
        "opening_backlog" => "giacenza iniziale",
        "closing_backlog" => "giacenza finale",
        "staff_fte" => "FTE delle aree di produzione",
        "worked_hours" => "tempo rilevato",
        "numerator" => "numeratore",
        "denominator" => "denominatore",
        "mark_1" => "risposte con voto 1",
        "mark_2" => "risposte con voto 2",
        "mark_3" => "risposte con voto 3",
        "mark_4" => "risposte con voto 4",
        "mark_5" => "risposte con voto 5",
        "amount" => "importo",
        "value" => "valore",
        other => other,
    }
}

/// Points between thousands, a comma before the rest.
fn dress(plain: &str) -> String {
    let (sign, unsigned) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut text = String::with_capacity(plain.len() + plain.len() / 3 + 1);
    text.push_str(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push(',');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(shown: &str, expected: &str) {
        assert_eq!(shown, expected);
    }

    fn exact(text: &str) -> Exact {
        Exact::parse(text).unwrap()
    }

    #[test]
    fn numbers_have_points_and_a_comma() {
        for (plain, expected) in [
            ("0", "0,00"),
            ("999.995", "1.000,00"),
            ("1234.5", "1.234,50"),
            ("-1234567.891", "-1.234.567,89"),
            ("123456", "123.456,00"),
            ("-0.004", "0,00"),
        ] {
            check(&number(&exact(plain), 2), expected);
        }
        check(&number(&exact("1234.5"), 0), "1.235");
    }

    #[test]
    fn units_bring_their_digits_and_symbol() {
        check(&measured(&exact("10820285247"), "euro"), "10.820.285.247,00\u{a0}€");
        check(&measured(&exact("57.5"), "days"), "58\u{a0}giorni");
        check(&measured(&exact("1.01"), "ratio"), "1,01");
        check(&measured(&exact("3"), "furlongs"), "3,00\u{a0}furlongs");
    }

    #[test]
    fn deviations_say_what_they_count() {
        check(&deviation(&exact("7.084"), "percent"), "+7,08\u{a0}%");
        check(&deviation(&exact("-3000"), "euro"), "-3.000,00\u{a0}€");
        check(&deviation(&exact("0.4"), "days"), "+0,40\u{a0}giorni");
        check(&deviation(&exact("-1"), "index"), "-1,00");
        check(&deviation(&exact("-1"), ""), "-1,00");
    }

    #[test]
    fn differences_show_their_sign_and_weights_no_idle_digits() {
        check(&signed(&exact("7.084")), "+7,08");
        check(&signed(&exact("-7.085")), "-7,09");
        check(&signed(&exact("0.004")), "0,00");
        check(&signed_with(&exact("30025.4"), 0), "+30.025");
        check(&signed_with(&exact("-0.4"), 0), "0");
        check(&signed(&exact("-0.004")), "0,00");
        check(&short(&exact("40")), "40");
        check(&short(&exact("12.50")), "12,5");
    }

    #[test]
    fn counts_have_points_and_the_noun_that_they_ask_for() {
        check(&count(999), "999");
        check(&count(1_234_567), "1.234.567");
        check(&counted(1, "sede", "sedi"), "1 sede");
        check(&counted(0, "sede", "sedi"), "0 sedi");
        check(&counted(1_234, "sede", "sedi"), "1.234 sedi");
        check(&percent("12,5"), "12,5\u{a0}%");
    }

    #[test]
    fn moments_name_their_zone() {
        check(&moment(&Timestamp { seconds: 1_609_459_199, nanos: 5 }), "31/12/2020 23:59 UTC");
    }
}
