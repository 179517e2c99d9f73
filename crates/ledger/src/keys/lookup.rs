//! Where that was recorded which refused facts touch.

use foldhash::{HashMap, HashMapExt};

use super::Months;
use crate::{Reason, Violation};

/// Facts that are looked through, the last recorded first: less than a second's reading.
pub(crate) const FARTHEST: i64 = 1_000_000;

/// What is looked for: of what lies far back it is left open where it was recorded. It takes a walk back through the facts, so it is asked
/// only for what is told, and not while others wait to write.
pub(crate) struct Lookup<'a> {
    violations: &'a mut [Violation],
    wanted: HashMap<(String, String, Months), Vec<usize>>,
}

impl<'a> Lookup<'a> {
    /// What these facts touch.
    pub(crate) fn of(violations: &'a mut [Violation]) -> Self {
        let mut wanted: HashMap<(String, String, Months), Vec<usize>> = HashMap::new();
        for (position, violation) in violations.iter().enumerate() {
            let months = if let Reason::OverlapsRecorded { first_month, last_month, .. } = violation.reason {
                (first_month, last_month)
            } else if let Reason::AlreadyRecorded { .. } = violation.reason {
                (violation.first_month, violation.last_month)
            } else {
                continue;
            };
            wanted.entry((violation.structure.clone(), violation.subject.clone(), months)).or_default().push(position);
        }
        Self { violations, wanted }
    }

    /// Whether there is nothing left to be found.
    pub(crate) fn is_over(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Takes note of a fact that is recorded, the last first.
    pub(crate) fn met(&mut self, structure: String, subject: String, months: Months, recorded: i64) {
        for position in self.wanted.remove(&(structure, subject, months)).into_iter().flatten() {
            if let Some(Reason::AlreadyRecorded { sequence } | Reason::OverlapsRecorded { sequence, .. }) =
                self.violations.get_mut(position).map(|violation| &mut violation.reason)
            {
                *sequence = recorded;
            }
        }
    }
}
