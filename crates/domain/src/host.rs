//! One domain at work: its ledger, the facts in force, and what it answers.

mod keeping;
mod past;
mod proving;
mod spare;
#[cfg(test)]
mod tests;
mod trust;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use piramide_contracts::ledger::{BatchHeader, Squaring};
use piramide_ledger::{Closing, Fact, Ledger, LedgerError, NewBatch, NewClosing, Prepared, Receipt, Standing, Submitted};
use piramide_measure::{Outcome, Period, outcome::Subject};
use piramide_plan::{IndicatorDefinition, Plan, Plans};
use piramide_service::soundness::Soundness;
use tokio::sync::{RwLock, Semaphore, watch};
use tonic::Status;

pub(crate) use self::{past::View, trust::Distrust};
use self::{
    past::{Past, RECALLS},
    spare::Spare,
    trust::Watched,
};
use crate::{
    Changes, Detail, Domain, Facts, Measured, Query, Question, State,
    facts::{Sheets, Snapshots, off_the_threads},
    incoming,
    incoming::Incoming,
    refusal::{self, Violation},
    submission::{Submission, check_commit, check_header, flagged_note},
};

/// How often a batch is checked again because another replica wrote meanwhile.
pub(crate) const MOST_ATTEMPTS: u32 = 20;
/// How long the ledger is not listened to after a change that was recorded here: whoever records one batch after the other would otherwise
/// wake for each of them a task that has nothing to do. What another replica records meanwhile is taken in as much later.
const GATHER: Duration = Duration::from_millis(10);

/// One domain at work.
pub(crate) struct Host<D: Domain> {
    pub(crate) domain: D,
    pub(crate) plans: Arc<Plans>,
    pub(crate) ledger: Arc<dyn Ledger>,
    distrust: watch::Receiver<Option<Distrust>>,
    now: RwLock<Knowledge<D::State>>,
    /// Held from recording a batch until it is taken in: who follows the ledger would otherwise read back what is at hand.
    recording: tokio::sync::Mutex<()>,
    past: Mutex<Past<D::State>>,
    /// Who makes a past state or keeps one holds a permit; verification holds them all, so that nothing of what it refuses comes back.
    recalls: Semaphore,
    changed: watch::Sender<i64>,
    snapshots: Option<Snapshots>,
    /// Held while one is kept: at the end the one of every now and then may still be on its way.
    keeping: Mutex<()>,
    /// What answers rely on; shared with those who read the snapshots.
    soundness: Soundness,
    /// The last batch in the snapshot from which the next start would go on; 0 without one, or where it should go on from none.
    kept: AtomicI64,
    /// How long after the start what it has read from snapshots is compared with the ledger; `None` if it has read nothing.
    due: Option<Duration>,
    spare: Spare,
}

/// What the ledger was heard to have.
enum Heard {
    /// It was recorded here.
    Known,
    /// It was recorded elsewhere, and is taken in.
    News,
}

/// What is known up to a sequence, of which whoever watches is told when this is dropped.
pub(crate) struct News<'h> {
    changed: &'h watch::Sender<i64>,
    sequence: i64,
}

impl Drop for News<'_> {
    fn drop(&mut self) {
        // Never backwards: a caller that caught up further has already told.
        let Self { changed, sequence } = self;
        changed.send_if_modified(|known| std::mem::replace(known, (*sequence).max(*known)) < *sequence);
    }
}

/// The facts at one moment, and what the domain keeps beside them.
pub(crate) struct Knowledge<S> {
    pub(crate) facts: Facts,
    pub(crate) state: S,
}

impl<S: State> Knowledge<S> {
    /// What goes with some facts.
    fn of(plans: &Plans, mut facts: Facts, snapshots: Option<&Snapshots>) -> Self {
        let (state, sheets) = std::thread::scope(|scope| {
            let sheets = S::SHEETS.then(|| scope.spawn(|| Sheets::of(&facts, snapshots)));
            let state = S::of(plans, &facts);
            (state, sheets.map(|sheets| sheets.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))))
        });
        if let Some(sheets) = sheets {
            facts.put_sheets(sheets);
        }
        Self { facts, state }
    }

    /// What is known at a sequence, from the facts of an earlier one.
    async fn grown(
        mut facts: Facts,
        plans: &Arc<Plans>,
        ledger: &dyn Ledger,
        snapshots: Option<&Snapshots>,
        through: i64,
    ) -> Result<Self, LedgerError> {
        let started = Instant::now();
        match snapshots {
            Some(snapshots) => snapshots.catch_up(&mut facts, ledger, through).await?,
            None => facts.catch_up(ledger, through).await?,
        }
        let read_ms = started.elapsed().as_millis();
        let started = Instant::now();
        let (plans, snapshots) = (plans.clone(), snapshots.cloned());
        let known = off_the_threads(move || Self::of(&plans, facts, snapshots.as_ref())).await;
        let built_ms = started.elapsed().as_millis();
        tracing::info!(sequence = through, read_ms, built_ms, "what is known is in memory");
        Ok(known)
    }
}

