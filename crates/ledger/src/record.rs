//! Records as both databases keep them, and the way back to what was recorded.

use crate::chain::{self, Hash};
use crate::clock::next_moment;
use crate::preparing::Prepared;
use crate::{Clock, Closing, LedgerError, NewClosing, Position, Provenance, Receipt, Schema};

/// Version of the tables since when they have events. A store of version 1 is brought up to it when it is opened.
pub(crate) const WITH_EVENTS: i64 = 2;
/// Version of the tables since when sets say what facts are recorded about, where before an index of the facts did.
pub(crate) const WITH_KEYS: i64 = 3;
/// Version of the tables since when facts are packed, where before each was a row.
pub(crate) const WITH_PACKS: i64 = 4;

/// What the store says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Description {
    /// Version of the tables.
    pub(crate) version: i64,
    /// Name of the domain.
    pub(crate) domain: String,
    /// Names of the value columns, with commas.
    pub(crate) columns: String,
    /// How many columns there were before each time that some were added.
    pub(crate) before: Vec<usize>,
}

/// Key of the `meta` table under which it stands how many columns there were, with commas; only where some were added.
pub(crate) const COLUMNS_BEFORE: &str = "columns_before";

/// Columns that a store lacks.
pub(crate) struct Growth {
    /// What it said of its columns.
    pub(crate) from: String,
    /// What it says once it has them.
    pub(crate) to: String,
    /// How many columns there were each time, this one included.
    pub(crate) before: String,
}

impl Description {
    /// What a store of this schema says, where a program knows tables of that version.
    pub(crate) fn of(schema: &Schema, version: i64) -> Self {
        Self { version, domain: schema.domain.to_owned(), columns: schema.columns.join(","), before: Vec::new() }
    }

    /// Keys and values of the `meta` table.
    pub(crate) fn rows(&self) -> [(&'static str, String); 3] {
        [("schema_version", self.version.to_string()), ("domain", self.domain.clone()), ("columns", self.columns.clone())]
    }

    /// Reads the `meta` table.
    pub(crate) fn from_rows(rows: &[(String, String)]) -> Result<Self, LedgerError> {
        let value = |wanted: &str| {
            let found = rows.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.clone());
            found.ok_or_else(|| damaged(None, format!("the meta table has no {wanted}")))
        };
        let version = value("schema_version")?;
        let version = version.parse().map_err(|_| damaged(None, format!("schema version {version:?} is no number")))?;
        let before = rows.iter().find(|(key, _)| key == COLUMNS_BEFORE).map(|(_, value)| value.as_str());
        let counts: Result<_, _> = before.into_iter().flat_map(|counts| counts.split(',')).map(str::parse).collect();
        let before = counts.map_err(|_| damaged(None, format!("{COLUMNS_BEFORE} {before:?} are no numbers")))?;
        Ok(Self { version, domain: value("domain")?, columns: value("columns")?, before })
    }

    /// Whether the store has the facts of this schema, or of what it was before it grew.
    pub(crate) fn is_of(&self, schema: &Schema) -> bool {
        let columns: Vec<&str> = self.columns.split(',').collect();
        self.domain == schema.domain && schema.columns.starts_with(&columns)
    }

    /// The columns of its facts, as tables called them before they were packed.
    pub(crate) fn stored_columns(&self) -> Vec<String> {
        self.columns.split(',').map(|column| format!("v_{column}")).collect()
    }

    /// The columns that the store lacks, where the schema has those of the store and more at the end.
    pub(crate) fn growth(&self, schema: &Schema, known: i64) -> Option<Growth> {
        let columns = self.columns.split(',').count();
        let grows = schema.columns.len() > columns && self.is_of(schema);
        (self.version == known && grows).then(|| Growth {
            from: self.columns.clone(),
            to: schema.columns.join(","),
            before: self.before.iter().chain([&columns]).map(usize::to_string).collect::<Vec<_>>().join(","),
        })
    }

