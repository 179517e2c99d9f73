//! Tables of earlier versions, brought up to those of now: hashes stay as they are.
//!
//! | version | what it lacks |
//! | --- | --- |
//! | 1 | events, and what version 2 lacks |
//! | 2 | the sets, where an index of the facts was looked up, and what version 3 lacks |
//! | 3 | packs, where each fact was a row |

use foldhash::{HashMap, HashMapExt};
use rusqlite::{Connection, Row};

use super::append::write_packs;
use super::connection::failed;
use super::keys;
use super::schema::{EVENTS, KEYS, PACKS, VERSION, forbid_changes};
use crate::keys::Census;
use crate::pack::{Pack, Regrouping};
use crate::record::{Description, WITH_EVENTS, WITH_KEYS, damaged, line, month};
use crate::{Fact, LedgerError};

const DOING: &str = "bringing up a ledger of an earlier version";

/// Brings a store up, in the transaction that is under way. What the rows took is free for what is recorded next.
pub(super) fn bring_up(connection: &Connection, found: &Description) -> Result<(), LedgerError> {
    let work = |error| failed(DOING, error);
    tracing::info!(version = found.version, to = VERSION, "bringing up a ledger of an earlier version");
    if found.version < WITH_EVENTS {
        connection.execute_batch("ALTER TABLE batches ADD COLUMN events INTEGER NOT NULL DEFAULT 0").map_err(work)?;
        connection.execute_batch(EVENTS).and_then(|()| forbid_changes(connection, "events")).map_err(work)?;
    }
    connection.execute_batch(PACKS).and_then(|()| forbid_changes(connection, "packs")).map_err(work)?;
    let mut census = (found.version < WITH_KEYS).then(|| Census::new(HashMap::new()));
    pack_facts(connection, found, |fact| {
        if let Some(census) = &mut census {
            census.add(&fact.structure, &fact.subject, (fact.first_month, fact.last_month));
        }
    })?;
    if let Some(census) = census {
        let (numbers, blocks) = census.finish();
        connection.execute_batch(KEYS).and_then(|()| keys::write(connection, &numbers, &blocks)).map_err(work)?;
    }
    connection.execute_batch("DROP TABLE facts").map_err(work)?;
    let sql = "UPDATE meta SET value = ?1 WHERE key = 'schema_version'";
    connection.execute(sql, [VERSION.to_string()]).map(drop).map_err(work)
}

/// Packs the facts, and tells of each of them.
fn pack_facts(connection: &Connection, found: &Description, mut tell: impl FnMut(&Fact)) -> Result<(), LedgerError> {
    let columns = found.stored_columns();
    let sql = format!(
        "SELECT sequence, line, structure, subject, first_month, last_month, {} FROM facts ORDER BY sequence, line",
        columns.join(", ")
    );
    let mut statement = connection.prepare(&sql).map_err(|e| failed(DOING, e))?;
    let mut rows = statement.query([]).map_err(|e| failed(DOING, e))?;
    let mut regrouping = Regrouping::default();
    let write = |pack: Option<(i64, Pack)>| {
        let packs = pack.iter().map(|(sequence, pack)| (*sequence, pack));
        write_packs(connection, packs).map_err(|e| failed(DOING, e))
    };
    while let Some(row) = rows.next().map_err(|e| failed(DOING, e))? {
        let sequence = row.get(0).map_err(|e| failed(DOING, e))?;
        let fact = fact(row, sequence, columns.len())?;
        tell(&fact);
        write(regrouping.take(sequence, fact)?)?;
    }
    write(regrouping.last())
}

fn fact(row: &Row<'_>, sequence: i64, columns: usize) -> Result<Fact, LedgerError> {
    let unreadable = |error: rusqlite::Error| damaged(Some(sequence), error.to_string());
    let text = |column| row.get::<_, Box<str>>(column).map_err(unreadable);
    let number = |column| row.get::<_, i64>(column).map_err(unreadable);
    Ok(Fact {
        line: line(sequence, number(1)?)?,
        structure: text(2)?.into(),
        subject: text(3)?.into(),
        first_month: month(sequence, number(4)?)?,
        last_month: month(sequence, number(5)?)?,
        values: (6..6 + columns).map(|column| row.get(column).map_err(unreadable)).collect::<Result<_, _>>()?,
    })
}
