//! A batch as it is sent: its description, and its rows as CSV or JSON.

mod json;

use std::collections::BTreeMap;

use axum::extract::Query;
use http::{HeaderMap, Uri, header::CONTENT_TYPE};
use piramide_contracts::{
    domains::Domain,
    ledger::{BatchHeader, FactRow, Quantity, Squaring},
    table::{self, Dialect},
    types,
};
use piramide_measure::Provenance;
use utoipa::IntoParams;

pub(super) use json::JsonBatch;

use crate::problem::Problem;

/// What begins the name of a control total.
const CONTROL: &str = "control.";
/// Who sends, when the sender does not say.
const DEFAULT_ORIGIN: &str = "rest";
/// What describes a batch: the parameter, and the header that may stand for it.
const DESCRIPTION: [(&str, &str); 6] = [
    ("provenance", "piramide-provenance"),
    ("origin", "piramide-origin"),
    ("reason", "piramide-reason"),
    ("note", "piramide-note"),
    ("control_rows", "piramide-control-rows"),
    ("squaring", "piramide-squaring"),
];

/// What describes a batch sent as CSV, in the query; read by hand, since control totals are named by quantity.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "read from the OpenAPI document only")]
pub(super) struct DescriptionParameters {
    /// How certain the facts are: submitted, published, reconstructed or synthetic. Required for CSV.
    provenance: Option<String>,
    /// Who sends, 1 to 128 characters. Without it: rest.
    origin: Option<String>,
    /// Why the batch corrects facts already recorded or closed.
    reason: Option<String>,
    /// Anything to note.
    note: Option<String>,
    /// Number of rows that the source declares; another count refuses the batch.
    control_rows: Option<i64>,
    /// What becomes of amounts that do not square: refused, or flagged, which records them and says so in the receipt's note. Without
    /// it: refused.
    squaring: Option<String>,
}

/// What a batch is, as far as it was said.
#[derive(Debug, Default, PartialEq, Eq)]
struct Description {
    provenance: Option<String>,
    origin: Option<String>,
    reason: Option<String>,
    note: Option<String>,
    control_rows: Option<i64>,
    control_totals: BTreeMap<String, String>,
    squaring: Option<String>,
}

/// What the head of a request says of the batch in its body.
#[derive(Debug)]
pub(super) struct Declared {
    batch_id: String,
    format: Format,
    description: Description,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv(Dialect),
    Json,
}

impl Declared {
    /// Reads the head of a request.
    ///
    /// # Errors
    ///
    /// When the key is missing, the format is not one that is taken, or a parameter is unknown, given twice or unreadable.
    pub(super) fn read(headers: &HeaderMap, uri: &Uri) -> Result<Self, Problem> {
        let key = text(headers, "idempotency-key")?.ok_or_else(|| {
            let detail = "the header Idempotency-Key is required: it is the identifier of the batch, and makes a retry safe";
            Problem::syntax("IDEMPOTENCY_KEY_MISSING", detail)
        })?;
        let format = format(headers)?;
        let given = given(headers, uri)?;
        if format == Format::Json
            && let Some(name) = given.keys().next()
        {
            return Err(Problem::parameter(name, "stands in the JSON object when the batch is JSON: move it there"));
        }
        Ok(Self { batch_id: key, format, description: Description::of(given)? })
    }

    /// Reads the body.
    ///
    /// # Errors
    ///
    /// Every place that cannot be read.
    pub(super) fn parse(self, domain: Domain, body: &[u8]) -> Result<(BatchHeader, Vec<FactRow>), Problem> {
        let (description, rows) = match self.format {
            Format::Csv(dialect) => {
                let rows = table::read(body, domain.subject.unwrap_or("subject"), dialect).map_err(Problem::table)?;
                (self.description, rows)
            }
            Format::Json => json::read(body, &self.batch_id)?,
        };
        Ok((description.header(self.batch_id)?, rows))
    }
}

impl Description {
    fn of(given: BTreeMap<String, String>) -> Result<Self, Problem> {
        let mut description = Self::default();
        for (name, value) in given {
            match name.as_str() {
                "provenance" => description.provenance = Some(value),
                "origin" => description.origin = Some(value),
                "reason" => description.reason = Some(value),
                "note" => description.note = Some(value),
                "squaring" => description.squaring = Some(value),
                "control_rows" => {
                    let count = value.parse().map_err(|_| Problem::parameter(&name, format!("\"{value}\" is not a whole number")))?;
                    description.control_rows = Some(count);
                }
                _ => {
                    description.control_totals.insert(name.strip_prefix(CONTROL).unwrap_or(&name).to_owned(), value);
                }
            }
        }
        Ok(description)
    }

