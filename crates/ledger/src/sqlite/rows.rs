//! Rows of the embedded database, read back into what was recorded.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::connection::failed;
use crate::pack::{Page, StoredPack};
use crate::record::{BATCH_COLUMNS, CLOSING_COLUMNS, EVENT_COLUMNS, Head, StoredBatch, StoredClosing, damaged, line};
use crate::{Closing, Cursor, Event, EventKey, Feed, LedgerError, Receipt, RecordedEvent, RecordedFact, Standing};

/// The head row.
pub(super) fn head(connection: &Connection) -> Result<Head, LedgerError> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?, row.get(2)?));
    let row = connection
        .prepare_cached("SELECT sequence, chain_hash, recorded_at FROM head")
        .and_then(|mut statement| statement.query_row([], read).optional())
        .map_err(|e| failed("reading the head", e))?;
    let (sequence, chain_hash, recorded_at) = row.ok_or_else(|| damaged(Some(0), "there is no head row".to_owned()))?;
    Head::from_row(sequence, &chain_hash, recorded_at)
}

/// The receipt of a batch.
pub(super) fn receipt(connection: &Connection, batch_id: &str) -> Result<Option<Receipt>, LedgerError> {
    Ok(batches(connection, "WHERE id = ?1", [batch_id])?.pop())
}

/// At most `limit` receipts between two sequences, the first excluded.
pub(super) fn receipts(connection: &Connection, after: i64, through: i64, limit: u32) -> Result<Vec<Receipt>, LedgerError> {
    batches(connection, "WHERE sequence > ?1 AND sequence <= ?2 ORDER BY sequence LIMIT ?3", params![after, through, limit])
}

/// At most `limit` closings between two sequences, the first excluded.
pub(super) fn closings(connection: &Connection, after: i64, through: i64, limit: u32) -> Result<Vec<Closing>, LedgerError> {
    let which = "WHERE sequence > ?1 AND sequence <= ?2 ORDER BY sequence LIMIT ?3";
    closings_where(connection, which, params![after, through, limit])
}

/// Every closing, in order. Without a limit: a statement that is told one is compiled again each time.
pub(super) fn every_closing(connection: &Connection) -> Result<Vec<Closing>, LedgerError> {
    closings_where(connection, "ORDER BY sequence", [])
}

/// The closing of that name.
pub(super) fn closing(connection: &Connection, name: &str) -> Result<Option<Closing>, LedgerError> {
    Ok(closings_where(connection, "WHERE name = ?1", [name])?.pop())
}

/// The last sequence recorded at a moment or before.
pub(super) fn sequence_at(connection: &Connection, moment: i64) -> Result<i64, LedgerError> {
    let sql = "SELECT max(
        coalesce((SELECT sequence FROM batches WHERE recorded_at <= ?1 ORDER BY recorded_at DESC LIMIT 1), 0),
        coalesce((SELECT max(sequence) FROM closings WHERE recorded_at <= ?1), 0))";
    connection.query_row(sql, [moment], |row| row.get(0)).map_err(|e| failed("looking up a moment", e))
}

/// The facts of the packs after a place and up to a sequence, as many as a page takes.
pub(super) fn facts(connection: &Connection, after: Cursor, through: i64, mut page: Page) -> Result<Vec<RecordedFact>, LedgerError> {
    let which = "WHERE (sequence, last_line) > (?1, ?2) AND sequence <= ?3 ORDER BY sequence, last_line";
    each_pack(connection, "reading facts", which, params![after.sequence, after.line, through], |pack| page.take(pack))?;
    Ok(page.facts())
}

