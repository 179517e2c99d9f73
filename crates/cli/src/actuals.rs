//! Lists of batches: the published results that come with the program (*consuntivi pubblicati*), which bring a new system to life, and
//! those of a folder, such as a reconstructed year.
//!
//! A list is `batches.toml` beside one CSV per batch: the batches in the order of recording, with their source and their control totals.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use piramide_contracts::{
    batch::Messages,
    domains::{self, Domain},
    ledger::{BatchHeader, Quantity, Squaring, SubmitBatchRequest},
    table::{self, Dialect},
    types,
};
use piramide_measure::Provenance;
use serde::Deserialize;

use crate::failure::Failure;

/// Every file by its path below `actuals/`.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/actuals.rs"));

/// A batch ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Where it goes.
    pub domain: Domain,
    /// The identifier that its sender chose.
    pub id: String,
    /// How many rows it has.
    pub rows: i64,
    /// All of it.
    pub messages: Vec<SubmitBatchRequest>,
}

impl Batch {
    /// A batch from its file.
    ///
    /// # Errors
    ///
    /// Every place of the file that cannot be read.
    pub fn read(domain: Domain, header: BatchHeader, (path, bytes): (PathBuf, &[u8]), dialect: Dialect) -> Result<Self, Failure> {
        let id = header.batch_id.clone();
        let mut messages = Messages::new(header);
        table::read_each(bytes, domain.subject.unwrap_or_default(), dialect, |row| messages.row(row))
            .map_err(|errors| Failure::Table { path, errors })?;
        Ok(Self { domain, id, rows: messages.rows(), messages: messages.finish() })
    }
}

/// `batches.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    batch: Vec<Entry>,
}

/// One batch of a list, not read yet.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    file: String,
    /// Where it goes.
    pub domain: String,
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

/// A list of batches, read one by one: a year in one piece need not fit in memory.
#[derive(Debug)]
pub struct Source {
    place: Place,
    /// The batches, in the order of recording.
    pub entries: Vec<Entry>,
}

/// Where the files of a list are.
#[derive(Debug)]
enum Place {
    /// In the program: the folder of a year.
    Bundled(String),
    /// In a folder.
    Folder(PathBuf),
}

impl Source {
    /// The results of a year that come with the program.
    ///
    /// # Errors
    ///
    /// When there are none for the year, or the program was built with files that cannot be read.
    pub fn bundled(year: &str) -> Result<Self, Failure> {
        if !years().contains(&year) {
            return Err(Failure::Usage { what: format!("there are no bundled results of {year}, only of {}", years().join(", ")) });
        }
        Self::read(Place::Bundled(year.to_owned()), "batches.toml")
    }

    /// A list of a folder.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn list(path: &Path) -> Result<Self, Failure> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Self::read(Place::Folder(path.parent().unwrap_or(Path::new("")).to_owned()), &name)
    }

    fn read(place: Place, name: &str) -> Result<Self, Failure> {
        let bytes = place.file(name)?;
        let text = std::str::from_utf8(&bytes).map_err(|error| place.broken(name, error))?;
        let list: List = toml::from_str(text).map_err(|error| place.broken(name, error))?;
        Ok(Self { entries: list.batch, place })
    }

    /// Reads a batch.
    ///
    /// # Errors
    ///
    /// When its file cannot be read, or the list says of it what cannot be.
    pub fn batch(&self, entry: &Entry) -> Result<Batch, Failure> {
        let broken = |what: String| self.place.broken(&entry.file, what);
        let domain = domains::named(&entry.domain).ok_or_else(|| broken(format!("\"{}\" is not a domain", entry.domain)))?;
        domain.subject.ok_or_else(|| broken(format!("{} keeps no facts", domain.name)))?;
        let provenance: Provenance = entry.provenance.parse().map_err(|error| broken(format!("{error}")))?;
        let bytes = self.place.file(&entry.file)?;
        let total =
            |(name, value): (&String, &String)| Quantity { name: name.clone(), value: Some(types::Decimal { value: value.clone() }) };
        let header = BatchHeader {
            batch_id: entry.id.clone(),
            origin: self.place.origin().to_owned(),
            provenance: types::Provenance::from(provenance).into(),
            reason: String::new(),
            note: entry.note.clone(),
            control_totals: entry.totals.iter().map(total).collect(),
            control_rows: Some(entry.rows),
            squaring: Squaring::Refused.into(),
        };
        Batch::read(domain, header, (self.place.path(&entry.file), &bytes), Dialect::Plain)
    }
}

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Bundled(year) => Path::new(year).join(name),
            Self::Folder(folder) => folder.join(name),
        }
    }

    fn file(&self, name: &str) -> Result<Cow<'static, [u8]>, Failure> {
        match self {
            Self::Bundled(year) => {
                let path = format!("{year}/{name}");
                let found = FILES.iter().find(|(known, _)| *known == path);
                found.map(|(_, bytes)| Cow::Borrowed(*bytes)).ok_or_else(|| self.broken(name, "the file is not there"))
            }
            Self::Folder(_) => fs::read(self.path(name)).map(Cow::Owned).map_err(|error| self.broken(name, error)),
        }
    }

    /// What is wrong with a file: the program's own fault, or that of whoever wrote the list.
    fn broken(&self, name: &str, what: impl std::fmt::Display) -> Failure {
        let what = format!("{}: {what}", self.path(name).display());
        match self {
            Self::Bundled(_) => Failure::Broken { what: format!("actuals/{what}") },
            Self::Folder(_) => Failure::Usage { what },
        }
    }

    /// Who sends: the institute itself, in print, or this program, from a list.
    fn origin(&self) -> &'static str {
        match self {
            Self::Bundled(_) => "INPS",
            Self::Folder(_) => "piramide import --list",
        }
    }
}

/// The batches of a year that comes with the program, in the order of recording.
///
/// # Errors
///
/// As [`Source::bundled`] and [`Source::batch`].
pub fn of_year(year: &str) -> Result<Vec<Batch>, Failure> {
    let source = Source::bundled(year)?;
    source.entries.iter().map(|entry| source.batch(entry)).collect()
}
