//! The whole system as processes: what an auditor would check by hand.
#![allow(
    clippy::format_push_string,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed"
)]

/// A table that a person reads next to the source, under the name of its test.
macro_rules! snapshot {
    ($table:expr) => {
        insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!($table) })
    };
}

mod accounts;
mod ahead;
mod contracts;
mod encryption;
mod events;
mod finance;
mod history;
mod impact;
mod live;
mod outage;
mod pages;
mod published;
mod pyramid;
mod quality;
mod reconstructed;
mod reflection;
mod refusals;
mod restatements;
mod spending;
mod squares;
mod start;
mod surveys;
mod traces;
mod trust;
mod up;
mod way_of_a_fact;

use std::sync::OnceLock;

use piramide_tests::System;

/// One system with the published actuals of 2020, shared by the tests that only read.
fn published() -> &'static System {
    static SYSTEM: OnceLock<System> = OnceLock::new();
    SYSTEM.get_or_init(System::with_2020)
}
