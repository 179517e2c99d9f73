//! The two transactions that write, done again as a whole when another writer or the network gets in the way.
//!
//! Every writer holds the head row from the beginning of its transaction. So after a lost connection the same work can simply be
//! done again: the lock is only given once the lost transaction has ended, and the batch is then found recorded, or is not.

use std::pin::pin;

use async_trait::async_trait;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{IsolationLevel, Transaction};

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

/// What a transaction did.
pub(super) enum Step<T> {
    /// Nothing: the answer is already recorded.
    Known(T),
    /// It wrote a record with this chain hash, to be committed.
    Written(T, Hash),
}

impl<T> Step<T> {
    fn answer(self) -> T {
        match self {
            Self::Known(answer) | Self::Written(answer, _) => answer,
        }
    }
}

/// Work that appends a record.
#[async_trait]
pub(super) trait Append: Sync {
    /// What the caller gets.
    type Answer: Send;

    /// What is appended, for messages.
    fn what(&self) -> String;

    /// Writes inside the transaction. `in_doubt` is the chain hash of an earlier attempt that may have been committed.
    async fn write(&self, transaction: &Transaction<'_>, in_doubt: Option<Hash>) -> Result<Step<Self::Answer>, LedgerError>;
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
    let mut writer = connections.writer().await?;
    let transaction = writer.client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start();
    let transaction = transaction.await.map_err(|e| failed("starting to write", e))?;
    let step = work.write(&transaction, *in_doubt).await;
    let result = if let Ok(Step::Written(answer, chain_hash)) = step {
        let committed = transaction.commit().await;
        *in_doubt = committed.as_ref().is_err_and(connection_lost).then_some(chain_hash);
        committed.map(|()| answer).map_err(|e| failed("committing", e))
    } else {
        // Rolled back.
        drop(transaction);
        step.map(Step::answer)
    };
    writer.give_back();
    result
}

/// What can be overcome by trying again.
enum Obstacle {
    Writer,
    Network,
}

fn obstacle(error: &LedgerError) -> Option<Obstacle> {
    let LedgerError::Unavailable { source, .. } = error else { return None };
    match source.downcast_ref::<tokio_postgres::Error>() {
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

    async fn write(&self, transaction: &Transaction<'_>, in_doubt: Option<Hash>) -> Result<Step<Submitted>, LedgerError> {
        let Self { schema, tables, prepared, .. } = self;
        let head = rows::head(transaction, tables, Lock::Hold).await?;
        // On their way together, whichever of them is needed: round trips cost more than they do.
        let (first, closings, keys) = tokio::try_join!(
            rows::receipt(transaction, tables, &prepared.batch.id),
            rows::closings(transaction, tables, 0, i64::MAX, u32::MAX),
            keys::touched(transaction, tables, prepared)
        )?;
        if let Some(first) = first {
            let ours = in_doubt == Some(first.chain_hash);
            return Ok(Step::Known(if ours { Submitted::New(first) } else { prepared.replayed(first)? }));
        }
        check_head(self.expected_head, head.position.sequence)?;
        let mut judge = Judge::new(prepared, &closings);
        for (position, fact) in prepared.batch.facts.iter().enumerate() {
            let recorded = keys.recorded(position, fact);
            judge.fact(fact, recorded.map(|(first_month, last_month)| Recorded { first_month, last_month, sequence: 0 }));
        }
        let receipt = head.next_receipt(schema, self.clock, prepared, judge.verdict()?);
        let writing = |error| failed("writing a batch", error);
        write_facts(transaction, tables, schema, receipt.sequence, &prepared.batch.facts).await.map_err(writing)?;
        write_events(transaction, tables, receipt.sequence, &prepared.batch.events).await.map_err(writing)?;
        keys::change(transaction, tables, &keys.changes()).await.map_err(writing)?;
        let position = Position { sequence: receipt.sequence, chain_hash: receipt.chain_hash };
        // In this order: once one fails, those after it are told that, and not why.
        let (receipt_row, head_row) =
            (write_receipt(transaction, tables, &receipt), move_head(transaction, tables, position, receipt.recorded_at));
        tokio::try_join!(biased; receipt_row, head_row).map_err(writing)?;
        Ok(Step::Written(Submitted::New(receipt), position.chain_hash))
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

    async fn write(&self, transaction: &Transaction<'_>, _in_doubt: Option<Hash>) -> Result<Step<Closing>, LedgerError> {
        let Self { schema, tables, asked, .. } = self;
        let head = rows::head(transaction, tables, Lock::Hold).await?;
        if let Some(first) = rows::closing(transaction, tables, &asked.name).await? {
            return first.answer(asked).map(Step::Known);
        }
        check_head(self.expected_head, head.position.sequence)?;
        let closing = head.next_closing(schema, self.clock, asked);
        let writing = |error| failed("writing a closing", error);
        write_closing(transaction, tables, &closing).await.map_err(writing)?;
        let position = Position { sequence: closing.entry_sequence(), chain_hash: closing.chain_hash };
        move_head(transaction, tables, position, closing.recorded_at).await.map_err(writing)?;
        Ok(Step::Written(closing, position.chain_hash))
    }
}

async fn write_facts(
    transaction: &Transaction<'_>,
    tables: &Tables,
    schema: &Schema,
    sequence: i64,
    facts: &[Fact],
) -> Result<(), tokio_postgres::Error> {
    if facts.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "COPY {} (sequence, line, structure, subject, first_month, last_month, {}) FROM STDIN (FORMAT binary)",
        tables.facts,
        schema.stored_columns()
    );
    let mut types = vec![Type::INT8, Type::INT8, Type::TEXT, Type::TEXT, Type::INT4, Type::INT4];
    types.extend(schema.columns.iter().map(|_| Type::INT8));
    let mut copy = pin!(BinaryCopyInWriter::new(transaction.copy_in(&sql).await?, &types));
    for fact in facts {
        let Fact { line, structure, subject, first_month, last_month, values } = fact;
        let line = i64::from(*line);
        let mut row: Vec<&(dyn ToSql + Sync)> = vec![&sequence, &line, structure, subject, first_month, last_month];
        row.extend(values.iter().map(|value| value as &(dyn ToSql + Sync)));
        copy.as_mut().write(&row).await?;
    }
    copy.finish().await.map(|_| ())
}

/// The types of the columns of an event.
const EVENT_TYPES: [Type; 11] =
    [Type::INT8, Type::INT8, Type::TEXT, Type::INT8, Type::TEXT, Type::TEXT, Type::TEXT, Type::TEXT, Type::INT4, Type::INT8, Type::INT8];

async fn write_events(
    transaction: &Transaction<'_>,
    tables: &Tables,
    sequence: i64,
    events: &[Event],
) -> Result<(), tokio_postgres::Error> {
    if events.is_empty() {
        return Ok(());
    }
    let sql = format!("COPY {} ({EVENT_COLUMNS}) FROM STDIN (FORMAT binary)", tables.events);
    let mut copy = pin!(BinaryCopyInWriter::new(transaction.copy_in(&sql).await?, &EVENT_TYPES));
    for (event, line) in events.iter().zip(1i64..) {
        let Event { origin, number, kind, structure, counterpart, subject, month, moment, amount } = event;
        let row: [&(dyn ToSql + Sync); 11] =
            [&sequence, &line, origin, number, kind, structure, counterpart, subject, month, moment, amount];
        copy.as_mut().write(&row).await?;
    }
    copy.finish().await.map(|_| ())
}

async fn write_receipt(transaction: &Transaction<'_>, tables: &Tables, receipt: &Receipt) -> Result<(), tokio_postgres::Error> {
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
    transaction.execute_typed(&sql, &row).await.map(|_| ())
}

async fn write_closing(transaction: &Transaction<'_>, tables: &Tables, closing: &Closing) -> Result<(), tokio_postgres::Error> {
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
    transaction.execute_typed(&sql, &row).await.map(|_| ())
}

async fn move_head(
    transaction: &Transaction<'_>,
    tables: &Tables,
    position: Position,
    recorded_at: i64,
) -> Result<(), tokio_postgres::Error> {
    let sql = format!("UPDATE {} SET sequence = $1, chain_hash = $2, recorded_at = $3", tables.head);
    let row: [(&(dyn ToSql + Sync), Type); 3] =
        [(&position.sequence, Type::INT8), (&position.chain_hash.as_slice(), Type::BYTEA), (&recorded_at, Type::INT8)];
    transaction.execute_typed(&sql, &row).await.map(|_| ())
}
