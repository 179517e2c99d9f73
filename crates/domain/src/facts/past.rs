//! The facts as they were known at a sequence: read from the nearest snapshot before it and the ledger from there on.
//!
//! What was known at a closing is asked again and again, long after. So each closing leaves a snapshot of its own beside the ledger, named after
//! its sequence; one that was not kept is made when it is first asked for. It is trusted no more than the others: the ledger must have the
//! batch that it stands at, and verification compares it with the ledger.

use std::{collections::BTreeMap, fs, io, path::Path, time::SystemTime};

use piramide_ledger::{Ledger, LedgerError};

use super::{Facts, Snapshot, Snapshots, Unusable};

/// Snapshots of the past that are kept: the closings of a year and a half. The one that was written first goes first.
const MOST_KEPT: usize = 8;

impl Snapshots {
    /// The same for what was known at a sequence.
    fn at(&self, sequence: i64) -> Self {
        Self { path: self.beside_it(&sequence.to_string()), schema: self.schema }
    }

    /// The sequences whose snapshots are kept, in their order, and when each was.
    fn kept(&self) -> BTreeMap<i64, SystemTime> {
        let (Some(folder), Some(name)) = (self.path.parent(), self.path.file_name().and_then(|name| name.to_str())) else {
            return BTreeMap::new();
        };
        let folder = if folder == Path::new("") { Path::new(".") } else { folder };
        let sequence = |entry: &fs::DirEntry| entry.file_name().to_str()?.strip_prefix(name)?.strip_prefix('.')?.parse().ok();
        let kept = |entry: fs::DirEntry| Some((sequence(&entry)?, entry.metadata().and_then(|found| found.modified()).ok()?));
        fs::read_dir(folder).into_iter().flatten().filter_map(|entry| kept(entry.ok()?)).collect()
    }

    /// Removes it.
    fn remove(&self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }

    /// The facts of the last snapshot, if the ledger has the batch that it stands at; none otherwise.
    pub(crate) async fn borne_out(&self, ledger: &dyn Ledger) -> Result<Facts, LedgerError> {
        let Snapshot { facts, chain_hash } = match self.read() {
            Ok(snapshot) => snapshot,
            Err(Unusable::Unreadable(error)) if error.kind() == io::ErrorKind::NotFound => return Ok(Facts::default()),
            Err(unusable) => {
                tracing::warn!(error = &unusable as &dyn std::error::Error, "the snapshot is not used");
                return Ok(Facts::default());
            }
        };
        let sequence = facts.sequence();
        let recorded = ledger.receipts(sequence - 1, 1).await?;
        if recorded.first().is_some_and(|receipt| receipt.sequence == sequence && receipt.chain_hash == chain_hash) {
            return Ok(facts);
        }
        let head = ledger.head().await?.sequence;
        tracing::warn!(
            sequence,
            head,
            "the snapshot is not of this ledger, which ends elsewhere or has another batch there: the ledger is read from the beginning"
        );
        Ok(Facts::default())
    }

    /// The facts in force at a sequence: equal to [`Facts::replay`].
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub async fn facts_at(&self, ledger: &dyn Ledger, sequence: i64) -> Result<Facts, LedgerError> {
        let mut facts = Facts::default();
        for kept in self.kept().into_keys().rev().filter(|kept| *kept <= sequence) {
            facts = self.at(kept).borne_out(ledger).await?;
            if facts.sequence > 0 {
                break;
            }
            self.drop_past(kept);
        }
        facts.catch_up(ledger, sequence).await?;
        Ok(facts)
    }

    /// One that is of no use makes room for another.
    fn drop_past(&self, sequence: i64) {
        if let Err(error) = self.at(sequence).remove() {
            tracing::warn!(sequence, error = &error as &dyn std::error::Error, "a snapshot that is of no use stays");
        }
    }

    /// Keeps what is known at a sequence, unless it is kept already or facts have come in since. Gives whether it is kept.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then nothing is kept.
    pub fn keep_past(&self, facts: &Facts, sequence: i64) -> io::Result<bool> {
        let has_it = facts.sequence >= sequence && facts.last_batch.is_some_and(|last| last.sequence <= sequence);
        let mut kept = self.kept();
        if !has_it || kept.contains_key(&sequence) {
            return Ok(kept.contains_key(&sequence));
        }
        let Some(fresh) = self.at(sequence).write(facts)? else { return Ok(false) };
        fresh.keep()?;
        while kept.len() >= MOST_KEPT
            && let Some((oldest, _)) = kept.iter().map(|(sequence, at)| (*sequence, *at)).min_by_key(|(sequence, at)| (*at, *sequence))
        {
            kept.remove(&oldest);
            self.at(oldest).remove()?;
        }
        Ok(true)
    }

    /// Takes away what is kept of the past and is not what the ledger says; gives the first sequence of which that is so. `said` is to be
    /// empty, and goes on from where this ends.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub(crate) async fn check_past(&self, ledger: &dyn Ledger, said: &mut Facts) -> Result<Option<i64>, LedgerError> {
        let mut unfaithful = None;
        for sequence in self.kept().into_keys() {
            said.catch_up(ledger, sequence).await?;
            let mut kept = self.at(sequence).borne_out(ledger).await?;
            let was_used = kept.sequence > 0;
            kept.catch_up(ledger, sequence).await?;
            if kept != *said {
                unfaithful = unfaithful.or(Some(sequence));
            }
            if !was_used || kept != *said {
                self.drop_past(sequence);
            }
        }
        Ok(unfaithful)
    }
}
