//! Rows of PostgreSQL, read back into what was recorded.

use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Error, Row};

use super::errors::failed;
use super::session::{Parameters, Session};
use super::tables::Tables;
use crate::checks::searchable;
use crate::pack::{Page, StoredPack};
use crate::record::{BATCH_COLUMNS, CLOSING_COLUMNS, EVENT_COLUMNS, Head, StoredBatch, StoredClosing, damaged, line};
use crate::{Closing, Cursor, Event, EventKey, Feed, LedgerError, Receipt, RecordedEvent, RecordedFact, Standing};

/// What to do with the head row besides reading it.
#[derive(Clone, Copy)]
pub(super) enum Lock {
    /// Nothing.
    Leave,
    /// Hold it until the transaction ends.
    Hold,
}

/// The head row.
pub(super) async fn head(session: &Session, tables: &Tables, lock: Lock) -> Result<Head, LedgerError> {
    let lock = match lock {
        Lock::Leave => "",
        Lock::Hold => " FOR UPDATE",
    };
    let sql = format!("SELECT sequence, chain_hash, recorded_at FROM {}{lock}", tables.head);
    let rows = session.query(&sql, &[]).await.map_err(|e| failed("reading the head", e))?;
    head_of(rows.first().ok_or_else(no_head)?)
}

fn head_of(row: &Row) -> Result<Head, LedgerError> {
    Head::from_row(get(row, 0)?, get(row, 1)?, get(row, 2)?)
}

fn no_head() -> LedgerError {
    damaged(Some(0), "there is no head row".to_owned())
}

/// The receipt of a batch.
pub(super) async fn receipt(session: &Session, tables: &Tables, batch_id: &str) -> Result<Option<Receipt>, LedgerError> {
    Ok(batches(session, tables, "WHERE id = $1", &[(&batch_id, Type::TEXT)]).await?.pop())
}

/// At most `limit` receipts between two sequences, the first excluded.
pub(super) async fn receipts(
    session: &Session,
    tables: &Tables,
    after: i64,
    through: i64,
    limit: u32,
) -> Result<Vec<Receipt>, LedgerError> {
    let which = "WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3";
    batches(session, tables, which, &[(&after, Type::INT8), (&through, Type::INT8), (&i64::from(limit), Type::INT8)]).await
}

/// At most `limit` closings between two sequences, the first excluded.
pub(super) async fn closings(
    session: &Session,
    tables: &Tables,
    after: i64,
    through: i64,
    limit: u32,
) -> Result<Vec<Closing>, LedgerError> {
    let which = "WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3";
    closings_where(session, tables, which, &[(&after, Type::INT8), (&through, Type::INT8), (&i64::from(limit), Type::INT8)]).await
}

/// The closing of that name.
pub(super) async fn closing(session: &Session, tables: &Tables, name: &str) -> Result<Option<Closing>, LedgerError> {
    Ok(closings_where(session, tables, "WHERE name = $1", &[(&name, Type::TEXT)]).await?.pop())
}

/// The last sequence recorded at a moment or before.
pub(super) async fn sequence_at(session: &Session, tables: &Tables, moment: i64) -> Result<i64, LedgerError> {
    let Tables { batches, closings, .. } = tables;
    let sql = format!(
        "SELECT greatest(
            (SELECT sequence FROM {batches} WHERE recorded_at <= $1 ORDER BY recorded_at DESC LIMIT 1),
            (SELECT max(sequence) FROM {closings} WHERE recorded_at <= $1),
            0)"
    );
    let rows = session.query(&sql, &[(&moment, Type::INT8)]).await.map_err(|e| failed("looking up a moment", e))?;
    rows.first().map_or(Ok(0), |row| get(row, 0))
}

/// The facts of the packs after a place and up to a sequence, as many as a page takes, which wants about so many.
pub(super) async fn facts(
    session: &Session,
    tables: &Tables,
    after: Cursor,
    through: i64,
    wanted: u32,
    mut page: Page,
) -> Result<Vec<RecordedFact>, LedgerError> {
    let which = "(sequence, last_line) > ($1, $2) AND sequence <= $3";
    let after_line = i64::from(after.line);
    let parameters: Parameters<'_> = &[(&after.sequence, Type::INT8), (&after_line, Type::INT8), (&through, Type::INT8)];
    let bytes = i64::from(wanted).saturating_mul(BYTES_OF_A_FACT);
    for row in next_packs(session, tables, which, "ASC", parameters, bytes).await.map_err(|e| failed("reading facts", e))? {
        if !page.take(&pack(&row)?)? {
            break;
        }
    }
    Ok(page.facts())
}

/// Packs that are looked at for one page: what is sent ends with the bytes that are asked for, but each is looked at for its size.
const MOST_PACKS: i64 = 1_024;
/// What a fact takes in a pack, rather less than more: a page that is not full is none the worse, and what is sent in vain is.
const BYTES_OF_A_FACT: i64 = 16;

