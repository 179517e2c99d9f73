//! How does the institution perform, for whoever opens the door? The gateway (*porta d'accesso*).
//!
//! The only door for people: REST with OpenAPI, server-sent events, pages. It measures nothing: figures come from the services as exact
//! fractions, and what needs the answers of two of them (cost per point) or a whole beside its parts (shares) is divided here, exactly. They
//! are rounded as they leave, half away from zero: on a page to the digits of their unit, in JSON only where no decimal of at most 12 digits
//! equals them.
//!
//! | room | what it holds |
//! | --- | --- |
//! | [`config`] | what it can be told |
//! | `app` | the routes, and the layers that every request passes |
//! | `rest` | the REST door, one file per resource |
//! | `pages` | the pyramid, a domain, a derivation, as pages |
//! | `events` | live events |
//! | `upstream` | the services behind it, and their Watch streams |
//! | `pulse`, `cache` | what is known to be fresh, and the answers kept for as long as it is |
//! | `pyramids` | the pyramids that were read last, for all that is made of them |
//! | `ahead` | pyramids that are made before anyone opens them |
//! | `problem` | every way to say no |
//! | `question`, `reading`, `view` | what is asked; what the services answer; what readers get |
//! | [`server`] | connections: limits, TLS, drain |
//!
//! Starts at [`start`]. Talks to production, quality, finance, workforce and public value through their contracts. Does not know
//! plans, ledgers, formulas, or where a service keeps anything.

mod ahead;
mod app;
mod cache;
pub mod config;
mod events;
mod observe;
mod pages;
mod problem;
mod pulse;
mod pyramids;
mod question;
mod reading;
mod rest;
pub mod server;
mod upstream;
mod view;

use std::{net::SocketAddr, sync::Arc};

use piramide_contracts::domains;
use piramide_service::{
    Config, Shutdown,
    client::DialError,
    config::InvalidOptions,
    tls::{Acceptor, TlsError},
};

pub use config::{ABOUT, GatewayOptions};
pub use server::Running;

use crate::app::App;

/// Why the gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Options that do not go together.
    #[error("the options do not go together")]
    Options(#[source] InvalidOptions),
    /// The address or the certificates of a service are not usable.
    #[error("the services cannot be called")]
    Services(#[source] DialError),
    /// The gateway's own certificates are not usable.
    #[error("TLS cannot be set up")]
    Tls(#[source] TlsError),
    /// The address is taken, or not one of this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// Starts the gateway: listens, connects to the services as they come up, and answers until it is told to stop.
///
/// # Errors
///
/// [`StartError`]. That a service does not answer is not one: the gateway says so to whoever asks.
pub async fn start(config: Config<GatewayOptions>) -> Result<Running, StartError> {
    let options = &config.options;
    options.check().map_err(StartError::Options)?;
    let tls = Acceptor::new(options, "http/1.1").map_err(StartError::Tls)?;
    let shutdown = Shutdown::new();
    let (app, routers) = App::new(&config, shutdown.clone()).map_err(StartError::Services)?;
    let listener = tokio::net::TcpListener::bind(options.listen)
        .await
        .and_then(|listener| Ok((listener.local_addr()?, listener)))
        .map_err(|source| StartError::Listen { address: options.listen, source });
    let (address, listener) = listener?;
    for domain in domains::ALL {
        tokio::spawn(watching(domain, Arc::clone(&app)));
    }
    tokio::spawn(ahead::run(app, routers.readings));
    tokio::spawn(observe::upkeep(shutdown.clone()));
    let door = server::Door {
        listener,
        tls,
        connections: config.own.connections,
        patience: options.drain,
        write_timeout: config.own.write_timeout,
    };
    Ok(server::open(door, address, routers.door, shutdown))
}

async fn watching(domain: domains::Domain, app: Arc<App>) {
    tokio::select! {
        () = upstream::watching::watch(domain, &app.upstream, &app.pulses, &app.events) => {}
        () = app.shutdown.begun() => {}
    }
}
