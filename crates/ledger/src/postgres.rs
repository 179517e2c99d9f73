//! The shared ledger: PostgreSQL, any number of processes, one head row that every writer holds in turn.

mod address;
mod append;
mod batch;
mod closing;
mod connections;
mod copy;
mod earlier;
mod errors;
mod follow;
mod insertion;
mod keys;
mod memory;
mod retry;
mod rows;
mod session;
mod tables;
mod write;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_postgres::IsolationLevel;

use crate::checks::check_closing;
use crate::pack::Page;
use crate::record::{Description, Entry, Head};
use crate::standing::Kept;
use crate::verify::{self, Stored};
use crate::watching::grow;
use crate::{
    Closing, Cursor, EventKey, Feed, Ledger, LedgerError, NewClosing, Options, Position, Prepared, Receipt, RecordedEvent, RecordedFact,
    Schema, Standing, Submitted, Verification, Violation,
};
use append::append;
use batch::BatchAppend;
use closing::ClosingAppend;
use connections::Connections;
use errors::failed;
use rows::Lock;
use tables::Tables;

/// Data that stays unacknowledged for so long means that the other side is gone.
const PEER_GONE: Duration = Duration::from_secs(30);

/// A ledger in a database.
pub(crate) struct PostgresLedger {
    shared: Arc<Shared>,
    follower: JoinHandle<()>,
}

/// What tasks that outlive a caller need.
struct Shared {
    schema: Schema,
    options: Options,
    connections: Arc<Connections>,
    tables: Arc<Tables>,
    /// The highest head that this process has heard of.
    head: Arc<watch::Sender<i64>>,
    /// What whoever records must know first: right where the head is not beyond it, and given up where that is not certain.
    standing: Kept,
    /// The last sequence that this process has appended; the task that tells others of it ends with it.
    appended: watch::Sender<i64>,
}

impl PostgresLedger {
    /// Connects, and creates the tables if need be.
    pub(crate) async fn open(url: &str, schema: Schema, options: Options) -> Result<Self, LedgerError> {
        let mut address = address::read(url)?;
        address.config.application_name(format!("piramide-{}", schema.domain)).tcp_user_timeout(PEER_GONE);
        let connections = Arc::new(Connections::new(address, options.readers));
        let tables = Arc::new(Tables::of(&schema));
        let mut writer = connections.writer().await?;
        tables.prepare(&mut writer.session.client, &schema).await?;
        let head = rows::head(&writer.session, &tables, Lock::Leave).await?;
        writer.give_back();
        let head = Arc::new(watch::Sender::new(head.position.sequence));
        let follower = tokio::spawn(follow::follow(Arc::clone(&connections), Arc::clone(&tables), Arc::clone(&head)));
        let (appended, to_announce) = watch::channel(head.borrow().to_owned());
        tokio::spawn(follow::announce(Arc::clone(&connections), Arc::clone(&tables), to_announce));
        let shared = Shared { schema, options, connections, tables, head, standing: Kept::default(), appended };
        Ok(Self { shared: Arc::new(shared), follower })
    }

    /// Appends in a task of its own, so that the transaction comes to its end even when the caller has gone.
    async fn to_the_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, LedgerError>> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let stopped = |source: tokio::task::JoinError| LedgerError::Storage { doing: "writing", source: source.into() };
        tokio::spawn(work).await.map_err(stopped)?
    }
}

impl Drop for PostgresLedger {
    fn drop(&mut self) {
        self.follower.abort();
    }
}

