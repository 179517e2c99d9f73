//! A batch as JSON.
//!
//! Numbers are strings: a JSON number may have passed through binary floating point on its way here, so only whole ones are taken.

use std::{collections::BTreeMap, fmt};

use piramide_contracts::{
    ledger::{FactRow, Quantity},
    types,
};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::Value;
use utoipa::ToSchema;

use super::Description;
use crate::problem::{FieldProblem, Problem};

/// The most reasons listed for one body.
const MOST_REASONS: usize = 100;

/// A batch of facts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JsonBatch {
    /// The identifier of the batch, when it shall be in the body too: the same as the Idempotency-Key.
    batch_id: Option<String>,
    /// How certain the facts are: submitted, published, reconstructed or synthetic.
    provenance: String,
    /// Who sends, 1 to 128 characters. Without it: rest.
    origin: Option<String>,
    /// Why the batch corrects facts already recorded or closed.
    reason: Option<String>,
    /// Anything to note.
    note: Option<String>,
    /// Number of rows that the source declares; another count refuses the batch.
    control_rows: Option<i64>,
    /// What becomes of amounts that do not square: refused or flagged. Without it: refused.
    squaring: Option<String>,
    /// Sums that the rows must give, by quantity, as strings.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    control_totals: Fields,
    /// The facts: `structure`, `subject`, `period`, and every quantity by its name, as a string.
    #[schema(value_type = Vec<BTreeMap<String, String>>)]
    rows: Vec<Fields>,
}

/// The fields of an object, each of which stands once: of two with one name the reader would keep the last and say nothing.
#[derive(Debug, Default)]
struct Fields(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Fields, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some((name, value)) = access.next_entry()? {
                    if fields.contains_key(&name) {
                        return Err(A::Error::custom(format!("\"{name}\" stands twice")));
                    }
                    fields.insert(name, value);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

/// Reads a body.
pub(super) fn read(body: &[u8], key: &str) -> Result<(Description, Vec<FactRow>), Problem> {
    let batch: JsonBatch = serde_json::from_slice(body).map_err(|error| Problem::syntax("BODY_MALFORMED", error.to_string()))?;
    if let Some(id) = batch.batch_id.filter(|id| id != key) {
        return Err(Problem::parameter("batch_id", format!("is \"{id}\", the Idempotency-Key is \"{key}\": they name the same batch")));
    }
    let mut errors = Vec::new();
    let mut control_totals = BTreeMap::new();
    for (name, value) in batch.control_totals.0 {
        match number(&value) {
            Ok(Some(text)) => drop(control_totals.insert(name, text)),
            Ok(None) => {}
            Err(detail) => errors.push(FieldProblem { line: None, column: format!("control.{name}"), detail }),
        }
    }
    let rows: Vec<_> = (1..).zip(batch.rows).filter_map(|(line, fields)| row(line, fields, &mut errors)).collect();
    if let Some(first) = errors.first() {
        let place = first.line.map_or_else(String::new, |line| format!("row {line}, "));
        let detail = format!("{} places cannot be read, the first: {place}{}: {}", errors.len(), first.column, first.detail);
        errors.truncate(MOST_REASONS);
        return Err(Problem::new(http::StatusCode::UNPROCESSABLE_ENTITY, "ROW_MALFORMED", detail).listing(errors));
    }
    let description = Description {
        provenance: Some(batch.provenance),
        origin: batch.origin,
        reason: batch.reason,
        note: batch.note,
        control_rows: batch.control_rows,
        control_totals,
        squaring: batch.squaring,
    };
    Ok((description, rows))
}

fn row(line: i32, fields: Fields, errors: &mut Vec<FieldProblem>) -> Option<FactRow> {
    let before = errors.len();
    let mut refuse = |column: &str, detail: String| {
        errors.push(FieldProblem { line: u64::try_from(line).ok(), column: column.to_owned(), detail });
    };
    let mut keys = BTreeMap::new();
    let mut quantities = Vec::new();
    for (name, value) in fields.0 {
        if matches!(name.as_str(), "structure" | "subject" | "period") {
            if let Value::String(text) = value {
                keys.insert(name, text);
            } else {
                refuse(&name, format!("{value} is not a string"));
            }
            continue;
        }
        match number(&value) {
            Ok(Some(value)) => quantities.push(Quantity { name, value: Some(types::Decimal { value }) }),
            Ok(None) => {}
            Err(detail) => refuse(&name, detail),
        }
    }
    let mut key = |name: &str| {
        keys.remove(name).unwrap_or_else(|| {
            refuse(name, "is missing".to_owned());
            String::new()
        })
    };
    let (structure_code, subject_code, period) = (key("structure"), key("subject"), key("period"));
    let whole = errors.len() == before;
    whole.then_some(FactRow { line, structure_code, subject_code, period: Some(types::Period { value: period }), quantities })
}

/// The text of a number; none for null or an empty string, which are missing. The service judges the text.
fn number(value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok((!text.is_empty()).then(|| text.clone())),
        Value::Number(number) if number.is_i64() || number.is_u64() => Ok(Some(number.to_string())),
        Value::Number(number) => Err(format!("{number} is a JSON number with a fraction or an exponent: send it as a string")),
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => Err("is not a number: send it as a string".to_owned()),
    }
}
