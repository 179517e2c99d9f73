//! The two transactions that write, done again as a whole when another writer or the network gets in the way.
//!
//! Every writer holds the head row from the beginning of its transaction. So after a lost connection the same work can simply be
//! done again: the lock is only given once the lost transaction has ended, and the batch is then found recorded, or is not.
//!
//! Statements are sent together and answered together wherever none needs the answer of another: a round trip costs more than most of them.

use std::pin::pin;

use async_trait::async_trait;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

use super::connections::Connections;
use super::errors::{connection_lost, failed, lost_to_another};
use super::keys;
use super::retry;
use super::rows::{self, Lock};
use super::tables::Tables;
use crate::chain::Hash;
use crate::checks::{Judge, Prepared, Recorded, check_head};
use crate::record::{BATCH_COLUMNS, CLOSING_COLUMNS, EVENT_COLUMNS};
use crate::{Clock, Closing, Event, Fact, Kind, LedgerError, NewClosing, Position, Receipt, Schema, Submitted};

/// Attempts at one piece of work.
const ATTEMPTS: u32 = 5;
/// Rows that go in a statement like any other; more are copied, which takes round trips of its own.
const FEW: usize = 64;

/// What a transaction did.
pub(super) enum Step<T> {
    /// Nothing: the answer is already recorded.
    Known(T),
    /// It recorded the answer, for good.
    Recorded(T),
}

/// Work that appends a record.
#[async_trait]
pub(super) trait Append: Sync {
    /// What the caller gets.
    type Answer: Send;

    /// What is appended, for messages.
    fn what(&self) -> String;

    /// Does all of a transaction. `in_doubt` is the chain hash of an attempt that may have been committed, this one's too.
    async fn write(&self, client: &Client, in_doubt: &mut Option<Hash>) -> Result<Step<Self::Answer>, LedgerError>;
}

/// Does the work durably, or not at all.
pub(super) async fn append<A: Append>(connections: &Connections, work: &A) -> Result<A::Answer, LedgerError> {
    let mut in_doubt = None;
    let mut attempt = 1;
    loop {
        let error = match try_append(connections, work, &mut in_doubt).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        match obstacle(&error) {
            Some(_) if attempt < ATTEMPTS => {
                tracing::debug!(%error, attempt, "appending again");
                retry::pause(attempt).await;
                attempt += 1;
            }
            // A refusal was pronounced with the head row held, so it is certain that no earlier attempt went through.
            _ if in_doubt.is_some() && error.kind() != Kind::Refused => {
                return Err(LedgerError::OutcomeUnknown { what: work.what(), source: error.into() });
            }
            Some(Obstacle::Writer) => return Err(LedgerError::Conflict { attempts: attempt }),
            Some(Obstacle::Network) | None => return Err(error),
        }
    }
}

async fn try_append<A: Append>(connections: &Connections, work: &A, in_doubt: &mut Option<Hash>) -> Result<A::Answer, LedgerError> {
    let writer = connections.writer().await?;
    let (result, ended) = match work.write(&writer.client, in_doubt).await {
        Ok(Step::Recorded(answer)) => (Ok(answer), Ok(())),
        Ok(Step::Known(answer)) => (Ok(answer), writer.client.batch_execute("ROLLBACK").await),
        Err(error) => (Err(error), writer.client.batch_execute("ROLLBACK").await),
    };
    // A connection that cannot be told is not kept, and what was under way ends with it.
    if ended.is_ok() {
        writer.give_back();
    }
    result
}

/// Starts a transaction, of which every statement sees what was committed before it.
async fn begin(client: &Client) -> Result<(), LedgerError> {
    let sql = "START TRANSACTION ISOLATION LEVEL READ COMMITTED";
    client.batch_execute(sql).await.map_err(|e| failed("starting to write", e))
}

/// What became of the statements that end a transaction: where the connection was lost, nobody knows.
fn ended(written: Result<(), Error>, chain_hash: Hash, in_doubt: &mut Option<Hash>) -> Result<(), LedgerError> {
    *in_doubt = written.as_ref().is_err_and(connection_lost).then_some(chain_hash);
    written.map_err(|e| failed("writing a record", e))
}

