//! How do the services speak to each other?
//!
//! The contracts of `proto/` as Rust, generated at build, and what both sides of a contract share.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`types`], [`ledger`], [`scorecard`], [`plan`], [`publicvalue`], [`production`], [`quality`], [`finance`], [`workforce`] | generated code, one module per package |
//! | [`convert`] | contract messages from and to `measure` types, refusing every way they can be wrong |
//! | [`batch`] | a batch as a stream of messages, and the hash of its content |
//! | [`columns`] | rows of a batch column by column |
//! | [`domains`] | the domains by name, with the ports they listen on by default |
//! | [`table`] | batches as CSV files |
//! | [`DESCRIPTORS`] | the descriptor set, for reflection and for the contract rules |
//!
//! Talks to `measure`. Does not know what any figure means, who serves it or where it is stored.

#[allow(missing_docs, unreachable_pub, unused_qualifications, clippy::all, clippy::pedantic, rustdoc::all)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/piramide.rs"));
}

pub mod batch;
mod codec;
pub mod columns;
pub mod convert;
pub mod domains;
pub mod table;

/// What finance alone can tell (`piramide.finance.v1`).
pub use generated::piramide::finance::v1 as finance;
/// The way of facts into a domain (`piramide.ledger.v1`).
pub use generated::piramide::ledger::v1 as ledger;
/// Plans and structures (`piramide.plan.v1`).
pub use generated::piramide::plan::v1 as plan;
/// What production accounting alone can tell (`piramide.production.v1`).
pub use generated::piramide::production::v1 as production;
/// The pyramid (`piramide.publicvalue.v1`).
pub use generated::piramide::publicvalue::v1 as publicvalue;
/// What quality alone can tell (`piramide.quality.v1`).
pub use generated::piramide::quality::v1 as quality;
/// Results of a domain (`piramide.scorecard.v1`).
pub use generated::piramide::scorecard::v1 as scorecard;
/// Numbers, periods, points in time (`piramide.type.v1`; `type` is a keyword in Rust).
pub use generated::piramide::r#type::v1 as types;
/// What workforce alone can tell (`piramide.workforce.v1`).
pub use generated::piramide::workforce::v1 as workforce;

/// Every contract, comments left out, as a serialised `google.protobuf.FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

#[cfg(test)]
mod tests;
