//! What whoever writes asks before every batch, kept in memory so that the asking costs no statement: the head, the closings, the last event of
//! each origin that was asked about.
//!
//! It is only ever the caller's view: the transaction that records looks at the head itself, and refuses what was made up on another.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::{Closing, Event, Position, Standing};

/// Origins whose last event is remembered; beyond, all are looked up again as they come.
const MOST_ORIGINS: usize = 10_000;

/// The view, or none while it is not known whether it is right.
#[derive(Default)]
pub(crate) struct Kept(Mutex<Option<Known>>);

struct Known {
    head: Position,
    closings: Vec<Closing>,
    /// The last event of each origin that was looked up; none of those that had no event.
    last_events: HashMap<String, Option<i64>>,
}

impl Kept {
    /// Where the ledger stands, if all of it is known.
    pub(crate) fn standing(&self, origins: &[&str]) -> Option<Standing> {
        let known = self.known();
        let known = known.as_ref()?;
        let last_events = origins.iter().map(|origin| known.last_events.get(*origin).copied()).collect::<Option<Vec<_>>>()?;
        Some(Standing { head: known.head, closings: known.closings.clone(), last_events })
    }

    /// Where the ledger ends, if that is known.
    pub(crate) fn head(&self) -> Option<Position> {
        self.known().as_ref().map(|known| known.head)
    }

    /// Every closing, if that is known.
    pub(crate) fn closings(&self) -> Option<Vec<Closing>> {
        self.known().as_ref().map(|known| known.closings.clone())
    }

    /// Takes in what the store said at one moment, where it is no older than what is known.
    pub(crate) fn begin(&self, origins: &[&str], found: &Standing) {
        let mut known = self.known();
        if known.as_ref().is_none_or(|known| known.head.sequence < found.head.sequence) {
            *known = Some(Known { head: found.head, closings: found.closings.clone(), last_events: HashMap::new() });
        }
        drop(known);
        self.found(origins, found);
    }

    /// Takes in what the store said of origins, where nothing has been recorded since.
    pub(crate) fn found(&self, origins: &[&str], found: &Standing) {
        let mut known = self.known();
        let Some(known) = known.as_mut().filter(|known| known.head == found.head) else { return };
        if known.last_events.len() + origins.len() > MOST_ORIGINS {
            known.last_events.clear();
        }
        known.last_events.extend(origins.iter().map(|origin| (*origin).to_owned()).zip(found.last_events.iter().copied()));
    }

    /// Takes in a batch that was recorded here.
    pub(crate) fn batch(&self, head: Position, events: &[Event]) {
        self.recorded(head, |known| {
            for event in events {
                // Of an origin that nobody asked about there may be higher numbers.
                if let Some(last) = known.last_events.get_mut(&event.origin) {
                    *last = Some(event.number).max(*last);
                }
            }
        });
    }

    /// Takes in a closing that was recorded here, now or before.
    pub(crate) fn closing(&self, closing: &Closing) {
        let head = Position { sequence: closing.entry_sequence(), chain_hash: closing.chain_hash };
        self.recorded(head, |known| known.closings.push(closing.clone()));
    }

    /// Drops the view: a write failed, and may have been recorded all the same, or another has recorded.
    pub(crate) fn forget(&self) {
        *self.known() = None;
    }

    fn recorded(&self, head: Position, take: impl FnOnce(&mut Known)) {
        let mut known = self.known();
        match known.as_mut().map(|known| (known.head.sequence.saturating_add(1).cmp(&head.sequence), known)) {
            Some((std::cmp::Ordering::Equal, known)) => {
                known.head = head;
                take(known);
            }
            // Another has recorded in between.
            Some((std::cmp::Ordering::Less, _)) => *known = None,
            // It is known already.
            Some((std::cmp::Ordering::Greater, _)) | None => {}
        }
    }

    fn known(&self) -> MutexGuard<'_, Option<Known>> {
        // Each change is made whole while it is locked: nothing is left half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(sequence: i64) -> Position {
        Position { sequence, chain_hash: [sequence.to_le_bytes()[0]; 32] }
    }

    fn found(sequence: i64, last_events: &[Option<i64>]) -> Standing {
        Standing { head: position(sequence), closings: Vec::new(), last_events: last_events.to_vec() }
    }

    fn event(origin: &str, number: i64) -> Event {
        Event {
            origin: origin.to_owned(),
            number,
            kind: "k".to_owned(),
            structure: "S".to_owned(),
            counterpart: None,
            subject: "P".to_owned(),
            month: 1,
            moment: 1,
            amount: 1,
        }
    }

    fn closing(sequence: i64) -> Closing {
        let (name, author, chain_hash) = ("Q1".to_owned(), "a".to_owned(), [0; 32]);
        Closing { name, sequence, first_month: 1, last_month: 3, author, note: None, recorded_at: 1, chain_hash }
    }

    #[test]
    fn what_was_asked_is_kept_and_follows_what_is_recorded_here() {
        let kept = Kept::default();
        assert_eq!((kept.standing(&[]), kept.head()), (None, None));
        kept.begin(&["a", "b"], &found(4, &[Some(7), None]));
        assert_eq!(kept.standing(&["b", "a"]), Some(found(4, &[None, Some(7)])));
        assert_eq!(kept.standing(&["c"]), None, "nobody has asked");
        kept.batch(position(5), &[event("a", 9), event("a", 3), event("b", 1), event("c", 1)]);
        assert_eq!(kept.standing(&["a", "b"]), Some(found(5, &[Some(9), Some(1)])));
        assert_eq!(kept.standing(&["c"]), None, "it may have higher numbers");
        kept.batch(position(6), &[event("a", 8)]);
        assert_eq!(kept.standing(&["a"]), Some(found(6, &[Some(9)])));
        kept.closing(&closing(6));
        kept.closing(&closing(6));
        assert_eq!((kept.head().map(|head| head.sequence), kept.closings().unwrap().len()), (Some(7), 1));
        kept.forget();
        assert_eq!((kept.standing(&[]), kept.head(), kept.closings()), (None, None, None));
    }

    #[test]
    fn what_was_found_before_others_recorded_does_not_enter() {
        let kept = Kept::default();
        kept.found(&["a"], &found(4, &[Some(1)]));
        assert_eq!(kept.head(), None, "it takes more than a look to begin");
        kept.begin(&["a"], &found(4, &[Some(1)]));
        kept.batch(position(5), &[]);
        kept.found(&["b"], &found(4, &[Some(1)]));
        kept.begin(&["b"], &found(4, &[Some(1)]));
        assert_eq!((kept.head(), kept.standing(&["b"])), (Some(position(5)), None));
        kept.begin(&["b"], &found(6, &[Some(2)]));
        assert_eq!((kept.standing(&["b"]), kept.standing(&["a"])), (Some(found(6, &[Some(2)])), None));
        kept.batch(position(8), &[]);
        assert_eq!(kept.head(), None, "another has recorded 7");
    }

    #[test]
    fn of_many_origins_those_asked_last_are_kept() {
        let kept = Kept::default();
        let many: Vec<String> = (0..=MOST_ORIGINS).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        kept.begin(&many, &found(1, &vec![Some(1); many.len()]));
        assert!(kept.standing(&many).is_some());
        kept.found(&["a"], &found(1, &[Some(2)]));
        assert_eq!((kept.standing(&["a"]).is_some(), kept.standing(&["1"])), (true, None));
    }
}