impl Shared {
    async fn record(&self, prepared: &Prepared, expected_head: i64) -> Result<Submitted, LedgerError> {
        let Self { schema, tables, options, .. } = self;
        let work = BatchAppend { schema, tables, clock: &*options.clock, prepared, expected_head };
        match self.learnt(append(&self.connections, &work).await) {
            Err(LedgerError::Rejected { total, violations }) => {
                Err(LedgerError::Rejected { total, violations: self.placed(violations, expected_head).await })
            }
            submitted => {
                let submitted = submitted?;
                if let Submitted::New(receipt) = &submitted {
                    let head = Position { sequence: receipt.sequence, chain_hash: receipt.chain_hash };
                    self.standing.batch(head, &prepared.batch.events);
                }
                self.tell(submitted.receipt().sequence);
                Ok(submitted)
            }
        }
    }

    /// The violations with where what they touch was recorded. Refused they are, even if nobody can say where.
    async fn placed(&self, violations: Vec<Violation>, through: i64) -> Vec<Violation> {
        let mut placed = violations.clone();
        let look_up = async {
            let session = self.connections.reader().await?;
            keys::last_recorded(&session, &self.tables, &mut placed, through).await
        };
        match look_up.await {
            Ok(()) => placed,
            Err(error) => {
                tracing::debug!(%error, "where a refused batch was recorded before is not known");
                violations
            }
        }
    }

    async fn close(&self, closing: NewClosing, expected_head: i64) -> Result<Closing, LedgerError> {
        check_closing(&closing)?;
        let Self { schema, tables, options, .. } = self;
        let work = ClosingAppend { schema, tables, clock: &*options.clock, asked: &closing, expected_head };
        let closing = self.learnt(append(&self.connections, &work).await)?;
        self.standing.closing(&closing);
        self.tell(closing.entry_sequence());
        Ok(closing)
    }

    /// Gives up what is known of where the ledger stands after a failure: the work may have been recorded all the same, or been refused because
    /// another has recorded. What the head is then said to be is remembered, so that nothing older is taken for right.
    fn learnt<T>(&self, done: Result<T, LedgerError>) -> Result<T, LedgerError> {
        if let Err(error) = &done {
            self.standing.forget();
            if let LedgerError::HeadMoved { actual, .. } = error {
                grow(&self.head, *actual);
            }
        }
        done
    }

    /// Tells subscribers here, and those elsewhere without anybody waiting for it.
    fn tell(&self, sequence: i64) {
        grow(&self.head, sequence);
        // Whoever follows here may have read the head before: the others have not.
        grow(&self.appended, sequence);
    }
}

#[async_trait]
impl Ledger for PostgresLedger {
    fn schema(&self) -> Schema {
        self.shared.schema
    }

    async fn record(&self, batch: Arc<Prepared>, expected_head: i64) -> Result<Submitted, LedgerError> {
        let shared = Arc::clone(&self.shared);
        self.to_the_end(async move { shared.record(&batch, expected_head).await }).await
    }

    async fn head(&self) -> Result<Position, LedgerError> {
        let head = self.stored_head().await?.position;
        grow(&self.shared.head, head.sequence);
        Ok(head)
    }

    /// From memory as long as nobody has told of a higher head.
    async fn standing(&self, origins: &[&str]) -> Result<Standing, LedgerError> {
        let Shared { connections, tables, head, standing, .. } = &*self.shared;
        // Read first: what is heard meanwhile may be in what is known already, and not the other way round.
        let heard = *head.borrow();
        if let Some(known) = standing.standing(origins).filter(|known| known.head.sequence >= heard) {
            return Ok(known);
        }
        let session = connections.reader().await?;
        let found = rows::standing(&session, tables, origins).await?;
        standing.begin(origins, &found);
        Ok(found)
    }

    async fn receipt(&self, batch_id: &str) -> Result<Option<Receipt>, LedgerError> {
        let session = self.shared.connections.reader().await?;
        rows::receipt(&session, &self.shared.tables, batch_id).await
    }

    async fn receipts(&self, after_sequence: i64, limit: u32) -> Result<Vec<Receipt>, LedgerError> {
        let session = self.shared.connections.reader().await?;
        rows::receipts(&session, &self.shared.tables, after_sequence, i64::MAX, limit).await
    }

