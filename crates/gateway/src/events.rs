//! Server-sent events: what changed, to any number of pages, from one stream per domain.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::response::sse::{Event, KeepAlive, Sse};
use piramide_contracts::domains::Domain;
use piramide_service::Shutdown;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;

use crate::{problem::Problem, pulse::Pulses};

/// Changes that a slow reader may be behind before it is told only where things stand.
const BACKLOG: usize = 256;
/// Events under way to one reader.
const UNDER_WAY: usize = 16;
/// A word now and then, so that proxies keep the stream and a reader that has gone is noticed.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a browser waits before it connects again.
const RETRY: Duration = Duration::from_secs(5);

/// What changed, as the data of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Change {
    /// The domain: production, quality, finance, workforce, public_value.
    pub(crate) domain: &'static str,
    /// The ledger sequence that is now in force.
    pub(crate) sequence: i64,
}

/// Hands changes to readers.
pub(crate) struct Events {
    changes: broadcast::Sender<Change>,
    places: Arc<Semaphore>,
}

/// The events of one reader.
pub(crate) type EventStream = Sse<axum::response::sse::KeepAliveStream<ReceiverStream<Result<Event, Infallible>>>>;

impl Events {
    /// Room for so many readers.
    pub(crate) fn new(most_readers: usize) -> Self {
        Self { changes: broadcast::Sender::new(BACKLOG), places: Arc::new(Semaphore::new(most_readers)) }
    }

    /// Tells every reader of a change.
    pub(crate) fn changed(&self, domain: Domain, sequence: i64) {
        // Nobody listens: there is nobody to tell.
        let _ = self.changes.send(Change { domain: domain.name, sequence });
    }

    /// The events from now on for one more reader: first where each domain stands (`current`), then what changes (`changed`).
    ///
    /// # Errors
    ///
    /// When every place is taken.
    pub(crate) fn subscribe(&self, pulses: Arc<Pulses>, shutdown: Shutdown) -> Result<EventStream, Problem> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            let detail = "every place for readers of events is taken: ask again later, or reload the page by hand";
            Problem::new(http::StatusCode::SERVICE_UNAVAILABLE, "OVERLOAD", detail)
        })?;
        let (sender, receiver) = mpsc::channel(UNDER_WAY);
        // Subscribed before the first word, so that no change falls between the two.
        let changes = self.changes.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                _ = tell(changes, &sender, &pulses, place) => {}
                () = sender.closed() => {}
                () = shutdown.begun() => {}
            }
        });
        Ok(Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("vivo")))
    }
}

type Sender = mpsc::Sender<Result<Event, Infallible>>;

/// Tells one reader until it has gone; the place is free again when this ends.
async fn tell(mut changes: broadcast::Receiver<Change>, to: &Sender, pulses: &Pulses, _place: OwnedSemaphorePermit) -> Option<Infallible> {
    to.send(Ok(Event::default().retry(RETRY).comment("piramide"))).await.ok()?;
    stand(to, pulses).await?;
    loop {
        match changes.recv().await {
            Ok(change) => send(to, "changed", change).await?,
            // The reader missed some in between; the last state is all it needs.
            Err(broadcast::error::RecvError::Lagged(_)) => stand(to, pulses).await?,
            Err(broadcast::error::RecvError::Closed) => return None,
        }
    }
}

async fn stand(to: &Sender, pulses: &Pulses) -> Option<()> {
    for state in pulses.states().into_iter().filter(|state| state.live && state.sequence > 0) {
        send(to, "current", Change { domain: state.domain.name, sequence: state.sequence }).await?;
    }
    Some(())
}

async fn send(to: &Sender, name: &str, change: Change) -> Option<()> {
    let event = Event::default().event(name).json_data(change).ok()?;
    to.send(Ok(event)).await.ok()
}
