//! Receipts, closings, verification.

use piramide_contracts::{
    convert::{self, Invalid},
    ledger,
};
use piramide_measure::Provenance;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::said;

/// The receipt of a recorded batch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Receipt {
    /// The domain that recorded it.
    domain: &'static str,
    /// Its place in the chain, from 1.
    sequence: i64,
    /// The identifier its sender chose: the Idempotency-Key.
    batch_id: String,
    /// Who sent it.
    origin: String,
    /// How certain its facts are.
    provenance: Option<&'static str>,
    /// Why it corrects earlier facts; null when it corrects none.
    reason: Option<String>,
    /// What the sender noted about it.
    note: Option<String>,
    /// When it became durable, in UTC.
    recorded_at: Option<String>,
    /// SHA-256 of its content, in hexadecimal.
    content_hash: String,
    /// SHA-256 of everything up to and including it, in hexadecimal.
    chain_hash: String,
    /// Number of its facts.
    facts: i64,
    /// Number of earlier facts that it supersedes.
    superseded: i64,
    /// Number of events from which its facts follow; 0 for facts that were sent as they are.
    events: i64,
    /// Whether it had been recorded before, and this is the first answer again.
    replayed: bool,
}

impl Receipt {
    /// The receipt that a domain gave.
    pub(crate) fn new(domain: &'static str, receipt: ledger::Receipt, replayed: bool) -> Result<Self, Invalid> {
        Ok(Self {
            domain,
            sequence: receipt.sequence,
            batch_id: receipt.batch_id,
            origin: receipt.origin,
            provenance: convert::provenance("receipt.provenance", receipt.provenance)?.map(Provenance::code),
            reason: said(receipt.reason),
            note: said(receipt.note),
            recorded_at: receipt.recorded_at.map(|moment| moment.to_string()),
            content_hash: receipt.content_hash,
            chain_hash: receipt.chain_hash,
            facts: receipt.facts,
            superseded: receipt.superseded,
            events: receipt.events,
            replayed,
        })
    }
}

/// A closing to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewClosing {
    /// Its name, unique in the domain: 2020-IV.
    pub(crate) name: String,
    /// The period it closes.
    pub(crate) period: String,
    /// Who closes.
    pub(crate) author: String,
    /// Anything to note.
    #[serde(default)]
    pub(crate) note: String,
}

/// A named point of the ledger (chiusura).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Closing {
    /// Its name.
    name: String,
    /// The sequence it froze.
    sequence: i64,
    /// The period it closes.
    period: Option<String>,
    /// Who closed.
    author: String,
    /// What the author noted.
    note: Option<String>,
    /// When, in UTC.
    recorded_at: Option<String>,
    /// SHA-256 of everything up to and including it, in hexadecimal.
    chain_hash: String,
}

impl From<ledger::Closing> for Closing {
    fn from(closing: ledger::Closing) -> Self {
        Self {
            name: closing.name,
            sequence: closing.sequence,
            period: closing.period.map(|period| period.value),
            author: closing.author,
            note: said(closing.note),
            recorded_at: closing.recorded_at.map(|moment| moment.to_string()),
            chain_hash: closing.chain_hash,
        }
    }
}

/// What the verification of a ledger found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verification {
    /// The domain whose ledger was verified.
    domain: &'static str,
    /// Whether every stored entry fits the chain.
    intact: bool,
    /// Batches read.
    batches: i64,
    /// Closings read.
    closings: i64,
    /// The last sequence, when intact; the first entry that does not fit, otherwise.
    sequence: i64,
    /// The last hash of the chain in hexadecimal, when intact: hand it to a witness.
    chain_hash: Option<String>,
    /// The batch that does not fit, when the chain is broken at one.
    batch_id: Option<String>,
    /// What does not fit; null when intact.
    cause: Option<String>,
}

impl Verification {
    /// What a domain found.
    pub(crate) fn new(domain: &'static str, found: ledger::VerifyChainResponse) -> Self {
        Self {
            domain,
            intact: found.intact,
            batches: found.batches,
            closings: found.closings,
            sequence: found.sequence,
            chain_hash: said(found.chain_hash),
            batch_id: said(found.batch_id),
            cause: said(found.cause),
        }
    }
}
