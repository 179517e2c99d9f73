//! How is a figure computed, exactly? (*misura*)
//!
//! The arithmetic of performance, pure and exact: no binary floating point, no clock, no input or output.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`decimal`] | the one grammar of numbers that come in, and the one rounding of numbers that are shown |
//! | [`exact`] | quotients without rounding ([`Exact`]), and sums of many that are carried out when somebody wants them ([`Deferred`]) |
//! | [`period`] | months, month 13, quarters, years, year to date ([`Period`]) |
//! | [`mod@unit`] | what a figure counts, and with how many digits it is shown ([`Unit`]) |
//! | [`deviation`] | direction, deviation, cap, score |
//! | [`apportion`] | dividing whole units so that nothing is lost |
//! | [`weighted`] | weighted means with coverage |
//! | [`provenance`] | how certain a figure is |
//! | [`explanation`] | the derivation that every result carries |
//! | [`reconciliation`] | whether a table adds up, and if not, why not |
//! | [`outcome`] | an indicator's result: actual, target, deviation, score, coverage |
//!
//! Starts at [`Outcome`]. Talks to nobody. Does not know plans, structures, facts, storage or the network.
#![deny(clippy::float_arithmetic)]

pub mod apportion;
pub mod decimal;
pub mod deviation;
pub mod exact;
pub mod explanation;
pub mod outcome;
pub mod period;
pub mod provenance;
pub mod reconciliation;
pub mod unit;
pub mod weighted;

pub use rust_decimal::Decimal;

pub use crate::{
    deviation::{Direction, Scale},
    exact::{Deferred, Exact, Factor, Term},
    explanation::{Explanation, Source},
    outcome::{Missing, Outcome, Reference},
    period::{Month, Period},
    provenance::Provenance,
    unit::Unit,
    weighted::{Policy, Weighted},
};
