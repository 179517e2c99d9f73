//! The real gateway, over HTTP, before fake services that speak the real contracts over real gRPC.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "clippy knows the functions marked as tests, not those that they call"
)]

mod ahead;
mod caching;
mod entry;
mod errors;
mod events;
mod fake;
mod figures;
mod house;
mod machinery;
mod openapi;
mod pages;
mod readers;
mod submission;
