//! The embedded ledger: one SQLite file, one process, one writer.

mod append;
mod connection;
mod earlier;
mod keys;
mod readers;
mod rows;
mod schema;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::checks::check_closing;
use crate::pack::Page;
use crate::record::{Description, Entry, Head};
use crate::standing::Kept;
use crate::verify::{self, Stored};
use crate::watching::grow;
use crate::{
    Closing, Cursor, EventKey, Feed, Kind, Ledger, LedgerError, NewClosing, Options, Position, Prepared, Receipt, RecordedEvent,
    RecordedFact, Schema, Standing, Submitted, Verification,
};
use connection::Writing;
use readers::Readers;
use writer::Writer;

/// A ledger in a file.
pub(crate) struct SqliteLedger {
    schema: Schema,
    options: Options,
    // Closed before the writer, which then leaves the file without a write-ahead log.
    readers: Readers,
    writer: Writer,
    standing: Arc<Kept>,
    head: Arc<watch::Sender<i64>>,
}

impl SqliteLedger {
    /// Opens the file, or creates it.
    pub(crate) async fn open(path: &Path, schema: Schema, options: Options) -> Result<Self, LedgerError> {
        let path: PathBuf = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            let lock = connection::own(&path)?;
            let mut connection = connection::writer(&path)?;
            schema::prepare(&mut connection, &schema)?;
            let head = rows::head(&connection)?;
            let standing = Arc::new(Kept::default());
            begin(&standing, &connection)?;
            let readers = Readers::new(path, options.readers);
            let writer = Writer::start(connection, lock)?;
            let head = Arc::new(watch::Sender::new(head.position.sequence));
            Ok(Self { schema, options, readers, writer, standing, head })
        });
        opened.await.map_err(|panicked| LedgerError::Storage { doing: "opening the ledger file", source: panicked.into() })?
    }

    /// Does a transaction on the writer's thread. What is known in memory is right before it, and is given up where the outcome is not known.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writing, &Kept) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let standing = Arc::clone(&self.standing);
        let work = move |writing: &mut Writing| {
            begin(&standing, &writing.connection)?;
            let done = work(writing, &standing);
            if done.as_ref().is_err_and(|error| error.kind() != Kind::Refused) {
                standing.forget();
            }
            done
        };
        self.writer.run(work).await
    }
}

/// Reads the view if there is none. For the thread that writes alone: nobody else knows that nothing is being recorded.
fn begin(standing: &Kept, connection: &rusqlite::Connection) -> Result<(), LedgerError> {
    if standing.head().is_none() {
        standing.begin(&[], &rows::standing(connection, &[])?);
    }
    Ok(())
}

#[async_trait]
impl Ledger for SqliteLedger {
    fn schema(&self) -> Schema {
        self.schema
    }

    async fn record(&self, prepared: Arc<Prepared>, expected_head: i64) -> Result<Submitted, LedgerError> {
        let (schema, options, head) = (self.schema, self.options.clone(), Arc::clone(&self.head));
        let work = move |writing: &mut Writing, standing: &Kept| {
            let submitted = append::submit(writing, &schema, &*options.clock, &options.page_limit, &prepared, expected_head)?;
            if let Submitted::New(receipt) = &submitted {
                let position = Position { sequence: receipt.sequence, chain_hash: receipt.chain_hash };
                standing.batch(position, &prepared.batch.events);
                grow(&head, receipt.sequence);
            }
            Ok(submitted)
        };
        match self.write(work).await {
            Err(LedgerError::Rejected { total, mut violations }) => {
                let refused = violations.clone();
                let look_up = move |connection: &rusqlite::Connection| {
                    keys::last_recorded(connection, &mut violations, expected_head).map(|()| violations)
                };
                // Refused it is, even if nobody can say where what it touches was recorded.
                Err(LedgerError::Rejected { total, violations: self.readers.run(look_up).await.unwrap_or(refused) })
            }
            submitted => submitted,
        }
    }

    async fn head(&self) -> Result<Position, LedgerError> {
        match self.standing.head() {
            Some(head) => Ok(head),
            None => self.readers.run(|connection| Ok(rows::head(connection)?.position)).await,
        }
    }

    async fn standing(&self, origins: &[&str]) -> Result<Standing, LedgerError> {
        if let Some(standing) = self.standing.standing(origins) {
            return Ok(standing);
        }
        let wanted: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
        let found = self.readers.run(move |connection| rows::standing(connection, &wanted)).await?;
        self.standing.found(origins, &found);
        Ok(found)
    }

    async fn receipt(&self, batch_id: &str) -> Result<Option<Receipt>, LedgerError> {
        let batch_id = batch_id.to_owned();
        self.readers.run(move |connection| rows::receipt(connection, &batch_id)).await
    }

