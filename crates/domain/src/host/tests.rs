//! The past of one domain at work: who waits for what, and what verification leaves of it.

mod sheets;
mod trust;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use piramide_contracts::{
    domains,
    types::{AsOf, as_of::At},
};
use piramide_ledger::{Fact, NewBatch, NewClosing, Prepared, Provenance, Schema};
use piramide_plan::{IndicatorDefinition, Plan, Plans};
use piramide_service::Server;
use tokio::time::{sleep, timeout};

use super::{Host, View, past::RECALLS};
use crate::{Change, Domain, Facts, Handle, Incoming, Measured, Quantity, Query, State, Violation, facts::Snapshots};

const SCHEMA: Schema = Schema { domain: "production", columns: &["received"] };
const SOON: Duration = Duration::from_secs(20);
const A_WHILE: Duration = Duration::from_millis(200);

/// While it is held, no state is made of facts that end here; for each kind of domain another.
static HELD: [tokio::sync::Mutex<()>; 2] = [tokio::sync::Mutex::const_new(()), tokio::sync::Mutex::const_new(())];
const HELD_AT: i64 = 1;
/// States made of facts that end there.
static MADE: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// What facts say of which the state panics, each once.
static DEFECTS: Mutex<Vec<i64>> = Mutex::new(Vec::new());

/// A domain that says nothing: what is known is enough here. Its facts alone answer, or not.
struct Trial<const FACTS_ANSWER: bool>;

/// Its state, which takes time where facts end there.
struct Slow<const FACTS_ANSWER: bool> {
    tells: bool,
}

impl<const FACTS_ANSWER: bool> State for Slow<FACTS_ANSWER> {
    const SHEETS: bool = FACTS_ANSWER;

    fn new(_plans: &Plans) -> Self {
        Self { tells: true }
    }

    fn follow(&mut self, _facts: &Facts, change: &Change<'_>) {
        let said = change.now.value(0);
        let defect = DEFECTS.lock().unwrap().extract_if(.., |value| Some(*value) == said).next();
        assert_eq!(defect, None, "a defect");
    }

    fn of(plans: &Plans, facts: &Facts) -> Self {
        if facts.sequence() == HELD_AT {
            MADE[usize::from(FACTS_ANSWER)].fetch_add(1, Ordering::SeqCst);
            drop(HELD[usize::from(FACTS_ANSWER)].blocking_lock());
        }
        Self::new(plans)
    }

    fn untold() -> Option<Self> {
        FACTS_ANSWER.then_some(Self { tells: false })
    }
}

impl<const FACTS_ANSWER: bool> Domain for Trial<FACTS_ANSWER> {
    const IDENTITY: domains::Domain = domains::PRODUCTION;
    const QUANTITIES: &'static [Quantity] = &[];
    const COLUMNS: &'static [&'static str] = SCHEMA.columns;
    const MONTH_13: bool = false;
    type State = Slow<FACTS_ANSWER>;

    fn subject_label<'a>(&self, _plan: &'a Plan, _subject: &str) -> Option<&'a str> {
        None
    }

    fn check(&self, _batch: &Incoming<'_>, _facts: &Facts) -> Vec<Violation> {
        Vec::new()
    }

    fn measure(&self, _query: &Query<'_>, _state: &Self::State, indicator: &IndicatorDefinition) -> Measured {
        crate::domain::unknown_method(indicator)
    }

    fn serve(server: Server, _handle: Handle<Self>) -> Server {
        server
    }

    fn knows_method(&self, _method: &str) -> bool {
        true
    }
}

fn batch_of(number: i64) -> NewBatch {
    let fact =
        Fact { line: 1, structure: "S".into(), subject: "P".into(), first_month: 26260, last_month: 26260, values: [Some(number)].into() };
    let mut content_hash = [0; 32];
    content_hash[..8].copy_from_slice(&number.to_be_bytes());
    NewBatch {
        id: format!("batch-{number}"),
        origin: "test".into(),
        provenance: Provenance::Submitted,
        reason: Some("test".into()),
        content_hash,
        note: None,
        facts: vec![fact].into(),
        events: Vec::new(),
    }
}

/// Changes every byte of a file.
fn alter(path: &std::path::Path) {
    let altered: Vec<u8> = std::fs::read(path).unwrap().into_iter().map(|byte| byte ^ 1).collect();
    std::fs::write(path, altered).unwrap();
}

/// A host on a ledger of its own, beside which snapshots are kept.
struct Opened<const FACTS_ANSWER: bool = false> {
    host: Arc<Host<Trial<FACTS_ANSWER>>>,
    folder: tempfile::TempDir,
}

