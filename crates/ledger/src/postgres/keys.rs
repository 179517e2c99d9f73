//! The sets of what facts are recorded about, as PostgreSQL keeps them. Who changes them holds the head row, so what a transaction reads of
//! them holds until it ends.

use std::pin::pin;

use foldhash::{HashMap, HashMapExt};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{GenericClient, Row, Transaction};
use tokio_stream::StreamExt;

use super::errors::failed;
use super::insertion::{BYTES, Column, Form, Insertion, MONTH, NUMBER, TEXT};
use super::rows::{get, next_packs, pack};
use super::session::{Parameters, Session};
use super::tables::Tables;
use crate::checks::searchable;
use crate::keys::{Block, Census, Changes, Comparison, FARTHEST, Keys, Lookup, Months, Place, Remembered};
use crate::pack::StoredPack;
use crate::preparing::Prepared;
use crate::record::damaged;
use crate::{LedgerError, MAX_COLUMNS, Violation};

/// Bytes of packs that are read back at a time: some ten thousand facts.
const LOOKED_AT: i64 = 256 * 1_024;

/// The sets that a batch touches.
pub(super) async fn touched<'a>(session: &Session, tables: &Tables, prepared: &'a Prepared) -> Result<(Keys<'a>, Remembered), LedgerError> {
    // On their way together: one round trip.
    let (known, last_number, recorded) =
        tokio::try_join!(biased; numbers(session, tables, prepared), last_number(session, tables), spans(session, tables))?;
    let mut keys = Keys::new(&prepared.codes, &known, last_number, &recorded);
    let places = keys.places();
    if !places.is_empty() {
        for (place, block) in blocks(session, tables, &places).await? {
            keys.load(place, block);
        }
    }
    Ok((keys, Remembered::new(last_number, recorded)))
}

/// The numbers of the codes of a batch.
async fn numbers(session: &Session, tables: &Tables, prepared: &Prepared) -> Result<Vec<Option<u32>>, LedgerError> {
    let codes = &prepared.codes.texts;
    let asked: Vec<&str> = codes.iter().map(|code| searchable(code)).collect();
    let sql = format!("SELECT number, code FROM {} WHERE code = ANY($1)", tables.codes);
    let rows = session.query(&sql, &[(&asked, Type::TEXT_ARRAY)]).await.map_err(|e| failed("checking facts", e))?;
    let mut known = HashMap::new();
    for row in &rows {
        known.insert(get::<&str>(row, 1)?, number(get(row, 0)?)?);
    }
    Ok(codes.iter().map(|code| known.get(code.as_ref()).copied()).collect())
}

async fn last_number(session: &Session, tables: &Tables) -> Result<u32, LedgerError> {
    let sql = format!("SELECT coalesce(max(number), 0) FROM {}", tables.codes);
    let rows = session.query(&sql, &[]).await.map_err(|e| failed("checking facts", e))?;
    rows.first().map_or(Ok(0), |row| number(get(row, 0)?))
}

async fn spans(session: &Session, tables: &Tables) -> Result<Vec<Months>, LedgerError> {
    let rows = session.query(&every_span(tables), &[]).await.map_err(|e| failed("reading months", e))?;
    rows.iter().map(months).collect()
}

fn every_span(tables: &Tables) -> String {
    format!("SELECT first_month, last_month FROM {}", tables.spans)
}

fn months(row: &Row) -> Result<Months, LedgerError> {
    Ok((get(row, 0)?, get(row, 1)?))
}

/// The sets of some places; one that is not stored is empty.
async fn blocks(session: &Session, tables: &Tables, places: &[Place]) -> Result<Vec<(Place, Block)>, LedgerError> {
    let sql = format!(
        "SELECT first_month, last_month, structure, block, subjects FROM {}
         JOIN unnest($1::bigint[], $2::integer[], $3::integer[], $4::bigint[]) AS asked (structure, first_month, last_month, block)
         USING (structure, first_month, last_month, block)",
        tables.recorded
    );
    let columns = Columns::of(places.iter());
    let rows = session.query(&sql, &columns.parameters()).await.map_err(|e| failed("checking facts", e))?;
    let read = |row| {
        let (place, block) = set(row)?;
        Ok((place, block.ok_or_else(|| damaged(None, format!("the set {place:?} cannot be read")))?))
    };
    rows.iter().map(read).collect()
}