    async fn receipts(&self, after_sequence: i64, limit: u32) -> Result<Vec<Receipt>, LedgerError> {
        self.readers.run(move |connection| rows::receipts(connection, after_sequence, i64::MAX, limit)).await
    }

    async fn facts(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedFact>, LedgerError> {
        let page = Page::after(after, limit, self.schema.columns.len());
        self.readers.run(move |connection| rows::facts(connection, after, through_sequence, page)).await
    }

    async fn events(&self, after: Cursor, through_sequence: i64, limit: u32) -> Result<Vec<RecordedEvent>, LedgerError> {
        self.stored_events(after, through_sequence, limit).await
    }

    async fn recorded_events(&self, keys: Vec<EventKey>) -> Result<Vec<RecordedEvent>, LedgerError> {
        self.readers.run(move |connection| rows::recorded_events(connection, &keys)).await
    }

    async fn feeds(&self, after_origin: &str, limit: u32) -> Result<Vec<Feed>, LedgerError> {
        let after = after_origin.to_owned();
        self.readers.run(move |connection| rows::feeds(connection, &after, limit)).await
    }

    async fn close(&self, closing: NewClosing, expected_head: i64) -> Result<Closing, LedgerError> {
        check_closing(&closing)?;
        let (schema, options, head) = (self.schema, self.options.clone(), Arc::clone(&self.head));
        let work = move |writing: &mut Writing, standing: &Kept| {
            let closing = append::close(writing, &schema, &*options.clock, &options.page_limit, &closing, expected_head)?;
            standing.closing(&closing);
            grow(&head, closing.entry_sequence());
            Ok(closing)
        };
        self.write(work).await
    }

    async fn closings(&self) -> Result<Vec<Closing>, LedgerError> {
        match self.standing.closings() {
            Some(closings) => Ok(closings),
            None => self.readers.run(rows::every_closing).await,
        }
    }

    async fn sequence_at(&self, moment_micros: i64) -> Result<i64, LedgerError> {
        self.readers.run(move |connection| rows::sequence_at(connection, moment_micros)).await
    }

    async fn verify(&self) -> Result<Verification, LedgerError> {
        verify::verify(self, &self.schema).await
    }

    fn subscribe(&self) -> watch::Receiver<i64> {
        self.head.subscribe()
    }
}

#[async_trait]
impl Stored for SqliteLedger {
    fn version(&self) -> i64 {
        schema::VERSION
    }

    async fn description(&self) -> Result<Description, LedgerError> {
        self.readers.run(schema::description).await
    }

    async fn stored_head(&self) -> Result<Head, LedgerError> {
        self.readers.run(rows::head).await
    }

    async fn entries(&self, after: i64, through: i64, limit: u32) -> Result<Vec<Entry>, LedgerError> {
        let read = move |connection: &rusqlite::Connection| {
            let batches = rows::receipts(connection, after, through, limit)?;
            Ok(Entry::merged(batches, rows::closings(connection, after, through, limit)?, limit))
        };
        self.readers.run(read).await
    }

    async fn stored_facts(&self, after: Cursor, through: i64, limit: u32) -> Result<Vec<RecordedFact>, LedgerError> {
        let page = Page::whole(limit, self.schema.columns.len());
        self.readers.run(move |connection| rows::facts(connection, after, through, page)).await
    }

    async fn stored_events(&self, after: Cursor, through: i64, limit: u32) -> Result<Vec<RecordedEvent>, LedgerError> {
        self.readers.run(move |connection| rows::events(connection, after, through, limit)).await
    }

    async fn check_structure(&self) -> Result<(), LedgerError> {
        self.readers.run(schema::check_structure).await
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::*;

    /// What recorded means rests on these: a commit is on the disk before it is acknowledged, and a damaged page is noticed.
    #[tokio::test]
    async fn the_writing_connection_is_durable_and_wary() {
        const FULL: i64 = 2;
        let folder = tempfile::tempdir().unwrap();
        let schema = Schema { domain: "sample", columns: &["pieces"] };
        let ledger = SqliteLedger::open(&folder.path().join("ledger.db"), schema, Options::default()).await.unwrap();
        for (pragma, expected) in [
            ("journal_mode", Value::Text("wal".to_owned())),
            ("synchronous", Value::Integer(FULL)),
            ("foreign_keys", Value::Integer(1)),
            ("trusted_schema", Value::Integer(0)),
            ("cell_size_check", Value::Integer(1)),
        ] {
            let ask = move |writing: &mut Writing, _: &Kept| {
                Ok(writing.connection.pragma_query_value(None, pragma, |row| row.get::<_, Value>(0)).unwrap())
            };
            assert_eq!(ledger.write(ask).await.unwrap(), expected, "{pragma}");
        }
    }
}
