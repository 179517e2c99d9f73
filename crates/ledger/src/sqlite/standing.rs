//! What whoever writes asks before every batch: the head, the closings, the last event of an origin.
//!
//! Kept in memory, since one process owns the file and one thread of it writes, so that the asking costs no thread and no statement. It is
//! only ever the caller's view: the transaction that records looks at the rows again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::rows;
use crate::{Closing, Event, LedgerError, Position};

/// Origins whose last event is remembered; beyond, all are looked up again as they come.
const MOST_ORIGINS: usize = 10_000;

/// The view, or none while the outcome of a write is unknown.
#[derive(Default)]
pub(super) struct Standing(Mutex<Option<Known>>);

struct Known {
    position: Position,
    closings: Vec<Closing>,
    last_events: HashMap<String, i64>,
}

impl Standing {
    /// Reads the view if there is none. For the thread that writes alone: nobody else knows that nothing is being recorded.
    pub(super) fn refresh(&self, connection: &Connection) -> Result<(), LedgerError> {
        if self.known().is_none() {
            let position = rows::head(connection)?.position;
            let closings = rows::closings(connection, 0, i64::MAX, u32::MAX)?;
            *self.known() = Some(Known { position, closings, last_events: HashMap::new() });
        }
        Ok(())
    }

    /// Drops the view: a write failed, and may have been recorded all the same.
    pub(super) fn forget(&self) {
        *self.known() = None;
    }

    /// Takes in a batch that was recorded.
    pub(super) fn batch(&self, position: Position, events: &[Event]) {
        if let Some(known) = &mut *self.known() {
            known.position = position;
            for events in events.chunk_by(|one, other| one.origin == other.origin) {
                if let Some((origin, last)) = events.iter().map(|event| (&event.origin, event.number)).max_by_key(|(_, number)| *number) {
                    known.remember(origin, last);
                }
            }
        }
    }

    /// Takes in a closing that was recorded.
    pub(super) fn closing(&self, closing: &Closing) {
        if let Some(known) = &mut *self.known() {
            let position = Position { sequence: closing.entry_sequence(), chain_hash: closing.chain_hash };
            // The same closing again is answered with the first one.
            if position.sequence > known.position.sequence {
                known.position = position;
                known.closings.push(closing.clone());
            }
        }
    }

    /// Takes in what a reader found: the last event of an origin never goes back, so an answer that comes late does no harm.
    pub(super) fn last_event_found(&self, origin: &str, last: i64) {
        if let Some(known) = &mut *self.known() {
            known.remember(origin, last);
        }
    }

    /// Where the ledger ends, if that is known.
    pub(super) fn position(&self) -> Option<Position> {
        self.known().as_ref().map(|known| known.position)
    }

    /// Every closing, if that is known.
    pub(super) fn closings(&self) -> Option<Vec<Closing>> {
        self.known().as_ref().map(|known| known.closings.clone())
    }

    /// The highest number recorded of an origin, if it is remembered.
    pub(super) fn last_event(&self, origin: &str) -> Option<i64> {
        self.known().as_ref()?.last_events.get(origin).copied()
    }

    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        // Each change is one assignment or one insertion: nothing is left half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn remember(&mut self, origin: &str, last: i64) {
        if let Some(known) = self.last_events.get_mut(origin) {
            *known = last.max(*known);
            return;
        }
        if self.last_events.len() >= MOST_ORIGINS {
            self.last_events.clear();
        }
        self.last_events.insert(origin.to_owned(), last);
    }
}