/// Places as PostgreSQL takes many at once.
struct Columns {
    structures: Vec<i64>,
    first_months: Vec<i32>,
    last_months: Vec<i32>,
    blocks: Vec<i64>,
}

impl Columns {
    fn of<'p>(places: impl Iterator<Item = &'p Place> + Clone) -> Self {
        Self {
            structures: places.clone().map(|place| place.structure.into()).collect(),
            first_months: places.clone().map(|place| place.months.0).collect(),
            last_months: places.clone().map(|place| place.months.1).collect(),
            blocks: places.map(|place| place.block.into()).collect(),
        }
    }

    fn parameters(&self) -> [(&(dyn ToSql + Sync), Type); 4] {
        let Self { structures, first_months, last_months, blocks } = self;
        [(structures, Type::INT8_ARRAY), (first_months, Type::INT4_ARRAY), (last_months, Type::INT4_ARRAY), (blocks, Type::INT8_ARRAY)]
    }
}

/// What is written of the sets.
pub(super) struct SetRows<'c> {
    codes: Vec<&'c str>,
    numbers: Vec<i64>,
    months: (Vec<i32>, Vec<i32>),
    places: Columns,
    subjects: Vec<Vec<u8>>,
}

impl<'c> SetRows<'c> {
    /// What a batch changes.
    pub(super) fn of(changes: &Changes<'c>) -> Self {
        let codes = changes.codes.iter().map(|(number, code)| (*code, *number));
        Self::new(codes, changes.months.iter().copied(), changes.blocks.iter().map(|(place, block)| (place, block)))
    }

    fn new<'p>(
        codes: impl Iterator<Item = (&'c str, u32)>,
        months: impl Iterator<Item = Months>,
        sets: impl Iterator<Item = (&'p Place, &'p Block)> + Clone,
    ) -> Self {
        let (codes, numbers) = codes.map(|(code, number)| (code, i64::from(number))).unzip();
        let subjects = sets.clone().map(|(_, block)| block.bytes()).collect();
        Self { codes, numbers, months: months.unzip(), places: Columns::of(sets.map(|(place, _)| place)), subjects }
    }

    /// Their insertion.
    pub(super) fn insertions<'r>(&'r self, tables: &'r Tables) -> [Insertion<'r>; 3] {
        let Self { codes, numbers, months: (firsts, lasts), places, subjects } = self;
        let Columns { structures, first_months, last_months, blocks } = places;
        let sets = vec![
            Column::new(structures, NUMBER),
            Column::new(first_months, MONTH),
            Column::new(last_months, MONTH),
            Column::new(blocks, NUMBER),
            Column::new(subjects, BYTES),
        ];
        [
            Insertion::new(&tables.codes, "code, number", vec![Column::new(codes, TEXT), Column::new(numbers, NUMBER)], codes.len()),
            Insertion::new(
                &tables.spans,
                "first_month, last_month",
                vec![Column::new(firsts, MONTH), Column::new(lasts, MONTH)],
                firsts.len(),
            ),
            Insertion::new(&tables.recorded, "structure, first_month, last_month, block, subjects", sets, subjects.len())
                .or("ON CONFLICT (structure, first_month, last_month, block) DO UPDATE SET subjects = EXCLUDED.subjects"),
        ]
    }
}

/// Writes the sets of all facts into empty tables.
pub(super) async fn write(client: &impl GenericClient, tables: &Tables, census: Census) -> Result<(), tokio_postgres::Error> {
    let (numbers, blocks) = census.finish();
    let mut months: Vec<Months> = blocks.keys().map(|place| place.months).collect();
    months.sort_unstable();
    months.dedup();
    let codes = numbers.iter().map(|(code, number)| (code.as_str(), *number));
    let rows = SetRows::new(codes, months.into_iter(), blocks.iter());
    for insertion in rows.insertions(tables).iter().filter(|insertion| insertion.rows() > 0) {
        let parameters: Vec<_> = insertion.parameters(Form::Arrays).collect();
        client.execute_typed(&insertion.alone(), &parameters).await?;
    }
    Ok(())
}

