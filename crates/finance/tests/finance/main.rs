//! Finance's formulas, checks and statements over the bundled plans.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod accounts;
mod assets;
mod changes;
mod checks;
mod costs;
mod formulas;
mod methods;
mod reconciliation;
mod reports;
mod spending;
mod standard_costs;
mod state;
mod statement;
mod support;
