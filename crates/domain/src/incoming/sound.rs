//! What was found right once need not be looked up again, and a code need be kept once.

use std::sync::Arc;

use foldhash::HashSet;
use piramide_contracts::{columns::Row, ledger::FactColumns};

/// The codes of a batch, each once.
#[derive(Default)]
pub(super) struct Codes(HashSet<Arc<str>>);

impl Codes {
    /// The code as all of the batch share it.
    pub(super) fn shared(&mut self, code: &str) -> Arc<str> {
        if let Some(known) = self.0.get(code) {
            return known.clone();
        }
        let shared = Arc::<str>::from(code);
        self.0.insert(shared.clone());
        shared
    }
}

/// What was found right of the codes and periods of some columns, by their places.
pub(super) struct Sound {
    periods: Vec<Option<(i32, i32)>>,
    structures: Vec<Code>,
    subjects: Vec<Code>,
    /// The period for which that was found: rows mostly have one.
    period: usize,
}

/// A code, and whether it was found right.
struct Code {
    shared: Arc<str>,
    right: bool,
}

impl Sound {
    pub(super) fn new(columns: &FactColumns, known: &mut Codes) -> Self {
        let FactColumns { periods, structures, subjects, .. } = columns;
        let mut codes = |list: &[String]| list.iter().map(|code| Code { shared: known.shared(code), right: false }).collect();
        Self { periods: vec![None; periods.len()], structures: codes(structures), subjects: codes(subjects), period: 0 }
    }

    /// Structure and subject of a row.
    pub(super) fn codes(&self, row: &Row<'_>) -> (Arc<str>, Arc<str>) {
        let code = |list: &[Code], (place, text): (usize, &str)| list.get(place).map_or_else(|| text.into(), |code| code.shared.clone());
        (code(&self.structures, row.structure), code(&self.subjects, row.subject))
    }

    /// The months of a row of which everything is known to be right.
    pub(super) fn months(&self, row: &Row<'_>) -> Option<(i32, i32)> {
        let known = |list: &[Code], place: usize| list.get(place).is_some_and(|code| code.right);
        let right = row.period.0 == self.period && known(&self.structures, row.structure.0) && known(&self.subjects, row.subject.0);
        if right { *self.periods.get(row.period.0)? } else { None }
    }

    pub(super) fn found(&mut self, row: &Row<'_>, months: (i32, i32)) {
        if row.period.0 != self.period {
            self.period = row.period.0;
            self.structures.iter_mut().chain(&mut self.subjects).for_each(|code| code.right = false);
        }
        if let Some(period) = self.periods.get_mut(row.period.0) {
            *period = Some(months);
        }
        for (list, place) in [(&mut self.structures, row.structure.0), (&mut self.subjects, row.subject.0)] {
            if let Some(code) = list.get_mut(place) {
                code.right = true;
            }
        }
    }
}
