//! Ports that nobody else has.

use std::{
    net::TcpListener,
    sync::atomic::{AtomicU16, Ordering},
};

use crate::process::side_door;

fn is_free(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_ok()
}

/// Where a test binary begins among so many places: those that run at once begin at different ones.
fn offset(places: u16) -> u16 {
    u16::try_from(std::process::id() % u32::from(places)).unwrap_or_default()
}

/// A free port with a free side door. Ports are handed out once and lie below those that the system gives to outgoing connections, so
/// that nothing takes one between this look and the start of the service.
pub(crate) fn free_port() -> u16 {
    const FIRST: u16 = 12_000;
    const PAIRS: u16 = 9_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = offset(PAIRS);
    (0..PAIRS)
        .map(|_| FIRST + 2 * ((offset + NEXT.fetch_add(1, Ordering::Relaxed)) % PAIRS))
        .find(|port| is_free(*port) && is_free(side_door(*port)))
        .expect("a free port")
}

/// The first of five free ports in a row whose side doors, a hundred above, are free too: as `cargo xtask up` wants them. They lie between those
/// of [`free_port`] and those of outgoing connections.
pub(crate) fn five_free_ports() -> u16 {
    const FIRST: u16 = 30_000;
    const ROWS: u16 = 260;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = offset(ROWS);
    (0..ROWS)
        .map(|_| (offset + NEXT.fetch_add(1, Ordering::Relaxed)) % ROWS)
        .map(|row| FIRST + row / 20 * 200 + row % 20 * 5)
        .find(|first| (*first..first + 5).all(|port| is_free(port) && is_free(port + 100)))
        .expect("five free ports")
}