/// Tells of every pack of facts, in the order in which they were recorded.
async fn each_pack(
    client: &impl GenericClient,
    tables: &Tables,
    mut tell: impl FnMut(&StoredPack<'_>) -> Result<(), LedgerError> + Send,
) -> Result<(), LedgerError> {
    let doing = "reading what facts are recorded about";
    let sql = format!("SELECT sequence, last_line, facts FROM {} ORDER BY sequence, last_line", tables.packs);
    let none: [(&(dyn ToSql + Sync), Type); 0] = [];
    let rows = client.query_typed_raw(&sql, none).await.map_err(|e| failed(doing, e))?;
    let mut rows = pin!(rows);
    while let Some(row) = rows.next().await {
        tell(&pack(&row.map_err(|e| failed(doing, e))?)?)?;
    }
    Ok(())
}

/// Whether the sets that are stored are those of the facts, in one view of both.
pub(super) async fn check(view: &Transaction<'_>, tables: &Tables) -> Result<(), LedgerError> {
    let doing = "comparing the sets with the facts";
    let rows = view.query_typed(&format!("SELECT number, code FROM {}", tables.codes), &[]).await.map_err(|e| failed(doing, e))?;
    let codes: Result<HashMap<String, u32>, LedgerError> = rows.iter().map(|row| Ok((get(row, 1)?, number(get(row, 0)?)?))).collect();
    let mut comparison = Comparison::new(codes?);
    let tell = |pack: &StoredPack<'_>| {
        pack.each(MAX_COLUMNS, |fact| comparison.fact(pack.sequence, (fact.structure, fact.subject), (fact.first_month, fact.last_month)))
    };
    each_pack(view, tables, tell).await?;
    let sql = format!("SELECT sequence, superseded FROM {} ORDER BY sequence", tables.batches);
    for row in view.query_typed(&sql, &[]).await.map_err(|e| failed(doing, e))? {
        comparison.batch(get(&row, 0)?, get(&row, 1)?)?;
    }
    let rows = view.query_typed(&every_span(tables), &[]).await.map_err(|e| failed(doing, e))?;
    comparison.months(&rows.iter().map(months).collect::<Result<Vec<_>, _>>()?)?;
    let sql = format!("SELECT first_month, last_month, structure, block, subjects FROM {}", tables.recorded);
    for row in view.query_typed(&sql, &[]).await.map_err(|e| failed(doing, e))? {
        let (place, stored) = set(&row)?;
        comparison.set(place, stored)?;
    }
    comparison.end()
}

/// Says of facts that are refused where what they touch was last recorded, up to a sequence.
pub(super) async fn last_recorded(
    session: &Session,
    tables: &Tables,
    violations: &mut [Violation],
    through: i64,
) -> Result<(), LedgerError> {
    let mut lookup = Lookup::of(violations);
    let mut looked_through = 0;
    let (mut before, mut last_line) = (through.saturating_add(1), 0_i64);
    while !lookup.is_over() && looked_through < FARTHEST {
        let which = "(sequence, last_line) < ($1, $2)";
        let place: Parameters<'_> = &[(&before, Type::INT8), (&last_line, Type::INT8)];
        let packs = next_packs(session, tables, which, "DESC", place, LOOKED_AT).await;
        let packs = packs.map_err(|e| failed("looking up what a refused batch touches", e))?;
        let Some(last) = packs.last() else { break };
        for row in &packs {
            let pack = pack(row)?;
            pack.each(MAX_COLUMNS, |fact| {
                lookup.met(fact.structure, fact.subject, (fact.first_month, fact.last_month), pack.sequence);
                looked_through += 1;
            })?;
        }
        (before, last_line) = (get(last, 0)?, get(last, 1)?);
    }
    Ok(())
}

/// A stored set: where, and the block if it can be read.
fn set(row: &Row) -> Result<(Place, Option<Block>), LedgerError> {
    let place = Place { months: (get(row, 0)?, get(row, 1)?), structure: number(get(row, 2)?)?, block: number(get(row, 3)?)? };
    Ok((place, Block::from_bytes(get(row, 4)?)))
}

/// Numbers are kept in wider words, since PostgreSQL has none without a sign.
fn number(stored: i64) -> Result<u32, LedgerError> {
    u32::try_from(stored).map_err(|_| damaged(None, format!("{stored} is no number of a code")))
}
