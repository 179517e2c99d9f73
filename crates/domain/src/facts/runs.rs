//! Which batches brought the facts, by their sequences.

use super::Batch;

/// The batches after a sequence, until the next is named. Events come in many small batches that differ by their sequence alone, so a run
/// of them is named once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) batch: Batch,
    pub(super) of_events: bool,
}

/// The runs in the order of their sequences. Whoever reads facts looks a run up for each, so sequences lie close together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Runs {
    /// The first sequence of each.
    sequences: Vec<i64>,
    runs: Vec<Run>,
}

impl Runs {
    /// The run that a sequence lies in.
    pub(super) fn of(&self, sequence: i64) -> Option<&Run> {
        let after = self.sequences.partition_point(|first| *first <= sequence);
        self.runs.get(after.checked_sub(1)?)
    }

    /// The last run.
    pub(super) fn last(&self) -> Option<&Run> {
        self.runs.last()
    }

    /// Names a run from a sequence on.
    pub(super) fn insert(&mut self, sequence: i64, run: Run) {
        // Most come after all others.
        let place = self.sequences.partition_point(|first| *first < sequence);
        if self.sequences.get(place) != Some(&sequence) {
            self.sequences.insert(place, sequence);
            self.runs.insert(place, run);
        } else if let Some(known) = self.runs.get_mut(place) {
            *known = run;
        }
    }

    /// Every run with its first sequence, in their order.
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = (i64, &Run)> {
        self.sequences.iter().copied().zip(&self.runs)
    }
}

impl FromIterator<(i64, Run)> for Runs {
    fn from_iter<I: IntoIterator<Item = (i64, Run)>>(runs: I) -> Self {
        let mut all = Self::default();
        runs.into_iter().for_each(|(sequence, run)| all.insert(sequence, run));
        all
    }
}

#[cfg(test)]
mod tests {
    use piramide_measure::Provenance;

    use super::*;

    #[test]
    fn a_sequence_lies_in_the_run_named_last_before_it() {
        let run = |id: &str| Run { batch: Batch { id: id.into(), provenance: Provenance::Submitted }, of_events: false };
        let mut runs: Runs = [(7, run("c")), (2, run("a")), (5, run("lost"))].into_iter().collect();
        runs.insert(5, run("b"));
        let check = |sequence, expected: Option<&str>| {
            assert_eq!(runs.of(sequence).map(|run| run.batch.id.as_str()), expected, "{sequence}");
        };
        check(1, None);
        check(2, Some("a"));
        check(4, Some("a"));
        check(5, Some("b"));
        check(6, Some("b"));
        check(7, Some("c"));
        check(i64::MAX, Some("c"));
        assert_eq!(runs.iter().map(|(sequence, _)| sequence).collect::<Vec<_>>(), [2, 5, 7]);
        assert_eq!(runs.last(), Some(&run("c")));
        assert_eq!(Runs::default().of(3), None);
    }
}