    async fn facts(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedFact>, LedgerError> {
        let Shared { tables, schema, connections, .. } = &*self.shared;
        let (session, page) = (connections.reader().await?, Page::after(after, limit, schema.columns.len()));
        rows::facts(&session, tables, after, through_sequence, limit, page).await
    }

    async fn events(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedEvent>, LedgerError> {
        self.stored_events(after, through_sequence, limit).await
    }

    async fn recorded_events(&self, keys: Vec<EventKey>) -> Result<Vec<RecordedEvent>, LedgerError> {
        let session = self.shared.connections.reader().await?;
        rows::recorded_events(&session, &self.shared.tables, &keys).await
    }

    async fn feeds(&self, after_origin: &str, limit: u32) -> Result<Vec<Feed>, LedgerError> {
        let session = self.shared.connections.reader().await?;
        rows::feeds(&session, &self.shared.tables, after_origin, limit).await
    }

    async fn close(&self, closing: NewClosing, expected_head: i64) -> Result<Closing, LedgerError> {
        let shared = Arc::clone(&self.shared);
        self.to_the_end(async move { shared.close(closing, expected_head).await }).await
    }

    async fn closings(&self) -> Result<Vec<Closing>, LedgerError> {
        let session = self.shared.connections.reader().await?;
        rows::closings(&session, &self.shared.tables, 0, i64::MAX, u32::MAX).await
    }

    async fn sequence_at(&self, moment_micros: i64) -> Result<i64, LedgerError> {
        let session = self.shared.connections.reader().await?;
        rows::sequence_at(&session, &self.shared.tables, moment_micros).await
    }

    async fn verify(&self) -> Result<Verification, LedgerError> {
        verify::verify(self, &self.shared.schema).await
    }

    fn subscribe(&self) -> watch::Receiver<i64> {
        self.shared.head.subscribe()
    }
}

#[async_trait]
impl Stored for PostgresLedger {
    fn version(&self) -> i64 {
        tables::VERSION
    }

    async fn description(&self) -> Result<Description, LedgerError> {
        let session = self.shared.connections.reader().await?;
        self.shared.tables.description(&session.client).await
    }

    async fn stored_head(&self) -> Result<Head, LedgerError> {
        let session = self.shared.connections.reader().await?;
        rows::head(&session, &self.shared.tables, Lock::Leave).await
    }

    async fn entries(&self, after: i64, through: i64, limit: u32) -> Result<Vec<Entry>, LedgerError> {
        let session = self.shared.connections.reader().await?;
        let batches = rows::receipts(&session, &self.shared.tables, after, through, limit).await?;
        let closings = rows::closings(&session, &self.shared.tables, after, through, limit).await?;
        Ok(Entry::merged(batches, closings, limit))
    }

    async fn stored_facts(&self, after: Cursor, through: i64, limit: u32) -> Result<Vec<RecordedFact>, LedgerError> {
        let Shared { tables, schema, connections, .. } = &*self.shared;
        let (session, page) = (connections.reader().await?, Page::whole(limit, schema.columns.len()));
        rows::facts(&session, tables, after, through, limit, page).await
    }

    async fn stored_events(&self, after: Cursor, through: i64, limit: u32) -> Result<Vec<RecordedEvent>, LedgerError> {
        let session = self.shared.connections.reader().await?;
        rows::events(&session, &self.shared.tables, after, through, limit).await
    }

    /// Compares the sets with the facts. PostgreSQL checks its pages itself when the cluster has checksums, and its indexes with the
    /// extension `amcheck`.
    async fn check_structure(&self) -> Result<(), LedgerError> {
        let doing = "comparing the sets with the facts";
        let mut session = self.shared.connections.connect().await?;
        let view = session.client.build_transaction().isolation_level(IsolationLevel::RepeatableRead).read_only(true).start().await;
        let view = view.map_err(|e| failed(doing, e))?;
        keys::check(&view, &self.shared.tables).await
    }
}
