//! The sets of what facts are recorded about, as the embedded database keeps them.

use foldhash::HashMap;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::connection::failed;
use super::rows;
use crate::keys::{Block, Changes, Comparison, FARTHEST, Keys, Lookup, Months, Place};
use crate::preparing::Prepared;
use crate::record::damaged;
use crate::{LedgerError, MAX_COLUMNS, Violation};

/// The sets that a batch touches.
pub(super) fn touched<'a>(transaction: &Transaction<'_>, prepared: &'a Prepared) -> Result<Keys<'a>, LedgerError> {
    let read = || -> rusqlite::Result<Keys<'a>> {
        let mut number = transaction.prepare_cached("SELECT number FROM codes WHERE code = ?1")?;
        let known: rusqlite::Result<Vec<Option<u32>>> =
            prepared.codes.texts.iter().map(|code| number.query_row([code], |row| row.get(0)).optional()).collect();
        let known = known?;
        // Which number comes next is asked only where one is to be given.
        let last_number = if known.iter().all(Option::is_some) { 0 } else { last_number(transaction)? };
        Ok(Keys::new(&prepared.codes, &known, last_number, &spans(transaction)?))
    };
    let doing = "checking facts";
    let mut keys = read().map_err(|e| failed(doing, e))?;
    let sql = "SELECT subjects FROM recorded WHERE first_month = ?1 AND last_month = ?2 AND structure = ?3 AND block = ?4";
    let mut statement = transaction.prepare_cached(sql).map_err(|e| failed(doing, e))?;
    for place in keys.places() {
        let Place { months, structure, block } = place;
        let key = params![months.0, months.1, structure, block];
        let stored = statement.query_row(key, |row| Ok(row.get_ref(0)?.as_blob().ok().map(Block::from_bytes))).optional();
        if let Some(stored) = stored.map_err(|e| failed(doing, e))? {
            keys.load(place, stored.flatten().ok_or_else(|| damaged(None, format!("the set {place:?} cannot be read")))?);
        }
    }
    Ok(keys)
}

/// The highest number of a code; 0 where there is none.
fn last_number(connection: &Connection) -> rusqlite::Result<u32> {
    let mut statement = connection.prepare_cached("SELECT max(number) FROM codes")?;
    Ok(statement.query_row([], |row| row.get::<_, Option<u32>>(0))?.unwrap_or(0))
}

/// Writes what a batch changes in the sets.
pub(super) fn change(transaction: &Transaction<'_>, changes: &Changes<'_>) -> rusqlite::Result<()> {
    let Changes { codes, months, blocks } = changes;
    put_codes(transaction, codes.iter().map(|(number, code)| (*code, *number)))?;
    put_spans(transaction, months.iter().copied())?;
    put_blocks(transaction, blocks.iter().map(|(place, block)| (place, block)))
}

/// Writes the sets of all facts into empty tables.
pub(super) fn write(connection: &Connection, numbers: &HashMap<String, u32>, blocks: &HashMap<Place, Block>) -> rusqlite::Result<()> {
    put_codes(connection, numbers.iter().map(|(code, number)| (code.as_str(), *number)))?;
    put_spans(connection, blocks.keys().map(|place| place.months))?;
    put_blocks(connection, blocks.iter())
}

fn put_codes<'c>(connection: &Connection, codes: impl Iterator<Item = (&'c str, u32)>) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO codes (number, code) VALUES (?1, ?2)")?;
    codes.into_iter().try_for_each(|(code, number)| insert.execute(params![number, code]).map(drop))
}

fn put_spans(connection: &Connection, mut months: impl Iterator<Item = Months>) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO spans (first_month, last_month) VALUES (?1, ?2)")?;
    months.try_for_each(|(first, last)| insert.execute(params![first, last]).map(drop))
}

fn put_blocks<'b>(connection: &Connection, mut blocks: impl Iterator<Item = (&'b Place, &'b Block)>) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO recorded (first_month, last_month, structure, block, subjects) VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut insert = connection.prepare_cached(sql)?;
    blocks.try_for_each(|(Place { months, structure, block }, subjects)| {
        insert.execute(params![months.0, months.1, structure, block, subjects.bytes()]).map(drop)
    })
}

/// Whether the sets that are stored are those of the facts.
pub(super) fn check(connection: &Connection) -> Result<(), LedgerError> {
    let doing = "comparing the sets with the facts";
    // One view of facts and sets, whoever writes meanwhile.
    let transaction = connection.unchecked_transaction().map_err(|e| failed(doing, e))?;
    let codes = || -> rusqlite::Result<HashMap<String, u32>> {
        transaction.prepare("SELECT code, number FROM codes")?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let mut comparison = Comparison::new(codes().map_err(|e| failed(doing, e))?);
    rows::each_pack(&transaction, doing, "ORDER BY sequence, last_line", [], |pack| {
        pack.each(MAX_COLUMNS, |fact| comparison.fact(pack.sequence, (fact.structure, fact.subject), (fact.first_month, fact.last_month)))?;
        Ok(true)
    })?;
    let mut statement = transaction.prepare("SELECT sequence, superseded FROM batches").map_err(|e| failed(doing, e))?;
    let mut rows = statement.query([]).map_err(|e| failed(doing, e))?;
    while let Some(row) = rows.next().map_err(|e| failed(doing, e))? {
        let read = || Ok((row.get(0)?, row.get(1)?));
        let (sequence, superseded) = read().map_err(|e| failed(doing, e))?;
        comparison.batch(sequence, superseded)?;
    }
    comparison.months(&spans(&transaction).map_err(|e| failed(doing, e))?)?;
    let mut statement =
        transaction.prepare("SELECT first_month, last_month, structure, block, subjects FROM recorded").map_err(|e| failed(doing, e))?;
    let mut rows = statement.query([]).map_err(|e| failed(doing, e))?;
    while let Some(row) = rows.next().map_err(|e| failed(doing, e))? {
        let read = || -> rusqlite::Result<(Place, Option<Block>)> {
            let place = Place { months: (row.get(0)?, row.get(1)?), structure: row.get(2)?, block: row.get(3)? };
            Ok((place, row.get_ref(4)?.as_blob().ok().and_then(Block::from_bytes)))
        };
        let (place, stored) = read().map_err(|e| failed(doing, e))?;
        comparison.set(place, stored)?;
    }
    comparison.end()
}

fn spans(connection: &Connection) -> rusqlite::Result<Vec<Months>> {
    let mut statement = connection.prepare_cached("SELECT first_month, last_month FROM spans")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Says of facts that are refused where what they touch was last recorded, up to a sequence.
pub(super) fn last_recorded(connection: &Connection, violations: &mut [Violation], through: i64) -> Result<(), LedgerError> {
    let mut lookup = Lookup::of(violations);
    if lookup.is_over() {
        return Ok(());
    }
    let mut looked_through = 0;
    let which = "WHERE sequence <= ?1 ORDER BY sequence DESC, last_line DESC";
    rows::each_pack(connection, "looking up what a refused batch touches", which, [through], |pack| {
        pack.each(MAX_COLUMNS, |fact| {
            lookup.met(fact.structure, fact.subject, (fact.first_month, fact.last_month), pack.sequence);
            looked_through += 1;
        })?;
        Ok(!lookup.is_over() && looked_through < FARTHEST)
    })
}
