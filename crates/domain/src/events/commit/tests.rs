//! Events recorded on the strength of what another replica has made old meanwhile.

use std::{future::poll_fn, sync::Mutex};

use async_trait::async_trait;
use piramide_contracts::domains;
use piramide_ledger::{
    Cursor, Feed, Ledger, NewClosing, Position, Prepared, Provenance, Receipt, RecordedEvent, RecordedFact, Schema, Verification,
};
use piramide_plan::{IndicatorDefinition, Plan, Plans};
use piramide_service::Server;
use tokio::sync::watch;
use tonic::Code;

use super::*;
use crate::{Domain, Handle, Incoming, Measured, Quantity, Query, Recorder, Violation, faulty::Faulty};

const SCHEMA: Schema = Schema { domain: "production", columns: &["received"] };
const MONTH: i32 = 26_262;
/// Pieces of which the domain panics.
const DEFECT: i64 = 13;

/// A domain of pieces, of which no more can be taken back than there are.
struct Pieces;

impl Domain for Pieces {
    const IDENTITY: domains::Domain = domains::PRODUCTION;
    const QUANTITIES: &'static [Quantity] = &[];
    const COLUMNS: &'static [&'static str] = SCHEMA.columns;
    const MONTH_13: bool = false;
    type State = ();

    fn subject_label<'a>(&self, _plan: &'a Plan, _subject: &str) -> Option<&'a str> {
        None
    }

    fn check(&self, _batch: &Incoming<'_>, _facts: &Facts) -> Vec<Violation> {
        Vec::new()
    }

    fn measure(&self, _query: &Query<'_>, _state: &(), indicator: &IndicatorDefinition) -> Measured {
        crate::domain::unknown_method(indicator)
    }

    fn serve(server: Server, _handle: Handle<Self>) -> Server {
        server
    }

    fn knows_method(&self, _method: &str) -> bool {
        true
    }
}

impl Streamed for Pieces {
    fn fold<'a>(&self, draft: &Draft<'a>, event: &'a Event, _corrects: bool) -> Result<Vec<Touched<'a>>, Refused> {
        assert_ne!(event.amount, DEFECT, "a defect");
        let month = Month::from_index(event.month).unwrap();
        let values = draft.get(&event.structure, &event.subject, month).unwrap_or_default();
        let sum = values.get(0).unwrap_or(0) + event.amount;
        if sum < 0 {
            return Err(Refused::new("pieces", "BELOW_ZERO", format!("{sum} pieces")));
        }
        let values = values.with(0, Some(sum));
        Ok(vec![Touched { structure: &event.structure, subject: event.subject.as_str().into(), month, values }])
    }
}

/// A ledger that says where it stands from memory, and hears of others only by asking for the head or by a refusal.
struct Deaf {
    ledger: Arc<dyn Ledger>,
    known: Mutex<Option<Standing>>,
}

#[async_trait]
impl Ledger for Deaf {
    fn schema(&self) -> Schema {
        self.ledger.schema()
    }

    async fn record(&self, batch: Arc<Prepared>, expected_head: i64) -> Result<Submitted, LedgerError> {
        *self.known.lock().unwrap() = None;
        self.ledger.record(batch, expected_head).await
    }

    async fn head(&self) -> Result<Position, LedgerError> {
        let head = self.ledger.head().await?;
        self.known.lock().unwrap().take_if(|known| known.head != head);
        Ok(head)
    }

    async fn standing(&self, origins: &[&str]) -> Result<Standing, LedgerError> {
        if let Some(known) = self.known.lock().unwrap().clone() {
            return Ok(known);
        }
        let found = self.ledger.standing(origins).await?;
        *self.known.lock().unwrap() = Some(found.clone());
        Ok(found)
    }

    async fn receipt(&self, batch_id: &str) -> Result<Option<Receipt>, LedgerError> {
        self.ledger.receipt(batch_id).await
    }

    async fn receipts(&self, after_sequence: i64, limit: u32) -> Result<Vec<Receipt>, LedgerError> {
        self.ledger.receipts(after_sequence, limit).await
    }

