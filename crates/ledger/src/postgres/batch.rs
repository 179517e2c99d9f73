//! The transaction that records a batch: at once where the writer remembers all that it touches, or else holding the head.

use async_trait::async_trait;

use super::append::{Append, Step, begin, ended};
use super::errors::failed;
use super::memory::Memory;
use super::rows::{self, Lock};
use super::session::Session;
use super::tables::Tables;
use super::{copy, keys, write};
use crate::chain::Hash;
use crate::checks::{Judge, Recorded, check_head};
use crate::keys::Keys;
use crate::preparing::Prepared;
use crate::record::damaged;
use crate::{Clock, Closing, Event, LedgerError, Receipt, Schema, Submitted};

/// Events that go in a statement like any other row; more are copied, which takes round trips of its own. Facts are packed, and go in the
/// statement however many they are.
const FEW: usize = 64;

/// A batch to append.
pub(super) struct BatchAppend<'a> {
    pub(super) schema: &'a Schema,
    pub(super) tables: &'a Tables,
    pub(super) clock: &'a dyn Clock,
    pub(super) prepared: &'a Prepared,
    pub(super) expected_head: i64,
}

#[async_trait]
impl Append for BatchAppend<'_> {
    type Answer = Submitted;

    fn what(&self) -> String {
        format!("batch {}", self.prepared.batch.id)
    }

    async fn write(
        &self,
        session: &Session,
        memory: &mut Option<Memory>,
        in_doubt: &mut Option<Hash>,
    ) -> Result<Step<Submitted>, LedgerError> {
        if in_doubt.is_none()
            && let Some(known) = memory
            && let Some(receipt) = self.at_once(session, known, in_doubt).await?
        {
            return Ok(Step::Recorded(Submitted::New(receipt)));
        }
        self.holding_the_head(session, memory, in_doubt).await
    }
}

impl BatchAppend<'_> {
    /// Records the batch in one statement, or nothing: whatever is no success is for the transaction that holds the head to pronounce.
    async fn at_once(&self, session: &Session, known: &mut Memory, in_doubt: &mut Option<Hash>) -> Result<Option<Receipt>, LedgerError> {
        let Self { schema, tables, clock, prepared, expected_head } = self;
        let batch = &prepared.batch;
        let before = known.head.position;
        if before.sequence != *expected_head || batch.events.len() > FEW {
            return Ok(None);
        }
        let Some(keys) = known.sets.keys(&prepared.codes) else { return Ok(None) };
        let Ok(superseded) = self.judged(&keys, &known.closings) else { return Ok(None) };
        let receipt = known.head.next_receipt(schema, *clock, prepared, superseded);
        let changes = keys.changes();
        let all = write::Written { before, receipt: &receipt, packs: &prepared.packs, events: &batch.events, changes: &changes };
        let written = write::batch(session, tables, &all).await;
        if !ended(written, receipt.chain_hash, in_doubt)? {
            return Ok(None);
        }
        known.moved(&receipt, &changes);
        Ok(Some(receipt))
    }

    async fn holding_the_head(
        &self,
        session: &Session,
        memory: &mut Option<Memory>,
        in_doubt: &mut Option<Hash>,
    ) -> Result<Step<Submitted>, LedgerError> {
        let Self { schema, tables, clock, prepared, expected_head } = self;
        let (batch, client) = (&prepared.batch, &session.client);
        // Sent in this order: what follows the lock sees what its last holder committed.
        let ((), head, first, closings, (keys, sets)) = tokio::try_join!(
            biased;
            begin(session),
            rows::head(session, tables, Lock::Hold),
            rows::receipt(session, tables, &batch.id),
            rows::closings(session, tables, 0, i64::MAX, u32::MAX),
            keys::touched(session, tables, prepared)
        )?;
        if let Some(first) = first {
            let ours = *in_doubt == Some(first.chain_hash);
            return Ok(Step::Known(if ours { Submitted::New(first) } else { prepared.replayed(first)? }));
        }
        check_head(*expected_head, head.position.sequence)?;
        let superseded = self.judged(&keys, &closings)?;
        let receipt = head.next_receipt(schema, *clock, prepared, superseded);
        let mut known = match memory.take() {
            Some(known) if known.head == head => known,
            _ => Memory { head, closings, sets },
        };
        known.sets.take(&keys);
        let changes = keys.changes();
        let mut events: &[Event] = &batch.events;
        let writing = |error| failed("writing a record", error);
        if events.len() > FEW {
            copy::events(client, tables, receipt.sequence, std::mem::take(&mut events)).await.map_err(writing)?;
        }
        let all = write::Written { before: head.position, receipt: &receipt, packs: &prepared.packs, events, changes: &changes };
        if !write::batch(session, tables, &all).await.map_err(writing)? {
            return Err(damaged(Some(head.position.sequence), "the head is held, and is not where it was read".to_owned()));
        }
        ended(client.batch_execute("COMMIT").await, receipt.chain_hash, in_doubt)?;
        known.moved(&receipt, &changes);
        *memory = Some(known);
        Ok(Step::Recorded(Submitted::New(receipt)))
    }

    /// How many facts supersede others, or all the violations.
    fn judged(&self, keys: &Keys<'_>, closings: &[Closing]) -> Result<u64, LedgerError> {
        let mut judge = Judge::new(self.prepared, closings);
        for (position, fact) in self.prepared.batch.facts.iter().enumerate() {
            let recorded = keys.recorded(position, fact);
            judge.fact(fact, recorded.map(|(first_month, last_month)| Recorded { first_month, last_month, sequence: 0 }));
        }
        judge.verdict()
    }
}