/// What can be overcome by trying again.
enum Obstacle {
    Writer,
    Network,
}

fn obstacle(error: &LedgerError) -> Option<Obstacle> {
    let LedgerError::Unavailable { source, .. } = error else { return None };
    match source.downcast_ref::<Error>() {
        Some(error) if lost_to_another(error) => Some(Obstacle::Writer),
        Some(error) => connection_lost(error).then_some(Obstacle::Network),
        None => Some(Obstacle::Network),
    }
}

/// A batch to append.
pub(super) struct BatchAppend<'a> {
    pub(super) schema: &'a Schema,
    pub(super) tables: &'a Tables,
    pub(super) clock: &'a dyn Clock,
    pub(super) prepared: &'a Prepared,
    pub(super) expected_head: i64,
}

#[async_trait]
impl Append for BatchAppend<'_> {
    type Answer = Submitted;

    fn what(&self) -> String {
        format!("batch {}", self.prepared.batch.id)
    }

    async fn write(&self, client: &Client, in_doubt: &mut Option<Hash>) -> Result<Step<Submitted>, LedgerError> {
        let Self { schema, tables, prepared, .. } = self;
        let batch = &prepared.batch;
        // Sent in this order: what follows the lock sees what its last holder committed.
        let ((), head, first, closings, keys) = tokio::try_join!(
            biased;
            begin(client),
            rows::head(client, tables, Lock::Hold),
            rows::receipt(client, tables, &batch.id),
            rows::closings(client, tables, 0, i64::MAX, u32::MAX),
            keys::touched(client, tables, prepared)
        )?;
        if let Some(first) = first {
            let ours = *in_doubt == Some(first.chain_hash);
            return Ok(Step::Known(if ours { Submitted::New(first) } else { prepared.replayed(first)? }));
        }
        check_head(self.expected_head, head.position.sequence)?;
        let mut judge = Judge::new(prepared, &closings);
        for (position, fact) in batch.facts.iter().enumerate() {
            let recorded = keys.recorded(position, fact);
            judge.fact(fact, recorded.map(|(first_month, last_month)| Recorded { first_month, last_month, sequence: 0 }));
        }
        let receipt = head.next_receipt(schema, self.clock, prepared, judge.verdict()?);
        let changes = keys.changes();
        let position = Position { sequence: receipt.sequence, chain_hash: receipt.chain_hash };
        let write = async {
            let (few_facts, few_events) = (batch.facts.len() <= FEW, batch.events.len() <= FEW);
            if !few_facts {
                copy_facts(client, tables, schema, receipt.sequence, &batch.facts).await?;
            }
            if !few_events {
                copy_events(client, tables, receipt.sequence, &batch.events).await?;
            }
            // In this order: once one fails, those after it are told that, and not why.
            let facts = insert_facts(client, tables, schema, receipt.sequence, if few_facts { &batch.facts } else { &[] });
            let events = insert_events(client, tables, receipt.sequence, if few_events { &batch.events } else { &[] });
            let keys = keys::change(client, tables, &changes);
            let receipt_row = write_receipt(client, tables, &receipt);
            let head_row = move_head(client, tables, position, receipt.recorded_at);
            tokio::try_join!(biased; facts, events, keys, receipt_row, head_row, client.batch_execute("COMMIT")).map(drop)
        };
        ended(write.await, receipt.chain_hash, in_doubt)?;
        Ok(Step::Recorded(Submitted::New(receipt)))
    }
}

/// A closing to append.
pub(super) struct ClosingAppend<'a> {
    pub(super) schema: &'a Schema,
    pub(super) tables: &'a Tables,
    pub(super) clock: &'a dyn Clock,
    pub(super) asked: &'a NewClosing,
    pub(super) expected_head: i64,
}

