//! One switch, turned once, that everything which runs long listens to.

use tokio::sync::watch;

/// A handle on the switch; clones share it.
///
/// Turning it starts the drain: health answers `NOT_SERVING`, no new connection is taken, accepted work finishes.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Sender<Phase>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Serving,
    Draining { failure: Option<String> },
}

impl Shutdown {
    /// A switch not yet turned.
    pub fn new() -> Self {
        Self(watch::Sender::new(Phase::Serving))
    }

    /// Starts the drain. Turning it again changes nothing.
    pub fn begin(&self) {
        self.turn(None);
    }

    /// Starts the drain because the process cannot go on, for instance because the disk failed under a write:
    /// [`Running::join`](crate::server::Running::join) then answers this reason and the process exits with an error.
    pub fn fail(&self, reason: impl Into<String>) {
        self.turn(Some(reason.into()));
    }

    /// Whether the drain has begun.
    pub fn is_begun(&self) -> bool {
        *self.0.borrow() != Phase::Serving
    }

    /// Waits until the drain begins.
    pub async fn begun(&self) {
        // The sender lives in `self`, so waiting cannot fail while `self` exists.
        let _ = self.0.subscribe().wait_for(|phase| *phase != Phase::Serving).await;
    }

    /// The reason given to [`Shutdown::fail`], if that is how the drain began.
    pub fn failure(&self) -> Option<String> {
        match &*self.0.borrow() {
            Phase::Serving => None,
            Phase::Draining { failure } => failure.clone(),
        }
    }

    fn turn(&self, failure: Option<String>) {
        self.0.send_if_modified(|phase| {
            let turns = *phase == Phase::Serving;
            if turns {
                *phase = Phase::Draining { failure };
            }
            turns
        });
    }
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_once_for_every_listener_and_keeps_its_first_reason() {
        let switch = Shutdown::new();
        assert!(!switch.is_begun());
        let listener = tokio::spawn({
            let switch = switch.clone();
            async move { switch.begun().await }
        });
        switch.fail("disk full");
        switch.begin();
        switch.fail("later");
        listener.await.unwrap();
        switch.begun().await;
        assert!(switch.is_begun());
        assert_eq!(switch.failure().as_deref(), Some("disk full"));
    }
}
