//! The plan packages: how they are refused, what they say, and that the bundled ones say what was printed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

mod accounts;
mod bundled;
mod costs;
mod dashboard;
mod impact;
mod incentives;
mod loading;
mod offices;
mod organisation;
mod printed;
mod properties;
mod refusals;
mod securities;
mod spending;
mod support;
mod surveys;
mod targets;
mod wholes;
