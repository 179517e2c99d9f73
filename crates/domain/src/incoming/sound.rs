//! What was found right once need not be looked up again.

use piramide_contracts::{columns::Row, ledger::FactColumns};

/// What was found right of the codes and periods of some columns, by their places.
pub(super) struct Sound {
    periods: Vec<Option<(i32, i32)>>,
    structures: Vec<bool>,
    subjects: Vec<bool>,
    /// The period for which that was found: rows mostly have one.
    period: usize,
}

impl Sound {
    pub(super) fn new(columns: &FactColumns) -> Self {
        let FactColumns { periods, structures, subjects, .. } = columns;
        Self {
            periods: vec![None; periods.len()],
            structures: vec![false; structures.len()],
            subjects: vec![false; subjects.len()],
            period: 0,
        }
    }

    /// The months of a row of which everything is known to be right.
    pub(super) fn months(&self, row: &Row<'_>) -> Option<(i32, i32)> {
        let known = |list: &[bool], place: usize| list.get(place).copied().unwrap_or_default();
        let right = row.period.0 == self.period && known(&self.structures, row.structure.0) && known(&self.subjects, row.subject.0);
        if right { *self.periods.get(row.period.0)? } else { None }
    }

    pub(super) fn found(&mut self, row: &Row<'_>, months: (i32, i32)) {
        if row.period.0 != self.period {
            self.period = row.period.0;
            self.structures.fill(false);
            self.subjects.fill(false);
        }
        if let Some(period) = self.periods.get_mut(row.period.0) {
            *period = Some(months);
        }
        for (list, place) in [(&mut self.structures, row.structure.0), (&mut self.subjects, row.subject.0)] {
            if let Some(known) = list.get_mut(place) {
                *known = true;
            }
        }
    }
}