impl<const FACTS_ANSWER: bool> Opened<FACTS_ANSWER> {
    async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("ledger.db").display());
        let ledger = piramide_ledger::open(&url, SCHEMA).await.unwrap();
        let plans = Arc::new(Plans::bundled().unwrap());
        let host = Host::open(Trial::<FACTS_ANSWER>, plans, ledger, Snapshots::beside(&url, SCHEMA)).await.unwrap();
        Self { host: Arc::new(host), folder }
    }

    async fn record(&self) {
        let head = self.host.ledger.head().await.unwrap().sequence;
        self.record_after(head, batch_of(head + 1)).await;
    }

    async fn record_after(&self, head: i64, batch: NewBatch) {
        let batch = Prepared::of(SCHEMA, batch).await.unwrap();
        self.host.record(Arc::new(batch), head).await.unwrap();
    }

    async fn close(&self, name: &str) -> i64 {
        let closing = NewClosing { name: name.into(), first_month: 26260, last_month: 26271, author: "test".into(), note: None };
        let head = self.host.ledger.head().await.unwrap().sequence;
        self.host.ledger.close(closing, head).await.unwrap().sequence
    }

    async fn view_of(&self, name: &str) -> View<'_, Slow<FACTS_ANSWER>> {
        let as_of = AsOf { at: Some(At::Closing(name.into())) };
        self.host.view("as_of", Some(&as_of)).await.unwrap()
    }

    /// What the fact said at a closing.
    async fn said_at(&self, name: &str) -> Option<i64> {
        let view = self.view_of(name).await;
        view.facts().get("P", "S", (26260, 26260))?.value(0)
    }

    async fn says(&self) -> Option<i64> {
        self.host.knowledge().await.facts.get("P", "S", (26260, 26260))?.value(0)
    }

    /// Waits until what could not be read is made good.
    async fn healed(&self) {
        let host = self.host.clone();
        let healing = tokio::spawn(async move { host.heal().await });
        timeout(SOON, async {
            while self.host.soundness().begin().is_err() {
                sleep(Duration::from_millis(5)).await;
            }
        })
        .await
        .unwrap();
        healing.abort();
    }

    fn kept(&self, sequence: i64) -> std::path::PathBuf {
        self.folder.path().join(format!("ledger.db.snapshot.{sequence}"))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recall_goes_on_without_its_caller_and_holds_up_no_other() {
    let opened = <Opened>::empty().await;
    opened.record().await;
    assert_eq!(opened.close("first").await, HELD_AT);
    opened.record().await;
    opened.close("second").await;
    opened.record().await;
    let held = HELD[0].lock().await;
    let made = MADE[0].load(Ordering::SeqCst);
    assert!(timeout(A_WHILE, opened.said_at("first")).await.is_err(), "it is held");
    assert!(timeout(A_WHILE, opened.said_at("first")).await.is_err(), "another waits for the same");
    assert_eq!(timeout(SOON, opened.said_at("second")).await.unwrap(), Some(3), "who asks for another does not");
    drop(held);
    // Nobody asks any more, and still it is remembered and kept.
    timeout(SOON, async {
        while !opened.kept(HELD_AT).exists() {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    assert_eq!(opened.said_at("first").await, Some(1));
    assert_eq!(MADE[0].load(Ordering::SeqCst), made + 1, "made once, whoever asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_alone_answer_about_the_past_until_its_state_is_there() {
    let opened = Opened::<true>::empty().await;
    opened.record().await;
    assert_eq!(opened.close("first").await, HELD_AT);
    opened.record().await;
    opened.close("second").await;
    opened.record().await;
    assert!(opened.view_of("second").await.state().tells, "what is there soon is waited for");
    let held = HELD[1].lock().await;
    for _ in 0..2 {
        let view = timeout(SOON, opened.view_of("first")).await.unwrap();
        assert_eq!((view.facts().sequence(), view.state().tells), (HELD_AT, false), "its facts answer");
    }
    assert!(timeout(A_WHILE, opened.host.is_faithful()).await.is_err(), "it is still being made");
    let asked_before = opened.view_of("first").await;
    drop(held);
    timeout(SOON, async {
        while opened.host.remembered().len() < 2 {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    assert!(asked_before.state().tells, "its state has taken their place");
    assert!(opened.view_of("first").await.state().tells);
    assert_eq!(MADE[1].load(Ordering::SeqCst), 1, "made once, whoever asked");
    assert!(opened.host.is_faithful().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_so_many_recalls_wait() {
    let opened = <Opened>::empty().await;
    let mut names = Vec::new();
    for number in 0..=super::past::MOST_RECALLS {
        opened.record().await;
        names.push(format!("c{number}"));
        opened.close(&names[number]).await;
    }
    let permits = u32::try_from(RECALLS).unwrap();
    let none_begins = opened.host.recalls.acquire_many(permits).await.unwrap();
    let (last, waiting) = names.split_last().unwrap();
    for name in waiting {
        assert!(timeout(Duration::from_millis(1), opened.said_at(name)).await.is_err(), "it waits, and its caller gives up");
    }
    let as_of = |name: &str| AsOf { at: Some(At::Closing(name.into())) };
    let refused = timeout(SOON, opened.host.view("as_of", Some(&as_of(last)))).await.unwrap().err().unwrap();
    assert_eq!(refused.code(), tonic::Code::Unavailable);
    assert!(refused.message().contains("16 states of the past"), "{refused}");
    drop(none_begins);
    assert_eq!(timeout(SOON, opened.said_at(&waiting[0])).await.unwrap(), Some(1), "who waits already is served");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_asked_for_last_is_remembered() {
    let opened = <Opened>::empty().await;
    let mut names = Vec::new();
    for number in 0..4 {
        opened.record().await;
        names.push(format!("c{number}"));
        opened.close(&names[number]).await;
    }
    for name in [1, 2, 1, 3] {
        opened.said_at(&names[name]).await;
    }
    let sequences: Vec<i64> = opened.host.remembered().iter().map(|known| known.facts.sequence()).collect();
    assert_eq!(sequences, [7, 3], "the one asked for again outlives the other");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_is_kept_in_its_turn_and_whoever_records_does_not_wait_for_it() {
    let opened = <Opened>::empty().await;
    opened.record().await;
    opened.record().await;
    let closing = opened.close("closing").await;
    let turn = opened.host.keeping.lock().unwrap();
    let keeping = tokio::spawn(opened.host.clone().keep_closing(closing));
    std::thread::sleep(A_WHILE);
    assert!(!opened.kept(closing).exists(), "another is being kept");
    assert!(opened.host.now.try_write().is_ok(), "nobody waits for that");
    drop(turn);
    keeping.await.unwrap();
    assert!(opened.kept(closing).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verification_never_leads_beyond_the_ledger() {
    let opened = <Opened>::empty().await;
    opened.record().await;
    opened.record().await;
    assert_eq!(opened.close("closing").await, 2);
    opened.record().await;
    opened.said_at("closing").await;
    timeout(SOON, async {
        while !opened.kept(2).exists() {
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    // As a ledger that was put back from an older copy finds them: of its own chain, and later than its end.
    std::fs::rename(opened.kept(2), opened.kept(9)).unwrap();
    assert!(opened.host.is_faithful().await.unwrap());
    assert!(!opened.kept(9).exists(), "it is of a ledger that went further");
    assert_eq!(opened.host.knowledge().await.facts.sequence(), 4);
    opened.record().await;
    assert_eq!(opened.says().await, Some(5), "what comes next counts");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn verification_compares_what_is_remembered_and_forgets_it() {
    let opened = <Opened>::empty().await;
    opened.record().await;
    opened.record().await;
    opened.close("closing").await;
    opened.record().await;
    assert_eq!(opened.said_at("closing").await, Some(2));
    assert!(opened.host.is_faithful().await.unwrap());
    assert!(opened.host.remembered().is_empty(), "made again when it is asked for");

    // What a snapshot said that lies there no more.
    let ledger = opened.host.ledger.as_ref();
    let mut forged = Facts::replay(ledger, 1).await.unwrap();
    forged.take(2, crate::facts::Batch { id: "forged".into(), provenance: piramide_measure::Provenance::Submitted }, []);
    opened.host.remember(&Arc::new(super::past::Recollection::new(Arc::new(forged), Slow { tells: true })));
    assert_eq!(opened.said_at("closing").await, Some(1), "the fault has fired");
    assert!(!opened.host.is_faithful().await.unwrap());
    assert_eq!(opened.said_at("closing").await, Some(2));
    assert!(opened.host.is_faithful().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_recalled_while_the_past_is_verified() {
    let opened = <Opened>::empty().await;
    opened.record().await;
    opened.record().await;
    opened.close("closing").await;
    let recalling = opened.host.recalls.acquire().await.unwrap();
    assert!(timeout(A_WHILE, opened.host.is_faithful()).await.is_err(), "a recall that began before it would bring back what it refuses");
    drop(recalling);
    assert!(timeout(SOON, opened.host.is_faithful()).await.unwrap().unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_start_went_on_from_is_proven_while_others_ask() {
    let opened = <Opened>::empty().await;
    assert_eq!(opened.host.due, None, "of an empty ledger there is nothing to prove");
    opened.record().await;
    opened.record().await;
    assert_eq!(opened.close("closing").await, 2);
    opened.host.clone().keep_closing(2).await;
    opened.record().await;
    let snapshots = opened.host.snapshots.as_ref().unwrap();
    // Nothing that is recalled waits for it.
    let recalling = opened.host.recalls.acquire_many(u32::try_from(RECALLS).unwrap()).await.unwrap();
    assert!(timeout(SOON, opened.host.is_proven(snapshots)).await.unwrap().unwrap());
    drop(recalling);

    // What a forged snapshot would have said, now and in the past.
    let ledger = opened.host.ledger.as_ref();
    let mut forged = Facts::replay(ledger, 1).await.unwrap();
    forged.take(4, crate::facts::Batch { id: "forged".into(), provenance: piramide_measure::Provenance::Submitted }, []);
    opened.host.now.write().await.facts = forged;
    assert_eq!(opened.says().await, Some(1), "the fault has fired");
    assert!(!timeout(SOON, opened.host.is_proven(snapshots)).await.unwrap().unwrap());
    assert_eq!(opened.says().await, Some(4), "made again from the ledger");
    alter(&opened.kept(2));
    assert!(timeout(SOON, opened.host.is_proven(snapshots)).await.unwrap().unwrap(), "what cannot be read was not used");
    assert!(!opened.kept(2).exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_leave_memory_once_a_snapshot_has_them() {
    let opened = <Opened>::empty().await;
    opened.record().await;
    assert!(opened.host.knowledge().await.facts.weight() > 0);
    assert!(opened.host.clone().keep_snapshot().await);
    assert_eq!(opened.host.knowledge().await.facts.weight(), 0);
    assert_eq!(opened.says().await, Some(1));
    opened.record().await;
    assert_eq!(opened.says().await, Some(2), "what comes in takes the place of what lies there");
    assert!(opened.host.is_faithful().await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fails_gives_no_answer_until_all_is_made_again() {
    let opened = <Opened>::empty().await;
    opened.record().await;
    opened.record().await;
    opened.close("closing").await;
    assert_eq!(opened.said_at("closing").await, Some(2));
    assert!(opened.host.clone().keep_snapshot().await);
    let begun = opened.host.soundness().begin().unwrap();
    let snapshot = opened.folder.path().join("ledger.db.snapshot");
    alter(&snapshot);
    assert_eq!(opened.says().await, None, "the fault has fired");
    assert!(begun.check().is_err() && opened.host.soundness().begin().is_err(), "no answer is given");
    assert!(!opened.host.clone().keep_snapshot().await, "no snapshot is made of it");
    opened.healed().await;
    assert_eq!(opened.says().await, Some(2));
    assert!(opened.host.remembered().is_empty(), "the past is made again too");
    assert!(begun.check().is_err(), "what was begun before is not given");
    assert!(opened.host.clone().keep_snapshot().await);
    assert_eq!((opened.says().await, opened.host.knowledge().await.facts.weight()), (Some(2), 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_the_past_that_fails_is_given_up_alone() {
    let opened = <Opened>::empty().await;
    opened.record().await;
    opened.record().await;
    assert_eq!(opened.close("closing").await, 2);
    opened.host.clone().keep_closing(2).await;
    opened.record().await;
    assert!(opened.host.clone().keep_snapshot().await);
    assert_eq!(opened.said_at("closing").await, Some(2));
    alter(&opened.kept(2));
    let view = opened.view_of("closing").await;
    // What was read a moment ago is still at hand, another question reads it again.
    assert_eq!(view.facts().clone().about("P").count(), 0, "the fault has fired");
    assert!(opened.host.soundness().begin().is_err(), "no answer is given");
    opened.healed().await;
    assert_eq!(opened.host.knowledge().await.facts.weight(), 0, "the present is not made again");
    assert_eq!((opened.says().await, opened.said_at("closing").await), (Some(4), Some(2)));
    assert!(opened.host.soundness().begin().is_ok());
}

/// Whoever still reads what is given up may find out more of it: all that is made good at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubts_of_what_is_given_up_are_made_good_together() {
    let opened = <Opened>::empty().await;
    opened.record().await;
    // Beyond where states are held.
    opened.record().await;
    let soundness = opened.host.soundness();
    soundness.doubt();
    let reader = opened.host.knowledge().await;
    let making = tokio::spawn({
        let host = opened.host.clone();
        async move { host.make_again(None).await.unwrap() }
    });
    sleep(A_WHILE).await;
    soundness.doubt();
    drop(reader);
    let raised = timeout(SOON, making).await.unwrap().unwrap();
    soundness.settle(raised);
    assert!(soundness.begin().is_ok(), "{raised:?} of 2");
    assert_eq!(opened.says().await, Some(2));
}
