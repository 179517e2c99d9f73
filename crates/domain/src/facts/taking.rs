//! How facts come into force: one by one as they are recorded, or many at once as they are read from the ledger.

use std::borrow::Borrow;

use piramide_ledger::{Cursor, Fact, Ledger, LedgerError, Pages, Receipt, RecordedFact};
use piramide_measure::Provenance;

use super::{Batch, Change, Entry, Facts, Gathering, LastBatch, Progress, Run, Values};

/// Facts that are gathered at once: they take some twenty bytes each until they are in force.
const MOST_GATHERED: u64 = 1_000_000;

/// A fact that was put in its place, with the numbers of what it speaks of, and what was there before.
struct Applied {
    structure: usize,
    subject: usize,
    entry: Entry,
    before: Option<(Values, Provenance)>,
}

impl Facts {
    /// Takes in a batch: each of its facts takes the place of the one in force under the same key.
    pub fn take(&mut self, sequence: i64, batch: Batch, facts: impl IntoIterator<Item = Fact>) {
        self.take_followed(sequence, batch, facts, 1, &mut |_, _| {});
    }

    /// The same, telling of so many changes at once when they are made.
    pub fn take_followed(
        &mut self,
        sequence: i64,
        batch: Batch,
        facts: impl IntoIterator<Item = Fact>,
        at_once: usize,
        follow: &mut impl FnMut(&Self, &[Change<'_>]),
    ) {
        self.body.batches.insert(sequence, Run { batch, of_events: false });
        self.sequence = self.sequence.max(sequence);
        self.apply_all(facts.into_iter().map(|fact| (sequence, fact)), at_once, follow);
    }

    fn begin(&mut self, receipt: &Receipt) {
        let provenance = match receipt.provenance {
            piramide_ledger::Provenance::Submitted => Provenance::Submitted,
            piramide_ledger::Provenance::Published => Provenance::Published,
            piramide_ledger::Provenance::Reconstructed => Provenance::Reconstructed,
            piramide_ledger::Provenance::Synthetic => Provenance::Synthetic,
        };
        let of_events = receipt.events > 0;
        let same_run = self.body.batches.last().is_some_and(|run| of_events && run.of_events && run.batch.provenance == provenance);
        if !same_run {
            self.body.batches.insert(receipt.sequence, Run { batch: Batch { id: receipt.batch_id.clone(), provenance }, of_events });
        }
        let Receipt { sequence, recorded_at, chain_hash, .. } = *receipt;
        self.last_batch = Some(LastBatch { sequence, recorded_at, chain_hash });
    }

    /// Puts a fact in the place of the one under the same key.
    fn apply(&mut self, sequence: i64, fact: &Fact) -> Applied {
        let months = (fact.first_month, fact.last_month);
        let entry = Entry { months, sequence, values: Values::new(&fact.values) };
        let structure = self.body.structures.open(&fact.structure);
        if let (true, Some(single_months)) = (months.0 == months.1, self.body.structures.at_mut(structure)) {
            single_months.insert(months.0);
        }
        let subject = self.body.subjects.open(&fact.subject);
        let (before, weight) = self.body.subjects.at_mut(subject).map(|said| said.replace(structure, entry)).unwrap_or_default();
        self.weight = self.weight.saturating_add_signed(weight);
        let before = before.and_then(|entry| Some((entry.values, self.run(entry.sequence)?.batch.provenance)));
        self.follow_in_sheets(&fact.subject, &fact.structure, months);
        Applied { structure, subject, entry, before }
    }

    /// What a fact that was put in its place has changed.
    fn change(&self, Applied { structure, subject, entry, before }: &Applied) -> Option<Change<'_>> {
        let (subject, _) = self.body.subjects.at(*subject)?;
        let (structure, _) = self.body.structures.at(*structure)?;
        Some(Change { now: self.known(subject, structure, entry)?, before: *before })
    }

    /// Puts facts in their places, telling of so many changes at once.
    fn apply_all(
        &mut self,
        facts: impl Iterator<Item = (i64, impl Borrow<Fact>)>,
        at_once: usize,
        follow: &mut impl FnMut(&Self, &[Change<'_>]),
    ) {
        let mut facts = facts.peekable();
        let mut applied = Vec::new();
        while facts.peek().is_some() {
            applied.clear();
            applied.extend(facts.by_ref().take(at_once.max(1)).map(|(sequence, fact)| self.apply(sequence, fact.borrow())));
            match applied.as_slice() {
                [alone] => self.change(alone).iter().for_each(|change| follow(self, std::slice::from_ref(change))),
                many => follow(self, &many.iter().filter_map(|applied| self.change(applied)).collect::<Vec<_>>()),
            }
        }
    }

    /// Takes in a batch that the ledger has just recorded, right after the last sequence taken in, telling of so many changes at once.
    pub(crate) fn take_recorded(
        &mut self,
        receipt: &Receipt,
        facts: &[Fact],
        at_once: usize,
        follow: &mut impl FnMut(&Self, &[Change<'_>]),
    ) {
        self.begin(receipt);
        self.apply_all(facts.iter().map(|fact| (receipt.sequence, fact)), at_once, follow);
        self.sequence = receipt.sequence;
    }

    /// Takes in what the ledger recorded after the last sequence taken in, up to and including `through`, or to its end if that comes first.
    ///
    /// # Errors
    ///
    /// As the ledger; the next call goes on from the last whole batch that was taken in.
    pub async fn catch_up(&mut self, ledger: &dyn Ledger, through: i64) -> Result<(), LedgerError> {
        while !self.catch_up_some(ledger, through).await? {}
        Ok(())
    }

    /// The same for about as many facts as are well gathered at once. Gives whether there is no more.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub(crate) async fn catch_up_some(&mut self, ledger: &dyn Ledger, through: i64) -> Result<bool, LedgerError> {
        let mut gathering = Gathering::default();
        let take = &mut |_: &mut Self, page: Vec<RecordedFact>| {
            page.iter().for_each(|recorded| gathering.add_fact(recorded.sequence, &recorded.fact));
        };
        let ended = self.read(ledger, through, MOST_GATHERED, take).await;
        // What was gathered of a batch that could not be read to its end is read again.
        let ended = ended?;
        self.take_gathered(vec![gathering]);
        Ok(ended)
    }

    /// The same, telling of so many changes at once.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub(crate) async fn catch_up_followed(
        &mut self,
        ledger: &dyn Ledger,
        through: i64,
        at_once: usize,
        follow: &mut impl FnMut(&Self, &[Change<'_>]),
    ) -> Result<(), LedgerError> {
        let take = &mut |facts: &mut Self, page: Vec<RecordedFact>| {
            facts.apply_all(page.iter().map(|recorded| (recorded.sequence, &recorded.fact)), at_once, follow);
        };
        self.read(ledger, through, u64::MAX, take).await.map(drop)
    }

    /// Reads what the ledger recorded after the last sequence taken in, for who takes it in: whole batches, until they have `most` facts. Gives
    /// whether there is no more.
    async fn read(
        &mut self,
        ledger: &dyn Ledger,
        through: i64,
        most: u64,
        take: &mut impl FnMut(&mut Self, Vec<RecordedFact>),
    ) -> Result<bool, LedgerError> {
        const RECEIPTS: u32 = 1_000;
        if through <= self.sequence {
            return Ok(true);
        }
        // What the ledger does not have yet is not taken in: it would be passed over once it comes.
        let end = through.min(ledger.head().await?.sequence);
        if end <= self.sequence {
            return Ok(true);
        }
        let mut through = end;
        let mut after = self.sequence;
        let mut progress = Progress::default();
        loop {
            let receipts = ledger.receipts(after, RECEIPTS).await?;
            let Some(last) = receipts.last().map(|receipt| receipt.sequence) else { break };
            for receipt in receipts.iter().take_while(|receipt| receipt.sequence <= end) {
                self.begin(receipt);
                progress.expected += receipt.facts;
                if progress.expected >= most {
                    through = receipt.sequence;
                    break;
                }
            }
            if last >= through {
                break;
            }
            after = last;
        }
        let mut pages = Pages::new(ledger, Cursor::after_sequence(self.sequence), through);
        let mut page = pages.next().await?;
        while let Some(current) = page {
            progress.more(current.len());
            // The next page is read while this one is applied.
            let apply = async { take(self, current) };
            let (next, ()) = tokio::join!(biased; pages.next(), apply);
            page = next?;
        }
        // Closings take a sequence too, so the last batch may lie before it.
        self.sequence = through;
        Ok(through == end)
    }

    /// The facts in force at a sequence, replayed from the beginning.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub async fn replay(ledger: &dyn Ledger, through: i64) -> Result<Self, LedgerError> {
        let mut facts = Self::default();
        facts.catch_up(ledger, through).await?;
        Ok(facts)
    }
}
