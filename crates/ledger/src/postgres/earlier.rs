//! Tables of earlier versions, brought up to those of now: hashes stay as they are.
//!
//! | version | what it lacks |
//! | --- | --- |
//! | 1 | events, and what version 2 lacks |
//! | 2 | the sets, where the key of the facts was looked up, and what version 3 lacks |
//! | 3 | packs, where each fact was a row |

use foldhash::{HashMap, HashMapExt};
use tokio_postgres::{Client, IsolationLevel, Row, Transaction};

use super::errors::failed;
use super::insertion::Form;
use super::keys;
use super::rows::get;
use super::tables::{Tables, VERSION};
use super::write::PackRows;
use crate::keys::Census;
use crate::pack::{Pack, Regrouping};
use crate::record::{Description, WITH_EVENTS, WITH_KEYS, line};
use crate::{Fact, LedgerError};

const DOING: &str = "bringing up a ledger of an earlier version";
/// Facts that are read at a time.
const PAGE: u32 = 20_000;

/// Brings a store up, in one transaction. Who records holds the head row, so nobody does while its table and that of the facts are locked;
/// and a program of an earlier version finds no table for its facts any more, so that it records none beside the packs.
///
/// # Errors
///
/// Also when another program has done it meanwhile: the tables of the earlier version are gone.
pub(super) async fn bring_up(tables: &Tables, client: &mut Client, found: &Description) -> Result<(), LedgerError> {
    let Tables { namespace, meta, batches, .. } = tables;
    let work = |error| failed(DOING, error);
    tracing::info!(version = found.version, to = VERSION, "bringing up a ledger of an earlier version");
    let lacks_keys = found.version < WITH_KEYS;
    let head = if lacks_keys { "head" } else { "chain_head" };
    let transaction = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await.map_err(work)?;
    let run = async |sql: &str| transaction.batch_execute(sql).await.map_err(work);
    // Sorting the facts of years takes longer than anything that is recorded.
    run("SET LOCAL statement_timeout = 0").await?;
    run(&format!("LOCK TABLE {namespace}.{head}, {namespace}.facts IN ACCESS EXCLUSIVE MODE")).await?;
    if found.version < WITH_EVENTS {
        run(&format!("ALTER TABLE {batches} ADD COLUMN events bigint NOT NULL DEFAULT 0")).await?;
        run(&tables.events_ddl()).await?;
    }
    run(&tables.packs_ddl()).await?;
    let mut census = lacks_keys.then(|| Census::new(HashMap::new()));
    pack_facts(&transaction, tables, found, census.as_mut()).await?;
    if let Some(census) = census {
        run(&tables.keys_ddl()).await?;
        keys::write(&transaction, tables, census).await.map_err(work)?;
        run(&format!("ALTER TABLE {namespace}.head RENAME TO chain_head")).await?;
    }
    run(&format!("DROP TABLE {namespace}.facts; UPDATE {meta} SET value = '{VERSION}' WHERE key = 'schema_version'")).await?;
    transaction.commit().await.map_err(work)
}

/// Packs the facts, and counts them into the sets where these are to be made.
async fn pack_facts(
    transaction: &Transaction<'_>,
    tables: &Tables,
    found: &Description,
    mut census: Option<&mut Census>,
) -> Result<(), LedgerError> {
    let work = |error| failed(DOING, error);
    let columns = found.stored_columns();
    let sql = format!(
        "DECLARE earlier_facts NO SCROLL CURSOR FOR
         SELECT sequence, line, structure, subject, first_month, last_month, {} FROM {}.facts ORDER BY sequence, line",
        columns.join(", "),
        tables.namespace
    );
    transaction.batch_execute(&sql).await.map_err(work)?;
    let mut regrouping = Regrouping::default();
    loop {
        let rows = transaction.query_typed(&format!("FETCH FORWARD {PAGE} FROM earlier_facts"), &[]).await.map_err(work)?;
        let mut packs = Vec::new();
        for row in &rows {
            let (sequence, fact) = fact(row, columns.len())?;
            if let Some(census) = &mut census {
                census.add(&fact.structure, &fact.subject, (fact.first_month, fact.last_month));
            }
            packs.extend(regrouping.take(sequence, fact)?);
        }
        if rows.is_empty() {
            packs.extend(regrouping.last());
        }
        write(transaction, tables, &packs).await.map_err(work)?;
        if rows.is_empty() {
            return transaction.batch_execute("CLOSE earlier_facts").await.map_err(work);
        }
    }
}

async fn write(transaction: &Transaction<'_>, tables: &Tables, packs: &[(i64, Pack)]) -> Result<(), tokio_postgres::Error> {
    let rows = PackRows::of(packs.iter().map(|(sequence, pack)| (*sequence, pack)));
    let insertion = rows.insertion(tables);
    if insertion.rows() > 0 {
        let parameters: Vec<_> = insertion.parameters(Form::Arrays).collect();
        transaction.execute_typed(&insertion.alone(), &parameters).await?;
    }
    Ok(())
}

fn fact(row: &Row, columns: usize) -> Result<(i64, Fact), LedgerError> {
    let sequence = get(row, 0)?;
    let fact = Fact {
        line: line(sequence, get(row, 1)?)?,
        structure: get::<&str>(row, 2)?.into(),
        subject: get::<&str>(row, 3)?.into(),
        first_month: get(row, 4)?,
        last_month: get(row, 5)?,
        values: (6..6 + columns).map(|column| get(row, column)).collect::<Result<_, _>>()?,
    };
    Ok((sequence, fact))
}
