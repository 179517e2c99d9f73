//! The published results that come with the program (*consuntivi pubblicati*): what brings a new system to life.
//!
//! Each year is a folder of `actuals/` with one CSV per batch and `batches.toml`, which lists them in the order of recording with
//! their source and their control totals.

use std::{collections::BTreeMap, path::PathBuf};

use piramide_contracts::{
    domains::{self, Domain},
    ledger::{BatchHeader, FactRow, Quantity},
    table::{self, Dialect},
    types,
};
use piramide_measure::Provenance;
use serde::Deserialize;

use crate::failure::Failure;

/// Every file by its path below `actuals/`.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/actuals.rs"));

/// Who sends them: the institute itself, in print.
const ORIGIN: &str = "INPS";

/// A batch ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Where it goes.
    pub domain: Domain,
    /// What it is.
    pub header: BatchHeader,
    /// Its rows.
    pub rows: Vec<FactRow>,
}

/// `batches.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    batch: Vec<Entry>,
}

/// One batch of the list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    domain: String,
    id: String,
    provenance: String,
    note: String,
    rows: i64,
    #[serde(default)]
    totals: BTreeMap<String, String>,
}

/// The years for which there are results.
pub fn years() -> Vec<&'static str> {
    FILES.iter().filter_map(|(path, _)| path.strip_suffix("/batches.toml")).collect()
}

/// The batches of a year, in the order of recording.
///
/// # Errors
///
/// When there are none for the year, or the program was built with files that cannot be read.
pub fn of_year(year: &str) -> Result<Vec<Batch>, Failure> {
    let path = format!("{year}/batches.toml");
    let Some(list) = file(&path) else {
        return Err(Failure::Usage { what: format!("there are no bundled results of {year}, only of {}", years().join(", ")) });
    };
    let broken = |what: String| Failure::Broken { what: format!("actuals/{path}: {what}") };
    let text = std::str::from_utf8(list).map_err(|error| broken(error.to_string()))?;
    let list: List = toml::from_str(text).map_err(|error| broken(error.to_string()))?;
    list.batch.into_iter().map(|entry| batch(year, entry)).collect()
}

fn file(path: &str) -> Option<&'static [u8]> {
    FILES.iter().find(|(name, _)| *name == path).map(|(_, bytes)| *bytes)
}

fn batch(year: &str, entry: Entry) -> Result<Batch, Failure> {
    let path = format!("{year}/{}", entry.file);
    let broken = |what: String| Failure::Broken { what: format!("actuals/{path}: {what}") };
    let domain = domains::named(&entry.domain).ok_or_else(|| broken(format!("\"{}\" is not a domain", entry.domain)))?;
    let subject = domain.subject.ok_or_else(|| broken(format!("{} keeps no facts", domain.name)))?;
    let provenance: Provenance = entry.provenance.parse().map_err(|error| broken(format!("{error}")))?;
    let bytes = file(&path).ok_or_else(|| broken("the file is not there".to_owned()))?;
    let rows = table::read(bytes, subject, Dialect::Plain).map_err(|errors| Failure::Table { path: PathBuf::from(&path), errors })?;
    let total = |(name, value): (String, String)| Quantity { name, value: Some(types::Decimal { value }) };
    let header = BatchHeader {
        batch_id: entry.id,
        origin: ORIGIN.to_owned(),
        provenance: types::Provenance::from(provenance).into(),
        reason: String::new(),
        note: entry.note,
        control_totals: entry.totals.into_iter().map(total).collect(),
        control_rows: Some(entry.rows),
    };
    Ok(Batch { domain, header, rows })
}