/// The first packs of some, in the order said, of which all but the last have fewer bytes together than these. The parameters of the
/// condition come first.
pub(super) async fn next_packs(
    session: &Session,
    tables: &Tables,
    which: &str,
    order: &'static str,
    parameters: Parameters<'_>,
    bytes: i64,
) -> Result<Vec<Row>, Error> {
    let order = format!("ORDER BY sequence {order}, last_line {order}");
    let place = parameters.len() + 1;
    // What is stored out of line, as packs of many facts are, says its size without being read.
    let sql = format!(
        "SELECT sequence, last_line, facts FROM (
             SELECT sequence, last_line, facts, sum(octet_length(facts)) OVER ({order}) - octet_length(facts) AS before
             FROM (SELECT sequence, last_line, facts FROM {} WHERE {which} {order} LIMIT {MOST_PACKS}) AS next
         ) AS sized WHERE before < ${place} {order}",
        tables.packs
    );
    let parameters: Vec<_> = parameters.iter().cloned().chain([(&bytes as &(dyn ToSql + Sync), Type::INT8)]).collect();
    session.query(&sql, &parameters).await
}

/// A pack: sequence, last line, facts.
pub(super) fn pack(row: &Row) -> Result<StoredPack<'_>, LedgerError> {
    Ok(StoredPack { sequence: get(row, 0)?, last_line: get(row, 1)?, bytes: get(row, 2)? })
}

/// At most `limit` events after a place and up to a sequence.
pub(super) async fn events(
    session: &Session,
    tables: &Tables,
    after: Cursor,
    through: i64,
    limit: u32,
) -> Result<Vec<RecordedEvent>, LedgerError> {
    let sql = format!(
        "SELECT {EVENT_COLUMNS} FROM {} WHERE (sequence, line) > ($1, $2) AND sequence <= $3 ORDER BY sequence, line LIMIT $4",
        tables.events
    );
    let (after_line, limit) = (i64::from(after.line), i64::from(limit));
    let parameters: Parameters<'_> =
        &[(&after.sequence, Type::INT8), (&after_line, Type::INT8), (&through, Type::INT8), (&limit, Type::INT8)];
    let rows = session.query(&sql, parameters).await.map_err(|e| failed("reading events", e))?;
    rows.iter().map(event).collect()
}

/// Those of the events that are recorded.
pub(super) async fn recorded_events(session: &Session, tables: &Tables, keys: &[EventKey]) -> Result<Vec<RecordedEvent>, LedgerError> {
    let sql = format!(
        "SELECT {EVENT_COLUMNS} FROM {} JOIN unnest($1::text[], $2::bigint[]) AS asked (origin, number) USING (origin, number)",
        tables.events
    );
    let origins: Vec<&str> = keys.iter().map(|key| searchable(&key.origin)).collect();
    let numbers: Vec<i64> = keys.iter().map(|key| key.number).collect();
    let parameters: Parameters<'_> = &[(&origins, Type::TEXT_ARRAY), (&numbers, Type::INT8_ARRAY)];
    let rows = session.query(&sql, parameters).await.map_err(|e| failed("reading events", e))?;
    rows.iter().map(event).collect()
}

/// The feeds after an origin, as of one moment: bytes are compared, as SQLite does.
pub(super) async fn feeds(session: &Session, tables: &Tables, after: &str, limit: u32) -> Result<Vec<Feed>, LedgerError> {
    let Tables { batches, events, .. } = tables;
    let sql = format!(
        r#"SELECT feed.origin, feed.events, feed.first, feed.last, gaps.lows, gaps.highs, latest.sequence, batches.recorded_at
         FROM (SELECT origin, count(*) AS events, min(number) AS first, max(number) AS last FROM {events}
               WHERE origin > $1 COLLATE "C" GROUP BY origin ORDER BY origin COLLATE "C" LIMIT $2) AS feed
         JOIN {events} AS latest ON latest.origin = feed.origin AND latest.number = feed.last
         JOIN {batches} AS batches ON batches.sequence = latest.sequence
         CROSS JOIN LATERAL (
             SELECT array_agg(low ORDER BY low) AS lows, array_agg(high ORDER BY low) AS highs
             FROM (SELECT number + 1 AS low, next - 1 AS high
                   FROM (SELECT number, lead(number) OVER (ORDER BY number) AS next FROM {events} AS sent
                         WHERE sent.origin = feed.origin AND feed.last::numeric - feed.first + 1 > feed.events) AS steps
                   WHERE next - 1 > number ORDER BY number LIMIT $3) AS found) AS gaps
         ORDER BY feed.origin COLLATE "C""#
    );
    let (after, limit) = (searchable(after), i64::from(limit));
    let parameters: Parameters<'_> = &[(&after, Type::TEXT), (&limit, Type::INT8), (&Feed::MOST_GAPS, Type::INT8)];
    let rows = session.query(&sql, parameters).await.map_err(|e| failed("reading feeds", e))?;
    let feed = |row: &Row| {
        let (lows, highs): (Option<Vec<i64>>, Option<Vec<i64>>) = (get(row, 4)?, get(row, 5)?);
        Ok(Feed {
            origin: get(row, 0)?,
            events: get(row, 1)?,
            first: get(row, 2)?,
            last: get(row, 3)?,
            gaps: lows.unwrap_or_default().into_iter().zip(highs.unwrap_or_default()).collect(),
            sequence: get(row, 6)?,
            recorded_at: get(row, 7)?,
        })
    };
    rows.iter().map(feed).collect()
}