    fn header(self, batch_id: String) -> Result<BatchHeader, Problem> {
        let provenance = self
            .provenance
            .ok_or_else(|| Problem::parameter("provenance", "is required: submitted, published, reconstructed or synthetic"))?;
        let provenance: Provenance = provenance
            .parse()
            .map_err(|error: piramide_measure::provenance::ProvenanceError| Problem::parameter("provenance", error.to_string()))?;
        let squaring = self.squaring.as_deref().map_or(Ok(Squaring::Unspecified), squaring)?;
        let total = |(name, value)| Quantity { name, value: Some(types::Decimal { value }) };
        Ok(BatchHeader {
            batch_id,
            origin: self.origin.unwrap_or_else(|| DEFAULT_ORIGIN.to_owned()),
            provenance: types::Provenance::from(provenance).into(),
            reason: self.reason.unwrap_or_default(),
            note: self.note.unwrap_or_default(),
            control_totals: self.control_totals.into_iter().map(total).collect(),
            control_rows: self.control_rows,
            squaring: squaring.into(),
        })
    }
}

fn squaring(text: &str) -> Result<Squaring, Problem> {
    match text {
        "refused" => Ok(Squaring::Refused),
        "flagged" => Ok(Squaring::Flagged),
        _ => Err(Problem::parameter("squaring", format!("\"{text}\" is neither refused nor flagged"))),
    }
}

/// The description in the query and the headers, by name.
fn given(headers: &HeaderMap, uri: &Uri) -> Result<BTreeMap<String, String>, Problem> {
    let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(|error| Problem::syntax("QUERY_MALFORMED", error.body_text()))?;
    let mut given = BTreeMap::new();
    for (name, value) in pairs.0 {
        let known =
            DESCRIPTION.iter().any(|(known, _)| *known == name) || name.strip_prefix(CONTROL).is_some_and(|quantity| !quantity.is_empty());
        if !known {
            let names: Vec<_> = DESCRIPTION.iter().map(|(name, _)| *name).collect();
            let detail = format!("unknown parameter \"{name}\": known are {}, and {CONTROL} followed by a quantity", names.join(", "));
            return Err(Problem::syntax("QUERY_MALFORMED", detail));
        }
        if given.insert(name.clone(), value).is_some() {
            return Err(Problem::parameter(&name, "is given twice"));
        }
    }
    for (name, header) in DESCRIPTION {
        if let Some(value) = text(headers, header)? {
            match given.insert(name.to_owned(), value.clone()) {
                Some(other) if other != value => {
                    return Err(Problem::parameter(
                        name,
                        format!("is \"{other}\" in the query and \"{value}\" in the header: give it once"),
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(given)
}

fn format(headers: &HeaderMap) -> Result<Format, Problem> {
    let media = text(headers, CONTENT_TYPE.as_str())?.unwrap_or_default();
    let refused = |detail: String| Problem::new(http::StatusCode::UNSUPPORTED_MEDIA_TYPE, "MEDIA_TYPE", detail);
    let mut parts = media.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let mut dialect = Dialect::Plain;
    for part in parts {
        match part.to_ascii_lowercase().replace('"', "").split_once('=') {
            Some(("dialect", "italian")) => dialect = Dialect::Italian,
            Some(("dialect", "plain") | ("charset", "utf-8") | ("header", "present")) => {}
            _ => return Err(refused(format!("\"{part}\" is not taken: write charset=utf-8, dialect=plain or dialect=italian"))),
        }
    }
    match kind.as_str() {
        "text/csv" => Ok(Format::Csv(dialect)),
        "application/json" => Ok(Format::Json),
        _ => Err(refused(format!("\"{kind}\" is not taken: send text/csv or application/json"))),
    }
}

/// How a table is written, where only CSV is taken.
///
/// # Errors
///
/// When the media type is another, or says more than this house takes.
pub(super) fn csv_dialect(headers: &HeaderMap) -> Result<Dialect, Problem> {
    match format(headers)? {
        Format::Csv(dialect) => Ok(dialect),
        Format::Json => Err(Problem::new(http::StatusCode::UNSUPPORTED_MEDIA_TYPE, "MEDIA_TYPE", "send the table as text/csv")),
    }
}

/// The text of a header; names and notes may be in UTF-8.
fn text(headers: &HeaderMap, name: &str) -> Result<Option<String>, Problem> {
    let read =
        |value: &http::HeaderValue| String::from_utf8(value.as_bytes().to_vec()).map_err(|_| Problem::parameter(name, "is not UTF-8"));
    headers.get(name).map(read).transpose()
}

#[cfg(test)]
mod tests;
