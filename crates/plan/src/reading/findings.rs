//! What was found wrong, collected over the whole package.

use crate::error::{Place, PlanError, PlanErrors, Problem};

/// The findings so far.
#[derive(Debug, Default)]
pub(crate) struct Findings(Vec<PlanError>);

impl Findings {
    /// Notes a problem; the same problem at the same place is noted once.
    pub(crate) fn add(&mut self, file: &str, line: impl Into<Option<u64>>, field: impl Into<Option<&'static str>>, problem: Problem) {
        let place = Place { file: file.to_owned(), line: line.into(), field: field.into().map(str::to_owned) };
        self.push(PlanError { place, problem });
    }

    /// Notes a problem that names its own place.
    pub(crate) fn push(&mut self, error: PlanError) {
        if !self.0.contains(&error) {
            self.0.push(error);
        }
    }

    /// The value if it is there and nothing was found, otherwise everything that was. A reader that returns nothing has noted why.
    pub(crate) fn conclude<T>(self, value: Option<T>) -> Result<T, PlanErrors> {
        value.filter(|_| self.0.is_empty()).ok_or(PlanErrors(self.0))
    }
}