impl<D: Domain> Host<D> {
    /// Rebuilds the facts in force: from the last snapshot that the ledger bears out, or from the beginning, and on to its head.
    pub(crate) async fn open(
        domain: D,
        plans: Arc<Plans>,
        ledger: Arc<dyn Ledger>,
        snapshots: Option<Snapshots>,
    ) -> Result<Self, LedgerError> {
        let (ledger, distrust) = Watched::over(ledger);
        let began = Instant::now();
        let head = ledger.head().await?;
        let kept = match &snapshots {
            Some(snapshots) => {
                snapshots.remove_unfinished();
                snapshots.borne_out(ledger.as_ref()).await?
            }
            None => Facts::default(),
        };
        let kept_at = AtomicI64::new(kept.last_batch());
        let soundness = snapshots.as_ref().map_or_else(Soundness::default, |snapshots| snapshots.soundness().clone());
        let due = proving::due(snapshots.as_ref(), &kept, began);
        let now = Knowledge::grown(kept, &plans, ledger.as_ref(), snapshots.as_ref(), head.sequence).await?;
        let (changed, _) = watch::channel(head.sequence);
        Ok(Self {
            domain,
            plans,
            ledger,
            distrust,
            now: RwLock::new(now),
            recording: tokio::sync::Mutex::default(),
            past: Mutex::default(),
            recalls: Semaphore::new(RECALLS),
            changed,
            snapshots,
            keeping: Mutex::default(),
            soundness,
            kept: kept_at,
            due,
            spare: Spare::default(),
        })
    }

    /// Whether what answers are made from is what the ledger says. If it is not, it is made again from the ledger.
    pub(crate) async fn is_faithful(&self) -> Result<bool, LedgerError> {
        let _alone = self.recalls.acquire_many(u32::try_from(RECALLS).unwrap_or(u32::MAX)).await.ok();
        let ledger = self.ledger.as_ref();
        let mut said = Facts::default();
        let unfaithful = match &self.snapshots {
            Some(snapshots) => {
                let remembered = self.remembered();
                let remembered: Vec<&Facts> = remembered.iter().map(|known| known.facts.as_ref()).collect();
                snapshots.check_past(ledger, &remembered, &mut said).await?
            }
            None => None,
        };
        self.forget_past();
        if let Some(sequence) = unfaithful {
            tracing::error!(sequence, "what is kept of the past is not what the ledger says: made again from the ledger");
            self.changed.send_modify(|_| ());
        }
        let through = self.abreast().await?;
        self.read_up_to(&mut said, through).await?;
        // Nothing is taken in meanwhile, and what was recorded since is soon read.
        let _recording = self.recording.lock().await;
        let head = ledger.head().await?.sequence;
        self.catch_up(head).await?;
        self.read_up_to(&mut said, head).await?;
        let now = self.now.read().await.facts.clone();
        let (said, faithful) = off_the_threads(move || {
            let faithful = now == said;
            (said, faithful)
        })
        .await;
        if !faithful {
            tracing::error!(sequence = head, "the facts in memory are not those of the ledger: made again from the ledger");
            let made = Knowledge::grown(said, &self.plans, ledger, self.snapshots.as_ref(), head).await?;
            *self.now.write().await = made;
            self.kept.store(0, Ordering::Release);
            // The same sequence, other answers: whoever keeps them must ask again.
            self.changed.send_modify(|_| ());
        }
        Ok(faithful && unfaithful.is_none())
    }

    /// Takes in what the ledger recorded, apart from what is in force.
    async fn read_up_to(&self, said: &mut Facts, through: i64) -> Result<(), LedgerError> {
        match &self.snapshots {
            Some(snapshots) => snapshots.catch_up(said, self.ledger.as_ref(), through).await,
            None => said.catch_up(self.ledger.as_ref(), through).await,
        }
    }

