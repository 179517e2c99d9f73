//! A connection, and the statements that it has prepared: the server reads and plans each of them once for a connection.

use std::sync::{Mutex, PoisonError};

use foldhash::HashMap;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, Statement};
use tokio_stream::StreamExt;

/// Parameters of a statement with their types.
pub(super) type Parameters<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// A connection in use. Whoever needs a transaction of several statements, or a statement that is not asked again, takes the client.
pub(super) struct Session {
    pub(super) client: Client,
    /// By their text. The texts do not depend on what is asked, so they are some tens.
    prepared: Mutex<HashMap<String, Statement>>,
}

impl Session {
    /// Nothing is prepared yet.
    pub(super) fn new(client: Client) -> Self {
        Self { client, prepared: Mutex::default() }
    }

    /// The rows that a statement gives.
    pub(super) async fn query(&self, sql: &str, parameters: Parameters<'_>) -> Result<Vec<Row>, Error> {
        let Some(statement) = self.prepared(sql) else {
            let (rows, ()) = tokio::join!(biased; self.client.query_typed(sql, parameters), self.prepare(sql, parameters));
            return rows;
        };
        let rows = self.client.query_raw(&statement, parameters.iter().map(|(value, _)| *value)).await?;
        rows.collect().await
    }

    /// How many rows a statement changed.
    pub(super) async fn execute(&self, sql: &str, parameters: Parameters<'_>) -> Result<u64, Error> {
        let Some(statement) = self.prepared(sql) else {
            let (changed, ()) = tokio::join!(biased; self.client.execute_typed(sql, parameters), self.prepare(sql, parameters));
            return changed;
        };
        self.client.execute_raw(&statement, parameters.iter().map(|(value, _)| *value)).await
    }

    fn prepared(&self, sql: &str) -> Option<Statement> {
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned()
    }

    /// Prepares a statement for the next time. The first time it is sent as it is, with this right behind it: what is sent together
    /// keeps its order, and nobody waits a round trip more.
    async fn prepare(&self, sql: &str, parameters: Parameters<'_>) {
        let types: Vec<Type> = parameters.iter().map(|(_, kind)| kind.clone()).collect();
        // In a transaction that has failed nothing can be prepared. The statement itself says why.
        if let Ok(statement) = self.client.prepare_typed(sql, &types).await {
            self.prepared.lock().unwrap_or_else(PoisonError::into_inner).insert(sql.to_owned(), statement);
        }
    }
}
