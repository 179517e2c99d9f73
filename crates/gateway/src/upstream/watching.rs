//! One standing Watch stream per domain, connected again whenever it falls.

use std::time::Duration;

use piramide_contracts::{
    domains::{self, Domain},
    scorecard::{WatchRequest, WatchResponse},
};
use piramide_service::client::endless;
use tonic::Streaming;

use super::Upstream;
use crate::{events::Events, pulse::Pulses};

/// The shortest and the longest wait before a stream is tried again.
const WAITS: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));
/// How long a service may take to accept the stream.
const PATIENCE: Duration = Duration::from_secs(5);

/// Keeps the Watch stream of a domain for as long as it is polled, and tells `pulses` and `events` what the stream says.
pub(crate) async fn watch(domain: Domain, upstream: &Upstream, pulses: &Pulses, events: &Events) {
    let mut wait = WAITS.0;
    loop {
        if let Some(mut stream) = open(domain, upstream).await {
            wait = WAITS.0;
            tracing::info!(domain = domain.name, "connected");
            let told = pulses.sequence(domain);
            if pulses.connected(domain) {
                // Whatever changed while the stream was down was told to nobody.
                events.changed(domain, told);
            }
            follow(domain, &mut stream, pulses, events).await;
            pulses.disconnected(domain);
            tracing::warn!(domain = domain.name, "does not answer; until it does its figures are asked for each time");
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(WAITS.1);
    }
}

async fn open(domain: Domain, upstream: &Upstream) -> Option<Streaming<WatchResponse>> {
    let mut client = upstream.scorecard(domain).ok()?;
    // The stream is meant to stand; only the head of the answer must come soon.
    let answer = tokio::time::timeout(PATIENCE, client.watch(endless(WatchRequest {}))).await.ok()?;
    answer.ok().map(tonic::Response::into_inner)
}

async fn follow(domain: Domain, stream: &mut Streaming<WatchResponse>, pulses: &Pulses, events: &Events) {
    loop {
        match stream.message().await {
            Ok(Some(change)) => {
                // The pyramid tells of changes of the domains under it too, by their names and sequences.
                let whose = domains::named(&change.domain).unwrap_or(domain);
                pulses.changed(domain, if whose == domain { change.sequence } else { 0 });
                events.changed(whose, change.sequence);
            }
            Ok(None) => return,
            Err(status) => {
                tracing::debug!(domain = domain.name, code = ?status.code(), "watch stream ended");
                return;
            }
        }
    }
}
