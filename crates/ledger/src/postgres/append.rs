//! Work that writes, done again as a whole when another writer or the network gets in the way.
//!
//! A writer holds the head row from the beginning of its transaction, or writes in one statement that moves the head from where it must be.
//! So after a lost connection the same work can simply be done again, holding the head: it is only given once a lost transaction has ended,
//! the batch is then found recorded, or is not, and a statement that comes late finds the head where it must not be, or the very same
//! answer.
//!
//! Statements are sent together and answered together wherever none needs the answer of another: a round trip costs more than most of them.

use async_trait::async_trait;
use tokio_postgres::Error;

use super::connections::{Connections, Writer};
use super::errors::{connection_lost, failed, lost_to_another};
use super::memory::Memory;
use super::retry;
use super::session::Session;
use crate::chain::Hash;
use crate::{Kind, LedgerError};

/// Attempts at one piece of work.
const ATTEMPTS: u32 = 5;

/// What a transaction did.
pub(super) enum Step<T> {
    /// Nothing: the answer is already recorded.
    Known(T),
    /// It recorded the answer, for good.
    Recorded(T),
}

/// Work that appends a record.
#[async_trait]
pub(super) trait Append: Sync {
    /// What the caller gets.
    type Answer: Send;

    /// What is appended, for messages.
    fn what(&self) -> String;

    /// Does all of a transaction. `memory` is what holds at the head where this process last left it, and is kept only if this succeeds;
    /// `in_doubt` is the chain hash of an attempt that may have been committed, this one's too.
    async fn write(
        &self,
        session: &Session,
        memory: &mut Option<Memory>,
        in_doubt: &mut Option<Hash>,
    ) -> Result<Step<Self::Answer>, LedgerError>;
}

/// Does the work durably, or not at all.
pub(super) async fn append<A: Append>(connections: &Connections, work: &A) -> Result<A::Answer, LedgerError> {
    let mut in_doubt = None;
    let mut attempt = 1;
    loop {
        let error = match try_append(connections, work, &mut in_doubt).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        match obstacle(&error) {
            Some(_) if attempt < ATTEMPTS => {
                tracing::debug!(%error, attempt, "appending again");
                retry::pause(attempt).await;
                attempt += 1;
            }
            // A refusal was pronounced with the head row held, so it is certain that no earlier attempt went through.
            _ if in_doubt.is_some() && error.kind() != Kind::Refused => {
                return Err(LedgerError::OutcomeUnknown { what: work.what(), source: error.into() });
            }
            Some(Obstacle::Writer) => return Err(LedgerError::Conflict { attempts: attempt }),
            Some(Obstacle::Network) | None => return Err(error),
        }
    }
}

async fn try_append<A: Append>(connections: &Connections, work: &A, in_doubt: &mut Option<Hash>) -> Result<A::Answer, LedgerError> {
    let mut writer = connections.writer().await?;
    let Writer { session, memory, .. } = &mut writer;
    let (result, ended) = match work.write(session, memory, in_doubt).await {
        Ok(Step::Recorded(answer)) => (Ok(answer), Ok(())),
        Ok(Step::Known(answer)) => (Ok(answer), session.client.batch_execute("ROLLBACK").await),
        Err(error) => {
            *memory = None;
            (Err(error), session.client.batch_execute("ROLLBACK").await)
        }
    };
    // A connection that cannot be told is not kept, and what was under way ends with it.
    if ended.is_ok() {
        writer.give_back();
    }
    result
}

/// Starts a transaction, of which every statement sees what was committed before it.
pub(super) async fn begin(session: &Session) -> Result<(), LedgerError> {
    let sql = "START TRANSACTION ISOLATION LEVEL READ COMMITTED";
    session.client.batch_execute(sql).await.map_err(|e| failed("starting to write", e))
}

/// What became of the statements that end a transaction: where the connection was lost, nobody knows.
pub(super) fn ended<T>(written: Result<T, Error>, chain_hash: Hash, in_doubt: &mut Option<Hash>) -> Result<T, LedgerError> {
    *in_doubt = written.as_ref().is_err_and(connection_lost).then_some(chain_hash);
    written.map_err(|e| failed("writing a record", e))
}

/// What can be overcome by trying again.
enum Obstacle {
    Writer,
    Network,
}

fn obstacle(error: &LedgerError) -> Option<Obstacle> {
    let LedgerError::Unavailable { source, .. } = error else { return None };
    match source.downcast_ref::<Error>() {
        Some(error) if lost_to_another(error) => Some(Obstacle::Writer),
        Some(error) => connection_lost(error).then_some(Obstacle::Network),
        None => Some(Obstacle::Network),
    }
}