/// Tells of packs until it is enough.
pub(super) fn each_pack(
    connection: &Connection,
    doing: &'static str,
    which: &str,
    parameters: impl Params,
    mut goes_on: impl FnMut(&StoredPack<'_>) -> Result<bool, LedgerError>,
) -> Result<(), LedgerError> {
    let sql = format!("SELECT sequence, last_line, facts FROM packs {which}");
    let mut statement = connection.prepare_cached(&sql).map_err(|e| failed(doing, e))?;
    let mut rows = statement.query(parameters).map_err(|e| failed(doing, e))?;
    while let Some(row) = rows.next().map_err(|e| failed(doing, e))? {
        let sequence = row.get(0).map_err(|e| failed(doing, e))?;
        let unreadable = |error: rusqlite::Error| damaged(Some(sequence), error.to_string());
        let bytes = row.get_ref(2).and_then(|value| value.as_blob().map_err(rusqlite::Error::from)).map_err(unreadable)?;
        if !goes_on(&StoredPack { sequence, last_line: row.get(1).map_err(unreadable)?, bytes })? {
            break;
        }
    }
    Ok(())
}

/// At most `limit` events after a place and up to a sequence.
pub(super) fn events(connection: &Connection, after: Cursor, through: i64, limit: u32) -> Result<Vec<RecordedEvent>, LedgerError> {
    let which = "WHERE (sequence, line) > (?1, ?2) AND sequence <= ?3 ORDER BY sequence, line LIMIT ?4";
    events_where(connection, which, params![after.sequence, after.line, through, limit])
}

/// Those of the events that are recorded.
pub(super) fn recorded_events(connection: &Connection, keys: &[EventKey]) -> Result<Vec<RecordedEvent>, LedgerError> {
    let mut found = Vec::new();
    for EventKey { origin, number } in keys {
        found.extend(events_where(connection, "WHERE origin = ?1 AND number = ?2", params![origin, number])?);
    }
    Ok(found)
}

/// The feeds after an origin, as of one moment.
pub(super) fn feeds(connection: &Connection, after: &str, limit: u32) -> Result<Vec<Feed>, LedgerError> {
    let read = || {
        let transaction = connection.unchecked_transaction()?;
        let mut origins = transaction.prepare_cached(
            "SELECT origin, count(*), min(number), max(number) FROM events WHERE origin > ?1 GROUP BY origin ORDER BY origin LIMIT ?2",
        )?;
        let mut last = transaction.prepare_cached(
            "SELECT sequence, recorded_at FROM events JOIN batches USING (sequence) WHERE events.origin = ?1 AND number = ?2",
        )?;
        let mut gaps = transaction.prepare_cached(
            "SELECT number + 1, next - 1 FROM (SELECT number, lead(number) OVER (ORDER BY number) AS next FROM events WHERE origin = ?1)
             WHERE next - 1 > number ORDER BY number LIMIT ?2",
        )?;
        let feed = |row: &Row<'_>| {
            let (sequence, recorded_at) = (0, 0);
            Ok(Feed {
                origin: row.get(0)?,
                events: row.get(1)?,
                first: row.get(2)?,
                last: row.get(3)?,
                gaps: Vec::new(),
                sequence,
                recorded_at,
            })
        };
        let mut feeds = origins.query_map(params![after, limit], feed)?.collect::<rusqlite::Result<Vec<_>>>()?;
        for feed in &mut feeds {
            (feed.sequence, feed.recorded_at) = last.query_row(params![feed.origin, feed.last], |row| Ok((row.get(0)?, row.get(1)?)))?;
            if feed.missing() > 0 {
                let found = gaps.query_map(params![feed.origin, Feed::MOST_GAPS], |row| Ok((row.get(0)?, row.get(1)?)))?;
                feed.gaps = found.collect::<rusqlite::Result<_>>()?;
            }
        }
        Ok(feeds)
    };
    read().map_err(|e: rusqlite::Error| failed("reading feeds", e))
}

/// What whoever records must know first, as of one moment.
pub(super) fn standing(connection: &Connection, origins: &[String]) -> Result<Standing, LedgerError> {
    let transaction = connection.unchecked_transaction().map_err(|e| failed("reading where the ledger stands", e))?;
    let head = head(&transaction)?.position;
    let closings = every_closing(&transaction)?;
    let last_event = |origin: &String| {
        let sql = "SELECT max(number) FROM events WHERE origin = ?1";
        transaction.prepare_cached(sql).and_then(|mut statement| statement.query_row([origin], |row| row.get(0)))
    };
    let last_events = origins.iter().map(last_event).collect::<rusqlite::Result<_>>().map_err(|e| failed("reading events", e))?;
    Ok(Standing { head, closings, last_events })
}