#[async_trait]
impl Append for ClosingAppend<'_> {
    type Answer = Closing;

    fn what(&self) -> String {
        format!("closing {}", self.asked.name)
    }

    async fn write(&self, client: &Client, in_doubt: &mut Option<Hash>) -> Result<Step<Closing>, LedgerError> {
        let Self { schema, tables, asked, .. } = self;
        let ((), head, first) = tokio::try_join!(
            biased;
            begin(client),
            rows::head(client, tables, Lock::Hold),
            rows::closing(client, tables, &asked.name)
        )?;
        if let Some(first) = first {
            return first.answer(asked).map(Step::Known);
        }
        check_head(self.expected_head, head.position.sequence)?;
        let closing = head.next_closing(schema, self.clock, asked);
        let position = Position { sequence: closing.entry_sequence(), chain_hash: closing.chain_hash };
        let (row, head_row) = (write_closing(client, tables, &closing), move_head(client, tables, position, closing.recorded_at));
        let written = tokio::try_join!(biased; row, head_row, client.batch_execute("COMMIT")).map(drop);
        ended(written, closing.chain_hash, in_doubt)?;
        Ok(Step::Recorded(closing))
    }
}

/// The columns of a fact, in the order in which they are written, and their types.
fn fact_columns(schema: &Schema) -> (String, Vec<Type>) {
    let mut types = vec![Type::INT8, Type::INT8, Type::TEXT, Type::TEXT, Type::INT4, Type::INT4];
    types.extend(schema.columns.iter().map(|_| Type::INT8));
    (format!("sequence, line, structure, subject, first_month, last_month, {}", schema.stored_columns()), types)
}

/// Rows of parameters in one statement: `($1, $2), ($3, $4)`.
fn places(rows: usize, columns: usize) -> String {
    let row =
        |row: usize| format!("({})", (1..=columns).map(|column| format!("${}", row * columns + column)).collect::<Vec<_>>().join(", "));
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

async fn insert_facts(client: &Client, tables: &Tables, schema: &Schema, sequence: i64, facts: &[Fact]) -> Result<(), Error> {
    if facts.is_empty() {
        return Ok(());
    }
    let (columns, types) = fact_columns(schema);
    let sql = format!("INSERT INTO {} ({columns}) VALUES {}", tables.facts, places(facts.len(), types.len()));
    let texts: Vec<(i64, &str, &str)> =
        facts.iter().map(|fact| (i64::from(fact.line), fact.structure.as_ref(), fact.subject.as_ref())).collect();
    let mut row: Vec<(&(dyn ToSql + Sync), Type)> = Vec::with_capacity(facts.len() * types.len());
    for (fact, (line, structure, subject)) in facts.iter().zip(&texts) {
        let key: [&(dyn ToSql + Sync); 6] = [&sequence, line, structure, subject, &fact.first_month, &fact.last_month];
        let values = fact.values.iter().map(|value| value as &(dyn ToSql + Sync));
        row.extend(key.into_iter().chain(values).zip(types.iter().cloned()));
    }
    client.execute_typed(&sql, &row).await.map(drop)
}

async fn insert_events(client: &Client, tables: &Tables, sequence: i64, events: &[Event]) -> Result<(), Error> {
    if events.is_empty() {
        return Ok(());
    }
    let sql = format!("INSERT INTO {} ({EVENT_COLUMNS}) VALUES {}", tables.events, places(events.len(), EVENT_TYPES.len()));
    let lines: Vec<i64> = (1..).take(events.len()).collect();
    let mut row: Vec<(&(dyn ToSql + Sync), Type)> = Vec::with_capacity(events.len() * EVENT_TYPES.len());
    for (event, line) in events.iter().zip(&lines) {
        row.extend(event_row(&sequence, line, event).into_iter().zip(EVENT_TYPES));
    }
    client.execute_typed(&sql, &row).await.map(drop)
}

async fn copy_facts(client: &Client, tables: &Tables, schema: &Schema, sequence: i64, facts: &[Fact]) -> Result<(), Error> {
    let (columns, types) = fact_columns(schema);
    let sql = format!("COPY {} ({columns}) FROM STDIN (FORMAT binary)", tables.facts);
    let mut copy = pin!(BinaryCopyInWriter::new(client.copy_in(&sql).await?, &types));
    for fact in facts {
        let Fact { line, structure, subject, first_month, last_month, values } = fact;
        let line = i64::from(*line);
        let (structure, subject) = (structure.as_ref(), subject.as_ref());
        let mut row: Vec<&(dyn ToSql + Sync)> = vec![&sequence, &line, &structure, &subject, first_month, last_month];
        row.extend(values.iter().map(|value| value as &(dyn ToSql + Sync)));
        copy.as_mut().write(&row).await?;
    }
    copy.finish().await.map(|_| ())
}

/// The types of the columns of an event.
const EVENT_TYPES: [Type; 11] =
    [Type::INT8, Type::INT8, Type::TEXT, Type::INT8, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::INT4, Type::INT8, Type::INT8];

/// The columns of an event.
fn event_row<'e>(sequence: &'e i64, line: &'e i64, event: &'e Event) -> [&'e (dyn ToSql + Sync); 11] {
    let Event { origin, number, kind, structure, counterpart, subject, month, moment, amount } = event;
    [sequence, line, origin, number, kind, structure, counterpart, subject, month, moment, amount]
}

