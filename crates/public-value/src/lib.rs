//! What does all this work give to the public? The pyramid of public value (*valore pubblico*).
//!
//! Asks every domain for its indicators through the scorecard contract, and aggregates them into the plan's tree of objectives:
//! strategic, management and institutional performance, and one synthetic index.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`pyramid`] | the aggregation: pure, from answers and a plan to explained nodes |
//! | [`impact`] | the same product as outcome: response, information, digitalisation, automation |
//! | [`upstream`] | the domains: asking them all at once, watching them, reading ahead |
//! | `grpc` | the contracts |
//! | [`start`](mod@start) | wiring |
//!
//! Starts at [`pyramid::build`]. Talks to the domains through contracts only. Does not know facts, ledgers or any domain's formulas.

mod grpc;
pub mod impact;
pub mod pyramid;
pub mod start;
pub mod upstream;

pub use crate::start::{run, start};
