//! What was found right once need not be looked up again, and a code need be kept once.

use std::sync::Arc;

use foldhash::HashMap;
use piramide_contracts::{columns::Row, ledger::FactColumns};

/// The codes of a batch, each once, and of which of them it is known that they are right in the period that was looked at last.
#[derive(Default)]
pub(super) struct Codes {
    places: HashMap<Arc<str>, usize>,
    all: Vec<Code>,
    /// The period for which codes were found right, and its months: rows mostly have one.
    period: Option<(String, (i32, i32))>,
    /// How many periods have been looked at: what was found for another is not true of this one.
    periods: u32,
}

/// A code.
struct Code {
    shared: Arc<str>,
    /// Where the ledger has it among the codes of the batch, as far as is known.
    place: u32,
    /// The number of the period for which it was found right as a structure; 0 where it was not.
    structure: u32,
    /// The same as a subject.
    subject: u32,
}

/// Some columns of a batch: where their codes stand among all of it, and which period is the one that was looked at last.
pub(super) struct Columns {
    structures: Vec<usize>,
    subjects: Vec<usize>,
    period: Option<usize>,
}

/// The codes of a row: structure and subject.
pub(super) struct Named {
    pub(super) structure: Arc<str>,
    pub(super) subject: Arc<str>,
    /// Where the ledger is likely to have them.
    pub(super) places: (u32, u32),
}

impl Codes {
    /// The code as all of the batch share it.
    pub(super) fn shared(&mut self, code: &str) -> Arc<str> {
        let place = self.place(code);
        self.all.get(place).map_or_else(|| code.into(), |code| code.shared.clone())
    }

    fn place(&mut self, code: &str) -> usize {
        if let Some(place) = self.places.get(code) {
            return *place;
        }
        let shared = Arc::<str>::from(code);
        self.places.insert(shared.clone(), self.all.len());
        self.all.push(Code { shared, place: 0, structure: 0, subject: 0 });
        self.all.len() - 1
    }

    /// The codes of some columns.
    pub(super) fn of_columns(&mut self, columns: &FactColumns) -> Columns {
        let FactColumns { periods, structures, subjects, .. } = columns;
        let (structures, subjects) = [structures, subjects].map(|list| list.iter().map(|code| self.place(code)).collect()).into();
        let known = self.period.as_ref().and_then(|(known, _)| periods.iter().position(|period| period == known));
        Columns { structures, subjects, period: known }
    }

    fn of_row(&self, columns: &Columns, row: &Row<'_>) -> Option<(&Code, &Code)> {
        let structure = self.all.get(*columns.structures.get(row.structure.0)?)?;
        Some((structure, self.all.get(*columns.subjects.get(row.subject.0)?)?))
    }

    /// Structure and subject of a row.
    pub(super) fn named(&self, columns: &Columns, row: &Row<'_>) -> Named {
        match self.of_row(columns, row) {
            Some((structure, subject)) => {
                Named { structure: structure.shared.clone(), subject: subject.shared.clone(), places: (structure.place, subject.place) }
            }
            None => Named { structure: row.structure.1.into(), subject: row.subject.1.into(), places: (0, 0) },
        }
    }

    /// Notes where the ledger has the codes of a row.
    pub(super) fn put_places(&mut self, columns: &Columns, row: &Row<'_>, (structure, subject): (u32, u32)) {
        for (list, row, place) in [(&columns.structures, row.structure.0, structure), (&columns.subjects, row.subject.0, subject)] {
            if let Some(code) = list.get(row).and_then(|code| self.all.get_mut(*code)) {
                code.place = place;
            }
        }
    }

    /// The months of a row of which everything is known to be right.
    pub(super) fn months(&self, columns: &Columns, row: &Row<'_>) -> Option<(i32, i32)> {
        let (structure, subject) = self.of_row(columns, row)?;
        let right = columns.period == Some(row.period.0) && structure.structure == self.periods && subject.subject == self.periods;
        self.period.as_ref().filter(|_| right).map(|(_, months)| *months)
    }

    /// Notes that everything of a row is right.
    pub(super) fn found(&mut self, columns: &mut Columns, row: &Row<'_>, months: (i32, i32)) {
        if columns.period != Some(row.period.0) {
            columns.period = Some(row.period.0);
            self.period = Some((row.period.1.to_owned(), months));
            // Rows are counted in 32 bits too, so no number comes twice.
            self.periods = self.periods.saturating_add(1);
        }
        let Self { all: codes, periods, .. } = self;
        if let Some(code) = columns.structures.get(row.structure.0).and_then(|code| codes.get_mut(*code)) {
            code.structure = *periods;
        }
        if let Some(code) = columns.subjects.get(row.subject.0).and_then(|code| codes.get_mut(*code)) {
            code.subject = *periods;
        }
    }
}
