//! The channel that calls take, changed for a new one before the other side asks for it, and when the certificates are others.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tonic::transport::{Channel, ClientTlsConfig, Endpoint, Error as TransportError};

use crate::tls::{Kept, certificate_refused};

/// How long calls take the same channel. The other side bids a connection farewell after its own time, `CONNECTION_AGE`, and the first call
/// that an idle channel then takes is lost: it learns of the farewell only when it sends. So calls leave before; those in progress, and
/// streams without end, stay on the channel that they took.
const TAKEN_FOR: Duration = Duration::from_mins(4);

/// A place that can be called. Clones share the channel.
#[derive(Debug, Clone)]
pub(super) struct Line(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    place: Place,
    current: Mutex<Current>,
}

/// Where the line leads, and what is needed to be let in.
#[derive(Debug)]
struct Place {
    endpoint: Endpoint,
    /// What is trusted and shown; `None` for plain text.
    tls: Option<Kept<ClientTlsConfig>>,
}

/// The channel that new calls take.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) channel: Channel,
    since: Instant,
    /// Which certificates it has, of those that were read.
    certificates: u64,
    /// Whether the log has it that a certificate is refused.
    told: Arc<AtomicBool>,
}

impl Current {
    /// Whether it is the same channel.
    fn is(&self, other: &Self) -> bool {
        (self.since, self.certificates) == (other.since, other.certificates)
    }
}

impl Place {
    fn channel(&self, since: Instant) -> Result<Current, TransportError> {
        let (endpoint, certificates) = match self.tls.as_ref().map(Kept::current) {
            None => (self.endpoint.clone(), 0),
            Some(version) => (self.endpoint.clone().tls_config((*version.made).clone())?, version.number),
        };
        Ok(Current { channel: endpoint.connect_lazy(), since, certificates, told: Arc::default() })
    }

    fn certificates(&self) -> u64 {
        self.tls.as_ref().map_or(0, |tls| tls.current().number)
    }
}

impl Line {
    /// A line that is opened by the first call. It must be made inside the runtime.
    pub(super) fn new(endpoint: Endpoint, tls: Option<Kept<ClientTlsConfig>>) -> Result<Self, TransportError> {
        if let Some(tls) = &tls {
            tls.watch();
        }
        let place = Place { endpoint, tls };
        let current = Mutex::new(place.channel(Instant::now())?);
        Ok(Self(Arc::new(Shared { place, current })))
    }

    /// The channel that calls take now.
    pub(super) fn current(&self) -> Current {
        self.at(Instant::now())
    }

    fn at(&self, now: Instant) -> Current {
        // Whoever broke off here left a channel that works.
        let mut current = self.0.current.lock().unwrap_or_else(PoisonError::into_inner);
        let old = now.saturating_duration_since(current.since) >= TAKEN_FOR;
        if old || current.certificates != self.0.place.certificates() {
            match self.0.place.channel(now) {
                Ok(channel) => *current = channel,
                // Certificates are tried when they are read, so what is in use is the better guess.
                Err(error) => tracing::warn!(%error, "a new connection could not be prepared"),
            }
        }
        current.clone()
    }

    /// Changes a channel for the one that calls take now, when that is another.
    pub(super) fn renew(&self, taken: &mut Current) {
        let current = self.current();
        if !taken.is(&current) {
            *taken = current;
        }
    }

    /// Says in the log, once for each channel, that one side refuses the certificate of the other.
    pub(super) fn tell(&self, taken: &Current, error: &(dyn Error + 'static)) {
        let Some(reason) = certificate_refused(error) else { return };
        if !taken.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(peer = %self.0.place.endpoint.uri(), %reason, "a connection is refused for its certificate");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn calls_leave_a_channel_before_the_other_side_asks_them_to() {
        let line = Line::new(Endpoint::from_static("http://127.0.0.1:1"), None).unwrap();
        let first = line.current();
        let after = |time| line.clone().at(first.since + time);
        assert!(after(TAKEN_FOR.saturating_sub(Duration::from_secs(1))).is(&first), "clones share it");
        let second = after(TAKEN_FOR);
        assert!(!second.is(&first), "a new one");
        assert!(after(TAKEN_FOR + Duration::from_secs(1)).is(&second), "for all of them");
        let mut taken = first;
        line.renew(&mut taken);
        assert!(taken.is(&second), "also who took the first");
        assert!(TAKEN_FOR < crate::server::CONNECTION_AGE);
    }
}
