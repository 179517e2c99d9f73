//! How much work will come in this year, how many people it takes, and what closes the gap? The production plan of an office (*piano di
//! produzione*).
//!
//! ```text
//! workload     = estimated received + opening backlog - target closing backlog        in points
//! staff needed = workload / (productivity target x 12)
//! capacity     = staff available x productivity target x 12
//! uncovered    = workload - capacity - points of the levers
//! ```
//!
//! Everything is computed office by office and summed: a region's plan is that of its offices and its own levers. Offices of which a datum is
//! missing are in no sum that needs it, neither in the gap nor with their levers in what is not covered; those that end or move within the
//! year count where they stand last in it. **Decision**: estimates
//! and target backlogs are rounded to ten-thousandths of a point, the precision of a point, where they are made, so that what is summed
//! adds up exactly.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`frame`] | what all offices of a plan share: the year, the areas, their targets |
//! | [`estimate`] | what comes in, from history: before the year, and after each of its quarters |
//! | [`assumed`] | what if more comes in, or others do the work |
//! | [`office`] | the plan of one office |
//! | [`outcome`] | where the year ends if nothing else is done |
//! | [`total`] | the plan of a structure: its offices and its levers |
//!
//! Source: preliminary note 2026, 7; technical annex 2021, quarterly objectives.

pub mod assumed;
pub mod estimate;
pub mod frame;
pub mod office;
pub mod outcome;
pub mod total;

use piramide_domain::Measured;
use piramide_measure::Exact;
use piramide_plan::Lever;

pub use self::{assumed::Assumed, outcome::Outcome};

/// Months of a year of work.
pub(crate) const MONTHS: i64 = 12;
/// Days of the institute's year.
pub(crate) const DAYS: i64 = 360;

/// The plan of a structure for a year.
#[derive(Debug, Clone)]
pub struct ProductionPlan {
    /// The structure.
    pub structure: String,
    /// What it has to do, area by area.
    pub areas: Vec<AreaLoad>,
    /// What it has to do (*carico di lavoro*), in points.
    pub workload: Measured,
    /// The staff that the workload takes, in full-time equivalents.
    pub staff_needed: Measured,
    /// The staff there is: the mean of the year so far, and before it the last that is known.
    pub staff_available: Measured,
    /// What the staff there is can do, in points.
    pub capacity: Measured,
    /// Workload less capacity, in points; below zero is room. Above offices it is the sum of theirs.
    pub gap: Measured,
    /// What is done about it: the structure's own levers, then those of the structures under it.
    pub levers: Vec<OwnLever>,
    /// What the levers bring, in points.
    pub lever_points: Exact,
    /// What they cost, in euro.
    pub lever_euro: Exact,
    /// What no lever covers, in points; zero or below when the load is covered.
    pub uncovered: Measured,
    /// Where the year ends if nothing else is done.
    pub outcome: Outcome,
    /// What the quarters say, from the first to the fourth (*previsioni I-IV*).
    pub forecasts: Vec<Forecast>,
    /// The offices in the figures.
    pub offices: usize,
    /// The offices that have work recorded this year or last, and no plan because something is missing.
    pub offices_without: usize,
}

/// A lever, and whose it is.
#[derive(Debug, Clone)]
pub struct OwnLever {
    /// The structure.
    pub structure: String,
    /// What it does.
    pub lever: Lever,
    /// Whether it counts in what no lever covers: not where the structure has work and no gap to be covered.
    pub counts: bool,
}

/// What has to be done in one area of the catalogue, in points.
#[derive(Debug, Clone)]
pub struct AreaLoad {
    /// The area.
    pub node: String,
    /// What comes in this year, from history.
    pub received: Measured,
    /// What waits when the year begins.
    pub opening: Measured,
    /// What may wait when it ends.
    pub target: Measured,
    /// What has to be done.
    pub workload: Measured,
}

/// What a quarter's verification says (*verifica trimestrale*).
#[derive(Debug, Clone)]
pub struct Forecast {
    /// 1 to 4.
    pub quarter: u8,
    /// The offices in the figures: those whose facts reach the end of the quarter.
    pub offices: usize,
    /// What the plan says they have to do.
    pub planned: Measured,
    /// What comes in this year, by what is known at the end of the quarter.
    pub received: Measured,
    /// What has to be done, with the target backlog that follows.
    pub workload: Measured,
    /// What is done by the end of the quarter.
    pub completed: Measured,
    /// What is left to do.
    pub remaining: Measured,
    /// How far the workload is from what the plan says of the same offices, in per cent of it.
    pub deviation: Measured,
}

/// The same number in a larger sum: it no longer carries how it was reached.
pub(crate) fn flat(measured: &Measured, label: &str) -> Measured {
    let mut flat = measured.clone();
    if let (Ok(value), Some(provenance)) = (&measured.value, measured.explanation.provenance()) {
        let source =
            piramide_measure::Source::Total { provenance, structure: label.to_owned(), subject: measured.explanation.label.clone() };
        flat.explanation = piramide_measure::Explanation::given(label, value.clone(), measured.explanation.unit, source);
    } else {
        flat.explanation.inputs.clear();
        label.clone_into(&mut flat.explanation.label);
    }
    flat
}
