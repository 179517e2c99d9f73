//! The sets of what facts are recorded about, as the embedded database keeps them.

use foldhash::{HashMap, HashMapExt};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::connection::failed;
use crate::checks::Prepared;
use crate::keys::{Block, Census, Changes, Keys, Months, Place};
use crate::record::damaged;
use crate::{LedgerError, Reason, Violation};

/// Facts that are looked through for where something was recorded: less than a second's reading.
const FARTHEST: i64 = 1_000_000;

/// The sets that a batch touches.
pub(super) fn touched<'a>(transaction: &Transaction<'_>, prepared: &'a Prepared) -> Result<Keys<'a>, LedgerError> {
    let read = || -> rusqlite::Result<Keys<'a>> {
        let mut number = transaction.prepare_cached("SELECT number FROM codes WHERE code = ?1")?;
        let known: rusqlite::Result<Vec<Option<u32>>> =
            prepared.codes.codes.iter().map(|code| number.query_row([code], |row| row.get(0)).optional()).collect();
        let last_number = transaction.prepare_cached("SELECT max(number) FROM codes")?.query_row([], |row| row.get::<_, Option<u32>>(0))?;
        let recorded: rusqlite::Result<Vec<Months>> = transaction
            .prepare_cached("SELECT first_month, last_month FROM spans")?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect();
        Ok(Keys::new(&prepared.batch.facts, &prepared.codes, &known?, last_number.unwrap_or(0), &recorded?))
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

/// Counts every fact, and for each batch those that supersede others.
pub(super) fn census(connection: &Connection, numbers: HashMap<String, u32>) -> Result<(Census, HashMap<i64, i64>), LedgerError> {
    let doing = "reading what facts are recorded about";
    let (mut census, mut superseding) = (Census::new(numbers), HashMap::new());
    let sql = "SELECT structure, subject, first_month, last_month, sequence FROM facts ORDER BY sequence, line";
    let mut statement = connection.prepare(sql).map_err(|e| failed(doing, e))?;
    let mut rows = statement.query([]).map_err(|e| failed(doing, e))?;
    while let Some(row) = rows.next().map_err(|e| failed(doing, e))? {
        let sequence: i64 = row.get(4).map_err(|e| failed(doing, e))?;
        let mut add = || -> rusqlite::Result<bool> {
            let text = |column| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            Ok(census.add(text(0)?, text(1)?, (row.get(2)?, row.get(3)?)))
        };
        // A value that no ledger writes: the batch is named.
        if add().map_err(|e| damaged(Some(sequence), e.to_string()))? {
            *superseding.entry(sequence).or_default() += 1;
        }
    }
    Ok((census, superseding))
}

/// Whether batches say of themselves, in what the chain covers, how many of their facts supersede others: a set that was altered and lets a
/// correction pass as new is told by it, even after the correction has made the set right again.
fn check_superseding(connection: &Connection, mut superseding: HashMap<i64, i64>) -> Result<(), LedgerError> {
    let doing = "comparing what supersedes with what was recorded";
    let mut statement = connection.prepare("SELECT sequence, superseded FROM batches").map_err(|e| failed(doing, e))?;
    let mut rows = statement.query([]).map_err(|e| failed(doing, e))?;
    while let Some(row) = rows.next().map_err(|e| failed(doing, e))? {
        let read = || Ok((row.get(0)?, row.get(1)?));
        let (sequence, recorded): (i64, i64) = read().map_err(|e| failed(doing, e))?;
        let found = superseding.remove(&sequence).unwrap_or_default();
        if found != recorded {
            return Err(damaged(Some(sequence), format!("{found} of its facts supersede others, {recorded} were recorded as such")));
        }
    }
    Ok(())
}

/// Whether the sets that are stored are those of the facts.
pub(super) fn check(connection: &Connection) -> Result<(), LedgerError> {
    let doing = "comparing the sets with the facts";
    // One view of facts and sets, whoever writes meanwhile.
    let transaction = connection.unchecked_transaction().map_err(|e| failed(doing, e))?;
    let codes = || -> rusqlite::Result<HashMap<String, u32>> {
        transaction.prepare("SELECT code, number FROM codes")?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let codes = codes().map_err(|e| failed(doing, e))?;
    let known = codes.len();
    let (census, superseding) = census(&transaction, codes)?;
    check_superseding(&transaction, superseding)?;
    let (numbers, mut expected) = census.finish();
    let spans = || -> rusqlite::Result<Vec<Months>> {
        transaction.prepare("SELECT first_month, last_month FROM spans")?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let spans = spans().map_err(|e| failed(doing, e))?;
    let told = |what: String| Err(damaged(None, format!("{what}: the sets of what facts are recorded about are not those of the facts")));
    if numbers.len() != known {
        return told(format!("{} codes of facts have no number", numbers.len() - known));
    }
    if let Some(missing) = expected.keys().find(|place| !spans.contains(&place.months)) {
        return told(format!("months {} to {} are missing", missing.months.0, missing.months.1));
    }
    let mut statement =
        transaction.prepare("SELECT first_month, last_month, structure, block, subjects FROM recorded").map_err(|e| failed(doing, e))?;
    let mut rows = statement.query([]).map_err(|e| failed(doing, e))?;
    while let Some(row) = rows.next().map_err(|e| failed(doing, e))? {
        let read = || -> rusqlite::Result<(Place, Option<Block>)> {
            let place = Place { months: (row.get(0)?, row.get(1)?), structure: row.get(2)?, block: row.get(3)? };
            Ok((place, row.get_ref(4)?.as_blob().ok().and_then(Block::from_bytes)))
        };
        let (place, stored) = read().map_err(|e| failed(doing, e))?;
        if stored.is_none() || expected.remove(&place) != stored {
            return told(format!("{place:?} differs"));
        }
    }
    match expected.into_keys().next() {
        Some(missing) => told(format!("{missing:?} is missing")),
        None => Ok(()),
    }
}

/// Says of facts that are refused where what they touch was last recorded, up to a sequence; of what lies far back it is left open. It takes
/// a walk back through the facts, so it is asked only for what is told, and not by the thread that writes. Who records next waits for it.
pub(super) fn last_recorded(connection: &Connection, violations: &mut [Violation], through: i64) -> Result<(), LedgerError> {
    let doing = "looking up what a refused batch touches";
    let mut wanted: HashMap<(String, String, Months), Vec<usize>> = HashMap::new();
    for (position, violation) in violations.iter().enumerate() {
        let months = if let Reason::OverlapsRecorded { first_month, last_month, .. } = violation.reason {
            (first_month, last_month)
        } else if let Reason::AlreadyRecorded { .. } = violation.reason {
            (violation.first_month, violation.last_month)
        } else {
            continue;
        };
        wanted.entry((violation.structure.clone(), violation.subject.clone(), months)).or_default().push(position);
    }
    let sql = "SELECT structure, subject, first_month, last_month, sequence FROM facts WHERE sequence <= ?1
               ORDER BY sequence DESC, line DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql).map_err(|e| failed(doing, e))?;
    let mut rows = statement.query([through, FARTHEST]).map_err(|e| failed(doing, e))?;
    while !wanted.is_empty()
        && let Some(row) = rows.next().map_err(|e| failed(doing, e))?
    {
        let read = || Ok(((row.get(0)?, row.get(1)?, (row.get(2)?, row.get(3)?)), row.get(4)?));
        let (key, found) = read().map_err(|e| failed(doing, e))?;
        for position in wanted.remove(&key).into_iter().flatten() {
            if let Some(Reason::AlreadyRecorded { sequence } | Reason::OverlapsRecorded { sequence, .. }) =
                violations.get_mut(position).map(|violation| &mut violation.reason)
            {
                *sequence = found;
            }
        }
    }
    Ok(())
}
