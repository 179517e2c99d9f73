//! What every service needs once: configuration, telemetry, TLS, health, deadlines, shutdown.
//!
//! It knows no domain and no ledger. A service gives it tonic services and a function that starts them; it gives back
//! a process that is configured the same way, observed the same way and stops the same way as all the others.
//!
//! | module | what |
//! | --- | --- |
//! | [`about`] | who the service is, for `--help`, logs and defaults |
//! | [`config`] | defaults < file < environment < flags, each value with its origin |
//! | [`telemetry`] | log, traces, metrics |
//! | [`server`] | gRPC with health, reflection, limits, deadlines, drain; the HTTP side door |
//! | [`client`] | channels to other services: deadline and trace passed on, bounded retries |
//! | [`refusal`] | a status with typed details, written and read |
//! | [`soundness`] | whether what answers are made from could be read |
//! | [`mod@panic`] | a defect that ends the work it is in, and nothing else |
//! | [`deadline`], [`shutdown`] | until when, and the switch that ends it all |
//! | [`run`] | the whole of a `main` |
//!
//! The `main.rs` of a service is:
//!
//! ```no_run
//! use piramide_service::{About, Config, Server, server::{Running, StartError}};
//!
//! const ABOUT: About = About::new("piramide-example", env!("CARGO_PKG_VERSION"), 50_059, "Answers an example question.");
//!
//! /// In a service this is in `lib.rs`, so that tests start the real thing: `start(Config::local(&ABOUT, [])?)`.
//! async fn start(config: Config) -> Result<Running, StartError> {
//!     Server::new(ABOUT.name, &config.options).start().await
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     piramide_service::run(&ABOUT, start)
//! }
//! ```

pub mod about;
pub mod client;
pub mod config;
pub mod deadline;
mod entry;
pub mod panic;
pub mod refusal;
pub mod server;
pub mod shutdown;
pub mod soundness;
pub mod telemetry;
pub mod tls;

pub use about::About;
pub use config::{Config, NoOptions, Options};
pub use deadline::Deadline;
pub use entry::{AtWork, BoxError, Taken, run, run_from};
pub use refusal::Refusal;
pub use server::{Running, Server};
pub use shutdown::Shutdown;

/// Largest message either side takes or sends, in bytes: 4 MiB. Each generated service and client must be told, both
/// ways (`max_decoding_message_size`, `max_encoding_message_size`): tonic limits only what it receives.
pub const MESSAGE_LIMIT: usize = 4 * 1024 * 1024;