async fn copy_events(client: &Client, tables: &Tables, sequence: i64, events: &[Event]) -> Result<(), Error> {
    let sql = format!("COPY {} ({EVENT_COLUMNS}) FROM STDIN (FORMAT binary)", tables.events);
    let mut copy = pin!(BinaryCopyInWriter::new(client.copy_in(&sql).await?, &EVENT_TYPES));
    for (event, line) in events.iter().zip(1i64..) {
        copy.as_mut().write(&event_row(&sequence, &line, event)).await?;
    }
    copy.finish().await.map(|_| ())
}

async fn write_receipt(client: &Client, tables: &Tables, receipt: &Receipt) -> Result<(), Error> {
    let sql = format!("INSERT INTO {} ({BATCH_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)", tables.batches);
    let Receipt { sequence, batch_id, origin, provenance, reason, note, recorded_at, content_hash, chain_hash, facts, superseded, events } =
        receipt;
    let row: [(&(dyn ToSql + Sync), Type); 12] = [
        (sequence, Type::INT8),
        (batch_id, Type::TEXT),
        (origin, Type::TEXT),
        (&provenance.as_str(), Type::TEXT),
        (reason, Type::TEXT),
        (note, Type::TEXT),
        (recorded_at, Type::INT8),
        (&content_hash.as_slice(), Type::BYTEA),
        (&chain_hash.as_slice(), Type::BYTEA),
        (&facts.cast_signed(), Type::INT8),
        (&superseded.cast_signed(), Type::INT8),
        (&events.cast_signed(), Type::INT8),
    ];
    client.execute_typed(&sql, &row).await.map(|_| ())
}

async fn write_closing(client: &Client, tables: &Tables, closing: &Closing) -> Result<(), Error> {
    let sql = format!("INSERT INTO {} ({CLOSING_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", tables.closings);
    let row: [(&(dyn ToSql + Sync), Type); 8] = [
        (&closing.entry_sequence(), Type::INT8),
        (&closing.name, Type::TEXT),
        (&closing.first_month, Type::INT4),
        (&closing.last_month, Type::INT4),
        (&closing.author, Type::TEXT),
        (&closing.note, Type::TEXT),
        (&closing.recorded_at, Type::INT8),
        (&closing.chain_hash.as_slice(), Type::BYTEA),
    ];
    client.execute_typed(&sql, &row).await.map(|_| ())
}

async fn move_head(client: &Client, tables: &Tables, position: Position, recorded_at: i64) -> Result<(), Error> {
    let sql = format!("UPDATE {} SET sequence = $1, chain_hash = $2, recorded_at = $3", tables.head);
    let row: [(&(dyn ToSql + Sync), Type); 3] =
        [(&position.sequence, Type::INT8), (&position.chain_hash.as_slice(), Type::BYTEA), (&recorded_at, Type::INT8)];
    client.execute_typed(&sql, &row).await.map(|_| ())
}
