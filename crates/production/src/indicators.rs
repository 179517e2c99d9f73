//! The indicators of production, one family a file: pure functions from facts and a plan to explained results.

pub mod ages;
pub mod automation;
pub mod backlog;
pub mod clearance;
pub mod control;
pub mod guards;
pub mod points;
pub mod productivity;
pub mod projects;
pub mod targets;
mod workload;
