//! The transaction that records a closing.

use async_trait::async_trait;
use tokio_postgres::Error;
use tokio_postgres::types::{ToSql, Type};

use super::append::{Append, Step, begin, ended};
use super::memory::Memory;
use super::rows::{self, Lock};
use super::session::Session;
use super::tables::Tables;
use crate::chain::Hash;
use crate::checks::check_head;
use crate::record::CLOSING_COLUMNS;
use crate::{Clock, Closing, LedgerError, NewClosing, Position, Schema};

/// A closing to append.
pub(super) struct ClosingAppend<'a> {
    pub(super) schema: &'a Schema,
    pub(super) tables: &'a Tables,
    pub(super) clock: &'a dyn Clock,
    pub(super) asked: &'a NewClosing,
    pub(super) expected_head: i64,
}

#[async_trait]
impl Append for ClosingAppend<'_> {
    type Answer = Closing;

    fn what(&self) -> String {
        format!("closing {}", self.asked.name)
    }

    async fn write(
        &self,
        session: &Session,
        memory: &mut Option<Memory>,
        in_doubt: &mut Option<Hash>,
    ) -> Result<Step<Closing>, LedgerError> {
        let Self { schema, tables, asked, .. } = self;
        let ((), head, first) = tokio::try_join!(
            biased;
            begin(session),
            rows::head(session, tables, Lock::Hold),
            rows::closing(session, tables, &asked.name)
        )?;
        if let Some(first) = first {
            return first.answer(asked).map(Step::Known);
        }
        check_head(self.expected_head, head.position.sequence)?;
        let closing = head.next_closing(schema, self.clock, asked);
        let position = Position { sequence: closing.entry_sequence(), chain_hash: closing.chain_hash };
        let (row, head_row) = (write_closing(session, tables, &closing), move_head(session, tables, position, closing.recorded_at));
        let written = tokio::try_join!(biased; row, head_row, session.client.batch_execute("COMMIT")).map(drop);
        ended(written, closing.chain_hash, in_doubt)?;
        // Closings are rare: the next batch looks again.
        *memory = None;
        Ok(Step::Recorded(closing))
    }
}

async fn write_closing(session: &Session, tables: &Tables, closing: &Closing) -> Result<(), Error> {
    let sql = format!("INSERT INTO {} ({CLOSING_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)", tables.closings);
    let row: [(&(dyn ToSql + Sync), Type); 8] = [
        (&closing.entry_sequence(), Type::INT8),
        (&closing.name, Type::TEXT),
        (&closing.first_month, Type::INT4),
        (&closing.last_month, Type::INT4),
        (&closing.author, Type::TEXT),
        (&closing.note, Type::TEXT),
        (&closing.recorded_at, Type::INT8),
        (&closing.chain_hash.as_slice(), Type::BYTEA),
    ];
    session.execute(&sql, &row).await.map(|_| ())
}

async fn move_head(session: &Session, tables: &Tables, position: Position, recorded_at: i64) -> Result<(), Error> {
    let sql = format!("UPDATE {} SET sequence = $1, chain_hash = $2, recorded_at = $3", tables.head);
    let row: [(&(dyn ToSql + Sync), Type); 3] =
        [(&position.sequence, Type::INT8), (&position.chain_hash.as_slice(), Type::BYTEA), (&recorded_at, Type::INT8)];
    session.execute(&sql, &row).await.map(|_| ())
}
