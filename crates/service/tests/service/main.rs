//! The real server and the real client, in one process, over loopback.

#![cfg(test)]

mod calls;
mod draining;
mod entry;
mod machinery;
mod probe;
mod refusals;
mod tls;
mod uploads;
