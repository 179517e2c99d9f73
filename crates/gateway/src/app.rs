//! What every request shares, and the layers that it passes.
//!
//! ```text
//! observed > security headers > problems written out > panics caught > time and size limits > cache (readings) > handler
//! ```

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
};
use http::StatusCode;
use piramide_measure::Period;
use piramide_service::{Config, Shutdown, client::DialError};
use tokio::sync::Semaphore;
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer, timeout::TimeoutLayer};

use crate::{
    ahead::Ahead,
    cache::{self, Cache},
    config::GatewayOptions,
    events::Events,
    observe, pages,
    problem::dress::dress,
    pulse::Pulses,
    pyramids::Pyramids,
    rest,
    upstream::Upstream,
};

/// What a request may take over the time of the calls that it makes: for reading, writing out, waiting for a thread.
const MARGIN: Duration = Duration::from_secs(5);

/// What every request shares.
pub(crate) struct App {
    pub(crate) upstream: Upstream,
    pub(crate) pulses: Arc<Pulses>,
    pub(crate) cache: Cache,
    pub(crate) pyramids: Pyramids,
    pub(crate) ahead: Ahead,
    pub(crate) events: Events,
    /// One permit for each submission that may be in memory.
    pub(crate) uploads: Semaphore,
    pub(crate) limits: Limits,
    pub(crate) defaults: PageDefaults,
    pub(crate) openapi: Bytes,
    pub(crate) shutdown: Shutdown,
}

/// The largest bodies, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) body: usize,
    pub(crate) upload: usize,
}

/// What pages show when nothing is chosen.
#[derive(Debug, Clone)]
pub(crate) struct PageDefaults {
    pub(crate) structure: String,
    pub(crate) period: Period,
}

/// The application, as handlers hold it.
pub(crate) type Shared = Arc<App>;

impl App {
    /// The application and its routes.
    ///
    /// # Errors
    ///
    /// When the address or the certificates of a service are not usable.
    pub(crate) fn new(config: &Config<GatewayOptions>, shutdown: Shutdown) -> Result<(Shared, Routers), DialError> {
        let own = &config.own;
        let (readings, mut document) = rest::readings().split_for_parts();
        let (ledgers, ledgers_document) = rest::ledgers().split_for_parts();
        let (uploads, uploads_document) = rest::uploads().split_for_parts();
        document.merge(ledgers_document);
        document.merge(uploads_document);
        let pulses = Arc::new(Pulses::new());
        let app = Arc::new(Self {
            upstream: Upstream::new(config, Arc::clone(&pulses))?,
            pulses,
            cache: Cache::new(cache::Limits { entries: own.cache_entries, bytes: own.cache_bytes }),
            pyramids: Pyramids::default(),
            ahead: Ahead::new(own.read_ahead),
            events: Events::new(own.event_readers),
            uploads: Semaphore::new(own.uploads),
            limits: Limits { body: own.body_limit, upload: own.upload_limit },
            defaults: PageDefaults { structure: own.page_structure.clone(), period: own.page_period },
            // A document made of strings and maps: there is nothing in it that JSON cannot hold.
            openapi: serde_json::to_vec(&document).unwrap_or_default().into(),
            shutdown,
        });
        let routes = Routes { readings: readings.merge(pages::routes()), ledgers, uploads };
        let routers = app.routers(routes);
        Ok((app, routers))
    }

    fn routers(self: &Arc<Self>, routes: Routes) -> Routers {
        let budgets = self.upstream.budgets;
        // A page asks for the plans first and for the rest after.
        let readings = limited(routes.readings, self.limits.body, budgets.read + budgets.read.max(budgets.past) + MARGIN);
        let ledgers = limited(routes.ledgers, self.limits.body, budgets.upload.max(budgets.write) + MARGIN);
        // The time to receive a large body comes on top of the time to record it.
        let uploads = limited(routes.uploads, self.limits.upload, budgets.upload.max(budgets.write) * 2 + MARGIN);
        let readings = readings.layer(from_fn_with_state(Arc::clone(self), cache::layer::serve));
        let alone = readings.clone().with_state(Arc::clone(self)).layer(CatchPanicLayer::new());
        let door = readings
            .merge(ledgers)
            .merge(uploads)
            .with_state(Arc::clone(self))
            .layer(CatchPanicLayer::new())
            .layer(from_fn(dress))
            .layer(from_fn(observe::secure))
            .layer(from_fn(observe::observe));
        Routers { door, readings: alone }
    }
}

/// The routes, ready to answer.
pub(crate) struct Routers {
    /// All of them, as they are met from outside.
    pub(crate) door: Router,
    /// Readings and what is kept of them, for the gateway itself.
    pub(crate) readings: Router,
}

/// The routes by what they need.
struct Routes {
    readings: Router<Shared>,
    ledgers: Router<Shared>,
    uploads: Router<Shared>,
}

fn limited(routes: Router<Shared>, body: usize, time: Duration) -> Router<Shared> {
    routes
        .layer(DefaultBodyLimit::max(body))
        .layer(RequestBodyLimitLayer::new(body))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, time))
}