    /// The schemas under which records may have been made: the first, those it grew into, and the one of now.
    pub(crate) fn schemas(&self, schema: &Schema) -> Vec<Schema> {
        self.before.iter().map(|columns| schema.first(*columns)).chain([*schema]).collect()
    }

    /// Whether a program with this schema, which knows tables up to that version, may use the store.
    pub(crate) fn check(&self, schema: &Schema, known: i64) -> Result<(), LedgerError> {
        if self.version > known {
            return Err(LedgerError::NewerVersion { found: self.version, known });
        }
        let expected = Self { before: self.before.clone(), ..Self::of(schema, known) };
        if *self == expected { Ok(()) } else { Err(LedgerError::OtherLedger { found: self.to_string(), expected: expected.to_string() }) }
    }
}

impl std::fmt::Display for Description {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "domain {} with columns {} in schema version {}", self.domain, self.columns, self.version)
    }
}

/// The single row that every writer locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) position: Position,
    /// Moment of the last record, 0 when there is none.
    pub(crate) recorded_at: i64,
}

impl Head {
    /// Head of an empty ledger.
    pub(crate) fn genesis(schema: &Schema) -> Self {
        Self { position: chain::genesis(schema), recorded_at: 0 }
    }

    /// Reads the stored row.
    pub(crate) fn from_row(sequence: i64, chain_hash: &[u8], recorded_at: i64) -> Result<Self, LedgerError> {
        let chain_hash = hash("chain hash of the head", sequence, chain_hash)?;
        Ok(Self { position: Position { sequence, chain_hash }, recorded_at })
    }

    /// The receipt of the next batch.
    pub(crate) fn next_receipt(&self, schema: &Schema, clock: &dyn Clock, prepared: &Prepared, superseded: u64) -> Receipt {
        let batch = &prepared.batch;
        let mut receipt = Receipt {
            sequence: self.position.sequence.saturating_add(1),
            batch_id: batch.id.clone(),
            origin: batch.origin.clone(),
            provenance: batch.provenance,
            reason: batch.reason.clone(),
            note: batch.note.clone(),
            recorded_at: next_moment(clock, self.recorded_at),
            content_hash: batch.content_hash,
            chain_hash: [0; 32],
            facts: batch.facts.len() as u64,
            superseded,
            events: batch.events.len() as u64,
        };
        let events = prepared.events_hash.as_ref();
        receipt.chain_hash = chain::batch(schema, &self.position.chain_hash, &receipt, &prepared.facts_hash, events);
        receipt
    }

    /// The next closing.
    pub(crate) fn next_closing(&self, schema: &Schema, clock: &dyn Clock, asked: &NewClosing) -> Closing {
        let mut closing = Closing {
            name: asked.name.clone(),
            sequence: self.position.sequence,
            first_month: asked.first_month,
            last_month: asked.last_month,
            author: asked.author.clone(),
            note: asked.note.clone(),
            recorded_at: next_moment(clock, self.recorded_at),
            chain_hash: [0; 32],
        };
        closing.chain_hash = chain::closing(schema, &self.position.chain_hash, &closing);
        closing
    }
}

/// A record of the chain.
#[derive(Debug, Clone)]
pub(crate) enum Entry {
    Batch(Receipt),
    Closing(Closing),
}

impl Entry {
    /// Its place in the chain.
    pub(crate) fn sequence(&self) -> i64 {
        match self {
            Self::Batch(receipt) => receipt.sequence,
            Self::Closing(closing) => closing.entry_sequence(),
        }
    }

    /// The first `limit` of two lists that are each the first `limit` of their kind; one more if two records claim the last
    /// place, so that verification sees both.
    pub(crate) fn merged(batches: Vec<Receipt>, closings: Vec<Closing>, limit: u32) -> Vec<Self> {
        let mut entries: Vec<Self> = batches.into_iter().map(Self::Batch).chain(closings.into_iter().map(Self::Closing)).collect();
        entries.sort_by_key(Self::sequence);
        if let Some(last) = entries.get((limit as usize).saturating_sub(1)).map(Self::sequence) {
            entries.retain(|entry| entry.sequence() <= last);
        }
        entries
    }
}

