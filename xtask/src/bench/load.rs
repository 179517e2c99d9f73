//! Clients that ask as fast as they are answered.

use std::{
    net::SocketAddr,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow, ensure};

use crate::up::http::Connection;

/// Answers a second that `clients` get together, each on its own connection.
///
/// # Errors
///
/// When an answer is not 200, or a client loses its connection: a load that fails has no rate.
pub(super) fn rate(address: SocketAddr, path: &str, clients: usize, during: Duration) -> Result<u128> {
    // Connections first: opening them is not what is measured.
    let connections = (0..clients).map(|_| Connection::open(address)).collect::<Result<Vec<_>>>()?;
    let started = Instant::now();
    let answered = thread::scope(|scope| {
        let asking: Vec<_> =
            connections.into_iter().map(|connection| scope.spawn(move || ask(connection, path, started, during))).collect();
        asking.into_iter().map(|client| client.join().map_err(|_| anyhow!("a client of the load ended early"))?).sum::<Result<u128>>()
    })?;
    Ok(answered * 1_000 / started.elapsed().as_millis().max(1))
}

fn ask(mut connection: Connection, path: &str, started: Instant, during: Duration) -> Result<u128> {
    let mut answered = 0;
    while started.elapsed() < during {
        let answer = connection.get(path)?;
        ensure!(answer.status == 200, "{path} is answered with {}", answer.status);
        answered += 1;
    }
    Ok(answered)
}
