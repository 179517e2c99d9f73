//! Tables of the ledger on PostgreSQL: one schema per domain, so that several services can share a database.
//!
//! No table refers to another, so that a distributed database that speaks the same protocol may spread each over its nodes as it likes. Codes
//! are compared byte by byte, whatever the locale of the server.

use tokio_postgres::types::Type;
use tokio_postgres::{Client, IsolationLevel};

use super::errors::{created_meanwhile, failed};
use super::{earlier, retry};
use crate::record::{COLUMNS_BEFORE, Description, Growth, Head, WITH_PACKS};
use crate::{LedgerError, Schema};

/// Version of the tables. An earlier one is brought up to it when the store is opened; a newer one is refused.
pub(super) const VERSION: i64 = WITH_PACKS;
/// Attempts to create the tables beside other processes that do the same.
const ATTEMPTS: u32 = 5;

/// Names of the tables of a domain, and of the channel on which its writers tell of a new head.
pub(super) struct Tables {
    pub(super) namespace: String,
    pub(super) meta: String,
    pub(super) head: String,
    pub(super) batches: String,
    pub(super) closings: String,
    pub(super) packs: String,
    pub(super) events: String,
    pub(super) codes: String,
    pub(super) spans: String,
    pub(super) recorded: String,
}

impl Tables {
    /// The domain's name is `[a-z][a-z0-9_]*`, as checked when the ledger is opened, so it needs no quoting.
    pub(super) fn of(schema: &Schema) -> Self {
        let namespace = format!("piramide_{}", schema.domain);
        let table = |name| format!("{namespace}.{name}");
        Self {
            meta: table("meta"),
            head: table("chain_head"),
            batches: table("batches"),
            closings: table("closings"),
            packs: table("packs"),
            events: table("events"),
            codes: table("codes"),
            spans: table("spans"),
            recorded: table("recorded"),
            namespace,
        }
    }

    /// Creates the tables in a new schema; checks that existing ones belong to this domain.
    pub(super) async fn prepare(&self, client: &mut Client, schema: &Schema) -> Result<(), LedgerError> {
        let doing = "preparing the tables";
        for attempt in 1..=ATTEMPTS {
            let sql = "SELECT 1 FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'meta'";
            let known = client.query_typed_opt(sql, &[(&self.namespace, Type::TEXT)]).await.map_err(|e| failed(doing, e))?;
            if known.is_some() {
                let found = self.description(client).await?;
                if found.version < VERSION && found.is_of(schema) {
                    match earlier::bring_up(self, client, &found).await {
                        Err(error) if self.description(client).await?.version == found.version => return Err(error),
                        // Done, or found done by a program that opened it at the same time.
                        Ok(()) | Err(_) => continue,
                    }
                }
                let Some(growth) = found.growth(schema, VERSION) else { return found.check(schema, VERSION) };
                match self.grow(client, &growth).await {
                    Err(error) if created_meanwhile(&error) && attempt < ATTEMPTS => retry::pause(attempt).await,
                    Err(error) => return Err(failed(doing, error)),
                    Ok(()) => {}
                }
                continue;
            }
            match self.create(client, schema).await {
                Err(error) if created_meanwhile(&error) && attempt < ATTEMPTS => retry::pause(attempt).await,
                Err(error) => return Err(failed(doing, error)),
                Ok(()) => return Ok(()),
            }
        }
        Err(LedgerError::Conflict { attempts: ATTEMPTS })
    }

    /// Reads what the store says about itself.
    pub(super) async fn description(&self, client: &Client) -> Result<Description, LedgerError> {
        let rows = client.query_typed(&format!("SELECT key, value FROM {}", self.meta), &[]).await;
        let doing = "reading the description of the ledger";
        let rows = rows.map_err(|e| failed(doing, e))?;
        let rows: Result<Vec<_>, _> = rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect();
        Description::from_rows(&rows.map_err(|e| failed(doing, e))?)
    }