fn events_where(connection: &Connection, which: &str, parameters: impl Params) -> Result<Vec<RecordedEvent>, LedgerError> {
    let read = |row: &Row<'_>| {
        let event = Event {
            origin: row.get(2)?,
            number: row.get(3)?,
            kind: row.get(4)?,
            structure: row.get(5)?,
            counterpart: row.get(6)?,
            subject: row.get(7)?,
            month: row.get(8)?,
            moment: row.get(9)?,
            amount: row.get(10)?,
        };
        Ok((row.get(0)?, row.get(1)?, event))
    };
    collect(connection, "reading events", &format!("SELECT {EVENT_COLUMNS} FROM events {which}"), parameters, read)?
        .into_iter()
        .map(|(sequence, stored, event)| Ok(RecordedEvent { sequence, line: line(sequence, stored)?, event }))
        .collect()
}

fn batches(connection: &Connection, which: &str, parameters: impl Params) -> Result<Vec<Receipt>, LedgerError> {
    let doing = "reading receipts";
    let read = |row: &Row<'_>| {
        Ok(StoredBatch {
            sequence: row.get(0)?,
            id: row.get(1)?,
            origin: row.get(2)?,
            provenance: row.get(3)?,
            reason: row.get(4)?,
            note: row.get(5)?,
            recorded_at: row.get(6)?,
            content_hash: row.get(7)?,
            chain_hash: row.get(8)?,
            facts: row.get(9)?,
            superseded: row.get(10)?,
            events: row.get(11)?,
        })
    };
    collect(connection, doing, &format!("SELECT {BATCH_COLUMNS} FROM batches {which}"), parameters, read)?
        .into_iter()
        .map(StoredBatch::receipt)
        .collect()
}

fn closings_where(connection: &Connection, which: &str, parameters: impl Params) -> Result<Vec<Closing>, LedgerError> {
    let doing = "reading closings";
    let read = |row: &Row<'_>| {
        Ok(StoredClosing {
            sequence: row.get(0)?,
            name: row.get(1)?,
            first_month: row.get(2)?,
            last_month: row.get(3)?,
            author: row.get(4)?,
            note: row.get(5)?,
            recorded_at: row.get(6)?,
            chain_hash: row.get(7)?,
        })
    };
    collect(connection, doing, &format!("SELECT {CLOSING_COLUMNS} FROM closings {which}"), parameters, read)?
        .into_iter()
        .map(StoredClosing::closing)
        .collect()
}

/// Reads rows. One that cannot be read is named by its sequence, the first column, if that can.
fn collect<T>(
    connection: &Connection,
    doing: &'static str,
    sql: &str,
    parameters: impl Params,
    read: impl Fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, LedgerError> {
    let mut statement = connection.prepare_cached(sql).map_err(|e| failed(doing, e))?;
    let mut rows = statement.query(parameters).map_err(|e| failed(doing, e))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(|e| failed(doing, e))? {
        found.push(read(row).map_err(|error| damaged(row.get(0).ok(), error.to_string()))?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::Schema;
    use crate::sqlite::schema;

    /// Every batch reads the closings.
    #[test]
    fn closings_are_read_by_a_statement_that_is_compiled_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::prepare(&mut connection, &Schema { domain: "sample", columns: &["pieces"] }).unwrap();
        for _ in 0..3 {
            assert_eq!(every_closing(&connection).unwrap(), []);
        }
        let sql = format!("SELECT {CLOSING_COLUMNS} FROM closings ORDER BY sequence");
        let statement = connection.prepare_cached(&sql).unwrap();
        assert_eq!((statement.get_status(StatementStatus::Run), statement.get_status(StatementStatus::RePrepare)), (3, 0));
    }
}
