//! The indicators of finance, one family a file: pure functions from facts and a plan to explained results.

pub mod amounts;
pub mod ieep;
pub mod realisation;
pub mod tree;