/// What whoever records must know first, as of one moment.
pub(super) async fn standing(session: &Session, tables: &Tables, origins: &[&str]) -> Result<Standing, LedgerError> {
    let Tables { head, closings, events, .. } = tables;
    // The last event of each origin is looked up at the end of its own part of the index. It stands beside every closing; there are few.
    let sql = format!(
        "SELECT head.sequence, head.chain_hash, head.recorded_at,
             ARRAY(SELECT (SELECT max(number) FROM {events} AS events WHERE events.origin = asked.origin)
                 FROM unnest($1::text[]) WITH ORDINALITY AS asked (origin, place) ORDER BY place),
             closings.*
         FROM {head} AS head LEFT JOIN (SELECT {CLOSING_COLUMNS} FROM {closings}) AS closings ON true ORDER BY closings.sequence"
    );
    let origins: Vec<&str> = origins.iter().map(|origin| searchable(origin)).collect();
    let rows = session.query(&sql, &[(&origins, Type::TEXT_ARRAY)]).await.map_err(|e| failed("reading where the ledger stands", e))?;
    let first = rows.first().ok_or_else(no_head)?;
    let closings = rows.iter().filter(|row| !matches!(get::<Option<i64>>(row, 4), Ok(None)));
    Ok(Standing {
        head: head_of(first)?.position,
        closings: closings.map(|row| closing_from(row, 4)).collect::<Result<_, _>>()?,
        last_events: get(first, 3)?,
    })
}

fn event(row: &Row) -> Result<RecordedEvent, LedgerError> {
    let sequence = get(row, 0)?;
    Ok(RecordedEvent {
        sequence,
        line: line(sequence, get(row, 1)?)?,
        event: Event {
            origin: get(row, 2)?,
            number: get(row, 3)?,
            kind: get(row, 4)?,
            structure: get(row, 5)?,
            counterpart: get(row, 6)?,
            subject: get(row, 7)?,
            month: get(row, 8)?,
            moment: get(row, 9)?,
            amount: get(row, 10)?,
        },
    })
}

async fn batches(session: &Session, tables: &Tables, which: &str, parameters: Parameters<'_>) -> Result<Vec<Receipt>, LedgerError> {
    let sql = format!("SELECT {BATCH_COLUMNS} FROM {} {which}", tables.batches);
    let rows = session.query(&sql, parameters).await.map_err(|e| failed("reading receipts", e))?;
    let read = |row: &Row| {
        let stored = StoredBatch {
            sequence: get(row, 0)?,
            id: get(row, 1)?,
            origin: get(row, 2)?,
            provenance: get(row, 3)?,
            reason: get(row, 4)?,
            note: get(row, 5)?,
            recorded_at: get(row, 6)?,
            content_hash: get(row, 7)?,
            chain_hash: get(row, 8)?,
            facts: get(row, 9)?,
            superseded: get(row, 10)?,
            events: get(row, 11)?,
        };
        stored.receipt()
    };
    rows.iter().map(read).collect()
}

async fn closings_where(session: &Session, tables: &Tables, which: &str, parameters: Parameters<'_>) -> Result<Vec<Closing>, LedgerError> {
    let sql = format!("SELECT {CLOSING_COLUMNS} FROM {} {which}", tables.closings);
    let rows = session.query(&sql, parameters).await.map_err(|e| failed("reading closings", e))?;
    rows.iter().map(|row| closing_from(row, 0)).collect()
}

/// The closing whose columns begin there.
fn closing_from(row: &Row, first: usize) -> Result<Closing, LedgerError> {
    let stored = StoredClosing {
        sequence: get(row, first)?,
        name: get(row, first + 1)?,
        first_month: get::<i32>(row, first + 2)?.into(),
        last_month: get::<i32>(row, first + 3)?.into(),
        author: get(row, first + 4)?,
        note: get(row, first + 5)?,
        recorded_at: get(row, first + 6)?,
        chain_hash: get(row, first + 7)?,
    };
    stored.closing()
}

/// A value of a row. One of another kind than was stored means that somebody changed the table; the first column, the sequence,
/// says where.
pub(super) fn get<'r, T: FromSql<'r>>(row: &'r Row, column: usize) -> Result<T, LedgerError> {
    row.try_get(column).map_err(|error| damaged(row.try_get(0).ok(), error.to_string()))
}
