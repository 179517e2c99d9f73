//! Which plan answers a question.

use std::sync::Arc;

use piramide_measure::Period;

use crate::{Plan, Plans};

/// Why no plan answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownPlan {
    /// No plan has that name or version.
    #[error("\"{name}\" is not a plan here: there are {known}")]
    Name {
        /// What was asked for.
        name: String,
        /// The plans there are.
        known: String,
    },
    /// No plan was asked for, and none is in force.
    #[error("no plan is in force in {period}: name one of {known}")]
    NotInForce {
        /// The period asked for.
        period: Period,
        /// The plans there are.
        known: String,
    },
    /// There is no plan at all.
    #[error("there are no plans")]
    NonePresent,
}

impl Plans {
    /// The plan of that name or version; with an empty name the one in force in the period, or the newest when there is no period.
    ///
    /// # Errors
    ///
    /// [`UnknownPlan`], with the plans that there are.
    pub fn choose(&self, name: &str, period: Option<Period>) -> Result<&Arc<Plan>, UnknownPlan> {
        let known = || self.iter().map(|plan| plan.name()).collect::<Vec<_>>().join(", ");
        match (name, period) {
            ("", None) => self.iter().next_back().ok_or(UnknownPlan::NonePresent),
            ("", Some(period)) => self.in_force(period).ok_or_else(|| UnknownPlan::NotInForce { period, known: known() }),
            (name, _) => self.get(name).ok_or_else(|| UnknownPlan::Name { name: name.to_owned(), known: known() }),
        }
    }
}
