//! How facts come into force: one by one as they are recorded, or many at once as they are read from the ledger.

use piramide_ledger::{Cursor, Fact, Ledger, LedgerError, Pages, Receipt, RecordedFact};
use piramide_measure::Provenance;

use super::{Batch, Body, Changes, Entry, Facts, Gathering, LastBatch, Progress, Run, changes::Replaced, coded::Opened};

/// Facts that are gathered at once: they take some twenty bytes each until they are in force.
const MOST_GATHERED: u64 = 1_000_000;
/// Facts that are held at once while they come one by one.
const HELD: usize = 4_096;

/// What is at hand while facts are put in their places: those that come together share their structures and subjects.
#[derive(Default)]
struct Placing<'f> {
    structures: Opened<'f>,
    subjects: Opened<'f>,
    scratch: Vec<u8>,
}

impl Facts {
    /// Takes in a batch: each of its facts takes the place of the one in force under the same key.
    pub fn take(&mut self, sequence: i64, batch: Batch, facts: impl IntoIterator<Item = Fact>) {
        self.take_followed(sequence, batch, facts, 1, &mut |_, _| {});
    }

    /// The same, telling of so many changes at once, but of no more than 4,096, when they are made.
    pub fn take_followed(
        &mut self,
        sequence: i64,
        batch: Batch,
        facts: impl IntoIterator<Item = Fact>,
        at_once: usize,
        follow: &mut impl FnMut(&Self, &Changes<'_>),
    ) {
        self.body.batches.insert(sequence, Run { batch, of_events: false });
        self.sequence = self.sequence.max(sequence);
        let mut facts = facts.into_iter();
        loop {
            let some: Vec<Fact> = facts.by_ref().take(HELD).collect();
            if some.is_empty() {
                return;
            }
            self.apply_all(some.iter().map(|fact| (sequence, fact)), at_once, follow);
        }
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

    /// Puts a fact in the place of the one under the same key, which is given back as what the fact, one of several, replaced.
    fn apply<'f>(&mut self, by: usize, (sequence, fact): (i64, &'f Fact), placing: &mut Placing<'f>) -> Option<Replaced> {
        let entry = Entry::of(sequence, fact);
        let Body { structures, subjects, .. } = &mut *self.body;
        let structure = placing.structures.open(structures, &fact.structure);
        if let (true, Some(single_months)) = (entry.months.0 == entry.months.1, structures.at_mut(structure)) {
            single_months.insert(entry.months.0);
        }
        let subject = placing.subjects.open(subjects, &fact.subject);
        let replaced = subjects.at_mut(subject).map(|said| said.replace(structure, &entry, &mut placing.scratch));
        let (before, weight) = replaced.unwrap_or_default();
        self.weight = self.weight.saturating_add_signed(weight);
        self.follow_in_sheets(&fact.subject, &fact.structure, entry.months);
        let before = before?;
        Some(Replaced { by, values: before.values, provenance: self.run(before.sequence)?.batch.provenance })
    }

    /// Puts facts in their places, telling of so many changes at once.
    fn apply_all<'f>(
        &mut self,
        mut facts: impl Iterator<Item = (i64, &'f Fact)>,
        at_once: usize,
        follow: &mut impl FnMut(&Self, &Changes<'_>),
    ) {
        let (mut taken, mut replaced, mut placing) = (Vec::new(), Vec::new(), Placing::default());
        loop {
            taken.clear();
            replaced.clear();
            for (sequence, fact) in facts.by_ref().take(at_once.max(1)) {
                replaced.extend(self.apply(taken.len(), (sequence, fact), &mut placing));
                taken.push((sequence, fact));
            }
            if taken.is_empty() {
                return;
            }
            follow(self, &Changes { facts: self, taken: &taken, replaced: &replaced });
        }
    }

    /// Takes in a batch that the ledger has just recorded, right after the last sequence taken in, telling of so many changes at once.
    pub(crate) fn take_recorded(
        &mut self,
        receipt: &Receipt,
        facts: &[Fact],
        at_once: usize,
        follow: &mut impl FnMut(&Self, &Changes<'_>),
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
        follow: &mut impl FnMut(&Self, &Changes<'_>),
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
