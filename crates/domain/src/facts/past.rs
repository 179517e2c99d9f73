//! The facts as they were known at a sequence: read from the nearest snapshot before it and the ledger from there on.
//!
//! What was known at a closing is asked again and again, long after. So each closing leaves a snapshot of its own beside the ledger, named after
//! its sequence; one that was not kept is made when it is first asked for. It is trusted no more than the others: the ledger must have the
//! batch that it stands at, and verification compares it with the ledger.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use piramide_ledger::{Ledger, LedgerError};

use super::{Facts, Fresh, LaidOut, Snapshot, Snapshots, Unusable, snapshot::SPILL};
use crate::at_length;

/// Snapshots of the past that are kept: the closings of a year and a half. The one that was written first goes first.
const MOST_KEPT: usize = 8;

impl Facts {
    /// Whether they are what was known at a sequence: nothing has come in since.
    pub(crate) fn are_at(&self, sequence: i64) -> bool {
        self.sequence >= sequence && self.last_batch.is_some_and(|last| last.sequence <= sequence)
    }
}

impl Snapshots {
    /// The same for what was known at a sequence: what of it cannot be read is made again without the rest.
    fn at(&self, sequence: i64) -> Self {
        Self { path: self.beside_it(&sequence.to_string()), soundness: self.soundness.apart(), ..self.clone() }
    }

    /// The sequences whose snapshots are kept, in their order, and when each was.
    fn kept(&self) -> BTreeMap<i64, SystemTime> {
        let kept =
            |(name, path): (String, PathBuf)| Some((name.parse().ok()?, fs::metadata(path).and_then(|found| found.modified()).ok()?));
        self.named_after_it().into_iter().filter_map(kept).collect()
    }

    /// Whether what was known at a sequence is kept.
    pub(crate) fn keeps(&self, sequence: i64) -> bool {
        self.kept().contains_key(&sequence)
    }

    /// Whether anything of the past is kept.
    pub(crate) fn keep_past_states(&self) -> bool {
        !self.kept().is_empty()
    }

    /// The files beside it that are named after it: what follows its name and a point, and where each is.
    fn named_after_it(&self) -> Vec<(String, PathBuf)> {
        let (Some(folder), Some(name)) = (self.path.parent(), self.path.file_name().and_then(|name| name.to_str())) else {
            return Vec::new();
        };
        let folder = if folder == Path::new("") { Path::new(".") } else { folder };
        let named =
            |entry: fs::DirEntry| Some((entry.file_name().to_str()?.strip_prefix(name)?.strip_prefix('.')?.to_owned(), entry.path()));
        fs::read_dir(folder).into_iter().flatten().filter_map(|entry| named(entry.ok()?)).collect()
    }

    /// Removes what a crash has left half written: of the past no other is ever written over it, and all of it takes room.
    pub(crate) fn remove_unfinished(&self) {
        for (name, path) in self.named_after_it() {
            let of_a_number = |name: &str| name.parse::<i64>().is_ok();
            let half_written =
                name == "new" || [".new", ".sheets.new", SPILL].iter().any(|ending| name.strip_suffix(ending).is_some_and(of_a_number));
            if half_written && let Err(error) = fs::remove_file(&path) {
                tracing::warn!(path = %path.display(), error = &error as &dyn std::error::Error, "a snapshot that is half written stays");
            }
        }
    }

    /// Removes it.
    fn remove(&self) -> io::Result<()> {
        self.remove_sheets().and_then(|()| fs::remove_file(&self.path))
    }

