//! The words of the scenarios: sentences with holes, Italian numbers, Italian names of columns.

use piramide_measure::Exact;

/// What stands in the holes (`{}`) of a sentence, if the text is that sentence.
pub(crate) fn holes(sentence: &str, text: &str) -> Option<Vec<String>> {
    let mut parts = sentence.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let parts: Vec<&str> = parts.collect();
    for (place, part) in parts.iter().enumerate() {
        let last = place + 1 == parts.len();
        let end = if last { rest.strip_suffix(part)?.len() } else { rest.find(part)? };
        let (hole, after) = rest.split_at_checked(end)?;
        found.push(hole.to_owned());
        rest = after.strip_prefix(part)?;
    }
    rest.is_empty().then_some(found)
}

/// A number as an Italian writes it, and how many digits it has after the comma.
pub(crate) fn number(text: &str) -> Result<(Exact, u32), String> {
    let plain = plain(text);
    let digits = plain.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let value = Exact::parse(&plain).map_err(|error| format!("\"{text}\" is not a number: {error}"))?;
    Ok((value, u32::try_from(digits).unwrap_or(0)))
}

/// The same with a point, as contracts take it.
pub(crate) fn plain(text: &str) -> String {
    text.replace(',', ".")
}

/// The domain of an Italian name.
pub(crate) fn domain(name: &str) -> Result<&'static str, String> {
    match name {
        "produzione" => Ok("production"),
        "qualità" => Ok("quality"),
        "finanza" => Ok("finance"),
        "personale" => Ok("workforce"),
        other => Err(format!("\"{other}\" is no domain: produzione, qualità, finanza, personale")),
    }
}

/// The provenance of an Italian name.
pub(crate) fn provenance(name: &str) -> Result<&'static str, String> {
    match name {
        "osservata" => Ok("submitted"),
        "pubblicata" => Ok("published"),
        "ricostruita" => Ok("reconstructed"),
        "sintetica" => Ok("synthetic"),
        other => Err(format!("\"{other}\" is no provenance: osservata, pubblicata, ricostruita, sintetica")),
    }
}

/// How a quantity changed after a closing, by its Italian name.
pub(crate) fn kind_of_change(name: &str) -> Result<&'static str, String> {
    match name {
        "rettificato" => Ok("restated"),
        "registrato dopo" => Ok("late"),
        "sostituito" => Ok("displaced"),
        other => Err(format!("\"{other}\" is no kind of change: rettificato, registrato dopo, sostituito")),
    }
}

/// The column of an Italian name.
pub(crate) fn column(name: &str) -> Result<&'static str, String> {
    const COLUMNS: [(&str, &str); 21] = [
        ("sede", "structure"),
        ("periodo", "period"),
        ("misura", "measure"),
        ("prodotto", "product"),
        ("voce", "item"),
        ("numeratore", "numerator"),
        ("denominatore", "denominator"),
        ("voto 1", "mark_1"),
        ("voto 2", "mark_2"),
        ("voto 3", "mark_3"),
        ("voto 4", "mark_4"),
        ("voto 5", "mark_5"),
        ("voto 6", "mark_6"),
        ("importo", "amount"),
        ("valore", "value"),
        ("pervenuto", "received"),
        ("definito", "completed"),
        ("giacenza iniziale", "opening_backlog"),
        ("giacenza finale", "closing_backlog"),
        ("trasferito in entrata", "transferred_in"),
        ("trasferito in uscita", "transferred_out"),
    ];
    let found = COLUMNS.iter().find(|(italian, _)| *italian == name).map(|(_, column)| *column);
    found.ok_or_else(|| format!("\"{name}\" is no column: {}", COLUMNS.map(|(italian, _)| italian).join(", ")))
}

#[test]
fn sentences_have_holes() {
    let check = |sentence, text: &str, expected: Option<&[&str]>| {
        assert_eq!(holes(sentence, text), expected.map(|holes| holes.iter().map(|hole| (*hole).to_owned()).collect()), "{text}");
    };
    check("per la {} nel {} vale {}", "per la sede A nel 2021 vale 3,5", Some(&["sede A", "2021", "3,5"]));
    check("per la {} nel {} vale {}", "per la sede A vale 3", None);
    check("è rifiutato per \"{}\"", "è rifiutato per \"X\"", Some(&["X"]));
    check("è accettato", "è accettato", Some(&[]));
    check("è accettato", "è accettato!", None);
}
