//! The two transactions that write.

use rusqlite::{Connection, Transaction, params};

use super::connection::{Writing, failed};
use super::{keys, rows};
use crate::checks::{Judge, Recorded, check_head};
use crate::pack::Pack;
use crate::preparing::Prepared;
use crate::record::{BATCH_COLUMNS, CLOSING_COLUMNS, EVENT_COLUMNS};
use crate::{Clock, Closing, Event, LedgerError, NewClosing, PageLimit, Position, Receipt, Schema, Submitted};

/// Records a batch.
pub(super) fn submit(
    writing: &mut Writing,
    schema: &Schema,
    clock: &dyn Clock,
    limit: &PageLimit,
    prepared: &Prepared,
    expected_head: i64,
) -> Result<Submitted, LedgerError> {
    let transaction = writing.begin(limit)?;
    if let Some(first) = rows::receipt(&transaction, &prepared.batch.id)? {
        return prepared.replayed(first);
    }
    let head = rows::head(&transaction)?;
    check_head(expected_head, head.position.sequence)?;
    let closings = rows::every_closing(&transaction)?;
    let mut judge = Judge::new(prepared, &closings);
    let keys = keys::touched(&transaction, prepared)?;
    for (position, fact) in prepared.batch.facts.iter().enumerate() {
        let recorded = keys.recorded(position, fact);
        judge.fact(fact, recorded.map(|(first_month, last_month)| Recorded { first_month, last_month, sequence: 0 }));
    }
    let receipt = head.next_receipt(schema, clock, prepared, judge.verdict()?);
    let doing = "writing a batch";
    let position = Position { sequence: receipt.sequence, chain_hash: receipt.chain_hash };
    // The head comes first and the packs later: finding the place of a pack compares it with whole others, whose pages a transaction that has
    // changed nothing yet reads from the file each time, and any other from memory.
    move_head(&transaction, position, receipt.recorded_at)?;
    write_receipt(&transaction, &receipt).map_err(|e| failed(doing, e))?;
    write_events(&transaction, receipt.sequence, &prepared.batch.events).map_err(|e| failed(doing, e))?;
    let packs = prepared.packs.iter().map(|pack| (receipt.sequence, pack));
    write_packs(&transaction, packs).map_err(|e| failed(doing, e))?;
    keys::change(&transaction, &keys.changes()).map_err(|e| failed(doing, e))?;
    transaction.commit().map_err(|e| failed("committing a batch", e))?;
    Ok(Submitted::New(receipt))
}

/// Records a closing, or finds it recorded.
pub(super) fn close(
    writing: &mut Writing,
    schema: &Schema,
    clock: &dyn Clock,
    limit: &PageLimit,
    asked: &NewClosing,
    expected_head: i64,
) -> Result<Closing, LedgerError> {
    let transaction = writing.begin(limit)?;
    if let Some(first) = rows::closing(&transaction, &asked.name)? {
        return first.answer(asked);
    }
    let head = rows::head(&transaction)?;
    check_head(expected_head, head.position.sequence)?;
    let closing = head.next_closing(schema, clock, asked);
    let Closing { name, first_month, last_month, author, note, recorded_at, chain_hash, .. } = &closing;
    let sequence = closing.entry_sequence();
    let sql = format!("INSERT INTO closings ({CLOSING_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    transaction
        .execute(&sql, params![sequence, name, first_month, last_month, author, note, recorded_at, chain_hash])
        .map_err(|e| failed("writing a closing", e))?;
    move_head(&transaction, Position { sequence, chain_hash: *chain_hash }, *recorded_at)?;
    transaction.commit().map_err(|e| failed("committing a closing", e))?;
    Ok(closing)
}

/// Writes packs of facts.
pub(super) fn write_packs<'p>(connection: &Connection, mut packs: impl Iterator<Item = (i64, &'p Pack)>) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO packs (sequence, last_line, facts) VALUES (?1, ?2, ?3)")?;
    packs.try_for_each(|(sequence, pack)| insert.execute(params![sequence, pack.last_line, pack.bytes]).map(drop))
}

fn write_events(transaction: &Transaction<'_>, sequence: i64, events: &[Event]) -> rusqlite::Result<()> {
    let sql = format!("INSERT INTO events ({EVENT_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
    let mut statement = transaction.prepare_cached(&sql)?;
    for (event, line) in events.iter().zip(1u32..) {
        let Event { origin, number, kind, structure, counterpart, subject, month, moment, amount } = event;
        statement.execute(params![sequence, line, origin, number, kind, structure, counterpart, subject, month, moment, amount])?;
    }
    Ok(())
}

fn write_receipt(transaction: &Transaction<'_>, receipt: &Receipt) -> rusqlite::Result<()> {
    let sql = format!("INSERT INTO batches ({BATCH_COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    let Receipt { sequence, batch_id, origin, provenance, reason, note, recorded_at, content_hash, chain_hash, facts, superseded, events } =
        receipt;
    let row = params![
        sequence,
        batch_id,
        origin,
        provenance.as_str(),
        reason,
        note,
        recorded_at,
        content_hash,
        chain_hash,
        facts.cast_signed(),
        superseded.cast_signed(),
        events.cast_signed(),
    ];
    transaction.prepare_cached(&sql)?.execute(row)?;
    Ok(())
}

fn move_head(transaction: &Transaction<'_>, position: Position, recorded_at: i64) -> Result<(), LedgerError> {
    let sql = "UPDATE head SET sequence = ?1, chain_hash = ?2, recorded_at = ?3";
    let head = params![position.sequence, position.chain_hash, recorded_at];
    let moved = transaction.prepare_cached(sql).and_then(|mut statement| statement.execute(head));
    moved.map(|_| ()).map_err(|e| failed("moving the head", e))
}
