//! The indicators of workforce, one family a file: pure functions from facts and a plan to explained results.

pub mod measures;
pub mod shares;
