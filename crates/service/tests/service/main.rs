//! The real server and the real client, in one process, over loopback.

#![cfg(test)]

mod authority;
mod calls;
mod draining;
mod entry;
mod limits;
mod machinery;
mod probe;
mod refusals;
mod rotation;
mod tls;
mod uploads;
