//! The indicators of quality, one family a file: pure functions from facts and a plan to explained results.

pub mod base_year;
pub mod index;
pub mod ratio;
pub mod survey;
