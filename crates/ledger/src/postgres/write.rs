//! All that a batch writes, in one statement that hangs on moving the head from where the writer knows it to where it will be.
//!
//! Where another has moved the head meanwhile, nothing is written. So a writer that knows what holds at a head needs no look at it first.

use tokio_postgres::Error;
use tokio_postgres::types::{ToSql, Type};

use super::insertion::{BYTES, Column, Form, Insertion, MONTH, NUMBER, TEXT};
use super::keys::SetRows;
use super::session::Session;
use super::tables::Tables;
use crate::keys::Changes;
use crate::pack::Pack;
use crate::record::{BATCH_COLUMNS, EVENT_COLUMNS};
use crate::{Event, Position, Receipt};

/// What is written.
pub(super) struct Written<'a> {
    /// The head from which it is moved.
    pub(super) before: Position,
    pub(super) receipt: &'a Receipt,
    /// All facts: a million of them, which is what services take at once, are some 20 MB.
    pub(super) packs: &'a [Pack],
    /// Those that are not copied.
    pub(super) events: &'a [Event],
    pub(super) changes: &'a Changes<'a>,
}

/// Writes it, unless the head is elsewhere or the batch is there already; whether it did.
pub(super) async fn batch(session: &Session, tables: &Tables, written: &Written<'_>) -> Result<bool, Error> {
    let Written { before, receipt, packs, events, changes } = written;
    let Receipt {
        sequence,
        batch_id,
        origin,
        provenance,
        reason,
        note,
        recorded_at,
        content_hash,
        chain_hash,
        facts: fact_count,
        superseded,
        events: event_count,
    } = receipt;
    let (chain_hash, content_hash, before_hash) = (chain_hash.as_slice(), content_hash.as_slice(), before.chain_hash.as_slice());
    let provenance = provenance.as_str();
    let counts = [fact_count, superseded, event_count].map(|count| count.cast_signed());
    let [fact_count, superseded, event_count] = &counts;
    // The columns of the batch in their order, then where the head was.
    let mut parameters: Vec<(&(dyn ToSql + Sync), Type)> = vec![
        (sequence, Type::INT8),
        (batch_id, Type::TEXT),
        (origin, Type::TEXT),
        (&provenance, Type::TEXT),
        (reason, Type::TEXT),
        (note, Type::TEXT),
        (recorded_at, Type::INT8),
        (&content_hash, Type::BYTEA),
        (&chain_hash, Type::BYTEA),
        (fact_count, Type::INT8),
        (superseded, Type::INT8),
        (event_count, Type::INT8),
        (&before.sequence, Type::INT8),
        (&before_hash, Type::BYTEA),
    ];
    let Tables { head, batches, .. } = tables;
    let mut parts = vec![format!(
        "WITH moved AS (
             UPDATE {head} SET sequence = $1, chain_hash = $9, recorded_at = $7
             WHERE sequence = $13 AND chain_hash = $14 AND NOT EXISTS (SELECT 1 FROM {batches} WHERE id = $2)
             RETURNING only_row
         )"
    )];
    let packs = PackRows::of(packs.iter().map(|pack| (*sequence, pack)));
    let (events, sets) = (EventRows::of(*sequence, events), SetRows::of(changes));
    let insertions = [packs.insertion(tables), events.insertion(tables)].into_iter().chain(sets.insertions(tables));
    let insertions: Vec<(usize, Insertion<'_>)> = insertions.enumerate().filter(|(_, insertion)| insertion.rows() > 0).collect();
    // All in one form, so that there are few statements.
    let form = if insertions.iter().all(|(_, insertion)| insertion.rows() == 1) { Form::Single } else { Form::Arrays };
    for (number, insertion) in &insertions {
        parts.push(format!("part_{number} AS ({})", insertion.following("moved", form, parameters.len())));
        parameters.extend(insertion.parameters(form));
    }
    let columns = "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12";
    let sql = format!("{} INSERT INTO {batches} ({BATCH_COLUMNS}) SELECT {columns} FROM moved", parts.join(", "));
    Ok(session.execute(&sql, &parameters).await? > 0)
}

/// Packs of facts by column.
pub(super) struct PackRows<'p> {
    sequences: Vec<i64>,
    last_lines: Vec<i64>,
    facts: Vec<&'p [u8]>,
}

impl<'p> PackRows<'p> {
    /// Packs with the sequences of their batches.
    pub(super) fn of(packs: impl Iterator<Item = (i64, &'p Pack)> + Clone) -> Self {
        Self {
            sequences: packs.clone().map(|(sequence, _)| sequence).collect(),
            last_lines: packs.clone().map(|(_, pack)| pack.last_line.into()).collect(),
            facts: packs.map(|(_, pack)| pack.bytes.as_slice()).collect(),
        }
    }

    /// Their insertion.
    pub(super) fn insertion<'r>(&'r self, tables: &'r Tables) -> Insertion<'r> {
        let Self { sequences, last_lines, facts } = self;
        let columns = vec![Column::new(sequences, NUMBER), Column::new(last_lines, NUMBER), Column::new(facts, BYTES)];
        Insertion::new(&tables.packs, "sequence, last_line, facts", columns, facts.len())
    }
}

/// Events by column.
struct EventRows<'e> {
    sequences: Vec<i64>,
    lines: Vec<i64>,
    origins: Vec<&'e str>,
    numbers: Vec<i64>,
    kinds: Vec<&'e str>,
    structures: Vec<&'e str>,
    counterparts: Vec<Option<&'e str>>,
    subjects: Vec<&'e str>,
    months: Vec<i32>,
    moments: Vec<i64>,
    amounts: Vec<i64>,
}

impl<'e> EventRows<'e> {
    fn of(sequence: i64, events: &'e [Event]) -> Self {
        Self {
            sequences: vec![sequence; events.len()],
            lines: (1..).take(events.len()).collect(),
            origins: events.iter().map(|event| event.origin.as_str()).collect(),
            numbers: events.iter().map(|event| event.number).collect(),
            kinds: events.iter().map(|event| event.kind.as_str()).collect(),
            structures: events.iter().map(|event| event.structure.as_str()).collect(),
            counterparts: events.iter().map(|event| event.counterpart.as_deref()).collect(),
            subjects: events.iter().map(|event| event.subject.as_str()).collect(),
            months: events.iter().map(|event| event.month).collect(),
            moments: events.iter().map(|event| event.moment).collect(),
            amounts: events.iter().map(|event| event.amount).collect(),
        }
    }

    fn insertion<'r>(&'r self, tables: &'r Tables) -> Insertion<'r> {
        let Self { sequences, lines, origins, numbers, kinds, structures, counterparts, subjects, months, moments, amounts } = self;
        let columns = vec![
            Column::new(sequences, NUMBER),
            Column::new(lines, NUMBER),
            Column::new(origins, TEXT),
            Column::new(numbers, NUMBER),
            Column::new(kinds, TEXT),
            Column::new(structures, TEXT),
            Column::new(counterparts, TEXT),
            Column::new(subjects, TEXT),
            Column::new(months, MONTH),
            Column::new(moments, NUMBER),
            Column::new(amounts, NUMBER),
        ];
        Insertion::new(&tables.events, EVENT_COLUMNS, columns, lines.len())
    }
}