/// Columns of a stored batch, in the order of both databases' tables.
pub(crate) const BATCH_COLUMNS: &str =
    "sequence, id, origin, provenance, reason, note, recorded_at, content_hash, chain_hash, facts, superseded, events";

/// A row of the batches.
pub(crate) struct StoredBatch {
    pub(crate) sequence: i64,
    pub(crate) id: String,
    pub(crate) origin: String,
    pub(crate) provenance: String,
    pub(crate) reason: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) recorded_at: i64,
    pub(crate) content_hash: Vec<u8>,
    pub(crate) chain_hash: Vec<u8>,
    pub(crate) facts: i64,
    pub(crate) superseded: i64,
    pub(crate) events: i64,
}

impl StoredBatch {
    /// The receipt, unless the row cannot be what was recorded.
    pub(crate) fn receipt(self) -> Result<Receipt, LedgerError> {
        let at = self.sequence;
        let count = |name, value: i64| u64::try_from(value).map_err(|_| damaged(Some(at), format!("{value} {name}")));
        Ok(Receipt {
            sequence: at,
            provenance: Provenance::parse(&self.provenance)
                .ok_or_else(|| damaged(Some(at), format!("unknown provenance {:?}", self.provenance)))?,
            content_hash: hash("content hash", at, &self.content_hash)?,
            chain_hash: hash("chain hash", at, &self.chain_hash)?,
            facts: count("facts", self.facts)?,
            superseded: count("superseded facts", self.superseded)?,
            events: count("events", self.events)?,
            batch_id: self.id,
            origin: self.origin,
            reason: self.reason,
            note: self.note,
            recorded_at: self.recorded_at,
        })
    }
}

/// Columns of a stored closing, in the order of both databases' tables. The sequence is the closing's own.
pub(crate) const CLOSING_COLUMNS: &str = "sequence, name, first_month, last_month, author, note, recorded_at, chain_hash";

/// A row of the closings.
pub(crate) struct StoredClosing {
    pub(crate) sequence: i64,
    pub(crate) name: String,
    pub(crate) first_month: i64,
    pub(crate) last_month: i64,
    pub(crate) author: String,
    pub(crate) note: Option<String>,
    pub(crate) recorded_at: i64,
    pub(crate) chain_hash: Vec<u8>,
}

impl StoredClosing {
    /// The closing, unless the row cannot be what was recorded.
    pub(crate) fn closing(self) -> Result<Closing, LedgerError> {
        let at = self.sequence;
        Ok(Closing {
            name: self.name,
            sequence: at.saturating_sub(1),
            first_month: month(at, self.first_month)?,
            last_month: month(at, self.last_month)?,
            author: self.author,
            note: self.note,
            recorded_at: self.recorded_at,
            chain_hash: hash("chain hash", at, &self.chain_hash)?,
        })
    }
}

/// Columns of a stored event, in the order of both databases' tables.
pub(crate) const EVENT_COLUMNS: &str = "sequence, line, origin, number, kind, structure, counterpart, subject, month, moment, amount";

/// A stored month.
pub(crate) fn month(at: i64, stored: i64) -> Result<i32, LedgerError> {
    i32::try_from(stored).map_err(|_| damaged(Some(at), format!("month {stored}")))
}

/// A stored line.
pub(crate) fn line(at: i64, stored: i64) -> Result<u32, LedgerError> {
    u32::try_from(stored).map_err(|_| damaged(Some(at), format!("line {stored}")))
}

/// A record that cannot be what was recorded.
pub(crate) fn damaged(sequence: Option<i64>, cause: String) -> LedgerError {
    LedgerError::Damaged { sequence, cause }
}

fn hash(name: &str, at: i64, stored: &[u8]) -> Result<Hash, LedgerError> {
    stored.try_into().map_err(|_| damaged(Some(at), format!("{name} of {} bytes", stored.len())))
}