    /// The facts of the last snapshot, if the ledger has the batch that it stands at; none otherwise.
    pub(crate) async fn borne_out(&self, ledger: &dyn Ledger) -> Result<Facts, LedgerError> {
        let snapshots = self.clone();
        let read = tokio::task::spawn_blocking(move || snapshots.read()).await.unwrap_or(Err(Unusable::Damaged));
        let Snapshot { facts, chain_hash } = match read {
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

    /// The same for what was known at a sequence: what came in after it was not known then.
    async fn past_borne_out(&self, ledger: &dyn Ledger, sequence: i64) -> Result<Facts, LedgerError> {
        let facts = self.at(sequence).borne_out(ledger).await?;
        if facts.sequence > sequence {
            tracing::warn!(sequence, later = facts.sequence, "the snapshot of the past is a later one: it is not used");
            return Ok(Facts::default());
        }
        Ok(facts)
    }

    /// The facts in force at a sequence: equal to [`Facts::replay`].
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub async fn facts_at(&self, ledger: &dyn Ledger, sequence: i64) -> Result<Facts, LedgerError> {
        let mut facts = Facts::default();
        for kept in self.kept().into_keys().rev().filter(|kept| *kept <= sequence) {
            facts = self.past_borne_out(ledger, kept).await?;
            if facts.sequence > 0 {
                break;
            }
            self.drop_past(kept);
        }
        self.catch_up(&mut facts, ledger, sequence).await?;
        Ok(facts)
    }

    /// The same with sheets, where both are kept: what is not in the sheets is read when it is first asked for.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub async fn asleep_at(&self, ledger: &dyn Ledger, sequence: i64) -> Result<Option<Facts>, LedgerError> {
        self.at(sequence).asleep(ledger, sequence).await
    }

    /// Whether sheets of what was known at a sequence are kept.
    pub(crate) fn keeps_sheets(&self, sequence: i64) -> bool {
        self.at(sequence).has_sheets()
    }

    /// Removes the sheets of everything past: those of what is asked for are made again.
    pub(crate) fn give_up_sheets(&self) {
        for sequence in self.kept().into_keys() {
            if let Err(error) = self.at(sequence).remove_sheets() {
                tracing::warn!(sequence, error = &error as &dyn std::error::Error, "sheets that are of no use stay");
            }
        }
    }

    /// Keeps the sheets of what was known at a sequence, beside its snapshot.
    ///
    /// # Errors
    ///
    /// When they cannot be written; then none are kept.
    pub fn keep_sheets_at(&self, facts: &Facts, sequence: i64) -> io::Result<()> {
        self.at(sequence).keep_sheets(facts)
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
        match self.write_past(facts, sequence)? {
            Some(fresh) => self.keep_written(fresh, sequence).map(|_| true),
            None => Ok(self.kept().contains_key(&sequence)),
        }
    }

    /// Writes what is known at a sequence beside what is kept, unless it is kept already or facts have come in since. Keeping it takes the disk,
    /// and the facts are not needed for it.
    pub(crate) fn write_past(&self, facts: &Facts, sequence: i64) -> io::Result<Option<Fresh>> {
        if !facts.are_at(sequence) || self.kept().contains_key(&sequence) {
            return Ok(None);
        }
        self.at(sequence).write(facts)
    }

    /// Keeps what was written of a sequence; the one that was written first makes room for it.
    pub(crate) fn keep_written(&self, fresh: Fresh, sequence: i64) -> io::Result<LaidOut> {
        let laid = fresh.keep()?;
        let mut others = self.kept();
        others.remove(&sequence);
        while others.len() >= MOST_KEPT
            && let Some((oldest, _)) = others.iter().map(|(sequence, at)| (*sequence, *at)).min_by_key(|(sequence, at)| (*at, *sequence))
        {
            others.remove(&oldest);
            self.drop_past(oldest);
        }
        Ok(laid)
    }

    /// Takes away what is kept of the past and is not what the ledger says, and compares what is remembered of it; gives the first sequence of
    /// which either is so. `said` is to be empty, and goes on from where this ends, which is never beyond the ledger.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub(crate) async fn check_past(
        &self,
        ledger: &dyn Ledger,
        remembered: &[&Facts],
        said: &mut Facts,
    ) -> Result<Option<i64>, LedgerError> {
        let kept = self.kept();
        // Asked after them: what lies beyond it is of a ledger that went further, of which this one is an older copy.
        let head = ledger.head().await?.sequence;
        for sequence in kept.range(head + 1..).map(|(sequence, _)| *sequence) {
            tracing::warn!(sequence, head, "a snapshot of the past is later than the ledger: it is removed");
            self.drop_past(sequence);
        }
        let mut unfaithful = None;
        let sequences: BTreeSet<i64> = kept.keys().copied().chain(remembered.iter().map(|facts| facts.sequence)).collect();
        for sequence in sequences.range(..=head).copied() {
            self.catch_up(said, ledger, sequence).await?;
            let mut differs = remembered.iter().any(|facts| facts.sequence == sequence && **facts != *said);
            if kept.contains_key(&sequence) {
                let mut known = self.past_borne_out(ledger, sequence).await?;
                let was_used = known.sequence > 0;
                if was_used {
                    self.catch_up(&mut known, ledger, sequence).await?;
                }
                let at = self.at(sequence);
                let altered = at_length(|| {
                    let altered_sheets = at.has_sheets() && !at.are_sheets_of(said).unwrap_or(false);
                    altered_sheets || was_used && known != *said
                });
                if altered || !was_used {
                    self.drop_past(sequence);
                }
                differs |= altered;
            }
            if differs {
                unfaithful = unfaithful.or(Some(sequence));
            }
        }
        Ok(unfaithful)
    }
}
