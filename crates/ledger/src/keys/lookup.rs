//! Where that was recorded which refused facts touch.

use foldhash::{HashMap, HashMapExt};

use super::Months;
use crate::{Reason, Violation};

/// Facts that are looked through, those of the last batch first: less than a second's reading.
pub(crate) const FARTHEST: usize = 1_000_000;

/// What is looked for: of what lies far back it is left open where it was recorded. It takes a walk back through the facts, so it is asked
/// only for what is told, and not while others wait to write.
pub(crate) struct Lookup<'a> {
    violations: &'a mut [Violation],
    /// By structure and subject: the months, and the violation.
    wanted: HashMap<String, HashMap<String, Vec<(Months, usize)>>>,
    /// How many have not been met.
    open: usize,
}

impl<'a> Lookup<'a> {
    /// What these facts touch.
    pub(crate) fn of(violations: &'a mut [Violation]) -> Self {
        let mut wanted: HashMap<String, HashMap<String, Vec<(Months, usize)>>> = HashMap::new();
        for (position, violation) in violations.iter().enumerate() {
            let months = if let Reason::OverlapsRecorded { first_month, last_month, .. } = violation.reason {
                (first_month, last_month)
            } else if let Reason::AlreadyRecorded { .. } = violation.reason {
                (violation.first_month, violation.last_month)
            } else {
                continue;
            };
            let of_structure = wanted.entry(violation.structure.clone()).or_default();
            of_structure.entry(violation.subject.clone()).or_default().push((months, position));
        }
        let open = wanted.values().flat_map(HashMap::values).map(Vec::len).sum();
        Self { violations, wanted, open }
    }

    /// Whether there is nothing left to be found.
    pub(crate) fn is_over(&self) -> bool {
        self.open == 0
    }

    /// Takes note of a fact that is recorded, those of the last batch first.
    pub(crate) fn met(&mut self, structure: &str, subject: &str, months: Months, recorded: i64) {
        let Some(wanted) = self.wanted.get_mut(structure).and_then(|of_structure| of_structure.get_mut(subject)) else { return };
        for (_, position) in wanted.extract_if(.., |(wanted, _)| *wanted == months) {
            self.open -= 1;
            if let Some(Reason::AlreadyRecorded { sequence } | Reason::OverlapsRecorded { sequence, .. }) =
                self.violations.get_mut(position).map(|violation| &mut violation.reason)
            {
                *sequence = recorded;
            }
        }
    }
}