    /// The events of version 2.
    pub(super) fn events_ddl(&self) -> String {
        let Self { events, .. } = self;
        format!(
            "CREATE TABLE {events} (
                 sequence bigint NOT NULL,
                 line bigint NOT NULL,
                 origin text COLLATE \"C\" NOT NULL,
                 number bigint NOT NULL,
                 kind text NOT NULL,
                 structure text COLLATE \"C\" NOT NULL,
                 counterpart text COLLATE \"C\",
                 subject text COLLATE \"C\" NOT NULL,
                 month integer NOT NULL,
                 moment bigint NOT NULL,
                 amount bigint NOT NULL,
                 PRIMARY KEY (origin, number)
             );
             CREATE INDEX events_in_order ON {events} (sequence, line);"
        )
    }

    /// The sets of version 3, in which it is looked up what facts are recorded about.
    pub(super) fn keys_ddl(&self) -> String {
        let Self { codes, spans, recorded, .. } = self;
        format!(
            "CREATE TABLE {codes} (number bigint PRIMARY KEY, code text COLLATE \"C\" NOT NULL UNIQUE);
             CREATE TABLE {spans} (first_month integer NOT NULL, last_month integer NOT NULL, PRIMARY KEY (first_month, last_month));
             CREATE TABLE {recorded} (
                 structure bigint NOT NULL,
                 first_month integer NOT NULL,
                 last_month integer NOT NULL,
                 block bigint NOT NULL,
                 subjects bytea NOT NULL,
                 PRIMARY KEY (structure, first_month, last_month, block)
             );"
        )
    }

    /// The packs of version 4. Their bytes are small already: what is too large for a row is stored beside it as it is.
    pub(super) fn packs_ddl(&self) -> String {
        let Self { packs, .. } = self;
        format!(
            "CREATE TABLE {packs} (
                 sequence bigint NOT NULL,
                 last_line bigint NOT NULL,
                 facts bytea NOT NULL,
                 PRIMARY KEY (sequence, last_line)
             );
             ALTER TABLE {packs} ALTER COLUMN facts SET STORAGE EXTERNAL;"
        )
    }

    /// Says of a store that facts have more columns from now on: those recorded before have no value in them. Of several programs that do so
    /// at once one does, and the others find it done.
    async fn grow(&self, client: &mut Client, growth: &Growth) -> Result<(), tokio_postgres::Error> {
        let Self { meta, .. } = self;
        let transaction = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
        let sql = format!("UPDATE {meta} SET value = $1 WHERE key = 'columns' AND value = $2");
        if transaction.execute_typed(&sql, &[(&growth.to, Type::TEXT), (&growth.from, Type::TEXT)]).await? == 0 {
            return transaction.rollback().await;
        }
        let sql = format!("INSERT INTO {meta} (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2");
        transaction.execute_typed(&sql, &[(&COLUMNS_BEFORE, Type::TEXT), (&growth.before, Type::TEXT)]).await?;
        transaction.commit().await
    }

    async fn create(&self, client: &mut Client, schema: &Schema) -> Result<(), tokio_postgres::Error> {
        let Self { namespace, meta, head, batches, closings, .. } = self;
        let transaction = client.build_transaction().isolation_level(IsolationLevel::ReadCommitted).start().await?;
        let ddl = format!(
            "CREATE SCHEMA IF NOT EXISTS {namespace};

             CREATE TABLE {meta} (key text PRIMARY KEY, value text NOT NULL);

             CREATE TABLE {head} (
                 only_row integer PRIMARY KEY CHECK (only_row = 1),
                 sequence bigint NOT NULL,
                 chain_hash bytea NOT NULL,
                 recorded_at bigint NOT NULL
             );

             CREATE TABLE {batches} (
                 sequence bigint PRIMARY KEY,
                 id text COLLATE \"C\" NOT NULL UNIQUE,
                 origin text NOT NULL,
                 provenance text NOT NULL,
                 reason text,
                 note text,
                 recorded_at bigint NOT NULL,
                 content_hash bytea NOT NULL,
                 chain_hash bytea NOT NULL,
                 facts bigint NOT NULL,
                 superseded bigint NOT NULL,
                 events bigint NOT NULL
             );
             CREATE INDEX batches_by_moment ON {batches} (recorded_at);

             CREATE TABLE {closings} (
                 sequence bigint PRIMARY KEY,
                 name text COLLATE \"C\" NOT NULL UNIQUE,
                 first_month integer NOT NULL,
                 last_month integer NOT NULL,
                 author text NOT NULL,
                 note text,
                 recorded_at bigint NOT NULL,
                 chain_hash bytea NOT NULL
             );"
        );
        transaction.batch_execute(&ddl).await?;
        transaction.batch_execute(&self.events_ddl()).await?;
        transaction.batch_execute(&self.keys_ddl()).await?;
        transaction.batch_execute(&self.packs_ddl()).await?;
        for (key, value) in Description::of(schema, VERSION).rows() {
            let sql = format!("INSERT INTO {meta} (key, value) VALUES ($1, $2)");
            transaction.execute_typed(&sql, &[(&key, Type::TEXT), (&value, Type::TEXT)]).await?;
        }
        let Head { position, recorded_at } = Head::genesis(schema);
        let sql = format!("INSERT INTO {head} (only_row, sequence, chain_hash, recorded_at) VALUES (1, $1, $2, $3)");
        let hash = position.chain_hash.as_slice();
        transaction.execute_typed(&sql, &[(&position.sequence, Type::INT8), (&hash, Type::BYTEA), (&recorded_at, Type::INT8)]).await?;
        transaction.commit().await
    }
}