    /// Follows the ledger, so that what other replicas record is answered here too. Ends with the ledger.
    pub(crate) async fn follow(&self) {
        let mut head = self.ledger.subscribe();
        loop {
            let heard = *head.borrow_and_update();
            match self.up_to(heard).await {
                Ok(Heard::Known) => tokio::time::sleep(GATHER).await,
                Ok(Heard::News) => {}
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "following the ledger failed, going on with the next change");
                }
            }
            if head.changed().await.is_err() {
                return;
            }
        }
    }

    /// Takes in what was recorded up to a sequence and after it, unless that is known already, as what is recorded here is: then the ledger
    /// is not asked, and nobody waits.
    async fn up_to(&self, heard: i64) -> Result<Heard, LedgerError> {
        let _recording = self.recording.lock().await;
        if self.now.read().await.facts.sequence() >= heard {
            return Ok(Heard::Known);
        }
        let head = self.ledger.head().await?.sequence;
        self.catch_up(head).await?;
        Ok(Heard::News)
    }

    /// The head of the ledger, with everything up to it taken in.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub(crate) async fn abreast(&self) -> Result<i64, LedgerError> {
        let _recording = self.recording.lock().await;
        let head = self.ledger.head().await?.sequence;
        self.catch_up(head).await?;
        Ok(head)
    }

    /// What whoever records must know first, with everything up to the head taken in.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub(crate) async fn standing(&self, origins: &[&str]) -> Result<Standing, LedgerError> {
        let _recording = self.recording.lock().await;
        let standing = self.ledger.standing(origins).await?;
        self.catch_up(standing.head.sequence).await?;
        Ok(standing)
    }

    async fn catch_up(&self, through: i64) -> Result<(), LedgerError> {
        self.take_up_to(through).await.map(drop)
    }

    /// The same; who watches is told when what is given back is dropped.
    async fn take_up_to(&self, through: i64) -> Result<News<'_>, LedgerError> {
        let mut now = self.now.write().await;
        let changing = self.soundness.while_changing();
        let Knowledge { facts, state } = &mut *now;
        if facts.sequence() < through {
            let follow = &mut |facts: &Facts, changes: &Changes<'_>| state.follow_all(facts, changes);
            facts.catch_up_followed(self.ledger.as_ref(), through, D::State::AT_ONCE, follow).await?;
        }
        drop(changing);
        Ok(News { changed: &self.changed, sequence: through })
    }

    /// Records a batch that was checked at a head and takes it in, whatever becomes of the caller.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub(crate) async fn record(&self, batch: Arc<Prepared>, head: i64) -> Result<Submitted, LedgerError> {
        self.record_untold(batch, head).await.map(|(submitted, _)| submitted)
    }

    /// The same; who watches is told when the news are dropped, so that whoever waits for the answer does not wait for that too.
    ///
    /// # Errors
    ///
    /// As the ledger.
    pub(crate) async fn record_untold(&self, batch: Arc<Prepared>, head: i64) -> Result<(Submitted, News<'_>), LedgerError> {
        let _recording = self.recording.lock().await;
        let submitted = self.ledger.record(batch.clone(), head).await?;
        let news = self.took(submitted.receipt(), &batch.batch().facts).await?;
        Ok((submitted, news))
    }

    /// Takes in a batch that was just recorded, without reading it back when nothing came in between.
    async fn took(&self, receipt: &Receipt, recorded: &[Fact]) -> Result<News<'_>, LedgerError> {
        let mut now = self.now.write().await;
        let changing = self.soundness.while_changing();
        let Knowledge { facts, state } = &mut *now;
        if facts.sequence() + 1 == receipt.sequence {
            let follow = &mut |facts: &Facts, changes: &Changes<'_>| state.follow_all(facts, changes);
            facts.take_recorded(receipt, recorded, D::State::AT_ONCE, follow);
        }
        drop(changing);
        drop(now);
        self.take_up_to(receipt.sequence).await
    }

    /// The facts in force, until the guard is dropped: nothing is recorded while it is held.
    pub(crate) async fn knowledge(&self) -> tokio::sync::RwLockReadGuard<'_, Knowledge<D::State>> {
        self.now.read().await
    }

    /// The facts in force, for a thread that may wait.
    pub(crate) fn blocking_now(&self) -> tokio::sync::RwLockReadGuard<'_, Knowledge<D::State>> {
        self.now.blocking_read()
    }

    /// Why the ledger is not trusted, if it is not; now, and when that changes.
    pub(crate) fn distrust(&self) -> watch::Receiver<Option<Distrust>> {
        self.distrust.clone()
    }

    /// The sequence in force, now and at each change.
    pub(crate) fn changes(&self) -> watch::Receiver<i64> {
        self.changed.subscribe()
    }

    /// Records a batch, whole or not at all.
    pub(crate) async fn submit(&self, submission: Submission) -> Result<Submitted, Status> {
        let Submission { header, rows, facts, commit, hash } = submission;
        let content_hash = hash.finish();
        check_commit(&commit, rows, &content_hash)?;
        let provenance = check_header(&header)?;
        let preparing = facts.map_err(refusal::all)?;
        let said = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let batch = NewBatch {
            id: header.batch_id.clone(),
            origin: header.origin.clone(),
            provenance,
            reason: said(&header.reason),
            content_hash,
            note: said(&header.note),
            facts: Arc::default(),
            events: Vec::new(),
        };
        let prepared = off_the_threads(move || preparing.finish(batch)).await.map_err(refusal::of_ledger)?;
        let prepared = Arc::new(prepared);
        let submitted = self.offer(&header, &prepared).await;
        self.spare.put(Prepared::into_facts(prepared));
        submitted
    }

    /// Room for the facts of a batch that comes in.
    pub(crate) fn room(&self) -> Vec<Fact> {
        self.spare.take()
    }

    /// Records a batch that is prepared, whole or not at all.
    async fn offer(&self, header: &BatchHeader, prepared: &Arc<Prepared>) -> Result<Submitted, Status> {
        let batch = prepared.batch();
        // A batch that is recorded is answered as it was then, whatever has changed since.
        let recorded = self.ledger.receipt(&batch.id).await.map_err(refusal::of_ledger)?.is_some();
        let soundness = self.soundness();
        for _ in 0..MOST_ATTEMPTS {
            let sound = soundness.begin()?;
            let head = self.abreast().await.map_err(refusal::of_ledger)?;
            let mut offered = prepared.clone();
            if !recorded {
                let flagged = header.squaring == i32::from(Squaring::Flagged);
                let (flags, violations): (Vec<_>, Vec<_>) =
                    self.violations(header, &batch.facts).await.into_iter().partition(|violation| flagged && violation.flaggable);
                if !violations.is_empty() {
                    return Err(refusal::all(violations));
                }
                if !flags.is_empty() {
                    let note = flagged_note(batch.note.as_deref(), &flags);
                    offered = Arc::new(prepared.noted(note).map_err(refusal::of_ledger)?);
                }
            }
            sound.check()?;
            match self.record(offered, head).await {
                Ok(submitted) => return Ok(submitted),
                // Another replica wrote between the check and the record: what holds may have changed.
                Err(LedgerError::HeadMoved { .. }) => {}
                Err(error) => return Err(refusal::of_ledger(error)),
            }
        }
        Err(refusal::outrun("send it again"))
    }

    /// Closes a period, whatever becomes of the caller. Nothing is recorded here meanwhile, and what another replica records is closed with the
    /// rest.
    pub(crate) async fn close(&self, closing: NewClosing) -> Result<Closing, Status> {
        let _recording = self.recording.lock().await;
        for _ in 0..MOST_ATTEMPTS {
            let head = self.ledger.head().await.map_err(refusal::of_ledger)?.sequence;
            match self.ledger.close(closing.clone(), head).await {
                Ok(closed) => return Ok(closed),
                Err(LedgerError::HeadMoved { .. }) => {}
                Err(error) => return Err(refusal::of_ledger(error)),
            }
        }
        Err(refusal::outrun("nothing is closed, close again"))
    }

    async fn violations(&self, header: &BatchHeader, facts: &[Fact]) -> Vec<Violation> {
        let now = self.now.read().await;
        let incoming = Incoming { facts, plans: &self.plans, quantities: D::QUANTITIES };
        let mut violations = incoming::check_totals::<D>(header, facts);
        violations.extend(self.domain.check(&incoming, &now.facts));
        violations
    }

    /// The plan of that name or version, or the one in force in the period.
    pub(crate) fn plan(&self, name: &str, period: Option<Period>) -> Result<&Arc<Plan>, Status> {
        crate::resolve::plan(&self.plans, name, period)
    }

    /// Measures one indicator.
    pub(crate) fn outcome(&self, question: &Question<'_, D>, indicator: &IndicatorDefinition, detail: Detail) -> Outcome {
        let query = Query { detail, ..question.query() };
        let untold = self.domain.untold_at_a_moment(query.plan, indicator).filter(|_| question.at_a_moment);
        let measured = match untold {
            Some(missing) => Measured::missing(&indicator.label, indicator.unit, missing),
            None => self.domain.measure(&query, question.state(), indicator),
        };
        let subject =
            Subject { code: indicator.code.clone(), label: indicator.label.clone(), unit: indicator.unit, direction: indicator.direction };
        let explanation = measured.explanation;
        let explanation = if indicator.note.is_empty() { explanation } else { explanation.noted(indicator.note.clone()) };
        let reference = query.reference(indicator);
        let outcome = Outcome::assess(subject, measured.value, explanation, reference, query.plan.version());
        let coverage = measured.coverage.filter(|_| outcome.actual.is_ok()).unwrap_or_else(|| outcome.coverage.clone());
        Outcome { coverage, ..outcome }
    }
}
