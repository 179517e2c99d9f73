//! Batches: what is submitted whole, and the receipt that answers.

use std::sync::Arc;

use crate::{Event, Fact};

/// How certain the facts of a batch are (*provenienza*), from the most certain down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provenance {
    /// Sent by the systems where the work is done.
    Submitted,
    /// Printed by the institute.
    Published,
    /// Solved from printed ratios.
    Reconstructed,
    /// Generated.
    Synthetic,
}

impl Provenance {
    /// Every provenance, the most certain first.
    pub const ALL: [Self; 4] = [Self::Submitted, Self::Published, Self::Reconstructed, Self::Synthetic];

    /// The stable text form, which is what is stored and hashed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Published => "published",
            Self::Reconstructed => "reconstructed",
            Self::Synthetic => "synthetic",
        }
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provenance| provenance.as_str() == text)
    }
}

impl std::fmt::Display for Provenance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A batch to record, whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBatch {
    /// The sender's identifier: sending it again changes nothing and gives the first receipt.
    pub id: String,
    /// Who sent it.
    pub origin: String,
    /// How certain its facts are.
    pub provenance: Provenance,
    /// Why it corrects: required when a fact supersedes another or touches a closed period.
    pub reason: Option<String>,
    /// SHA-256 of the content as the sender made it, to tell a replay from another batch under the same identifier. Of a batch with events
    /// the ledger takes the hash of the events instead.
    pub content_hash: [u8; 32],
    /// Free text for people.
    pub note: Option<String>,
    /// The facts, shared with whoever takes them in once they are recorded.
    pub facts: Arc<Vec<Fact>>,
    /// The events that these facts follow from; none for facts that are sent as they are. A batch with events supersedes facts without
    /// giving a reason, since the events are the reason; a closed period still asks for one.
    pub events: Vec<Event>,
}

/// Proof that a batch is recorded, given only once it is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Its place in the ledger, from 1, shared with the closings.
    pub sequence: i64,
    /// The sender's identifier.
    pub batch_id: String,
    /// Who sent it.
    pub origin: String,
    /// How certain its facts are.
    pub provenance: Provenance,
    /// Why it corrects.
    pub reason: Option<String>,
    /// Free text for people.
    pub note: Option<String>,
    /// When it was recorded, in microseconds since 1970 UTC. Grows with the sequence.
    pub recorded_at: i64,
    /// SHA-256 of the content as the sender made it.
    pub content_hash: [u8; 32],
    /// Hash of this batch and, through the previous hash, of all that came before it.
    pub chain_hash: [u8; 32],
    /// Facts in the batch.
    pub facts: u64,
    /// How many of them took the place of an earlier fact.
    pub superseded: u64,
    /// Events in the batch.
    pub events: u64,
}

/// Answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// Recorded now.
    New(Receipt),
    /// Recorded before: the first receipt, unchanged.
    Replayed(Receipt),
}

impl Submitted {
    /// The receipt, whenever it was recorded.
    pub fn receipt(&self) -> &Receipt {
        match self {
            Self::New(receipt) | Self::Replayed(receipt) => receipt,
        }
    }
}

/// Where the ledger ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Sequence of the last batch or closing; 0 when there is none.
    pub sequence: i64,
    /// Its chain hash; the genesis hash of the domain when there is none.
    pub chain_hash: [u8; 32],
}
