//! What does every fact-keeping domain share? Everything but its own facts and formulas.
//!
//! A domain implements [`Domain`]: the quantities of its facts, its own checks, its formulas. This crate does the rest once: it
//! reads batches, keeps the facts in force as a cache of the ledger, answers as of any moment or closing, judges measures against
//! the plan, and serves the ledger and scorecard contracts.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`domain`] | the trait |
//! | [`facts`] | the facts in force |
//! | [`by_plan`], [`names`] | what is kept beside them so as to answer fast |
//! | [`query`], [`measured`], [`factor`] | how formulas read facts, and what they are made of |
//! | [`question`] | questions as they come over the wire, resolved |
//! | [`incoming`] | batches that come in, read and checked |
//! | [`events`] | single events that fold into facts |
//! | `submission` | a batch as it came over the wire: header, count, hash |
//! | [`paging`] | answers that come in pages |
//! | [`refusal`] | every way to refuse, and how it reads on the wire |
//! | `host`, `grpc`, `resolve` | one domain at work, and its contracts |
//! | `at_length` | work that takes a while where it stands |
//! | [`start`](mod@start) | wiring |
//!
//! Starts at [`Domain`]. Talks to `measure`, `plan`, `contracts`, `ledger`, `service`. Does not know any domain.

mod at_length;
pub mod by_plan;
pub mod domain;
pub mod events;
pub mod factor;
pub mod facts;
#[cfg(test)]
mod faulty;
mod grpc;
mod host;
pub mod incoming;
pub mod measured;
pub mod names;
pub mod paging;
pub mod query;
pub mod question;
pub mod refusal;
mod resolve;
pub mod start;
mod submission;

pub use crate::{
    at_length::at_length,
    by_plan::{Books, ByPlan},
    domain::{Domain, Quantity, State, unknown_method},
    events::{Draft, Recorder, Streamed},
    facts::{
        About, AboutIn, Amounts, Batch, Change, Changes, Facts, Gathering, Known, MOST_QUANTITIES, Places, Sheet, SheetRun, Sheets,
        Snapshots, Taken, Values,
    },
    incoming::Incoming,
    measured::Measured,
    names::{Met, Names},
    query::{Detail, Query},
    question::{Handle, Question},
    refusal::{Grade, Violation},
    start::{run, start},
};