    async fn facts(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedFact>, LedgerError> {
        self.ledger.facts(after, through_sequence, limit).await
    }

    async fn events(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedEvent>, LedgerError> {
        self.ledger.events(after, through_sequence, limit).await
    }

    async fn recorded_events(&self, keys: Vec<EventKey>) -> Result<Vec<RecordedEvent>, LedgerError> {
        self.ledger.recorded_events(keys).await
    }

    async fn feeds(&self, after_origin: &str, limit: u32) -> Result<Vec<Feed>, LedgerError> {
        self.ledger.feeds(after_origin, limit).await
    }

    async fn close(&self, closing: NewClosing, expected_head: i64) -> Result<Closing, LedgerError> {
        self.ledger.close(closing, expected_head).await
    }

    async fn closings(&self) -> Result<Vec<Closing>, LedgerError> {
        self.ledger.closings().await
    }

    async fn sequence_at(&self, moment_micros: i64) -> Result<i64, LedgerError> {
        self.ledger.sequence_at(moment_micros).await
    }

    async fn verify(&self) -> Result<Verification, LedgerError> {
        self.ledger.verify().await
    }

    fn subscribe(&self) -> watch::Receiver<i64> {
        self.ledger.subscribe()
    }
}

/// Two replicas on one ledger; `one` hears nothing by itself.
struct Replicas {
    one: Arc<Host<Pieces>>,
    other: Arc<Host<Pieces>>,
    _folder: tempfile::TempDir,
}

impl Replicas {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ledger = piramide_ledger::open(&format!("sqlite:{}", folder.path().join("ledger.db").display()), SCHEMA).await.unwrap();
        let plans = Arc::new(Plans::bundled().unwrap());
        let deaf: Arc<dyn Ledger> = Arc::new(Deaf { ledger: ledger.clone(), known: Mutex::default() });
        let one = Arc::new(Host::open(Pieces, plans.clone(), deaf, None).await.unwrap());
        let other = Arc::new(Host::open(Pieces, plans, ledger, None).await.unwrap());
        // Now it knows where the ledger stands.
        one.standing(&["desk"]).await.unwrap();
        Self { one, other, _folder: folder }
    }
}

/// One on a ledger that fails as it is told.
async fn faulty() -> (Arc<Host<Pieces>>, Arc<Faulty>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = piramide_ledger::open(&format!("sqlite:{}", folder.path().join("ledger.db").display()), SCHEMA).await.unwrap();
    let faulty = Faulty::over(ledger);
    let host = Host::open(Pieces, Arc::new(Plans::bundled().unwrap()), faulty.clone(), None).await.unwrap();
    (Arc::new(host), faulty, folder)
}

fn closing(name: String) -> NewClosing {
    NewClosing { name, first_month: MONTH - 12, last_month: MONTH - 1, author: "director".into(), note: None }
}

async fn send(host: &Arc<Host<Pieces>>, number: i64, amount: i64) -> Settled {
    commit(host, vec![chunk([(number, amount)])]).await.unwrap().settled.remove(0)
}

fn chunk(events: impl IntoIterator<Item = (i64, i64)>) -> Chunk {
    let event = |(number, amount)| Event {
        origin: "desk".into(),
        number,
        kind: "received".into(),
        structure: "S".into(),
        counterpart: None,
        subject: "P".into(),
        month: MONTH,
        moment: 1,
        amount,
    };
    Chunk { provenance: Provenance::Submitted, reason: None, events: events.into_iter().map(event).collect() }
}

async fn pieces(host: &Arc<Host<Pieces>>) -> Option<i64> {
    host.abreast().await.unwrap();
    host.knowledge().await.facts.get("P", "S", (MONTH, MONTH))?.values.get(0)
}

fn settled(accepted: u64, duplicates: u64, sequence: i64) -> Settled {
    Settled { accepted, duplicates, refused: Vec::new(), sequence }
}

#[tokio::test]
async fn an_event_is_counted_on_top_of_what_another_replica_recorded() {
    let Replicas { one, other, _folder } = Replicas::open().await;
    assert_eq!(send(&other, 1, 5).await, settled(1, 0, 1));
    assert_eq!(send(&one, 2, 7).await, settled(1, 0, 2));
    assert_eq!((pieces(&one).await, pieces(&other).await), (Some(12), Some(12)));
}

/// Nothing is submitted of what is refused, so that the ledger could not tell that it was refused on what is old.
#[tokio::test]
async fn what_another_replica_recorded_can_be_taken_back_at_once() {
    let Replicas { one, other, _folder } = Replicas::open().await;
    assert_eq!(send(&other, 1, 5).await, settled(1, 0, 1));
    assert_eq!(send(&one, 2, -3).await, settled(1, 0, 2));
    let refused = send(&one, 3, -3).await;
    assert_eq!((refused.accepted, refused.refused[0].1.reason), (0, "BELOW_ZERO"));
    assert_eq!(pieces(&one).await, Some(2));
}

#[tokio::test]
async fn an_event_that_another_replica_recorded_is_a_duplicate_up_to_where_it_is() {
    let Replicas { one, other, _folder } = Replicas::open().await;
    assert_eq!(send(&other, 9, 5).await, settled(1, 0, 1));
    assert_eq!(send(&one, 9, 5).await, settled(0, 1, 1));
    one.standing(&["desk"]).await.unwrap();
    // Of a number below the last, which is looked up.
    assert_eq!(send(&other, 4, 5).await, settled(1, 0, 2));
    assert_eq!(send(&one, 4, 5).await, settled(0, 1, 2));
    assert_eq!(pieces(&one).await, Some(10));
}

#[tokio::test]
async fn what_another_replica_closed_is_closed() {
    let Replicas { one, other, _folder } = Replicas::open().await;
    let closing = NewClosing { name: "Q1".into(), first_month: MONTH, last_month: MONTH, author: "director".into(), note: None };
    other.ledger.close(closing, 0).await.unwrap();
    let refused = send(&one, 1, 5).await;
    assert_eq!((refused.accepted, refused.refused[0].1.reason), (0, "PERIOD_CLOSED"));
    assert_eq!(pieces(&one).await, None);
}

/// Few are folded where they stand, many elsewhere.
#[tokio::test]
async fn an_event_that_the_domain_panics_of_is_refused_and_those_beside_it_are_recorded() {
    let (host, _faulty, _folder) = faulty().await;
    for (first, count) in [(1, 3), (101, 50)] {
        let before = pieces(&host).await.unwrap_or(0);
        let events = (first..first + count).map(|number| (number, if number == first + 1 { DEFECT } else { 1 }));
        let settled = commit(&host, vec![chunk(events)]).await.unwrap().settled.remove(0);
        let refused: Vec<_> = settled.refused.iter().map(|(number, refused)| (*number, refused.reason)).collect();
        assert_eq!((settled.accepted, refused), (u64::try_from(count).unwrap() - 1, vec![(first + 1, "BUG")]));
        assert_eq!(pieces(&host).await, Some(before + count - 1));
    }
    assert!(host.soundness().begin().is_ok(), "nothing was changed by it");
}

async fn record(recorder: &Recorder, number: i64) -> Result<Settled, Status> {
    let mut answer = recorder.clone().record(chunk([(number, 1)])).await.unwrap();
    poll_fn(|cx| answer.poll_settled(cx)).await
}

#[tokio::test]
async fn a_defect_ends_its_group_and_not_the_recorder() {
    let (host, faulty, _folder) = faulty().await;
    let recorder = Recorder::start(Handle(host.clone()));
    faulty.fail(1, || panic!("a defect"));
    assert_eq!(record(&recorder, 1).await.unwrap_err().code(), Code::Internal);
    assert_eq!(record(&recorder, 1).await.unwrap(), settled(1, 0, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closing_finds_its_place_among_events() {
    let (host, _faulty, _folder) = faulty().await;
    let streaming = tokio::spawn({
        let host = host.clone();
        async move {
            for number in 1.. {
                assert_eq!(send(&host, number, 1).await.accepted, 1);
            }
        }
    });
    let mut before = 0;
    for quarter in 1..=20 {
        let closed = host.close(closing(format!("Q{quarter}"))).await.unwrap();
        assert!(closed.sequence >= before, "it freezes what is recorded");
        before = closed.entry_sequence();
    }
    assert!(!streaming.is_finished());
    streaming.abort();
}

#[tokio::test]
async fn a_closing_is_tried_again_when_other_replicas_record() {
    let (host, faulty, _folder) = faulty().await;
    let moved = || LedgerError::HeadMoved { expected: 0, actual: 1 };
    let most = usize::try_from(MOST_ATTEMPTS).unwrap();
    faulty.fail(most, moved);
    assert_eq!(host.close(closing("Q1".into())).await.unwrap_err().code(), Code::Aborted);
    faulty.fail(most - 1, moved);
    assert_eq!(host.close(closing("Q1".into())).await.unwrap().sequence, 0);
}
